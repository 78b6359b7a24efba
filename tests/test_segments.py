"""Segments: their place in the transcript, their size, their context, and the sentences below."""

import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_nlp import Transcript, Turn, read_transcripts, segment
from alliance_nlp.embeddings import embed
from alliance_nlp.errors import ModelError
from alliance_nlp.segments import count_words, sentences

INTERVIEWS = Path(__file__).parents[1] / "corpora" / "interviews"
UNITS = ["meaning", "turn", "sentence"]


def talk(*turns, language="en", name="p01"):
    """Write a transcript of (speaker, words) pairs, one line each, `Speaker: words`."""
    text, made = "", []
    for speaker, words in turns:
        text += f"{speaker}: " if speaker else ""
        made.append(Turn(len(text), len(text) + len(words), speaker))
        text += f"{words}\n\n"
    return Transcript(id=name, text=text, turns=tuple(made), language=language)


def texts_of(segments):
    return [segment.text for segment in segments]


def cut(text, language="en", **options):
    return [text[start:end] for start, end in sentences(text, language, **options)]


# ---------------------------------------------------------------------------- places in the text

# Scripts that are written left to right, right to left and without spaces; marks that combine,
# emoji of several code points, quotation marks, what ends sentences, and other spaces.
PIECES = st.sampled_from(
    [
        "trust", "jag", "förtroende", "fo\u0308r", "信任", "我们慢慢来", "שלום", "कहानी", "はい",
        "😀", "👩‍👩‍👧", "🇸🇪", "e\u0301\u0323", "𠜎", "3.5", "t.ex.", "Dr.", "kl.", "10.30", "mm",
        "嗯", ".", "?", "!", "...", "…", "。", "！", "？", "……", ",", "，", "“", "”", '"', "«", "»",
        "（", "）", " ", "  ", "\n", "\t", "\u00a0", "\u3000", "\u2028", "\ufeff", "– ", "[laughs]",
    ]
)  # fmt: skip
WORDS = st.lists(PIECES | st.text(max_size=5), max_size=60).map(
    lambda pieces: "".join(pieces).replace("\r", "")
)
TURNS = st.lists(st.tuples(st.sampled_from(["I", "P", "", "Eva"]), WORDS), max_size=6)
LANGUAGES = st.sampled_from(["en", "sv", "zh", "", "xq"])


@settings(max_examples=60)
@given(turns=TURNS, language=LANGUAGES, unit=st.sampled_from(UNITS))
def test_a_segment_is_the_text_at_its_place_within_one_turn(encoder, turns, language, unit):
    transcript = talk(*turns, language=language)
    segments = segment([transcript], unit=unit, model=encoder)
    for made in segments:
        assert transcript.text[made.start : made.end] == made.text == made.text.strip() != ""
        assert made.id == f"p01:{made.start}-{made.end}"
        turn = next(t for t in transcript.turns if t.start <= made.start and made.end <= t.end)
        assert (made.speaker, made.role) == (turn.speaker, turn.role)
        assert (made.transcript_id, made.language) == ("p01", language)
    for before, after in pairwise(segments):
        assert before.end <= after.start


@settings(max_examples=60)
@given(words=WORDS, language=LANGUAGES)
def test_sentences_hold_all_of_the_text_but_the_space_between_them(words, language):
    ranges = sentences(words, language)
    assert "".join("".join(words[i:j] for i, j in ranges).split()) == "".join(words.split())
    assert all(i < j for i, j in ranges)
    assert all(j <= k for (_, j), (k, _) in pairwise(ranges))


@settings(max_examples=40)
@given(words=st.lists(PIECES, max_size=400).map("".join), language=LANGUAGES)
def test_meaning_units_leave_out_nothing_but_backchannels(encoder, words, language):
    transcript = talk(("P", words), language=language)
    made = segment([transcript], model=encoder)
    (turn,) = transcript.turns
    edges = [edge for unit in made for edge in (unit.start, unit.end)]
    places = [turn.start, *edges, turn.end]
    left_out = [transcript.text[i:j] for i, j in zip(places[::2], places[1::2], strict=True)]
    assert segment([talk(*(("P", words) for words in left_out))], unit="turn") == []
    assert all(count_words(unit.text) <= 150 for unit in made)


