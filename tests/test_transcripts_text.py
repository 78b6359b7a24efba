import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alliance_nlp.errors import TranscriptError
from alliance_nlp.transcripts.encodings import decode
from alliance_nlp.transcripts.printed import read_text


def read(text):
    content = text.encode() if isinstance(text, str) else text
    (transcript,) = read_text(content, "p01.txt").transcripts
    return transcript


def said(transcript):
    return [(turn.speaker, transcript.text[turn.start : turn.end]) for turn in transcript.turns]


def test_labels_and_blank_space_lie_outside_of_the_turns():
    transcript = read("Interviewer:  How are you? \n\nP1:\tFine.\n")
    assert transcript.text == "Interviewer:  How are you? \n\nP1:\tFine.\n"
    assert said(transcript) == [("Interviewer", "How are you?"), ("P1", "Fine.")]


def test_swedish_and_chinese_labels_are_read_also_with_a_full_width_colon():
    assert said(read("Intervjuare: Hur är det?\nKurator: Bra.\nSjuksköterska: Jo.")) == [
        ("Intervjuare", "Hur är det?"),
        ("Kurator", "Bra."),
        ("Sjuksköterska", "Jo."),
    ]
    assert said(read("訪談者：您好嗎？\n受访者：还可以。\n李四：我也是。")) == [
        ("訪談者", "您好嗎？"),
        ("受访者", "还可以。"),
        ("李四", "我也是。"),
    ]


def test_an_answer_goes_on_over_paragraphs_without_a_label():
    transcript = read("I: So?\n\nP: One.\n\nTwo.\nThree.\n\nI: Yes.")
    assert said(transcript) == [("I", "So?"), ("P", "One.\n\nTwo.\nThree."), ("I", "Yes.")]


@pytest.mark.parametrize(
    "line",
    [
        "Note: she laughs",
        "Then: nothing.",
        "10:30 was too late",
        "https://example.org is the page",
        "And she said: go home.",
        "The most important thing of all: time.",
        "She said: go.",
        "例如：走路。",
        "她说：“不。”",
        "我觉得最重要的是：信任。",
        "[laughs] Well.",
        "[Hospital] was good.",
    ],
)
def test_what_only_looks_like_a_label_stays_in_the_answer(line):
    transcript = read(f"I: So?\nP: Well.\n{line}\nI: Yes.\nP: No.")
    assert said(transcript)[1] == ("P", f"Well.\n{line}")


def test_a_label_seen_once_is_words_when_no_label_is_evident():
    assert said(read("It was late.\n\nMorning: nothing happened.")) == [
        ("", "It was late."),
        ("", "Morning: nothing happened."),
    ]


def test_who_speaks_once_among_labels_is_a_speaker():
    transcript = read(
        "Anna: One.\nBo: Two.\nAnna: Three.\nBo: Four.\nDr. Eva Ek: Five.\nAnna: Six."
    )
    assert said(transcript)[4] == ("Dr. Eva Ek", "Five.")


def test_known_words_are_speakers_even_once_and_alone():
    assert said(read("Patient: It went well.")) == [("Patient", "It went well.")]


def test_a_remark_in_parentheses_belongs_to_the_label():
    transcript = read("Interviewer 1 (AS): So?\nP1 (kvinna, 54 år): Ja.\n受访者（女，30岁）：好。")
    assert [speaker for speaker, _ in said(transcript)] == [
        "Interviewer 1 (AS)",
        "P1 (kvinna, 54 år)",
        "受访者（女，30岁）",
    ]


def test_a_bracketed_name_is_a_speaker():
    assert said(read("[SPEAKER_00]: Hi.\n[SPEAKER_01]: Yes.")) == [
        ("SPEAKER_00", "Hi."),
        ("SPEAKER_01", "Yes."),
    ]
    assert said(read("[Anna] Hi.\n{Bo} Yes.\n[laughs] So.")) == [
        ("Anna", "Hi."),
        ("Bo", "Yes.\n[laughs] So."),
    ]


