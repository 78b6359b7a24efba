"""Grow a tree of themes over rows, and say which rows belong to which of them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from alliance_nlp.themes.clusters import Clusterer, cluster, cluster_with, points_of
from alliance_nlp.themes.members import memberships
from alliance_nlp.themes.tree import Level, Tree, n_themes_at, tree_of

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = npt.NDArray[np.floating]
Labels = npt.NDArray[np.int64]

OUTSIDE = -1
_LEAST = 1 / 3  # of the votes of a segment's neighbours, to be in a theme
_ALSO = 1 / 4  # to be in another one, too
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
        also = np.flatnonzero((share >= _ALSO) & (self.labels != theme))
        return [int(row) for row in also[np.lexsort((also, -share[also]))]]


@dataclass(frozen=True, slots=True, eq=False)
class Grown:
    """A tree of themes, and where each row belongs.

    Attributes:
        tree: Which clusters are joined at which level.
        leaves: The cluster of each row.
        shares: (n_rows, n_clusters), how much each row belongs to each.
        levels: How many themes there are at the level asked for, and at `'broad'`.
        smallest: Themes with fewer rows are none.
    """

    tree: Tree
    leaves: Labels
    shares: Floats
    levels: tuple[int, int]
    smallest: int

    def cut(self, n_themes: int) -> Cut:
        """Return the themes where the tree has so many, without those that are too small."""
        theme_of = self.tree.cut(n_themes)
        shares = self.shares @ np.eye(theme_of.max() + 1, dtype=self.shares.dtype)[theme_of]
        labels = theme_of[self.leaves]
        labels[shares[np.arange(len(labels)), labels] < _LEAST] = OUTSIDE
        sizes = np.bincount(labels[labels >= 0], minlength=shares.shape[1])
        large = np.flatnonzero(sizes >= self.smallest)
        numbers = np.full(shares.shape[1] + 1, OUTSIDE)  # the last is for those outside
        numbers[large] = np.arange(len(large))
        return Cut(numbers[labels], shares[:, large])


def grow(
    rows: Floats,
    words: "csr_array",
    *,
    level: Level,
    min_size: int | None,
    clusterer: Clusterer | None,
    random_state: int,
) -> Grown | None:
    """Cluster the rows, join the clusters to a tree, and let neighbours say who belongs where.

    Of more than 20,000 rows an even selection is clustered, and the others join.

    Args:
        rows: (n_rows, d) unit rows.
        words: (n_rows, n_words), 1 where a row holds a word: what levels are told by.
        level: What will be cut.
        min_size: The fewest rows of a theme.
        clusterer: What clusters in the place of HDBSCAN.
        random_state: Seed of the shifts that keep equal rows apart.

    Returns:
        None where nothing gathers.
    """
    sample = np.arange(0, len(rows), -(-len(rows) // _MOST_CLUSTERED))
    points, apart = points_of(rows[sample], random_state)
    if clusterer is None:
        leaves = cluster(points, apart, min_size=min_size)
    else:
        leaves = cluster_with(clusterer, points)
    inside = leaves >= 0
    sample, points, leaves = sample[inside], points[inside], leaves[inside]
    if not len(leaves) or leaves.max() < 1:
        return None  # all in one: no themes to tell apart
    tree = tree_of(points, leaves)
    as_they_are = tree.n_leaves if clusterer is not None else None
    usual, asked, broad = n_themes_at(
        tree, leaves, words[sample], rows[sample], [as_they_are, level or as_they_are, "broad"]
    )
    shares = memberships(rows, sample, leaves, tree.cut(usual))
    smallest = _SMALLEST if min_size is None else min_size
    return Grown(tree, tree.descend(shares), shares, (asked, broad), smallest)
