"""Suggested codes: what the words of a codebook say, what decisions teach, and the reasons."""

import copy
import json
import pickle
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_nlp import Code, Codebook, CodeSuggester, Segment, embed, suggest_codes
from alliance_nlp.errors import CodebookError, ModelError
from alliance_nlp.segments import sentences
from alliance_nlp.suggestions import (
    Suggestion,
    contradicted,
    evidence,
    learning,
    most_informative_first,
    most_likely_first,
)
from alliance_nlp.suggestions.parts import is_asking, levels_of, more_of_names, parts_of
from alliance_nlp.suggestions.polarity import is_turned_around, polarity_of

CODES = (
    Code("trust", "Trust", "She dares to confide in the counsellor.", include="Feeling safe."),
    Code("haste", "Haste", "There is too little time.", examples=("Ten minutes and out again.",)),
    Code("pain", "Pain", "The leg aches and the arm will not move."),
    Code("family", "Family", "Daughters, sons and husbands help at home."),
)
CODEBOOK = Codebook(CODES)
SAID = (
    "I dared to confide in the counsellor. She was calm.",
    "I felt safe. I could confide in her, you know.",
    "There was too little time, ten minutes and out again.",
    "They had no time. No time at all for me.",
    "My leg aches at night. The arm will not move either.",
    "The arm aches.",
    "My daughter helps at home. My husband helps too.",
    "The sons came home.",
    "Mm.",
    "Then we drank coffee. It was raining.",
)


def study(texts=SAID, language="en", transcript_id="p"):
    """Segments of one transcript, one to a line."""
    made, start = [], 0
    for text in texts:
        end = start + len(text)
        id_ = f"{transcript_id}:{start}-{end}"
        made.append(Segment(id_, transcript_id, start, end, text, language=language))
        start = end + 1
    return made


def labels_for(segments, codebook=CODEBOOK, **answers):
    """Labels with `code={row: answer}`, undecided elsewhere."""
    labels = np.full((len(segments), len(codebook)), -1, dtype=np.int8)
    for code_id, rows in answers.items():
        for row, answer in rows.items():
            labels[row, codebook.index(code_id)] = answer
    return labels


def probabilities(encoder, segments, labels=None, codebook=CODEBOOK):
    suggester = CodeSuggester(codebook, model=encoder)
    return suggester.fit(segments, labels).predict_proba(segments)


def suggestions(encoder, segments, labels=None, codebook=CODEBOOK, top=5):
    embeddings = embed(segments, model=encoder)
    return suggest_codes(segments, embeddings, codebook, labels, encoder, top=top)


def of_segment(found, segment):
    return [each for each in found if each.segment_id == segment.id]


class Subjects:
    """Counts words of a few subjects, over what all texts share."""

    WORDS = ("trust", "time", "pain", "home")

    def encode(self, texts):
        return [[4.0, *(text.lower().count(word) for word in self.WORDS)] for text in texts]


# ---------------------------------------------------------------- order carries nothing


def large_study():
    """A study with two languages, copies of segments, and codes that say the same."""
    rng = np.random.default_rng(0)
    words = " ".join(SAID).replace(".", "").split()
    texts = [
        f"{' '.join(rng.choice(words, 6))}. {' '.join(rng.choice(words, 4))}." for _ in "x" * 52
    ]
    segments = study([*texts, *texts[:6], *SAID])
    segments = [replace(s, language=("en", "sv")[k % 2]) for k, s in enumerate(segments)]
    twins = (Code("twin-a", "Twins", parent="pain"), Code("twin-b", "Twins", parent="haste"))
    return segments, Codebook([*CODES, *twins])


def some_decided(n):
    rng = np.random.default_rng(3)
    features = rng.normal(size=(n, 12))
    evidence = rng.normal(size=(n, 4))
    labels = rng.integers(-1, 2, (n, 4))
    counts = np.where(labels == -1, 0.2, 1.0)
    basis, spread = learning._principal(features)
    return learning._Decided(features @ basis.T, spread, evidence, labels == 1, counts, 1.0)


TO_THE_END = {"ftol": 1e-15, "gtol": 1e-9}


def some_mixing():
    """Of four codes, two of which are about the same."""
    kinship = np.eye(4)
    kinship[0, 1] = kinship[1, 0] = 0.8
    return learning._mixing(kinship, 0.25)


@pytest.mark.parametrize("n_decided", [0, 1, 20, 60])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_segments_and_codes_carries_nothing(encoder, n_decided, seed):
    segments, codebook = large_study()
    rng = np.random.default_rng(seed)
    labels = np.full((len(segments), len(codebook)), -1, dtype=np.int8)
    labels[:n_decided] = rng.integers(-1, 2, (n_decided, len(codebook)))
    rows, columns = rng.permutation(len(segments)), rng.permutation(len(codebook))
    shuffled = [segments[row] for row in rows], labels[np.ix_(rows, columns)]
    other = Codebook([codebook[column] for column in columns])

    before = probabilities(encoder, segments, labels, codebook)
    after = probabilities(encoder, *shuffled, other)
    np.testing.assert_allclose(after, before[np.ix_(rows, columns)], rtol=1e-6, atol=1e-6)

    before = suggestions(encoder, segments, labels, codebook)
    after = suggestions(encoder, *shuffled, other)
    for segment in segments:
        first, second = of_segment(before, segment), of_segment(after, segment)
        assert [replace(s, probability=0) for s in second] == [
            replace(s, probability=0) for s in first
        ]
        assert [s.probability for s in second] == pytest.approx([s.probability for s in first])


def test_the_same_study_gives_the_same_numbers_twice(encoder):
    segments, codebook = large_study()
    labels = labels_for(segments, codebook, trust={0: 1, 3: 0}, pain={0: 0, 5: 1})
    first = probabilities(encoder, segments, labels, codebook)
    assert np.array_equal(first, probabilities(encoder, segments, labels, codebook))


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0)])
def test_equally_likely_codes_go_by_their_ids(encoder, order):
    codes = (
        Code("one", "First things"), Code("two", "Second things"),
        Code("z", "Calm", parent="one"), Code("a", "Calm", parent="two"),
    )  # fmt: skip
    codebook = Codebook([codes[k] for k in order])
    found = suggestions(encoder, study(), codebook=codebook, top=4)
    for segment in study():
        ids = [s.code_id for s in of_segment(found, segment) if s.code_id in ("a", "z")]
        assert ids == ["a", "z"]


# ---------------------------------------------------------------- before anybody has decided


def test_no_labels_are_all_undecided(encoder):
    segments = study()
    undecided = np.full((len(segments), len(CODEBOOK)), -1, dtype=np.int8)
    assert np.array_equal(
        probabilities(encoder, segments), probabilities(encoder, segments, undecided)
    )
    assert suggestions(encoder, segments) == suggestions(encoder, segments, undecided)


def test_the_code_that_a_segment_speaks_of_comes_first(encoder):
    found = suggestions(encoder, study(), top=1)
    assert [s.code_id for s in found][:7] == [
        "trust", "trust", "haste", "haste", "pain", "pain", "family",
    ]  # fmt: skip


def test_a_vague_code_does_not_win_everywhere():
    vague = Code("v", "Experience", "trust, time, pain, home")
    named = [Code(word[0], word, " ".join([word] * 3)) for word in ("trust", "home", "pain")]
    codebook = Codebook([vague, *named])
    texts = [f"{word} {'so ' * k}" for word in ("trust", "home", "pain") for k in range(5)]
    segments = study([*texts, "trust and time and pain at home"])
    words = [parts_of(code)[0].text for code in codebook]
    plain = embed(segments, model=Subjects()) @ embed(words, model=Subjects()).T
    assert (plain.argmax(axis=1) == 0).all()  # it is the nearest of all to everything
    found = suggestions(Subjects(), segments, codebook=codebook, top=1)
    assert [s.code_id for s in found] == [*"ttttthhhhhpppppv"]


def test_a_code_that_stands_alone_is_compared_with_the_study(encoder):
    segments = study([*SAID[2:], *SAID[:2]] * 2)
    p = probabilities(encoder, segments, codebook=Codebook(CODES[:1]))[:, 0]
    assert set(np.argsort(-p)[:4].tolist()) == {8, 9, 18, 19}