def test_a_name_alone_on_its_line_counts_from_the_third_time():
    thrice = "Anna\nOne.\n\nAnna\nTwo.\n\nAnna\nThree."
    assert said(read(thrice)) == [("Anna", "One."), ("Anna", "Two."), ("Anna", "Three.")]
    twice = "Anna\nOne.\n\nAnna\nTwo."
    assert said(read(twice)) == [("", "Anna\nOne."), ("", "Anna\nTwo.")]


def test_yes_alone_on_its_line_is_no_name():
    transcript = read("Yes\nOne.\n\nYes\nTwo.\n\nYes\nThree.")
    assert {turn.speaker for turn in transcript.turns} == {""}


def test_otter_writes_name_and_time_above_the_words():
    transcript = read("Anna Berg  0:49\nHow are you?\n\nUnknown Speaker  1:02\nFine at 10:30.\n")
    assert said(transcript) == [
        ("Anna Berg", "How are you?"),
        ("Unknown Speaker", "Fine at 10:30."),
    ]
    assert [transcript.seconds(t.start, t.end) for t in transcript.turns] == [
        (49.0, 62.0),
        (62.0, None),
    ]


def test_otranscribe_writes_the_time_before_the_label():
    transcript = read("02:03 T: Yes, so...\n02:10 C: It was 10:30.\n")
    assert said(transcript) == [("T", "Yes, so..."), ("C", "It was 10:30.")]
    assert transcript.sync_points == ((9, 123.0), (29, 130.0))


def test_f4_writes_the_time_at_the_end_of_the_paragraph():
    transcript = read(
        "I: Frage? #00:01:02-3#\n\nB: Ja. #00:01:09-8#\nAbsolut. #00:01:20-0#\nI: So."
    )
    assert said(transcript) == [("I", "Frage?"), ("B", "Ja."), ("B", "Absolut."), ("I", "So.")]
    first, second, third, fourth = transcript.turns
    assert transcript.seconds(first.start, first.end) == (None, 62.3)
    assert transcript.seconds(second.start, second.end) == (62.3, 69.8)
    assert transcript.seconds(third.start, third.end) == (69.8, 80.0)
    assert transcript.seconds(fourth.start, fourth.end) == (80.0, None)


def test_atlas_ti_and_maxqda_times_are_read():
    assert said(read("#00:07:35.0# Anna: Hi.\n#00:07:38.0# Bo: Yes.")) != []
    transcript = read("00:03:40.5Zack: One.\n\n00:03:45.5Mia: Two.\n\n00:03:50.0Zack: Three.")
    assert said(transcript) == [("Zack", "One."), ("Mia", "Two."), ("Zack", "Three.")]
    assert transcript.sync_points[0] == (16, 220.5)


def test_nvivo_paragraphs_begin_with_a_time():
    transcript = read("00:02:00\nWell I think.\n\n00:02:10 Absolutely\n[00:03:00] And so on.")
    assert [words for _, words in said(transcript)] == [
        "Well I think.",
        "Absolutely",
        "And so on.",
    ]
    assert [seconds for _, seconds in transcript.sync_points] == [120.0, 130.0, 180.0]


@pytest.mark.parametrize(
    ("stamp", "seconds"),
    [
        ("[01.02]", 62.0),
        ("[01:02]", 62.0),
        ("[01.00.02]", 3602.0),
        ("[01:00:02]", 3602.0),
        ("{00:00:02}", 2.0),
        ("#00:00:02.250#", 2.25),
        ("(00:00:02)", 2.0),
        ("[00:00:02 --> 00:00:04]", 2.0),
    ],
)
def test_an_enclosed_time_parts_an_answer_and_stays_outside(stamp, seconds):
    transcript = read(f"I: So?\nP: Before {stamp} after.")
    assert said(transcript)[1:] == [("P", "Before"), ("P", "after.")]
    assert (transcript.turns[2].start, seconds) in transcript.sync_points


def test_a_pause_and_a_time_of_day_are_words():
    transcript = read("I: So?\nP: Well [1.5] at 10:30 or (2.0) later.")
    assert said(transcript)[1] == ("P", "Well [1.5] at 10:30 or (2.0) later.")


def test_descript_writes_names_in_bold():
    transcript = read(
        "[00:01:02] **Anna:** Hi.\n\n[00:01:05] **Bo Ek:** Yes.\n\n[00:01:09] **Anna:** So?"
    )
    assert said(transcript) == [("Anna", "Hi."), ("Bo Ek", "Yes."), ("Anna", "So?")]


