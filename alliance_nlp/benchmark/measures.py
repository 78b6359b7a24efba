"""Make measures: pure functions of probabilities and the human reference.

`reference` is a boolean array (n_segments, n_codes), `estimate` one of probabilities of the same
shape. A ratio over nothing is `nan`.
"""

import numpy as np
import numpy.typing as npt

Reference = npt.NDArray[np.bool_]
Estimate = npt.NDArray[np.floating]

_FEWEST_USES = 3
_SHOWN = 5
_BINS = 10


def recall_at(reference: Reference, estimate: Estimate, k: int) -> float:
    """Return the mean share of a segment's human codes among its k most likely ones.

    The mean is over segments that have a code; the share is of min(k, its codes).

    >>> recall_at(np.array([[True, False], [False, True]]), np.array([[0.9, 0.1], [0.8, 0.2]]), 1)
    0.5
    """
    coded = reference.any(axis=1)
    if not coded.any():
        return float("nan")
    found = np.take_along_axis(reference[coded], _top(estimate[coded], k), axis=1).sum(axis=1)
    return float(np.mean(found / np.minimum(k, reference[coded].sum(axis=1))))


def mean_average_precision(reference: Reference, estimate: Estimate) -> float:
    """Return the mean over codes of the average precision over all segments.

    Codes with fewer than three segments are left out.

    >>> mean_average_precision(np.array([[True], [True], [True], [False]]),
    ...                        np.array([[0.9], [0.8], [0.7], [0.1]]))
    1.0
    """
    from sklearn.metrics import average_precision_score

    columns = np.flatnonzero(reference.sum(axis=0) >= _FEWEST_USES)
    if not len(columns):
        return float("nan")
    values = [average_precision_score(reference[:, k], estimate[:, k]) for k in columns]
    return float(np.mean(values))


def calibration_error(reference: Reference, estimate: Estimate) -> float:
    """Return the expected calibration error of what a person sees: each segment's top five codes.

    Ten bins of equal mass (Naeini, Cooper & Hauskrecht 2015, with equal mass instead of width).

    >>> round(calibration_error(np.array([[True]] * 10), np.full((10, 1), 0.75)), 6)
    0.25
    """
    shown = _top(estimate, _SHOWN)
    p = np.take_along_axis(estimate, shown, axis=1).ravel()
    y = np.take_along_axis(reference, shown, axis=1).ravel()
    parts = [part for part in np.array_split(np.argsort(p, kind="stable"), _BINS) if len(part)]
    if not parts:
        return float("nan")
    return float(sum(len(part) / len(p) * abs(p[part].mean() - y[part].mean()) for part in parts))


def brier_score(reference: Reference, estimate: Estimate) -> float:
    """Return the mean squared error of the probabilities (Brier 1950).

    >>> brier_score(np.array([[True, False]]), np.array([[0.5, 0.5]]))
    0.25
    """
    return float(np.mean((estimate - reference) ** 2)) if reference.size else float("nan")


def _top(estimate: Estimate, k: int) -> npt.NDArray[np.intp]:
    return np.argsort(-estimate, axis=1, kind="stable")[:, :k]
