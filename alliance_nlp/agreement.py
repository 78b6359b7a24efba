"""Make measures of agreement between codings of the same segments, with intervals.

Labels are the arrays of `decisions.labels_of`: 1 applies, 0 does not, -1 nobody has decided.
Cells that either side has left at -1 are not compared.  The reference, a human coding, comes
first, the estimate second.  A ratio over nothing is `nan`.  Kappa, alpha and AC1 also take labels
of more than two categories, numbered from 0.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[np.int8]
Statistic = Callable[[Labels, Labels], float]

# From three interviews one draw in nine repeats a single one of them, so that the bounds would be
# those of the best and the worst; from five it is one in six hundred.
FEWEST_INTERVIEWS = 5
HIGH_AGREEMENT = 0.8
LOW_KAPPA = 0.4  # "fair" at most on the scale of Landis & Koch (1977)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two codings agree on one code, or on all.

    Attributes:
        code_id: The code; `''` for the cells of all codes taken together.
        cells: How many cells both sides have decided.
        reference_uses: In how many of them the reference applies the code.
        estimate_uses: In how many the estimate does.
        observed: Share of the cells with the same answer.
        kappa: Cohen's kappa.
        alpha: Krippendorff's alpha.
        ac1: Gwet's AC1.
        f1: F1 of the code's uses, the same whoever comes first.
        interviews: How many interviews have such a cell.
        kappa_interval: 95 % interval of kappa, from resampling these interviews; `nan` twice
            where they are fewer than `FEWEST_INTERVIEWS`.
    """

    code_id: str
    cells: int
    reference_uses: int
    estimate_uses: int
    observed: float
    kappa: float
    alpha: float
    ac1: float
    f1: float
    interviews: int
    kappa_interval: tuple[float, float]

    @property
    def paradox(self) -> bool:
        """Whether agreement is high and kappa low, as with a code that is hardly ever used.

        Kappa then says more about how rare the code is than about the coders (Feinstein &
        Cicchetti, 1990).  The bounds are ours: agreement of 0.8 or more, kappa below 0.4.
        """
        return self.observed >= HIGH_AGREEMENT and self.kappa < LOW_KAPPA


def agreements(
    reference: Labels,
    estimate: Labels,
    code_ids: Sequence[str],
    groups: Sequence[str],
    *,
    resamples: int = 1000,
    random_state: int = 0,
) -> list[Agreement]:
    """Compare two codings code by code, and in total.

    `reference` and `estimate` are `(n_segments, n_codes)`, `code_ids` names the columns, `groups`
    the interview of each row.  The last of the list, with `code_id` `''`, takes all cells as one
    list; frequent codes weigh most in it.

    >>> reference = np.array([[1, 0], [0, 0], [1, 0], [0, -1]], dtype=np.int8)
    >>> estimate = np.array([[1, 0], [0, 0], [0, 0], [0, 1]], dtype=np.int8)
    >>> trust, rare, total = agreements(reference, estimate, ["trust", "rare"], list("aabb"))
    >>> trust.observed, trust.kappa, rare.cells, rare.kappa
    (0.75, 0.5, 3, nan)
    """
    columns: list[slice | int] = [*range(len(code_ids)), slice(None)]
    found = []
    for code_id, column in zip([*code_ids, ""], columns, strict=True):
        theirs, ours = reference[:, column], estimate[:, column]
        bounds = interval(
            cohen_kappa, theirs, ours, groups, resamples=resamples, random_state=random_state
        )
        interviews = len(_rows_by_group(theirs, ours, groups))
        found.append(_agreement(code_id, *_decided(theirs, ours), interviews, bounds))
    return found


def observed_agreement(reference: Labels, estimate: Labels) -> float:
    """Return the share of cells with the same answer; times 100 it is percent agreement.

    >>> observed_agreement(np.array([1, 0, 1, -1], np.int8), np.array([1, 0, 0, 1], np.int8))
    0.6666666666666666
    """
    a, b = _decided(reference, estimate)
    return float(np.mean(a == b)) if a.size else math.nan


def cohen_kappa(reference: Labels, estimate: Labels) -> float:
    """Return Cohen's kappa, agreement beyond what each coder's own rate of use would give.

    `(p_o - p_e) / (1 - p_e)` with `p_e = sum_c p_c q_c`, where `p_c` and `q_c` are the shares of
    cells in which the one and the other gave the answer `c` (Cohen, 1960); for a code,
    `p_e = p q + (1 - p)(1 - q)`.  It is `nan` where both always gave one and the same answer.

    >>> cohen_kappa(np.array([1, 1, 0, 0], np.int8), np.array([1, 0, 0, 0], np.int8))
    0.5
    """
    a, b = _decided(reference, estimate)
    if not a.size:
        return math.nan
    categories = 1 + int(max(a.max(), b.max()))
    p, q = (np.bincount(side, minlength=categories) / side.size for side in (a, b))
    return _beyond(float(np.mean(a == b)), float(p @ q))


