"""The review: what is asked, what each key stores, and how one stops and goes on."""

import io
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from alliance_nlp.codebook import Code, Codebook
from alliance_nlp.decisions import standing
from alliance_nlp.embeddings.models import Source
from alliance_nlp.errors import ModelError, ProjectError
from alliance_nlp.project import Project
from alliance_nlp.review import Session, renew_suggestions, review
from alliance_nlp.review.keyboards import Lines, SingleKeys
from alliance_nlp.review.terminal import RENEW_AFTER
from alliance_nlp.segments import Segment
from alliance_nlp.suggestions import Suggestion
from alliance_nlp.transcripts import Transcript

SAID = [
    ("Hur är det att komma hit?", "interviewer"),
    ("Tryggt. Hon [skratt] skyndar inte 😀.", "participant"),
    ("我觉得很安心，医生不着急。", "participant"),
    ("We had six weeks and that was it.", "participant"),
]
TEXT = "\n".join(text for text, _ in SAID)
CODES = [
    Code(
        "trust",
        "Trust and safety",
        "The patient dares to confide.",
        include="Use when someone feels safe.",
        exclude="Not for haste.",
        examples=("I dared to tell her.",),
        source="A study",
        language="en",
        translations=(Code("trust", "信任与安全", language="zh"),),
    ),
    Code("slow", "Proceeding slowly", "Taking time.", language="en"),
    Code("time", "Time limits", language="en"),
    Code("timing", "Good timing", language="en"),
]


def segments():
    made, start = [], 0
    for text, role in SAID:
        end = start + len(text)
        context = SAID[0][0] if role == "participant" else ""
        made.append(Segment(f"p01:{start}-{end}", "p01", start, end, text, context, "A", role))
        start = end + 1
    return made


SEGMENTS = segments()
ASKED, FIRST, SECOND, THIRD = (segment.id for segment in SEGMENTS)


@pytest.fixture
def project(tmp_path):
    with Project(tmp_path / "study.alliance") as project:
        project.add_transcripts([Transcript("p01", TEXT, sync_points=((0, 0.0), (60, 75.0)))])
        project.set_segments(SEGMENTS)
        project.set_codebook(Codebook(CODES))
        start = SEGMENTS[1].start
        project.set_suggestions(
            [
                Suggestion(ASKED, "trust", 0.9),
                Suggestion(
                    FIRST,
                    "trust",
                    0.8,
                    rationale=((start, start + 7),),
                    matched="example: I dared to tell her.",
                    accepted_id=SECOND,
                    rejected_id=THIRD,
                    polarity="negated",
                ),
                Suggestion(FIRST, "slow", 0.3, matched="definition: Taking time."),
                Suggestion(SECOND, "slow", 0.6),
                Suggestion(THIRD, "time", 0.7),
            ],
            model="bundled",
        )
        yield project


@pytest.fixture
def stand_in(monkeypatch, encoder):
    def find(model=None):
        return Source("stand-in", "1", "", lambda: encoder)

    monkeypatch.setattr("alliance_nlp.embeddings.find_model", find)


def typed(project, keys, coder="Eva", width=80, **options):
    """Answer with these lines; return what was shown."""
    screen = io.StringIO()
    console = Console(file=screen, width=width, markup=False, emoji=False, highlight=False)
    review(project, coder, console=console, keyboard=Lines(io.StringIO(keys)), **options)
    return screen.getvalue()


def answers(project):
    return [(each.segment_id, each.code_id, each.answer) for each in standing(project.decisions)]


def test_yes_and_no_are_stored_with_the_coder_and_the_probability_that_was_shown(project):
    typed(project, "y\nn\n")
    yes, no = project.decisions
    assert (yes.segment_id, yes.code_id, yes.answer) == (FIRST, "trust", "accept")
    assert (no.segment_id, no.code_id, no.answer) == (FIRST, "slow", "reject")
    assert (yes.coder, yes.probability, no.probability) == ("Eva", 0.8, 0.3)


def test_each_answer_is_stored_before_the_next_question_comes(project):
    class Impatient(Lines):
        def key(self):
            seen.append(len(project.decisions))
            return super().key()

    seen = []
    review(project, "Eva", console=Console(quiet=True), keyboard=Impatient(io.StringIO("y\nn\n")))
    assert seen == [0, 1, 2]


