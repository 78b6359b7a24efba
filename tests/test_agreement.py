import math

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from alliance_nlp.agreement import (
    agreements,
    cohen_kappa,
    gwet_ac1,
    interval,
    krippendorff_alpha,
    observed_agreement,
)

STATISTICS = [observed_agreement, cohen_kappa, gwet_ac1, krippendorff_alpha]


def from_table(both, first_only, second_only, neither):
    first = [1] * both + [1] * first_only + [0] * second_only + [0] * neither
    second = [1] * both + [0] * first_only + [1] * second_only + [0] * neither
    return np.array(first, dtype=np.int8), np.array(second, dtype=np.int8)


labels = st.integers(1, 40).flatmap(
    lambda n: st.tuples(*[st.lists(st.sampled_from([-1, 0, 1]), min_size=n, max_size=n)] * 2)
).map(lambda pair: tuple(np.array(side, dtype=np.int8) for side in pair))  # fmt: skip


def test_kappa_is_that_of_the_two_tables_of_feinstein_and_cicchetti_1990():
    assert cohen_kappa(*from_table(40, 9, 6, 45)) == pytest.approx(0.70, abs=0.005)
    assert cohen_kappa(*from_table(80, 10, 5, 5)) == pytest.approx(0.32, abs=0.005)


def test_their_second_table_is_a_paradox_and_their_first_is_not():
    for table, paradox in [((40, 9, 6, 45), False), ((80, 10, 5, 5), True)]:
        reference, estimate = (side[:, None] for side in from_table(*table))
        code, _ = agreements(reference, estimate, ["x"], ["p01"] * 100)
        assert code.observed == pytest.approx(0.85)
        assert code.paradox is paradox


def test_ac1_and_kappa_are_those_of_gwet_2008_for_high_agreement_and_one_rare_category():
    raters = from_table(118, 5, 2, 0)
    assert cohen_kappa(*raters) == pytest.approx(-0.0234, abs=5e-5)
    assert gwet_ac1(*raters) == pytest.approx(0.9408, abs=5e-5)


def test_alpha_is_that_of_the_four_observers_of_krippendorff_2011():
    observers = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, -1, -1, -1],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, -1, 3],
        [-1, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, -1],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, -1],
    ]
    alpha = krippendorff_alpha(*(np.array(one, dtype=np.int8) for one in observers))
    assert alpha == pytest.approx(0.743, abs=5e-4)


@given(labels)
def test_kappa_equals_that_of_scikit_learn(pair):
    reference, estimate = pair
    both = (reference >= 0) & (estimate >= 0)
    ours = cohen_kappa(reference, estimate)
    if len(set(reference[both]) | set(estimate[both])) < 2:
        assert math.isnan(ours)
    else:
        theirs = cohen_kappa_score(reference[both], estimate[both], labels=[0, 1])
        assert ours == pytest.approx(theirs, abs=1e-12)


@given(labels, st.data())
def test_alpha_equals_that_of_the_krippendorff_package(pair, data):
    n = len(pair[0])
    third = np.array(data.draw(st.lists(st.sampled_from([-1, 0, 1]), min_size=n, max_size=n)))
    coders = [*pair, third.astype(np.int8)]
    table = np.where(np.stack(coders) < 0, np.nan, np.stack(coders).astype(float))
    pairable = table[:, (~np.isnan(table)).sum(axis=0) > 1]
    ours = krippendorff_alpha(*coders)
    if len(set(pairable[~np.isnan(pairable)])) < 2:
        assert math.isnan(ours)
    else:
        theirs = krippendorff.alpha(pairable, level_of_measurement="nominal")
        assert ours == pytest.approx(theirs, abs=1e-12)


@given(labels)
def test_no_statistic_exceeds_one_or_depends_on_who_comes_first(pair):
    reference, estimate = pair
    for statistic in STATISTICS:
        value = statistic(reference, estimate)
        assert math.isnan(value) or value <= 1 + 1e-12
        assert value == pytest.approx(statistic(estimate, reference), nan_ok=True)


@pytest.mark.parametrize("statistic", STATISTICS)
def test_nothing_decided_by_both_is_nan_without_a_warning(statistic):
    empty = np.array([], dtype=np.int8)
    assert math.isnan(statistic(empty, empty))
    assert math.isnan(statistic(np.array([-1, 1], np.int8), np.array([1, -1], np.int8)))


def test_a_code_that_neither_uses_has_full_agreement_and_no_kappa():
    never = np.zeros(5, dtype=np.int8)
    assert observed_agreement(never, never) == gwet_ac1(never, never) == 1
    assert math.isnan(cohen_kappa(never, never))
    assert math.isnan(krippendorff_alpha(never, never))


