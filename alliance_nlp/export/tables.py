"""Make tables of codings: a DataFrame, a CSV file or an Excel workbook, one row per quotation."""

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from alliance_nlp.codebook import Code
from alliance_nlp.codings import Coding
from alliance_nlp.errors import ExportError
from alliance_nlp.files import replacing
from alliance_nlp.transcripts import Transcript

if TYPE_CHECKING:
    import pandas as pd
    from openpyxl.cell import Cell as SheetCell
    from openpyxl.worksheet.worksheet import Worksheet

Cell = str | int
Row = list[Cell]
Header = list[tuple[str, int]]  # each column's name and its width in Excel

# The columns in the order in which a researcher reads them.
_COLUMNS = {
    "transcript": ("Transcript", 16),
    "speaker": ("Speaker", 16),
    "role": ("Role", 12),
    "start_time": ("Start time", 10),
    "end_time": ("End time", 10),
    "quotation": ("Quotation", 80),
    "codes": ("Codes", 36),
    "coder": ("Coder", 14),
    "decided": ("Decided", 12),
    "language": ("Language", 11),
    "code_ids": ("Code ids", 24),
    "start": ("Start (character)", 11),
    "end": ("End (character)", 11),
}
_ATTRIBUTE_WIDTH = 18
_CODEBOOK: Header = [
    ("Code", 30),
    ("Broader code", 24),
    ("Definition", 60),
    ("Include", 45),
    ("Exclude", 45),
    ("Examples", 60),
    ("Source", 20),
    ("Language", 11),
    ("Code id", 24),
]
_COUNTS: Header = [("Code", 36), ("Quotations", 12), ("In how many transcripts", 14)]
_COUNT_WIDTH = 12
_NOTE = ("Note", 40)
_EXCEL_CELL = 32_767  # the most that Excel holds in one cell, in UTF-16 units

# Neither XML nor a spreadsheet can hold these.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

# The places where a spreadsheet would begin to read a formula: the beginning of a cell, also
# behind blanks, and what becomes the beginning of a cell where the list separator is a semicolon,
# as in Sweden. The full-width signs count in Chinese and Japanese versions. After OWASP, "CSV
# injection", which counts a leading tab or line end among the signs.
_FORMULA = re.compile(
    r"^(?=[\s\u200b-\u200f\u2060\ufeff]*[=+\-@＝＋－＠])"
    r"|^(?=[\t\r\n])"
    r"|(?<=[;\t\r\n])(?=(?:[^\S\t\r\n]|[\"\u200b-\u200f\u2060\ufeff])*[=+\-@＝＋－＠])"
)


def to_frame(
    codings: Iterable[Coding], transcripts: Sequence[Transcript], codebook: Iterable[Code]
) -> "pd.DataFrame":
    """Return the codings as a DataFrame with one row per quotation and coder.

    The rows follow the transcripts in the order given, then the text. The columns are
    `transcript`, `speaker` and `role` (of every turn that the quotation touches), `start_time`
    and `end_time` (hh:mm:ss, `''` if it is not known), `quotation` (exactly
    `transcript.text[start:end]`), `codes` (names in the order of the codebook, joined by `'; '`),
    `coder`, `decided` (the date of the latest of its codings, in UTC), `language`, `code_ids`,
    `start`, `end`, then one column for each attribute of the transcripts. An attribute that is
    called like another column has ` (attribute)` after its name; a code that is no longer in the
    codebook has ` (not in the codebook)` after its id.

    Raises:
        ExportError: A coding is about a transcript that is not given, or passes its end.

    >>> from alliance_nlp.codebook import Code
    >>> transcript = Transcript(id="p01", text="We took our time.", attributes=(("age", "43"),))
    >>> coding = Coding("p01", 3, 17, "slow", "Maria", "2026-01-31T09:30:00+00:00")
    >>> frame = to_frame([coding], [transcript], [Code("slow", "Proceeding slowly")])
    >>> frame.loc[0, ["quotation", "codes", "coder", "age"]].tolist()
    ['took our time.', 'Proceeding slowly', 'Maria', '43']
    """
    import pandas as pd

    columns = [*_COLUMNS, *_attribute_columns(transcripts).values()]
    rows = list(_quotations(codings, transcripts, codebook))
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype({"start": "int64", "end": "int64"})


