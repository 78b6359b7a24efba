import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_nlp.errors import TranscriptError
from alliance_nlp.transcripts.subtitles import read_srt, read_vtt


def vtt(*cues, head="WEBVTT"):
    blocks = [head]
    for number, (begins, ends, words) in enumerate(cues):
        blocks.append(f"6c2f-11/{number}-0\n{clock(begins)} --> {clock(ends)}\n{words}")
    return "\n\n".join(blocks).encode()


def clock(seconds, mark="."):
    whole, rest = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{mark}{rest:03}"


def read(content):
    (transcript,) = read_vtt(content, "p03.vtt").transcripts
    return transcript


def said(transcript):
    return [(turn.speaker, transcript.text[turn.start : turn.end]) for turn in transcript.turns]


def test_teams_voices_become_turns_with_times():
    transcript = read(
        vtt(
            (3.12, 6.48, "<v Anna Lindström>Hur mår du?</v>"),
            (6.5, 9, "<v Bo Ek>Jo &amp; bra.</v>"),
        )
    )
    assert transcript.text == "Anna Lindström: Hur mår du?\n\nBo Ek: Jo & bra."
    assert said(transcript) == [("Anna Lindström", "Hur mår du?"), ("Bo Ek", "Jo & bra.")]
    assert [transcript.seconds(t.start, t.end) for t in transcript.turns] == [
        (3.12, 6.48),
        (6.5, 9),
    ]


def test_several_voices_in_one_cue_are_several_turns_with_or_without_a_closing_tag():
    transcript = read(vtt((1, 5, "<v Anna>Så?\n<v.loud.first Bo>Ja,\njust <i>det</i>.</v>")))
    assert said(transcript) == [("Anna", "Så?"), ("Bo", "Ja, just det.")]
    assert transcript.sync_points == ((6, 1.0), (28, 5.0))


def test_cues_of_one_speaker_in_a_row_are_one_turn_joined_as_the_script_asks():
    english = read(vtt((1, 2, "<v A>One"), (60, 61, "<v A>two.")))
    assert said(english) == [("A", "One two.")]
    chinese = read(vtt((1, 2, "<v A>我觉得"), (2, 3, "<v A>很好。")))
    assert said(chinese) == [("A", "我觉得很好。")]


def test_other_tags_are_removed_and_arrows_of_words_are_kept():
    transcript = read(vtt((1, 2, "<v A><c.yellow>5 < 6</c> <00:00:01.500>&lt;3")))
    assert said(transcript) == [("A", "5 < 6 <3")]


def test_zoom_writes_the_name_into_the_words_and_a_cue_may_go_on():
    transcript = read(
        vtt(
            (1, 2, "Christina: Lorem?"),
            (2, 3, "ipsum"),
            (3, 4, "Bo Ek: dolor"),
            (4, 5, "Christina: sit: amet"),
        )
    )
    assert said(transcript) == [
        ("Christina", "Lorem? ipsum"),
        ("Bo Ek", "dolor"),
        ("Christina", "sit: amet"),
    ]


def test_a_teams_and_a_zoom_cue_live_in_one_file():
    transcript = read(vtt((1, 2, "<v Anna>Hej</v>"), (2, 3, "Patient: Hej")))
    assert said(transcript) == [("Anna", "Hej"), ("Patient", "Hej")]


def test_notes_styles_and_headers_are_not_spoken():
    head = "WEBVTT - noScribe\nKind: captions\n\nNOTE model: big\n0 --> 1\n\nSTYLE\n::cue {}"
    assert said(read(vtt((1, 2, "<v S00>Yes."), head=head))) == [("S00", "Yes.")]


def test_words_after_a_blank_line_within_a_cue_are_kept():
    content = (
        b"WEBVTT\n\n1\n00:01.000 --> 00:02.000\n<v A>One\n\ntwo\n\n2\n00:02.000 --> 00:03.000\nx"
    )
    assert said(read(content)) == [("A", "One two"), ("", "x")]


def test_without_names_the_cues_are_one_turn_of_nobody():
    assert said(read(vtt((1, 2, "So it"), (2, 3, "was.")))) == [("", "So it was.")]