def test_interviewers_are_not_asked_about_unless_it_is_wanted(project):
    typed(project, "y\n" * 9)
    assert ASKED not in {each.segment_id for each in project.decisions}
    typed(project, "y\n", everyone=True)
    assert project.decisions[-1].segment_id == ASKED


def test_a_question_shows_the_passage_its_context_the_code_and_the_reasons(project):
    shown = typed(project, "q\n")
    for part in (
        "p01 · A · 00:00:00",
        f"Before: {SAID[0][0]}",
        ">>Tryggt.<< Hon [skratt] skyndar inte 😀.",
        "Trust and safety?  very likely (80%)",
        "1 of 2 here",
        "The patient dares to confide.",
        "Matches its example: I dared to tell her.",
        "Mind: the sentence may say that this was absent.",
        f"Accepted before: “{SAID[2][0]}”",
        f"Rejected before: “{SAID[3][0]}”",
    ):
        assert part in shown


def test_the_words_that_carry_the_suggestion_are_marked(project):
    screen = io.StringIO()
    console = Console(file=screen, width=80, force_terminal=True, color_system="standard")
    review(project, "Eva", console=console, keyboard=Lines(io.StringIO("q\n")))
    assert "\x1b[1;4mTryggt.\x1b[0m Hon [skratt]" in screen.getvalue()
    assert ">>" not in screen.getvalue()


def test_where_nothing_can_be_underlined_signs_mark_what_carries_a_suggestion(project):
    whole, several = SEGMENTS[2], SEGMENTS[3]
    start = several.start
    project.set_suggestions(
        [
            Suggestion(whole.id, "slow", 0.6, rationale=((whole.start, whole.end),)),
            Suggestion(THIRD, "time", 0.7, rationale=((start, start + 2), (start + 7, start + 10))),
        ],
        model="bundled",
    )
    shown = typed(project, "n\n", width=300)
    assert "What carries a suggestion: >>this<<." in shown
    assert f"  {whole.text}" in shown
    assert "  >>We<< had >>six<< weeks and that was it." in shown


def test_a_match_in_the_definition_is_not_said_twice(project):
    shown = typed(project, "n\nq\n")
    assert shown.count("Taking time.") == 1


def test_of_a_definition_the_clause_that_matched_is_told(project):
    project.set_codebook(Codebook([replace(CODES[0], definition="Daring to confide. Peace.")]))
    project.set_suggestions(
        [Suggestion(FIRST, "trust", 0.8, matched="definition: Peace.")], model=""
    )
    assert "Matches its definition: Peace." in typed(project, "q\n")


@pytest.mark.parametrize("width", [20, 80, 120])
def test_no_line_is_wider_than_the_terminal(project, width):
    from rich.cells import cell_len

    shown = typed(project, "y\nd\nx\nu\nq\n", width=width)
    assert max(cell_len(line) for line in shown.splitlines()) <= width


def test_skipped_is_not_stored_and_comes_again_in_the_next_review(project):
    assert "Stored for Eva: nothing." in typed(project, "s\n")
    assert project.decisions == []
    typed(project, "y\n")
    assert answers(project) == [(FIRST, "trust", "accept")]


def test_a_segment_without_more_codes_is_reviewed_and_the_rest_of_it_is_not_asked(project):
    typed(project, "y\nr\ny\n")
    assert answers(project) == [(FIRST, "trust", "accept"), (SECOND, "slow", "accept")]
    assert [(each.segment_id, each.complete) for each in project.reviews] == [(FIRST, True)]
    assert project.labels()[1].tolist() == [1, 0, 0, 0]


def test_an_own_code_is_chosen_by_part_of_its_name_and_has_no_probability(project):
    shown = typed(project, "o\nlimits\nq\n")
    assert "Your own code: Time limits" in shown
    assert "Stored for Eva: 1 of your own." in shown
    (own,) = project.decisions
    assert (own.segment_id, own.code_id, own.answer) == (FIRST, "time", "accept")
    assert own.probability is None


def test_an_own_code_that_is_being_asked_is_a_yes_to_the_suggestion(project):
    shown = typed(project, "o\nsafe\nq\n")
    assert "Yes: Trust and safety" in shown
    assert "Stored for Eva: 1 yes." in shown
    assert [each.probability for each in project.decisions] == [0.8]