def test_a_header_becomes_attributes_and_a_title_is_nobodys_turn():
    transcript = read("Interview 3\nDate: 12 May\nInterviewer: AS\n\nInterviewer: So?\nP03: Yes.")
    assert said(transcript) == [("Interviewer", "So?"), ("P03", "Yes.")]
    assert transcript.attributes == (("Date", "12 May"), ("Interviewer", "AS"))


def test_a_sentence_above_the_first_label_is_not_lost():
    assert said(read("Thanks for coming.\n\nI: So?"))[0] == ("", "Thanks for coming.")


def test_without_labels_each_paragraph_is_a_turn():
    assert said(read("It was long.\nIt was.\n\nThen I slept.")) == [
        ("", "It was long.\nIt was."),
        ("", "Then I slept."),
    ]
    assert said(read("It was long.\nThen I slept.")) == [
        ("", "It was long."),
        ("", "Then I slept."),
    ]


SWEDISH = [
    "Öh, å!",
    "Mår bra",
    "Hur mår du idag?",
    "”Åh”, sa han – då så…",
    "På så sätt är det ju ändå människan bakom sjukdomen som man måste möta först.",
]
CHINESE = [
    "你好。",
    "我觉得信任很重要。",
    "访谈者：你今天感觉怎么样？\n受访者：还可以，就是有点累。",
]
TRADITIONAL = [
    "對啊，對。",
    "訪談者：您今天感覺怎麼樣？",
    "我們之間的信任很重要，需要慢慢建立關係。",
]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(t, e) for t in SWEDISH for e in ("utf-8", "utf-8-sig", "utf-16", "cp1252", "utf-16-be")]
    + [(t, e) for t in CHINESE for e in ("utf-8", "utf-8-sig", "utf-16", "gb2312", "gb18030")]
    + [(t, e) for t in TRADITIONAL for e in ("utf-8", "gb18030", "big5")],
)
@pytest.mark.parametrize("times", [1, 30])
def test_the_encoding_is_told_from_one_sentence_as_from_many(text, encoding, times):
    longer = "\n".join([text] * times)
    assert decode(longer.encode(encoding), "p01.txt") == (longer, ())


def test_a_label_of_emoji_is_one_when_it_is_seen_twice():
    talk = [("😀", "Hur?"), ("👩🏽‍⚕️ P1", "Bra."), ("😀", "Jaha?"), ("👩🏽‍⚕️ P1", "Jo.")]
    assert said(read("\n".join(f"{who}: {words}" for who, words in talk))) == talk


def test_a_line_that_begins_with_an_emoji_is_no_label_once():
    talk = "I: Hur?\nP: Bra.\n😀 Obs: hon log.\nI: Jaha?\nP: Jo."
    assert [turn.speaker for turn in read(talk).turns] == ["I", "P", "I", "P"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text",
    [
        "I: How are you?",
        "Intervjuare: Hur mår du?\nPatient: Så där 😀.",
        "访谈者：你今天感觉怎么样？\n受访者：一般，就是有点累。",  # 一 has a zero for its low half
        "訪談者：您今天感覺怎麼樣？\n受訪者：對啊，一直很累。",
        "I: Why?\nP: 因为信任很重要，一开始我不敢说。",
    ],
)
@pytest.mark.parametrize("times", [1, 30])
def test_utf16_is_known_without_a_mark(text, encoding, times):
    longer = "\n".join([text] * times)
    assert decode(longer.encode(encoding), "p01.txt") == (longer, ())


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("I: How are you?\nP: Fine", "utf-8")]
    + [(t, e) for t in SWEDISH for e in ("utf-8", "cp1252")]
    + [(t, e) for t in CHINESE for e in ("utf-8", "gb18030")],
)
@pytest.mark.parametrize("end", ["", "!"])
@pytest.mark.parametrize("n_before", [0, 1, 5])
def test_a_stray_nul_is_removed_and_reported(text, encoding, end, n_before):
    longer = (text + end) * 20
    before, after = longer[:n_before].encode(encoding), longer[n_before:].encode(encoding)
    found = decode(before + b"\0" + after, "p01.txt")
    assert found == (longer, ("stray NUL bytes were removed",))