def test_what_to_exclude_speaks_for_nothing(encoder):
    segments = study()
    excluding = Codebook([replace(CODES[0], exclude="Ten minutes, too little time."), *CODES[1:]])
    assert np.array_equal(
        probabilities(encoder, segments), probabilities(encoder, segments, codebook=excluding)
    )
    assert "exclude" not in {part.kind for part in parts_of(excluding[0])}


@pytest.mark.parametrize(
    ("name", "language", "sentence"),
    [
        ("Alliance > Trust", "en", "somebody speaks of Trust"),
        ("Alliance:Trust", "", "somebody speaks of Trust"),
        ("Allians > Tillit", "sv", "någon talar om Tillit"),
        ("联盟：信任", "zh", "有人在谈论信任"),
        ("信任", "", "有人在谈论信任"),
    ],
)
def test_a_bare_name_stands_in_a_sentence_of_its_language(name, language, sentence):
    bare, defined = Code("b", name, language=language), Code("d", "Calm", "It is quiet.")
    alone, beside = more_of_names(Codebook([bare])), more_of_names(Codebook([bare, defined]))
    assert [part.text for part in alone[0]] == [sentence]
    assert alone[0][0].said == name
    assert alone[0][0] == beside[0][0]


def test_codes_with_the_same_last_level_are_told_apart_in_their_sentences():
    names = ("Barriers > Time", "Helps > Time", "Helps > Hope")
    said = more_of_names(Codebook([Code(str(k), name) for k, name in enumerate(names)]))
    assert [part.text.removeprefix("somebody speaks of ") for (part,) in said] == [
        "Barriers: Time",
        "Helps: Time",
        "Hope",
    ]


class Styled:
    """Tells subjects apart, and more loudly whether a text is a name or says something."""

    def encode(self, texts):
        rows = []
        for text in texts:
            told = len(text.removeprefix("somebody speaks of ").split()) > 1
            about = [float(word.lower() in text.lower()) for word in SUBJECTS]
            rows.append([*about, 3.0 * told, 3.0 * (not told), 1.0, 0.1 * len(text)])
        return rows


SUBJECTS = ("Trust", "Hope", "Pain", "Food", "Work", "Time")


@pytest.mark.parametrize("n_told", [2, 3, 5])
def test_codes_with_a_definition_do_not_win_everywhere_from_bare_names(n_told):
    codebook = Codebook(
        [
            Code(name, name, f"What they say about {name.lower()}." if k < n_told else "")
            for k, name in enumerate(SUBJECTS)
        ]
    )
    segments = study([f"{name} {more}." for name in SUBJECTS for more in ("it is", "was so")])
    p = probabilities(Styled(), segments, codebook=codebook)
    assert p.argmax(axis=1).tolist() == [k for k in range(len(SUBJECTS)) for _ in "ab"]


def test_what_was_learned_is_heard_in_one_sentence_of_a_long_answer(encoder):
    """The same answer as a whole; in one of two studies a sentence of it says what was learned."""
    suggester = CodeSuggester(CODEBOOK, model=encoder).fit(study(["He came. She left.", "Yes."]))
    said = suggester.weighed_
    words = np.zeros_like(suggester.coef_)
    words[0, : said.sentences.shape[1]] = said.sentences[1]
    unsaid = replace(said, sentences=said.sentences[[0, 0, 2]])
    long, short = said.attracted(words)[:, 0] - unsaid.attracted(words)[:, 0]
    assert long > 0.05
    assert short == 0


def test_where_no_code_is_bare_names_stand_in_no_sentence():
    heard = []

    class Hears(Subjects):
        def encode(self, texts):
            heard.extend(texts)
            return super().encode(texts)

    probabilities(Hears(), study())
    assert not any("somebody speaks of" in text for text in heard)
    probabilities(Hears(), study(), codebook=Codebook([*CODES, Code("calm", "Calm")]))
    assert any("somebody speaks of Calm" in text for text in heard)


@pytest.mark.parametrize(
    ("name", "levels"),
    [
        ("Task:Give-Opinion", ["Task", "Give-Opinion"]),
        ("Tasks > Goals > Small", ["Tasks", "Goals", "Small"]),
        ("Nodes\\\\Trust", ["Nodes", "Trust"]),
        ("联盟：信任", ["联盟", "信任"]),
        ("Trust:", ["Trust"]),
        *(
            (name, [name])
            for name in (
                "Trust",
                ":",
                ":)",
                "At 12:30",
                "http://a.b",
                "cause -> effect",
                ">65 years",
            )
        ),
    ],
)
def test_levels_of_a_name_are_read_apart(name, levels):
    assert levels_of(name) == levels
    assert parts_of(Code("x", name))[0].text == ": ".join(levels)
    assert parts_of(Code("x", name, "It is."))[0].text == f"{': '.join(levels)}: It is."


@pytest.mark.parametrize("word", ["words ", "词语"])
def test_the_longer_a_definition_the_more_its_name_counts_beside_it(word):
    said = Codebook([Code(str(n), f"Name {n}", word * n) for n in (1, 20, 40, 100, 200)])
    weights = [part.weight for (part,) in more_of_names(said)]
    assert weights == sorted(weights)
    assert weights[0] < 0.05
    assert weights[-2:] == [0.3, 0.3]


@pytest.mark.parametrize(
    "name",
    ["健康问题", "访谈", "Ifrågasättande", "Efterfrågan", "Aska", "A basket", "Question 2: Trust"],
)
def test_what_only_looks_like_asking_is_not(name):
    assert not is_asking(Code("x", name))


@pytest.mark.parametrize(
    ("name", "mark"), [("Open questions", "?"), ("Frågor", "?"), ("提问", "？"), ("Asks her", "?")]
)
def test_codes_about_asking_want_what_asks(encoder, name, mark, monkeypatch):
    segments = study([f"{text[:-1]}{mark if k % 2 else '.'}" for k, text in enumerate(SAID * 2)])
    codebook = Codebook([*CODES, Code("asked", name)])
    asks = np.arange(len(segments)) % 2 == 1

    def apart():
        evidence.weigh_study.cache_clear()
        scores = CodeSuggester(codebook, model=encoder).fit(segments).weighed_.scores[:, -1]
        return scores[asks].mean() - scores[~asks].mean()

    with_marks = apart()
    monkeypatch.setattr(evidence, "_QUESTION", 0.0)
    assert with_marks > apart() + 0.05
    evidence.weigh_study.cache_clear()


def test_the_more_a_segment_speaks_for_other_codes_the_less_for_this_one(monkeypatch):
    segments = study(["trust", "trust and time time", "home", "pain"] * 5)
    codebook = Codebook([Code(word, word) for word in ("trust", "time", "pain")])

    def apart():
        evidence.weigh_study.cache_clear()
        scores = CodeSuggester(codebook, model=Subjects()).fit(segments).weighed_.scores
        return scores[0, 0] - scores[1, 0]

    with_rivals = apart()
    monkeypatch.setattr(evidence, "_RIVALS", 0.0)
    assert with_rivals > apart() > 0
    evidence.weigh_study.cache_clear()
    rivals = evidence._rivals(np.array([[0.5, 0.5, 0.5], [0.5, 0.9, 0.5]]))
    assert rivals[1, 0] > rivals[0, 0]
    assert rivals[1, 1] == pytest.approx(rivals[0, 1])  # a code is not its own rival
    assert evidence._rivals(np.array([[0.5]])).tolist() == [[0.0]]
    assert evidence._rivals(np.array([[3.0, 0.0]])) == pytest.approx(np.array([[0.0, 3.0]]))


def test_where_in_its_interview_a_segment_stands_is_learned_from():
    """Interviews that follow one guide: the code belongs to what is said at the end."""
    told = ["time time", "pain and home", "home", "trust trust", "so", "trust"] * 2
    interviews = [study(told, transcript_id=f"p{k}") for k in range(8)]
    segments = [segment for interview in interviews for segment in interview]
    first, last = (np.arange(len(segments)) % 12 == k for k in (0, 6))  # the same words
    labels = np.full((len(segments), 1), -1, dtype=np.int8)
    labels[: 4 * 12, 0] = [k % 12 >= 6 for k in range(4 * 12)]
    codebook = Codebook([Code("after", "Afterwards")])
    p = probabilities(Subjects(), segments, labels, codebook)[:, 0]
    unseen = np.arange(len(segments)) >= 5 * 12
    assert p[unseen & last].min() > p[unseen & first].max() + 0.1
    suggester = CodeSuggester(codebook, model=Subjects()).fit(segments[:48], labels[:48])
    strange = suggester.predict_proba(study(told, transcript_id="elsewhere"))[:, 0]
    assert strange[0] == pytest.approx(strange[6])  # nobody knows how long that interview is


