"""Grow a tree of themes over rows, and say which rows belong to which of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from alliance_nlp.themes.clusters import (
    OUTSIDE,
    Clusterer,
    brought_together,
    cluster,
    cluster_with,
    n_neighbours,
    nearest,
    spread,
)
from alliance_nlp.themes.members import memberships, n_voters
from alliance_nlp.themes.tree import Level, Tree, n_themes_at, tree_of

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = npt.NDArray[np.floating]
Labels = npt.NDArray[np.int64]

_LEAST = 1 / 5  # of the votes of a segment's neighbours, to be in a theme, or in another one, too
_SMALLEST = 3  # fewer cannot be told from chance
_MOST_CLUSTERED = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """The themes at one level.

    Attributes:
        labels: The theme of each row, -1 for those outside.
        shares: (n_rows, n_themes), how much each row belongs to each theme, 0 to 1.
    """

    labels: Labels
    shares: Floats

    @property
    def n_themes(self) -> int:
        """How many themes there are."""
        return int(self.shares.shape[1])

    def also_in(self, theme: int) -> list[int]:
        """Return the rows that belong to another theme first, or to none, but to this one, too."""
        share = self.shares[:, theme]
        also = np.flatnonzero((share >= _LEAST) & (self.labels != theme))
        return [int(row) for row in also[np.lexsort((also, -share[also]))]]


@dataclass(frozen=True, slots=True, eq=False)
class Grown:
    """A tree of themes, and where each row belongs.

    Attributes:
        tree: Which clusters are joined at which level.
        leaves: The cluster of each row, -1 for those that a clusterer of the user's left out.
        shares: (n_rows, n_clusters), how much each row belongs to each.
        given: Rows that a clusterer of the user's has placed: they stay where they are.
        levels: How many themes there are at each level asked for.
        smallest: Themes with fewer rows are none.
    """

    tree: Tree
    leaves: Labels
    shares: Floats
    given: npt.NDArray[np.bool_]
    levels: tuple[int, ...]
    smallest: int

    def cut(self, n_themes: int) -> Cut:
        """Return the themes where the tree has so many, without those that are too small."""
        theme_of = self.tree.cut(n_themes)
        shares = self.shares @ np.eye(theme_of.max() + 1, dtype=self.shares.dtype)[theme_of]
        labels = np.where(self.leaves < 0, OUTSIDE, theme_of[self.leaves])
        own = shares[np.arange(len(labels)), labels]
        labels[(own < _LEAST) & ~self.given] = OUTSIDE
        sizes = np.bincount(labels[labels >= 0], minlength=shares.shape[1])
        large = np.flatnonzero(sizes >= self.smallest)
        numbers = np.full(shares.shape[1] + 1, OUTSIDE)  # the last is for those outside
        numbers[large] = np.arange(len(large))
        return Cut(numbers[labels], shares[:, large])


def grow(
    rows: Floats,
    words: "csr_array",
    *,
    levels: Sequence[Level],
    min_size: int | None,
    clusterer: Clusterer | None,
    random_state: int,
) -> Grown | None:
    """Cluster the rows, join the clusters to a tree, and let neighbours say who belongs where.

    Of more than 20,000 rows an even selection is clustered, and the others join.

    Args:
        rows: (n_rows, d) unit rows.
        words: (n_rows, n_words), 1 where a row holds a word: what levels are told by.
        levels: What will be cut; the first says which pairs of clusters count as different.
        min_size: The fewest rows of a theme.
        clusterer: What clusters in the place of HDBSCAN.
        random_state: Seed of the shifts that keep equal rows apart.

    Returns:
        None where nothing gathers.
    """
    sample = np.arange(0, len(rows), -(-len(rows) // _MOST_CLUSTERED))
    among = rows[sample]
    n_near, n_votes = n_neighbours(len(among)), n_voters(len(among)) + 1
    near, cosines = nearest(rows, among, max(n_near, n_votes))
    points, apart = spread(brought_together(among, near[sample, :n_near]), random_state)
    if clusterer is None:
        found = cluster(points, apart, min_size=min_size)
    else:
        found = cluster_with(clusterer, points)
    inside = found >= 0
    if found.max() < 1:
        return None  # nothing, or all in one: no themes to tell apart
    leaves = found[inside]
    tree = tree_of(points[inside], leaves)
    cuts = n_themes_at(
        tree,
        leaves,
        words[sample[inside]],
        among[inside],
        [tree.n_leaves if clusterer is not None and level is None else level for level in levels],
    )
    shares = memberships(
        near[:, :n_votes],
        cosines[:, :n_votes],
        sample=sample,
        among=among,
        leaves=found,
        themes=tree.cut(cuts[0]),
    )
    placed = tree.descend(shares)
    given = np.zeros(len(rows), dtype=bool)
    if clusterer is not None:
        placed[sample] = found
        given[sample] = True
    fewest = _SMALLEST if clusterer is None else 1
    smallest = fewest if min_size is None else min_size
    return Grown(tree, placed, shares, given, tuple(cuts), smallest)