def test_an_own_code_that_was_refused_as_a_suggestion_is_a_second_answer_to_it(project):
    typed(project, "n\no\nsafe\nq\n")
    assert [(each.answer, each.probability) for each in project.decisions] == [
        ("reject", 0.8), ("accept", 0.8),
    ]  # fmt: skip


def test_an_own_code_that_is_there_already_is_not_stored_again(project):
    shown = typed(project, "y\no\nsafe\no\nlimits\nq\n")
    assert "You have accepted Trust and safety here already." in shown
    assert [each.code_id for each in project.decisions] == ["trust", "time"]


@pytest.mark.parametrize(
    ("lines", "chosen"),
    [
        ("tim\n2\n", "timing"),  # by number
        ("tim\ntime l\n", "time"),  # by more of the name
        ("TIME LIMITS\n", "time"),  # in any case
        ("信任\n", "trust"),  # in another language of the codebook
        ("nonsense\nslow\n", "slow"),
        ("tim\n7\ntime l\n", "time"),  # there is no seventh
        (f"tim\n{'1' * 5000}\ntim\n1\n", "time"),  # more digits than Python makes a number of
    ],
)
def test_one_of_several_own_codes_is_chosen_by_its_number_or_by_more_of_its_name(
    project, lines, chosen
):
    typed(project, f"o\n{lines}q\n")
    assert [code_id for _, code_id, _ in answers(project)] == [chosen]


def test_enter_alone_leaves_the_choice_of_an_own_code(project):
    typed(project, "o\n\ny\n")
    assert answers(project) == [(FIRST, "trust", "accept")]
    assert project.decisions[0].probability == 0.8


def test_an_own_code_that_would_have_been_suggested_next_is_not_asked_again(project):
    shown = typed(project, "o\nslow\ny\nq\n")
    assert "Proceeding slowly?  possible" not in shown


def test_describing_the_code_tells_the_rest_of_the_codebook_and_asks_again(project):
    shown = typed(project, "d\ny\n")
    for part in ("Use when someone feels safe.", "Not for haste.", "From: A study"):
        assert part in shown
    assert answers(project) == [(FIRST, "trust", "accept")]


def test_a_code_without_description_says_so(project):
    assert "says nothing more" in typed(project, "y\ny\ny\nd\n")


def test_undo_withdraws_again_and_again_and_asks_again(project):
    typed(project, "y\nn\no\ntrust\ns\nu\nu\nu\nu\nu\nn\n")
    assert answers(project) == [(FIRST, "trust", "reject")]
    assert [each.answer for each in project.decisions].count("withdraw") == 3


def test_undo_takes_back_that_a_segment_has_no_more_codes(project):
    typed(project, "r\nu\ny\n")
    assert [each.complete for each in project.reviews] == [True, False]
    assert answers(project) == [(FIRST, "trust", "accept")]


def test_undo_without_an_answer_says_so(project):
    assert "nothing to undo" in typed(project, "u\n")


def test_undo_goes_back_to_earlier_reviews_one_answer_at_a_time(project):
    typed(project, "y\nn\nr\n")  # the first segment, and the second one closed
    project.decide(FIRST, "slow", "Bo", "accept")
    shown = typed(project, "n\nu\nu\nu\ny\nq\n")  # after the last one, too
    assert "Taken back: no: Time limits" in shown
    assert "Taken back, from an earlier review: no more codes here" in shown
    assert "Taken back, from an earlier review: no: Proceeding slowly" in shown
    assert answers(project) == [
        (FIRST, "trust", "accept"), (FIRST, "slow", "accept"), (FIRST, "slow", "accept"),
    ]  # fmt: skip
    assert [each.coder for each in standing(project.decisions)] == ["Eva", "Bo", "Eva"]
    assert [each.answer for each in project.decisions].count("withdraw") == 2
    assert [each.complete for each in project.reviews] == [True, False]
    assert "There is nothing to undo." in typed(project, "u\nu\nu\n")


def test_undo_goes_back_only_to_what_this_review_asks_about(project, stand_in):
    project.decide(FIRST, "time", "Eva", "accept")
    project.decide(ASKED, "time", "Eva", "accept")  # the interviewer
    project.decide(FIRST, "trust", "Eva", "accept", probability=0.8)
    shown = typed(project, "u\nu\nq\n", code="time")
    assert "Taken back, from an earlier review: a code of your own: Time limits" in shown
    assert "There is nothing to undo." in shown
    assert answers(project) == [(ASKED, "time", "accept"), (FIRST, "trust", "accept")]