def test_every_language_of_a_code_speaks_for_it(encoder):
    swedish = Code("trust", "Tillit", "Patienten vågar anförtro sig.", language="sv")
    both = replace(CODES[0], language="en", translations=(swedish,))
    segments = study(["Jag vågar anförtro mig.", *SAID])
    alone, together = (
        probabilities(encoder, segments, codebook=Codebook([code, *CODES[1:]]))[0, 0]
        for code in (CODES[0], both)
    )
    assert together > alone
    assert {part.language for part in parts_of(both)} == {"en", "sv"}


@pytest.mark.parametrize(
    "texts",
    [
        ["One segment. Two sentences."],
        ["Mm."],
        [""],
        ["   "],
        ["", "", "Something."],
        ["The same."] * 30,
        ["😀", "e\u0301", "我不信任她。", "\r\n"],
    ],
)
@pytest.mark.parametrize("n_codes", [1, 2, 4])
@pytest.mark.parametrize("answer", [-1, 0, 1])
@pytest.mark.parametrize("language", ["en", "", "xx", "tlh"])
def test_probabilities_lie_between_0_and_1(encoder, texts, n_codes, answer, language):
    segments = study(texts, language)
    codebook = Codebook(CODES[:n_codes])
    labels = np.full((len(segments), n_codes), answer, dtype=np.int8)
    p = probabilities(encoder, segments, labels, codebook)
    assert p.shape == labels.shape
    assert np.isfinite(p).all()
    assert ((p > 0) & (p < 1)).all()
    found = suggestions(encoder, segments, labels, codebook)
    assert len(found) == len(segments) * n_codes


def test_codes_that_say_the_same_are_equally_likely(encoder):
    twins = Codebook([Code("a", "Calm"), Code("b", "Calm", parent="a")])
    p = probabilities(encoder, study(), codebook=twins)
    assert p[:, 0] == pytest.approx(p[:, 1])


def test_no_segments_or_no_codes_are_no_suggestions(encoder):
    assert suggest_codes([], np.zeros((0, 64)), CODEBOOK, model=encoder) == []
    assert suggestions(encoder, study(), codebook=Codebook([])) == []


def test_a_suggester_fitted_on_nothing_can_be_asked(encoder):
    suggester = CodeSuggester(CODEBOOK, model=encoder).fit([])
    assert suggester.predict_proba([]).shape == (0, 4)
    assert suggester.predict_proba(study(SAID[:1])).argmax() == 0


# ---------------------------------------------------------------- what decisions teach


def test_acceptance_raises_a_code_where_segments_are_similar_and_rejection_lowers_it(encoder):
    walks = [f"We went for a walk in the park, number {k}" for k in "abcdef"]
    machines = [f"I dared to confide in the coffee machine, number {k}" for k in "ghijkl"]
    segments = study([*walks, *machines, *SAID])
    before = probabilities(encoder, segments)[:, 0]
    labels = labels_for(segments, trust={0: 1, 1: 1, 2: 1, 6: 0, 7: 0, 8: 0})
    after = probabilities(encoder, segments, labels)[:, 0]
    assert before[:6].max() < before[6:12].min()
    assert (after[3:6] > before[3:6] + 0.1).all()
    assert (after[9:12] < before[9:12] - 0.1).all()


def test_more_of_the_same_answers_move_the_estimate_further(encoder):
    walks = [f"We went for a walk in the park, number {k}" for k in "abcdefgh"]
    segments = study([*walks, *SAID])
    p = [
        probabilities(encoder, segments, labels_for(segments, pain=dict.fromkeys(range(n), 1)))[
            7, 2
        ]
        for n in range(7)
    ]
    assert p == sorted(p)
    assert p[6] > p[1] > p[0]


def test_what_was_decided_about_one_code_leaves_the_order_of_the_others(encoder):
    segments = study()
    labels = labels_for(segments, trust={0: 1, 1: 1, 8: 0, 9: 0})
    before, after = probabilities(encoder, segments), probabilities(encoder, segments, labels)
    assert np.array_equal(np.argsort(before[:, 1:], axis=0), np.argsort(after[:, 1:], axis=0))


def test_an_answer_about_one_code_teaches_little_about_others(encoder):
    segments = study()
    half = labels_for(segments, trust={0: 0})
    suggester = CodeSuggester(CODEBOOK, model=encoder).fit(segments, half)
    taught = np.linalg.norm(suggester.coef_, axis=1)
    assert (taught[1:] < taught[0] / 3).all()
    assert np.ptp(suggester.intercept_[1:]) < 1e-9


def test_codes_about_the_same_learn_from_each_other():
    """One code is answered for; the second is about the same, the third is not."""
    features = np.random.default_rng(2).normal(size=(40, 6))
    labels = np.full((40, 3), -1, np.int8)
    labels[:, 0] = features[:, 0] > 0.3
    kinship = np.eye(3)
    kinship[0, 1] = kinship[1, 0] = 0.9
    learned = learning.learn(
        features, np.zeros((40, 3)), -1.0, labels, kinship=kinship, n_interviews=9
    )
    of_first, of_kin, of_other = learned.words[:, 0]
    assert of_first > of_kin > of_other


def test_accepted_codes_alone_do_not_teach_that_everything_applies(encoder):
    segments, codebook = large_study()
    labels = np.full((len(segments), len(codebook)), -1, dtype=np.int8)
    labels[np.arange(len(segments)), np.arange(len(segments)) % len(codebook)] = 1
    before = probabilities(encoder, segments, codebook=codebook).mean()
    after = probabilities(encoder, segments, labels, codebook=codebook).mean()
    assert after < max(2 * before, 2.5 / len(codebook))


@pytest.mark.parametrize("n_decided", [1, 10, 68])
def test_a_fit_is_the_maximum_of_the_posterior(n_decided, monkeypatch):
    """At the maximum each prior pulls exactly as hard as the answers push."""
    monkeypatch.setattr(learning, "_ENOUGH", TO_THE_END)
    decided, level = some_decided(n_decided), -2.0
    mixing = some_mixing()
    theta = learning._most_likely(decided, level, mixing, steps=5000)
    shape = (decided.counts.shape[1], decided.features.shape[1])
    words, frequency, trust, shift = learning._unpacked(theta, shape)
    logits = (1 + trust) * decided.evidence + decided.features @ words.T + frequency
    p = 1 / (1 + np.exp(-(logits + level + shift)))
    error = decided.counts * (p - decided.applies)
    covariance = mixing @ mixing / learning._WORDS
    assert words == pytest.approx(-covariance @ error.T @ decided.features, abs=1e-4)
    assert frequency == pytest.approx(-error.sum(axis=0) / learning._FREQUENCY, abs=1e-4)
    assert trust == pytest.approx(-(error * decided.evidence).sum() / learning._TRUST, abs=1e-4)
    assert shift == pytest.approx(-error.sum() / learning._LEVEL, abs=1e-4)


def test_a_fit_stops_near_the_maximum(monkeypatch):
    decided, mixing = some_decided(68), some_mixing()
    alone = learning._mixing(np.eye(len(mixing)), 0.0)
    first, second = learning._STEPS
    stopped = learning._most_likely(decided, -2.0, alone, steps=first)
    then = learning._most_likely(decided, -2.0, mixing, steps=second, begin=stopped)
    monkeypatch.setattr(learning, "_ENOUGH", TO_THE_END)
    for here, mixed in ((stopped, alone), (then, mixing)):
        farthest = learning._most_likely(decided, -2.0, mixed, steps=5000)
        assert np.linalg.norm(here - farthest) < 0.1 * np.linalg.norm(farthest)


def test_what_is_foretold_for_a_segment_left_out_is_near_what_a_fit_without_it_says(monkeypatch):
    monkeypatch.setattr(learning, "_ENOUGH", TO_THE_END)
    decided, level = some_decided(40), -2.0
    mixing = some_mixing()
    shape = (decided.counts.shape[1], decided.features.shape[1])

    def learned(rows):
        part = learning._Decided(
            decided.features[rows], decided.spread, decided.evidence[rows],
            decided.applies[rows], decided.counts[rows], decided.doubt,
        )  # fmt: skip
        theta = learning._most_likely(part, level, mixing, steps=5000)
        words, frequency, trust, shift = learning._unpacked(theta, shape)
        base = (1 + trust) * decided.evidence + level + shift
        return base, decided.features @ words.T + frequency

    everything = np.arange(40)
    base, seen = learned(everything)
    foretold = learning._unseen(decided, base, seen)
    without = np.stack([learned(np.delete(everything, row))[1][row] for row in everything])
    assert np.abs(foretold - without).mean() < np.abs(seen - without).mean() / 3


