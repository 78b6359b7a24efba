"""Make pictures of themes for a paper, as SVG and PNG: the map of segments, and who says what."""

import unicodedata
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from alliance_nlp.wording import count, language_name

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Pictures = Mapping[str, bytes]  # by the ending of the file

# After Okabe & Ito 2008, the yellow darker. As many marks as have no common divisor with it, so
# that 72 themes differ, in colour and in the print of a black and white printer.
COLOURS = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b28a00", "#56b4e9", "#4b3f9e", "#8c3b2a",
)  # fmt: skip
MARKS = "os^DvPX*<"
_INK, _SOFT, _LINE, _FAINT = "#23211d", "#625c52", "#d5cfc3", "#c9c3b6"
_HEAT = ("#ffffff", "#e6f0ef", "#b5d3d0", "#7fb3ae", "#46908a", "#1f5f5b")
MOST_PARTICIPANTS = 40
MOST_THEMES = 60
_WIDTH = 7.2  # inches, the width of a page of a journal
_NARROW = 3.6
_LINE_HEIGHT = 0.165  # inches
_BADGE, _SMALL_BADGE = 13.0, 10.5  # points
_MANY_THEMES = 20
_LONGEST = 44  # in letters of average width
FULL_AT = 0.3  # the share that is as dark as it gets
_CJK_FONTS = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Noto Sans CJK JP", "PingFang SC",
    "Hiragino Sans GB", "Heiti SC", "STHeiti", "Microsoft YaHei", "SimHei", "DengXian",
    "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Droid Sans Fallback", "Arial Unicode MS",
    "Noto Serif CJK SC", "SimSun",
)  # fmt: skip
_OWN_FONT = "DejaVu Sans"  # comes with matplotlib
_SETTINGS: dict[str, Any] = {
    "text.parse_math": False,  # a title with two dollars is a title
    "svg.fonttype": "path",  # looks the same wherever it is opened
    "svg.hashsalt": "alliance_nlp",  # the same themes are the same bytes
    "font.size": 8,
    "text.color": _INK,
}


@dataclass(frozen=True, slots=True)
class Dot:
    """A segment on the map.

    Attributes:
        row: Which segment.
        x: From -1 to 1, to the right.
        y: From -1 to 1, up.
        theme: The number of its theme, 0 for none.
    """

    row: int
    x: float
    y: float
    theme: int


def map_pictures(
    dots: Sequence[Dot], labels: Sequence[str], counts: Sequence[int], *, title: str, note: str
) -> Pictures:
    """Draw the map, with a number in the middle of each theme and a key beside it.

    Args:
        dots: What is drawn.
        labels: What each theme is called, the first that of theme 1.
        counts: How many segments are in none, in theme 1, in theme 2 and so on.
        title: What stands above.
        note: What stands below.
    """
    shown = labels[:MOST_THEMES]
    up, across = (max(side) - min(side) for side in ([d.y for d in dots], [d.x for d in dots]))
    of_map = 0.6 * _WIDTH * min(1.05, max(0.5, up / max(across, 1e-9)))
    height = max(of_map + 0.95, _LINE_HEIGHT * (len(shown) + 3) + 0.8)

    def draw(figure: "Figure") -> None:
        axes = figure.add_axes((0.02, 0.5 / height, 0.6, 1 - 0.95 / height))
        axes.set_aspect("equal", adjustable="box", anchor="NW")
        axes.set_axis_off()
        axes.margins(0.04)
        size = 26 if len(dots) <= 600 else 15 if len(dots) <= 2000 else 8
        others = [dot for dot in dots if not dot.theme]
        axes.scatter(
            [d.x for d in others], [d.y for d in others], s=size / 5, c=_FAINT, linewidths=0
        )
        for number in range(1, len(labels) + 1):
            inside = [dot for dot in dots if dot.theme == number]
            axes.scatter(
                [d.x for d in inside], [d.y for d in inside], s=size, marker=_mark(number),
                c=_colour(number), alpha=0.85, linewidths=0.3, edgecolors="white",
            )  # fmt: skip
        _put_numbers(axes, dots, len(labels))
        _put_key(figure, shown, counts, height, left_out=len(labels) - len(shown))
        _put_words(figure, title, note, height)

    return _drawn(draw, (_WIDTH, height))


