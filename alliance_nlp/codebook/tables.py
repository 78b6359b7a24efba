"""Make rows from CSV and Excel tables, where a header says which column is which."""

import csv
import io
import re
import warnings
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from zipfile import BadZipFile

from alliance_nlp.codebook.rows import FIELDS, Row, column
from alliance_nlp.errors import CodebookError, TranscriptError
from alliance_nlp.transcripts.encodings import decode

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

# Each line of a table: where it stands and its cells.
Table = list[tuple[str, list[str]]]

# openpyxl passes on whatever the readers of zip and XML below it raise on damaged bytes.
_DAMAGED = (
    BadZipFile,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    zlib.error,
)
_OLE = b"\xd0\xcf\x11\xe0"
_HEADER_WITHIN = 10  # titles, dates and names of authors stand above it
_SINGLE = ("id", "name", "code", "parent", "language", "source")
_TEXTS = ("definition", "include", "exclude", "example")
_BETWEEN_EXAMPLES = re.compile(r"\n| \| ")


def csv_rows(content: bytes, where: str) -> list[Row]:
    r"""Return the rows of a text table, whatever its encoding, with `,`, `;` or tab between cells.

    >>> [row.text("code") for row in csv_rows(b"kod;beskrivning\nTillit;V\xe5gar.\n", "k.csv")]
    ['Tillit']
    """
    text = decoded(content, where)
    return _rows(_cut(text, _delimiter(text), where), where)


def excel_rows(content: bytes, where: str) -> list[Row]:
    """Return the rows of the first sheet of an Excel file whose header names the codes."""
    from openpyxl import load_workbook

    if content.startswith(_OLE):
        raise CodebookError(
            f"{where}: the file is protected by a password, or an old Excel file; "
            "save it as .xlsx without a password"
        )
    try:
        with warnings.catch_warnings():
            # openpyxl warns about menus and colours that it drops; only texts are wanted.
            warnings.simplefilter("ignore", UserWarning)
            book = load_workbook(io.BytesIO(content), data_only=True)
    except _DAMAGED as error:
        raise CodebookError(
            f"{where}: this is not an Excel file, or it is damaged; open it in Excel and save it "
            "as .xlsx"
        ) from error
    tables = [_cells(sheet) for sheet in book.worksheets]
    best = max(tables, key=lambda table: _fit(_header(table)[1]), default=[])
    return _rows(best, where)


def decoded(content: bytes, where: str) -> str:
    """Return the text of a file, refusing what is not text."""
    try:
        text, repairs = decode(content, where)
    except TranscriptError as error:
        raise CodebookError(
            f"{where}: the file does not hold text; save the codebook as .xlsx, .csv or .yaml and "
            "give it that ending"
        ) from error
    if repairs:
        raise CodebookError(
            f"{where}: some characters cannot be read in any known encoding, or are stray NUL "
            "bytes; save the file as UTF-8"
        )
    return text


def _delimiter(text: str) -> str:
    lines = text.split("\n")[:_HEADER_WITHIN]
    return max(",;\t", key=lambda cut: max(_fit(line.split(cut)) for line in lines))


def _cut(text: str, delimiter: str, where: str) -> Table:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    table: Table = []
    line = 1
    try:
        for cells in reader:
            table.append((f"line {line}", [cell.strip() for cell in cells]))
            line = reader.line_num + 1
    except csv.Error as error:
        raise CodebookError(
            f"{where}, line {line}: the quotation marks of the row do not match ({error}); "
            'close each ", and double it inside a cell'
        ) from error
    return table


def _cells(sheet: "Worksheet") -> Table:
    rows = [[_text(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    # A category merged over its codes belongs to each of them.
    for merged in sheet.merged_cells.ranges:
        for row in range(merged.min_row, merged.max_row):
            rows[row][merged.min_col - 1] = rows[merged.min_row - 1][merged.min_col - 1]
    return [(f"sheet {sheet.title!r}, row {row}", cells) for row, cells in enumerate(rows, 1)]


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else str(cell).replace("\r\n", "\n").strip()


def _fit(titles: Iterable[str]) -> int:
    """Return 0 for titles without a name of codes, 1 with it, 2 if they also say more of codes."""
    fields = {known[0] for title in titles if (known := column(title))}
    named = not fields.isdisjoint(("name", "code"))
    return named + (named and not fields.isdisjoint(_TEXTS))


def _header(table: Table) -> tuple[int, list[str]]:
    """Return the row with most known titles, one for the name among them, and its titles."""
    candidates = [(row, cells) for row, (_, cells) in enumerate(table[:_HEADER_WITHIN])]
    known = [(row, cells) for row, cells in candidates if _fit(cells)]
    filled = [(row, cells) for row, cells in candidates if any(cells)]
    return max(
        known or filled[:1] or [(0, [])],
        key=lambda candidate: sum(column(title) is not None for title in candidate[1]),
    )


def _rows(table: Table, where: str) -> list[Row]:
    header, titles = _header(table)
    columns = [column(title) for title in titles]
    _check_header(titles, where if not table else f"{where}, {table[header][0]}")
    rows = []
    for place, cells in table[header + 1 :]:
        if any(cells[len(titles) :]):
            raise CodebookError(
                f"{where}, {place}: the row has more cells than the header; "
                "put a text that holds the delimiter in quotation marks"
            )
        texts: dict[tuple[str, str], list[str]] = defaultdict(list)
        for known, cell in zip(columns, cells, strict=False):
            if known and cell:
                parts = _BETWEEN_EXAMPLES.split(cell) if known[0] == "example" else [cell]
                texts[known] += [part.strip() for part in parts if part.strip()]
        rows.append(Row(place, {known: tuple(parts) for known, parts in texts.items()}))
    return rows


def _check_header(titles: Sequence[str], where: str) -> None:
    if not _fit(titles):
        found = ", ".join(repr(title) for title in titles if title) or "none"
        raise CodebookError(
            f"{where}: no column holds the names of the codes (columns: {found}); "
            f"call it one of {FIELDS['name']}, {FIELDS['code']}"
        )
    seen = Counter(known for title in titles if (known := column(title)))
    for (field, _), times in seen.items():
        if times > 1 and field in _SINGLE:
            raise CodebookError(
                f"{where}: {times} columns are understood as the {field} of the code; "
                "rename or remove all but one"
            )