def test_undo_is_offered_where_there_is_something_to_undo(project):
    assert "u undo" not in typed(project, "q\n")
    typed(project, "y\n")
    assert "u undo" in typed(project, "q\n")


def test_when_all_was_answered_long_ago_the_last_answer_can_be_undone(project):
    typed(project, "y\n" * 4)
    shown = typed(project, "u\nn\ny\n")
    assert shown.count("That was the last suggestion.") == 2
    assert "Taken back, from an earlier review: yes: Time limits" in shown
    assert answers(project)[-1] == (THIRD, "time", "reject")
    assert "u undo  q stop" in typed(project, "q\n")


def test_undo_of_a_second_thought_brings_the_first_answer_back(project):
    project.decide(FIRST, "trust", "Eva", "reject")
    shown = typed(project, "o\ntrust\nu\nq\n")
    assert answers(project) == [(FIRST, "trust", "reject")]
    assert "Trust and safety?" not in shown


def test_it_goes_on_where_the_coder_stopped(project):
    typed(project, "y\nq\ny\n")
    assert len(project.decisions) == 1
    assert "Proceeding slowly?" in typed(project, "y\n")
    assert answers(project) == [(FIRST, "trust", "accept"), (FIRST, "slow", "accept")]


def test_what_was_passed_over_comes_after_the_end(project):
    typed(project, "s\ns\ny\nq\n")
    shown = typed(project, "")
    assert "4/" not in shown
    assert "3/3" in shown
    typed(project, "y\ny\n")
    assert answers(project)[1:] == [(THIRD, "time", "accept"), (FIRST, "trust", "accept")]


def test_only_suggestions_of_the_probability_that_was_asked_for_are_asked(project):
    shown = " ".join(typed(project, "y\ny\ny\ny\n", at_least=0.6, width=200).split())
    assert "3 suggestions of 60% or more in 3 segments" in shown
    assert "That was the last suggestion of 60% or more." in shown
    assert "not answered: 1, 1 of them below 60%." in shown
    assert [(each.segment_id, each.probability) for each in project.decisions] == [
        (FIRST, 0.8),
        (SECOND, 0.6),
        (THIRD, 0.7),
    ]
    shown = " ".join(typed(project, "y\n", width=200).split())
    assert "1 suggestion in 3 segments, 0 likely (50% or more), in the order of" in shown
    assert project.decisions[-1].probability == 0.3
    assert "not answered: 0." in shown


def test_the_surest_suggestions_come_first_if_wanted(project):
    shown = typed(project, "y\nn\ny\ny\n", order="likely", width=200)
    assert "the surest first" in shown
    assert [(each.segment_id, each.code_id) for each in project.decisions] == [
        (FIRST, "trust"), (FIRST, "slow"), (THIRD, "time"), (SECOND, "slow"),
    ]  # fmt: skip


def test_the_surest_first_ends_where_hardly_a_yes_is_expected_and_says_what_it_leaves(project):
    project.set_suggestions(
        [
            Suggestion(FIRST, "trust", 0.8),
            Suggestion(FIRST, "slow", 0.004),
            Suggestion(SECOND, "slow", 0.049),
            Suggestion(THIRD, "time", 0.05),
        ],
        model="bundled",
    )
    shown = typed(project, "y\nn\ny\ny\n", order="likely", width=300)
    assert "2 suggestions of 5% or more in 3 segments" in shown
    assert "2 below 5% are left out; --at-least 0 asks about all." in shown
    assert "That was the last suggestion of 5% or more." in shown
    assert "not answered: 2, 2 of them below 5%." in shown
    assert [each.probability for each in project.decisions] == [0.8, 0.05]
    shown = typed(project, "n\nq\n", order="likely", at_least=0.0, width=300)
    assert "left out" not in shown
    assert len(project.decisions) == 3
    assert "left out" not in typed(project, "q\n", width=300)


def test_segments_that_stand_for_most_others_come_first_if_wanted(project, stand_in):
    shown = typed(project, "s\n" * 4, order="informative", width=200)
    assert "those first that stand for most others" in shown
    before = Session(project, "Eva", order="informative").question().segment
    project.decide(before.id, "timing", "Eva", "accept")
    assert Session(project, "Eva", order="informative").question().segment != before
    assert Session(project, "Eva", order="informative").segments[-1] == before


