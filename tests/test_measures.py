"""Measures, against independent implementations, and figures with their intervals."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import metrics

from alliance_nlp import Code, Codebook, Segment
from alliance_nlp.benchmark import Corpus, measures
from alliance_nlp.benchmark.evaluation import Evaluation
from alliance_nlp.benchmark.intervals import (
    Draws,
    average_precisions,
    code_figures,
    differences,
    figures,
    measured,
    only,
)


@st.composite
def coded(draw, least_segments=1):
    shape = (draw(st.integers(least_segments, 12)), draw(st.integers(1, 7)))
    reference = draw(arrays(bool, shape))
    estimate = draw(arrays(int, shape, elements=st.integers(0, 8))) / 8  # with ties
    return reference, estimate


@given(coded())
def test_average_precision_is_that_of_scikit_learn_for_repeated_segments(pair):
    reference, estimate = pair
    times = np.arange(len(reference)) % 3
    for y, p in zip(reference.T, estimate.T, strict=True):
        ours = average_precisions(y, p, np.array([times, np.ones_like(times)], dtype=float))
        for weights, drawn in zip((times, np.ones_like(times)), ours, strict=True):
            if (y * weights).any():
                theirs = metrics.average_precision_score(y.repeat(weights), p.repeat(weights))
                assert drawn == pytest.approx(theirs, abs=1e-12)
            else:
                assert math.isnan(drawn)


@given(coded())
def test_coverage_error_is_that_of_scikit_learn_on_coded_segments(pair):
    reference, estimate = pair
    some = reference.any(axis=1)
    if some.any() and reference.shape[1] > 1:  # with one code scikit-learn sees no table
        theirs = metrics.coverage_error(reference[some], estimate[some])
        assert measures.coverage_error(reference, estimate) == pytest.approx(theirs)
    elif not some.any():
        assert math.isnan(measures.coverage_error(reference, estimate))


@given(coded())
def test_f1_is_that_of_scikit_learn_at_the_suggested_threshold(pair):
    reference, estimate = pair
    suggested = estimate >= measures.suggested_threshold(estimate)
    if reference.any():
        micro = metrics.f1_score(reference.ravel(), suggested.ravel())
        assert measures.micro_f1(reference, estimate) == pytest.approx(micro)
    used = reference.sum(axis=0) >= measures.FEWEST_USES
    if used.any():
        both = zip(reference[:, used].T, suggested[:, used].T, strict=True)
        macro = np.mean([metrics.f1_score(y, s) for y, s in both])
        assert measures.macro_f1(reference, estimate) == pytest.approx(macro)


@given(coded())
def test_precision_and_share_offered_count_what_stands_first(pair):
    reference, estimate = pair
    for k in (1, 3, 5):
        first = [np.argsort(-row, kind="stable")[:k] for row in estimate]
        found = sum(int(y[columns].sum()) for y, columns in zip(reference, first, strict=True))
        shown = sum(len(columns) for columns in first)
        assert measures.precision_at(reference, estimate, k) == pytest.approx(found / shown)
        if reference.any():
            share = found / reference.sum()
            assert measures.share_offered(reference, estimate, k) == pytest.approx(share)


@given(arrays(int, st.integers(1, 30), elements=st.integers(0, 20)))
def test_the_suggested_threshold_is_the_best_of_all_cuts_if_probabilities_hold(twentieths):
    p = twentieths / 20

    def expected_f1(cut):
        chosen = p >= cut
        return 2 * p[chosen].sum() / (chosen.sum() + p.sum())

    best = max(expected_f1(cut) for cut in p)
    assert expected_f1(measures.suggested_threshold(p[None])) == pytest.approx(best)


def test_probabilities_that_hold_lie_on_the_diagonal_and_others_do_not():
    rng = np.random.default_rng(1)
    p = rng.random((4000, 1))
    holds, doubled = rng.random(p.shape) < p, rng.random(p.shape) < p / 2
    bins = measures.reliability(holds, p)
    assert sum(n for _, _, n in bins) == 4000
    assert all(abs(shown - share) < 0.08 for shown, share, _ in bins)
    assert measures.calibration_error(doubled, p) > 0.2
    assert measures.calibration_floor(doubled, p) == pytest.approx(
        measures.calibration_error(holds, p), abs=0.02
    )


@pytest.mark.parametrize("shape", [(0, 3), (4, 3)])
def test_a_measure_of_nothing_is_nan(shape):
    nothing, p = np.zeros(shape, bool), np.full(shape, 0.5)
    assert math.isnan(measures.recall_at(nothing, p, 5))
    assert math.isnan(measures.mean_average_precision(nothing, p))
    assert math.isnan(measures.coverage_error(nothing, p))
    assert math.isnan(measures.macro_f1(nothing, p))
    if not shape[0]:
        assert math.isnan(measures.brier_score(nothing, p))
        assert math.isnan(measures.precision_at(nothing, p, 1))
        assert math.isnan(measures.calibration_error(nothing, p))


def study(n_interviews, per_interview=20, n_codes=4, seed=0):
    rng = np.random.default_rng(seed)
    segments = tuple(
        Segment(f"p{i:02}:{10 * k}-{10 * k + 9}", f"p{i:02}", 10 * k, 10 * k + 9, "Words.")
        for i in range(n_interviews)
        for k in range(per_interview)
    )
    labels = (rng.random((len(segments), n_codes)) < 0.3).astype(np.int8)
    codebook = Codebook([Code(f"c{k}", f"C{k}") for k in range(n_codes)])
    return Corpus("study", segments, codebook, labels)


def evaluated(corpus, rows=None, noise=0.5, seed=0):
    rng = np.random.default_rng(seed)
    rows = np.arange(len(corpus.segments)) if rows is None else rows
    reference = corpus.labels[rows] == 1
    estimate = (reference + noise * rng.normal(size=reference.shape)).clip(0, 1)
    return Evaluation(
        corpus=corpus.name, method="m", seed=seed, budget=0, n_decided=0, rows=rows,
        code_ids=tuple(code.id for code in corpus.codebook), reference=reference,
        estimate=estimate, threshold=measures.suggested_threshold(estimate), seconds=0.0,
    )  # fmt: skip


def test_the_value_of_a_figure_is_the_mean_over_splits_and_lies_within_its_interval():
    corpus = study(12)
    splits = [evaluated(corpus, np.arange(seed, 240, 3), seed=seed) for seed in range(3)]
    draws = Draws(corpus)
    found = figures([measured(one, draws) for one in splits], draws.n_interviews(splits))
    for name, value in {
        "recall_at_1": np.mean([one.recall_at_1 for one in splits]),
        "recall_at_5": np.mean([one.recall_at_5 for one in splits]),
        "map": np.mean([one.mean_average_precision for one in splits]),
        "brier": np.mean([one.brier_score for one in splits]),
        "micro_f1": np.mean([measures.micro_f1(o.reference, o.estimate) for o in splits]),
        "macro_f1": np.mean([measures.macro_f1(o.reference, o.estimate) for o in splits]),
    }.items():
        assert found[name].value == pytest.approx(value), name
        assert found[name].low <= found[name].value <= found[name].high, name
        assert found[name].reason == ""
    assert found["map"].low < found["map"].high


def test_the_interval_is_as_wide_as_figures_of_other_interviews_are_spread():
    widths, values = [], []
    for seed in range(40):
        corpus = study(20, seed=seed)
        one, draws = evaluated(corpus, seed=seed), Draws(corpus, 200)
        figure = figures([measured(one, draws)], draws.n_interviews([one]))["map"]
        widths.append(figure.high - figure.low)
        values.append(figure.value)
    assert np.mean(widths) == pytest.approx(2 * 1.96 * np.std(values), rel=0.35)


def test_segments_of_one_interview_count_as_one():
    corpus = study(8)
    alike = np.repeat(corpus.labels[::20], 20, axis=0)  # every interview says one thing 20 times
    corpus = Corpus(corpus.name, corpus.segments, corpus.codebook, alike)
    spread = replace(
        corpus, segments=tuple(replace(s, transcript_id=s.id) for s in corpus.segments)
    )
    widths = []
    for one_corpus in (corpus, spread):
        rng = np.random.default_rng(0)
        one = evaluated(one_corpus)
        by_interview = np.repeat(rng.random((8, 4)), 20, axis=0)
        one = replace(one, estimate=by_interview)
        draws = Draws(one_corpus)
        figure = figures([measured(one, draws)], draws.n_interviews([one]))["brier"]
        widths.append(figure.high - figure.low)
    assert widths[0] > 2 * widths[1]


def test_few_interviews_give_a_value_and_say_why_there_is_no_interval():
    corpus = study(4)
    one, draws = evaluated(corpus), Draws(corpus)
    figure = figures([measured(one, draws)], draws.n_interviews([one]))["recall_at_5"]
    assert figure.value == one.recall_at_5
    assert math.isnan(figure.low)
    assert figure.reason == "no interval: 4 interviews in the tests, 5 are needed"


def test_a_difference_is_taken_in_pairs_and_surer_than_the_two_figures():
    corpus = study(15)
    better = evaluated(corpus, noise=0.6)
    worse = replace(better, estimate=(better.estimate * 0.9).clip(0, 1))
    worse.estimate[::9] = 1 - worse.estimate[::9]
    draws = Draws(corpus)
    ours, theirs = ([measured(one, draws)] for one in (better, worse))
    found = differences(ours, theirs, 15)["map"]
    assert found.value == pytest.approx(
        better.mean_average_precision - worse.mean_average_precision
    )
    assert 0 < found.low < found.value < found.high
    alone = figures(ours, 15)["map"]
    assert found.high - found.low < alone.high - alone.low
    same = differences(ours, ours, 15)["map"]
    assert (same.value, same.low, same.high) == (0, 0, 0)


def test_a_code_with_few_uses_has_no_figure_but_a_reason():
    corpus = study(6)
    corpus.labels[:, 0] = 0
    corpus.labels[:4, 0] = 1
    found = code_figures([evaluated(corpus)], Draws(corpus))
    rare, common = found["c0"]["average_precision"], found["c1"]["average_precision"]
    assert math.isnan(rare.value)
    assert rare.reason == "fewer than 5 uses in every test"
    assert common.low < common.value < common.high


def test_a_code_of_few_interviews_has_a_figure_without_an_interval():
    corpus = study(9)
    corpus.labels[20:, 0] = 0
    corpus.labels[:8, 0] = 1
    found = code_figures([evaluated(corpus)], Draws(corpus))["c0"]
    for figure in found.values():
        assert figure.value > 0
        assert math.isnan(figure.low)
        assert figure.reason == "no interval: 1 interview with the code in the tests, 5 are needed"


def test_code_figures_are_those_of_scikit_learn():
    corpus = study(9)
    one = evaluated(corpus)
    for column, code_id in enumerate(one.code_ids):
        y, p = one.reference[:, column], one.estimate[:, column]
        suggested = p >= one.threshold
        found = code_figures([one], Draws(corpus))[code_id]
        assert found["average_precision"].value == metrics.average_precision_score(y, p)
        assert found["precision"].value == pytest.approx(metrics.precision_score(y, suggested))
        assert found["recall"].value == pytest.approx(metrics.recall_score(y, suggested))
        assert found["f1"].value == pytest.approx(metrics.f1_score(y, suggested))


def test_a_part_of_an_evaluation_keeps_the_threshold_of_the_whole():
    one = evaluated(study(6))
    part = only(one, np.arange(one.n_test) < 30)
    assert (part.n_test, part.threshold) == (30, one.threshold)
    assert part.recall_at_1 == measures.recall_at(one.reference[:30], one.estimate[:30], 1)