def gwet_ac1(reference: Labels, estimate: Labels, *, categories: int = 2) -> float:
    """Return Gwet's AC1, which stays in place where a code is very rare or very common.

    `(p_o - p_e) / (1 - p_e)` with `p_e = sum_c m_c (1 - m_c) / (categories - 1)`, where `m_c` is
    the mean of the two coders' shares of the answer `c` (Gwet, 2008); for a code,
    `p_e = 2 m (1 - m)`.  `categories` counts the answers that could have been given.

    Raises:
        ValueError: There are more categories among the labels, or fewer than two are possible.

    >>> gwet_ac1(np.array([0, 0, 0, 0], np.int8), np.array([0, 0, 0, 0], np.int8))
    1.0
    """
    a, b = _decided(reference, estimate)
    if not a.size:
        return math.nan
    if not max(a.max(), b.max()) < categories > 1:
        raise ValueError(f"categories={categories}: labels from 0 to that, less one, are needed")
    p, q = (np.bincount(side, minlength=categories) / side.size for side in (a, b))
    mean = (p + q) / 2
    return _beyond(float(np.mean(a == b)), float(mean @ (1 - mean)) / (categories - 1))


def f1_score(reference: Labels, estimate: Labels) -> float:
    """Return the F1 of a code's uses: how far two coders use it in the same places.

    `2 a / (2 a + b + c)`, where `a` cells have the code from both, `b` from the one only and `c`
    from the other only.  Between two people it is called positive specific agreement (Dice, 1945;
    Hripcsak & Rothschild, 2005).  It is `nan` where neither uses the code.

    >>> f1_score(np.array([1, 1, 0, 0], np.int8), np.array([1, 0, 0, 0], np.int8))
    0.6666666666666666
    """
    a, b = (side == 1 for side in _decided(reference, estimate))
    uses = int(a.sum() + b.sum())
    return 2 * int((a & b).sum()) / uses if uses else math.nan


def fleiss_kappa(*coders: Labels) -> float:
    """Return Fleiss' kappa for nominal labels of any number of coders.

    `(P - P_e) / (1 - P_e)` with `P` the mean over cells of `(sum_c n_c^2 - n) / (n (n - 1))`, where
    `n_c` of the `n` coders gave the answer `c`, and `P_e = sum_c p_c^2`, where `p_c` is the share
    of the answer `c` among all (Fleiss, 1971).  It wants the same number of coders in every cell,
    so only cells that all of them have decided count; `krippendorff_alpha` also uses the others.
    It is `nan` where all labels are the same, and for fewer than two coders.

    >>> three = [np.array(labels, np.int8) for labels in ([1, 0, 1], [1, 0, 0], [1, -1, 1])]
    >>> round(fleiss_kappa(*three), 3)
    -0.2
    """
    _check_shapes(*coders)
    labels = np.stack([np.ravel(one) for one in coders])
    labels = labels[:, (labels >= 0).all(axis=0)]
    n_coders, n_cells = labels.shape
    if n_coders < 2 or not n_cells:
        return math.nan
    given = (labels == np.unique(labels)[:, None, None]).sum(axis=1)
    agreeing = (np.square(given).sum(axis=0) - n_coders) / (n_coders * (n_coders - 1))
    shares = given.sum(axis=1) / labels.size
    return _beyond(float(agreeing.mean()), float(shares @ shares))


def krippendorff_alpha(*coders: Labels) -> float:
    """Return Krippendorff's alpha for nominal labels of any number of coders.

    `1 - D_o / D_e`: the disagreement within cells over the disagreement among all pairs of
    labels; a cell counts when at least two coders have decided it (Krippendorff, 2004, chapter
    11).  It is `nan` where all labels are the same.  Any label of 0 or more is a category.

    >>> three = [np.array(labels, np.int8) for labels in ([1, 0, 1], [1, 0, 0], [1, -1, 1])]
    >>> round(krippendorff_alpha(*three), 3)
    0.533
    """
    _check_shapes(*coders)
    labels = np.stack([np.ravel(one) for one in coders])
    categories = np.unique(labels[labels >= 0])
    uses = (labels == categories[:, None, None]).sum(axis=1)
    uses = uses[:, uses.sum(axis=0) > 1].astype(float)
    per_cell = uses.sum(axis=0)
    total = per_cell.sum()
    if not total:
        return math.nan
    observed = ((per_cell**2 - (uses**2).sum(axis=0)) / (per_cell - 1)).sum() / total
    expected = (total**2 - (uses.sum(axis=1) ** 2).sum()) / (total * (total - 1))
    return float(1 - observed / expected) if expected else math.nan


