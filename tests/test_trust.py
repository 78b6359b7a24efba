import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from alliance_nlp import __version__
from alliance_nlp.codebook import Code
from alliance_nlp.decisions import Decision
from alliance_nlp.segments import Segment
from alliance_nlp.suggestions import Suggestion
from alliance_nlp.transcripts import Transcript
from alliance_nlp.trust import anchoring, methods_paragraph, verdicts, wilson

CODES = [Code("trust", "Trust and safety"), Code("power", "Power")]
numbers = itertools.count()


def answer(code_id, answered, probability=0.5, *, segment=None, coder="anna", withdraws=None):
    number = next(numbers)
    segment_id = f"p01:{number if segment is None else segment}-9"
    at = "2026-01-31T09:30:00+00:00"
    return Decision(f"d{number}", segment_id, code_id, coder, answered, at, probability, withdraws)


def answers(code_id, accepted, rejected):
    return [answer(code_id, "accept") for _ in range(accepted)] + [
        answer(code_id, "reject") for _ in range(rejected)
    ]


def paragraph(decisions, suggestions=()):
    return methods_paragraph(
        [Transcript("p01", "I trust her."), Transcript("p02", "")],
        [Segment("p01:0-12", "p01", 0, 12, "I trust her.")] * 1234,
        suggestions,
        decisions,
        CODES,
        model="multilingual-e5-small",
        unit="meaning",
    )


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_wilson_interval_equals_that_of_scipy(counts):
    successes, trials = counts
    theirs = binomtest(successes, trials).proportion_ci(method="wilson")
    assert wilson(successes, trials) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_a_share_of_nothing_has_no_interval():
    assert all(map(math.isnan, wilson(0, 0)))


def test_a_paragraph_does_not_leave_0_segments():
    asked = Segment("p01:0-9", "p01", 0, 9, "And then?", role="interviewer")
    text = methods_paragraph([], [asked], [], [], [], model="m", unit="turn")
    assert "None of them was offered for coding, since all were marked as interviewers'." in text


def test_a_code_counts_what_was_offered_answered_accepted_and_added():
    decisions = [
        answer("trust", "accept", 0.9, segment=0),
        answer("trust", "reject", 0.4, segment=10),
        answer("trust", "accept", None, segment=20),
        answer("power", "accept", None, segment=30),
    ]
    suggestions = [Suggestion(f"p01:{start}-9", "trust", 0.6) for start in (0, 40, 50)]
    trust, power = verdicts(suggestions, decisions, CODES)
    assert (trust.offered, trust.answered, trust.accepted, trust.own) == (4, 2, 1, 1)
    assert trust.share == 0.5
    assert (power.offered, power.answered, power.accepted, power.own) == (0, 0, 0, 1)
    assert math.isnan(power.share)
    assert power.words == "never suggested"


def test_answers_that_were_taken_back_or_changed_do_not_count():
    first = answer("trust", "accept", segment=0)
    changed = [answer("trust", "accept", segment=10), answer("trust", "reject", segment=10)]
    undo = answer("trust", "withdraw", None, segment=0, withdraws=first.id)
    trust, _ = verdicts([], [first, *changed, undo], CODES)
    assert (trust.answered, trust.accepted) == (1, 0)


def test_two_coders_on_one_segment_are_two_answers_to_one_offer():
    decisions = [answer("trust", "accept", segment=0, coder=coder) for coder in ("anna", "bo")]
    trust, _ = verdicts([], decisions, CODES)
    assert (trust.offered, trust.answered) == (1, 2)


@pytest.mark.parametrize(
    ("accepted", "rejected", "words"),
    [
        (9, 0, "too few answers to say"),
        (0, 9, "too few answers to say"),
        (10, 0, "suggestions mostly hold"),
        (0, 10, "read every suggestion with care"),
        (9, 1, "suggestions hold in part"),
        (85, 15, "suggestions mostly hold"),
        (20, 80, "read every suggestion with care"),
        (25, 75, "suggestions hold in part"),
    ],
)
def test_the_words_follow_from_the_bounds_of_the_interval(accepted, rejected, words):
    trust, _ = verdicts([], answers("trust", accepted, rejected), CODES)
    assert trust.words == words


def test_a_code_that_is_only_suggested_has_no_answers_yet():
    trust, power = verdicts([Suggestion("p01:0-9", "trust", 0.6)], [], CODES)
    assert (trust.words, power.words) == ("no answers yet", "never suggested")