def spread_pictures(frame: "pd.DataFrame", *, by: str, title: str, note: str) -> Pictures:
    """Draw how often who says what: counts in the cells, darker where the share is greater.

    Args:
        frame: Counts, as `spread_to_frame` returns them.
        by: `'participant'` or `'language'`.
        title: What stands above.
        note: What stands below.
    """
    columns, n_left_out = columns_shown(frame)
    themes = [*range(min(MOST_THEMES, len(frame) - 1)), len(frame) - 1]
    counts = frame.to_numpy()[np.ix_(themes, columns)]
    shares = counts / np.maximum(frame.to_numpy()[:, columns].sum(axis=0), 1)
    named = [str(frame.columns[column]) for column in columns]
    if by == "language":
        named = [language_name(code) for code in named]
    named = [
        _drawable(name, f"participant {number}", longest=24)
        for number, name in enumerate(named, start=1)
    ]
    rows = [_row_label(str(frame.index[row]), row + 1) for row in themes]
    cell = min(0.62, max(0.17, 4.4 / max(len(columns), 1)))
    slanted = any(len(name) > 3 and _width(name) * 0.065 > cell for name in named)
    above = 0.6 + (0.062 * max(map(_width, named), default=0) if slanted else 0.2)
    left, height_of_row = 0.3 + 0.066 * max(map(_width, rows)), 0.215
    width = max(_NARROW, left + cell * len(columns) + 0.6)
    height = above + height_of_row * len(rows) + 0.6
    if n_left_out:
        note = f"The {len(columns)} of {count(len(frame.columns), by)} who say most. {note}"

    def draw(figure: "Figure") -> None:
        bottom = 0.5 / height
        axes = figure.add_axes(
            (left / width, bottom, cell * len(columns) / width, height_of_row * len(rows) / height)
        )
        axes.set_xlim(0, len(columns))
        axes.set_ylim(len(rows), 0)
        _fill_cells(axes, counts, shares, size=7 if cell > 0.2 else 6)
        axes.set_yticks(np.arange(len(rows)) + 0.5, rows, size=7.5)
        axes.xaxis.tick_top()
        turned = 90 if slanted else 0
        axes.set_xticks(
            np.arange(len(columns)) + 0.5, named, size=7.5 if cell > 0.2 else 6.5, rotation=turned
        )
        axes.tick_params(length=0, colors=_INK)
        for spine in axes.spines.values():
            spine.set_visible(False)
        _put_words(figure, title, note, height)

    return _drawn(draw, (width, height))


def columns_shown(frame: "pd.DataFrame", most: int = MOST_PARTICIPANTS) -> tuple[list[int], int]:
    """Return the columns that fit into a picture, those of whoever says most, and how many not."""
    totals = frame.to_numpy().sum(axis=0)
    ranked = sorted(range(len(totals)), key=lambda column: (-totals[column], column))
    return sorted(ranked[:most]), max(0, len(totals) - most)


def shade_of(share: float) -> int:
    """Return which of the shades, 0 for none to 5, a share has.

    >>> [shade_of(share) for share in (0, 0.01, 0.1, 0.3, 1)]
    [0, 1, 2, 5, 5]
    """
    if share <= 0:
        return 0
    return 1 + min(len(_HEAT) - 2, int(share / FULL_AT * (len(_HEAT) - 2)))


