import dataclasses
import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import DBSCAN, AgglomerativeClustering, KMeans

from alliance_nlp.segments import Segment
from alliance_nlp.themes import find_themes
from alliance_nlp.themes.descriptions import describe
from alliance_nlp.themes.likeness import _coherence, _sides, comparable
from alliance_nlp.themes.members import memberships
from alliance_nlp.themes.words import read_words

SUBJECTS = {
    "en": (
        "trust between nurse and patient",
        "waiting time before visits",
        "training the left arm",
        "eating alone at home",
        "money for the bus",
        "sleeping badly again",
        "reading long letters",
        "calling my sister",
    ),
    "sv": ("tillit mellan skötare och patient", "väntetiden före besöket", "träna vänster arm"),
    "zh": ("护士和患者之间的信任", "看病以前的等待时间", "训练左边的手臂"),
}


def say(texts, *, language="en", transcript="p01", role="participant"):
    return [
        Segment(f"{transcript}:{i}-{i + 1}", transcript, i, i + 1, text, "", "P", role, language)
        for i, text in enumerate(texts)
    ]


def on_subjects(n_segments, *, n_subjects=3, languages=("en",), spread=0.1, offset=2.0):
    """Vectors around one direction per subject, all moved far the same way, as models do it."""
    noise = np.random.default_rng(1)
    segments, rows, subjects = [], [], []
    for i in range(n_segments):
        language, subject = languages[i % len(languages)], i // len(languages) % n_subjects
        texts = SUBJECTS[language]
        segments += [
            dataclasses.replace(one, id=f"p{i % 4}:{i}-{i + 1}", transcript_id=f"p{i % 4}")
            for one in say([f"{texts[subject % len(texts)]} {i}"], language=language)
        ]
        row = noise.normal(scale=spread, size=32)
        row[subject] += 1.0
        row[30] += offset
        row[31] += languages.index(language)  # what sets languages apart
        rows.append(row / np.linalg.norm(row))
        subjects.append(subject)
    return segments, np.array(rows, dtype=np.float32), subjects


def test_themes_are_the_subjects():
    segments, embeddings, subjects = on_subjects(90)
    subject_of = {one.id: subject for one, subject in zip(segments, subjects, strict=True)}
    themes = find_themes(segments, embeddings)
    assert len(themes) == 3
    for theme in themes:
        assert len({subject_of[one] for one in theme.segment_ids}) == 1
    assert sum(len(theme.segment_ids) for theme in themes) > 80


@pytest.mark.parametrize("n_segments", [40, 400])
def test_few_and_many_segments_give_the_same_eight_subjects(n_segments):
    segments, embeddings, subjects = on_subjects(n_segments, n_subjects=8)
    themes = find_themes(segments, embeddings)
    subject_of = {one.id: subject for one, subject in zip(segments, subjects, strict=True)}
    assert len(themes) == 8
    assert all(len({subject_of[one] for one in theme.segment_ids}) == 1 for theme in themes)


def test_a_theme_holds_three_languages_and_has_keywords_of_each():
    segments, embeddings, _ = on_subjects(120, languages=("en", "sv", "zh"))
    language_of = {one.id: one.language for one in segments}
    themes = find_themes(segments, embeddings)
    assert len(themes) == 3
    for theme in themes:
        uses = Counter(language_of[one] for one in theme.segment_ids)
        assert set(uses) == {"en", "sv", "zh"}
        for texts in SUBJECTS.values():
            spoken = "".join(texts)
            assert any(word in spoken for word in theme.keywords)


def test_themes_do_not_depend_on_the_order_of_segments():
    segments, embeddings, _ = on_subjects(80, spread=0.3)
    # Equal texts with equal vectors are the ties.
    segments += [dataclasses.replace(one, id=f"q:{i}-{i + 1}") for i, one in enumerate(segments)]
    embeddings = np.concatenate([embeddings, embeddings])
    themes = find_themes(segments, embeddings)
    order = list(range(len(segments)))
    random.Random(3).shuffle(order)
    assert themes
    assert find_themes([segments[i] for i in order], embeddings[order]) == themes


