"""Make memberships: how much each segment belongs to each cluster."""

import numpy as np
import numpy.typing as npt

from alliance_nlp.themes.clusters import nearest

Floats = npt.NDArray[np.floating]
Labels = npt.NDArray[np.int64]
Rows = npt.NDArray[np.intp]

_MOST_NEIGHBOURS = 15
_FEWEST_NEIGHBOURS = 3
_UNLIKE = 0.95  # no more alike than this share of the pairs from different themes
_MOST_COMPARED = 2000


def memberships(rows: Floats, sample: Rows, leaves: Labels, themes: Labels) -> Floats:
    """Say how much each row belongs to each cluster: how many of its nearest neighbours are in it.

    Each of the (up to fifteen) rows of the sample that are most like it has a vote, weighed by the
    square of its cosine.  As many votes are for no cluster; they weigh as much as a pair that is
    more alike than nineteen in twenty pairs from different themes.  So a row is outside that is
    like nothing, and one that is like a bit of everything.

    Args:
        rows: (n_rows, d) unit rows.
        sample: The rows that vote.
        leaves: The cluster of each row of the sample.
        themes: The theme of each cluster: pairs of clusters in one theme may be as alike as those
            within a cluster.

    Returns:
        (n_rows, n_clusters), 0 to 1; the sum of a row is at most 1.
    """
    among = rows[sample]
    size = min(_MOST_NEIGHBOURS, max(_FEWEST_NEIGHBOURS, round(len(among) ** 0.5 / 1.5)))
    near, cosines = nearest(rows, among, min(size + 1, len(among)))
    weights = cosines.clip(0.0) ** 2
    weights[sample[near] == np.arange(len(rows))[:, None]] = 0.0  # nobody votes for himself
    votes = np.zeros((len(rows), len(themes)), dtype=rows.dtype)
    for place in range(near.shape[1]):
        np.add.at(votes, (np.arange(len(rows)), leaves[near[:, place]]), weights[:, place])
    against = size * _unlike(among, themes[leaves]) ** 2
    shares: Floats = votes / (votes.sum(axis=1, keepdims=True) + against + 1e-9)
    return shares


def _unlike(rows: Floats, themes: Labels) -> float:
    """Return the cosine that one in twenty pairs of rows from different themes exceeds."""
    some = slice(None, None, -(-len(rows) // _MOST_COMPARED))
    rows, themes = rows[some], themes[some]
    apart = themes[:, None] != themes
    return max(0.0, float(np.quantile((rows @ rows.T)[apart], _UNLIKE))) if apart.any() else 0.0
