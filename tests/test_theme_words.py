import random
import unicodedata
from itertools import pairwise

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

from alliance_nlp.segments import Segment
from alliance_nlp.themes import lemmas
from alliance_nlp.themes.descriptions import describe
from alliance_nlp.themes.words import read_words


def described(segments, groups):
    return describe(segments, read_words(segments), groups)


def keywords_of(segments, groups):
    return [list(one.keywords) for one in described(segments, groups)]


def phrases_of(segments, groups):
    return [list(one.phrases) for one in described(segments, groups)]


def titles_of(segments, groups):
    return [one.title for one in described(segments, groups)]


def say(texts, *, language="en", transcript="p01"):
    return [
        Segment(f"{transcript}:{i}-{i + 1}", transcript, i, i + 1, text, "", "P", "", language)
        for i, text in enumerate(texts)
    ]


def phrases(texts, groups=None, *, language="en"):
    return phrases_of(say(texts, language=language), groups or [range(len(texts))])


def titles(texts, groups=None, *, language="en"):
    return titles_of(say(texts, language=language), groups or [range(len(texts))])


def keywords(texts, *, language="en"):
    return keywords_of(say(texts, language=language), [range(len(texts))])[0]


# phrases


def test_a_phrase_is_what_several_segments_say():
    texts = ["The quality of life is poor", "what quality of life?", "Quality of care, of life"]
    assert phrases(texts) == [["quality of life"]]


def test_a_phrase_is_shown_in_its_commonest_wording():
    assert phrases(["Open Access costs", "Open Access", "open access"]) == [["Open Access"]]


def test_of_equally_common_wordings_the_first_by_text_is_shown():
    assert phrases(["open access", "Open access"]) == [["Open access"]]


@pytest.mark.parametrize(
    "text",
    [
        "open, access",
        "open. Access",
        "open; access",
        "open\naccess",
        "open 🙂 access",
        "open - access",
        "open [laughs] access",
        "open um access",
        "open you access",
        "open/access",
        "open_access",
    ],
)
def test_a_phrase_crosses_nothing_that_parts_words(text):
    assert phrases([text] * 2) == [[]]


@pytest.mark.parametrize(
    "text", ["开放，获取", "开放。获取", "开放、获取", "开放；获取", "开放！获取"]
)
def test_a_phrase_crosses_no_chinese_punctuation(text):
    assert phrases([text] * 2, language="zh") == [[]]


def test_a_phrase_neither_begins_nor_ends_with_words_that_say_nothing():
    texts = ["So I kind of lost my trust in doctors you know", "lost my trust in doctors and"]
    assert phrases(texts) == [["lost my trust", "trust in doctors"]]
    texts = ["jag tycker liksom brist på tid är ju", "det är brist på tid, alltså"]
    assert phrases(texts, language="sv") == [["brist på tid"]]
    assert phrases(["就是对医生的信任吧", "我觉得对医生的信任"], language="zh") == [["医生的信任"]]


def test_a_phrase_ends_with_no_english_genitive():
    assert phrases(["trust daughter's school"] * 2) == [["trust daughter's school"]]
    assert phrases(["trust daughter's"] * 2) == [[]]


def test_a_phrase_has_four_words_at_most():
    texts = ["alpha beta gamma delta epsilon"] * 2
    found = phrases(texts)[0]
    assert found
    assert all(len(one.split()) <= 4 for one in found)


def test_a_chinese_phrase_is_short_and_without_spaces():
    texts = ["女儿中考那几天特别想回家", "后来女儿中考，我不在"]
    assert phrases(texts, language="zh") == [["女儿中考"]]


def test_no_phrase_is_part_of_another():
    texts = ["open science practice", "open science practices", "open science", "science practice"]
    found = [set(one.rstrip("s").split()) for one in phrases(texts)[0]]
    assert len(found) == 2
    assert all(one is other or not one <= other for one in found for other in found)


def test_a_part_that_is_hardly_ever_said_alone_gives_way_to_the_whole():
    assert phrases(["community mental health team"] * 3) == [["community mental health team"]]
    texts = ["mental health"] * 9 + ["community mental health team"] * 2
    assert phrases(texts)[0][0] == "mental health"


def test_a_phrase_of_one_segment_is_taken_only_where_there_is_no_other():
    assert phrases(["waiting room", "waiting room", "budget cuts"]) == [["waiting room"]]
    assert phrases(["waiting room", "budget cuts"]) == [["budget cuts", "waiting room"]]


def test_a_phrase_said_again_and_again_in_one_segment_counts_once():
    texts = ["budget cuts, budget cuts, budget cuts", "waiting room", "a waiting room"]
    assert phrases(texts) == [["waiting room"]]


def test_phrases_of_every_group_weigh_less():
    texts = ["good nurse, waiting room", "good nurse, waiting room", "good nurse, budget cuts"] * 2
    texts += ["good nurse"] * 4
    assert phrases(texts, [[0, 1, 3, 4], [2, 5]]) == [
        ["waiting room", "good nurse"],
        ["budget cuts", "good nurse"],
    ]