def test_the_id_of_a_theme_says_its_members():
    segments, embeddings, _ = on_subjects(60)
    louder = [dataclasses.replace(one, text=one.text.upper()) for one in segments]
    ids = [theme.id for theme in find_themes(segments, embeddings)]
    assert [theme.id for theme in find_themes(louder, embeddings)] == ids
    assert len(set(ids)) == len(ids)
    assert all(len(one) == len("theme-") + 8 for one in ids)


def test_a_neighbour_in_no_cluster_votes_against_all():
    rows = np.eye(4)
    near, cosines = np.array([[0, 1, 2]] * 4), np.full((4, 3), 0.9)

    def share(leaves):
        votes = memberships(
            near,
            cosines,
            sample=np.arange(4),
            among=rows,
            leaves=np.array(leaves),
            themes=np.arange(2),
        )
        return votes[0].round(6).tolist()

    assert share([0, 0, 0, 1]) == [1.0, 0.0]  # nobody votes for himself
    assert share([0, 0, -1, 1]) == [0.5, 0.0]
    assert share([0, 1, -1, 1]) == [0.0, 0.5]


def test_members_come_most_typical_first_and_largest_themes_first():
    segments, embeddings, _ = on_subjects(150, n_subjects=5, spread=0.25)
    themes = find_themes(segments, embeddings)
    sizes = [len(theme.segment_ids) for theme in themes]
    assert sizes == sorted(sizes, reverse=True)
    for theme in themes:
        assert list(theme.probabilities) == sorted(theme.probabilities, reverse=True)
        assert theme.probabilities[0] > 0.9
        assert min(theme.probabilities) >= 0.2
        assert all(0.0 <= one <= 1.0 for one in theme.probabilities)
        assert len(theme.probabilities) == len(theme.segment_ids) == len(set(theme.segment_ids))
        assert 0.0 <= theme.stability <= 1.0
        assert theme.name == ""


def test_no_segment_is_in_two_themes():
    segments, embeddings, _ = on_subjects(150, n_subjects=5, spread=0.25)
    themes = find_themes(segments, embeddings)
    members = [one for theme in themes for one in theme.segment_ids]
    assert len(members) == len(set(members))


def test_exemplars_are_members_from_different_transcripts():
    segments, embeddings, _ = on_subjects(120)
    for theme in find_themes(segments, embeddings):
        assert set(theme.exemplar_ids) <= set(theme.segment_ids)
        assert 1 <= len(theme.exemplar_ids) <= 5
        first = [one.split(":")[0] for one in theme.exemplar_ids[:2]]
        assert len(set(first)) == len(first)


def test_exemplars_say_nothing_twice():
    segments, embeddings, subjects = on_subjects(90)
    same = [
        dataclasses.replace(one, text=SUBJECTS["en"][subject])
        for one, subject in zip(segments, subjects, strict=True)
    ]
    assert [len(theme.exemplar_ids) for theme in find_themes(same, embeddings)] == [1, 1, 1]


def test_strangers_are_outside_or_the_least_typical():
    segments, embeddings, _ = on_subjects(90)
    strangers = np.random.default_rng(5).normal(size=(3, 32))
    strangers *= 0.45 / np.linalg.norm(strangers, axis=1, keepdims=True)
    strangers[:, 30] = 0.89  # moved as far as all
    apart = ["goldfish in a bowl of glass", "volcanic ash on windows", "the tuba was out of tune"]
    for i, text in enumerate(apart):
        segments += say([text], transcript=f"x{i}")
    themes = find_themes(segments, np.concatenate([embeddings, strangers]))
    memberships = {
        one: probability
        for theme in themes
        for one, probability in zip(theme.segment_ids, theme.probabilities, strict=True)
    }
    strange = [memberships.get(one.id, 0.0) for one in segments[90:]]
    assert len(themes) == 3
    assert max(strange) < min(memberships[one.id] for one in segments[:90])