def test_a_study_in_which_the_codebook_says_nothing_learns_not_to_trust_it():
    rng = np.random.default_rng(5)
    features = rng.normal(size=(60, 8))
    applies = (features[:, :3] > 0.5).astype(np.int8)
    true, false = (
        learning.learn(features, words, -1.0, applies, kinship=np.eye(3), n_interviews=9)
        for words in (4 * (applies - 0.5), rng.normal(size=(60, 3)) * 2)
    )
    assert false.scale < 0.8 * true.scale


def test_answers_from_one_interview_teach_less_of_how_often_a_code_is_used(encoder):
    pages = [study(SAID, transcript_id=name) for name in "abcdefgh"]
    segments = [segment for page in pages for segment in page]
    one = labels_for(segments, trust=dict.fromkeys(range(8), 1))
    several = labels_for(segments, trust={10 * k + k: 1 for k in range(8)})
    untold = slice(70, 80)
    of_one, of_several = (
        probabilities(encoder, segments, each)[untold, 0] for each in (one, several)
    )
    assert of_one.mean() < of_several.mean()


def around(answers):
    """A segment that says nothing, before these answers, in a study in which subjects last."""
    others = study([SAID[4], SAID[5], SAID[6], SAID[7]], transcript_id="r")
    return [*study(["It was as it was.", *answers]), *others]


def test_the_segments_around_a_segment_speak_for_its_code(encoder):
    unclear = [probabilities(encoder, around(said))[0] for said in (SAID[:2], SAID[2:4])]
    assert unclear[0][0] > unclear[1][0]
    assert unclear[0][1] < unclear[1][1]


def test_what_another_role_says_does_not_speak_for_it(encoder):
    segments = around(SAID[:2])
    heard = [replace(s, role="interviewer" if k in {1, 2} else "") for k, s in enumerate(segments)]
    both = probabilities(encoder, segments)[0, 0], probabilities(encoder, heard)[0, 0]
    assert both[0] > both[1]


# ---------------------------------------------------------------- the estimator


def test_unseen_segments_can_be_asked_about(encoder):
    segments = study(SAID * 3)
    suggester = CodeSuggester(CODEBOOK, model=encoder).fit(segments, None)
    fresh = study(["I confide in the counsellor and feel safe.", SAID[2]], language="sv")
    p = suggester.predict_proba(fresh)
    assert p.shape == (2, 4)
    assert p.argmax(axis=1).tolist() == [0, 1]


def test_a_part_of_the_segments_gets_the_same_answer_as_all(encoder):
    segments, codebook = large_study()
    labels = labels_for(segments, codebook, trust={0: 1, 9: 0})
    suggester = CodeSuggester(codebook, model=encoder).fit(segments, labels)
    part = suggester.predict_proba(segments[3:20])
    np.testing.assert_allclose(part, suggester.predict_proba(segments)[3:20], atol=1e-9)


def test_the_embeddings_of_the_question_count_not_those_of_fit(encoder):
    segments = study()
    embeddings = embed(segments, model=encoder)
    suggester = CodeSuggester(CODEBOOK, model=encoder).fit(segments, embeddings=embeddings)
    before = suggester.predict_proba(segments, embeddings=embeddings)
    embeddings[:] = embeddings[::-1].copy()
    after = suggester.predict_proba(segments, embeddings=embeddings)
    assert not np.allclose(before, after)


def test_embeddings_may_be_left_out_or_be_lists(encoder):
    segments = study()
    rows = embed(segments, model=encoder)
    suggester = CodeSuggester(CODEBOOK, model=encoder).fit(segments, embeddings=rows.tolist())
    given_rows = suggester.predict_proba(segments, embeddings=rows)
    assert np.array_equal(given_rows, suggester.predict_proba(segments))


def test_fit_changes_no_parameter_and_no_argument(encoder, tmp_path):
    file = tmp_path / "weights.json"
    file.write_text('{"scale": 5, "intercept": -1}', encoding="utf-8")
    suggester = CodeSuggester(CODEBOOK, model=encoder, weights=file, random_state=7)
    before = suggester.get_params()
    segments = study()
    labels, rows = labels_for(segments, trust={0: 1, 4: 0}), embed(segments, model=encoder)
    kept = labels.copy(), rows.copy()
    assert suggester.fit(segments, labels, embeddings=rows) is suggester
    suggester.predict_proba(segments, embeddings=rows)
    assert suggester.get_params() == before
    assert all(suggester.get_params()[name] is value for name, value in before.items())
    assert np.array_equal(labels, kept[0])
    assert np.array_equal(rows, kept[1])


def test_a_second_fit_forgets_the_first(encoder):
    segments = study()
    suggester = CodeSuggester(CODEBOOK, model=encoder)
    first = suggester.fit(segments).predict_proba(segments)
    suggester.fit(segments, labels_for(segments, trust={0: 1, 1: 1}))
    assert not np.allclose(suggester.predict_proba(segments), first)
    assert np.array_equal(suggester.fit(segments).predict_proba(segments), first)


def test_parameters_can_be_read_and_set():
    suggester = CodeSuggester(CODEBOOK)
    assert suggester.get_params() == {
        "codebook": CODEBOOK, "model": None, "weights": None, "random_state": 0,
    }  # fmt: skip
    assert suggester.set_params(model="some/model", random_state=3) is suggester
    assert (suggester.model, suggester.random_state) == ("some/model", 3)
    with pytest.raises(ValueError, match="no parameter colour"):
        suggester.set_params(colour="red")


def test_scikit_learn_clones_a_suggester(encoder):
    from sklearn.base import clone

    segments = study()
    fitted = CodeSuggester(CODEBOOK, model=encoder, random_state=2).fit(segments)
    fresh = clone(fitted)
    assert not hasattr(fresh, "evidence_")
    assert (fresh.codebook, fresh.random_state) == (CODEBOOK, 2)
    assert np.array_equal(
        fresh.fit(segments).predict_proba(segments), fitted.predict_proba(segments)
    )


def test_the_suggester_loads_nothing_heavy_when_imported():
    code = (
        "import sys, alliance_nlp.suggestions, alliance_nlp.benchmark\n"
        "print([m for m in ('sklearn', 'scipy', 'torch', 'spacy', 'hdbscan') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
def test_a_fitted_suggester_can_be_copied_and_pickled(encoder, copied):
    segments = study()
    suggester = CodeSuggester(CODEBOOK, model=encoder)
    suggester.fit(segments, labels_for(segments, trust={0: 1, 4: 0}))
    again = copied(suggester)
    assert np.array_equal(again.predict_proba(segments), suggester.predict_proba(segments))
    fresh = study(["Coffee with the counsellor. Then home."])
    assert np.array_equal(again.predict_proba(fresh), suggester.predict_proba(fresh))


# ---------------------------------------------------------------- what does not fit


def test_embeddings_of_another_model_are_refused(encoder):
    segments = study()
    with pytest.raises(ModelError, match=r"8 dimensions, but .* 64: pass the model"):
        CodeSuggester(CODEBOOK, model=encoder).fit(segments, embeddings=np.eye(10, 8))
    suggester = CodeSuggester(CODEBOOK, model=encoder).fit(segments)
    with pytest.raises(ModelError, match="8 dimensions"):
        suggester.predict_proba(segments, embeddings=np.eye(10, 8))
    with pytest.raises(ModelError, match="8 dimensions"):
        suggest_codes(segments, np.eye(10, 8), CODEBOOK, model=encoder)


@pytest.mark.parametrize("embeddings", [np.zeros((3, 64)), np.zeros(10), np.zeros((10, 64, 1))])
def test_embeddings_of_another_shape_are_refused(encoder, embeddings):
    with pytest.raises(ValueError, match=r"do not fit 10 segments; one row per segment"):
        CodeSuggester(CODEBOOK, model=encoder).fit(study(), embeddings=embeddings)
    suggester = CodeSuggester(CODEBOOK, model=encoder).fit(study())
    with pytest.raises(ValueError, match="do not fit 10 segments"):
        suggester.predict_proba(study(), embeddings=embeddings)


def test_embeddings_that_are_not_finite_are_refused(encoder):
    embeddings = embed(study(), model=encoder)
    embeddings[3, 5] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        CodeSuggester(CODEBOOK, model=encoder).fit(study(), embeddings=embeddings)


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        (np.full((10, 3), -1), r"shape \(10, 3\); \(10, 4\) is needed"),
        (np.full((4, 10), -1), r"shape \(4, 10\)"),
        (np.full(10, -1), r"shape \(10,\)"),
        (np.full((10, 4), 2), "1 .applies., 0"),
        (np.full((10, 4), np.nan), "1 .applies., 0"),
        (np.full((10, 4), 0.5), "1 .applies., 0"),
    ],
)
def test_labels_that_do_not_fit_are_refused(encoder, labels, reason):
    with pytest.raises(ValueError, match=reason):
        CodeSuggester(CODEBOOK, model=encoder).fit(study(), labels)
    with pytest.raises(ValueError, match=reason):
        suggestions(encoder, study(), labels)