@pytest.mark.parametrize("n_zeros", [1, 2, 5])
def test_stray_nuls_are_told_from_utf16_on_either_side(n_zeros):
    content = b"I: How are you today?\nP: Fine.\n" * 50
    for first in (0, 1, 2, 3):
        damaged = bytearray(content)
        damaged[first : first + 2 * n_zeros : 2] = bytes(n_zeros)
        text, repairs = decode(bytes(damaged), "p01.txt")
        assert len(text) == len(content) - n_zeros
        assert text.endswith(content.decode()[20:])
        assert repairs == ("stray NUL bytes were removed",)


@pytest.mark.parametrize("content", [b"I: How?\0", b"I: How?\0?", b"\0I: How?", b"Hm\0m."])
def test_a_stray_nul_in_a_short_text_is_removed(content):
    assert decode(content, "p.txt")[0] == content.replace(b"\0", b"").decode()


def test_line_ends_of_every_system_become_one():
    assert read("I: A?\r\nP: B.\rI: C?\n").text == "I: A?\nP: B.\nI: C?\n"


def test_bytes_that_cannot_be_decoded_are_replaced_and_reported():
    text, repairs = decode("Jag mår bra, tack så mycket".encode() + b"\xff\xfe", "p01.txt")
    assert text.startswith("Jag mår bra") and text.endswith("\ufffd\ufffd")
    assert repairs == ("bytes that cannot be decoded were replaced by \ufffd",)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "p01.txt: the file is empty"),
        (b" \r\n\t", "p01.txt: the file holds only blank space"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "p01.txt: the file holds binary data"),
        (b"I: How?\0\0P: Well.\0" * 9, "p01.txt: the file holds binary data"),
        (b"\0\0\0\0", "p01.txt: the file holds binary data"),
        ("I: How are you?".encode("utf-16-le")[:-1], "p01.txt: the file holds binary data"),
        (b"PK\x03\x04\x14\x00", "p01.txt: it is a zip archive or an Office document"),
        (b"%PDF-1.7\n", "p01.txt: it is a PDF"),
        (b"{\\rtf1 hello}", "p01.txt: it is rich text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "p01.txt: it is an old Word document or protected"),
    ],
)
def test_what_is_not_text_is_refused_in_one_sentence(content, sentence):
    with pytest.raises(TranscriptError, match=sentence):
        read_text(content, "p01.txt")


WORDS = st.text(
    st.characters(categories=("L", "M", "So"), include_characters=" ,-"), min_size=1
).map(lambda words: " ".join(f"so {words}".split()))
SPEAKERS = st.sampled_from(["Interviewer", "P1", "Kurator", "受访者", "Anna Lindström"])


@given(st.lists(st.tuples(SPEAKERS, WORDS), min_size=1))
@example([("P1", "so 👩🏽‍⚕️ e\u0301")])
def test_words_come_back_from_labelled_lines(talk):
    talk = [("Anna Lindström", "so"), *talk, ("Anna Lindström", "so")]
    transcript = read("\r\n\r\n".join(f"{speaker}: {words}" for speaker, words in talk))
    assert said(transcript) == talk


@given(st.text())
def test_turns_are_in_order_apart_and_without_blank_ends_in_any_text(text):
    try:
        transcript = read(text)
    except TranscriptError:
        return
    ends = 0
    for turn in transcript.turns:
        assert ends <= turn.start < turn.end
        words = transcript.text[turn.start : turn.end]
        assert words == words.strip()
        ends = turn.end
    offsets = [offset for offset, _ in transcript.sync_points]
    assert offsets == sorted(offsets)


LINE_PARTS = st.sampled_from(
    [
        "Anna: ",
        "Bo Ek  0:49",
        "[00:01:02]",
        "#00:01:02-3#",
        "{Bo} ",
        "10:30 ",
        "so it is.",
        "\n",
        "：",
    ]
)


@given(st.lists(LINE_PARTS).map("".join))
def test_no_stamp_and_no_label_is_ever_spoken(text):
    try:
        transcript = read(text)
    except TranscriptError:
        return
    assert all("[00:01:02]" not in words and "#" not in words for _, words in said(transcript))