def write_codings(
    path: str | Path,
    codings: Iterable[Coding],
    transcripts: Sequence[Transcript],
    codebook: Iterable[Code],
) -> None:
    """Write the codings to `path`, the format by its ending: `.csv` or `.xlsx`.

    The rows and columns are those of `to_frame`. CSV is UTF-8 with a mark, so that Excel shows
    every language, with commas; where a spreadsheet would read a formula there is an apostrophe
    before it. Excel gets the text as it is, stored as text, and two more sheets: the codebook, and
    how many quotations each code has in each transcript. A text longer than an Excel cell can hold
    is cut there, and a last column says so. Characters that no table can hold, such as a control
    character, become `\N{REPLACEMENT CHARACTER}`.

    Raises:
        ExportError: The ending is not known, the file cannot be written (an earlier one is then
            untouched), or as for `to_frame`.

    >>> import tempfile
    >>> transcript = Transcript(id="p01", text="- No, we took our time.")
    >>> coding = Coding("p01", 0, 23, "slow", "Maria", "2026-01-31T09:30:00+00:00")
    >>> path = Path(tempfile.mkdtemp(), "codings.csv")
    >>> write_codings(path, [coding], [transcript], [Code("slow", "Proceeding slowly")])
    >>> print(path.read_text(encoding="utf-8-sig").splitlines()[1])
    p01,,,,,"'- No, we took our time.",Proceeding slowly,Maria,2026-01-31,,slow,0,23
    """
    path = Path(path)
    formats = {".csv": _csv, ".xlsx": _workbook}
    write = formats.get(path.suffix.lower())
    if write is None:
        known = " or ".join(formats)
        raise ExportError(f"{path}: a table cannot be written as '{path.suffix}'; use {known}")
    with replacing(path) as file:
        file.write(write(list(codings), transcripts, list(codebook)))