@pytest.mark.parametrize("name", ["time", "TIME LIMITS", "Time limits"])
def test_one_code_can_be_looked_for_where_it_was_not_among_the_likely_ones(project, stand_in, name):
    shown = typed(project, "n\n" * 9, code=name, order="likely", width=200)
    assert "3 suggestions of Time limits of 5% or more in 3 segments" in shown
    assert [each.code_id for each in project.decisions] == ["time"] * 3
    said = [each.probability for each in project.decisions]
    assert said == sorted(said, reverse=True)


@pytest.mark.parametrize("order", ["likely", "informative"])
def test_a_segment_that_is_half_read_is_read_to_its_end(project, stand_in, order):
    session = Session(project, "Eva", order=order)
    while (question := session.question()).segment.id != FIRST:
        session.answer(question, "accept")
    session.answer(question, "accept")
    session.renew()
    assert session.question().segment.id == FIRST
    session.finish(question.segment)
    session.renew()
    assert session.question().segment.id != FIRST
    session.undo()
    assert (session.question().segment.id, session.question().place) == (FIRST, 1)


def test_there_are_three_orders(project):
    with pytest.raises(ProjectError, match="'loud' is no order; there is document, likely, inform"):
        Session(project, "Eva", order="loud")


def test_a_code_that_is_not_in_the_codebook_cannot_be_looked_for(project):
    with pytest.raises(ProjectError, match="'haste' is no code of this codebook, which has: Trust"):
        Session(project, "Eva", code="haste")


def test_when_nothing_is_probable_enough_nothing_is_asked(project):
    shown = typed(project, "y\n", at_least=1.0, width=200)
    assert "0 suggestions of 100% or more" in shown
    assert "not answered: 4, 4 of them below 100%." in shown
    assert project.decisions == []


class OtherWindow(Lines):
    """While the coder thinks, something is answered in another window."""

    def __init__(self, keys, path, answer):
        super().__init__(io.StringIO(keys))
        self._path, self._answer = path, answer

    def key(self):
        if self._answer:
            with Project(self._path) as other:
                self._answer(other)
            self._answer = None
        return super().key()


def answered_elsewhere(project, keys, answer):
    screen = io.StringIO()
    keyboard = OtherWindow(keys, project.path, answer)
    review(project, "Eva", console=Console(file=screen, width=100), keyboard=keyboard)
    return " ".join(screen.getvalue().split())


@pytest.mark.parametrize("key", ["y", "n"])
def test_what_the_coder_answered_in_another_window_is_not_stored_again(project, key):
    shown = answered_elsewhere(
        project, f"{key}\n", lambda other: other.decide(FIRST, "trust", "Eva", "reject")
    )
    assert "Nothing stored: this was answered, or its code taken out, in another window." in shown
    assert [each.answer for each in project.decisions] == ["reject"]
    assert "Stored for Eva: nothing." in shown


def test_a_code_that_was_taken_out_in_another_window_ends_no_review(project):
    def without_trust(other):
        other.set_codebook(Codebook([c for c in other.codebook if c.id != "trust"], name="less"))

    shown = answered_elsewhere(project, "y\ny\nq\n", without_trust)
    assert "Nothing stored: this was answered, or its code taken out, in another window." in shown
    assert [each.code_id for each in project.decisions] == ["slow"]


def test_what_the_coder_answered_in_another_window_is_not_asked_again(project):
    shown = answered_elsewhere(
        project, "y\nq\n", lambda other: other.decide(FIRST, "slow", "Eva", "reject")
    )
    assert "1 of 2 here" in shown
    assert "2 of 2 here" not in shown
    assert "not answered: 2." in shown


def test_a_segment_that_was_closed_in_another_window_is_closed_once(project):
    shown = answered_elsewhere(project, "r\nq\n", lambda other: other.review(FIRST, "Eva"))
    assert "in another window" in shown
    assert len(project.reviews) == 1
    assert "2/3" in shown


def test_another_coder_who_answers_at_the_same_time_changes_nothing(project):
    shown = answered_elsewhere(
        project, "y\n", lambda other: other.decide(FIRST, "trust", "Bo", "reject")
    )
    assert "another window" not in shown
    assert [(each.coder, each.answer) for each in project.decisions] == [
        ("Bo", "reject"),
        ("Eva", "accept"),
    ]


