"""Make a tree of clusters, from each by itself to all in one, and cut it into themes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = npt.NDArray[np.floating]
Labels = npt.NDArray[np.int64]
Level = Literal["broad", "fine"] | int | None

_WORTH = 0.0025  # what one more theme is to add to the mean logarithm of a word's likelihood
_WORTH_OF_ROWS = 0.02  # of what the best cut gains, where words tell nothing
_FEW = 12
_BROAD = 0.5  # of what the default gains
_N_TRIED = 40
_PRIORS = (30, 100, 300, 1000, 3000)
_LEAST_GAIN = 1e-3  # in the logarithm of a word's likelihood


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """Clusters, and the order in which they are joined.

    Attributes:
        n_leaves: How many clusters there are at the bottom.
        merges: Pairs of clusters in the order in which the second joins the first.
    """

    n_leaves: int
    merges: tuple[tuple[int, int], ...]

    def cut(self, n_themes: int) -> Labels:
        """Return the theme of each leaf where the tree has so many; at most all leaves."""
        into = np.arange(self.n_leaves)
        for first, second in self.merges[: max(0, self.n_leaves - n_themes)]:
            into[into == second] = first
        return np.unique(into, return_inverse=True)[1].astype(np.int64)

    def descend(self, shares: Floats) -> Labels:
        """Return the leaf of each row: from the root, at each fork to the side with more of it.

        So what belongs together at a fine level does at every broader one.

        Args:
            shares: (n_rows, n_leaves), how much each row belongs to each leaf.
        """
        held = shares.copy()
        turns = np.empty((len(self.merges), len(shares)), dtype=bool)
        for turn, (first, second) in zip(turns, self.merges, strict=True):
            np.greater(held[:, second], held[:, first], out=turn)
            held[:, first] += held[:, second]
        at = np.zeros(len(shares), dtype=np.int64)
        for turn, (first, second) in zip(turns[::-1], self.merges[::-1], strict=True):
            at[(at == first) & turn] = second
        return at


def tree_of(points: Floats, leaves: Labels) -> Tree:
    """Join clusters two by two, those first that lose least by it (Ward 1963).

    >>> points = np.array([[0.0], [0.1], [1.0], [1.1], [9.0], [9.1]])
    >>> tree = tree_of(points, np.array([0, 0, 1, 1, 2, 2]))
    >>> tree.cut(2).tolist()
    [0, 0, 1]
    """
    sizes = np.bincount(leaves).astype(float)
    n_leaves = len(sizes)
    centres = np.array([points[leaves == leaf].mean(axis=0) for leaf in range(n_leaves)])
    open_ = np.ones(n_leaves, dtype=bool)
    costs = np.full((n_leaves, n_leaves), np.inf)
    for leaf in range(n_leaves):
        costs[leaf, leaf + 1 :] = _costs(leaf, centres, sizes)[leaf + 1 :]
    merges = []
    for _ in range(n_leaves - 1):
        first, second = map(int, np.unravel_index(costs.argmin(), costs.shape))
        merges.append((first, second))
        both = sizes[first] + sizes[second]
        centres[first] += sizes[second] / both * (centres[second] - centres[first])
        sizes[first] = both
        open_[second] = False
        costs[second] = costs[:, second] = np.inf
        anew = np.where(open_, _costs(first, centres, sizes), np.inf)
        costs[:first, first] = anew[:first]
        costs[first, first + 1 :] = anew[first + 1 :]
    return Tree(n_leaves, tuple(merges))


def _costs(leaf: int, centres: Floats, sizes: Floats) -> Floats:
    costs: Floats = ((centres - centres[leaf]) ** 2).sum(axis=1)
    costs *= sizes * sizes[leaf] / (sizes + sizes[leaf])
    return costs


def n_themes_at(
    tree: Tree, leaves: Labels, words: "csr_array", rows: Floats, levels: Sequence[Level]
) -> list[int]:
    """Return how many themes the tree has at each level.

    How many themes there are is a question of what they are for: to say what was said.  So a cut
    is worth how well its themes foretell the words of a segment from those of the others (the mean
    log-likelihood of words under leave-one-out, with a Dirichlet prior at the words' overall
    frequencies; its strength is the best of five).  Beyond some number themes are too small to
    learn from, and the value falls again.  `'fine'` is the best cut.  The default is the one beyond
    which a further theme makes words less than a quarter of a per cent likelier; of more than a
    dozen themes there are at most so many of so many segments each.  `'broad'` is the coarsest that
    gains half as much as the default.  One theme of everything is none: there are two at least.

    Where words tell nothing, rows are foretold in their place (the mean squared distance to the
    mean of the others in the theme), and a further theme must gain a fiftieth of what the best cut
    does.

    Args:
        tree: The tree to cut.
        leaves: The leaf of each row.
        words: (n_rows, n_words), 1 where a row holds a word, 0 elsewhere.
        rows: (n_rows, d) unit rows.
        levels: Names of levels, None for the default, or numbers of themes.
    """
    named = [level for level in levels if not isinstance(level, int)]
    reaches = _reaches(tree, leaves, words, rows) if named else {}
    return [
        min(level, tree.n_leaves) if isinstance(level, int) else reaches[level] for level in levels
    ]


def _reaches(tree: Tree, leaves: Labels, words: "csr_array", rows: Floats) -> dict[Level, int]:
    """Return how many themes there are at each level that has a name."""
    tried = sorted({round(n) for n in np.geomspace(1, tree.n_leaves, _N_TRIED)})
    cuts = [tree.cut(n)[leaves] for n in tried]
    gained = np.array([_words_foretold(words, themes) for themes in cuts])
    gained -= gained[0]
    worth = _WORTH
    if gained.max() < _LEAST_GAIN:
        gained = np.array([_rows_foretold(rows, themes) for themes in cuts])
        gained -= gained[0]
        worth = _WORTH_OF_ROWS * max(0.0, float(gained.max()))
    numbers, gained = np.array(tried[1:]), gained[1:]  # all in one would be no theme
    n_allowed = max(1, sum(numbers <= max(_FEW, len(leaves) ** 0.5)))
    default = int(np.argmax((gained - worth * numbers)[:n_allowed]))
    broad = int(np.argmax(gained >= min(_BROAD * gained[default], gained[default])))
    return {
        "broad": int(numbers[broad]),
        None: int(numbers[default]),
        "fine": int(numbers[int(np.argmax(gained))]),
    }


def _words_foretold(words: "csr_array", themes: Labels) -> float:
    """Return the mean log-likelihood of a word, its own segment left out."""
    from scipy.sparse import csr_array

    n_rows = len(themes)
    member = csr_array((np.ones(n_rows), (themes, np.arange(n_rows))))
    uses = (member @ words).toarray()
    row, word = words.nonzero()
    if not len(row):
        return 0.0
    theme = themes[row]
    overall = uses.sum(axis=0) / len(row)
    others = uses[theme, word] - 1
    totals = (uses.sum(axis=1)[themes] - words.sum(axis=1))[row]
    return max(
        float(np.log((others + prior * overall[word]) / (totals + prior)).mean())
        for prior in _PRIORS
    )


def _rows_foretold(rows: Floats, themes: Labels) -> float:
    """Return the mean squared distance to the mean of the others in the theme, negative."""
    sums = np.zeros((themes.max() + 1, rows.shape[1]))
    np.add.at(sums, themes, rows)
    others = np.bincount(themes)[themes][:, None] - 1
    means = (sums[themes] - rows) / np.maximum(others, 1)
    return -float(((rows - means) ** 2).sum(axis=1).mean())