def test_undecided_cells_change_nothing():
    reference, estimate = from_table(20, 5, 4, 30)
    padded = [
        np.concatenate([reference, np.array([-1, 1, -1, 0], np.int8)]),
        np.concatenate([estimate, np.array([1, -1, -1, -1], np.int8)]),
    ]
    for statistic in STATISTICS:
        assert statistic(*padded) == statistic(reference, estimate)


@pytest.mark.parametrize("statistic", STATISTICS)
def test_arrays_of_two_shapes_are_refused(statistic):
    with pytest.raises(ValueError, match=r"one shape.*\(3, 1\), \(3, 2\)"):
        statistic(np.zeros((3, 1), np.int8), np.zeros((3, 2), np.int8))


def test_each_code_and_the_total_are_compared():
    reference = np.array([[1, 0], [1, -1], [0, 1], [0, 0]], dtype=np.int8)
    estimate = np.array([[1, 1], [0, 1], [0, 1], [0, 0]], dtype=np.int8)
    trust, power, total = agreements(reference, estimate, ["trust", "power"], list("aabb"))
    assert [found.code_id for found in (trust, power, total)] == ["trust", "power", ""]
    assert (trust.cells, trust.reference_uses, trust.estimate_uses) == (4, 2, 1)
    assert (power.cells, power.reference_uses, power.estimate_uses) == (3, 1, 2)
    assert total.cells == 7
    assert total.observed == pytest.approx(5 / 7)
    assert total.kappa == cohen_kappa(reference, estimate)


def test_no_codes_at_all_leave_an_empty_total():
    nothing = np.zeros((3, 0), dtype=np.int8)
    (total,) = agreements(nothing, nothing, [], list("abc"))
    assert total.cells == 0
    assert math.isnan(total.observed)
    assert not total.paradox


def test_the_interval_is_repeatable_and_holds_the_estimate():
    random = np.random.default_rng(1)
    reference = random.integers(0, 2, 200).astype(np.int8)
    estimate = np.where(random.random(200) < 0.2, 1 - reference, reference).astype(np.int8)
    groups = [f"p{i // 20}" for i in range(200)]
    low, high = interval(cohen_kappa, reference, estimate, groups, random_state=3)
    assert (low, high) == interval(cohen_kappa, reference, estimate, groups, random_state=3)
    assert low < cohen_kappa(reference, estimate) < high


def test_the_interval_of_interviews_is_wider_than_that_of_segments():
    agreeing, opposed = from_table(10, 0, 0, 10), from_table(0, 10, 10, 0)
    interviews = [agreeing, opposed] * 6
    reference, estimate = (np.concatenate(side) for side in zip(*interviews, strict=True))
    by_interview = [f"p{i // 20}" for i in range(240)]
    by_segment = [f"s{i}" for i in range(240)]
    widths = [
        np.ptp(interval(observed_agreement, reference, estimate, groups))
        for groups in (by_interview, by_segment)
    ]
    assert widths[0] > 2 * widths[1]


@pytest.mark.parametrize("groups", ["aaaaaa", "aabbcc", "aabcdd"])
def test_few_interviews_have_no_interval(groups):
    mixed = np.array([0, 1, 0, 1, 0, 1], dtype=np.int8)
    assert all(map(math.isnan, interval(observed_agreement, mixed, mixed, list(groups))))


def test_interviews_that_only_one_coder_has_decided_are_not_drawn():
    reference = np.array([1, 0, 0, 1, 1, 0, 1, 0, 1, 0], dtype=np.int8)
    estimate = np.where(np.arange(10) < 4, 1 - reference, -1).astype(np.int8)
    found, total = agreements(reference[:, None], estimate[:, None], ["x"], list("aabbccddee"))
    assert (found.cells, found.interviews, total.interviews) == (4, 2, 2)
    assert all(map(math.isnan, found.kappa_interval))


def test_a_statistic_that_no_draw_defines_has_no_interval():
    never = np.zeros(6, dtype=np.int8)
    assert all(map(math.isnan, interval(cohen_kappa, never, never, list("abcdef"))))


def test_no_rows_at_all_have_no_interval():
    none = np.zeros((0, 2), dtype=np.int8)
    assert all(map(math.isnan, interval(cohen_kappa, none, none, [])))


def test_groups_of_another_length_are_refused():
    with pytest.raises(ValueError, match="3 entries for 4 rows"):
        interval(cohen_kappa, np.zeros(4, np.int8), np.zeros(4, np.int8), list("abc"))