def test_the_end_of_input_stops_and_the_summary_counts(project):
    shown = typed(project, "y\nn\no\ntiming\ns\n")
    assert "Stored for Eva: 1 yes, 1 no, 1 of your own." in shown
    assert "Suggestions that you have not answered: 2." in shown
    assert "Stored for Eva: 1 no more codes." in typed(project, "r\n")


def test_the_end_of_input_in_the_middle_of_an_own_code_stores_nothing(project):
    typed(project, "o\n")
    assert project.decisions == []


def test_when_all_is_answered_it_says_so(project):
    assert "That was the last suggestion." in typed(project, "y\n" * 4)
    assert "That was the last suggestion." in typed(project, "")


def test_another_coder_is_asked_everything(project):
    typed(project, "y\n" * 4)
    typed(project, "n\n" * 4, coder="Bo")
    assert [each.answer for each in project.decisions if each.coder == "Bo"] == ["reject"] * 4


@pytest.mark.parametrize("key", ["x", "", "7", "嗯"])
def test_another_key_does_nothing_but_name_the_keys(project, key):
    assert "Press one of y, n, s, o, r, d, u, q." in typed(project, f"{key}\nq\n")
    assert project.decisions == []


@pytest.mark.parametrize("line", ["yn", "yess", "ja", "y n", "no more"])
def test_a_line_that_is_no_answer_as_a_whole_is_none(project, line):
    assert f"'{line}' is no answer. Press one of y, n," in typed(project, f"{line}\nq\n")
    assert project.decisions == []


@pytest.mark.parametrize(
    ("word", "kinds"),
    [("no", ["rejected"]), ("SKIP", ["skipped"]), ("no more codes", ["done"]), ("stop", [])],
)
def test_the_word_beside_a_key_is_as_good_as_the_key(project, word, kinds):
    keyboard = Lines(io.StringIO(f"{word}\nq\n"))
    session = review(project, "Eva", console=Console(quiet=True), keyboard=keyboard)
    assert [given.kind for given in session.given] == kinds


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("slow\r", "slow"),
        (["slow", "\n"], "slow"),  # pasted
        ("slö\x7fow\r", "slow"),
        ("\x7f\x7fa\r", "a"),
        ("信任\x7f\b安\r", "安"),
        (["t", "\x1b[D", "r", "\x00", "\r"], "tr"),  # an arrow
        ("\r", ""),
        ("trust\x1b", ""),
    ],
)
def test_a_line_at_the_terminal_ends_with_enter_and_is_left_with_escape(monkeypatch, keys, line):
    pressed = iter(keys)
    monkeypatch.setattr("typer.getchar", lambda: next(pressed))
    assert SingleKeys().line() == line
    assert list(pressed) == []


def test_keys_that_are_pressed_while_suggestions_are_renewed_answer_nothing(long_project):
    class Typist(Lines):
        def forget(self):
            forgotten.append(self._stream.readline())

    forgotten = []
    keys = io.StringIO("n\n" * RENEW_AFTER + "y\nq\n")
    review(long_project, "Eva", console=Console(quiet=True), keyboard=Typist(keys))
    assert forgotten == ["y\n"]
    assert len(long_project.decisions) == RENEW_AFTER


@pytest.mark.parametrize("key", ["Y", "ｙ", "yes", " y "])
def test_capitals_full_width_letters_and_whole_words_are_understood(project, key):
    typed(project, f"{key}\n")
    assert answers(project) == [(FIRST, "trust", "accept")]


def test_a_project_without_suggestions_says_what_to_do(project):
    project.set_suggestions([], model="bundled")
    with pytest.raises(ProjectError, match="alliance-nlp suggest"):
        Session(project, "Eva")


def test_a_coder_needs_a_name(project):
    with pytest.raises(ProjectError, match="name"):
        Session(project, " ")


def test_suggestions_of_codes_that_left_the_codebook_are_not_asked(project):
    project.set_codebook(Codebook(CODES[:1]))
    typed(project, "y\ny\n")
    assert [code_id for _, code_id, _ in answers(project)] == ["trust"]


