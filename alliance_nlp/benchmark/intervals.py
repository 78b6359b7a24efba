"""Make figures: a measure as the mean over splits, with an interval over interviews.

The interval is the percentile bootstrap (Efron & Tibshirani 1993), expanded where interviews are
few (`agreement.interval_levels`), with whole interviews as the unit: a draw takes as many
interviews as there are, some twice, some not at all, and weighs their segments accordingly in the
test of each split. What the bootstrap finds of bias is taken off: average precision rises where a
segment is drawn twice. What the suggestions were taught with stays as it was, so the interval says
what measuring on other interviews of this kind would have given.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from alliance_nlp.agreement import FEWEST_INTERVIEWS, percentile_interval
from alliance_nlp.benchmark import measures
from alliance_nlp.benchmark.corpus import Corpus
from alliance_nlp.benchmark.evaluation import Evaluation
from alliance_nlp.benchmark.measures import FEWEST_USES, Floats, Parts

_FEWEST_CODE_USES = 5  # a figure of one code alone says nothing with fewer

# Of one split: the value, and that of each draw, (n_draws,).
Measured = tuple[float, Floats]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number for a table.

    Attributes:
        value: Mean over the splits; `nan` where it would mean nothing.
        low: Lower bound of the 95 % interval; `nan` where there is none.
        high: Upper bound.
        reason: Why there is no value or no interval; `''` if there are both.
    """

    value: float
    low: float = math.nan
    high: float = math.nan
    reason: str = ""


class Draws:
    """Interviews drawn again and again, the same ones for all that is compared.

    Args:
        corpus: Whose interviews.
        n_draws: How often.
        random_state: Which draws.
    """

    def __init__(self, corpus: Corpus, n_draws: int = 1000, random_state: int = 0) -> None:
        names = sorted({segment.transcript_id for segment in corpus.segments})
        number = {name: k for k, name in enumerate(names)}
        self._interviews = np.array([number[s.transcript_id] for s in corpus.segments], dtype=int)
        random = np.random.default_rng(random_state)
        drawn = (random.integers(len(names), size=len(names)) for _ in range(n_draws))
        self._times = np.stack([np.bincount(one, minlength=len(names)) for one in drawn])

    def weights(self, evaluation: Evaluation) -> Floats:
        """Return (n_draws, n_test): how often each test segment counts in each draw."""
        return self._times[:, self._interviews[evaluation.rows]].astype(np.float32)

    def n_interviews(self, evaluations: Iterable[Evaluation]) -> int:
        """Count the interviews in the tests."""
        return len({int(self._interviews[row]) for one in evaluations for row in one.rows})


def measured(evaluation: Evaluation, draws: Draws) -> dict[str, Measured]:
    """Return the value of each measure, and those of the draws."""
    reference, estimate = evaluation.reference, evaluation.estimate
    suggested = estimate >= evaluation.threshold
    weights = draws.weights(evaluation)
    parts = {
        "recall_at_1": measures.recall_parts(reference, estimate, 1),
        "recall_at_5": measures.recall_parts(reference, estimate, 5),
        "precision_at_1": measures.precision_parts(reference, estimate, 1),
        "precision_at_3": measures.precision_parts(reference, estimate, 3),
        "precision_at_5": measures.precision_parts(reference, estimate, 5),
        "share_offered": measures.offered_parts(reference, estimate, 5),
        "micro_f1": measures.micro_f1_parts(reference, suggested),
        "macro_f1": measures.macro_f1_parts(reference, suggested),
        "coverage_error": measures.coverage_parts(reference, estimate),
        "brier": measures.brier_parts(reference, estimate),
    }
    found = {name: _mean_over_ratios(*_ratios(both, weights)) for name, both in parts.items()}
    used = np.flatnonzero(reference.sum(axis=0) >= FEWEST_USES)
    drawn = [average_precisions(reference[:, k], estimate[:, k], weights) for k in used]
    found["map"] = (
        evaluation.mean_average_precision,
        _mean_of_defined(np.stack(drawn)) if drawn else np.full(len(weights), math.nan),
    )
    return found


def figures(splits: Sequence[Mapping[str, Measured]], n_interviews: int) -> dict[str, Figure]:
    """Return the figure of each measure from what the splits of one method and budget gave."""
    return {name: figure([one[name] for one in splits], n_interviews) for name in splits[0]}


def differences(
    splits: Sequence[Mapping[str, Measured]],
    others: Sequence[Mapping[str, Measured]],
    n_interviews: int,
) -> dict[str, Figure]:
    """Return by how much the first exceed the others, split by split and draw by draw."""
    return {
        name: figure(
            [
                (mine[name][0] - other[name][0], mine[name][1] - other[name][1])
                for mine, other in zip(splits, others, strict=True)
            ],
            n_interviews,
        )
        for name in splits[0]
    }


def code_figures(evaluations: Sequence[Evaluation], draws: Draws) -> dict[str, dict[str, Figure]]:
    """Return the figures of each code, by its id.

    Average precision, recall among the first five, and precision, recall and F1 at the suggested
    threshold. Splits in which a code has fewer than five test segments are left out; an interval
    wants the code in five interviews, since from one alone every draw would give the same.
    """
    found: dict[str, list[dict[str, Measured]]] = {id_: [] for id_ in evaluations[0].code_ids}
    uses: dict[str, list[Evaluation]] = {id_: [] for id_ in found}
    for one in evaluations:
        for code_id, of_code in _measured_by_code(one, draws.weights(one)).items():
            found[code_id].append(of_code)
            column = one.code_ids.index(code_id)
            uses[code_id].append(only(one, one.reference[:, column]))
    too_few = Figure(math.nan, reason=f"fewer than {_FEWEST_CODE_USES} uses in every test")
    figures_of_code = {}
    for code_id, splits in found.items():
        n = draws.n_interviews(uses[code_id])
        figures_of_code[code_id] = {
            name: figure([one[name] for one in splits], n, "with the code in the tests")
            if splits
            else too_few
            for name in _CODE_MEASURES
        }
    return figures_of_code