def test_short_words_that_come_again_are_no_names():
    cues = [(n, n + 1, "Absolutely" if n % 2 else "I think so") for n in range(8)]
    assert {turn.speaker for turn in read(vtt(*cues)).turns} == {""}


def test_a_cue_that_ends_before_it_begins_is_named_by_its_line():
    content = vtt((1, 2, "a"), (2, 3, "b"), (69, 62, "c"))
    place = content.decode().split("\n").index("00:01:09.000 --> 00:01:02.000") + 1
    sentence = rf"p03.vtt, line {place}: the cue ends \(00:01:02\) before it begins \(00:01:09\)"
    with pytest.raises(TranscriptError, match=sentence):
        read(content)


def test_cues_out_of_order_are_sorted_and_reported():
    reading = read_vtt(vtt((5, 6, "<v B>two"), (1, 2, "<v A>one")), "p03.vtt")
    assert reading.transcripts[0].text == "A: one\n\nB: two"
    assert reading.repairs == ("cues out of order were sorted by their times",)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"1\n00:01.000 --> 00:02.000\nHi", "line 1: the file does not begin with WEBVTT"),
        (b"WEBVTT\n\nHi", "there is no cue in the file"),
        (b"WEBVTT\n\n0:1 --> 2\nHi", "line 3: the times cannot be read"),
        (b"", "the file is empty"),
    ],
)
def test_a_damaged_vtt_is_refused_with_its_place(content, sentence):
    with pytest.raises(TranscriptError, match=f"p03.vtt.*{sentence}"):
        read_vtt(content, "p03.vtt")


def test_subrip_labels_are_read_in_brackets_and_without():
    content = "1\r\n00:00:01,000 --> 00:00:02,000\r\n[SPEAKER_00]: <i>Hi.</i>\r\n\r\n"
    content += "2\r\n00:00:02,000 --> 00:00:03,500\r\nPatient: Yes.\r\n"
    (transcript,) = read_srt(content.encode(), "p.srt").transcripts
    assert said(transcript) == [("SPEAKER_00", "Hi."), ("Patient", "Yes.")]
    assert transcript.seconds(*span(transcript.turns[1])) == (2.0, 3.5)


def span(turn):
    return turn.start, turn.end


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("Hello.", "line 1: this is no SubRip cue"),
        ("1\n00:00:01,000 --> 00:00:02,000\nHi.\n\nnonsense\n\nmore", None),
        ("1\n00:00:04,000 --> 00:00:02,000\nHi.", "cue 1: the cue ends"),
        ("1\n99999999999999:00:01,000 --> 00:00:02,000\nHi.", "a time cannot be read"),
    ],
)
def test_a_damaged_subrip_is_refused_with_its_place_and_loose_words_are_kept(content, sentence):
    if sentence is None:
        (transcript,) = read_srt(content.encode(), "p.srt").transcripts
        assert said(transcript) == [("", "Hi. nonsense more")]
        return
    with pytest.raises(TranscriptError, match=f"p.srt.*{sentence}"):
        read_srt(content.encode(), "p.srt")


WORDS = st.text(
    st.characters(categories=("L", "M", "N", "P", "So"), exclude_characters="<>&{}:：[]"),
    min_size=1,
)
TALK = st.lists(st.tuples(st.sampled_from(["Anna", "Bo Ek", "李四"]), WORDS), min_size=1)


def alternating(talk):
    return [pair for index, pair in enumerate(talk) if index == 0 or pair[0] != talk[index - 1][0]]


@given(TALK)
def test_words_come_back_from_voices(talk):
    talk = alternating(talk)
    cues = [(n, n + 1, f"<v {speaker}>{words}</v>") for n, (speaker, words) in enumerate(talk)]
    assert said(read(vtt(*cues))) == talk


@given(TALK)
def test_words_come_back_from_subrip(talk):
    talk = alternating(talk)
    cues = [
        f"{n + 1}\n{clock(n, ',')} --> {clock(n + 1, ',')}\n[{speaker}]: {words}"
        for n, (speaker, words) in enumerate(talk)
    ]
    (transcript,) = read_srt("\n\n".join(cues).encode(), "p.srt").transcripts
    assert said(transcript) == talk