def test_labels_may_be_lists(encoder):
    labels = labels_for(study(), trust={0: 1, 1: 0})
    assert suggestions(encoder, study(), labels.tolist()) == suggestions(encoder, study(), labels)


def test_an_empty_codebook_cannot_be_fitted(encoder):
    with pytest.raises(CodebookError, match="at least one code"):
        CodeSuggester(Codebook([], name="pilot"), model=encoder).fit(study())


@pytest.mark.parametrize(
    "content",
    [
        b"", b"scale: 3", b"[1, 2]", b"7", b"null", b'{"scale": 3}', b"\xff\xfe\x00",
        b'{"scale": "much", "intercept": 0}', b'{"scale": null, "intercept": 0}',
    ],
)  # fmt: skip
def test_garbled_weights_are_refused(encoder, tmp_path, content):
    file = tmp_path / "weights.json"
    file.write_bytes(content)
    with pytest.raises(ModelError, match=r"weights\.json: these are no weights") as caught:
        CodeSuggester(CODEBOOK, model=encoder, weights=file).fit(study())
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_weights_that_are_not_finite_are_refused(encoder, tmp_path, number):
    file = tmp_path / "weights.json"
    file.write_text(f'{{"scale": {number}, "intercept": 0}}', encoding="utf-8")
    with pytest.raises(ModelError, match="must be finite"):
        CodeSuggester(CODEBOOK, model=encoder, weights=str(file)).fit(study())


def test_missing_weights_are_refused(encoder, tmp_path):
    for path in (tmp_path / "nowhere.json", tmp_path):
        with pytest.raises(ModelError, match="these are no weights"):
            CodeSuggester(CODEBOOK, model=encoder, weights=path).fit(study())


def test_other_weights_give_other_probabilities_in_the_same_order(encoder, tmp_path):
    file = tmp_path / "weights.json"
    file.write_text(json.dumps({"scale": 2.0, "intercept": -3.0}), encoding="utf-8")
    shipped = probabilities(encoder, study())
    other = CodeSuggester(CODEBOOK, model=encoder, weights=file).fit(study()).predict_proba(study())
    assert (other < shipped).any()
    assert np.array_equal(np.argsort(other, axis=1), np.argsort(shipped, axis=1))


# ---------------------------------------------------------------- which codes are offered


@pytest.mark.parametrize("top", [0, 1, 3, 4, 9])
def test_no_more_than_top_codes_are_offered_most_likely_first(encoder, top):
    segments = study()
    p = probabilities(encoder, segments)
    found = suggestions(encoder, segments, top=top)
    for row, segment in enumerate(segments):
        offered = of_segment(found, segment)
        assert len(offered) == min(top, 4)
        assert [s.probability for s in offered] == pytest.approx(sorted(p[row])[::-1][:top])
        assert [s.code_id for s in offered] == [CODES[k].id for k in np.argsort(-p[row])][:top]


@pytest.mark.parametrize("top", range(1, 9))
def test_a_broad_code_is_not_offered_after_a_narrower_one(encoder, top):
    words = " ".join(SAID).replace(".", "").split()
    rng = np.random.default_rng(1)
    broad = [Code(f"b{k}", f"{words[k]} {words[k + 9]}") for k in range(4)]
    narrow = [
        Code(f"n{k}", f"{words[k + 3]} {words[k + 20]}", parent=f"b{k % 4}") for k in range(8)
    ]
    narrowest = [Code(f"x{k}", f"{words[k + 7]} {words[k]} so", parent=f"n{k}") for k in range(4)]
    codebook = Codebook([*broad, *narrow, *narrowest])
    segments = study([" ".join(rng.choice(words, 5)) for _ in range(60)])
    found = suggestions(encoder, segments, codebook=codebook, top=top)
    for segment in segments:
        offered = [codebook.by_id(s.code_id) for s in of_segment(found, segment)]
        ids = [code.id for code in offered]
        for place, code in enumerate(offered):
            while code.parent:
                assert code.parent not in ids[place:]
                code = codebook.by_id(code.parent)  # noqa: PLW2901
        assert len(offered) >= min(top, 8)


def test_a_broad_code_is_offered_where_its_narrower_ones_are_not():
    codebook = Codebook([Code("t", "trust"), Code("i", "time"), Code("p", "pain", parent="t")])
    found = suggestions(Subjects(), study(["trust", "time", "pain"]), codebook=codebook, top=1)
    assert [s.code_id for s in found] == ["t", "i", "p"]


# ---------------------------------------------------------------- reasons


PIECES = st.sampled_from(
    [
        "I trust her. ",
        "她很好。",
        "我不信任她！",
        "😀😀 time. ",
        "Le\u0301a had pain? ",
        "home\n",
        "mm ",
    ]
)


@settings(max_examples=40)
@given(
    before=st.text("a😀中\u0301 ", max_size=8),
    pieces=st.lists(st.lists(PIECES, min_size=1, max_size=5), min_size=1, max_size=3),
    language=st.sampled_from(["en", "sv", "zh", ""]),
)
def test_the_rationale_is_one_sentence_of_the_segment(before, pieces, language):
    transcript, segments = before, []
    for words in map("".join, pieces):
        start, end = len(transcript), len(transcript) + len(words)
        segments.append(Segment(f"p:{start}-{end}", "p", start, end, words, language=language))
        transcript += words + "\n"
    codebook = Codebook([Code("t", "trust"), Code("i", "time"), Code("p", "pain")])
    found = suggestions(Subjects(), segments, codebook=codebook)
    by_id = {segment.id: segment for segment in segments}
    assert len(found) == 3 * len(segments)
    for each in found:
        segment = by_id[each.segment_id]
        ((start, end),) = each.rationale
        assert transcript[segment.start : segment.end] == segment.text
        whole = {segment.text[i:j] for i, j in sentences(segment.text, language)}
        assert transcript[start:end] in whole
        assert segment.start <= start < end <= segment.end
        assert each.polarity == polarity_of(transcript[start:end], language)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_sentence_that_carries_a_code_is_named(place):
    said = ["We had coffee.", "It rained.", "She smiled."]
    said[place] = "There was no time, no time."
    text = " ".join(said)
    segments = study([text, "pain", "trust"])
    codebook = Codebook([Code("t", "trust"), Code("i", "time"), Code("p", "pain")])
    best, *_ = suggestions(Subjects(), segments, codebook=codebook)
    ((start, end),) = best.rationale
    assert (best.code_id, text[start:end]) == ("i", said[place])
    assert best.polarity == "negated"


def test_the_sentence_may_be_one_that_decisions_taught(encoder):
    walk = "We went for a walk in the park"
    segments = study([*(f"{walk}, {k}." for k in "abcdef"), f"Well. {walk}. Yes.", *SAID])
    labels = labels_for(segments, trust=dict.fromkeys(range(6), 1))
    found = of_segment(suggestions(encoder, segments, labels), segments[6])
    ((start, end),) = next(s.rationale for s in found if s.code_id == "trust")
    assert segments[6].text[start - segments[6].start : end - segments[6].start] == f"{walk}."


def bilingual():
    swedish = Code(
        "trust", "Tillit", "Patienten vågar. Hon anförtror sig.", include="Att känna sig trygg.",
        examples=("Hon dömde inte.",), language="sv",
    )  # fmt: skip
    english = replace(
        CODES[0], language="en", examples=("She did not judge.",), translations=(swedish,)
    )
    return Codebook([english, *CODES[1:]]), {"en": english, "sv": swedish}