def _fill_cells(
    axes: "Axes", counts: npt.NDArray[np.int64], shares: npt.NDArray[np.float64], *, size: float
) -> None:
    from matplotlib.patches import Rectangle

    for row, column in np.ndindex(*counts.shape):
        in_none = row == len(counts) - 1
        shade = 0 if in_none else shade_of(float(shares[row, column]))
        axes.add_patch(
            Rectangle((column, row), 1, 1, facecolor=_HEAT[shade], edgecolor=_LINE, linewidth=0.4)
        )
        if counts[row, column]:
            axes.text(
                column + 0.5, row + 0.5, str(counts[row, column]), ha="center",
                va="center_baseline", size=size,
                color="white" if shade >= 4 else _SOFT if in_none else _INK,
            )  # fmt: skip


def _row_label(label: str, number: int) -> str:
    start, dot, name = label.partition(". ")
    return f"{start}. {_drawable(name, f'Theme {number}', longest=36)}" if dot else label


def _put_numbers(axes: "Axes", dots: Sequence[Dot], n_themes: int) -> None:
    """Put each theme's number in its middle, moved aside where two would lie on each other."""
    found = middles_of([(dot.x, dot.y, dot.theme) for dot in dots], n_themes)
    if not found:
        return
    numbers, middles = list(found), list(found.values())
    axes.figure.draw_without_rendering()  # type: ignore[union-attr]  # settles the limits
    to_points = axes.transData
    scale = 72 / axes.figure.dpi
    wanted = to_points.transform(np.array(middles)) * scale
    badge = _BADGE if n_themes <= _MANY_THEMES else _SMALL_BADGE
    placed = apart(wanted, badge)
    places = to_points.inverted().transform(placed / scale)
    for number, middle, place, moved in zip(
        numbers, middles, places, np.hypot(*(placed - wanted).T), strict=True
    ):
        if moved > badge / 2:
            axes.plot(*zip(middle, place, strict=True), color=_INK, linewidth=0.5, zorder=5)
        axes.scatter(
            [place[0]], [place[1]], s=badge**2, clip_on=False, c="white", alpha=0.92,
            linewidths=0.9, edgecolors=_colour(number), zorder=5 + number,
        )  # fmt: skip
        axes.text(
            place[0], place[1], str(number), ha="center", va="center_baseline", size=badge / 2,
            weight="bold", zorder=5 + number,
        )  # fmt: skip


def middles_of(
    points: Sequence[tuple[float, float, int]], n_themes: int
) -> dict[int, tuple[float, float]]:
    """Return for each theme on a map the place of the segment that is most in its middle.

    Args:
        points: x, y and the number of the theme, 0 for none.
        n_themes: How many themes there are.

    >>> middles_of([(0, 0, 1), (1, 0, 1), (9, 0, 1), (5, 5, 0)], 2)
    {1: (1.0, 0.0)}
    """
    middles = {}
    for number in range(1, n_themes + 1):
        inside = np.array([(x, y) for x, y, theme in points if theme == number], dtype=np.float64)
        if len(inside):
            x, y = inside[np.abs(inside - np.median(inside, axis=0)).sum(axis=1).argmin()]
            middles[number] = (float(x), float(y))
    return middles


def apart(places: npt.NDArray[np.float64], least: float) -> npt.NDArray[np.float64]:
    """Move points until no two are closer than `least`, as little as that takes.

    >>> moved = apart(np.array([[0.0, 0.0], [0.0, 0.0], [50.0, 0.0]]), 10.0)
    >>> bool(np.hypot(*(moved[0] - moved[1])) > 9.9), moved[2].tolist()
    (True, [50.0, 0.0])
    """
    moved = places.astype(np.float64).copy()
    for _ in range(500):
        close = False
        for i in range(len(moved)):
            for j in range(i):
                between = moved[i] - moved[j]
                distance = float(np.hypot(*between))
                if distance < least * 0.999:
                    close = True
                    turn = np.array([np.cos(i + 2.4 * j), np.sin(i + 2.4 * j)])
                    push = between / distance if distance > 1e-6 else turn
                    moved[i] += push * (least - distance) / 2
                    moved[j] -= push * (least - distance) / 2
        if not close:
            break
    return moved