def test_not_every_segment_of_blurred_subjects_finds_a_theme():
    segments, embeddings, _ = on_subjects(200, n_subjects=4, spread=0.6)
    segments = [dataclasses.replace(one, text=f"said {i}") for i, one in enumerate(segments)]
    themes = find_themes(segments, embeddings)
    members = sum(len(theme.segment_ids) for theme in themes)
    assert 0 < members < 200


def test_what_interviewers_say_makes_no_theme():
    segments, embeddings, subjects = on_subjects(90)
    asked = [
        dataclasses.replace(one, role="interviewer") if subject == 0 else one
        for one, subject in zip(segments, subjects, strict=True)
    ]
    interviewers = {one.id for one in asked if one.role == "interviewer"}
    themes = find_themes(asked, embeddings)
    assert len(themes) == 2
    assert not interviewers & {one for theme in themes for one in theme.segment_ids}


def test_interviewers_alone_make_themes():
    segments, embeddings, _ = on_subjects(90)
    asked = [dataclasses.replace(one, role="interviewer") for one in segments]
    assert len(find_themes(asked, embeddings)) == 3


def test_no_segments_have_no_themes():
    assert find_themes([], np.zeros((0, 384), np.float32)) == []
    assert find_themes([], []) == []


def test_seven_segments_are_too_few():
    segments, embeddings, _ = on_subjects(7)
    assert find_themes(segments, embeddings) == []


def test_eight_segments_on_two_subjects_have_two_themes():
    segments, embeddings, _ = on_subjects(8, n_subjects=2)
    assert [len(theme.segment_ids) for theme in find_themes(segments, embeddings)] == [4, 4]


def test_segments_that_all_say_the_same_have_no_themes():
    segments = say(["Ingenting."] * 50, language="sv")
    assert find_themes(segments, np.ones((50, 8))) == []


def test_two_answers_given_again_and_again_are_two_themes():
    segments = say(["Time.", "Trust."] * 30)
    themes = find_themes(segments, [[1.0, 0.0], [0.0, 1.0]] * 30)
    assert sorted((len(theme.segment_ids), theme.keywords) for theme in themes) == [
        (30, ("time",)),
        (30, ("trust",)),
    ]
    assert all(min(theme.probabilities) > 0 for theme in themes)


def test_noise_without_any_structure_is_not_one_giant_theme():
    vectors = np.random.default_rng(2).normal(size=(200, 64))
    themes = find_themes(say([f"word{i}" for i in range(200)]), vectors)
    assert all(len(theme.segment_ids) < 100 for theme in themes)


def test_min_size_is_kept():
    segments, embeddings, _ = on_subjects(120, n_subjects=6, spread=0.2)
    themes = find_themes(segments, embeddings, min_size=15)
    assert themes
    assert all(len(theme.segment_ids) >= 15 for theme in themes)
    assert find_themes(segments, embeddings, min_size=100) == []


@pytest.mark.parametrize(
    ("embeddings", "message"),
    [
        (np.zeros((3, 4)), "shape .3, 4. do not fit 10 segments"),
        (np.zeros(10), "one row per segment"),
        (np.full((10, 4), np.nan), "p01:0-1 holds something that is not a finite number"),
    ],
)
def test_embeddings_that_do_not_fit_are_refused(embeddings, message):
    with pytest.raises(ValueError, match=message):
        find_themes(say(["words"] * 10), embeddings)


def test_a_theme_of_one_segment_is_refused():
    with pytest.raises(ValueError, match="2 segments or more"):
        find_themes(say(["words"] * 10), np.ones((10, 4)), min_size=1)