@pytest.mark.parametrize("language", ["en", "sv", "zh", ""])
def test_what_matched_is_a_part_of_the_code_in_the_language_of_the_segment(encoder, language):
    codebook, versions = bilingual()
    for each in suggestions(encoder, study(language=language), codebook=codebook):
        kind, text = each.matched.split(": ", 1)
        code = codebook.by_id(each.code_id)
        spoken = versions.get(language, versions["en"]) if code.id == "trust" else code
        parts = {
            "definition": spoken.definition,
            "include": spoken.include,
            "example": "\n".join(spoken.examples),
        }
        assert text
        assert text in parts[kind]


@pytest.mark.parametrize(
    ("said", "matched"),
    [
        ("I dare to confide in her.", "definition: She dares to confide in the counsellor."),
        ("A feeling of being safe.", "include: Feeling safe."),
        ("Ten minutes, and out again, quickly.", "example: Ten minutes and out again."),
    ],
)
def test_the_nearest_part_of_the_code_is_named(encoder, said, matched):
    segments = [*study([said], transcript_id="q"), *study()]
    best = of_segment(suggestions(encoder, segments), segments[0])[0]
    assert best.matched == matched


@pytest.mark.parametrize(
    ("definition", "said", "clause"),
    [
        (
            "The nurse keeps what was agreed upon.\nWhoever asks gets an answer; the patient dares "
            "to confide in the nurse, without any fear.",
            "I dare to confide in the nurse.",
            "the patient dares to confide in the nurse, without any fear.",
        ),
        (
            "Feelings that somebody has, such as grief, anger, joy, and 1,5 more; what the nurse "
            "does about them then.",
            "Grief, anger and joy.",
            "Feelings that somebody has, such as grief, anger, joy, and 1,5 more",
        ),
        (
            "Patienten får bestämma helt själv. Kuratorn väntar in det som är svårt, t.ex. sorg.",
            "Hon väntar in det som är svårt.",
            "Kuratorn väntar in det som är svårt, t.ex. sorg.",
        ),
        (
            "社工慢慢来，不着急也不催促病人；病人说“我很信任你们大家，”什么都敢说出来。",
            "我很信任你们大家，什么都敢说出来。",
            "病人说“我很信任你们大家，”什么都敢说出来。",
        ),
        ("Feeling safe, being met. Trust 😀.", "Being met.", "Feeling safe, being met. Trust 😀."),
    ],
)
def test_of_a_long_definition_the_nearest_clause_is_named_as_it_stands(
    encoder, definition, said, clause
):
    codebook = Codebook([Code("trust", "Trust", definition), *CODES[1:]])
    segments = [*study([said], transcript_id="q"), *study()]
    found = of_segment(suggestions(encoder, segments, codebook=codebook), segments[0])
    (trust,) = [each for each in found if each.code_id == "trust"]
    assert trust.matched == f"definition: {clause}"
    assert clause in definition


@pytest.mark.parametrize("name", ["Trust", "Trust: in people", " "])
@pytest.mark.parametrize("definition", ["", "Trust: daring to confide.", "  ", "One. Two."])
def test_a_code_of_few_words_still_names_what_matched(encoder, name, definition):
    codebook = Codebook([Code("trust", name, definition), *CODES[1:]])
    for each in suggestions(encoder, study(), codebook=codebook):
        kind, text = each.matched.split(": ", 1)
        if each.code_id == "trust":
            assert kind == ("definition" if definition else "name")
            assert text in (definition or name)


def test_the_nearest_decided_segments_are_named_and_never_the_segment_itself(encoder):
    segments, codebook = large_study()
    rng = np.random.default_rng(5)
    labels = rng.integers(-1, 2, (len(segments), len(codebook))).astype(np.int8)
    labels[:, 0] = -1
    labels[4, 0] = 1
    suggester = CodeSuggester(codebook, model=encoder).fit(segments, labels)
    similar = suggester.weighed_.centred @ suggester.weighed_.centred.T
    rows = {segment.id: row for row, segment in enumerate(segments)}
    found = suggestions(encoder, segments, labels, codebook)
    assert found
    for each in found:
        row, column = rows[each.segment_id], codebook.index(each.code_id)
        for answer, named in ((1, each.accepted_id), (0, each.rejected_id)):
            others = [k for k in range(len(segments)) if labels[k, column] == answer and k != row]
            if not others:
                assert named is None
            else:
                assert rows[named] in others
                assert similar[row, rows[named]] == pytest.approx(similar[row, others].max())


def test_equally_near_segments_go_by_their_ids(encoder):
    segments = [replace(s, id=name) for s, name in zip(study(["Same."] * 4), "dbca", strict=True)]
    labels = labels_for(segments, trust={0: 1, 1: 1, 2: 1})
    nearest = {
        s.segment_id: s.accepted_id
        for s in suggestions(encoder, segments, labels)
        if s.code_id == "trust"
    }
    assert nearest == {"a": "b", "b": "c", "c": "b", "d": "b"}


def test_copies_of_a_segment_are_equally_near_to_the_last_digit():
    """A product of matrices in single precision gives equal columns unequal results."""

    class Drawn:
        def encode(self, texts):
            of = [np.random.default_rng([len(text), *text.encode()]) for text in texts]
            return [rng.normal(size=384) for rng in of]

    codebook = Codebook([Code(f"c{k}", f"Code {k}") for k in range(60)])
    segments = study([*(f"One of {k}." for k in range(200)), *["Said by many."] * 5])
    labels = np.full((len(segments), len(codebook)), -1, dtype=np.int8)
    labels[-5:] = 1
    copies = sorted(segment.id for segment in segments[-5:])
    found = suggestions(Drawn(), segments, labels, codebook)
    assert {s.accepted_id for s in found if s.segment_id != copies[0]} == {copies[0]}


def test_without_decisions_nothing_is_near(encoder):
    assert {(s.accepted_id, s.rejected_id) for s in suggestions(encoder, study())} == {(None, None)}


def test_a_suggestion_gives_the_suggesters_own_probability(encoder):
    segments = study()
    labels = labels_for(segments, trust={0: 1, 4: 0}, pain={4: 1})
    p = probabilities(encoder, segments, labels)
    rows = {segment.id: row for row, segment in enumerate(segments)}
    for each in suggestions(encoder, segments, labels):
        assert each.probability == p[rows[each.segment_id], CODEBOOK.index(each.code_id)]


# ---------------------------------------------------------------- polarity


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I did not trust her."),
        ("en", "I DIDN’T trust her."),
        ("en", "we didnt have a plan"),
        ("en", "Nobody asked me."),
        ("en", "It was only me, without a plan."),
        ("en", "No, I never trusted him."),
        ("en", "Not only was he late, he didn't listen."),
        ("en", "They hardly spoke."),
        ("sv", "Jag litade inte på henne."),
        ("sv", "Ingen frågade."),
        ("sv", "Det var inte sant."),
        ("sv", "Jag gick därifrån utan att känna mig trygg."),
        ("sv", "Hon var inte bara sen, hon lyssnade aldrig."),
        ("zh", "我不信任她。"),
        ("zh", "他没有问我。"),
        ("zh", "我不同意这个方案。"),
        ("zh", "她是不是护士，我从来没问过。"),
    ],
)
def test_a_negation_marks_a_sentence(language, text):
    assert polarity_of(text, language) == "negated"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I trusted her."),
        ("en", ""),
        ("en", "Not only did she listen, she came back."),
        ("en", "It was good, wasn't it?"),
        ("en", "She has been kind, hasn’t she?"),
        ("en", "No, I trusted her from the first day."),
        ("en", "There is no doubt that it helped."),
        ("en", "I don't know, it just felt safe."),
        ("en", "I noted it in my notebook, another knot."),
        ("sv", "Hon var inte bara snäll, hon lyssnade."),
        ("sv", "Det hjälpte, inte sant?"),
        ("sv", "Jag vet inte, det kändes tryggt."),
        ("sv", "Det var utan tvekan bra."),
        ("sv", "Inte minst för min dotter."),
        ("zh", "她不仅很耐心，还听我说。"),
        ("zh", "我们的做法很不同。"),
        ("zh", "你信不信任她？"),
        ("zh", "没错，我很相信她。"),
        ("zh", "不好意思，我想说她很好。"),
        ("fr", "Je ne sais pas."),
        ("", "I did not trust her."),
    ],
)
def test_harmless_words_do_not(language, text):
    assert polarity_of(text, language) == "affirmed"


