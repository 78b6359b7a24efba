"""Make a codebook from a table or a YAML file, as researchers keep it."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, count
from pathlib import Path

from alliance_nlp.codebook.code import Code, Codebook, check
from alliance_nlp.codebook.outlines import yaml_rows
from alliance_nlp.codebook.rows import Row, language_named
from alliance_nlp.codebook.tables import csv_rows, excel_rows
from alliance_nlp.errors import CodebookError

_READERS = {
    ".csv": csv_rows,
    ".tsv": csv_rows,
    ".xlsx": excel_rows,
    ".yaml": yaml_rows,
    ".yml": yaml_rows,
}


def read_codebook(path: str | Path, *, language: str | None = None) -> Codebook:
    r"""Read a codebook from a .csv, .tsv, .xlsx, .yaml or .yml file.

    Columns are found by their titles in English, Swedish or Chinese: name, definition, include,
    exclude, example (one column, several, or several examples in a cell, each on its own line or
    between ` | `), parent, id, language, source. Other columns are left out. A title such as
    `definition_sv` holds a translation. In Excel a title may stand above the header, and a
    category merged over its codes belongs to each. In YAML, codes are a list of mappings with
    the same keys, each with `children` and `translations` if need be.

    The codes keep the order of the rows. A code without an id gets one made of its name; a
    parent that has no row of its own becomes a code at the end.

    Args:
        path: The file.
        language: ISO 639-1 code of the texts, where the file does not say it.

    Raises:
        CodebookError: The file cannot be read, or its codes contradict each other; the sentence
            says where and what would be right.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "pilot.csv")
    >>> _ = path.write_text("code,definition\nTrust,The patient dares to confide.\n")
    >>> [(code.id, code.definition) for code in read_codebook(path)]
    [('trust', 'The patient dares to confide.')]
    """
    path = Path(path)
    rows = _READERS[_ending(path)](_content(path), str(path))
    rows = [row for row in rows if _is_code(row, str(path))]
    if not rows:
        raise CodebookError(f"{path}: the file holds no codes; write one in each row")
    rows += _implied_parents(rows)
    codes = _codes(rows, language_named(language or ""), str(path))
    check(codes, [row.place for row in rows], f"{path}, ")
    return Codebook(codes, name=path.stem)


def _ending(path: Path) -> str:
    ending = path.suffix.lower()
    if ending == ".xls":
        raise CodebookError(f"{path}: this is an old Excel file; save it as .xlsx")
    if ending not in _READERS:
        raise CodebookError(
            f"{path}: codebooks are read from {', '.join(_READERS)}; save it as one of these"
        )
    return ending


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CodebookError(
            f"{path}: the file cannot be opened ({error.strerror}); check its name and place"
        ) from error
    if not content.strip():
        raise CodebookError(f"{path}: the file is empty; save the codebook again")
    return content


def _is_code(row: Row, where: str) -> bool:
    """Return whether the row has a code; empty and numbered rows have none."""
    fields = {field for field, _ in row.texts}
    if fields & {"name", "code"}:
        return True
    unnamed = fields - {"id", "language", "source"}
    if unnamed:
        raise CodebookError(
            f"{where}, {row.place}: the row has no name, but {' and '.join(sorted(unnamed))}; "
            "write the name of the code, or empty the row"
        )
    return False


def _implied_parents(rows: Sequence[Row]) -> list[Row]:
    """Return rows for the parents that have none."""
    known = set(_positions(rows))
    implied: dict[str, Row] = {}
    for row in sorted(rows, key=lambda row: row.text("parent")):
        titles = _texts_by_language(row, "parent")
        keys = [_key(title) for title in titles.values()]
        if keys and known.isdisjoint(keys):
            texts = {("name", language): (title,) for language, title in titles.items()}
            implied.setdefault(keys[0], Row(row.place, texts))
    return [implied[key] for key in sorted(implied)]


def _codes(rows: Sequence[Row], language: str, where: str) -> list[Code]:
    ids = _ids(rows)
    positions = _positions(rows)
    codes = []
    for row, code_id in zip(rows, ids, strict=True):
        parents = {
            ids[position]
            for title in _texts_by_language(row, "parent").values()
            for position in positions.get(_key(title), ())
        }
        if len(parents) > 1:
            raise CodebookError(
                f"{where}, {row.place}: the parent may be any of {', '.join(sorted(parents))}; "
                "write its id instead of its name"
            )
        codes.append(_code(row, code_id, "".join(parents), language))
    return codes


def _positions(rows: Sequence[Row]) -> dict[str, list[int]]:
    """Return what each id and name that the file gives stands for; ids come before names."""
    named: dict[str, list[int]] = defaultdict(list)
    given: dict[str, list[int]] = defaultdict(list)
    for position, row in enumerate(rows):
        for name in {_key(name) for name in _names(row).values()}:
            named[name].append(position)
        if code_id := _given_id(row):
            given[_key(code_id)].append(position)
    return named | given


def _ids(rows: Sequence[Row]) -> list[str]:
    """Return the ids given, and for the other rows ids that do not depend on the order of rows."""
    ids = [_given_id(row) for row in rows]
    taken = set(ids)
    names = [next(iter(_names(row).values())) for row in rows]
    missing = [position for position, code_id in enumerate(ids) if not code_id]
    for position in sorted(missing, key=lambda p: (names[p], sorted(rows[p].texts.items()))):
        name = unicodedata.normalize("NFC", names[position]).lower()
        slug = "-".join(re.findall(r"[^\W_]+", name)) or "code"
        numbered = (f"{slug}-{number}" for number in count(2))
        ids[position] = next(one for one in chain([slug], numbered) if one not in taken)
        taken.add(ids[position])
    return ids


def _code(row: Row, code_id: str, parent: str, language: str) -> Code:
    names = _names(row)
    own = language_named(row.text("language")) or language
    main = "" if "" in names else own if own in names else next(iter(names))
    spoken = (main, "") if main else ("", own) if own else ("",)
    code = Code(code_id, names[main], parent=parent, source=row.text("source"))
    translations = tuple(
        replace(_told(code, row, other), name=names.get(other, code.name))
        for other in sorted({other for _, other in row.texts} - {*spoken})
    )
    return replace(_told(code, row, *spoken), translations=translations)


def _told(code: Code, row: Row, *languages: str) -> Code:
    return replace(
        code,
        definition=row.text("definition", *languages),
        include=row.text("include", *languages),
        exclude=row.text("exclude", *languages),
        examples=row.parts("example", *languages),
        language=max(languages),
    )


def _names(row: Row) -> dict[str, str]:
    """Return the name of the code by language."""
    return _texts_by_language(row, "name") or _texts_by_language(row, "code")


def _given_id(row: Row) -> str:
    """Return the id that the file gives; a column "code" holds it where another has the name."""
    named = any(field == "name" for field, _ in row.texts)
    return row.text("id") or (row.text("code") if named else "")


def _texts_by_language(row: Row, field: str) -> dict[str, str]:
    found = {language: texts for (known, language), texts in row.texts.items() if known == field}
    return {language: " ".join(" ".join(texts).split("\n")) for language, texts in found.items()}


def _key(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
