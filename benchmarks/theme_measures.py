"""Measure how themes agree with codes, with other themes, and across languages.

`labels` are the themes of segments, (n_segments,), -1 outside all themes; `applied` are their
codes, bool (n_segments, n_codes). `themes.py` says what each measure is.
"""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from alliance_nlp import Segment

BOOTSTRAP_DRAWS = 1000
DRAWS, SHARE_DRAWN = 5, 0.8

Floats = npt.NDArray[np.floating]
Labels = npt.NDArray[np.int64]
Applied = npt.NDArray[np.bool_]


def mutual_information(one: npt.ArrayLike, other: npt.ArrayLike) -> float:
    """Return the adjusted mutual information of two groupings; `nan` without segments."""
    from sklearn.metrics import adjusted_mutual_info_score

    return float(adjusted_mutual_info_score(one, other)) if np.size(one) else math.nan


def agreement(labels: Labels, applied: Applied) -> float:
    """Return the AMI of themes and codes over the segments with exactly one code.

    Args:
        labels: (n_segments,).
        applied: bool (n_segments, n_codes).
    """
    rows = applied.sum(axis=1) == 1
    return mutual_information(applied[rows].argmax(axis=1), labels[rows])


def best_f1(
    labels: Labels, applied: Applied, weights: Floats | None = None
) -> npt.NDArray[np.float64]:
    """Return the best F1 of any theme for each code, (n_codes,); `nan` for a code never applied.

    Args:
        labels: (n_segments,).
        applied: bool (n_segments, n_codes).
        weights: How often each segment counts, (n_segments,); None for once.
    """
    counts = np.ones(len(labels)) if weights is None else weights
    n_themes, n_codes = int(labels.max(initial=-1)) + 1, applied.shape[1]
    inside = labels >= 0
    of_code = counts @ applied
    of_theme = np.bincount(labels[inside], counts[inside], minlength=n_themes)
    rows, codes = np.nonzero(applied & inside[:, None])
    cells = labels[rows] * n_codes + codes
    both = np.bincount(cells, counts[rows], minlength=n_themes * n_codes)
    with np.errstate(invalid="ignore"):
        f1 = 2 * both.reshape(n_themes, n_codes) / (of_theme[:, None] + of_code)
    best = np.nan_to_num(f1).max(axis=0, initial=0.0)
    return np.where(of_code > 0, best, math.nan)


def drawn_f1(
    labels: Labels, applied: Applied, segments: Sequence[Segment]
) -> npt.NDArray[np.float64]:
    """Return the mean best-match F1 of each draw of transcripts, (BOOTSTRAP_DRAWS,)."""
    names = sorted({segment.transcript_id for segment in segments})
    number = {name: k for k, name in enumerate(names)}
    transcripts = np.array([number[segment.transcript_id] for segment in segments])
    random = np.random.default_rng(0)
    drawn = []
    for _ in range(BOOTSTRAP_DRAWS):
        times = np.bincount(random.integers(len(names), size=len(names)), minlength=len(names))
        drawn.append(np.nanmean(best_f1(labels, applied, times[transcripts].astype(float))))
    return np.array(drawn)


def alike_in_languages(labels: Labels, languages: Sequence[str]) -> tuple[float, float]:
    """Return the share of themes that mix languages as all segments do, and of segments in them."""
    inside = labels >= 0
    if not inside.any():
        return math.nan, math.nan
    _, spoken = np.unique(languages, return_inverse=True)
    counts = np.zeros((labels.max() + 1, spoken.max() + 1))
    np.add.at(counts, (labels[inside], spoken[inside]), 1)
    counts = counts[counts.any(axis=1)]
    sizes = counts.sum(axis=1)
    ratio = counts / sizes[:, None] / (np.bincount(spoken) / len(spoken))
    alike = ((ratio >= 0.5) & (ratio <= 2)).all(axis=1)
    return float(alike.mean()), float(sizes[alike].sum() / sizes.sum())


def resampled(segments: Sequence[Segment], draw: int) -> npt.NDArray[np.intp]:
    """Return the rows of 80 % of the transcripts, two at least, drawn at random."""
    names = sorted({segment.transcript_id for segment in segments})
    n_kept = min(len(names), max(2, round(SHARE_DRAWN * len(names))))
    kept = set(np.random.default_rng(draw).choice(names, n_kept, replace=False))
    return np.array([row for row, one in enumerate(segments) if one.transcript_id in kept])
