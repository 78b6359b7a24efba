"""Make measures: pure functions of probabilities and the human reference.

`reference` is a boolean array (n_segments, n_codes), `estimate` one of probabilities of the same
shape. A ratio over nothing is `nan`. Most measures are ratios of two sums over segments; their
`..._parts` give the two summands of each segment, so that segments can be drawn again and again
(`benchmark.intervals`) without ranking the codes anew.
"""

import numpy as np
import numpy.typing as npt

Reference = npt.NDArray[np.bool_]
Estimate = npt.NDArray[np.floating]
Floats = npt.NDArray[np.floating]
# Numerators and denominators, each (n_segments, n_ratios); the measure is the mean of the ratios.
Parts = tuple[Floats, Floats]

FEWEST_USES = 3
_SHOWN = 5
_BINS = 10


def recall_at(reference: Reference, estimate: Estimate, k: int) -> float:
    """Return the mean share of a segment's human codes among its k most likely ones.

    The mean is over segments that have a code; the share is of min(k, its codes).

    >>> recall_at(np.array([[True, False], [False, True]]), np.array([[0.9, 0.1], [0.8, 0.2]]), 1)
    0.5
    """
    return _mean_ratio(recall_parts(reference, estimate, k))


def precision_at(reference: Reference, estimate: Estimate, k: int) -> float:
    """Return the share of the k most likely codes of each segment that people applied to it.

    Over all segments, those without a code too: it is what somebody sees who reads on. With fewer
    than k codes, of all of them.

    >>> precision_at(np.array([[True, False], [False, False]]), np.eye(2), 1)
    0.5
    """
    return _mean_ratio(precision_parts(reference, estimate, k))


def share_offered(reference: Reference, estimate: Estimate, k: int) -> float:
    """Return the share of all human codings that stand among the k most likely of their segment.

    >>> share_offered(np.array([[True, True], [False, True]]), np.eye(2), 1)
    0.6666666666666666
    """
    return _mean_ratio(offered_parts(reference, estimate, k))


def coverage_error(reference: Reference, estimate: Estimate) -> float:
    """Return how many codes have to be read, on average, until all of a segment's are seen.

    Over segments that have a code; equally likely codes are all read (Tsoumakas, Katakis & Vlahavas
    2010; `sklearn.metrics.coverage_error`).

    >>> coverage_error(np.array([[True, False, True]]), np.array([[0.9, 0.5, 0.2]]))
    3.0
    """
    return _mean_ratio(coverage_parts(reference, estimate))


def brier_score(reference: Reference, estimate: Estimate) -> float:
    """Return the mean squared error of the probabilities (Brier 1950).

    >>> brier_score(np.array([[True, False]]), np.array([[0.5, 0.5]]))
    0.25
    """
    return _mean_ratio(brier_parts(reference, estimate))


def mean_average_precision(reference: Reference, estimate: Estimate) -> float:
    """Return the mean over codes of the average precision over all segments.

    Codes with fewer than three segments are left out.

    >>> mean_average_precision(np.array([[True], [True], [True], [False]]),
    ...                        np.array([[0.9], [0.8], [0.7], [0.1]]))
    1.0
    """
    columns = np.flatnonzero(reference.sum(axis=0) >= FEWEST_USES)
    if not len(columns):
        return float("nan")
    return float(np.mean([average_precision(reference[:, k], estimate[:, k]) for k in columns]))


def average_precision(reference: Reference, estimate: Estimate) -> float:
    """Return the average precision of one code: `sklearn.metrics.average_precision_score`.

    `reference` and `estimate` are (n_segments,). It is `nan` for a code without a segment.

    >>> average_precision(np.array([True, False]), np.array([0.4, 0.6]))
    0.5
    """
    from sklearn.metrics import average_precision_score

    if not reference.any():
        return float("nan")
    return float(average_precision_score(reference, estimate))


def suggested_threshold(estimate: Estimate) -> float:
    """Return the probability from which on a code is taken for suggested, when one has to be cut.

    It is where F1 would be highest if each probability meant what it says: a plug-in rule that
    looks at no human coding (Lipton, Elkan & Naryanaswamy 2014).

    >>> suggested_threshold(np.array([[0.9, 0.8, 0.1, 0.1]]))
    0.8
    """
    ranked = np.sort(estimate, axis=None)[::-1]
    if not len(ranked):
        return float("nan")
    expected = 2 * np.cumsum(ranked) / (np.arange(1, len(ranked) + 1) + ranked.sum())
    return float(ranked[int(np.argmax(expected))])


def micro_f1(reference: Reference, estimate: Estimate) -> float:
    """Return F1 over all pairs of segment and code, cut at the suggested threshold.

    >>> micro_f1(np.array([[True, False], [True, False]]), np.array([[0.9, 0.1], [0.1, 0.1]]))
    0.6666666666666666
    """
    return _mean_ratio(micro_f1_parts(reference, estimate >= suggested_threshold(estimate)))


def macro_f1(reference: Reference, estimate: Estimate) -> float:
    """Return the mean of each code's F1, cut at the suggested threshold.

    Codes with fewer than three segments are left out.

    >>> reference = np.array([[True, True], [True, False], [True, False]])
    >>> macro_f1(reference, np.array([[0.9, 0.1], [0.9, 0.1], [0.1, 0.1]]))
    0.8
    """
    return _mean_ratio(macro_f1_parts(reference, estimate >= suggested_threshold(estimate)))


