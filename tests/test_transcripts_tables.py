import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_nlp.errors import TranscriptError
from alliance_nlp.transcripts.tables import read_csv


def read(text):
    return read_csv(text.encode(), "p01.csv").transcripts


def said(transcript):
    return [(turn.speaker, transcript.text[turn.start : turn.end]) for turn in transcript.turns]


@pytest.mark.parametrize(
    "header",
    [
        "Start,End,Speaker,Text",
        "starttid;SLUTTID;Talare;Replik",
        "开始时间\t结束时间\t说话人\t内容",
        "start time,end_time,Name,Utterance",
    ],
)
def test_columns_are_known_by_name_in_three_languages_whatever_parts_them(header):
    mark = next(mark for mark in ",;\t" if mark in header)
    rows = [
        header,
        mark.join(["0:01", "0:04", "Anna", "Hi."]),
        mark.join(["4.5", "9", "Bo", "Yes."]),
    ]
    (transcript,) = read("\r\n".join(rows))
    assert transcript.text == "Anna: Hi.\n\nBo: Yes."
    assert said(transcript) == [("Anna", "Hi."), ("Bo", "Yes.")]
    assert transcript.sync_points == ((6, 1.0), (9, 4.0), (15, 4.5), (19, 9.0))


def test_a_text_with_commas_does_not_mislead_about_the_semicolons_of_excel():
    (transcript,) = read("\ufeffTalare;Tal\r\nAnna;Ja, så, är det\r\n")
    assert said(transcript) == [("Anna", "Ja, så, är det")]
    (named,) = read("sep=;\nTalare;Tal\nAnna;Ja\n")
    assert said(named) == [("Anna", "Ja")]


def test_quoted_cells_keep_delimiters_and_line_ends():
    (transcript,) = read('speaker,text\nAnna,"One, ""two""\nthree"\n')
    assert said(transcript) == [("Anna", 'One, "two"\nthree')]


def test_a_cell_protected_from_the_spreadsheet_loses_its_quote():
    (transcript,) = read("speaker,text\nAnna,'-mm\nBo,'tis\n")
    assert said(transcript) == [("Anna", "-mm"), ("Bo", "'tis")]


def test_rows_of_one_speaker_are_one_turn_and_comments_without_speakers_are_not():
    (talk,) = read("speaker,text\nAnna,One\nAnna,two.\n")
    assert said(talk) == [("Anna", "One two.")]
    (comments,) = read("text\nGood.\nBad.\n")
    assert said(comments) == [("", "Good."), ("", "Bad.")]


def test_a_column_of_interviews_makes_several_transcripts_with_language_and_attributes():
    transcripts = read(
        "doc_id,speaker,text,lang,age\nb,P,Ja.,sv-SE,54\na,P,Yes.,en,30\nb,I,Så?,sv,54\na,P,No.,en,31\n"
    )
    assert [(t.id, t.language, t.attributes) for t in transcripts] == [
        ("b", "sv", (("age", "54"),)),
        ("a", "en", ()),
    ]
    assert said(transcripts[0]) == [("P", "Ja."), ("I", "Så?")]


def test_whisper_counts_in_milliseconds():
    (transcript,) = read("start\tend\ttext\n0\t7080\tHello\n7080\t9000\tthere.\n")
    assert said(transcript) == [("", "Hello there.")]
    assert transcript.sync_points == ((0, 0.0), (5, 7.08), (6, 7.08), (12, 9.0))


def test_nvivo_writes_both_times_into_one_column():
    (transcript,) = read("Timespan,Content,Speaker\n0:00.0 - 1:6,Hi.,Anna\n1:6 - 2:0.5,Yes.,Bo\n")
    assert [seconds for _, seconds in transcript.sync_points] == [0.0, 66.0, 66.0, 120.5]


def test_a_missing_column_is_named_with_the_columns_found_and_understood():
    with pytest.raises(TranscriptError, match=r"p01.csv: .*'who', 'what'.* text, .*replik.*内容"):
        read("who,what\nAnna,Hi.\n")


def test_a_row_that_ends_before_it_begins_is_named_by_its_line():
    with pytest.raises(TranscriptError, match=r"p01.csv, line 4: the row ends \(0:01\) before"):
        read("start,end,text\n0:01,0:02,a\n\n0:09,0:01,b\n")


def test_a_time_that_cannot_be_read_is_left_out_and_reported():
    reading = read_csv(b"start,text\nsoon,Hi.\n0:02,Yes.\n", "p01.csv")
    assert reading.repairs == ("times that cannot be read were left out, first in line 2",)
    assert reading.transcripts[0].sync_points == ((4, 2.0),)


def test_a_whole_interview_may_stand_in_one_cell():
    words = "word " * 60_000 + "end"
    (transcript,) = read(f"speaker,text\nAnna,{words}\n")
    assert said(transcript) == [("Anna", words)]


WORDS = st.text(st.characters(categories=("L", "M", "N", "P", "So")), min_size=1).map(
    lambda words: f"so {words}"
)


@given(st.lists(st.tuples(st.sampled_from(["Anna", "Bo"]), WORDS), min_size=1))
def test_words_come_back_from_rows(talk):
    talk = [pair for n, pair in enumerate(talk) if n == 0 or pair[0] != talk[n - 1][0]]
    stream = io.StringIO()
    csv.writer(stream, delimiter=";").writerows([("speaker", "text"), *talk])
    (transcript,) = read(stream.getvalue())
    assert said(transcript) == talk
