"""Make reading orders: which segments a coder should read next."""

from collections.abc import Collection, Iterable, Sequence
from typing import Literal, get_args

import numpy as np

from alliance_nlp.segments import Segment
from alliance_nlp.suggestions.rows import Floats, centres_of, less_centre, unit
from alliance_nlp.suggestions.suggestion import Suggestion

Order = Literal["document", "likely", "informative"]

ORDERS: tuple[Order, ...] = get_args(Order)

_AHEAD = 40  # segments that are chosen; the others follow in their order
_COVERED = 1000  # a large study is judged by so many of its segments at most
_DECIMALS = 6  # gains that differ by less are equal: sums in another order differ that much


def most_likely_first(
    segments: Sequence[Segment], suggestions: Iterable[Suggestion]
) -> list[Segment]:
    """Order segments by their surest suggestion; those without one come last, in their order.

    It finds most of what the codes mean in the shortest time; what is said about it afterwards is
    about what the suggestions were right about, and not about what they missed.

    >>> said = [Segment("p:0-3", "p", 0, 3, "Yes"), Segment("p:4-8", "p", 4, 8, "Calm")]
    >>> found = [Suggestion("p:0-3", "trust", 0.2), Suggestion("p:4-8", "trust", 0.9)]
    >>> [segment.text for segment in most_likely_first(said, found)]
    ['Calm', 'Yes']
    """
    surest: dict[str, float] = {}
    for suggestion in suggestions:
        before = surest.get(suggestion.segment_id, 0.0)
        surest[suggestion.segment_id] = max(before, suggestion.probability)
    return sorted(segments, key=lambda segment: -surest.get(segment.id, 0.0))


def most_informative_first(
    segments: Sequence[Segment], embeddings: Floats, decided: Collection[str]
) -> list[Segment]:
    """Order segments by how much an answer about them says about the study.

    First comes the segment that stands for most others, then the one that stands for most of what
    the first and those decided before do not stand for, and so on: the greedy solution of the
    facility location problem (Nemhauser, Wolsey & Fisher 1978), in the use that Wei, Iyer & Bilmes
    (2015) make of it.  After the first forty the rest follow in their order: when answers have
    come, make the order anew.

    Args:
        segments: All that may be read, decided or not.
        embeddings: float32 (n_segments, d), unit rows, in the same order.
        decided: The ids of segments that have been answered; they come last.

    >>> said = [Segment(f"p:{k}-{k + 1}", "p", k, k + 1, text) for k, text in enumerate("aabc")]
    >>> rows = np.array([[1, 0, 0], [0.9, 0.1, 0], [0.9, 0, 0.1], [0, 1, 0]])
    >>> [segment.id for segment in most_informative_first(said, rows, {"p:0-1"})][0]
    'p:3-4'
    """
    languages = [segment.language for segment in segments]
    rows = np.asarray(embeddings, dtype=float)
    rows = unit(less_centre(rows, languages, centres_of(rows, languages, 0.0)))
    by_id = sorted(range(len(segments)), key=lambda row: segments[row].id)
    done = [row for row in by_id if segments[row].id in decided]
    still = [row for row in by_id if segments[row].id not in decided]
    chosen = _standing_for_most(rows, still, done)
    there = {*chosen, *done}
    rest = [row for row in range(len(segments)) if row not in there]
    return [segments[row] for row in (*chosen, *rest, *done)]


def _standing_for_most(rows: Floats, still: Sequence[int], done: Sequence[int]) -> list[int]:
    if not still:
        return []
    step = -(-len(still) // _COVERED)
    judged = rows[still[::step]]
    alike = (rows[still] @ judged.T).clip(0.0)
    covered = np.zeros(len(judged))
    if done:
        covered = (rows[done] @ judged.T).clip(0.0).max(axis=0)
    chosen: list[int] = []
    for _ in range(min(_AHEAD, len(still))):
        gains = np.maximum(alike - covered, 0.0).sum(axis=1).round(_DECIMALS)
        gains[chosen] = -1.0
        best = int(gains.argmax())
        chosen.append(best)
        covered = np.maximum(covered, alike[best])
    return [still[row] for row in chosen]