def calibration_error(reference: Reference, estimate: Estimate) -> float:
    """Return the expected calibration error of what a person sees: each segment's top five codes.

    Ten bins of equal mass (Naeini, Cooper & Hauskrecht 2015, with equal mass instead of width).

    >>> round(calibration_error(np.array([[True]] * 10), np.full((10, 1), 0.75)), 6)
    0.25
    """
    p, y = _shown(reference, estimate)
    return _binned_error(p, y)


def calibration_floor(reference: Reference, estimate: Estimate, draws: int = 20) -> float:
    """Return the calibration error that perfect calibration would show on so few segments.

    The mean over labels drawn from the probabilities themselves; `reference` gives the shape.

    >>> calibration_floor(np.array([[True]] * 10), np.ones((10, 1)))
    0.0
    """
    p, _ = _shown(reference, estimate)
    rng = np.random.default_rng(0)
    return float(np.mean([_binned_error(p, rng.random(len(p)) < p) for _ in range(draws)]))


def reliability(reference: Reference, estimate: Estimate) -> list[tuple[float, float, int]]:
    """Return the bins of `calibration_error`: mean probability, share that people coded, pairs.

    >>> reliability(np.array([[True], [False]]), np.array([[0.5], [0.5]]))
    [(0.5, 1.0, 1), (0.5, 0.0, 1)]
    """
    p, y = _shown(reference, estimate)
    return [(float(p[bin_].mean()), float(y[bin_].mean()), len(bin_)) for bin_ in _bins(p)]


def recall_parts(reference: Reference, estimate: Estimate, k: int) -> Parts:
    """Return the parts of `recall_at`."""
    coded = reference.any(axis=1)
    possible: npt.NDArray[np.intp] = np.minimum(k, reference.sum(axis=1))
    shares = np.zeros(len(reference))
    shares[coded] = _found(reference[coded], estimate[coded], k) / possible[coded]
    return _columns(shares, coded)


def precision_parts(reference: Reference, estimate: Estimate, k: int) -> Parts:
    """Return the parts of `precision_at`."""
    k = min(k, reference.shape[1])
    return _columns(_found(reference, estimate, k), np.full(len(reference), k))


def offered_parts(reference: Reference, estimate: Estimate, k: int) -> Parts:
    """Return the parts of `share_offered`."""
    return _columns(_found(reference, estimate, k), reference.sum(axis=1))


def coverage_parts(reference: Reference, estimate: Estimate) -> Parts:
    """Return the parts of `coverage_error`."""
    coded = reference.any(axis=1)
    least = np.where(reference, estimate, np.inf).min(axis=1, initial=np.inf)
    return _columns(np.where(coded, (estimate >= least[:, None]).sum(axis=1), 0), coded)


def brier_parts(reference: Reference, estimate: Estimate) -> Parts:
    """Return the parts of `brier_score`."""
    errors = ((estimate - reference) ** 2).sum(axis=1)
    return _columns(errors, np.full(len(reference), reference.shape[1]))


def micro_f1_parts(reference: Reference, suggested: Reference) -> Parts:
    """Return the parts of F1 over all pairs; `suggested` says which ones are."""
    both, either = f1_parts(reference, suggested)
    return _columns(both.sum(axis=1), either.sum(axis=1))


def macro_f1_parts(reference: Reference, suggested: Reference) -> Parts:
    """Return the parts of the mean of each code's F1."""
    both, either = f1_parts(reference, suggested)
    used = reference.sum(axis=0) >= FEWEST_USES
    return both[:, used], either[:, used]


def f1_parts(reference: Reference, suggested: Reference) -> Parts:
    """Return the parts of each code's F1."""
    return 2.0 * (suggested & reference), suggested * 1.0 + reference


def top(estimate: Estimate, k: int) -> npt.NDArray[np.intp]:
    """Return the columns of the k most likely codes of each segment, most likely first.

    >>> top(np.array([[0.2, 0.9, 0.5]]), 2)
    array([[1, 2]])
    """
    return np.argsort(-estimate, axis=1, kind="stable")[:, :k]


def _mean_ratio(parts: Parts) -> float:
    numerators, denominators = (part.sum(axis=0) for part in parts)
    if not len(denominators) or not denominators.all():
        return float("nan")
    return float(np.mean(numerators / denominators))


def _columns(numerators: npt.ArrayLike, denominators: npt.ArrayLike) -> Parts:
    both = np.asarray(numerators, dtype=float), np.asarray(denominators, dtype=float)
    return both[0][:, None], both[1][:, None]


def _found(reference: Reference, estimate: Estimate, k: int) -> npt.NDArray[np.intp]:
    """Count the human codes among the k most likely ones of each segment."""
    found: npt.NDArray[np.intp] = np.take_along_axis(reference, top(estimate, k), axis=1).sum(
        axis=1
    )
    return found


def _shown(reference: Reference, estimate: Estimate) -> tuple[Floats, Reference]:
    columns = top(estimate, _SHOWN)
    p = np.take_along_axis(estimate, columns, axis=1).ravel()
    return p, np.take_along_axis(reference, columns, axis=1).ravel()


def _bins(p: Floats) -> list[npt.NDArray[np.intp]]:
    return [part for part in np.array_split(np.argsort(p, kind="stable"), _BINS) if len(part)]


def _binned_error(p: Floats, y: Reference) -> float:
    parts = _bins(p)
    if not parts:
        return float("nan")
    return float(sum(len(part) / len(p) * abs(p[part].mean() - y[part].mean()) for part in parts))