def test_no_transcripts_no_turns_and_empty_turns_are_no_segments(encoder):
    assert segment([]) == []
    assert segment([Transcript(id="p", text="")]) == []
    assert segment([talk(("P", ""), ("P", "   "))], model=encoder) == []


@pytest.mark.parametrize("unit", UNITS)
def test_a_second_run_finds_the_same_segments_in_whatever_order(encoder, unit):
    transcripts = read_transcripts(INTERVIEWS)
    first = segment(transcripts, unit=unit, model=encoder)
    second = segment(transcripts[::-1], unit=unit, model=encoder)
    assert sorted(first, key=lambda s: s.id) == sorted(second, key=lambda s: s.id)
    assert len({made.id for made in first}) == len(first)


def test_a_turn_is_one_segment_and_its_sentences_are_its_parts(encoder):
    transcript = talk(("I", "And then?"), ("P", " I waited. Nobody came. "))
    assert texts_of(segment([transcript], unit="turn")) == ["And then?", "I waited. Nobody came."]
    assert texts_of(segment([transcript], unit="sentence")) == [
        "And then?", "I waited.", "Nobody came.",
    ]  # fmt: skip
    assert texts_of(segment([transcript], model=encoder)) == [
        "And then?", "I waited. Nobody came.",
    ]  # fmt: skip


def test_an_unknown_unit_is_refused():
    with pytest.raises(ValueError, match="unit='paragraph': a unit is one of meaning, turn"):
        segment([talk(("P", "Yes, I did."))], unit="paragraph")


# ---------------------------------------------------------------------------------- meaning units


@pytest.mark.parametrize("language", ["en", "sv", "zh"])
def test_long_answers_are_cut_into_20_to_120_words_as_a_rule(encoder, language):
    interviews = [t for t in read_transcripts(INTERVIEWS) if t.language == language]
    # Each interview's answers as one long answer, and as they are.
    monologues = [
        talk(("P", " ".join(t.text[u.start : u.end] for u in t.turns if u.role == "participant")),
             language=language, name=f"{t.id}-whole")
        for t in interviews
    ]  # fmt: skip
    assert len(interviews) == 2
    for transcript in [*interviews, *monologues]:
        long = {
            (turn.start, turn.end)
            for turn in transcript.turns
            if count_words(transcript.text[turn.start : turn.end]) >= 40
        }
        sizes = [
            count_words(made.text)
            for made in segment([transcript], model=encoder)
            if any(start <= made.start and made.end <= end for start, end in long)
        ]
        assert len(sizes) > len(long)
        assert sum(20 <= size <= 120 for size in sizes) >= 0.9 * len(sizes), sizes


TWO_SUBJECTS = {
    "en": (
        "After the stroke I could not climb the stairs. My left leg would not carry me and the "
        "physiotherapist held my arm. Every morning we practised walking ten steps. After a month "
        "I could walk to the kitchen with a stick.",
        "The money was a worry too. My sick pay ended in May and the rent had gone up. I wrote to "
        "the insurance office and the bank about a loan. In the end my sister lent me money for "
        "the bills.",
    ),
    "sv": (
        "Efter stroken kunde jag inte gå i trappan. Vänster ben bar mig inte och sjukgymnasten "
        "höll mig i armen. Varje morgon övade vi på att gå tio steg. Efter en månad kunde jag gå "
        "till köket med käpp.",
        "Pengarna räckte inte till hyran. Försäkringskassan betalade ingen sjukpenning efter maj. "
        "Banken ville inte låna ut pengar till räkningarna. Till slut fick jag låna pengar till "
        "hyran av min syster.",
    ),
    "zh": (
        "中风以后我上不了楼梯。左腿撑不住身体，康复师扶着我的胳膊。我们每天早上练习走十步。"
        "一个月以后，我拄着拐杖能走到厨房了。",
        "钱也让我发愁。我的病假工资五月份就停了，房租又涨了。我给保险公司和银行写信申请贷款。"
        "最后是妹妹借钱给我付的账单。",
    ),
}