def figure(splits: Sequence[Measured], n_interviews: int, which: str = "in the tests") -> Figure:
    """Return the mean over the splits that have a value, with the interval of that mean.

    Args:
        splits: The value of each split, and that of each draw.
        n_interviews: In all tests together; there is no interval for fewer than five.
        which: Which interviews these are, for the reason why there is none.
    """
    values = [value for value, _ in splits if not math.isnan(value)]
    if not values:
        return Figure(math.nan, reason="nothing in the tests to measure it on")
    value = math.fsum(values) / len(values)
    if n_interviews < FEWEST_INTERVIEWS:
        interviews = "interview" if n_interviews == 1 else "interviews"
        return Figure(
            value,
            reason=f"no interval: {n_interviews} {interviews} {which}, "
            f"{FEWEST_INTERVIEWS} are needed",
        )
    drawn = _mean_of_defined(np.stack([draws for _, draws in splits]))
    drawn = drawn[~np.isnan(drawn)]
    bias = drawn.mean() - value
    bounds = np.array(percentile_interval(drawn, n_interviews)) - bias
    low, high = np.clip(bounds, min(drawn.min(), value), max(drawn.max(), value))
    return Figure(value, float(low), float(high))


def only(evaluation: Evaluation, chosen: npt.NDArray[np.bool_]) -> Evaluation:
    """Return the evaluation for some of its test segments, at the threshold of all of them."""
    return replace(
        evaluation,
        rows=evaluation.rows[chosen],
        reference=evaluation.reference[chosen],
        estimate=evaluation.estimate[chosen],
    )


def average_precisions(
    reference: measures.Reference, estimate: measures.Estimate, weights: Floats
) -> Floats:
    """Return the average precision of one code for each row of weights.

    What `sklearn.metrics.average_precision_score` gives with each row as `sample_weight`.

    Args:
        reference: bool (n_segments,).
        estimate: (n_segments,).
        weights: (n_draws, n_segments).

    >>> average_precisions(np.array([True, False]), np.array([0.4, 0.6]), np.array([[1.0, 3.0]]))
    array([0.25])
    """
    uses = np.flatnonzero(reference)
    not_below = (estimate[:, None] >= estimate[uses]).astype(weights.dtype)
    of_uses = weights[:, uses]
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = (of_uses @ not_below[uses]) / (weights @ not_below)
        weighed = np.where(of_uses, of_uses * precision, 0.0)  # none drawn: nothing, not nan
        drawn: Floats = weighed.sum(axis=1) / of_uses.sum(axis=1)
    return drawn


_CODE_MEASURES = ("average_precision", "recall_at_5", "precision", "recall", "f1")


def _measured_by_code(one: Evaluation, weights: Floats) -> dict[str, dict[str, Measured]]:
    reference, suggested = one.reference, one.estimate >= one.threshold
    shown = np.zeros_like(reference)
    np.put_along_axis(shown, measures.top(one.estimate, 5), True, axis=1)
    parts: dict[str, Parts] = {
        "recall_at_5": (1.0 * (shown & reference), 1.0 * reference),
        "precision": (1.0 * (suggested & reference), 1.0 * suggested),
        "recall": (1.0 * (suggested & reference), 1.0 * reference),
        "f1": measures.f1_parts(reference, suggested),
    }
    ratios = {name: _ratios(both, weights) for name, both in parts.items()}
    found = {}
    for column in np.flatnonzero(reference.sum(axis=0) >= _FEWEST_CODE_USES):
        y, p = reference[:, column], one.estimate[:, column]
        found[one.code_ids[column]] = {
            "average_precision": (
                measures.average_precision(y, p),
                average_precisions(y, p, weights),
            ),
            **{name: (float(v[column]), drawn[:, column]) for name, (v, drawn) in ratios.items()},
        }
    return found


def _ratios(parts: Parts, weights: Floats) -> tuple[Floats, Floats]:
    """Return each ratio, (n_ratios,), and that of each draw, (n_draws, n_ratios)."""
    numerators, denominators = parts
    with np.errstate(invalid="ignore", divide="ignore"):
        values = numerators.sum(axis=0) / denominators.sum(axis=0)
        drawn = (weights @ numerators) / (weights @ denominators)
    return values, drawn


def _mean_over_ratios(values: Floats, drawn: Floats) -> Measured:
    if not len(values):
        return math.nan, np.full(len(drawn), math.nan)
    return float(np.mean(values)), _mean_of_defined(drawn.T)


def _mean_of_defined(drawn: Floats) -> Floats:
    """Return the mean of each draw, (n_draws,), over those rows that have a value there."""
    defined = ~np.isnan(drawn)
    sums = np.where(defined, drawn, 0.0).sum(axis=0)
    means: Floats = np.divide(
        sums, defined.sum(axis=0), out=np.full(drawn.shape[1], math.nan), where=defined.any(axis=0)
    )
    return means
