import math

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t
from sklearn.metrics import cohen_kappa_score
from sklearn.metrics import f1_score as sklearn_f1_score
from statsmodels.stats.inter_rater import aggregate_raters
from statsmodels.stats.inter_rater import fleiss_kappa as statsmodels_fleiss_kappa

from alliance_nlp.agreement import (
    agreements,
    cohen_kappa,
    f1_score,
    fleiss_kappa,
    gwet_ac1,
    interval,
    krippendorff_alpha,
    observed_agreement,
)

STATISTICS = [
    observed_agreement,
    cohen_kappa,
    gwet_ac1,
    krippendorff_alpha,
    f1_score,
    fleiss_kappa,
]
# Two coders, how many categories there were, and the AC1 of irrCAC 0.4.4, which rounds to five
# places.  That package wants an older scipy than this one, so that its values are kept here.
AC1_OF_IRRCAC = [
    ("000110100111", "100110101111", 2, 0.67568),
    ("01000000001000001000", "01000000001000001000", 2, 1.0),
    ("101000000000000000100000100000", "000000000000000000100000100000", 2, 0.9187),
    (
        "1111111111110111111110111111111111111111",
        "1111111111110111111110111111110111111111",
        2,
        0.97168,
    ),
    ("-010000000001001000110110", "001-101000000101001010001", 2, 0.30185),
    ("101110000000011010010101000100", "110110000100001010110010100101", 2, 0.35897),
    ("0" * 50, "0" * 50, 2, 1.0),
    ("002220221002102", "102120201000102", 3, 0.60848),
    ("002210210211101010201000202110", "001211210221100010101000202120", 3, 0.70443),
    ("-03232111131221202003323201020", "203-32110131211201033121201103", 4, 0.57276),
    ("231102111031123320123130", "210113112013212100021130", 4, 0.232),
    ("023000430223142121212123312113", "213010330023112020142223332113", 5, 0.50515),
]
# Fleiss (1971), table 1, as it stands in textbooks: ten subjects, fourteen raters, five categories.
FLEISS_COUNTS = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]


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
def test_f1_equals_that_of_scikit_learn(pair):
    reference, estimate = pair
    both = (reference >= 0) & (estimate >= 0)
    ours = f1_score(reference, estimate)
    if not (reference[both].any() or estimate[both].any()):
        assert math.isnan(ours)
    else:
        assert ours == pytest.approx(sklearn_f1_score(reference[both], estimate[both]), abs=1e-12)


@given(st.integers(2, 5), st.integers(1, 25), st.data())
def test_fleiss_kappa_equals_that_of_statsmodels(n_coders, n_cells, data):
    one = st.lists(st.sampled_from([-1, 0, 1, 2]), min_size=n_cells, max_size=n_cells)
    table = np.array([data.draw(one) for _ in range(n_coders)], dtype=np.int8)
    whole = table[:, (table >= 0).all(axis=0)]
    ours = fleiss_kappa(*table)
    if len(np.unique(whole)) < 2:
        assert math.isnan(ours)
    else:
        counts, _ = aggregate_raters(whole.T)
        assert ours == pytest.approx(statsmodels_fleiss_kappa(counts, method="fleiss"), abs=1e-12)


def test_fleiss_kappa_is_that_of_the_ten_subjects_and_fourteen_raters():
    raters = np.array([np.repeat(np.arange(5), counts) for counts in FLEISS_COUNTS], np.int8).T
    assert fleiss_kappa(*raters) == pytest.approx(0.210, abs=5e-4)


def test_fleiss_kappa_leaves_out_the_cells_that_one_coder_has_not_decided():
    first, second = from_table(20, 5, 4, 30)
    third = np.where(np.arange(59) % 3, first, second)
    gap = third.copy()
    gap[:10] = -1
    assert fleiss_kappa(first, second, gap) == fleiss_kappa(first[10:], second[10:], third[10:])
    assert math.isnan(fleiss_kappa(first))


@pytest.mark.parametrize(("first", "second", "categories", "ac1"), AC1_OF_IRRCAC)
def test_ac1_equals_that_of_irrcac(first, second, categories, ac1):
    sides = [np.array([-1 if c == "-" else int(c) for c in s], np.int8) for s in (first, second)]
    assert gwet_ac1(*sides, categories=categories) == pytest.approx(ac1, abs=6e-6)


@pytest.mark.parametrize("categories", [1, 2])
def test_ac1_is_refused_for_fewer_categories_than_there_are(categories):
    with pytest.raises(ValueError, match=f"categories={categories}: "):
        gwet_ac1(np.array([0, 2], np.int8), np.array([0, 0], np.int8), categories=categories)


@given(st.integers(1, 30), st.data())
def test_kappa_of_more_than_two_categories_equals_that_of_scikit_learn(n, data):
    one = st.lists(st.sampled_from([-1, 0, 1, 2, 3]), min_size=n, max_size=n)
    first, second = (np.array(data.draw(one), np.int8) for _ in range(2))
    both = (first >= 0) & (second >= 0)
    ours = cohen_kappa(first, second)
    if len(set(first[both]) | set(second[both])) < 2:
        assert math.isnan(ours)
    else:
        theirs = cohen_kappa_score(first[both], second[both])
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
    assert math.isnan(fleiss_kappa(never, never))
    assert math.isnan(f1_score(never, never))


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
    assert (trust.f1, power.f1, total.f1) == pytest.approx((2 / 3, 2 / 3, 2 / 3))


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


def test_from_few_interviews_the_interval_is_as_wide_as_that_of_students_t():
    n, per = 6, 50
    groups = np.repeat([f"p{k}" for k in range(n)], per).tolist()
    widths, students = [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        right = rng.random((n, per)) < rng.uniform(0.2, 0.8, (n, 1))
        reference, estimate = np.ones(n * per, np.int8), right.ravel().astype(np.int8)
        low, high = interval(observed_agreement, reference, estimate, groups)
        widths.append(high - low)
        students.append(2 * t.ppf(0.975, n - 1) * right.mean(axis=1).std(ddof=1) / np.sqrt(n))
    assert np.mean(widths) == pytest.approx(np.mean(students), rel=0.1)


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
