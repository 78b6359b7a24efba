"""Themes beside the codebook: what they are about, what is missing, and a theme made a code."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_nlp import Code, Codebook, Project, Segment, Transcript
from alliance_nlp.errors import ProjectError
from alliance_nlp.suggestions import Suggestion
from alliance_nlp.themes import Comparison, Theme, compare_with_codebook, draft_code
from alliance_nlp.themes.comparison import exact_tail

CODES = [Code("wait", "Wait"), Code("trust", "Trust"), Code("rare", "Rare")]


def rows_of(*sizes, role="participant"):
    """Segments of several interviews, so many in each."""
    return [
        Segment(f"p{p}:{at}-{at + 1}", f"p{p}", at, at + 1, "x", role=role)
        for p, size in enumerate(sizes)
        for at in range(size)
    ]


def theme(id_, members, **fields):
    ids = tuple(one.id for one in members)
    return Theme(id_, "", ids, (1.0,) * len(ids), **fields)


def labels_of(segments, **has):
    """Everything read: the codes apply to the rows that are named."""
    labels = np.zeros((len(segments), len(CODES)), dtype=np.int8)
    for column, code in enumerate(CODES):
        labels[list(has.get(code.id, [])), column] = 1
    return labels


# Chance


def by_hand(both, first, second, of):
    """Count all ways in which the second group can fall, stratum by stratum."""
    outcomes = [{0: 1}]
    for one, two, all_ in zip(first, second, of, strict=True):
        ways: dict[int, int] = {}
        for chosen in itertools.combinations(range(all_), two):
            hits = sum(place < one for place in chosen)
            ways[hits] = ways.get(hits, 0) + 1
        outcomes.append(ways)
    total = {0: 1}
    for ways in outcomes:
        new: dict[int, int] = {}
        for (a, n), (b, m) in itertools.product(total.items(), ways.items()):
            new[a + b] = new.get(a + b, 0) + n * m
        total = new
    return sum(n for hits, n in total.items() if hits >= sum(both)) / sum(total.values())


STRATUM = st.integers(1, 7).flatmap(
    lambda all_: st.tuples(st.integers(0, all_), st.integers(0, all_), st.just(all_))
)


@given(st.lists(STRATUM, max_size=3), st.integers(0, 12))
def test_the_chance_is_what_counting_all_ways_gives(strata, hits):
    first, second, of = zip(*strata, strict=True) if strata else ((), (), ())
    expected = by_hand([hits], first, second, of)
    assert exact_tail([hits], first, second, of) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("both", "first", "second", "of"), [(3, 8, 9, 40), (30, 60, 50, 400)])
def test_within_one_interview_it_is_fishers_exact_test(both, first, second, of):
    from scipy.stats import fisher_exact

    square = [[both, first - both], [second - both, of - first - second + both]]
    expected = fisher_exact(square, alternative="greater").pvalue
    assert exact_tail([both], [first], [second], [of]) == pytest.approx(expected, rel=1e-9)


def test_p_values_are_adjusted_as_statsmodels_adjusts_them():
    from statsmodels.stats.multitest import multipletests

    segments = rows_of(20, 20)
    themes = [theme("t1", segments[:8] + segments[20:28]), theme("t2", segments[10:18])]
    labels = labels_of(segments, wait=[0, 1, 2, 20, 21, 12], trust=[3, 11, 12, 13], rare=[39])
    compared = compare_with_codebook(themes, segments, CODES, labels)
    counts = {  # by interview: both, theme, code, all
        ("t1", "wait"): ([3, 2], [8, 8], [4, 2], [20, 20]),
        ("t1", "trust"): ([1, 0], [8, 8], [4, 0], [20, 20]),
        ("t1", "rare"): ([0, 0], [8, 8], [0, 1], [20, 20]),
        ("t2", "wait"): ([1, 0], [8, 0], [4, 2], [20, 20]),
        ("t2", "trust"): ([3, 0], [8, 0], [4, 0], [20, 20]),
        ("t2", "rare"): ([0, 0], [8, 0], [0, 1], [20, 20]),
    }
    plain = [by_hand(*each) for each in counts.values()]
    adjusted = dict(zip(counts, multipletests(plain, method="fdr_bh")[1], strict=True))
    assert {(p.theme_id, p.code_id) for p in compared.shared} == {
        ("t1", "wait"), ("t1", "trust"), ("t2", "wait"), ("t2", "trust"),
    }  # fmt: skip
    for pair in compared.shared:
        assert pair.p_value == pytest.approx(adjusted[pair.theme_id, pair.code_id])


def test_what_only_interviews_differ_in_makes_nothing_sure():
    """One participant is all theme and all code, the other neither; within them nothing tells."""
    segments = rows_of(40, 40)
    here = list(range(0, 40, 2))
    labels = labels_of(segments, wait=range(40))
    compared = compare_with_codebook([theme("t", segments[:40])], segments, CODES, labels)
    assert compared.shared[0].lift == 2.0
    assert compared.shared[0].p_value == 1.0
    assert compared.enriched() == []
    both = labels_of(segments, wait=[*here, 40])
    within = compare_with_codebook(
        [theme("t", [segments[i] for i in [*here, 40]])], segments, CODES, both
    )
    assert [pair.code_id for pair in within.enriched("t")] == ["wait"]
    assert within.enriched("another") == []


# What is counted


def test_shares_and_lift_are_those_of_what_was_read():
    segments = rows_of(10, 10)
    labels = labels_of(segments, wait=[0, 1, 10, 15])
    labels[[2, 11, 19], 0] = -1  # nobody has decided
    members = [segments[11], segments[10], segments[1], segments[0], segments[2], segments[3]]
    compared = compare_with_codebook([theme("t", members)], segments, CODES, labels)
    (pair,) = compared.shared
    assert (pair.n_theme, pair.n_code, pair.n_shared, pair.n_interviews) == (4, 4, 3, 2)
    assert pair.segment_ids == (segments[10].id, segments[1].id, segments[0].id)
    assert (pair.share_of_theme, pair.share_of_code) == (0.75, 0.75)
    assert pair.lift == pytest.approx(0.75 / (4 / 17))


def test_what_interviewers_say_does_not_count_unless_nobody_else_speaks():
    said, asked = (
        rows_of(10, 10),
        [Segment(f"q:{at}-{at + 1}", "q", at, at + 1, "?", role="interviewer") for at in range(30)],
    )
    themes = [theme("t", said[:5] + said[10:15])]
    labels = labels_of(said + asked, wait=[0, 1, 2, 10, 11, 12])
    with_them = compare_with_codebook(themes, said + asked, CODES, labels)
    assert with_them == compare_with_codebook(themes, said, CODES, labels[:20])
    only = rows_of(10, 10, role="interviewer")
    assert compare_with_codebook(themes, only, CODES, labels[:20]) == with_them


def test_one_interview_is_enough_only_where_no_more_was_read():
    segments = rows_of(30, 30)
    themes = [theme("t", segments[:10])]
    labels = labels_of(segments, wait=range(8))
    assert compare_with_codebook(themes, segments, CODES, labels).enriched() == []
    labels[30:] = -1
    (pair,) = compare_with_codebook(themes, segments, CODES, labels).enriched()
    assert (pair.code_id, pair.n_interviews) == ("wait", 1)


def test_without_themes_codes_answers_or_segments_there_is_nothing_to_say():
    segments = rows_of(10, 10)
    themes = [theme("t", segments[:8])]
    undecided = np.full((20, 3), -1)
    nothing = Comparison()
    assert compare_with_codebook([], segments, CODES, labels_of(segments)) == nothing
    assert compare_with_codebook(themes, segments, CODES, undecided) == nothing
    assert compare_with_codebook(themes, segments, [], np.zeros((20, 0))) == nothing
    assert compare_with_codebook([], [], CODES, []) == nothing
    assert compare_with_codebook([theme("t", [])], segments, CODES, undecided) == nothing


def test_a_code_that_everything_has_is_no_news():
    segments = rows_of(10, 10)
    labels = labels_of(segments, wait=range(20))
    compared = compare_with_codebook([theme("t", segments[5:15])], segments, CODES, labels)
    (pair,) = compared.shared
    assert (pair.lift, pair.p_value, pair.enriched) == (1.0, 1.0, False)
    assert compared.uncovered == ()  # it covers the theme all the same


def test_ties_go_by_size_and_id_whatever_the_order_of_segments():
    segments = rows_of(20, 20)
    rows = [0, 1, 2, 3, 20, 21, 22]
    labels = labels_of(segments, trust=rows, wait=rows)
    themes = [theme("t", [segments[i] for i in rows])]
    compared = compare_with_codebook(themes, segments, CODES, labels)
    assert [pair.code_id for pair in compared.shared] == ["trust", "wait"]
    turned = compare_with_codebook(themes, segments[::-1], CODES[::-1], labels[::-1, ::-1])
    assert turned == compared


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"labels": np.zeros((3, 3))}, r"labels of shape \(3, 3\) do not fit 20 segments and 3"),
        ({"likelihoods": [0.5]}, r"likelihoods of shape \(1,\) do not fit 20 segments"),
        ({"segments": rows_of(10, 9)}, r"do not fit 19 segments"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(change, sentence):
    segments = rows_of(10, 10)
    fits = {"segments": segments, "codebook": CODES, "labels": labels_of(segments)}
    with pytest.raises(ValueError, match=sentence):
        compare_with_codebook([theme("t", segments)], **{**fits, **change})


def test_a_theme_of_other_segments_is_refused():
    segments = rows_of(10)
    with pytest.raises(ValueError, match=r"t has a segment that is not given: p1:0-1; find the"):
        compare_with_codebook([theme("t", rows_of(10, 1))], segments, CODES, labels_of(segments))


# What is missing, and what may be two


def test_a_theme_is_uncovered_where_no_code_is_about_a_quarter_of_it():
    segments = rows_of(20, 20)
    members = segments[:10] + segments[20:30]
    spread = labels_of(segments, wait=[0, 1, 35], trust=[2, 3, 36], rare=[4, 5, 37])
    compared = compare_with_codebook([theme("t", members)], segments, CODES, spread)
    (one,) = compared.uncovered
    assert (one.theme_id, one.n_read, one.share_covered, one.share_coded) == ("t", 20, 0.0, 0.3)
    quarter = labels_of(segments, wait=[0, 1, 2, 20, 21])
    assert compare_with_codebook([theme("t", members)], segments, CODES, quarter).uncovered == ()


def test_several_sure_codes_cover_a_theme_together():
    segments = rows_of(100, 100)
    members = segments[:10] + segments[100:110]
    labels = labels_of(
        segments, wait=[0, 1, 100, 101], trust=[2, 3, 102, 103], rare=[4, 5, 104, 105]
    )
    compared = compare_with_codebook([theme("t", members)], segments, CODES, labels)
    assert len(compared.enriched()) == 3
    assert compared.uncovered == ()


def test_where_hardly_anything_was_read_suggestions_tell_and_the_largest_theme_is_first():
    segments = rows_of(20, 20)
    labels = np.full((40, 3), -1)
    labels[:4] = 0
    likely = np.full(40, 0.1)
    likely[10:16], likely[20:30] = 0.6, np.nan
    themes = [
        theme("low", segments[:8]),
        theme("likely", segments[10:16]),
        theme("unknown", segments[20:30]),
        theme("large", segments[30:]),
    ]
    compared = compare_with_codebook(themes, segments, CODES, labels, likelihoods=likely)
    assert [(one.theme_id, one.n_read) for one in compared.uncovered] == [("large", 0), ("low", 0)]
    assert compared.uncovered[0].share_covered == pytest.approx(0.1)
    assert math.isnan(compared.uncovered[0].share_coded)
    assert compare_with_codebook(themes, segments, CODES, labels).uncovered == ()


def test_a_code_in_two_themes_is_offered_for_splitting():
    segments = rows_of(50, 50)
    early, late = segments[:10] + segments[50:60], segments[20:30] + segments[70:80]
    small = segments[40:42] + segments[90:92]
    both = [*range(6), *range(50, 56), *range(20, 25), *range(70, 75), 40, 90]
    labels = labels_of(segments, wait=both, trust=[*range(6), *range(50, 56)])
    themes = [theme("late", late), theme("early", early), theme("small", small)]
    (split,) = compare_with_codebook(themes, segments, CODES, labels).to_split
    assert split.code_id == "wait"
    assert [(part.theme_id, part.n_shared) for part in split.parts] == [("early", 12), ("late", 10)]
    fewer = labels_of(segments, wait=[*range(6), *range(50, 56), 20, 21, 70, 71])
    assert compare_with_codebook(themes, segments, CODES, fewer).to_split == ()


# Drafts

SAID = {
    "en": ("I had to wait outside. They let me in.", "We wait and wait. Nobody calls."),
    "sv": ("Jag fick vänta i timmar. Sen kom hon.", "Man får vänta i timmar där."),
    "zh": ("我们等了很久。没有人来。", "等了很久才看到医生。"),
}


def spoken(language):
    return [
        Segment(f"{language}{p}:0-{len(text)}", f"{language}{p}", 0, len(text), text,
                role="participant", language=language)
        for p, text in enumerate(SAID[language])
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "keywords", "phrases", "definition"),
    [
        ("en", ("wait", "outside"), ("wait",),
         "Draft, to be rewritten. What is said about wait. In their words: “wait”."),
        ("sv", ("vänta", "timmar", "kom"), ("vänta i timmar",),
         "Utkast, att skriva om. Det som sägs om vänta, timmar. Med deras ord: ”vänta i timmar”."),
        ("zh", ("很久", "医生"), ("等了很久",),
         "草稿，待改写。谈到很久的内容。原话：“等了很久”。"),
        ("fi", ("odottaa",), (), "Draft, to be rewritten."),
    ],
)  # fmt: skip
def test_a_draft_is_in_the_language_of_the_theme_and_says_that_it_is_one(
    language, keywords, phrases, definition
):
    segments = spoken(language) if language in SAID else []
    drafted = draft_code(
        theme("t1", segments, keywords=keywords, phrases=phrases), segments, name=" To  wait "
    )
    assert drafted.definition == definition
    assert (drafted.id, drafted.name, drafted.source) == ("to-wait", "To wait", "t1")
    assert drafted.language == (language if segments else "")
    assert drafted.examples == tuple(one.text for one in segments)


def test_a_draft_takes_the_name_then_the_title_and_an_id_that_is_free():
    segments = spoken("sv")
    one = theme("t1", segments, title="Vänta i timmar")
    assert draft_code(one, segments).name == "Vänta i timmar"
    named = Theme("t1", "Väntan", one.segment_ids, one.probabilities, title="Vänta i timmar")
    assert draft_code(named, segments, taken={"väntan", "väntan-2"}).id == "väntan-3"
    assert draft_code(theme("t1", segments, title="Sen kom hon"), segments).name == ""
    assert draft_code(theme("t1", segments), segments, name="🙂").id == "code"


# In the project


@pytest.fixture
def project(tmp_path):
    segments = [one for language in SAID for one in spoken(language)]
    with Project(tmp_path / "study.alliance") as project:
        project.add_transcripts(
            [Transcript(one.transcript_id, one.text, language=one.language) for one in segments]
        )
        project.set_segments(segments)
        project.set_codebook(Codebook([Code("trust", "Trust", "To confide.")], name="pilot"))
        project.set_themes(
            [
                Theme(
                    "t1", "", tuple(one.id for one in segments[:4]), (1.0, 0.9, 0.8, 0.7),
                    ("wait", "vänta", "timmar"), (segments[3].id, segments[0].id),
                    also_ids=(segments[4].id,), also_probabilities=(0.4,),
                ),
                theme("t2", segments[5:]),
            ]
        )  # fmt: skip
        yield project


def test_a_theme_becomes_a_code_and_its_segments_wait_for_an_answer(project):
    first = project.segments[0]
    project.set_suggestions([Suggestion(first.id, "trust", 0.5)], model="model-a")
    code = project.theme_to_code("t1", " Eva ", name="To wait")
    assert project.codebook_version == 2
    assert [one.id for one in project.codebook] == ["trust", "to-wait"]
    assert project.codebook.name == "pilot"
    assert code == project.codebook.by_id("to-wait")
    assert code.source == "t1 (Eva)"
    assert code.examples == (SAID["sv"][1], SAID["en"][0])
    made = {one.segment_id: one for one in project.suggestions if one.code_id == "to-wait"}
    assert sorted(one.probability for one in made.values()) == [0.4, 0.7, 0.8, 0.9, 1.0]
    assert Suggestion(first.id, "trust", 0.5) in project.suggestions
    assert project.suggestions_model == "model-a"
    assert project.codings() == project.decisions == project.reviews == []
    assert (project.labels() == -1).all()
    for one in project.segments:
        for start, end in made[one.id].rationale if one.id in made else ():
            carrying = one.text[start - one.start : end - one.start]
            assert carrying in one.text
            assert one.language == "zh" or "wait" in carrying or "vänta" in carrying
    nobody = made[project.themes[0].segment_ids[1]]
    assert (nobody.matched, nobody.polarity) == ("theme: wait, vänta, timmar", "affirmed")


def test_the_new_code_is_answered_and_suggested_like_any_other(project, encoder, monkeypatch):
    from alliance_nlp.embeddings.models import Source
    from alliance_nlp.review import Session, renew_suggestions

    monkeypatch.setattr(
        "alliance_nlp.embeddings.find_model", lambda _=None: Source("s", "1", "", lambda: encoder)
    )
    code = project.theme_to_code("t1", "Eva", name="To wait")
    assert project.suggestions_model == "bundled"
    session = Session(project, "Eva")
    question = session.question()
    assert question.code == code
    assert session.answer(question, "accept")
    assert [coding.code_id for coding in project.codings()] == ["to-wait"]
    renewed = renew_suggestions(project)
    assert {one.code_id for one in renewed} == {"trust", "to-wait"}


def test_one_is_asked_about_the_theme_until_five_answers_teach_more(project, encoder, monkeypatch):
    from alliance_nlp.embeddings.models import Source
    from alliance_nlp.review import Session, renew_suggestions

    monkeypatch.setattr(
        "alliance_nlp.embeddings.find_model", lambda _=None: Source("s", "1", "", lambda: encoder)
    )
    code = project.theme_to_code("t1", "Eva", name="To wait")
    renew_suggestions(project)  # as `suggest` does
    session = Session(project, "Eva", code="To wait", order="likely")
    promised = []
    while (question := session.question()) is not None:
        promised.append(question.suggestion.probability)
        assert question.suggestion.matched.startswith("theme: ")
        session.answer(question, "accept")
        session.renew()
        if len(promised) == 4:
            break
    assert promised == [1.0, 0.9, 0.8, 0.7]
    session.answer(session.question(), "reject")
    session.renew()
    learned = [one for of in session._suggested.values() for one in of]
    assert len(learned) == len(project.segments)
    assert {one.code_id for one in learned} == {code.id}
    assert not any(one.matched.startswith("theme: ") for one in learned)


def test_what_was_learned_from_one_coder_is_no_theme_for_another(project, encoder, monkeypatch):
    from alliance_nlp.embeddings.models import Source
    from alliance_nlp.review import renew_suggestions

    monkeypatch.setattr(
        "alliance_nlp.embeddings.find_model", lambda _=None: Source("s", "1", "", lambda: encoder)
    )
    code = project.theme_to_code("t1", "Eva", name="To wait")
    of_theme = project.suggestions_of_themes()
    assert {one.code_id for one in of_theme} == {code.id}
    for segment in project.segments[:4]:
        project.decide(segment.id, code.id, "Eva", "accept")
    assert project.suggestions_of_themes() == project.suggestions_of_themes("Bo") == of_theme
    project.decide(project.segments[4].id, code.id, "Eva", "reject")
    assert project.suggestions_of_themes() == project.suggestions_of_themes("Eva") == []
    assert project.suggestions_of_themes("Bo") == of_theme
    renew_suggestions(project)
    assert project.suggestions_of_themes("Bo") == []


def test_a_theme_that_two_coders_answered_differently_waits_no_more(project):
    code = project.theme_to_code("t1", "Eva", name="To wait")
    for one in project.suggestions_of_themes():
        project.decide(one.segment_id, code.id, "Eva", "accept")
        project.decide(one.segment_id, code.id, "Bo", "reject")
    assert project.suggestions_of_themes() == []


def test_a_theme_with_a_code_of_its_own_is_covered_before_anybody_answers(project):
    project.set_themes([theme("all", project.segments)])
    for segment in project.segments:
        project.review(segment.id, "Eva")
    (one,) = project.compare_themes().uncovered
    assert (one.theme_id, one.n_read) == ("all", 6)
    project.theme_to_code("all", "Eva", name="To wait")
    assert project.compare_themes().uncovered == ()


def test_a_definition_of_ones_own_takes_the_place_of_the_draft(project):
    project.name_theme("t1", "Väntan", "Eva")
    code = project.theme_to_code("t1", "Eva", definition=" Att behöva vänta. ")
    assert (code.id, code.name, code.definition) == ("väntan", "Väntan", "Att behöva vänta.")


@pytest.mark.parametrize(
    ("theme_id", "options", "sentence"),
    [
        ("t9", {}, "there is no theme 't9' in the project"),
        ("t1", {}, "the theme has no name that the code could have"),
        ("t1", {"name": "  "}, r"two interviews say it\): name the theme, or say what the code"),
        ("t1", {"name": " tRUST"}, "there is a code 'Trust' already: give the new one another"),
        ("t1", {"coder": " ", "name": "X"}, "needs the name of the coder"),
    ],
)
def test_what_cannot_become_a_code_is_refused_in_one_sentence(project, theme_id, options, sentence):
    with pytest.raises(ProjectError, match=sentence):
        project.theme_to_code(theme_id, **{"coder": "Eva", **options})
    assert project.codebook_version == 1
    assert project.suggestions == []


def test_no_earlier_answer_fits_a_new_code_by_its_id(project):
    first = project.segments[0]
    project.set_codebook(Codebook([Code("to-wait", "Old")]))
    project.decide(first.id, "to-wait", "Eva", "accept")
    project.set_codebook(Codebook([]))
    assert project.theme_to_code("t1", "Eva", name="To wait").id == "to-wait-2"
    assert (project.labels() == -1).all()


def test_a_project_compares_its_themes_with_everyones_answers_or_one_coders(project):
    assert project.compare_themes() == Comparison()
    for segment in project.segments[:2]:
        project.decide(segment.id, "trust", "Eva", "accept")
        project.review(segment.id, "Eva")
    (pair,) = project.compare_themes("Eva").shared
    assert (pair.theme_id, pair.code_id, pair.n_shared) == ("t1", "trust", 2)
    assert project.compare_themes("Ida").shared == ()


def test_a_code_made_from_a_theme_holds_no_word_of_the_forgotten(project):
    project.theme_to_code("t1", "Eva", name="To wait")
    project.theme_to_code("t2", "Eva", name="Doctors")
    for id_ in ("en0", "sv1", "zh1"):
        project.forget(id_)
    examples = [text for code in project.codebook for text in code.examples]
    assert examples
    assert {letter for text in examples for letter in text} == {"█"}
    content = project.path.read_bytes().decode("utf-8", "ignore")
    secrets = ("outside", "They let", "Man får", "医生", "才看")
    assert not [word for word in secrets if word in content]


def test_what_was_read_before_there_was_the_code_was_not_read_for_it(
    project, monkeypatch, tmp_path
):
    times = iter(f"2026-01-31T09:0{minute}:00+00:00" for minute in range(9))
    for module in ("project", "themes"):
        monkeypatch.setattr(f"alliance_nlp.project.{module}.now", lambda: next(times))
    first, second = project.segments[:2]
    project.review(first.id, "Eva")
    project.theme_to_code("t1", "Eva", name="To wait")
    assert project.labels("Eva")[:2].tolist() == [[0, -1], [-1, -1]]
    project.review(second.id, "Eva")
    assert project.labels("Eva")[:2].tolist() == [[0, -1], [0, 0]]
    with Project(tmp_path / "ida.alliance") as ida:
        ida.merge(project.path)
        assert ida.labels("Eva")[:2].tolist() == [[0, -1], [0, 0]]
        assert ida.codes_since == project.codes_since
