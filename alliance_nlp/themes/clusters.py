"""Make clusters of rows with HDBSCAN: small ones, that a tree joins into themes."""

import math
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from alliance_nlp.themes.likeness import reduced, unit

Floats = npt.NDArray[np.floating]
Labels = npt.NDArray[np.int64]
Rows = npt.NDArray[np.intp]

OUTSIDE = -1
_ROUNDING = 1e-6
_N_OF_MEANS = 48  # dimensions in which the means of neighbours differ
_N_DIMENSIONS = 15
_FEWEST_NEIGHBOURS = 4
_NEIGHBOURS = 0.1  # times the number of rows to the power of 2/3
_MIN_SAMPLES = 3
_SIZE = 0.07  # the smallest cluster, times the square root of the number of rows
_SIZE_OF_FEW = 4


class Clusterer(Protocol):
    """What clusters as scikit-learn's clusterers do."""

    def fit_predict(self, X: Any) -> Any:  # noqa: N803 - the name that scikit-learn gives it
        """Return a label for each row of X, -1 for those that are in no cluster."""


def n_neighbours(n_rows: int) -> int:
    """Return how many rows are one neighbourhood: it grows with the power of 2/3 of all."""
    return min(n_rows, max(_FEWEST_NEIGHBOURS, round(_NEIGHBOURS * math.pow(n_rows, 2 / 3))))


def brought_together(rows: Floats, near: Rows | None = None) -> Floats:
    """Return points, on which rows that are about the same lie together.

    HDBSCAN on sentence vectors calls nearly everything noise: in hundreds of dimensions few
    neighbours are much nearer than the rest.  So each row is replaced by the mean of its nearest
    neighbours, itself among them, twice: blurring mean shift (Fukunaga & Hostetler 1975; Cheng
    1995).  Then come fifteen principal components: what is left of the variance is hardly above
    noise.

    Args:
        rows: (n_rows, d) unit rows.
        near: (n_rows, `n_neighbours` of so many), the nearest rows of each, if they are known.
    """
    if near is None:
        near, _ = nearest(rows, rows, n_neighbours(len(rows)))
    shifted = reduced(_means(rows, near), _N_OF_MEANS)
    near, _ = nearest(shifted, shifted, near.shape[1])
    return components_of(_means(shifted, near), _N_DIMENSIONS)


def _means(rows: Floats, near: Rows) -> Floats:
    """Return unit rows: the mean of the rows near each one."""
    from scipy.sparse import csr_array

    ends = np.arange(0, near.size + 1, near.shape[1])
    member = (np.ones(near.size, rows.dtype), near.ravel(), ends)
    return unit(csr_array(member, shape=(len(near), len(rows))) @ rows)


def components_of(rows: Floats, n_dimensions: int) -> Floats:
    """Return up to so many principal components, largest first; one of zeros if all are equal."""
    from sklearn.decomposition import PCA

    if np.ptp(rows, axis=0).max() < _ROUNDING:
        return np.zeros((len(rows), 1))
    reduction = PCA(min(n_dimensions, *rows.shape), svd_solver="covariance_eigh")
    components: Floats = reduction.fit_transform(rows.astype(float))
    components[:, np.ptp(components, axis=0) < _ROUNDING] = 0.0
    return components


def cluster(points: Floats, apart: float, *, min_size: int | None) -> Labels:
    """Return the cluster of each point: one of HDBSCAN's leaves, or the one that is nearest.

    The leaves of HDBSCAN's hierarchy (Campello, Moulavi & Sander 2013) are what is dense at the
    smallest scale.  A point that HDBSCAN calls noise joins the leaf of most of its three nearest
    neighbours: whether it belongs to a theme is decided later, among segments, not among points.
    """
    from hdbscan import HDBSCAN

    size = min_size or max(_SIZE_OF_FEW, round(_SIZE * len(points) ** 0.5))
    found = HDBSCAN(
        min_cluster_size=min(size, len(points)),
        min_samples=min(_MIN_SAMPLES, len(points) - 1),
        cluster_selection_method="leaf",
        cluster_selection_epsilon=apart,  # equal points are not told apart again
        core_dist_n_jobs=1,
    ).fit_predict(points)
    return _all_placed(points, np.asarray(found, dtype=np.int64))


def cluster_with(clusterer: Clusterer, points: Floats) -> Labels:
    """Return the cluster of each point as another clusterer finds them, numbered from 0."""
    if isinstance(clusterer, type) or not hasattr(clusterer, "fit_predict"):
        raise ValueError(
            f"clusterer is {clusterer!r}: it needs a method fit_predict, as KMeans(10) has"
        )
    found = np.asarray(clusterer.fit_predict(points))
    if found.shape != (len(points),) or found.dtype.kind not in "iuf":
        raise ValueError(
            f"the clusterer gave labels of shape {found.shape} and type {found.dtype} for "
            f"{len(points)} segments: one label per segment is needed, a number"
        )
    labels = np.full(len(points), OUTSIDE)
    inside = found >= 0
    labels[inside] = np.unique(found[inside], return_inverse=True)[1]
    return labels


def nearest(rows: Floats, among: Floats, n_nearest: int) -> tuple[Rows, Floats]:
    """Return the most similar rows of `among` for each row, nearest first, and their cosines.

    All rows have length 1.
    """
    from sklearn.neighbors import NearestNeighbors

    finder = NearestNeighbors(n_neighbors=n_nearest, algorithm="brute").fit(among)
    distances, near = finder.kneighbors(rows)
    return near, 1 - distances**2 / 2


def spread(points: Floats, random_state: int) -> tuple[Floats, float]:
    """Move equal points apart; return all, and how far apart equal ones lie at most.

    On one spot they would be infinitely dense, and everything around them noise.
    """
    from sklearn.neighbors import NearestNeighbors

    distinct, first = np.unique(points.round(6), axis=0, return_index=True)
    if len(distinct) == len(points) or len(distinct) < 2:
        return points, 0.0
    distances, _ = NearestNeighbors(n_neighbors=2).fit(distinct).kneighbors(distinct)
    reach = float(np.median(distances[:, 1])) / 4
    shifts = np.random.default_rng(random_state).normal(size=points.shape)
    shifts *= reach / np.linalg.norm(shifts, axis=1, keepdims=True)
    shifts[first] = 0.0
    return points + shifts, 2 * reach


def _all_placed(points: Floats, labels: Labels) -> Labels:
    from sklearn.neighbors import KNeighborsClassifier

    inside = labels != OUTSIDE
    if inside.all() or not inside.any():
        return labels
    neighbours = min(_MIN_SAMPLES, int(inside.sum()))
    near = KNeighborsClassifier(neighbours).fit(points[inside], labels[inside])
    placed = labels.copy()
    placed[~inside] = near.predict(points[~inside])
    return placed
