import io

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_nlp.errors import TranscriptError
from alliance_nlp.transcripts.word import read_docx


def document(*paragraphs):
    made = docx.Document()
    for paragraph in paragraphs:
        made.add_paragraph(paragraph)
    return made


def table(made, *rows):
    grid = made.add_table(rows=0, cols=len(rows[0]))
    for row in rows:
        for cell, words in zip(grid.add_row().cells, row, strict=True):
            cell.text = words


def read(made):
    stream = io.BytesIO()
    made.save(stream)
    (transcript,) = read_docx(stream.getvalue(), "p01.docx").transcripts
    return transcript


def said(transcript):
    return [(turn.speaker, transcript.text[turn.start : turn.end]) for turn in transcript.turns]


def test_paragraphs_are_lines_and_an_answer_goes_on_over_them():
    transcript = read(document("I: So?", "", "P: One.", "Two."))
    assert transcript.text == "I: So?\n\nP: One.\nTwo."
    assert said(transcript) == [("I", "So?"), ("P", "One.\nTwo.")]


def test_without_labels_each_paragraph_is_a_turn_even_next_to_another():
    assert said(read(document("One.", "Two.", "", "Three."))) == [
        ("", "One."),
        ("", "Two."),
        ("", "Three."),
    ]


@pytest.mark.parametrize(
    "rows",
    [
        [("Speaker", "Text"), ("Anna", "How?"), ("Bo", "Fine.")],
        [
            ("No", "Time", "Speaker", "Text"),
            ("1", "0:01", "Anna", "How?"),
            ("2", "0:04", "Bo", "Fine."),
        ],
        [
            ("Timespan", "Content", "Speaker"),
            ("0:01 - 0:04", "How?", "Anna"),
            ("0:04", "Fine.", "Bo"),
        ],
        [("Talare", "Replik"), ("Anna", "How?"), ("Bo", "Fine.")],
        [
            ("1", "00:00:01", "Anna", "How?"),
            ("2", "00:00:04", "Bo", "Fine."),
            ("3", "00:00:09", "Anna", "So it is."),
        ],
        [("Anna", "How?"), ("Bo", "Fine."), ("Anna", "So.")],
    ],
)
def test_a_document_with_only_a_table_is_read_with_or_without_a_header(rows):
    made = docx.Document()
    table(made, *rows)
    transcript = read(made)
    assert said(transcript)[:2] == [("Anna", "How?"), ("Bo", "Fine.")]
    assert transcript.text.startswith("Anna: How?\nBo: Fine.")
    if len(rows[0]) > 2:
        assert transcript.sync_points[0] == (6, 1.0)


def test_a_speaker_seen_once_in_a_table_may_be_called_anything():
    made = docx.Document()
    table(made, ("Speaker", "Text"), ("note 7b, the tall one", "Hi."), ("", "And more.\nStill me."))
    assert said(read(made)) == [("note 7b, the tall one", "Hi.\nAnd more.\nStill me.")]


@pytest.mark.parametrize(
    ("merged", "words", "wanted"),
    [
        ((0, 3), "Part two.", ("Anna", "How?\nPart two.")),
        ((2, 3), "Hm.", ("Anna", "How?\nHm.")),
        ((1, 2), "Bo", ("Bo", "Fine.")),
        ((0, 1), "2", ("Bo", "Fine.")),
    ],
)
def test_merged_cells_of_a_table_keep_their_words(merged, words, wanted):
    made = docx.Document()
    rows = [("No", "Time", "Speaker", "Text"), ("1", "", "Anna", "How?"), ("2", "", "Bo", "Fine.")]
    table(made, *rows)
    cells = made.tables[0].rows[2].cells
    for cell in cells[merged[0] : merged[1] + 1]:
        cell.text = ""
    cells[merged[0]].merge(cells[merged[1]]).text = words
    assert wanted in said(read(made))