def interval(
    statistic: Statistic,
    reference: Labels,
    estimate: Labels,
    groups: Sequence[str],
    *,
    resamples: int = 1000,
    random_state: int = 0,
) -> tuple[float, float]:
    """Return a 95 % interval of a statistic, by drawing interviews again and again.

    The percentile bootstrap (Efron & Tibshirani, 1993), expanded where interviews are few
    (`interval_levels`), with whole interviews as the unit, since segments of one interview resemble
    each other.  `groups` names the interview of each row; an interview without a cell that both
    have decided is not drawn.  Draws in which the statistic is `nan` are left out.  From fewer than
    `FEWEST_INTERVIEWS`, or where no draw is defined, both bounds are `nan`.

    >>> reference = np.array([1, 0, 1, 0, 1, 0, 1, 0, 1, 0], np.int8)
    >>> estimate = np.array([1, 0, 1, 1, 1, 0, 1, 0, 0, 0], np.int8)
    >>> low, high = interval(observed_agreement, reference, estimate, list("aabbccddee"))
    >>> round(low, 2), round(high, 2)
    (0.5, 1.0)
    """
    rows = _rows_by_group(reference, estimate, groups)
    if len(rows) < FEWEST_INTERVIEWS:
        return (math.nan, math.nan)
    random = np.random.default_rng(random_state)
    values = []
    for _ in range(resamples):
        drawn = np.concatenate([rows[i] for i in random.integers(len(rows), size=len(rows))])
        values.append(statistic(reference[drawn], estimate[drawn]))
    return percentile_interval(values, len(rows))


def percentile_interval(draws: Iterable[float], n_interviews: int) -> tuple[float, float]:
    """Return between which draws a 95 % interval from so many interviews lies.

    Draws that are `nan` are left out; without others both bounds are `nan`.

    >>> low, high = percentile_interval([0.0, 0.5, math.nan, 1.0], 100)
    >>> round(low, 3), round(high, 3)
    (0.023, 0.977)
    """
    defined = [draw for draw in draws if not math.isnan(draw)]
    if not defined:
        return (math.nan, math.nan)
    low, high = np.percentile(defined, interval_levels(n_interviews))
    return (float(low), float(high))


def interval_levels(n_interviews: int) -> tuple[float, float]:
    """Return between which percentiles of the draws a 95 % interval from so many interviews lies.

    Wider than 2.5 and 97.5, which leave out one value in five or six where there are five to seven
    interviews: the expanded percentile interval (Hesterberg, 2015) takes the quantile of Student's
    t, and puts back the (n - 1) / n that drawing from n loses of the variance.

    >>> [[round(level, 1) for level in interval_levels(n)] for n in (5, 100)]
    [[0.1, 99.9], [2.3, 97.7]]
    """
    from scipy.special import ndtr, stdtrit

    n = n_interviews
    low = 100 * float(ndtr(math.sqrt(n / (n - 1)) * stdtrit(n - 1, 0.025)))
    return low, 100 - low


def _rows_by_group(
    reference: Labels, estimate: Labels, groups: Sequence[str]
) -> list[npt.NDArray[np.intp]]:
    """Return the rows of each group in which both have decided anything."""
    _check_shapes(reference, estimate)
    if len(groups) != len(reference):
        raise ValueError(f"groups has {len(groups)} entries for {len(reference)} rows of labels")
    both = (reference >= 0) & (estimate >= 0)
    decided = both.any(axis=tuple(range(1, both.ndim)))
    names = np.asarray(groups, dtype=object)
    rows = [np.flatnonzero(decided & (names == name)) for name in dict.fromkeys(groups)]
    return [of_group for of_group in rows if of_group.size]


def _agreement(
    code_id: str,
    reference: Labels,
    estimate: Labels,
    interviews: int,
    kappa_interval: tuple[float, float],
) -> Agreement:
    return Agreement(
        code_id=code_id,
        cells=reference.size,
        reference_uses=int(reference.sum()),
        estimate_uses=int(estimate.sum()),
        observed=observed_agreement(reference, estimate),
        kappa=cohen_kappa(reference, estimate),
        alpha=krippendorff_alpha(reference, estimate),
        ac1=gwet_ac1(reference, estimate),
        f1=f1_score(reference, estimate),
        interviews=interviews,
        kappa_interval=kappa_interval,
    )


def _decided(reference: Labels, estimate: Labels) -> tuple[Labels, Labels]:
    """Return the cells that both have decided, as two flat arrays."""
    _check_shapes(reference, estimate)
    both = (reference >= 0) & (estimate >= 0)
    return reference[both], estimate[both]


def _check_shapes(*labels: Labels) -> None:
    # Arrays of (n, 1) and (n, k) would be stretched to fit, and the number would mean nothing.
    if len({one.shape for one in labels}) != 1:
        shapes = ", ".join(str(one.shape) for one in labels)
        raise ValueError(f"labels to compare need one shape, these have {shapes or 'none'}")


def _beyond(observed: float, expected: float) -> float:
    return (observed - expected) / (1 - expected) if expected < 1 else math.nan
