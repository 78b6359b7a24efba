"""Make cells: a number with its interval, or why there is none, ready for any kind of table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Literal

NOTHING = "–"
_WITHOUT_REASON = "there was nothing to measure it on"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table.

    Attributes:
        text: The number or the words.
        interval: Its 95 % interval, `''` if there is none.
        reason: Why there is no number or no interval.
        verdict: What a difference says whose interval leaves out 0.
        best: Whether it is the best of the numbers that it stands among.
    """

    text: str
    interval: str = ""
    reason: str = ""
    verdict: Literal["", "better", "worse"] = ""
    best: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of a table that belong together; the first cell of each is its name."""

    heading: str
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table for a page or a paper.

    Attributes:
        name: Short and unique in a report: letters, digits and hyphens.
        caption: What it shows, in a sentence or two.
        columns: Their headings.
        groups: Its rows; a table that is not divided has one group without a heading.
    """

    name: str
    caption: str
    columns: tuple[str, ...]
    groups: tuple[Group, ...]

    @property
    def common_reason(self) -> str:
        """What is the reason in every cell that shows a number or lacks one."""
        of_all = {cell.reason for cell in self._numbers()}
        return of_all.pop() if len(of_all) == 1 else ""

    @property
    def footnotes(self) -> dict[str, str]:
        """The mark of each reason that is not common to all cells, in the order of the cells."""
        reasons = dict.fromkeys(cell.reason for cell in self._numbers() if cell.reason)
        reasons.pop(self.common_reason, None)
        return {reason: _letters(number) for number, reason in enumerate(reasons)}

    def _numbers(self) -> Iterable[Cell]:
        for group in self.groups:
            for row in group.rows:
                yield from (cell for cell in row[1:] if cell.interval or cell.reason)


def number_cell(value: Any, *, decimals: int = 3, signed: bool = False) -> Cell:
    """Return the cell of a number, or of a figure with interval and reason as `summarise` has it.

    >>> number_cell({"value": 0.46806, "low": 0.42712, "high": 0.50971})
    Cell(text='0.468', interval='0.427–0.510', reason='', verdict='', best=False)
    >>> number_cell({"value": None, "low": None, "high": None, "reason": "no use"}).text
    '–'
    >>> number_cell(-0.25, signed=True).text
    '−0.250'
    """
    figure = value if isinstance(value, Mapping) else {"value": value}
    if figure["value"] is None:
        return Cell(NOTHING, reason=figure.get("reason") or _WITHOUT_REASON)
    text, low, high = (
        _written(figure.get(name), decimals, signed) for name in ("value", "low", "high")
    )
    between = " to " if signed or "−" in low else "–"
    return Cell(text, f"{low}{between}{high}" if low else "", figure.get("reason", ""))


def difference_cell(figure: Mapping[str, Any], *, lower_is_better: bool, decimals: int = 3) -> Cell:
    """Return the cell of a difference, which says so if its interval leaves out 0.

    >>> difference_cell({"value": 0.2, "low": 0.1, "high": 0.3}, lower_is_better=True).verdict
    'worse'
    >>> difference_cell({"value": 0.2, "low": -0.1, "high": 0.5}, lower_is_better=True).verdict
    ''
    """
    cell = number_cell(figure, decimals=decimals, signed=True)
    if (side := excludes_zero(figure)) == 0:
        return cell
    return replace(cell, verdict="better" if (side > 0) != lower_is_better else "worse")


def excludes_zero(figure: Mapping[str, Any]) -> int:
    """Return 1 if an interval lies above 0, -1 if it lies below, 0 if it holds 0 or is not there.

    >>> [excludes_zero({"low": low, "high": high}) for low, high in [(1, 2), (-1, 2), (-2, -1)]]
    [1, 0, -1]
    """
    low, high = figure.get("low"), figure.get("high")
    if low is None or high is None:
        return 0
    return int(low > 0) - int(high < 0)


def with_best(
    rows: Sequence[tuple[Cell, ...]], directions: Sequence[int]
) -> tuple[tuple[Cell, ...], ...]:
    """Return the rows with the best number of each column told, ties included.

    Args:
        rows: Two or more are compared.
        directions: For each column 1 if the highest is best, -1 if the lowest is, 0 for neither.

    >>> rows = [(Cell("a"), Cell("0.1")), (Cell("b"), Cell("0.3"))]
    >>> [row[1].best for row in with_best(rows, [0, 1])]
    [False, True]
    """
    columns = []
    for column, direction in zip(zip(*rows, strict=True), directions, strict=True):
        compared = direction and len(rows) > 1
        numbers = [direction * _number(cell) for cell in column if compared and _is_number(cell)]
        best = max(numbers, default=None)
        columns.append(
            [
                replace(cell, best=True)
                if best is not None and _is_number(cell) and direction * _number(cell) == best
                else cell
                for cell in column
            ]
        )
    return tuple(zip(*columns, strict=True))


def seconds_cell(seconds: float | None) -> Cell:
    """Return the cell of a time, with as many digits as it deserves.

    >>> [seconds_cell(seconds).text for seconds in (0.0002, 0.00207, 2.34, 412.7)]
    ['<0.001', '0.002', '2.3', '413']
    """
    if seconds is None:
        return Cell(NOTHING, reason="it was not timed")
    if seconds < 0.0005:
        return Cell("<0.001")
    return Cell(f"{seconds:.{3 if seconds < 1 else 1 if seconds < 100 else 0}f}")


def bytes_cell(size: float | None) -> Cell:
    """Return the cell of a size in bytes, in megabytes.

    >>> bytes_cell(1_234_567_890).text
    '1,235'
    """
    return Cell(f"{size / 1e6:,.0f}") if size is not None else Cell(NOTHING, reason="not measured")


def _is_number(cell: Cell) -> bool:
    return cell.text != NOTHING


def _number(cell: Cell) -> float:
    return float(cell.text.replace("−", "-"))


def _written(number: float | None, decimals: int, signed: bool) -> str:
    if number is None:
        return ""
    rounded = round(number, decimals) + 0.0  # no minus before a zero
    return f"{rounded:{'+' if signed else ''}.{decimals}f}".replace("-", "−")


def _letters(number: int) -> str:
    """Return a, b, …, z, aa, ab, … as spreadsheets count their columns."""
    letters = ""
    for _ in count():
        letters = chr(ord("a") + number % 26) + letters
        number = number // 26 - 1
        if number < 0:
            break
    return letters
