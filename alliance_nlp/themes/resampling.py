"""Make stabilities: how much of each theme comes back when interviews are left out."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[np.int64]
Rows = npt.NDArray[np.intp]

_N_DRAWS = 8
_SHARE = 0.8
_FEWEST_INTERVIEWS = 3
_N_PARTS = 10
_MOST_ROWS = 2000


def stabilities(
    labels: Labels,
    interviews: Sequence[str],
    find: Callable[[Rows, int], Labels | None],
    *,
    random_state: int,
) -> list[float]:
    """Return, for each theme, the mean Jaccard similarity to the theme most like it in a draw.

    Cluster-wise stability by subsetting (Hennig 2007), with interviews as what is drawn: eight
    times, a random four fifths of them.  Where there are fewer than three, tenths of the segments
    in their order are drawn.  Draws in which nothing of a theme is do not count for it.  Of more
    than 2,000 segments an even selection is taken: of large material the figures are lower than
    they would be with all of it, up to half, and serve to compare its themes with each other.

    Args:
        labels: The theme of each row, -1 for none.
        interviews: The interview of each row.
        find: Finds about so many themes again among some of the rows; None where it cannot.
        random_state: Seed of the draws.
    """
    n_themes = int(labels.max(initial=-1)) + 1
    found = np.full((_N_DRAWS, n_themes), np.nan)
    for draw, rows in enumerate(_draws(interviews, random_state)):
        here, there = labels[rows], find(rows, n_themes)
        if there is None:
            continue
        for theme in range(n_themes):
            found[draw, theme] = _best_jaccard(here == theme, there)
    known = ~np.isnan(found)
    sums = np.where(known, found, 0.0).sum(axis=0)
    return [float(value) for value in sums / np.maximum(known.sum(axis=0), 1)]


def _draws(interviews: Sequence[str], random_state: int) -> Iterator[Rows]:
    numbers = {name: number for number, name in enumerate(dict.fromkeys(interviews))}
    of_row = np.array([numbers[name] for name in interviews])
    n_units = len(numbers)
    if n_units < _FEWEST_INTERVIEWS:
        n_units = _N_PARTS
        of_row = np.arange(len(interviews)) * n_units // len(interviews)
    generator = np.random.default_rng(random_state)
    for _ in range(_N_DRAWS):
        kept = generator.permutation(n_units)[: max(2, round(_SHARE * n_units))]
        rows = np.flatnonzero(np.isin(of_row, kept))
        yield rows[:: -(-len(rows) // _MOST_ROWS)]


def _best_jaccard(members: npt.NDArray[np.bool_], labels: Labels) -> float:
    if not members.any():
        return float("nan")  # none of it was drawn
    inside = labels >= 0
    shared = np.bincount(labels[members & inside], minlength=labels.max(initial=-1) + 2)
    sizes = np.bincount(labels[inside], minlength=len(shared))
    return float((shared / np.maximum(sizes + members.sum() - shared, 1)).max())