@settings(max_examples=25)
@given(st.integers(8, 60), st.integers(1, 6), st.integers(0, 1000))
def test_any_vectors_give_disjoint_themes_of_known_segments(n_segments, n_distinct, seed):
    distinct = np.random.default_rng(seed).normal(size=(n_distinct, 5))
    rows = distinct[np.random.default_rng(seed).integers(n_distinct, size=n_segments)]
    segments = say([f"said {i}" for i in range(n_segments)])
    themes = find_themes(segments, rows)
    members = [one for theme in themes for one in theme.segment_ids]
    assert len(members) == len(set(members))
    assert set(members) <= {one.id for one in segments}
    assert all(0 <= p <= 1 for theme in themes for p in theme.probabilities)


def keywords_of(segments, groups):
    return [list(one.keywords) for one in describe(segments, read_words(segments), groups)]


def keywords(texts, groups, language="en"):
    return keywords_of(say(texts, language=language), groups)


def test_keywords_leave_out_stop_words_fillers_numbers_and_letters():
    texts = ["Um, so I don't, you know, trust X 42 times", "yeah, it's trust, isn't it?"]
    assert keywords(texts, [[0, 1]]) == [["trust"]]
    assert keywords(["Alltså, det är ju liksom tillit, typ"] * 2, [[0, 1]], "sv") == [["tillit"]]
    assert keywords(["嗯，那个，就是信任吧，然后"] * 2, [[0, 1]], "zh") == [["信任"]]


def test_swedish_letters_and_compounds_stay_whole():
    texts = ["Anhörigstödet på Öster, e-hälsa", "anhörigstödet, Öster och e-hälsa"]
    assert set(keywords(texts, [[0, 1]], "sv")[0]) == {"anhörigstödet", "öster", "e-hälsa"}


def test_combining_marks_make_no_other_word():
    texts = ["va\u0308ntan", "v\u00e4ntan"]
    assert keywords(texts, [[0, 1]], "sv") == [["v\u00e4ntan"]]


def test_english_words_in_chinese_speech_stay_words():
    assert set(keywords(["PT师帮我训练", "PT师训练"], [[0, 1]], "zh")[0]) >= {"pt", "训练"}


def test_forms_of_one_word_take_one_place():
    assert len(keywords(["samtal", "samtalet", "samtalen"] * 2, [range(6)], "sv")[0]) == 1
    assert len(keywords(["trust", "trusted", "trusting"] * 2, [range(6)])[0]) == 1
    assert len(keywords(["patient", "patience"] * 2, [range(4)])[0]) == 2


def test_a_word_said_again_and_again_in_one_segment_counts_once():
    texts = ["budget " * 50 + "trust", "trust budgets", "trust", "time"]
    assert keywords(texts, [[0, 1, 2], [3]])[0][0] == "trust"


def test_words_of_every_group_weigh_less():
    texts = ["nurse trust", "nurse trust", "nurse time", "nurse time", "nurse", "nurse"]
    assert [words[0] for words in keywords(texts, [[0, 1], [2, 3]])] == ["trust", "time"]


def test_places_are_shared_out_by_language():
    english = say([f"alpha beta gamma delta epsilon zeta eta theta {i}" for i in range(9)])
    swedish = say(["tillit väntan arm ben hand fot"] * 3, language="sv", transcript="p02")
    words = keywords_of([*english, *swedish], [range(12)])[0]
    assert len(words) == 8
    assert len(set(words) & {"tillit", "väntan", "arm", "ben", "hand", "fot"}) == 2


def test_an_unknown_language_leaves_out_stop_words_of_three():
    assert keywords(["the och 我们 Vertrauen"] * 2, [[0, 1]], "") == [["vertrauen"]]


@pytest.mark.parametrize("language", ["qq", "zh-Hans", "../x", "English"])
def test_a_language_without_stop_words_is_no_error(language):
    assert keywords(["the Vertrauen"] * 2, [[0, 1]], language) == [["vertrauen"]]


