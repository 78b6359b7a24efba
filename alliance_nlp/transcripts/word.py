"""Make transcripts from Word documents: paragraphs and tables in the order of the page."""

import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from alliance_nlp.errors import TranscriptError
from alliance_nlp.transcripts.printed import Line, read_lines
from alliance_nlp.transcripts.reading import Reading
from alliance_nlp.transcripts.roles import role_of
from alliance_nlp.transcripts.speakers import Label
from alliance_nlp.transcripts.tables import find_columns
from alliance_nlp.transcripts.times import span_of

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# What was deleted or moved away is not on the page; a fallback repeats what newer Word draws.
_UNSEEN = {
    f"{_W}del",
    f"{_W}moveFrom",
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
}
_WRAPPERS = {f"{_W}{name}" for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml")}
_BREAKS = {f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}tab": "\t", f"{_W}noBreakHyphen": "-"}
_WIDTHS = range(2, 5)  # speaker and words, perhaps with a number and a time
_MOST_COLUMNS = 63  # of a table in Word
_OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0"


def read_docx(content: bytes, where: str) -> Reading:
    """Read a Word document; a table row reads `Speaker: words`.

    Inserted tracked changes and hyperlinks are read, deleted text is not.

    >>> import docx
    >>> document, saved = docx.Document(), io.BytesIO()
    >>> _ = document.add_paragraph("Patient: It went well.")
    >>> document.save(saved)
    >>> read_docx(saved.getvalue(), "p01.docx").transcripts[0].turns
    (Turn(start=9, end=22, speaker='Patient', role=''),)
    """
    lines = list(_block_lines(_open(content, where)))
    return Reading((read_lines(lines, wrapped=False),))


def _open(content: bytes, where: str) -> Any:
    """Return the body of the document."""
    if not content:
        raise TranscriptError(f"{where}: the file is empty; copy or save the transcript again")
    if content.startswith(_OLD_OR_LOCKED):
        raise TranscriptError(
            f"{where}: it is protected by a password or an old Word document (.doc); "
            "save it as .docx without a password"
        )
    if not content.startswith(b"PK"):
        raise TranscriptError(
            f"{where}: it is not a Word document, whatever its name; open it and save it as .docx"
        )
    import docx
    from docx.exceptions import PythonDocxError
    from docx.opc.exceptions import OpcError

    try:
        return docx.Document(io.BytesIO(content)).element.body
    except (
        *(OpcError, PythonDocxError, zipfile.BadZipFile, zlib.error, KeyError, ValueError),
        *(OSError, EOFError, SyntaxError, RuntimeError, AttributeError, TypeError),
    ) as error:
        raise TranscriptError(
            f"{where}: the Word document is damaged; open it in Word and save it as .docx again"
        ) from error


def _seen(element: Any, *tags: str) -> Iterator[Any]:
    """Yield the children with these tags, also those inside of content controls and insertions."""
    for child in element:
        if child.tag in tags:
            yield child
        elif child.tag in _WRAPPERS:
            yield from _seen(child, *tags)


def _block_lines(parent: Any) -> Iterator[Line]:
    """Yield the lines of the paragraphs and tables of the body or of a cell."""
    for element in _seen(parent, f"{_W}p", f"{_W}tbl"):
        if element.tag == f"{_W}tbl":
            yield from _table_lines(element)
        else:
            yield from map(Line, _text(element).split("\n"))


def _text(element: Any) -> str:
    """Return the text of a paragraph as it is seen, tracked insertions and links included."""
    if element.tag in _UNSEEN:
        return ""
    if element.tag == f"{_W}t":
        return element.text or ""
    return _BREAKS.get(element.tag) or "".join(map(_text, element))


def _table_lines(table: Any) -> Iterator[Line]:
    rows = [row for row in map(_cells, _seen(table, f"{_W}tr")) if any(row)]
    columns = find_columns([cell or "" for cell in rows[0]]) if rows else {}
    rows = rows[1:] if "text" in columns else rows
    columns = columns if "text" in columns else _guess_columns(rows)
    for row in rows:
        if "text" in columns:
            yield from _row_lines(row, columns)
        else:
            yield from map(Line, "\t".join(cell for cell in row if cell is not None).split("\n"))


def _cells(row: Any) -> list[str | None]:
    """Return the cells of a row by column, `None` where a merged cell goes on."""
    cells: list[str | None] = []
    for cell in _seen(row, f"{_W}tc"):
        merged = cell.find(f"{_W}tcPr/{_W}gridSpan")
        width = "1" if merged is None else merged.get(f"{_W}val", "")
        going_on = min(int(width[:9]), _MOST_COLUMNS) - 1 if width.isdecimal() else 0
        cells += [_cell_text(cell), *[None] * going_on]
    return cells


def _cell_text(cell: Any) -> str:
    return "\n".join(line.text for line in _block_lines(cell)).strip()


def _guess_columns(rows: Sequence[Sequence[str | None]]) -> dict[str, int]:
    """Return what the columns of a table without a header hold: numbers, times, speakers, words.

    The words are the longest; speakers come again and again, or are all known by their role.
    """
    width = max(map(len, rows), default=0)
    if width not in _WIDTHS:
        return {}
    found: dict[str, int] = {}
    speech: dict[int, list[str]] = {}
    for index in range(width):
        filled = [cell for row in rows for cell in row[index : index + 1] if cell]
        if all(map(str.isdecimal, filled)):
            continue
        if all(span_of(cell)[0] is not None for cell in filled):
            found.setdefault("start", index)
        else:
            speech[index] = filled
    if not speech:
        return {}
    found["text"] = max(speech, key=lambda index: (sum(map(len, speech[index])), index))
    for index, filled in speech.items():
        again = len(set(filled)) < len(filled) or all(map(role_of, filled))
        if again and index != found["text"]:
            found.setdefault("speaker", index)
    return found if len(found) > 1 else {}


def _row_lines(row: Sequence[str | None], columns: Mapping[str, int]) -> Iterator[Line]:
    """Yield a row as `Speaker: words`, its further paragraphs as lines of their own."""
    place = _beginning(row, min(columns["text"], len(row) - 1))
    at = {name: _beginning(row, index) for name, index in columns.items() if index < len(row)}
    cells = {index: cell for index, cell in enumerate(row) if cell and index != place}
    speaker, start, end = (
        cells.get(at.get(name, place), "") for name in ("speaker", "start", "end")
    )
    words = row[place] or _elsewhere(cells, at.get("speaker"))
    speaker = " ".join(speaker.split()).rstrip(":：")
    begins, ends = span_of(start)
    ends = span_of(end)[0] if end else ends
    first, *more = words.split("\n")
    label = Label(speaker, len(speaker) + 2) if speaker else None
    yield Line(f"{speaker}: {first}" if label else first, label, begins, None if more else ends)
    for line in more[:-1]:
        yield Line(line)
    for line in more[-1:]:
        yield Line(line, ends=ends)


def _beginning(row: Sequence[str | None], column: int) -> int:
    """Return the column where the cell that covers this one begins."""
    return next(index for index in range(column, -1, -1) if row[index] is not None)


def _elsewhere(cells: Mapping[int, str], speaker: int | None) -> str:
    """Return the words of a row whose text is empty: what is no speaker, number or time."""
    return "\n".join(
        cell
        for index, cell in cells.items()
        if index != speaker and not cell.isdecimal() and span_of(cell)[0] is None
    )