@pytest.mark.model
@pytest.mark.parametrize("language", ["en", "sv", "zh"])
def test_an_answer_is_cut_where_its_subject_changes(language):
    first, second = TWO_SUBJECTS[language]
    gap = "" if language == "zh" else " "
    for one, other in [(first, second), (second, first)]:
        answer = talk(("P", f"{one}{gap}{other}"), language=language)
        assert texts_of(segment([answer])) == [one, other]


def test_a_subject_that_changes_is_found_with_any_encoder():
    class Subjects:
        def encode(self, texts):
            return [[1.0, 9.0] if "rent" in text else [9.0, 1.0] for text in texts]

    leg = "My left leg would not carry me up the stairs that year."
    rent = "Then the rent went up and my sick pay had ended in May."
    answer = talk(("P", f"{leg} {leg} {leg} {rent} {rent}"))
    assert texts_of(segment([answer], model=Subjects())) == [
        f"{leg} {leg} {leg}", f"{rent} {rent}",
    ]  # fmt: skip


def test_a_short_answer_is_one_unit_and_needs_no_model():
    class Never:
        def encode(self, texts):
            raise AssertionError

    assert len(segment([talk(("P", "I waited. Nobody came. So I went home."))], model=Never())) == 1


@pytest.mark.parametrize(
    ("language", "speech"),
    [
        ("en", "and then she said that i should come back when i felt ready for it " * 140),
        ("sv", "och så sa hon att jag skulle komma tillbaka när det kändes bättre " * 170),
        ("zh", "然后她说等我感觉好一点的时候再回来找她" * 170),
        ("en", "and then, she said, that i should come back, when i felt ready, " * 170),
        ("ja", "それから彼女は気分が良くなったらまた来てくださいと言いました。" * 200),
    ],
)
def test_speech_without_punctuation_is_cut_and_fast(encoder, language, speech):
    transcript = talk(("P", speech.strip()), language=language)
    n_words = count_words(speech)
    started = time.perf_counter()
    made = segment([transcript], model=encoder)
    assert time.perf_counter() - started < 5.0
    assert len(made) >= n_words / 120
    assert all(20 <= count_words(unit.text) <= 120 for unit in made)
    assert "".join("".join(texts_of(made)).split()) == "".join(speech.split())


def test_a_long_sentence_is_cut_at_its_clauses_and_not_within_a_number(encoder):
    clause = "we met at 10:30 and paid 3,50 for the bus that went up to the hospital, "
    made = segment([talk(("P", clause * 20))], model=encoder)
    assert len(made) > 1
    assert all(unit.text.endswith("hospital,") for unit in made)


def test_a_hundred_thousand_words_in_one_line_are_cut_in_seconds():
    line = "“I waited.” She did not come back to me until the day after that one. " * 2000
    started = time.perf_counter()
    assert len(sentences(line, "en")) == 4000
    assert time.perf_counter() - started < 20.0


# -------------------------------------------------------------------- backchannels and the context


@pytest.mark.parametrize(
    "words",
    [
        "Mm.", "mm-hm", "Mm-hmm.", "Mhmm", "Mmmmm…",
        "All right.", "Yeah, yeah.", "Okay. Right.", "[laughs]", "(skratt) Ja", "...",
        "Ja.", "Ja, just det.", "Jaha, okej", "Jaaaa", "Jaså",
        "嗯", "嗯嗯嗯嗯，对", "对对对。", "好的，好的", "（笑）嗯", "對，沒錯",
    ],
)  # fmt: skip
def test_a_turn_of_backchannels_is_not_offered(words, encoder):
    transcript = talk(("I", "What happened then?"), ("P", words), ("I", "Go on, please."))
    for unit in UNITS:
        assert words not in texts_of(segment([transcript], unit=unit, model=encoder))
        assert len(segment([transcript], unit=unit, model=encoder)) == 2


