"""How answers become labels and codings."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_nlp.codebook import Code
from alliance_nlp.decisions import Decision, Review, codings_of, labels_of, standing
from alliance_nlp.segments import Segment

SEGMENTS = [Segment(f"p01:{i * 10}-{i * 10 + 9}", "p01", i * 10, i * 10 + 9, "…") for i in range(3)]
CODES = [Code("trust", "Trust"), Code("haste", "Haste"), Code("roles", "Roles")]
FIRST, SECOND, THIRD = (segment.id for segment in SEGMENTS)


def decision(number, segment_id, code_id, coder, answer, *, withdraws=None):
    time = f"2026-01-31T09:30:{number:02}+00:00"
    return Decision(f"d{number}", segment_id, code_id, coder, answer, time, withdraws=withdraws)


def review(number, segment_id, coder, complete=True):
    return Review(f"r{number}", segment_id, coder, complete, f"2026-01-31T09:31:{number:02}+00:00")


def test_nothing_decided_is_undecided_everywhere():
    labels = labels_of(SEGMENTS, CODES, [])
    assert labels.dtype == np.int8
    assert labels.shape == (3, 3)
    assert (labels == -1).all()


@pytest.mark.parametrize(("segments", "codes"), [([], CODES), (SEGMENTS, []), ([], [])])
def test_nothing_to_code_has_the_right_shape(segments, codes):
    answers = [decision(1, FIRST, "trust", "Eva", "accept")]
    labels = labels_of(segments, codes, answers, [review(1, FIRST, "Eva")])
    assert labels.shape == (len(segments), len(codes))


def test_the_latest_answer_of_a_coder_stands():
    answers = [
        decision(1, FIRST, "trust", "Eva", "accept"),
        decision(2, FIRST, "haste", "Eva", "accept"),
        decision(3, FIRST, "trust", "Eva", "reject"),
    ]
    assert [one.id for one in standing(answers)] == ["d2", "d3"]
    assert labels_of(SEGMENTS, CODES, answers)[0].tolist() == [0, 1, -1]


def test_a_withdrawal_brings_the_answer_before_back():
    answers = [
        decision(1, FIRST, "trust", "Eva", "accept"),
        decision(2, FIRST, "trust", "Eva", "reject"),
        decision(3, FIRST, "trust", "Eva", "withdraw", withdraws="d2"),
    ]
    assert [one.id for one in standing(answers)] == ["d1"]
    answers.append(decision(4, FIRST, "trust", "Eva", "withdraw", withdraws="d1"))
    assert standing(answers) == []
    assert (labels_of(SEGMENTS, CODES, answers) == -1).all()


def test_an_answer_after_a_withdrawal_counts():
    answers = [
        decision(1, FIRST, "trust", "Eva", "accept"),
        decision(2, FIRST, "trust", "Eva", "withdraw", withdraws="d1"),
        decision(3, FIRST, "trust", "Eva", "accept"),
    ]
    assert [one.id for one in standing(answers)] == ["d3"]


def test_a_complete_review_makes_undecided_codes_absent_in_that_segment_only():
    answers = [decision(1, FIRST, "trust", "Eva", "accept")]
    labels = labels_of(SEGMENTS, CODES, answers, [review(1, FIRST, "Eva")])
    assert labels.tolist() == [[1, 0, 0], [-1, -1, -1], [-1, -1, -1]]


def test_a_review_taken_back_says_nothing():
    reviews = [review(1, FIRST, "Eva"), review(2, FIRST, "Eva", complete=False)]
    assert (labels_of(SEGMENTS, CODES, [], reviews) == -1).all()


def test_a_review_speaks_for_its_coder_only():
    answers = [decision(1, FIRST, "trust", "Ida", "accept")]
    reviews = [review(1, FIRST, "Eva")]
    assert labels_of(SEGMENTS, CODES, answers, reviews)[0].tolist() == [-1, 0, 0]
    assert labels_of(SEGMENTS, CODES, answers, reviews, "Ida")[0].tolist() == [1, -1, -1]
    assert labels_of(SEGMENTS, CODES, answers, reviews, "Eva")[0].tolist() == [0, 0, 0]


def test_coders_who_disagree_leave_it_undecided_and_keep_their_own_answers():
    answers = [
        decision(1, FIRST, "trust", "Eva", "accept"),
        decision(2, FIRST, "trust", "Ida", "reject"),
        decision(3, SECOND, "trust", "Eva", "accept"),
        decision(4, SECOND, "trust", "Ida", "accept"),
        decision(5, THIRD, "trust", "Ida", "reject"),
    ]
    assert labels_of(SEGMENTS, CODES, answers)[:, 0].tolist() == [-1, 1, 0]
    assert labels_of(SEGMENTS, CODES, answers, coder="Eva")[:, 0].tolist() == [1, 1, -1]
    assert labels_of(SEGMENTS, CODES, answers, coder="Nobody")[:, 0].tolist() == [-1, -1, -1]


def test_segments_and_codes_that_are_not_given_are_left_out():
    answers = [
        decision(1, "p09:0-5", "trust", "Eva", "accept"),
        decision(2, FIRST, "deleted-code", "Eva", "accept"),
    ]
    reviews = [review(1, "p09:0-5", "Eva")]
    assert (labels_of(SEGMENTS, CODES, answers, reviews) == -1).all()
    assert [coding.code_id for coding in codings_of(SEGMENTS, answers)] == ["deleted-code"]


def test_codings_are_what_was_accepted_in_the_order_of_the_text():
    answers = [
        decision(1, THIRD, "trust", "Eva", "accept"),
        decision(2, FIRST, "haste", "Eva", "accept"),
        decision(3, FIRST, "trust", "Ida", "accept"),
        decision(4, SECOND, "trust", "Eva", "reject"),
    ]
    codings = codings_of(SEGMENTS, answers)
    assert [(one.start, one.code_id, one.coder) for one in codings] == [
        (0, "haste", "Eva"),
        (0, "trust", "Ida"),
        (20, "trust", "Eva"),
    ]
    assert codings[0].created_at == answers[1].decided_at
    assert [one.coder for one in codings_of(SEGMENTS, answers, coder="Ida")] == ["Ida"]


@st.composite
def histories(draw):
    answers = []
    for number in range(draw(st.integers(0, 12))):
        earlier = [one for one in answers if one.answer != "withdraw"]
        if earlier and draw(st.booleans()):
            taken_back = draw(st.sampled_from(earlier))
            place = taken_back.segment_id, taken_back.code_id, taken_back.coder
            answers.append(decision(number, *place, "withdraw", withdraws=taken_back.id))
        else:
            place = (
                draw(st.sampled_from([FIRST, SECOND])),
                draw(st.sampled_from(["trust", "haste"])),
            )
            answer = draw(st.sampled_from(["accept", "reject"]))
            answers.append(decision(number, *place, draw(st.sampled_from("EI")), answer))
    return answers


@given(histories())
def test_standing_answers_are_one_per_place_in_order_and_stand_by_themselves(answers):
    kept = standing(answers)
    places = [(one.coder, one.segment_id, one.code_id) for one in kept]
    assert len(set(places)) == len(places)
    assert all(answers.index(one) < answers.index(other) for one, other in pairwise(kept))
    assert standing(kept) == kept
    for coder in ("E", "I"):  # one column or row at a time, computed the slow way
        labels = labels_of(SEGMENTS, CODES, answers, coder=coder)
        for row, segment in enumerate(SEGMENTS):
            for column, code in enumerate(CODES):
                place = (coder, segment.id, code.id)
                found = [one.answer for one, at in zip(kept, places, strict=True) if at == place]
                assert labels[row, column] == {(): -1, ("accept",): 1, ("reject",): 0}[tuple(found)]