@pytest.mark.parametrize(
    "row", [("", "Hm.", ""), ("Hm.",), ("1", "0:02", "", "Hm.", "")], ids=["empty", "short", "long"]
)
def test_words_outside_of_the_text_column_are_kept(row):
    made = docx.Document()
    head = ("Speaker", "Note", "Text") if len(row) < 4 else ("No", "Time", "Speaker", "X", "Text")
    table(made, head, ("Anna", "", "How?") if len(row) < 4 else ("1", "", "Anna", "", "How?"))
    last = made.tables[0].add_row()
    for cell in last.cells[len(row) :]:
        last._tr.remove(cell._tc)
    for cell, words in zip(last.cells, row, strict=True):
        cell.text = words
    assert said(read(made)) == [("Anna", "How?\nHm.")]


@pytest.mark.parametrize("width", ["", "0", "-1", "many", "9" * 30, "9" * 5000])
def test_a_merged_cell_of_a_senseless_width_is_read(width):
    made = docx.Document()
    table(made, ("Speaker", "Text"), ("Anna", "How?"))
    made.tables[0].cell(1, 1)._tc.get_or_add_tcPr().append(
        parse_xml(f"<w:gridSpan {nsdecls('w')} w:val='{width}'/>")
    )
    assert said(read(made)) == [("Anna", "How?")]


def test_paragraphs_and_tables_keep_the_order_of_the_page():
    made = document("Interview 3")
    table(made, ("Age", "54"), ("Place", "Umeå"))
    made.add_paragraph("Interviewer: So?")
    table(made, ("Speaker", "Text"), ("Bo", "Yes."))
    made.add_paragraph("Interviewer: Thanks.")
    transcript = read(made)
    assert transcript.text.startswith(
        "Interview 3\nAge\t54\nPlace\tUmeå\nInterviewer: So?\nBo: Yes."
    )
    assert said(transcript) == [("Interviewer", "So?"), ("Bo", "Yes."), ("Interviewer", "Thanks.")]


def test_links_and_insertions_are_read_and_deletions_are_not():
    made = document("I: See ")
    made.paragraphs[0]._p.extend(
        parse_xml(f"<w:{tag} {nsdecls('w')}><w:r>{words}</w:r></w:{tag}>")
        for tag, words in [
            ("hyperlink", "<w:t>the page</w:t>"),
            ("ins", "<w:t xml:space='preserve'> and more</w:t><w:tab/>"),
            ("del", "<w:delText>nothing</w:delText>"),
            ("moveFrom", "<w:t>nowhere</w:t>"),
            ("smartTag", "<w:t>here</w:t>"),
        ]
    )
    assert read(made).text == "I: See the page and more\there"


def test_a_content_control_is_looked_into():
    made = document("I: So?")
    inside = "<w:sdtContent><w:p><w:r><w:t>P: Yes.</w:t></w:r></w:p></w:sdtContent>"
    made.element.body.insert(1, parse_xml(f"<w:sdt {nsdecls('w')}>{inside}</w:sdt>"))
    assert said(read(made)) == [("I", "So?"), ("P", "Yes.")]


def test_teams_writes_name_and_time_above_the_words_in_one_paragraph():
    transcript = read(document("Anna Ek   0:03\nHow are you?", "Bo Berg   0:09\nFine."))
    assert said(transcript) == [("Anna Ek", "How are you?"), ("Bo Berg", "Fine.")]
    assert [seconds for _, seconds in transcript.sync_points] == [3.0, 9.0]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the file is empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "protected by a password or an old Word document"),
        (b"%PDF-1.7", "it is not a Word document"),
        (b"I: So?", "it is not a Word document"),
        (b"PK\x03\x04 and nothing else", "the Word document is damaged"),
    ],
)
def test_what_is_no_word_document_is_refused_in_one_sentence(content, sentence):
    with pytest.raises(TranscriptError, match=f"p01.docx: .*{sentence}"):
        read_docx(content, "p01.docx")


WHOLE = io.BytesIO()
document("I: So?", "P: Yes.").save(WHOLE)


@given(st.integers(0, len(WHOLE.getvalue())), st.binary(max_size=8))
@settings(max_examples=60)
def test_a_damaged_document_is_read_or_refused_and_never_crashes(place, noise):
    content = WHOLE.getvalue()[:place] + noise + WHOLE.getvalue()[place + len(noise) :]
    try:
        (transcript,) = read_docx(content, "p01.docx").transcripts
    except TranscriptError as error:
        assert "p01.docx" in str(error)
    else:
        assert transcript.text is not None