@pytest.mark.parametrize("words", ["No.", "Nej.", "不。", "Never", "Aldrig!", "没有", "Eva.", "7"])
def test_a_short_answer_is_offered(words, encoder):
    for unit in UNITS:
        assert texts_of(segment([talk(("P", words))], unit=unit, model=encoder)) == [words]


def test_a_backchannel_that_was_typed_with_combining_marks_is_one(encoder):
    assert segment([talk(("P", "Jasa\u030a, jada\u030a"))], unit="turn") == []


def test_a_backchannel_before_an_answer_stays_with_it(encoder):
    answer = "Ja. Det var svårt i början."
    assert texts_of(segment([talk(("P", answer), language="sv")], model=encoder)) == [answer]


def test_context_is_the_last_turn_of_somebody_else_that_says_something(encoder):
    transcript = talk(
        ("I", "Did you trust her?"),
        ("P", "Not then."),
        ("I", "Mm."),
        ("P", "It took a year."),
        ("Eva", "I was there."),
        ("I", "And you?"),
        ("I", "Did you wait?"),
        ("P", "We did."),
    )
    for unit in UNITS:
        made = segment([transcript], unit=unit, model=encoder)
        assert [(one.text, one.context) for one in made] == [
            ("Did you trust her?", ""),
            ("Not then.", "Did you trust her?"),
            ("It took a year.", "Did you trust her?"),
            ("I was there.", "It took a year."),
            ("And you?", "I was there."),
            ("Did you wait?", "I was there."),
            ("We did.", "Did you wait?"),
        ]


def test_every_sentence_of_an_answer_has_the_question_as_context():
    made = segment([talk(("I", "And then?"), ("P", "I waited. Nobody came."))], unit="sentence")
    assert [one.context for one in made] == ["", "And then?", "And then?"]


@pytest.mark.parametrize("speaker", ["", "P"])
def test_one_speaker_alone_has_no_context(speaker, encoder):
    transcript = talk((speaker, "I waited for her."), (speaker, "Nobody came that day."))
    made = segment([transcript], model=encoder)
    assert [(one.speaker, one.context) for one in made] == [(speaker, ""), (speaker, "")]


def test_a_text_without_labels_has_segments_without_speakers(tmp_path, encoder):
    path = tmp_path / "diary.txt"
    path.write_text(
        "I waited for her all day.\r\n\r\nNobody came. 👍\r\n", encoding="utf-8", newline=""
    )
    (transcript,) = read_transcripts(path)
    made = segment([transcript], unit="sentence")
    assert "\r" not in transcript.text
    assert [one.text for one in made][:2] == ["I waited for her all day.", "Nobody came."]
    assert {(one.speaker, one.role, one.context) for one in made} == {("", "", "")}
    assert all(transcript.text[one.start : one.end] == one.text for one in made)


def test_many_turns_of_one_speaker_are_fast():
    transcript = talk(*[("", "I waited for her again.")] * 5000)
    started = time.perf_counter()
    assert len(segment([transcript], unit="turn")) == 5000
    assert time.perf_counter() - started < 5.0


# -------------------------------------------------------------------------------------- sentences


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("sv", ["Vi gör t.ex. övningar.", "Dr. Berg kom kl. 10.30.", "Sen då?"]),
        ("sv", ["Det var bl.a. hon, m.m. och så.", "Inget mer."]),
        ("en", ["Dr. Smith came at 10.30 a.m. on Monday.", "We talked, e.g. about trust."]),
        ("en", ["I don't know... maybe.", "Well… I waited.", "Then?"]),
        ("en", ["Wait!?", "No!!!", "Yes."]),
        ("en", ["She said “Go.”", "“Why?”", "I left.", '"Why?"', "(He did.)", "[laughs] Yes."]),
        ("sv", ["Hon sa ”Gå.”", "”Varför?”", "frågade jag.", "– Nej.", "– Jo.", "»Gå.»", "»Nej.»"]),
        ("en", ["It helped 😀.", "👩‍👩‍👧 Yes, e\u0301."]),
    ],
)
def test_sentences_end_where_a_reader_would_say(language, expected):
    assert cut(" ".join(expected), language) == expected


