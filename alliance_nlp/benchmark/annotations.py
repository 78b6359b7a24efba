"""Make annotations: what several people answered about the same utterances of a corpus."""

import csv
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from alliance_nlp.agreement import Labels
from alliance_nlp.benchmark.corpus import Corpus
from alliance_nlp.errors import CorpusError
from alliance_nlp.suggestions.learning import UNDECIDED

_KEYS = ("seg_id", "annotator")


@dataclass(frozen=True, slots=True, eq=False)
class Annotations:
    """What several people answered about one variable, one value for each utterance.

    Attributes:
        variable: The column of annotators.csv.
        values: The answers that could be given.
        columns: For each value the columns of the corpus's labels that say the same.
        annotators: Who answered.
        rows: The rows of the corpus that somebody was asked about.
        answers: int8 (n_annotators, n_rows): the number of the value, -1 not asked.
    """

    variable: str
    values: tuple[str, ...]
    columns: tuple[tuple[int, ...], ...]
    annotators: tuple[str, ...]
    rows: npt.NDArray[np.intp]
    answers: Labels


def read_annotations(
    folder: str | Path, corpus: Corpus, *, description: str | Path | None = None
) -> list[Annotations]:
    """Read `annotators.csv`: what several people answered about the same utterances.

    It has the columns seg_id and annotator, and one for each variable, empty where the annotator
    was not asked; a column in which nobody answered is left out. Which codes say the same as a
    value stands in a table for each variable, such as

        [annotators.client_talk_type]
        change = ["change talk"]

    Without such tables a value says the same as all codes whose names hold it, as "question" is in
    "open question" and in "closed question".

    Args:
        folder: The folder of the corpus.
        corpus: What `read_corpus` returned for it.
        description: The TOML file with these tables; None is `corpus.toml` in the folder.

    Raises:
        CorpusError: A file, a column or a code is missing, a value has no codes, or somebody
            answered twice about one utterance.
    """
    path = Path(folder) / "annotators.csv"
    described = Path(folder) / "corpus.toml" if description is None else Path(description)
    rows, variables = _read_rows(path)
    tables = _tables(described) or {
        variable: _values_in_names(rows, variable, corpus) for variable in variables
    }
    missing = [variable for variable in tables if variable not in variables]
    if missing:
        raise CorpusError(f"{path}: the column {missing[0]!r} of {described.name} is missing")
    return [
        _annotations(path, rows, name, table, corpus)
        for name, table in tables.items()
        if any(row[name] for row in rows)
    ]


def _tables(path: Path) -> dict[str, dict[str, list[str]]]:
    if not path.is_file():
        return {}
    try:
        return dict(tomllib.loads(path.read_text(encoding="utf-8")).get("annotators", {}))
    except (OSError, ValueError) as error:
        raise CorpusError(f"{path}: this is no TOML ({error})") from error


def _values_in_names(
    rows: Sequence[dict[str, str]], variable: str, corpus: Corpus
) -> dict[str, list[str]]:
    """Return for each value of a variable the codes whose names hold it."""
    found = {}
    for value in sorted({row[variable] for row in rows} - {""}):
        said = value.replace("_", " ").casefold()
        found[value] = [code.name for code in corpus.codebook if said in code.name.casefold()]
    return found


def _read_rows(path: Path) -> tuple[list[dict[str, str]], list[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            columns = list(reader.fieldnames or ())
            rows = [{name: value or "" for name, value in row.items()} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CorpusError(f"{path}: this is no CSV table in UTF-8 ({error})") from error
    for name in _KEYS:
        if name not in columns:
            raise CorpusError(f"{path}: the column {name!r} is missing")
    seen: set[tuple[str, str]] = set()
    for row in rows:
        who = (row["seg_id"], row["annotator"])
        if who in seen:
            raise CorpusError(
                f"{path}: the annotator {who[1]} answered twice about the segment {who[0]}"
            )
        seen.add(who)
    return rows, [name for name in columns if name not in _KEYS]


def _annotations(
    path: Path,
    rows: Sequence[dict[str, str]],
    variable: str,
    table: Mapping[str, Sequence[str]],
    corpus: Corpus,
) -> Annotations:
    values = {value: number for number, value in enumerate(table)}
    places = {segment.id: row for row, segment in enumerate(corpus.segments)}
    given = [row for row in rows if row[variable]]
    for row in given:
        if row["seg_id"] not in places:
            raise CorpusError(f"{path}: the segment {row['seg_id']} is not in {corpus.name}")
        if row[variable] not in values:
            raise CorpusError(
                f"{path}: the value {row[variable]!r} of {variable} has no codes in the table "
                f"[annotators.{variable}]"
            )
    annotators = sorted({row["annotator"] for row in given})
    asked = sorted({places[row["seg_id"]] for row in given})
    column = {row: number for number, row in enumerate(asked)}
    answers = np.full((len(annotators), len(asked)), UNDECIDED, dtype=np.int8)
    for row in given:
        place = annotators.index(row["annotator"]), column[places[row["seg_id"]]]
        answers[place] = values[row[variable]]
    return Annotations(
        variable=variable,
        values=tuple(values),
        columns=_columns(path, table, corpus),
        annotators=tuple(annotators),
        rows=np.array(asked, dtype=np.intp),
        answers=answers,
    )


def _columns(
    path: Path, table: Mapping[str, Sequence[str]], corpus: Corpus
) -> tuple[tuple[int, ...], ...]:
    known = {code.name: column for column, code in enumerate(corpus.codebook)}
    for value, names in table.items():
        if not names:
            raise CorpusError(
                f"{path}: no code of {corpus.name} has {value!r} in its name; say in corpus.toml, "
                "under [annotators.VARIABLE], which codes it is"
            )
        if unknown := [name for name in names if name not in known]:
            raise CorpusError(
                f"{path}: the code {unknown[0]!r} is not in the codebook of {corpus.name}"
            )
    return tuple(tuple(known[name] for name in names) for names in table.values())
