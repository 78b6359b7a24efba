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
    cells = [
        [_cell_text(cell) for cell in _seen(row, f"{_W}tc")] for row in _seen(table, f"{_W}tr")
    ]
    rows = [row for row in cells if any(row)]
    columns = find_columns(rows[0]) if rows else {}
    rows = rows[1:] if "text" in columns else rows
    columns = columns if "text" in columns else _guess_columns(rows)
    for row in rows:
        if "text" in columns:
            yield from _row_lines(row, columns)
        else:
            yield from map(Line, "\t".join(row).split("\n"))


def _cell_text(cell: Any) -> str:
    return "\n".join(line.text for line in _block_lines(cell)).strip()


def _guess_columns(rows: Sequence[Sequence[str]]) -> dict[str, int]:
    """Return what the columns of a table without a header hold: numbers, times, speakers, words.

    The words are the longest; speakers come again and again, or are all known by their role.
    """
    width = max(map(len, rows), default=0)
    if width not in _WIDTHS:
        return {}
    found: dict[str, int] = {}
    speech: dict[int, list[str]] = {}
    for index in range(width):
        filled = [row[index] for row in rows if index < len(row) and row[index]]
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


def _row_lines(row: Sequence[str], columns: Mapping[str, int]) -> Iterator[Line]:
    """Yield a row as `Speaker: words`, its further paragraphs as lines of their own."""
    words, speaker, start, end = (
        row[columns[name]] if columns.get(name, len(row)) < len(row) else ""
        for name in ("text", "speaker", "start", "end")
    )
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