def test_another_language_has_its_own_stop_words():
    assert keywords(["und das Vertrauen"] * 2, [[0, 1]], "de") == [["vertrauen"]]


def test_a_group_without_words_has_no_keywords():
    assert keywords(["42 🙂", "", "…"], [[0, 1, 2]]) == [[]]


def test_levels_are_nested_and_name_the_broad_theme_that_holds_them():
    segments, embeddings, _ = on_subjects(160, n_subjects=8, spread=0.2)
    broad, fine = (find_themes(segments, embeddings, level=level) for level in (3, 8))
    assert (len(broad), len(fine)) == (3, 8)
    for theme in fine:
        inside = [each for each in broad if set(theme.segment_ids) <= set(each.segment_ids)]
        assert len(inside) == 1
    named = find_themes(segments, embeddings, level="broad")
    assert {theme.parent_id for theme in fine} <= {theme.id for theme in named}


def test_a_level_that_is_none_is_refused():
    segments, embeddings, _ = on_subjects(20)
    for level in ("coarse", 0, -1, 2.5):
        with pytest.raises(ValueError, match="'broad', 'fine' or a number of themes"):
            find_themes(segments, embeddings, level=level)


def test_more_themes_than_there_are_clusters_are_all_clusters():
    segments, embeddings, _ = on_subjects(90)
    assert find_themes(segments, embeddings, level=1000) == find_themes(
        segments, embeddings, level=999
    )


@pytest.mark.parametrize("clusterer", [KMeans(4, n_init=1, random_state=0), DBSCAN(eps=0.2)])
def test_a_clusterer_of_scikit_learn_takes_the_place_of_ours(clusterer):
    segments, embeddings, subjects = on_subjects(120, n_subjects=4)
    subject_of = {one.id: subject for one, subject in zip(segments, subjects, strict=True)}
    themes = find_themes(segments, embeddings, clusterer=clusterer)
    assert len(themes) == 4
    assert all(len({subject_of[one] for one in theme.segment_ids}) == 1 for theme in themes)
    assert not hasattr(clusterer, "labels_")  # it stays as it was given


def test_a_clusterer_that_loses_segments_is_refused():
    class Forgetful:
        def fit_predict(self, X):  # noqa: N803
            return np.zeros(3)

    segments, embeddings, _ = on_subjects(30)
    with pytest.raises(ValueError, match="one label per segment is needed"):
        find_themes(segments, embeddings, clusterer=Forgetful())


@pytest.mark.parametrize("clusterer", ["kmeans", KMeans])
def test_what_clusters_nothing_is_no_clusterer(clusterer):
    segments, embeddings, _ = on_subjects(30)
    with pytest.raises(ValueError, match="it needs a method fit_predict, as KMeans"):
        find_themes(segments, embeddings, clusterer=clusterer)


@pytest.mark.parametrize("seed", range(5))
def test_all_in_one_is_no_theme(seed):
    generator = np.random.default_rng(seed)
    segments, _, _ = on_subjects(40)
    for themes in (
        find_themes(segments, generator.normal(1.0, 0.3, (40, 8)), level=level)
        for level in ("broad", None, "fine")
    ):
        assert len(themes) != 1 or len(themes[0].segment_ids) < 40


def test_a_theme_that_comes_back_is_told_from_one_that_does_not():
    segments, embeddings, _ = on_subjects(200, n_subjects=4)
    noise = np.random.default_rng(3).normal(scale=0.5, size=(60, 32))
    segments += say([f"something {i}" for i in range(60)], transcript="p9")
    themes = find_themes(segments, np.concatenate([embeddings, noise]), level="fine")
    clear = [theme.stability for theme in themes if "p9" not in str(theme.segment_ids)]
    assert len(clear) >= 3
    assert min(clear) > 0.8
    assert all(theme.stability < min(clear) for theme in themes if "p9" in str(theme.segment_ids))


