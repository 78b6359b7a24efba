"""Make transcripts from tables: one utterance a row, in columns that are known by their names."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from alliance_nlp.errors import TranscriptError
from alliance_nlp.transcripts.encodings import decode
from alliance_nlp.transcripts.reading import Reading, Utterance, render
from alliance_nlp.transcripts.times import span_of
from alliance_nlp.transcripts.words import WORDS

_COLUMNS = ("text", "speaker", "start", "end", "language", "interview")
_DELIMITERS = ",;\t"
_EXCEL_DELIMITER = re.compile(r"sep=(.)(?=\n)")
_LANGUAGE = re.compile(r"([a-z]{2})(?:[-_]|$)")
_PROTECTED = re.compile(r"\A'(?=[=+\-@\t\r])")
_MOST_NAMES = 12
_MILLISECOND = 0.001


@dataclass(frozen=True, slots=True)
class _Row:
    """The cells of a row and the line of the file that it ends on."""

    line: int
    cells: tuple[str, ...]


def read_csv(content: bytes, where: str) -> Reading:
    r"""Read a table of utterances, parted by commas, semicolons or tabs.

    A column of interviews (`doc_id`, `intervju`, `访谈` …) makes several transcripts. Any other
    column with one value throughout an interview becomes an attribute of it.

    >>> csv_file = "Talare;Replik\r\nKurator;Hur är det?\r\nPatient;Bra.\r\n".encode()
    >>> read_csv(csv_file, "p01.csv").transcripts[0].text
    'Kurator: Hur är det?\n\nPatient: Bra.'
    """
    text, repairs = decode(content, where)
    named = _EXCEL_DELIMITER.match(text)
    text = text[named.end(1) :] if named else text  # the line end stays: lines are counted
    rows = _rows(text, named[1] if named else _delimiter(text), where)
    names = rows[0].cells if rows else ()
    if "text" not in find_columns(names):
        raise TranscriptError(_no_text_column(where, names))
    reading = _read_rows(names, rows[1:], where)
    return replace(reading, repairs=repairs + reading.repairs)


def find_columns(names: Sequence[str]) -> dict[str, int]:
    """Return which column holds what, by the names of the columns.

    >>> find_columns(["Timespan", "Content", "Speaker"])
    {'text': 1, 'speaker': 2, 'start': 0}
    """
    folded = [re.sub(r"[\s_-]+", "_", name.strip().casefold()) for name in names]
    found: dict[str, int] = {}
    for column in _COLUMNS:
        for name in WORDS[f"column_{column}"]:
            if name in folded and folded.index(name) not in found.values():
                found[column] = folded.index(name)
                break
    return found


def _delimiter(text: str) -> str:
    """Return the delimiter under which the first row has most columns that we know."""
    first = next(line for line in text.split("\n") if line.strip())

    def n_columns(delimiter: str) -> tuple[int, int]:
        names = next(csv.reader([first], delimiter=delimiter))
        return len(find_columns(names)), len(names)

    return max(_DELIMITERS, key=n_columns)


def _rows(text: str, delimiter: str, where: str) -> list[_Row]:
    """Return the rows that are not blank, each with the line that it ends on."""
    # A whole interview may stand in one cell; the limit is the process's and is never lowered.
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return [
            _Row(reader.line_num, tuple(_PROTECTED.sub("", cell) for cell in row))
            for row in reader
            if any(cell.strip() for cell in row)
        ]
    except csv.Error as error:
        raise TranscriptError(
            f"{where}, line {reader.line_num}: the row cannot be read ({error}); "
            "save the table as CSV again"
        ) from error


def _no_text_column(where: str, names: Sequence[str]) -> str:
    found = ", ".join(repr(name.strip()) for name in names[:_MOST_NAMES]) or "nothing"
    return (
        f"{where}: no column is known to hold the words; the columns are {found}; "
        f"name the one with the words {', '.join(WORDS['column_text'])}"
    )


def _read_rows(names: Sequence[str], rows: Sequence[_Row], where: str) -> Reading:
    """Return one transcript per interview, in order of first appearance."""
    columns = find_columns(names)
    interviews: dict[str, list[_Row]] = {}
    for row in rows:
        interviews.setdefault(_cell(row, columns, "interview"), []).append(row)
    scale = _MILLISECOND if _is_whisper(names, rows) else 1.0
    transcripts, unread = [], []
    for interview, its_rows in interviews.items():
        said = []
        for row in its_rows:
            times, readable = _times(row, columns, scale, where)
            unread += [] if readable else [row.line]
            said.append(
                Utterance(_cell(row, columns, "text"), _cell(row, columns, "speaker"), *times)
            )
        transcript = render(said, join_unnamed="start" in columns)  # comments are not one talk
        if transcript.turns:
            language = _LANGUAGE.match(_cell(its_rows[0], columns, "language").casefold())
            transcripts.append(
                replace(
                    transcript,
                    id=interview,
                    language=language[1] if language else "",
                    attributes=_attributes(names, its_rows, set(columns.values())),
                )
            )
    repairs = (
        (f"times that cannot be read were left out, first in line {unread[0]}",) if unread else ()
    )
    return Reading(tuple(transcripts), repairs)


def _cell(row: _Row, columns: Mapping[str, int], column: str) -> str:
    """Return a cell without blanks around it, `''` where the row or the column ends earlier."""
    index = columns.get(column)
    return row.cells[index].strip() if index is not None and index < len(row.cells) else ""


def _is_whisper(names: Sequence[str], rows: Sequence[_Row]) -> bool:
    """Tell a table of Whisper, whose times are whole milliseconds."""
    return [name.strip() for name in names] == ["start", "end", "text"] and all(
        cell.strip().isdecimal() for row in rows for cell in row.cells[:2]
    )


def _times(
    row: _Row, columns: Mapping[str, int], scale: float, where: str
) -> tuple[tuple[float | None, float | None], bool]:
    """Return when the row begins and ends, and whether its times could be read."""
    written, written_end = _cell(row, columns, "start"), _cell(row, columns, "end")
    begins, ends = span_of(written) if written else (None, None)
    readable = begins is not None or not written
    if written_end:
        ends = span_of(written_end)[0]
        readable &= ends is not None
    if begins is not None and ends is not None and ends < begins:
        raise TranscriptError(
            f"{where}, line {row.line}: the row ends ({written_end or written}) before it begins "
            f"({written}); correct one of the times"
        )
    return (_scaled(begins, scale), _scaled(ends, scale)), readable


def _scaled(seconds: float | None, scale: float) -> float | None:
    return None if seconds is None else seconds * scale


def _attributes(
    names: Sequence[str], rows: Sequence[_Row], used: set[int]
) -> tuple[tuple[str, str], ...]:
    """Return the other columns whose one value holds for the whole interview."""
    if len(rows) == 1:  # where every value is the only one, it says nothing about the interview
        return ()
    attributes = []
    for index, name in enumerate(names):
        values = {row.cells[index].strip() if index < len(row.cells) else "" for row in rows}
        if index not in used and name.strip() and len(values) == 1 and values != {""}:
            attributes.append((name.strip(), values.pop()))
    return tuple(attributes)
