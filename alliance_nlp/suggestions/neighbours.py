"""Make neighbours: the segments of a study that are most like a text, and those around it."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from alliance_nlp.segments import Segment
from alliance_nlp.suggestions.rows import Floats
from alliance_nlp.transcripts.transcript import Role

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_MOST_NEAREST = 10
_FEWEST_NEAREST = 3
_REACH = 2  # segments of the same role before and after that are around a segment
_CHUNK = 1024  # rows of a similarity matrix that are in memory at once
_SAME = 0.9999  # a segment says nothing about its own copy


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """The segments of a study, where they can be found by meaning and by place.

    Attributes:
        rows: (n_segments, d) unit rows, centred.
        places: The segments of each role in each transcript in order: start, end, id and row.
    """

    rows: Floats
    places: dict[tuple[str, Role], list[tuple[int, int, str, int]]]

    def alike(self, centred: Floats) -> "csr_array":
        """Say how much each segment of the study counts as like each text: (n, n_segments)."""
        n_nearest = n_nearest_of(len(self.rows))
        columns = np.empty((len(centred), n_nearest), dtype=int)
        shares = np.empty((len(centred), n_nearest))
        for at in range(0, len(centred) if n_nearest else 0, _CHUNK):
            similar = centred[at : at + _CHUNK] @ self.rows.T
            similar[similar > _SAME] = 0.0
            nearest = np.argpartition(-similar, n_nearest - 1, axis=1)[:, :n_nearest]
            columns[at : at + _CHUNK] = nearest
            shares[at : at + _CHUNK] = np.take_along_axis(similar, nearest, axis=1).clip(0.0) ** 2
        shares /= shares.sum(axis=1, keepdims=True) + 1e-9
        rows = np.repeat(np.arange(len(centred)), n_nearest)
        return _sparse(rows, columns.ravel(), shares.ravel(), (len(centred), len(self.rows)))

    def around(self, segments: Sequence[Segment]) -> "csr_array":
        """Say the same of the segments before and after each in its transcript."""
        rows, columns, shares = [], [], []
        for row, segment in enumerate(segments):
            places = self.places.get((segment.transcript_id, segment.role), [])
            at = bisect_left(places, (segment.start, segment.end, segment.id, -1))
            after = at + any(here[2] == segment.id for here in places[at : at + 1])
            near = [*places[max(at - _REACH, 0) : at], *places[after : after + _REACH]]
            rows += [row] * len(near)
            columns += [here[3] for here in near]
            shares += [1 / max(len(near), 1)] * len(near)
        return _sparse(rows, columns, shares, (len(segments), len(self.rows)))

    @property
    def coherence(self) -> float:
        """The mean cosine of segments that follow each other; 0 if none do.

        Answers to a survey lie side by side and have nothing to do with each other; in an
        interview a subject lasts for a while.
        """
        rows = [[here[3] for here in inside] for inside in self.places.values()]
        pairs = [pair for inside in rows for pair in pairwise(inside)]
        if not pairs:
            return 0.0
        first, second = np.transpose(pairs)
        return float((self.rows[first] * self.rows[second]).sum(axis=1).mean())


def neighbours_in(segments: Sequence[Segment], centred: Floats) -> Neighbours:
    """Arrange the segments of a study, whose centred vectors these are."""
    places = defaultdict(list)
    for row, segment in enumerate(segments):
        here = (segment.start, segment.end, segment.id, row)
        places[segment.transcript_id, segment.role].append(here)
    return Neighbours(centred, {whose: sorted(inside) for whose, inside in places.items()})


def n_nearest_of(n_segments: int) -> int:
    """Ten in a study, fewer in a small one; none in a handful, where one would speak for all."""
    n_nearest = min(_MOST_NEAREST, n_segments // _MOST_NEAREST)
    return n_nearest if n_nearest >= _FEWEST_NEAREST else 0


def drawn(own: Floats, study: Floats, *neighbours: tuple["csr_array", float]) -> Floats:
    """Mix each row with the rows of the study that are near it; who has no neighbours stays."""
    total, weights = own, np.ones((len(own), 1))
    for shares, weight in neighbours:
        total = total + weight * (shares @ study)
        weights = weights + weight * shares.sum(axis=1)[:, None]
    return total / weights


def _sparse(
    rows: npt.ArrayLike, columns: npt.ArrayLike, shares: npt.ArrayLike, shape: tuple[int, int]
) -> "csr_array":
    from scipy.sparse import csr_array

    return csr_array((shares, (rows, columns)), shape=shape)
