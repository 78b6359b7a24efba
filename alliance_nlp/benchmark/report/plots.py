"""Make plots as SVG that stands in a page: its text is text, its colours are the page's."""

import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, Any, cast
from xml.etree import ElementTree as ET  # only of what was drawn here

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

# Stand-ins that become `var(--…)`: so the page decides on colours, in the light and in the dark.
_INK, _SOFT, _LINE, _CARD = "#010000", "#020000", "#030000", "#040000"
_VARIABLES = {_INK: "ink", _SOFT: "soft", _LINE: "line", _CARD: "card"}
N_LOOKS = 10
_LOOKS = [f"#{number:02x}00ff" for number in range(N_LOOKS)]
_VARIABLES |= {colour: f"m{number}" for number, colour in enumerate(_LOOKS)}
_DASHES = ("-", (0, (1, 1.5)), (0, (5, 1.5)), (0, (5, 1.5, 1, 1.5)), (0, (3, 1)))
_MARKERS = "os^DvPX<>p"
_SETTINGS: dict[str, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,  # a name with two dollars is a name
    "svg.hashsalt": "alliance_nlp",  # the same results are the same bytes
    "font.size": 9.5,
    "axes.edgecolor": _LINE,
    "axes.labelcolor": _SOFT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.bottom": False,
    "ytick.left": False,
    "xtick.labelcolor": _SOFT,
    "ytick.labelcolor": _SOFT,
}
_WIDTH, _HEIGHT = 4.7, 3.1  # inches
_LEAST_GAP = 11.5  # points between two names at the end of their lines
_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_KEPT = (
    "fill",
    "stroke",
    "text-anchor",
    "opacity",
    "font-size",
    "font-weight",
)  # how the attributes begin that draw


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a plot.

    Attributes:
        name: What stands at its end.
        look: Which colour and stroke, 0 for the line that the plot is about, -1 for a reference.
        x: Where its points are.
        y: How high they are.
        low: Lower bounds, if they are known for every point.
        high: Upper bounds.
    """

    name: str
    look: int
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """A row of a forest plot: a difference with its interval, or without where there is none."""

    name: str
    look: int
    value: float
    low: float | None
    high: float | None


def line_plot(
    lines: Sequence[Line],
    *,
    title: str,
    description: str,
    heading: str,
    x_label: str,
    ticks: Mapping[float, str] | None = None,
    markers: bool = True,
    square: bool = False,
    ends_meet: bool = False,
) -> str:
    """Draw lines, each with its name at its end, as an SVG element.

    Args:
        lines: The first one is drawn on top.
        title: What a screen reader calls the plot.
        description: What it shows, in a sentence.
        heading: What the vertical axis shows; it stands above.
        x_label: What the horizontal axis counts; it stands below.
        ticks: Where it has marks, and what stands there.
        markers: Whether each point has a mark.
        square: Whether both axes go from 0 to the same highest number, with the diagonal.
        ends_meet: Whether the names stand in a key, because they would stand on each other.

    >>> svg = line_plot([Line("ours", 0, (0, 1), (0.2, 0.4))], title="T", description="D",
    ...                 heading="Share", x_label="read")
    >>> svg.startswith('<svg') and "ours" in svg and "style=" not in svg
    True
    """

    def draw(axes: "Axes") -> None:
        drawn = [_draw_line(axes, line, markers and line.look >= 0) for line in lines[::-1]]
        if square:
            axes.plot((0, 1), (0, 1), color=_SOFT, linewidth=1, linestyle=(0, (2, 2)), zorder=1)
        _set_limits(axes, lines, square)
        if ticks:
            axes.set_xticks(list(ticks), list(ticks.values()))
        axes.set_title(heading, loc="left", color=_INK, size=11, weight="bold")
        axes.set_xlabel(x_label)
        axes.grid(axis="y", color=_LINE, linewidth=0.6)
        if ends_meet:
            _add_key(axes, drawn[::-1], lines)
        else:
            _name_lines(axes, lines)

    return _svg(draw, (_WIDTH, _HEIGHT), (0.095, 0.7, 0.155, 0.9), title, description)


def forest_plot(
    groups: Mapping[str, Sequence[Difference]], *, title: str, description: str, x_label: str
) -> str:
    """Draw differences below each other beside a line at 0, as an SVG element.

    A filled mark has an interval that leaves out 0; an open one holds 0, or has no interval.

    Args:
        groups: The rows under each heading.
        title: What a screen reader calls the plot.
        description: What it shows, in a sentence.
        x_label: What the difference is of.

    >>> svg = forest_plot({"all": [Difference("prior", 1, 0.2, 0.1, 0.3)]}, title="T",
    ...                   description="D", x_label="recall")
    >>> "prior" in svg and svg.endswith("</svg>")
    True
    """
    n_rows = sum(len(rows) + 1.4 for rows in groups.values())
    height = 0.55 + 0.21 * n_rows

    def draw(axes: "Axes") -> None:
        axes.axvline(0, color=_SOFT, linewidth=1)
        axes.grid(axis="x", color=_LINE, linewidth=0.6)
        y, places, names = 0.0, [], []
        across = axes.get_yaxis_transform()
        for heading, rows in groups.items():
            axes.text(-0.42, y, heading, transform=across, va="center", color=_INK, weight="bold")
            for row in rows:
                y -= 1
                _draw_difference(axes, row, y)
                places.append(y)
                names.append(row.name)
            y -= 1.4
        axes.set_yticks(places, names)
        axes.set_ylim(y + 0.7, 0.6)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(x_label)
        axes.set_axisbelow(True)

    margins = (0.3, 0.97, 0.5 / height, 1 - 0.05 / height)
    return _svg(draw, (_WIDTH, height), margins, title, description)


def _draw_line(axes: "Axes", line: Line, markers: bool) -> "Line2D":
    ours, reference = line.look == 0, line.look < 0
    colour = _SOFT if reference else _LOOKS[line.look % N_LOOKS]
    if line.low:
        axes.fill_between(
            line.x, line.low, line.high, color=colour, alpha=0.22 if ours else 0.1, linewidth=0
        )
    (drawn,) = axes.plot(
        line.x,
        line.y,
        color=colour,
        linewidth=2.4 if ours else 1.0 if reference else 1.4,
        linestyle=(0, (7, 3)) if reference else _DASHES[line.look % len(_DASHES)],
        marker=_MARKERS[line.look % len(_MARKERS)] if markers else None,
        markersize=5.5 if ours else 4.5,
        clip_on=False,
    )
    return drawn


def _draw_difference(axes: "Axes", row: Difference, y: float) -> None:
    colour = _LOOKS[row.look % N_LOOKS]
    apart = False
    if row.low is not None and row.high is not None:
        apart = row.low > 0 or row.high < 0
        axes.plot((row.low, row.high), (y, y), color=colour, linewidth=1.6)
    axes.plot(
        row.value,
        y,
        marker=_MARKERS[row.look % len(_MARKERS)],
        markersize=6,
        color=colour,
        markerfacecolor=colour if apart else _CARD,
    )


def _set_limits(axes: "Axes", lines: Sequence[Line], square: bool) -> None:
    drawn = [line for line in lines if line.look >= 0]
    top = max((value for line in drawn for value in (*line.y, *line.high)), default=1.0)
    right = max((value for line in drawn for value in line.x), default=1.0) or 1.0
    if square:
        top = right = max(top, right)
    axes.set_ylim(0, min(1.0, top * 1.08) if top <= 1 else top * 1.08)
    axes.set_xlim(0, min(1.0, right * 1.08) if square else right)


def _add_key(axes: "Axes", drawn: Sequence["Line2D"], lines: Sequence[Line]) -> None:
    axes.legend(
        drawn,
        [line.name for line in lines],
        loc="upper left",
        bbox_to_anchor=(1.0, 1.03),
        frameon=False,
        labelcolor="linecolor",
        handlelength=1.4,
        handletextpad=0.5,
        borderaxespad=0.2,
    )


def _name_lines(axes: "Axes", lines: Sequence[Line]) -> None:
    """Write each name beside the end of its line, moved apart where they would overlap."""
    _, bottom, right, top = axes.bbox.extents
    ends = []
    for line in lines:
        within = [
            (x, y)
            for x, y in axes.transData.transform(list(zip(line.x, line.y, strict=True)))
            if x <= right + 1 and y <= top + 1
        ]
        if within:
            ends.append((within[-1], line))
    ends.sort(key=lambda end: end[0][1])
    heights = _apart([y for (_, y), _ in ends], (bottom, top))
    for ((x, y), line), height in zip(ends, heights, strict=True):
        colour = _SOFT if line.look < 0 else _LOOKS[line.look % N_LOOKS]
        axes.annotate(
            line.name,
            xy=(x, y),
            xycoords="figure pixels",
            xytext=(right + 12, height),
            textcoords="figure points",
            va="center_baseline",
            color=colour,
            weight="bold" if line.look == 0 else "normal",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.5, "shrinkB": 3},
        )


def _apart(heights: Sequence[float], within: tuple[float, float]) -> list[float]:
    """Return rising heights moved as little as needed to have room for a line of text each.

    Isotonic regression of the heights less the room that the names below take.
    """
    blocks: list[tuple[float, int]] = []  # of names that touch: where the lowest stands, how many
    for number, height in enumerate(heights):
        blocks.append((height - number * _LEAST_GAP, 1))
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            (upper, n_upper), (lower, n_lower) = blocks.pop(), blocks.pop()
            n = n_upper + n_lower
            blocks.append(((upper * n_upper + lower * n_lower) / n, n))
    bottom, top = within[0], max(within[0], within[1] - _LEAST_GAP * (len(heights) - 1))
    moved = [min(max(place, bottom), top) for place, n in blocks for _ in range(n)]
    return [place + number * _LEAST_GAP for number, place in enumerate(moved)]


def _svg(
    draw: Callable[["Axes"], None],
    size: tuple[float, float],
    margins: tuple[float, float, float, float],
    title: str,
    description: str,
) -> str:
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    out = StringIO()
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()  # whatever the user has set for plots of their own
        cast(dict[str, Any], matplotlib.rcParams).update(_SETTINGS)
        # The reader's browser has the letters that the font of measuring lacks.
        warnings.filterwarnings("ignore", message="(?s)Glyph .* missing from font")
        figure = Figure(figsize=size, dpi=72)  # a pixel is a point, as in the file
        FigureCanvasSVG(figure)
        left, right, bottom, top = margins
        figure.subplots_adjust(left=left, right=right, bottom=bottom, top=top)
        draw(figure.add_subplot())
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    return _inline(out.getvalue(), title, description)


def _inline(drawn: str, title: str, description: str) -> str:
    """Return the drawing without what a page cannot take: styles, names of things, addresses."""
    root = ET.fromstring(drawn)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in {f"{_SVG}metadata"} or child.find(f"{_SVG}style") is not None:
                parent.remove(child)
    used = {each.get(_HREF, "") for each in root.iter()}
    used |= {f"#{found}" for found in re.findall(r"url\(#(\w+)\)", drawn)}
    for each in root.iter():
        _simplify(each, used)
    root.attrib = {
        "viewBox": root.attrib["viewBox"],
        "role": "img",
        "aria-label": f"{title}: {description}",
    }
    for number, (tag, text) in enumerate((("title", title), ("desc", description))):
        words = ET.Element(tag)
        words.text = text
        root.insert(number, words)
    return re.sub(r">\s+<", "><", ET.tostring(root, encoding="unicode"))


def _simplify(element: ET.Element, used: set[str]) -> None:
    element.tag = str(element.tag).removeprefix(_SVG)
    if not (element.text or "").strip():
        element.text = None
    attributes: dict[str, str] = {}
    for name, value in element.attrib.items():
        if name == "style":
            attributes |= _attributes(value)
        elif name == _HREF:
            attributes["href"] = value
        elif name != "id" or f"#{value}" in used:
            attributes[name] = _shortened(value) if name in {"d", "x", "y", "transform"} else value
    if attributes.get("transform", "").startswith("rotate(-0 "):
        del attributes["transform"]
    element.attrib = attributes


def _attributes(style: str) -> dict[str, str]:
    """Return a style as attributes, which a page needs no permission for."""
    attributes: dict[str, str] = {}
    for declaration in style.split(";"):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name.startswith(_KEPT):
            variable = _VARIABLES.get(value)
            attributes[name] = f"var(--{variable})" if variable else value
    return attributes


def _shortened(numbers: str) -> str:
    """Return the numbers of a path with two decimals: a hundredth of a point cannot be seen."""
    short = re.sub(
        r"-?\d+\.\d+", lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), numbers
    )
    return re.sub(r" {2,}", " ", short).strip()