def test_at_most_five_phrases():
    text = "alpha beta, gamma delta, epsilon zeta, eta theta, iota lambda, sigma omega"
    assert len(phrases([text] * 3)[0]) == 5


def test_ties_are_broken_by_text():
    assert phrases(["warm hand, cold foot", "cold foot, warm hand"]) == [["cold foot", "warm hand"]]


def test_swedish_compounds_and_hyphens_stay_whole():
    texts = ["ett gott behandlingssamarbete via e-hälsa", "gott behandlingssamarbete via e-hälsa"]
    assert phrases(texts, language="sv") == [["behandlingssamarbete via e-hälsa"]]


def test_half_a_compound_is_no_word():
    texts = ["väntrums- och mottagningstider", "väntrums- och mottagningstider"]
    assert keywords(texts, language="sv") == ["mottagningstider"]


def test_combining_marks_make_no_other_phrase_and_stay_as_they_were_said():
    composed = "lång väntan"
    apart = unicodedata.normalize("NFD", composed)
    assert phrases([composed, apart, apart], language="sv") == [[apart]]
    assert phrases([composed, composed, apart], language="sv") == [[composed]]


def test_emoji_break_no_offsets():
    texts = ["👩🏽‍⚕️🙂 trygg kontakt 🙂", "🇸🇪 trygg kontakt"]
    assert phrases(texts, language="sv") == [["trygg kontakt"]]


def test_english_words_stay_whole_in_a_chinese_phrase():
    assert phrases(["PT训练", "PT训练"], language="zh") == [["PT训练"]]


def test_numbers_may_stand_in_a_phrase_but_not_at_its_ends():
    assert phrases(["2 weeks waiting 3 hours", "weeks waiting 3 hours"]) == [
        ["weeks waiting 3 hours"]
    ]


def test_the_languages_of_a_group_share_its_phrases():
    english = say(["alpha beta, gamma delta, epsilon zeta, eta theta, iota lambda"] * 6)
    chinese = say(["女儿中考，化疗方案"] * 3, language="zh", transcript="p02")
    [found] = phrases_of([*english, *chinese], [range(9)])
    assert len(found) == 5
    assert {"女儿中考", "化疗方案"} <= set(found)


@pytest.mark.parametrize("language", ["", "qq", "zh-Hans", "de"])
def test_an_unknown_language_has_phrases(language):
    texts = ["Vertrauen Arzt, the och 我们", "Vertrauen Arzt"]
    assert phrases(texts, language=language) == [["Vertrauen Arzt"]]


@pytest.mark.parametrize("texts", [[""], ["Trust"], ["I am so"] * 3, ["🙂", "…", "42 43"]])
def test_where_no_two_words_stand_together_there_is_no_phrase(texts):
    assert phrases(texts) == [[]]


def test_no_groups_and_empty_groups_are_no_error():
    assert phrases_of([], []) == []
    assert phrases_of(say(["open access"]), []) == []
    assert phrases_of(say(["open access"]), [[]]) == [[]]
    assert titles_of([], []) == []
    assert titles_of(say(["open access"]), [[]]) == [""]


SAID = st.lists(
    st.text(alphabet="ab åä\u0308的信任医生患者-'’.,，\n🙂👩🏽\u200d1[]", max_size=30),
    min_size=1, max_size=6,
)  # fmt: skip


@given(SAID, st.sampled_from(["en", "sv", "zh", ""]))
def test_every_phrase_stands_in_a_text_of_its_group(texts, language):
    rows = say(texts, language=language)
    for found in phrases_of(rows, [range(len(texts))])[0]:
        assert any(found in text for text in texts)
        assert not set(found) & set(".,，\n🙂[]")
    for words, text in zip(read_words(rows), texts, strict=True):
        assert all(word.start < word.end <= len(text) for word in words)
        assert all(a.end <= b.start for a, b in pairwise(words))


def test_what_two_people_say_comes_before_what_one_says_as_often():
    alone = say(["apples", "apples", "so", "so"], transcript="p01")
    both = [*say(["pears", "so"], transcript="p02"), *say(["pears", "so"], transcript="p03")]
    rows = [*alone, *both]
    (found,) = describe(rows, read_words(rows), [range(len(rows))])
    assert found.keywords == ("pears", "apples")


def test_a_title_is_what_several_segments_say_if_there_is_such_a_thing():
    rows = say(["the old trolley broke", "tins and food", "no food at home", "food for a week"])
    (found,) = describe(rows, read_words(rows), [range(4)])
    assert found.phrases[0] == "food at home"  # which one segment says
    assert found.title == "Food"
    rows = say(["the food at home", "food for the cat", "at home", "so tired"])
    assert describe(rows, read_words(rows), [range(4)])[0].title == "Food at home"
    once = say(["the old trolley broke"])
    assert describe(once, read_words(once), [[0]])[0].title == "Old trolley"


def test_the_order_of_segments_makes_no_difference():
    texts = ["open science", "Open science", "data sharing", "sharing data", "gold access"] * 3
    rows = say(texts) + say(["trygg kontakt", "öppna data"] * 3, language="sv", transcript="q")
    groups = [list(range(0, 21, 2)), list(range(1, 21, 2))]
    order = list(range(len(rows)))
    random.Random(2).shuffle(order)
    moved = [[order.index(row) for row in group] for group in groups]
    assert described([rows[i] for i in order], moved) == described(rows, groups)