# ---------------------------------------------------------------- with the bundled model


THREE = {
    "en": ("We drove there in the rain.", "I could tell her anything, I felt safe with her.",
           "Afterwards we bought bread."),
    "sv": ("Bussen var sen den morgonen.", "Jag kände mig trygg och vågade berätta allt för henne.",
           "Sedan åt vi lunch."),
    "zh": ("那天早上下雨了。", "我信得过她，什么心里话都敢跟她说。", "后来我们去吃了午饭。"),
}  # fmt: skip
ELSEWHERE = {"en": "zh", "sv": "en", "zh": "sv"}


@pytest.fixture(scope="module")
def vectors_of_the_codebook(tmp_path_factory):
    """One cache for the tests below, so that the codebook is embedded once."""
    return str(tmp_path_factory.mktemp("cache"))


@pytest.mark.model
@pytest.mark.parametrize(
    ("language", "order"), [("en", (0, 1, 2)), ("sv", (1, 0, 2)), ("zh", (0, 2, 1))]
)
def test_the_model_names_the_sentence_whatever_the_language_of_the_codebook(
    language, order, vectors_of_the_codebook, monkeypatch
):
    monkeypatch.setenv("ALLIANCE_NLP_CACHE", vectors_of_the_codebook)
    alliance = Codebook.builtin("alliance").in_language(ELSEWHERE[language])
    ids = ("trust-safety", "time-limits", "power-dynamics")
    codes = [replace(alliance.by_id(each), parent="", translations=()) for each in ids]
    text = ("" if language == "zh" else " ").join(THREE[language][k] for k in order)
    segment = Segment("p:7", "p", 7, 7 + len(text), text, language=language)
    found = suggest_codes([segment], embed([segment]), Codebook(codes))
    trust = next(each for each in found if each.code_id == "trust-safety")
    ((start, end),) = trust.rationale
    assert text[start - 7 : end - 7] == THREE[language][1]
    said = f"{codes[0].definition}\n{codes[0].include}\n" + "\n".join(codes[0].examples)
    assert trust.matched.split(": ", 1)[1] in said


SPOKEN = [
    ("trust-safety", "en", "I did not trust her.", "negated"),
    ("trust-safety", "sv", "Jag vågade aldrig anförtro mig, jag kände mig inte trygg.", "negated"),
    ("trust-safety", "zh", "我不信任她，心里话不敢说。", "negated"),
    ("time-limits", "en", "We only get six weeks and then we have to discharge them.", "affirmed"),
    ("time-limits", "sv", "Vi har bara sex veckor på oss, sedan tar tiden slut.", "affirmed"),
    ("time-limits", "zh", "我们只有六个星期，时间一到就得结束。", "affirmed"),
    ("proceeding-slowly", "en", "You have to take it slowly and let it take its time.", "affirmed"),
    ("proceeding-slowly", "sv", "Man får skynda långsamt och vänta in patienten.", "affirmed"),
    ("proceeding-slowly", "zh", "要慢慢来，等病人准备好。", "affirmed"),
    ("power-dynamics", "en", "They think we are the experts and do as they are told.", "affirmed"),
    (
        "person-behind-illness",
        "sv",
        "Hon såg mig som människa och inte bara sjukdomen.",
        "affirmed",
    ),
    ("clinician-confidence", "zh", "我没受过这方面的培训，心里没底。", "negated"),
]