def test_renewed_suggestions_learn_what_was_answered(project, stand_in):
    before = {
        (each.segment_id, each.code_id): each.probability for each in renew_suggestions(project)
    }
    for segment_id in (FIRST, SECOND):
        project.decide(segment_id, "slow", "Eva", "reject")
        project.decide(segment_id, "trust", "Eva", "accept")
    after = {(each.segment_id, each.code_id): each for each in renew_suggestions(project)}
    assert after[THIRD, "trust"].probability > before[THIRD, "trust"]
    assert after[THIRD, "trust"].accepted_id in (FIRST, SECOND)
    assert after[THIRD, "slow"].rejected_id in (FIRST, SECOND)
    assert {each.code_id for each in project.suggestions} == {code.id for code in CODES}
    assert project.suggestions_model == "bundled"


def test_a_model_in_a_folder_is_found_again_from_another_folder(
    project, stand_in, tmp_path, monkeypatch
):
    (tmp_path / "model").mkdir()
    monkeypatch.chdir(tmp_path)
    renew_suggestions(project, model="model")
    assert project.suggestions_model == str(tmp_path / "model")


@pytest.mark.parametrize("missing", ["segments", "codebook"])
def test_renewing_needs_segments_and_a_codebook(tmp_path, stand_in, missing):
    with Project(tmp_path / "new.alliance") as project:
        if missing == "codebook":
            project.add_transcripts([Transcript("p01", TEXT)])
            project.set_segments(SEGMENTS)
        with pytest.raises(ProjectError, match=f"holds no {missing} yet"):
            renew_suggestions(project)


@pytest.fixture
def long_project(tmp_path, stand_in):
    """Enough suggestions to answer twenty of them."""
    words = [f"Svar {number}: vi tog det lugnt." for number in range(12)]
    text = "\n".join(words)
    made, start = [], 0
    for said in words:
        end = start + len(said)
        made.append(Segment(f"p01:{start}-{end}", "p01", start, end, said, role="participant"))
        start = end + 1
    with Project(tmp_path / "long.alliance") as project:
        project.add_transcripts([Transcript("p01", text)])
        project.set_segments(made)
        project.set_codebook(Codebook(CODES))
        renew_suggestions(project)
        yield project


def test_after_twenty_answers_suggestions_are_renewed_and_it_says_so(long_project):
    session = Session(long_project, "Eva")
    before = {each.probability for of in session._suggested.values() for each in of}
    shown = typed(long_project, "n\n" * RENEW_AFTER + "q\n")
    assert "20 answers: suggestions renewed" in shown
    going_on = Session(long_project, "Eva")
    going_on.renew()
    after = {each.probability for of in going_on._suggested.values() for each in of}
    assert np.mean([*after]) < np.mean([*before])
    assert "renewed" in typed(long_project, "q\n")  # in the next sitting at once
    assert "renewed" not in typed(long_project, "n\n" * (RENEW_AFTER - 1), coder="Bo")


def test_that_no_more_codes_fit_is_an_answer_that_is_counted(long_project):
    assert len(long_project.segments) == 12
    shown = typed(long_project, "y\nr\n" * (RENEW_AFTER // 2) + "q\n")
    assert f"{RENEW_AFTER} answers: suggestions renewed" in shown


def test_renewing_learns_from_this_coder_alone_and_for_this_coder_alone(long_project):
    stored = long_project.suggestions
    for segment in long_project.segments[:6]:
        long_project.decide(segment.id, "trust", "Bo", "accept")
    session = Session(long_project, "Eva")
    session.renew()
    renewed = [each for of in session._suggested.values() for each in of]
    assert {each.accepted_id for each in renewed} == {None}
    assert long_project.suggestions == stored


def test_after_renewing_it_goes_forward_in_the_text(long_project):
    segments = long_project.segments
    typed(long_project, "n\n" * (RENEW_AFTER + 1))
    places = [[s.id for s in segments].index(each.segment_id) for each in long_project.decisions]
    assert places == sorted(places)


def test_without_the_model_the_suggestions_stay_and_the_review_goes_on(long_project, monkeypatch):
    def missing(model=None):
        raise ModelError("the model is gone")

    monkeypatch.setattr("alliance_nlp.embeddings.find_model", missing)
    before = long_project.suggestions
    shown = typed(long_project, "n\n" * (2 * RENEW_AFTER + 1))
    assert shown.count("the suggestions stay as they are (the model is gone)") == 1
    assert long_project.suggestions == before
    assert len(long_project.decisions) == 2 * RENEW_AFTER + 1
