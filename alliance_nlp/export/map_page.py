"""Make one HTML page of the themes: a map to point at and search, and who says what."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from alliance_nlp import __version__
from alliance_nlp.export.frames import (
    candidates,
    participant_names,
    theme_label,
)
from alliance_nlp.export.inline import page_environment, template_text
from alliance_nlp.export.pictures import (
    COLOURS,
    MARKS,
    Dot,
    apart,
    columns_shown,
    middles_of,
    shade_of,
)
from alliance_nlp.segments import Segment, participant_of
from alliance_nlp.themes import Theme
from alliance_nlp.wording import count, language_name

if TYPE_CHECKING:
    import pandas as pd
    from jinja2 import Environment

_PACKAGE = "alliance_nlp.export"
_WIDTH = 640  # of the map, in units of its own
_MARGIN = 18
_BADGE = 22.0
_EXEMPLARS = 3
_MOST_CHARACTERS = 1500  # of a quotation; thousands of them stand on the page
_MOST_PARTICIPANTS = 60
# The marks as paths about the origin, in the order of `MARKS`; they look equally large.
SHAPES = {
    "o": "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z",
    "s": "M-4.5-4.5h9v9h-9z",
    "^": "M0-5.8L5.6 4.4h-11.2z",
    "D": "M0-6L6 0 0 6-6 0z",
    "v": "M0 5.8L5.6-4.4h-11.2z",
    "P": "M-2-5.4h4v3.4h3.4v4h-3.4v3.4h-4v-3.4h-3.4v-4h3.4z",
    "X": "M0-2.8L3-5.8 5.8-3 2.8 0 5.8 3 3 5.8 0 2.8-3 5.8-5.8 3-2.8 0-5.8-3-3-5.8z",
    "*": "M0.0 -6.8L1.7 -2.3L6.5 -2.1L2.8 0.9L4.0 5.5L0.0 2.9"
    "L-4.0 5.5L-2.8 0.9L-6.5 -2.1L-1.7 -2.3z",
    "<": "M-5.8 0L4.4 5.6v-11.2z",
}


def map_page(
    themes: Sequence[Theme],
    segments: Sequence[Segment],
    dots: Sequence[Dot],
    spread: Mapping[str, "pd.DataFrame"],
    *,
    title: str,
    note: str,
) -> str:
    """Return the page.

    Args:
        themes: What is shown, numbered in this order.
        segments: What the themes were found in.
        dots: Where segments lie on the map.
        spread: Counts by `'participant'` and by `'language'`, as `spread_to_frame` returns them.
        title: What the page is about.
        note: What is to be said about the map.
    """
    totals = spread["language"].sum(axis=1).tolist()
    people = participant_names(candidates(themes, segments))
    by_id = {each.id: each for each in segments}
    width, height, places = _fitted(dots)
    cards = [
        {
            "number": number,
            "theme": theme,
            "label": theme_label(theme, number),
            "count": totals[number - 1],
            "look": (number - 1) % len(COLOURS),
            "mark": (number - 1) % len(MARKS),
            "quotations": [
                (by_id[each], people[participant_of(by_id[each])])
                for each in (theme.exemplar_ids or theme.segment_ids)[:_EXEMPLARS]
            ],
        }
        for number, theme in enumerate(themes, start=1)
    ]
    persons = {who: number for number, who in enumerate(people)}
    points = [
        (x, y, dot.theme, persons[participant_of(segments[dot.row])])
        for dot, (x, y) in zip(dots, places, strict=True)
    ]
    return (
        _environment()
        .get_template("map.html")
        .render(
            title=title,
            note=note,
            version=__version__,
            cards=cards,
            n_outside=totals[-1],
            n_segments=sum(totals),
            n_people=len(spread["participant"].columns),
            width=width,
            height=height,
            small=len(dots) > 1500,
            dots=[(x, y, theme) for x, y, theme, _ in points],
            middles=_middles(points, len(themes)),
            n_looks=len(COLOURS),
            n_marks=len(MARKS),
            shapes=list(SHAPES.values()),
            tables=[_table(by, frame) for by, frame in spread.items()],
            content=_harmless_json(
                {
                    "people": list(people.values()),
                    "themes": ["in no theme", *(f"{c['number']}. {c['label']}" for c in cards)],
                    "dots": [
                        [x, y, theme, person, segments[dot.row].language, _cut(segments[dot.row])]
                        for dot, (x, y, theme, person) in zip(dots, points, strict=True)
                    ],
                }
            ),
        )
    )


def _fitted(dots: Sequence[Dot]) -> tuple[int, int, list[tuple[float, float]]]:
    """Return width, height and the places of the dots, none of them at an edge."""
    xs, ys = [dot.x for dot in dots], [dot.y for dot in dots]
    across, up = max(xs) - min(xs), max(ys) - min(ys)
    scale = (_WIDTH - 2 * _MARGIN) / max(across, up / 0.9, 1e-9)
    height = round(max(up * scale + 2 * _MARGIN, _WIDTH * 0.55))
    left, top = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    places = [
        (
            round(_WIDTH / 2 + (dot.x - left) * scale, 1),
            round(height / 2 - (dot.y - top) * scale, 1),
        )
        for dot in dots
    ]
    return _WIDTH, height, places


def _middles(
    points: Sequence[tuple[float, float, int, int]], n_themes: int
) -> list[tuple[int, float, float]]:
    """Return where the number of each theme stands: near its middle, none upon another."""
    middles = middles_of([(x, y, theme) for x, y, theme, _ in points], n_themes)
    placed = apart(np.array(list(middles.values()) or np.zeros((0, 2))), _BADGE)
    return [
        (number, round(float(x), 1), round(float(y), 1))
        for number, (x, y) in zip(middles, placed, strict=True)
    ]


def _table(by: str, frame: "pd.DataFrame") -> dict[str, object]:
    columns, n_left_out = columns_shown(frame, _MOST_PARTICIPANTS)
    totals = frame.sum().tolist()
    names = [str(frame.columns[column]) for column in columns]
    rows: list[tuple[str, int, list[tuple[int, int, str]], bool]] = []
    for label, counts in zip(frame.index, frame.to_numpy().tolist(), strict=True):
        shares = [counts[column] / max(totals[column], 1) for column in columns]
        outside = len(rows) == len(frame) - 1
        cells = [
            (counts[column], 0 if outside else shade_of(share), f"{share:.0%}")
            for column, share in zip(columns, shares, strict=True)
        ]
        rows.append((str(label), sum(counts), cells, outside))
    return {
        "by": by,
        "names": [language_name(name) for name in names] if by == "language" else names,
        "rows": rows,
        "left_out": f"Shown are the {len(columns)} of {count(len(totals), by)} who say most; "
        f"{by}s.csv has all."
        if n_left_out
        else "",
    }


def _cut(segment: Segment) -> str:
    text = segment.text
    return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + "…"


def _harmless_json(content: object) -> str:
    """Return JSON that cannot end the element it stands in."""
    written = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        written = written.replace(sign, f"\\u{ord(sign):04x}")
    return written


@cache
def _environment() -> "Environment":
    from markupsafe import Markup

    environment = page_environment(
        _PACKAGE,
        style=template_text(_PACKAGE, "page.css") + template_text(_PACKAGE, "map.css"),
        script=template_text(_PACKAGE, "map.js"),
    )
    environment.filters.update(markup=Markup, number="{:,}".format)
    return environment