def test_a_theme_of_one_participant_says_so():
    segments, embeddings, subjects = on_subjects(90)
    alone = [
        dataclasses.replace(one, id=f"q:{i}-{i + 1}", transcript_id="q") if subject == 0 else one
        for i, (one, subject) in enumerate(zip(segments, subjects, strict=True))
    ]
    assert sorted(theme.n_participants for theme in find_themes(alone, embeddings)) == [1, 4, 4]


def test_speakers_of_one_group_are_different_participants():
    segments, embeddings, _ = on_subjects(60)
    group = [
        dataclasses.replace(one, transcript_id="g", speaker=f"S{i % 2}")
        for i, one in enumerate(segments)
    ]
    assert {theme.n_participants for theme in find_themes(group, embeddings)} == {2}


def test_who_stands_between_two_themes_is_in_both():
    segments, embeddings, subjects = on_subjects(120, n_subjects=4)
    of_subject = np.array(subjects)
    between = embeddings[of_subject < 2].mean(axis=0)
    segments += say([" and ".join(SUBJECTS["en"][:2])], transcript="p9")
    themes = find_themes(segments, np.vstack([embeddings, between]))
    assert len(themes) == 4
    assert [theme.also_ids for theme in themes if theme.also_ids] == [("p9:0-1",)]
    for theme in themes:
        assert not set(theme.also_ids) & set(theme.segment_ids)
        assert len(theme.also_ids) == len(theme.also_probabilities)
        assert all(0.25 <= share <= 0.5 for share in theme.also_probabilities)


def test_questions_of_the_guide_make_no_clusters():
    """Each question is asked of everybody; what is answered has nothing to do with it."""
    segments, embeddings, subjects = on_subjects(96, n_subjects=3)
    rng = np.random.default_rng(4)
    questions = rng.normal(size=(4, 32))
    questions /= np.linalg.norm(questions, axis=1, keepdims=True)
    talk, rows = [], []
    for i, (one, row) in enumerate(zip(segments, embeddings, strict=True)):
        transcript = f"p{i // 8}"
        asked = f"{transcript}:{2 * i}-{2 * i + 1}"
        said = f"{transcript}:{2 * i + 1}-{2 * i + 2}"
        talk += [
            Segment(asked, transcript, 2 * i, 2 * i + 1, f"Guide question {i % 4}?", "", "I",
                    "interviewer", "en"),
            dataclasses.replace(
                one, id=said, transcript_id=transcript, start=2 * i + 1, end=2 * i + 2
            ),
        ]  # fmt: skip
        rows += [questions[i % 4], row]
    subject_of = {one.id: s for one, s in zip(talk[1::2], subjects, strict=True)}
    themes = find_themes(talk, np.array(rows))
    assert len(themes) == 3
    assert all(len({subject_of[one] for one in theme.segment_ids}) == 1 for theme in themes)


def test_a_short_answer_is_drawn_to_its_question():
    segments, embeddings, subjects = on_subjects(90)
    answers = np.random.default_rng(0).normal(size=(12, 32))
    answers /= np.linalg.norm(answers, axis=1, keepdims=True)
    asked, rows = [], []
    for i, answer in enumerate(answers):
        asked += [
            Segment(f"q{i}:0-1", f"q{i}", 0, 1, "And that?", "", "I", "interviewer", "en"),
            Segment(f"q{i}:2-3", f"q{i}", 2, 3, f"Yes {i}.", "", "P", "participant", "en"),
        ]
        rows += [embeddings[subjects.index(i % 3)], answer]
    said = [*segments, *asked]
    of_subject = np.array(subjects)

    def nearness(talk):
        own = np.array([i for i, one in enumerate(talk) if one.role != "interviewer"])
        found = comparable(talk, np.concatenate([embeddings, rows]), own)
        hearts = [found[:90][of_subject == subject].mean(axis=0) for subject in (0, 1, 2)]
        return float(np.mean([found[90 + i] @ hearts[i % 3] for i in range(12)]))

    silent = [
        dataclasses.replace(one, transcript_id="x") if one.role == "interviewer" else one
        for one in said
    ]
    assert nearness(said) > nearness(silent) + 0.05