def test_a_code_that_has_left_the_codebook_keeps_its_answers():
    found = verdicts([], answers("gone", 2, 1), CODES)
    assert [(one.code_id, one.answered) for one in found] == [
        ("trust", 0),
        ("power", 0),
        ("gone", 3),
    ]


def test_every_answer_lies_in_the_bin_of_the_probability_shown():
    shown = [0.0, 0.19, 0.2, 0.6, 0.99, 1.0]
    found = anchoring([answer("trust", "accept", value) for value in shown])
    assert [one.answered for one in found.bins] == [2, 1, 0, 1, 2]
    assert found.bins[4].shown == pytest.approx(0.995)
    assert math.isnan(found.bins[2].shown)
    assert math.isnan(found.bins[2].share)


def test_the_reliability_of_honest_probabilities_is_near_the_diagonal():
    decisions = answers("trust", 0, 0)
    for tenths in (1, 3, 5, 7, 9):
        for number in range(10):
            kind = "accept" if number < tenths else "reject"
            decisions.append(answer("trust", kind, tenths / 10))
    for one in anchoring(decisions).bins:
        assert one.share == pytest.approx(one.shown)
        assert one.interval[0] < one.shown < one.interval[1]


def test_codes_of_the_coders_own_are_set_against_suggested_ones():
    found = anchoring(
        [
            answer("trust", "accept", 0.9),
            answer("trust", "accept", 0.8),
            answer("power", "accept", None),
            answer("power", "reject", 0.7),
        ]
    )
    assert (found.suggested, found.own) == (2, 1)
    assert found.suggested_share == pytest.approx(2 / 3)
    assert "blind reviews" in found.caveat


def test_no_decisions_leave_anchoring_without_a_share():
    found = anchoring([])
    assert math.isnan(found.suggested_share)
    assert [one.answered for one in found.bins] == [0] * 5


def test_the_methods_paragraph_counts_what_it_says():
    decisions = [
        *answers("trust", 6, 2),
        answer("power", "accept", None, coder="bo"),
        answer("power", "accept", None, coder="bo"),
    ]
    text = paragraph(decisions, [Suggestion("p01:0-12", "trust", 0.8)])
    assert text == (
        f"With alliance_nlp {__version__}, 2 interviews were divided into 1,234 segments (unit: "
        "meaning). All of them were offered for coding, since none was marked as an interviewer's. "
        "For a codebook of 2 codes, the software made 1 suggestion of codes for these segments, on "
        "the basis of sentence embeddings (model: multilingual-e5-small). In all, "
        "2 coders made 10 decisions, 8 of them on suggestions. Of 8 answers to suggestions, 6 "
        "accepted the code (75%, 95% Wilson interval 41% to 93%); the suggestions were in view, so "
        "this share does not measure independent agreement. Coders made 2 codings without a "
        "suggestion. Every coding was decided by a named coder."
    )


def test_the_methods_paragraph_counts_what_is_offered_and_that_is_what_participants_say():
    segments = [
        Segment("p01:0-9", "p01", 0, 9, "And then?", role="interviewer"),
        Segment("p01:10-19", "p01", 10, 19, "I waited.", role="participant"),
        Segment("p01:20-23", "p01", 20, 23, "Hm?"),
    ]
    text = methods_paragraph(
        [Transcript("p01", "And then? I waited. Hm?")],
        segments,
        [Suggestion(segment.id, "trust", 0.8) for segment in segments],
        [answer("trust", "reject", 0.8, segment=0)],
        CODES,
        model="",
        unit="turn",
    )
    assert "into 3 segments" in text
    assert "What interviewers said was not offered for coding, which left 2 segments." in text
    assert "made 2 suggestions" in text
    assert text.endswith("1 decision was made on what interviewers said.")


def test_the_methods_paragraph_claims_nothing_that_did_not_happen():
    assert paragraph([]).endswith("No coder has decided on a code yet.")
    only_rejected = paragraph(answers("trust", 0, 3))
    assert "named coder" not in only_rejected
    assert "without a suggestion" not in only_rejected
    only_own = paragraph([answer("trust", "accept", None)])
    assert "1 decision, none of them on suggestions" in only_own
    assert "interval" not in only_own
    assert "named coder" not in paragraph([answer("trust", "accept", coder=" ")])
