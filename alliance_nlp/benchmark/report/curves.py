"""Make curves: the lines that a report draws of what `summarise` measured on a corpus."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from statistics import fmean
from typing import Any

import numpy as np

from alliance_nlp.benchmark.report.names import (
    Corpus,
    budget_name,
    budgets,
    in_order,
    method_name,
    telling,
)
from alliance_nlp.benchmark.report.plots import Difference, Line

Row = Mapping[str, Any]
Looks = Mapping[str, int]
RECENT = 100  # segments that "recently" means in a walk
_REFERENCE = -1
_SCORES = frozenset({"cosine"})  # gives no probabilities
_GRID = 51


def learning_lines(corpus: Corpus, measure: str, looks: Looks) -> list[Line]:
    """Return a measure of each method over the number of decided segments, with its interval.

    Places along the axis are those of `decided_ticks`.
    """
    places = _places(corpus)
    lines = []
    for method, rows in _by_method(corpus["figures"]):
        known = sorted(
            (places[row["n"]], row[measure]) for row in rows if row[measure]["value"] is not None
        )
        if not known:
            continue
        figures = [figure for _, figure in known]
        bounded = all(figure["low"] is not None for figure in figures)
        lines.append(
            Line(
                method_name(method),
                looks[method],
                tuple(place for place, _ in known),
                tuple(figure["value"] for figure in figures),
                tuple(figure["low"] for figure in figures) if bounded else (),
                tuple(figure["high"] for figure in figures) if bounded else (),
            )
        )
    return lines


def decided_ticks(corpus: Corpus) -> dict[float, str]:
    """Return where each number of decided segments stands, and how it is written.

    The place is log(1 + n / 10): the first answers have room, and the last ones too.

    >>> decided_ticks({"curve": [{"n": 0, "n_decided": 0}, {"n": "all", "n_decided": 90}]})
    {0.0: '0', 2.302585092994046: 'all'}
    """
    return {place: str(n) for n, place in _places(corpus).items()}


def difference_rows(corpus: Corpus, measure: str, looks: Looks) -> dict[str, list[Difference]]:
    """Return the paired differences to each other method, for three numbers of decided segments."""
    groups = {}
    for n in telling(budgets(corpus["differences"])):
        found = {row["against"]: row[measure] for row in corpus["differences"] if row["n"] == n}
        groups[budget_name({}, n)] = [
            Difference(
                method_name(method),
                looks[method],
                found[method]["value"],
                found[method]["low"],
                found[method]["high"],
            )
            for method in in_order(found)
            if found[method]["value"] is not None
        ]
    return groups


def reliability_lines(corpus: Corpus, n: int | str, looks: Looks) -> list[Line]:
    """Return, for one number of decided segments, what people coded over what was said.

    Methods whose scores are no probabilities are left out.
    """
    return [
        Line(
            method_name(method),
            looks[method],
            tuple(said for said, _, _ in row["bins"]),
            tuple(coded for _, coded, _ in row["bins"]),
        )
        for method, rows in _by_method(corpus["reliability"])
        for row in rows
        if row["n"] == n and row["bins"] and method not in _SCORES
    ]


def walk_lines(corpus: Corpus, looks: Looks, *, recent: bool) -> list[Line]:
    """Return the share of codings offered, over the segments read: so far, or recently.

    It is the mean over the orders that were drawn, where all of them have come so far.
    """
    lines = []
    for method, walks in _by_method(corpus["walks"]):
        curves = [_walked(walk, corpus["n_segments"], recent) for walk in walks]
        common = sorted(set.intersection(*(set(curve) for curve in curves)))
        if common:
            shares = tuple(fmean(curve[place] for curve in curves) for place in common)
            lines.append(Line(method_name(method), looks[method], tuple(common), shares))
    return lines


def search_lines(corpus: Corpus, looks: Looks) -> list[Line]:
    """Return the share of a code's segments found, over the share read, mean over codes.

    A search ends when 95 % of a code's segments are found, and a line where the last search does.
    Beside them stands what reading in order finds, as far as it was followed for every code.
    """
    searches = [row for row in corpus["searches"] if row.get("uses")]
    lines = []
    for method, rows in _by_method(searches):
        grid = np.linspace(0, max(row["read"][-1] / row["n_segments"] for row in rows), _GRID)
        shares = np.mean([_found(row, "found", grid) for row in rows], axis=0)
        name = method_name(method)
        lines.append(Line(name, looks[method], tuple(grid.tolist()), tuple(shares.tolist())))
    if searches:
        lines.append(_in_order(searches))
    return lines


def _by_method(rows: Iterable[Row]) -> Iterator[tuple[str, list[Row]]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["method"]].append(row)
    for method in in_order(found):
        yield method, found[method]


def _places(corpus: Corpus) -> dict[int | str, float]:
    decided = defaultdict(list)
    for row in corpus["curve"]:
        decided[row["n"]].append(row["n_decided"])
    return {n: math.log1p(fmean(decided[n]) / 10) for n in budgets(corpus["curve"])}


def _walked(walk: Row, n_segments: int, recent: bool) -> dict[float, float]:
    """Return the share offered at the end of each step, by how many segments were read by then."""
    read, step = walk["read"], _step(walk["read"])
    ends = [*read[1:], min(read[-1] + step, n_segments)]
    offered, codings = ([0, *accumulate(walk[of])] for of in ("offered", "codings"))
    back = max(1, RECENT // step) if recent else len(ends)
    shares = {}
    for place, end in enumerate(ends, start=1):
        before = max(0, place - back)
        if (made := codings[place] - codings[before]) and (not recent or place >= back):
            shares[float(end)] = (offered[place] - offered[before]) / made
    return shares


def _step(read: Sequence[int]) -> int:
    return read[1] - read[0] if len(read) > 1 else RECENT


def _found(row: Row, of: str, grid: Any) -> Any:
    read = np.array([0, *row["read"]]) / row["n_segments"]
    return np.interp(grid, read, np.array([0, *row[of]]) / row["uses"])


def _in_order(searches: Iterable[Row]) -> Line:
    longest: dict[str, Row] = {}
    for row in searches:
        known = longest.setdefault(row["code_id"], row)
        if row["read"][-1] > known["read"][-1]:
            longest[row["code_id"]] = row
    end = min(row["read"][-1] / row["n_segments"] for row in longest.values())
    grid = np.linspace(0, end, _GRID)
    shares = np.mean([_found(row, "in_order", grid) for row in longest.values()], axis=0)
    return Line("reading in order", _REFERENCE, tuple(grid.tolist()), tuple(shares.tolist()))
