"""Make memberships: how much each segment belongs to each cluster."""

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Labels = npt.NDArray[np.int64]
Rows = npt.NDArray[np.intp]

_MOST_NEIGHBOURS = 50
_FEWEST_NEIGHBOURS = 3
_UNLIKE = 0.95  # no more alike than this share of the pairs from different themes
_MOST_COMPARED = 1000


def n_voters(n_rows: int) -> int:
    """Return how many neighbours say where a row belongs, up to fifty."""
    return min(
        n_rows - 1, _MOST_NEIGHBOURS, max(_FEWEST_NEIGHBOURS, round(math.sqrt(n_rows) / 1.5))
    )


def memberships(
    near: Rows, cosines: Floats, *, sample: Rows, among: Floats, leaves: Labels, themes: Labels
) -> Floats:
    """Say how much each row belongs to each cluster: how many of its nearest neighbours are in it.

    Each of the (up to fifty) rows of the sample that are most like it has a vote, weighed by the
    square of its cosine.  As many votes are for no cluster; they weigh as much as a pair that is
    more alike than nineteen in twenty pairs from different themes.  So a row is outside that is
    like nothing, and one that is like a bit of everything.

    Args:
        near: (n_rows, `n_voters` + 1 of the sample), the nearest of the sample, itself among them.
        cosines: How like they are.
        sample: The rows that vote.
        among: (n_sample, d), unit rows: the sample.
        leaves: The cluster of each row of the sample, -1 for none: a vote for no cluster.
        themes: The theme of each cluster: pairs of clusters in one theme may be as alike as those
            within a cluster.

    Returns:
        (n_rows, n_clusters), 0 to 1; the sum of a row is at most 1.
    """
    weights = cosines.clip(0.0) ** 2
    weights[sample[near] == np.arange(len(near))[:, None]] = 0.0  # nobody votes for himself
    votes = np.zeros((len(near), len(themes) + 1), dtype=among.dtype)  # the last is for none
    for place in range(near.shape[1]):
        np.add.at(votes, (np.arange(len(near)), leaves[near[:, place]]), weights[:, place])
    inside = leaves >= 0
    against = n_voters(len(among)) * _unlike(among[inside], themes[leaves[inside]]) ** 2
    shares: Floats = votes[:, :-1] / (votes.sum(axis=1, keepdims=True) + against + 1e-9)
    return shares


def _unlike(rows: Floats, themes: Labels) -> float:
    """Return the cosine that one in twenty pairs of rows from different themes exceeds."""
    some = slice(None, None, -(-len(rows) // _MOST_COMPARED))
    rows, themes = rows[some], themes[some]
    apart = themes[:, None] != themes
    return max(0.0, float(np.quantile((rows @ rows.T)[apart], _UNLIKE))) if apart.any() else 0.0