def test_of_many_segments_some_are_clustered_and_the_others_join(monkeypatch):
    segments, embeddings, subjects = on_subjects(600, n_subjects=4)
    monkeypatch.setattr("alliance_nlp.themes.growing._MOST_CLUSTERED", 150)
    themes = find_themes(segments, embeddings)
    subject_of = {one.id: subject for one, subject in zip(segments, subjects, strict=True)}
    assert len(themes) == 4
    assert all(len({subject_of[one] for one in theme.segment_ids}) == 1 for theme in themes)
    assert sum(len(theme.segment_ids) for theme in themes) > 550


def test_contrasts_are_members_that_differ_from_the_exemplars():
    segments, embeddings, _ = on_subjects(120, spread=0.3)
    row_of = {one.id: row for one, row in zip(segments, embeddings, strict=True)}
    for theme in find_themes(segments, embeddings):
        assert set(theme.contrast_ids) <= set(theme.segment_ids) - set(theme.exemplar_ids)
        heart = np.mean([row_of[one] for one in theme.exemplar_ids], axis=0)
        nearness = {one: float(row_of[one] @ heart) for one in theme.segment_ids}
        usual = np.median(list(nearness.values()))
        assert np.mean([nearness[one] for one in theme.contrast_ids]) < usual


def test_renamed_interviews_have_the_same_themes():
    segments, embeddings, _ = on_subjects(150, n_subjects=5, spread=0.25)
    names = {"p0": "p9", "p1": "p7", "p2": "p8", "p3": "p1"}
    renamed = [
        dataclasses.replace(
            one,
            id=one.id.replace(one.transcript_id, names[one.transcript_id]),
            transcript_id=names[one.transcript_id],
        )
        for one in segments
    ]
    texts = []
    for talk in (segments, renamed):
        said = {one.id: one.text for one in talk}
        themes = find_themes(talk, embeddings)
        texts.append({frozenset(said[one] for one in theme.segment_ids) for theme in themes})
    assert texts[0] == texts[1]


def test_two_segments_with_one_id_are_refused():
    segments, embeddings, _ = on_subjects(20)
    with pytest.raises(ValueError, match="two segments have the id 'p0:0-1'"):
        find_themes([*segments, segments[0]], np.vstack([embeddings, embeddings[:1]]))


def test_a_way_of_talking_is_no_reason_to_mix_neighbours():
    """All that one person says is alike, wherever it stands: nothing follows from being next."""
    segments, embeddings, _ = on_subjects(240)
    generator = np.random.default_rng(6)
    ways = generator.normal(scale=0.5, size=(12, 32))
    talk, rows = [], []
    for i, row in enumerate(generator.permutation(embeddings)):
        talk += say([segments[i].text], transcript=f"p{i // 20:02}")
        talk[-1] = dataclasses.replace(talk[-1], id=f"p{i // 20:02}:{i}", start=i, end=i + 1)
        rows.append(row + ways[i // 20])
    rows = np.array(rows) / np.linalg.norm(rows, axis=1, keepdims=True)
    assert _coherence(_sides(talk), rows - rows.mean(axis=0)) < 0.1


def test_the_clusters_of_a_clusterer_stay_as_they_are():
    segments, embeddings, _ = on_subjects(90, spread=0.3)
    themes = find_themes(segments, embeddings, clusterer=KMeans(9, n_init=1, random_state=0))
    assert len(themes) == 9
    assert sum(len(theme.segment_ids) for theme in themes) == 90


def test_a_clusterer_that_needs_more_segments_than_a_draw_has_is_no_error():
    segments, embeddings, _ = on_subjects(12)
    themes = find_themes(segments, embeddings, clusterer=AgglomerativeClustering(11))
    assert len(themes) == 11
