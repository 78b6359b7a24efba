"""Make clusters of vectors, in any number of languages, with HDBSCAN."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

_OUTSIDE = -1
_ROUNDING = 1e-9
_N_DIMENSIONS = 15
_MIN_SAMPLES = 3
# The mean of a language is trusted as if so many segments had been seen with the overall mean,
# and the effect of length as if so many, e times as long as the average, had shown none.
_PRIOR_SEGMENTS = 20
# Themes of fewer segments than this cannot be told from chance.
_SMALLEST_THEME = 3
_FEWEST_NEIGHBOURS = 4
# What is tried, as multiples of the square root of the number of segments.
_NEIGHBOURS = (0.3, 0.5)
_SIZES = (0.25, 0.33, 0.5)
_LARGE_SHARE = 1 / 5
_JOINING_QUANTILE = 0.05


@dataclass(frozen=True, slots=True)
class Cluster:
    """Rows that belong together.

    Attributes:
        members: Rows, most typical first.
        probabilities: HDBSCAN's membership of each.
        exemplars: Rows at the heart, most typical first.
        stability: HDBSCAN's persistence of the cluster.
    """

    members: tuple[int, ...]
    probabilities: tuple[float, ...]
    exemplars: tuple[int, ...]
    stability: float


def cluster(
    vectors: Vectors,
    languages: Sequence[str],
    n_words: Sequence[int],
    *,
    min_size: int | None,
    random_state: int,
) -> list[Cluster]:
    """Cluster the rows; those that are close to nothing are in no cluster.

    HDBSCAN on raw sentence vectors calls nearly everything noise: in hundreds of dimensions few
    neighbours are much nearer than the rest.  Five steps change that:

    1. The mean of each language is subtracted, and what a line through the logarithm of the
       number of words foretells: neither a language nor a short answer is a subject.
    2. Each vector is replaced by the mean of its nearest neighbours, itself among them: one step
       of blurring mean shift (Fukunaga & Hostetler 1975; Cheng 1995).  Points move towards what
       is dense around them.
    3. Fifteen principal components: what is left of the variance then is hardly above noise.
    4. HDBSCAN, with two sizes of neighbourhood, three smallest sizes of cluster (all grow with the
       square root of n) and both of its ways to select clusters.  The partition is kept whose
       mean simplified silhouette (Hruschka, Campello & de Castro 2006), taken in the space of
       step 1, is highest; rows outside count as 0, so that it is worth something to cover much,
       and to stand apart.  Where the largest cluster holds more than a fifth of all rows, the
       value is reduced in proportion: one giant tells a reader little.
    5. A row outside joins the nearest cluster if it is closer to its centre (again in the space
       of step 1) than the outermost twentieth of the members; the others stay outside.

    Both the membership of members and of those that join is HDBSCAN's: the density at which a row
    leaves the cluster over the greatest density in it.

    >>> rows = np.array([[1, i / 99] if i % 2 else [i / 99, 1] for i in range(20)])
    >>> found = cluster(rows, ["en"] * 20, [9] * 20, min_size=None, random_state=0)
    >>> [len(each.members) for each in found]
    [10, 10]
    """
    centred = _centred(vectors, languages, n_words)
    best: tuple[float, Any, Labels] | None = None
    for fitted in _partitions(centred, min_size, random_state):
        labels = _joined(centred, fitted.labels_)
        if labels.max() < 1:
            continue  # nothing, or all in one: no themes to tell apart
        merit = _silhouette(centred, labels) * min(1.0, _LARGE_SHARE / _largest_share(labels))
        if best is None or merit > best[0]:
            best = (merit, fitted, labels)
    return [] if best is None else _clusters(centred, best[1], best[2])


def _centred(vectors: Vectors, languages: Sequence[str], n_words: Sequence[int]) -> Vectors:
    lengths = np.log1p(np.asarray(n_words, dtype=np.float64))
    overall = vectors.mean(axis=0)
    named = np.asarray(languages, dtype=object)
    centred = np.empty_like(vectors)
    for language in set(languages):
        rows = named == language
        prior = _PRIOR_SEGMENTS * overall
        mean = (vectors[rows].sum(axis=0) + prior) / (rows.sum() + _PRIOR_SEGMENTS)
        centred[rows] = vectors[rows] - mean
        lengths[rows] -= lengths[rows].mean()
    centred = _unit(centred)
    # Ridge: where lengths hardly differ they cannot have had much effect.
    slope = lengths @ centred / (lengths @ lengths + _PRIOR_SEGMENTS)
    return _unit(centred - np.outer(lengths, slope))


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    # What is left of a vector that is its language's mean is rounding: it points nowhere.
    return np.where(lengths > _ROUNDING, vectors / np.maximum(lengths, _ROUNDING), 0.0)


def _partitions(centred: Vectors, min_size: int | None, random_state: int) -> Iterator[Any]:
    """Fit HDBSCAN with each neighbourhood, smallest size and way to select clusters."""
    from hdbscan import HDBSCAN

    root = len(centred) ** 0.5
    sizes = {max(_SMALLEST_THEME, round(factor * root)) for factor in _SIZES}
    neighbours = {max(_FEWEST_NEIGHBOURS, round(factor * root)) for factor in _NEIGHBOURS}
    for blurred in _blurred(centred, neighbours):
        if np.ptp(blurred, axis=0).max() < _ROUNDING:
            continue  # all say the same
        points, apart = _spread(_reduced(blurred), random_state)
        for size in sorted(sizes) if min_size is None else [min_size]:
            for method in ("eom", "leaf"):
                yield HDBSCAN(
                    min_cluster_size=size,
                    min_samples=_MIN_SAMPLES,
                    cluster_selection_method=method,
                    cluster_selection_epsilon=apart,  # equal points are not told apart again
                    core_dist_n_jobs=1,
                ).fit(points)


def _blurred(vectors: Vectors, sizes: Set[int]) -> Iterator[Vectors]:
    from sklearn.neighbors import NearestNeighbors

    finder = NearestNeighbors(n_neighbors=max(sizes), algorithm="brute").fit(vectors)
    nearest = finder.kneighbors(vectors, return_distance=False)
    for size in sorted(sizes):
        yield _unit(np.stack([vectors[row[:size]].mean(axis=0) for row in nearest]))


def _reduced(vectors: Vectors) -> Vectors:
    from sklearn.decomposition import PCA

    n_dimensions = min(_N_DIMENSIONS, *vectors.shape)
    reduced: Vectors = PCA(n_dimensions, svd_solver="covariance_eigh").fit_transform(vectors)
    return reduced


def _spread(points: Vectors, random_state: int) -> tuple[Vectors, float]:
    """Move equal points apart, and return how far at most.

    On one spot they would be infinitely dense, and everything around them noise.
    """
    from sklearn.neighbors import NearestNeighbors

    distinct, first = np.unique(points.round(9), axis=0, return_index=True)
    if len(distinct) == len(points):
        return points, 0.0
    distances, _ = NearestNeighbors(n_neighbors=2).fit(distinct).kneighbors(distinct)
    reach = float(np.median(distances[:, 1])) / 4
    shifts = np.random.default_rng(random_state).normal(size=points.shape)
    shifts *= reach / np.linalg.norm(shifts, axis=1, keepdims=True)
    shifts[first] = 0.0
    return points + shifts, 2 * reach


def _joined(centred: Vectors, labels: Labels) -> Labels:
    """Let rows outside join the nearest cluster where they are no stranger than its members."""
    if labels.max() < 0:
        return labels
    own = _own_similarities(centred, labels)
    bars = np.array(
        [np.quantile(own[labels == label], _JOINING_QUANTILE) for label in range(labels.max() + 1)]
    )
    similarities = centred @ _centres(centred, labels).T
    nearest = similarities.argmax(axis=1)
    near = similarities[np.arange(len(nearest)), nearest] >= bars[nearest]
    joined: Labels = np.where((labels == _OUTSIDE) & near, nearest, labels)
    return joined


def _own_similarities(centred: Vectors, labels: Labels) -> Vectors:
    """Return the cosine of each member to the mean of the other members; 0 for rows outside.

    A mean that held the row itself would flatter small clusters.
    """
    similarities = np.zeros(len(labels))
    for label in range(labels.max() + 1):
        rows = np.flatnonzero(labels == label)
        others = _unit(centred[rows].sum(axis=0) - centred[rows])
        similarities[rows] = (centred[rows] * others).sum(axis=1)
    return similarities


def _centres(centred: Vectors, labels: Labels) -> Vectors:
    means = [centred[labels == label].mean(axis=0) for label in range(labels.max() + 1)]
    return _unit(np.stack(means))


def _largest_share(labels: Labels) -> float:
    return float(np.bincount(labels[labels != _OUTSIDE]).max() / len(labels))


def _silhouette(centred: Vectors, labels: Labels) -> float:
    """Return the mean simplified silhouette by cosine; rows outside count as 0."""
    rows = np.flatnonzero(labels != _OUTSIDE)
    distances = 1.0 - centred[rows] @ _centres(centred, labels).T
    own = 1.0 - _own_similarities(centred, labels)[rows]
    distances[np.arange(len(rows)), labels[rows]] = np.inf
    other = distances.min(axis=1)
    widths = (other - own) / np.maximum(np.maximum(own, other), _ROUNDING)
    return float(widths.sum() / len(labels))


def _clusters(centred: Vectors, fitted: Any, labels: Labels) -> list[Cluster]:
    probabilities = _memberships(fitted, labels)
    similarities = centred @ _centres(centred, labels).T
    fitted.generate_prediction_data()  # for the exemplars
    points = fitted.prediction_data_.raw_data
    row_at = {point.tobytes(): row for row, point in reversed(list(enumerate(points)))}
    clusters = []
    for label in range(labels.max() + 1):

        def typicality(row: int, label: int = label) -> tuple[float, float, int]:
            # Rounded, because the last digits of a sum are the machine's own.
            return (-probabilities[row], -round(similarities[row, label], 6), row)

        members = sorted(np.flatnonzero(labels == label).tolist(), key=typicality)
        heart = {row_at[point.tobytes()] for point in fitted.exemplars_[label]}
        clusters.append(
            Cluster(
                members=tuple(members),
                probabilities=tuple(float(probabilities[row]) for row in members),
                exemplars=tuple(sorted(heart, key=typicality)),
                stability=float(fitted.cluster_persistence_[label]),
            )
        )
    return clusters


def _memberships(fitted: Any, labels: Labels) -> Vectors:
    """Return HDBSCAN's membership of each row, with the same rule for those that joined."""
    tree = fitted.condensed_tree_.to_numpy()
    leaves = tree[tree["child_size"] == 1]
    leaves = leaves[leaves["child"] < len(labels)]
    densities = np.zeros(len(labels))
    densities[leaves["child"]] = leaves["lambda_val"]
    probabilities: Vectors = fitted.probabilities_.copy()
    for label in range(labels.max() + 1):
        inside = densities[fitted.labels_ == label]
        late = (labels == label) & (fitted.labels_ == _OUTSIDE)
        # It cannot be more of a member than the last that HDBSCAN let in.
        probabilities[late] = np.minimum(densities[late], inside.min()) / inside.max()
    return probabilities.round(6)