@pytest.mark.parametrize(
    "expected",
    [
        ["我不知道。", "你呢？", "好！", "走吧。"],
        ["我不知道……也许吧。", "嗯，再说。"],
        ["“走吧。”", "他说。", "“为什么？”", "我问。"],
        ["「走吧。」", "（他笑了。）", "好。"],
        ["温度是3.5度。", "下午10.30开始。"],
        ["我不知道!", "也许吧?", "好."],
    ],
)
def test_chinese_sentences_need_no_spaces(expected):
    assert cut("".join(expected), "zh") == expected


def test_a_line_break_ends_a_sentence():
    assert cut("I waited\nnobody came\n\n \n\tso I left", "en") == [
        "I waited", "nobody came", "so I left",
    ]  # fmt: skip


def test_a_text_without_punctuation_is_one_sentence_and_nothing_is_none():
    assert cut("i waited and nobody came", "en") == ["i waited and nobody came"]
    assert sentences("", "sv") == sentences(" \n ", "zh") == []


@pytest.mark.parametrize("language", ["xq", "", "sv", "vi", "th"])
def test_a_language_that_spacy_does_not_know_is_cut_at_punctuation(language):
    assert cut("Hello there. World! Yes", language) == ["Hello there.", "World!", "Yes"]


# -------------------------------------------------------------------------------- named pipelines


@pytest.fixture
def every_word(tmp_path):
    """Save a pipeline, as spaCy saves them, whose sentences end at every semicolon."""
    import spacy

    pipeline = spacy.blank("sv")
    pipeline.add_pipe("sentencizer", config={"punct_chars": [";"]})
    pipeline.to_disk(tmp_path / "semicolons")
    return str(tmp_path / "semicolons")


def test_a_named_pipeline_finds_the_sentences_of_its_language(every_word, encoder):
    text = "Jag vet. Inte nu; kanske sen. Ja"
    assert cut(text, "sv", pipeline=every_word) == ["Jag vet. Inte nu;", "kanske sen. Ja"]
    assert cut(text, "", pipeline=every_word) == ["Jag vet. Inte nu;", "kanske sen. Ja"]
    assert cut(text, "en", pipeline=every_word) == ["Jag vet.", "Inte nu; kanske sen.", "Ja"]
    swedish, english = talk(("P", text), language="sv"), talk(("P", text), name="p02")
    made = segment([swedish, english], unit="sentence", pipeline=every_word)
    assert [one.text for one in made if one.transcript_id == "p01"] == [
        "Jag vet. Inte nu;", "kanske sen. Ja",
    ]  # fmt: skip


def test_a_named_pipeline_that_finds_no_sentences_gets_punctuation(tmp_path):
    import spacy

    spacy.blank("sv").to_disk(tmp_path / "blank")
    assert cut("Jag vet. Inte nu.", "sv", pipeline=str(tmp_path / "blank")) == [
        "Jag vet.", "Inte nu.",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["sv_core_news_xxl", "no/such/folder"])
def test_a_pipeline_that_is_not_installed_names_the_remedy(name):
    with pytest.raises(ModelError, match=rf"^{name}: this spaCy pipeline is not installed.*spacy"):
        segment([talk(("P", "Jag vet."), language="sv")], unit="sentence", pipeline=name)


# ------------------------------------------------------------------------------------------ words


@pytest.mark.parametrize(
    ("text", "n_words"),
    [
        ("", 0), ("…", 0), ("Vi skyndar långsamt", 3), ("fo\u0308r mig", 2),
        ("don't well-being", 2),
        ("我们慢慢来吧不急", 5), ("我去看 Dr. Li 了", 4), ("👍", 0),
    ],
)  # fmt: skip
def test_words_are_counted_in_every_script(text, n_words):
    assert count_words(text) == n_words


def test_a_segment_is_embedded_by_its_text_whatever_its_context(encoder):
    (made,) = segment([talk(("P", "I waited for her."))], model=encoder)
    other = replace(made, context="Were you afraid?")
    assert (embed([made], model=encoder) == embed([other], model=encoder)).all()