# titles


def test_a_title_is_the_best_phrase_with_a_capital():
    assert titles(["no open access"] * 2) == ["Open access"]
    assert titles(["öppna samtal"] * 2, language="sv") == ["Öppna samtal"]
    assert titles(["o\u0308ppna samtal"] * 2, language="sv") == ["O\u0308ppna samtal"]


def test_a_title_keeps_names_as_they_are_written():
    assert titles(["eHealth records"] * 2) == ["eHealth records"]


def test_a_title_is_a_keyword_where_there_is_no_phrase():
    assert titles(["Trust.", "It's trust"]) == ["Trust"]


def test_a_title_is_empty_where_nothing_is_said():
    assert titles(["Mm.", "Yeah, you know"]) == [""]


def test_a_title_is_in_the_language_of_most_segments():
    english = say(["open access"] * 4)
    swedish = say(["trygg kontakt"] * 5, language="sv", transcript="p02")
    assert titles_of([*english, *swedish], [range(9)]) == ["Trygg kontakt"]


def test_two_groups_share_no_title_if_one_has_another():
    texts = ["open access"] * 5 + ["open access, gold fees"] * 3
    assert titles(texts, [[5, 6, 7], range(5)]) == ["Gold fees", "Open access"]


def test_forms_of_one_title_are_one_title():
    texts = ["registered report", "registered report", "registered reports, blind review"] * 2
    assert len({one.rstrip("s") for one in titles(texts, [[0, 1, 3, 4], [2, 5]])}) == 2


def test_a_group_that_has_nothing_else_shares_its_title():
    assert titles(["Trust"] * 4, [[0, 1], [2, 3]]) == ["Trust", "Trust"]


# words


@pytest.mark.parametrize(
    "text",
    ["I-I th-the what-what", "mm-hmm uh-huh soooo", "i'm-i'm", "dont didnt cant", "[crosstalk]"],
)
def test_stutter_and_humming_are_no_keywords(text):
    assert keywords([text] * 2) == []


def test_words_with_hyphens_are_keywords():
    assert set(keywords(["well-being and e-health"] * 2)) == {"well-being", "e-health"}


def test_counted_things_are_no_chinese_keywords():
    assert keywords(["那天信任，一回，三个"] * 2, language="zh") == ["信任"]


def test_words_said_less_often_than_elsewhere_are_no_keywords():
    texts = ["trust people", "trust", "trust"] + ["people time"] * 5
    assert keywords_of(say(texts), [[0, 1, 2]]) == [["trust"]]


# lemmas


@pytest.fixture
def pipelines(monkeypatch):
    """Install pipelines that know four words, and a Chinese one without lemmas."""
    from spacy.lookups import Lookups

    loaded = []

    def load(name, *, exclude):
        loaded.append(name)
        assert "parser" in exclude
        assert "ner" in exclude
        nlp = spacy.blank(name[:2])
        if nlp.lang != "zh":
            lookups = Lookups()
            lookups.add_table(
                "lemma_lookup", {"barnen": "barn", "barnet": "barn", "fick": "få", "mice": "mouse"}
            )
            nlp.add_pipe("lemmatizer", config={"mode": "lookup"}).initialize(lookups=lookups)
        return nlp

    names = ["sv_core_news_lg", "sv_core_news_sm", "en_core_web_md", "zh_core_web_sm"]
    monkeypatch.setattr("spacy.util.get_installed_models", lambda: names)
    monkeypatch.setattr("spacy.load", load)
    lemmas._pipeline.cache_clear()
    yield loaded
    lemmas._pipeline.cache_clear()


def test_forms_of_one_lemma_are_counted_as_one_word(pipelines):
    texts = ["barn", "barnen", "barnen", "barnet", "skola", "skola", "skola"]
    assert keywords(texts, language="sv") == ["barnen", "skola"]
    assert pipelines == ["sv_core_news_sm"]


def test_forms_of_one_lemma_make_one_phrase(pipelines):
    texts = ["trygga barn", "trygga barnen", "trygga barnen"]
    assert phrases(texts, language="sv") == [["trygga barnen"]]


def test_a_word_that_the_pipeline_does_not_know_is_its_own_lemma(pipelines):
    assert keywords(["mice", "mice", "mouse", "trust", "trust"]) == ["mice", "trust"]


def test_a_pipeline_without_lemmas_changes_nothing(pipelines):
    assert keywords(["信任，医生"] * 2, language="zh") == ["信任", "医生"]
    assert pipelines == ["zh_core_web_sm"]


def test_without_a_pipeline_nothing_is_loaded(monkeypatch):
    monkeypatch.setattr("spacy.util.get_installed_models", list)
    monkeypatch.setattr("spacy.load", None)
    assert lemmas.lemmas_of(["barnen"], "sv") == {}
    assert lemmas.lemmas_of(["barnen"], "") == {}