@pytest.fixture(scope="module")
def first_pass(vectors_of_the_codebook):
    segments = [
        Segment(f"p{k}", f"p{k}", 0, len(text), text, language=language)
        for k, (_, language, text, _) in enumerate(SPOKEN)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALLIANCE_NLP_CACHE", vectors_of_the_codebook)
        found = suggest_codes(segments, embed(segments), Codebook.builtin("alliance"), top=3)
    return [of_segment(found, segment) for segment in segments]


@pytest.mark.model
@pytest.mark.parametrize("row", range(len(SPOKEN)))
def test_the_built_in_codebook_offers_the_code_among_the_first_three(first_pass, row):
    expected, language, text, polarity = SPOKEN[row]
    found = {s.code_id: s for s in first_pass[row]}
    assert expected in found
    assert found[expected].polarity == polarity
    assert found[expected].rationale == ((0, len(text)),)
    spoken = Codebook.builtin("alliance").in_language(language).by_id(expected)
    matched = found[expected].matched.split(": ", 1)[1]
    assert matched in f"{spoken.definition}\n{spoken.include}\n" + "\n".join(spoken.examples)


# ---------------------------------------------------------------- what to read next


def three_subjects():
    """Six segments of one subject, three of another, one of a third; and their vectors."""
    subjects = np.eye(4)[[0] * 6 + [1] * 3 + [2]] * 0.9
    rows = subjects + np.random.default_rng(4).normal(size=subjects.shape) * 0.02
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return study([f"Number {k}" for k in range(10)]), rows


def test_the_segment_that_stands_for_most_others_is_the_most_informative_one():
    segments, rows = three_subjects()
    order = [segments.index(each) for each in most_informative_first(segments, rows, ())]
    subjects = [0 if row < 6 else 1 if row < 9 else 2 for row in order]
    assert sorted(order) == list(range(10))
    assert subjects[:2] == [0, 1]


def test_what_stands_for_what_was_decided_is_less_informative():
    segments, rows = three_subjects()
    decided = {segments[0].id, segments[7].id}
    order = most_informative_first(segments, rows, decided)
    assert order[0] == segments[9]
    assert {segment.id for segment in order[-2:]} == decided


@pytest.mark.parametrize("n", [0, 1, 3, 500])
def test_informative_segments_do_not_depend_on_their_order(n):
    rng = np.random.default_rng(n)
    segments, rows = study([f"Number {k}" for k in range(n)]), rng.normal(size=(n, 8))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    decided = {segment.id for segment in segments[:2]}
    first = [each.id for each in most_informative_first(segments, rows, decided)]
    shuffled = rng.permutation(n)
    again = [
        each.id
        for each in most_informative_first([segments[k] for k in shuffled], rows[shuffled], decided)
    ]
    assert sorted(first) == sorted(again) == sorted(segment.id for segment in segments)
    assert first[:40] == again[:40]


def test_the_surest_suggestion_of_a_segment_decides_when_it_comes():
    segments = study(["a", "b", "c"])
    found = [
        Suggestion(segments[0].id, "trust", 0.3),
        Suggestion(segments[1].id, "haste", 0.2),
        Suggestion(segments[1].id, "pain", 0.6),
    ]
    assert most_likely_first(segments, found) == [segments[1], segments[0], segments[2]]


# ---------------------------------------------------------------- a codebook that changes


def reworded(**words):
    """The codebook with another definition for one code."""
    return Codebook([replace(code, **words) if code.id == "pain" else code for code in CODES])


def test_a_rewording_names_the_answers_that_it_contradicts(encoder):
    segments, labels = study(), labels_for(study(), pain={4: 1, 5: 1, 6: 0, 7: 0, 0: 0})
    now = reworded(name="Relatives", definition="Daughters and sons help at home.", include="")
    found = contradicted(segments, CODEBOOK, now, labels, model=encoder)
    told = {(one.segment_id, one.accepted) for one in found}
    assert {(segments[row].id, True) for row in (4, 5)} <= told
    assert any(not accepted for _, accepted in told)
    assert (segments[0].id, False) not in told
    assert all(one.code_id == "pain" for one in found)
    assert all((one.after < one.before) == one.accepted for one in found)


@pytest.mark.parametrize(
    ("before", "after", "language"),
    [
        ("the patient trusts the nurse", "the patient does not trust the nurse", "en"),
        ("The patient trusts the nurse.", "The patient distrusts the nurse.", "en"),
        ("The patient isn't safe.", "The patient is safe, and at home there.", "en"),
        ("He is met. He dares to confide.", "He is met. He never dares to confide in her.", "en"),
        ("Trust", "Lack of trust", "en"),
        ("Patienten litar på sköterskan", "Patienten litar inte på sköterskan", "sv"),
        ("Patienten saknar tillit till henne.", "Patienten har tillit till henne.", "sv"),
        ("Att känna sig trygg", "Att känna sig otrygg", "sv"),
        ("Tro", "Misstro", "sv"),
        ("病人信任护士", "病人不信任护士", "zh"),
        ("病人感到安全，敢于倾诉。", "病人感到安全，但不敢倾诉。", "zh"),
        ("病人信任护士", "病人不信任护士", ""),
        ("Hon litar på honom", "Hon litar inte på honom", ""),
        ("The patient is interested.", "The patient is uninterested.", "en"),
        ("Understanding", "Misunderstanding", "en"),
        ("Intresserad av vården", "Ointresserad av vården", "sv"),
        ("Tillit", "Brist på tillit", "sv"),
    ],
)
def test_a_rewording_that_negates_what_was_said_turns_it_around(before, after, language):
    assert is_turned_around(before, after, language)
    assert is_turned_around(after, before, language)


@pytest.mark.parametrize(
    ("before", "after", "language"),
    [
        ("the patient trusts the nurse", "the patient trusts the nurse and is not afraid", "en"),
        ("Taking time.", "Taking time without hurry; never pushing.", "en"),
        ("Taking time.", "Taking time, not only here but also at home.", "en"),
        ("He dares to confide.", "He dares to confide what nobody else knows.", "en"),
        ("He trusts the nurse.", "He does not fear the nurse.", "en"),
        ("Not hurrying.", "Not hurrying, and not pushing either.", "en"),
        ("Willing or unwilling.", "Willing or unwilling to come.", "en"),
        ("Distrust", "Mistrust", "en"),
        ("Trust, or lack of trust.", "Trust.", "en"),
        ("Dissatisfied with the care", "Unsatisfied with the care", "en"),
        ("uncovers feelings", "discovers feelings", "en"),
        ("Patienten litar på henne", "Patienten litar på henne utan att tveka", "sv"),
        ("Patienten vågar berätta", "Patienten vågar berätta det som ingen annan vet", "sv"),
        ("病人信任护士", "病人信任护士，而不害怕。", "zh"),
        ("", "Nobody trusts.", "en"),
        ("Nobody trusts 😀.", "", ""),
    ],
)
def test_what_is_added_in_other_words_turns_nothing_around(before, after, language):
    assert not is_turned_around(before, after, language)
    assert not is_turned_around(after, before, language)


def test_every_yes_to_a_code_that_means_the_opposite_now_is_named(encoder):
    segments, labels = study(), labels_for(study(), trust={0: 1, 1: 0, 4: 1}, haste={2: 1})
    definition = "She does not dare to confide in the counsellor."
    now = Codebook([replace(CODES[0], definition=definition), *CODES[1:]])
    found = contradicted(segments, CODEBOOK, now, labels, model=encoder)
    assert {(one.segment_id, one.accepted) for one in found} == {
        (segments[0].id, True), (segments[4].id, True),
    }  # fmt: skip
    assert {one.code_id for one in found} == {"trust"}
    longer = f"{CODES[0].definition} Nothing is held back."
    now = Codebook([replace(CODES[0], definition=longer, include="Not rushed."), *CODES[1:]])
    assert len(contradicted(segments, CODEBOOK, now, labels, model=encoder)) < 3


def test_other_codes_that_come_contradict_nothing(encoder):
    segments = study()
    labels = np.ones((len(segments), 1), dtype=np.int8)
    now = Codebook([replace(CODES[0], include="Feeling safe!")])
    more = Codebook([*now, Code("calm", "Calm"), *CODES[1:]])
    undecided = np.full((len(segments), len(more) - 1), -1, dtype=np.int8)
    before = Codebook(CODES[:1])
    assert contradicted(segments, before, now, labels, model=encoder) == contradicted(
        segments, before, more, np.hstack([labels, undecided]), model=encoder
    )


def test_a_rewording_is_judged_whatever_lies_within_what(encoder):
    """Names are unique within one parent only, and parents come and go."""
    here, there = Code("here", "Here"), Code("there", "There")
    first, second = Code("a", "Time", "Ten minutes."), Code("b", "Hours", "A long day.")
    before = Codebook([first, second])
    after = Codebook(
        [here, there, replace(first, parent="here"), Code("b", "Time", "The leg.", parent="there")]
    )
    labels = np.ones((len(SAID), 4), dtype=np.int8)
    found = contradicted(study(), before, after, labels, model=encoder)
    assert {one.code_id for one in found} <= {"b"}


def test_one_code_is_spoken_of_for_every_segment_even_a_broad_one(encoder):
    broad = Codebook([*CODES, Code("safe", "Feeling safe", "I felt safe.", parent="trust")])
    segments = study()
    found = suggest_codes(
        segments, embed(segments, model=encoder), broad, model=encoder, only="trust"
    )
    assert [one.segment_id for one in found] == [segment.id for segment in segments]
    assert {one.code_id for one in found} == {"trust"}
    expected = probabilities(encoder, segments, codebook=broad)[:, 0]
    assert [one.probability for one in found] == pytest.approx(expected)


@pytest.mark.parametrize(
    "now",
    [
        CODEBOOK,
        reworded(exclude="Grief."),
        Codebook(CODES[:2]),
        Codebook([*CODES, Code("new", "New code")]),
    ],
    ids=["the same", "another exclusion", "fewer codes", "one more code"],
)
def test_a_codebook_without_new_words_contradicts_nothing(encoder, now):
    segments = study()
    labels = np.ones((len(segments), len(now)), np.int8)
    assert contradicted(segments, CODEBOOK, now, labels, model=encoder) == []


def test_a_code_that_is_added_half_way_starts_from_its_words(encoder):
    segments = study(SAID * 3)
    labels = labels_for(segments, trust={0: 1, 1: 1, 4: 0}, haste={2: 1, 5: 0})
    p = probabilities(encoder, segments, labels)
    added = Codebook([*CODES, Code("calm", "Calm", "She was calm.")])
    undecided = np.full((len(segments), 1), -1, np.int8)
    more = probabilities(encoder, segments, np.hstack([labels, undecided]), added)
    assert more[0, 4] > more[2:10, 4].max()
    for column in range(4):
        assert np.corrcoef(p[:, column], more[:, column])[0, 1] > 0.9


def test_codes_that_are_merged_keep_what_was_learned(encoder):
    """The answers to both become answers to one, as `labels_of` makes of answers imported anew."""
    segments = study(SAID * 3)
    labels = labels_for(segments, trust={0: 1, 10: 1, 4: 0}, family={6: 1, 16: 1, 2: 0})
    merged = Codebook([replace(CODES[0], name="Closeness", definition="Closeness."), *CODES[1:3]])
    both = np.where(labels[:, 3] == 1, 1, labels[:, 0])
    p = probabilities(encoder, segments, np.column_stack([both, labels[:, 1:3]]), merged)
    assert p[[20, 26], 0].min() > p[[22, 23, 24, 25], 0].max()


def test_a_code_that_is_split_is_learned_apart_again(encoder):
    segments = study(SAID * 3)
    halves = Codebook([Code("a", "Safe"), Code("b", "Time", "Too little time."), *CODES[2:]])
    labels = labels_for(segments, halves, a={0: 1, 1: 1, 2: 0, 3: 0}, b={2: 1, 3: 1, 0: 0, 1: 0})
    p = probabilities(encoder, segments, labels, halves)
    assert (p[[20, 21], 0] > p[[20, 21], 1]).all()
    assert (p[[22, 23], 1] > p[[22, 23], 0]).all()


def test_only_rejections_lower_a_code_without_ruling_it_out(encoder):
    segments = study(SAID * 3)
    before = probabilities(encoder, segments)[:, 0]
    after = probabilities(encoder, segments, labels_for(segments, trust=dict.fromkeys(range(8), 0)))
    assert after[:, 0].mean() < before.mean() / 2
    assert after[:, 0].min() > 1e-4


def test_three_acceptances_of_a_rare_code_are_enough_to_find_it(encoder):
    walks = [f"We went for a walk in the park, number {k}" for k in "abcdefgh"]
    segments = study([*SAID * 4, *walks])
    rare = Codebook([*CODES, Code("z", "Zzz")])
    first = len(SAID) * 4
    labels = labels_for(segments, rare, z={first: 1, first + 1: 1, first + 2: 1, 0: 0, 4: 0})
    p = probabilities(encoder, segments, labels, rare)[:, 4]
    assert p[first + 3 :].min() > p[:first].max()