def clock(seconds: float | None) -> str:
    """Write a time of a recording as people read it.

    >>> clock(3723.9)
    '01:02:03'
    >>> clock(None)
    ''
    """
    if seconds is None:
        return ""
    minutes, second = divmod(int(seconds), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{second:02}"


def code_name(code_id: str, codes: Mapping[str, Code]) -> str:
    """Return the name of a code, or say that the codebook no longer has it.

    >>> code_name("buy-in", {})
    'buy-in (not in the codebook)'
    """
    return codes[code_id].name if code_id in codes else f"{code_id} (not in the codebook)"


def harmless(cell: Cell) -> Cell:
    """Return what a cell of a CSV file may hold: nothing that a spreadsheet would execute.

    >>> harmless("=1+1"), harmless(2)
    ("'=1+1", 2)
    """
    cell = _printable(cell)
    return _FORMULA.sub("'", cell) if isinstance(cell, str) else cell


def _quotations(
    codings: Iterable[Coding], transcripts: Sequence[Transcript], codebook: Iterable[Code]
) -> Iterator[Row]:
    """Make the rows of the table, without the header."""
    by_id = {transcript.id: transcript for transcript in transcripts}
    codes = {code.id: code for code in codebook}
    attributes = list(_attribute_columns(transcripts))
    together = defaultdict(list)
    for coding in codings:
        _check(coding, by_id)
        together[coding.transcript_id, coding.start, coding.end, coding.coder].append(coding)
    place = {transcript_id: number for number, transcript_id in enumerate(by_id)}
    for passage in sorted(together, key=lambda passage: (place[passage[0]], *passage[1:])):
        transcript_id, start, end, coder = passage
        transcript = by_id[transcript_id]
        code_ids = _in_order({coding.code_id for coding in together[passage]}, codes)
        known = dict(transcript.attributes)
        yield [
            transcript_id,
            *_who(transcript, start, end),
            *map(clock, transcript.seconds(start, end)),
            transcript.text[start:end],
            "; ".join(code_name(code_id, codes) for code_id in code_ids),
            coder,
            max(coding.created_at for coding in together[passage])[:10],
            transcript.language,
            "; ".join(code_ids),
            start,
            end,
            *(known.get(attribute, "") for attribute in attributes),
        ]


def _attribute_columns(transcripts: Iterable[Transcript]) -> dict[str, str]:
    """Return the column of each attribute, in the order in which they are first met."""
    # Excel does not tell 'Role' from 'role'.
    taken = {name.casefold() for key, (header, _) in _COLUMNS.items() for name in (key, header)}
    columns = {}
    for attribute in dict.fromkeys(name for each in transcripts for name, _ in each.attributes):
        column = attribute
        while column.casefold() in taken:
            column += " (attribute)"
        taken.add(column.casefold())
        columns[attribute] = column
    return columns


def _check(coding: Coding, transcripts: Mapping[str, Transcript]) -> None:
    passage = f"the coding {coding.transcript_id}:{coding.start}-{coding.end} of '{coding.code_id}'"
    if coding.transcript_id not in transcripts:
        raise ExportError(f"{passage} is about a transcript that is not given; give it as well")
    length = len(transcripts[coding.transcript_id].text)
    if not 0 <= coding.start <= coding.end <= length:
        raise ExportError(
            f"{passage} does not fit the transcript, which has {length} characters; give the "
            "transcript that was coded"
        )


def _in_order(code_ids: set[str], codes: Mapping[str, Code]) -> list[str]:
    """Sort as in the codebook; what is not in it comes last."""
    return [*(known for known in codes if known in code_ids), *sorted(code_ids - codes.keys())]


def _who(transcript: Transcript, start: int, end: int) -> tuple[str, str]:
    """Return the speakers and the roles of the turns that the passage touches."""
    turns = [turn for turn in transcript.turns if turn.start < end and start < turn.end]
    speakers = dict.fromkeys(turn.speaker for turn in turns if turn.speaker)
    roles = dict.fromkeys(turn.role for turn in turns if turn.role)
    return "; ".join(speakers), "; ".join(roles)


def _csv(
    codings: Sequence[Coding], transcripts: Sequence[Transcript], codebook: Sequence[Code]
) -> bytes:
    rows = _quotations(codings, transcripts, codebook)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(map(harmless, (name for name, _ in _header(transcripts))))
    writer.writerows(map(harmless, row) for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _header(transcripts: Sequence[Transcript]) -> Header:
    attributes = _attribute_columns(transcripts).values()
    return [*_COLUMNS.values(), *((column, _ATTRIBUTE_WIDTH) for column in attributes)]


def _printable(cell: Cell) -> Cell:
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", cell) if isinstance(cell, str) else cell


def _workbook(
    codings: Sequence[Coding], transcripts: Sequence[Transcript], codebook: Sequence[Code]
) -> bytes:
    from openpyxl import Workbook

    sheets: dict[str, tuple[Header, Iterable[Row]]] = {
        "Codings": (_header(transcripts), _quotations(codings, transcripts, codebook)),
        "Codebook": (_CODEBOOK, _code_rows(codebook)),
        "Counts": (
            [*_COUNTS, *((transcript.id, _COUNT_WIDTH) for transcript in transcripts)],
            _count_rows(codings, transcripts, codebook),
        ),
    }
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for title, (header, rows) in sheets.items():
        _fill(workbook.create_sheet(title), header, list(rows))
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def _code_rows(codebook: Sequence[Code]) -> Iterator[Row]:
    codes = {code.id: code for code in codebook}
    for code in codebook:
        yield [
            code.name,
            code_name(code.parent, codes) if code.parent else "",
            code.definition,
            code.include,
            code.exclude,
            "\n".join(code.examples),
            code.source,
            code.language,
            code.id,
        ]


def _count_rows(
    codings: Iterable[Coding], transcripts: Sequence[Transcript], codebook: Sequence[Code]
) -> Iterator[Row]:
    """Count passages: one that two coders gave the same code counts once."""
    codes = {code.id: code for code in codebook}
    passages = {(each.code_id, each.transcript_id, each.start, each.end) for each in codings}
    counts = Counter((code_id, transcript_id) for code_id, transcript_id, _, _ in passages)
    for code_id in [*codes, *sorted({code_id for code_id, _ in counts} - codes.keys())]:
        row = [counts[code_id, transcript.id] for transcript in transcripts]
        yield [code_name(code_id, codes), sum(row), sum(count > 0 for count in row), *row]


def _fill(sheet: "Worksheet", header: Header, rows: Iterable[Row]) -> None:
    """Write a table that is comfortable to read, filter and print."""
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.properties import PageSetupProperties

    header, rows = _fit(header, rows)
    sheet.append([_sheet_cell(sheet, name) for name, _ in header])
    for row in rows:
        sheet.append([_sheet_cell(sheet, cell) for cell in row])
    for column, (_, width) in enumerate(header, start=1):
        sheet.cell(1, column).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = sheet.dimensions
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0  # one page wide, as many as it takes
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _fit(header: Header, rows: Iterable[Row]) -> tuple[Header, list[Row]]:
    """Cut what no cell can hold; if anything was cut, add a column that says so."""
    whole = [[_printable(cell) for cell in row] for row in rows]
    fitted = [[_cut(cell) for cell in row] for row in whole]
    notes = [_note(header, *pair) for pair in zip(whole, fitted, strict=True)]
    if not any(notes):
        return header, fitted
    return [*header, _NOTE], [[*row, note] for row, note in zip(fitted, notes, strict=True)]


def _cut(cell: Cell) -> Cell:
    units = cell.encode("utf-16-le") if isinstance(cell, str) else b""
    if len(units) <= 2 * _EXCEL_CELL:
        return cell
    return units[: 2 * (_EXCEL_CELL - 1)].decode("utf-16-le", errors="ignore") + "…"


def _note(header: Header, whole: Row, fitted: Row) -> str:
    columns = zip(header, whole, fitted, strict=True)
    cut = [name for (name, _), before, after in columns if before != after]
    return f"Too long for a cell of Excel, cut: {', '.join(cut)}" if cut else ""


def _sheet_cell(sheet: "Worksheet", value: Cell) -> "SheetCell":
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment

    cell = WriteOnlyCell(sheet, value if value != "" else None)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if isinstance(value, str) and value:
        cell.data_type = "s"  # openpyxl would make a formula of '=1+1', an error of '#N/A'
        cell.number_format = "@"  # stays text when it is edited
    return cell