def _put_key(
    figure: "Figure", labels: Sequence[str], counts: Sequence[int], height: float, *, left_out: int
) -> None:
    axes = figure.add_axes((0.64, 0.5 / height, 0.36, 1 - 0.95 / height))
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim((0.5 - height + 0.45) / _LINE_HEIGHT, 0.5)
    for number, label in enumerate(labels, start=1):
        axes.scatter([0.03], [1 - number], marker=_mark(number), c=_colour(number), s=22)
        axes.text(0.12, 1 - number, str(number), ha="right", va="center", size=7, weight="bold")
        name = _drawable(label, f"Theme {number}")
        axes.text(0.15, 1 - number, f"{name} ({counts[number]:,})", va="center", size=7)
    y = -len(labels)
    if left_out:
        axes.text(0.15, y, f"and {count(left_out, 'smaller theme')}", va="center", size=7)
        y -= 1
    axes.scatter([0.03], [y], c=_FAINT, s=6)
    axes.text(0.15, y, f"in no theme ({counts[0]:,})", va="center", size=7, color=_SOFT)


def _put_words(figure: "Figure", title: str, note: str, height: float) -> None:
    import textwrap

    figure.text(0.02, 1 - 0.2 / height, _drawable(title, "Themes", longest=70), size=10.5,
                weight="bold", va="center")  # fmt: skip
    wrapped = textwrap.fill(note, int(figure.get_figwidth() * 17))
    figure.text(0.02, 0.08 / height, wrapped, size=6.5, color=_SOFT, va="bottom")


def _mark(number: int) -> str:
    return MARKS[(number - 1) % len(MARKS)]


def _colour(number: int) -> str:
    return COLOURS[(number - 1) % len(COLOURS)]


def _drawn(draw: Callable[["Figure"], None], size: tuple[float, float]) -> Pictures:
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    made = {}
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()  # whatever the user has set for plots of their own
        fonts = {"font.family": list(_fonts())}
        cast(dict[str, Any], matplotlib.rcParams).update(_SETTINGS | fonts)
        figure = Figure(figsize=size)
        FigureCanvasAgg(figure)
        draw(figure)
        for ending, options in ((".svg", {"metadata": {"Date": None}}), (".png", {"dpi": 300})):
            content = BytesIO()
            figure.savefig(content, format=ending[1:], facecolor="white", **options)
            made[ending] = content.getvalue()
    return made


@cache
def _fonts() -> Mapping[str, frozenset[int]]:
    """Return the fonts that are drawn with and the letters of each: matplotlib's, and a Chinese."""
    from matplotlib import font_manager

    fonts = {}
    for family in (_OWN_FONT, *_CJK_FONTS):
        try:
            path = font_manager.findfont(family, fallback_to_default=False)
        except ValueError:
            continue
        fonts[family] = frozenset(font_manager.get_font(path).get_charmap())
        if family != _OWN_FONT:
            break
    return fonts


def _drawable(text: str, instead: str, *, longest: int = _LONGEST) -> str:
    """Return a text as far as it can be drawn, never as boxes; without its letters, `instead`."""
    letters = frozenset[int]().union(*_fonts().values())
    missing = [c for c in text if ord(c) not in letters and not c.isspace()]
    if any(unicodedata.category(c)[0] in "LN" for c in missing):
        return instead
    left = " ".join("".join(c for c in text if c not in missing).split())
    return _shortened(left, longest) or instead


def _shortened(text: str, longest: int) -> str:
    if _width(text) <= longest:
        return text
    while text and _width(text) > longest - 1:
        text = text[:-1]
    return text.rstrip(" ·,;") + "…"


def _width(text: Iterable[str]) -> float:
    return sum(1.7 if unicodedata.east_asian_width(c) in "WF" else 1.0 for c in text)
