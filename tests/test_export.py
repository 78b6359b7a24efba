"""Tables hold every quotation as it was said and run nothing; the page shows and loads nothing."""

import base64
import csv
import errno
import hashlib
import io
import os
import re
import stat
import zipfile
from importlib.resources import files
from pathlib import Path

import openpyxl
import pytest
from html_page import Page
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_nlp.codebook import Code
from alliance_nlp.codings import Coding
from alliance_nlp.decisions import Decision
from alliance_nlp.errors import ExportError
from alliance_nlp.export import to_frame, write_codings, write_page
from alliance_nlp.segments import Segment
from alliance_nlp.suggestions import Suggestion
from alliance_nlp.themes import Theme
from alliance_nlp.transcripts import Transcript, Turn

CODEBOOK = [
    Code("trust", "Trust and safety", "Daring to confide.", examples=("I dared.", "She stayed.")),
    Code("slow", "Proceeding slowly", "Taking time.", parent="trust", language="en", source="L"),
]
TEXT = "I: How?\nAnna: Vi tog det långsamt, åh 🙂. 慢慢来。\nBo: - No, I…"
TRANSCRIPT = Transcript(
    id="p01",
    text=TEXT,
    turns=(
        Turn(3, 7, "I", "interviewer"),
        Turn(14, 46, "Anna", "participant"),
        Turn(51, len(TEXT), "Bo", "participant"),
    ),
    language="sv",
    sync_points=((3, 0.0), (14, 61.9), (47, 3723.4)),
    attributes=(("Age", "043"), ("Role", "patient")),
)
WHEN = "2026-01-31T09:30:00+00:00"

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    "  =1",
    "\u3000=1",
    "\u200b=1",
    "\ufeff=1",
    '=HYPERLINK("x";"y")',
    "- no, I…",
    "\tno",
    "\rno",
]


def coding(start, end, code="slow", coder="Maria", *, transcript="p01", when=WHEN):
    return Coding(transcript, start, end, code, coder, when)


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def saying(text, name="p01"):
    """Return a transcript that is one quotation, and its coding."""
    return Transcript(id=name, text=text), coding(0, len(text), transcript=name)


# Tables


def test_a_quotation_is_one_row_with_all_codes_in_the_order_of_the_codebook():
    later = coding(14, 40, "trust", when="2026-02-01T00:00:00+00:00")
    frame = to_frame([coding(14, 40, "slow"), later], [TRANSCRIPT], CODEBOOK)
    assert frame["codes"].tolist() == ["Trust and safety; Proceeding slowly"]
    assert frame["code_ids"].tolist() == ["trust; slow"]
    assert frame["decided"].tolist() == ["2026-02-01"]


def test_two_coders_of_a_quotation_are_two_rows():
    frame = to_frame([coding(14, 40), coding(14, 40, coder="Li")], [TRANSCRIPT], CODEBOOK)
    assert frame["coder"].tolist() == ["Li", "Maria"]


def test_rows_follow_the_transcripts_and_then_the_text():
    first = Transcript(id="p10", text="Before.")
    codings = [coding(14, 40), coding(3, 7), coding(0, 7, transcript="p10")]
    frame = to_frame(codings, [first, TRANSCRIPT], CODEBOOK)
    assert list(zip(frame["transcript"], frame["start"], strict=True)) == [
        ("p10", 0),
        ("p01", 3),
        ("p01", 14),
    ]


def test_the_speaker_and_the_role_are_those_of_the_turns_that_the_quotation_touches():
    frame = to_frame([coding(3, 20), coding(51, 55), coding(7, 9)], [TRANSCRIPT], CODEBOOK)
    assert frame["speaker"].tolist() == ["I; Anna", "", "Bo"]
    assert frame["role"].tolist() == ["interviewer; participant", "", "participant"]


def test_times_are_hours_minutes_and_seconds_and_empty_where_nobody_knows():
    frame = to_frame([coding(14, 40), coding(51, 55)], [TRANSCRIPT], CODEBOOK)
    assert frame["start_time"].tolist() == ["00:01:01", "01:02:03"]
    assert frame["end_time"].tolist() == ["01:02:03", ""]


def test_attributes_become_columns_and_never_hide_another_column():
    other = Transcript(id="p02", text="Hm.", attributes=(("role", "nurse"), ("Unit", "B")))
    frame = to_frame(
        [coding(14, 40), coding(0, 3, transcript="p02")], [TRANSCRIPT, other], CODEBOOK
    )
    assert list(frame.columns[-4:]) == [
        "Age",
        "Role (attribute)",
        "role (attribute) (attribute)",
        "Unit",
    ]
    assert frame["Role (attribute)"].tolist() == ["patient", ""]
    assert frame["Unit"].tolist() == ["", "B"]


def test_a_code_that_left_the_codebook_is_still_exported_and_says_so():
    frame = to_frame([coding(3, 7, "old"), coding(3, 7, "slow")], [TRANSCRIPT], CODEBOOK)
    assert frame["codes"].tolist() == ["Proceeding slowly; old (not in the codebook)"]


def test_a_coding_of_a_transcript_that_is_not_given_is_one_sentence():
    with pytest.raises(ExportError, match="p09:0-3 of 'slow' is about a transcript that is not"):
        to_frame([coding(0, 3, transcript="p09")], [TRANSCRIPT], CODEBOOK)


@pytest.mark.parametrize(("start", "end"), [(0, len(TEXT) + 1), (-1, 4), (5, 4)])
def test_a_coding_that_does_not_fit_its_transcript_is_one_sentence(start, end):
    with pytest.raises(ExportError, match=rf"does not fit the transcript, which has {len(TEXT)}"):
        to_frame([coding(start, end)], [TRANSCRIPT], CODEBOOK)


def test_no_codings_are_a_frame_with_every_column_and_whole_number_offsets():
    frame = to_frame([], [TRANSCRIPT], CODEBOOK)
    assert len(frame) == 0
    assert frame.columns[0] == "transcript"
    assert frame.columns[-2] == "Age"
    assert frame["start"].dtype == frame["end"].dtype == "int64"


@settings(deadline=None)  # the first example imports pandas
@given(st.text(), st.data())
def test_the_quotation_in_the_frame_is_exactly_the_passage(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    frame = to_frame([coding(start, end)], [Transcript(id="p01", text=text)], CODEBOOK)
    assert frame.loc[0, "quotation"] == text[start:end]


def test_csv_returns_every_language_through_the_csv_module(tmp_path):
    path = tmp_path / "codings.csv"
    write_codings(path, [coding(14, 46), coding(0, 20)], [TRANSCRIPT], CODEBOOK)
    rows = rows_of(path)
    assert [row["Quotation"] for row in rows] == [TEXT[0:20], TEXT[14:46]]
    assert rows[1]["Speaker"] == "Anna"
    assert rows[1]["Age"] == "043"
    assert (rows[1]["Start (character)"], rows[1]["End (character)"]) == ("14", "46")


def test_csv_begins_with_a_mark_and_ends_lines_as_excel_does(tmp_path):
    path = tmp_path / "codings.csv"
    write_codings(path, [coding(0, 20)], [TRANSCRIPT], CODEBOOK)
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbfTranscript,Speaker,Role,")
    assert content.count(b"\r\n") == 2
    assert b"\r\r" not in content
    assert b"How?\nAnna" in content


@pytest.mark.parametrize("ending", ["csv", "xlsx", "CSV"])
def test_no_codings_are_a_file_with_the_header_only(tmp_path, ending):
    path = tmp_path / f"codings.{ending}"
    write_codings(path, [], [TRANSCRIPT], CODEBOOK)
    if ending == "xlsx":
        assert openpyxl.load_workbook(path)["Codings"].max_row == 1
    else:
        assert rows_of(path) == []
        assert "Quotation" in path.read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_would_execute_gets_an_apostrophe_in_csv(tmp_path, text):
    path = tmp_path / "codings.csv"
    transcript, its_coding = saying(text)
    write_codings(path, [its_coding], [transcript], CODEBOOK)
    cell = rows_of(path)[0]["Quotation"]
    assert cell[0] == "'"
    assert cell.replace("'", "") == text
    assert to_frame([its_coding], [transcript], CODEBOOK).loc[0, "quotation"] == text


@pytest.mark.parametrize("text", ["Well - no.", "a=b", "me@home", "– Nej", "1+1", "It's; fine"])
def test_a_sign_within_a_text_is_left_alone(tmp_path, text):
    path = tmp_path / "codings.csv"
    transcript, its_coding = saying(text)
    write_codings(path, [its_coding], [transcript], CODEBOOK)
    assert rows_of(path)[0]["Quotation"] == text


@pytest.mark.parametrize("text", ["=1+1", "@x"])
def test_names_of_every_kind_are_made_harmless_too(tmp_path, text):
    path = tmp_path / "codings.csv"
    turns = (Turn(0, 3, text, "participant"),)
    transcript = Transcript(text, "Hm.", turns, text, attributes=((text, text),))
    write_codings(
        path, [coding(0, 3, text, text, transcript=text)], [transcript], [Code(text, text)]
    )
    header, row = csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))
    assert not [cell for cell in header + row if cell.startswith(text[0])]


@given(st.text(alphabet="=+-@＝\"';, \t\r\nax\u200b", max_size=12))
def test_no_cell_begins_a_formula_whichever_separator_the_spreadsheet_expects(text):
    from alliance_nlp.export.tables import _csv

    transcript, its_coding = saying(text)
    content = _csv([its_coding], [transcript], CODEBOOK).decode("utf-8-sig")
    for separator in ",;\t":
        for row in csv.reader(io.StringIO(content, newline=""), delimiter=separator):
            for cell in row:
                assert not re.match(r"[\s\u200b]*[=+\-@＝]", cell)


def test_excel_returns_every_text_as_text(tmp_path):
    path = tmp_path / "codings.xlsx"
    texts = [*FORMULAS, "0012", "2026-01-31", "1e5"]
    texts += ["#N/A", "TRUE", "åäö 慢慢来 🙂", "a\nb"]
    pairs = [saying(text, f"p{number:02}") for number, text in enumerate(texts)]
    write_codings(path, [pair[1] for pair in pairs], [pair[0] for pair in pairs], CODEBOOK)
    sheet = openpyxl.load_workbook(path)["Codings"]
    cells = [row[5] for row in sheet.iter_rows(min_row=2)]
    assert {(cell.data_type, cell.number_format) for cell in cells} == {("s", "@")}
    assert [cell.value for cell in cells] == texts


def test_excel_stores_no_formula(tmp_path):
    path = tmp_path / "codings.xlsx"
    turns = (Turn(0, 4, "=2", "participant"),)
    transcript = Transcript("=1", "=3+3", turns, "=4", attributes=(("=5", "=6"),))
    codebook = [Code("=7", "=8", "=9", "=10", "=11", ("=12",), "=13", "=14", "=15")]
    write_codings(path, [coding(0, 4, "=7", "=16", transcript="=1")], [transcript], codebook)
    with zipfile.ZipFile(path) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        assert len(sheets) == 3
        assert not [name for name in sheets if b"<f>" in archive.read(name)]


def test_excel_is_comfortable_to_read_and_filter(tmp_path):
    path = tmp_path / "codings.xlsx"
    write_codings(path, [coding(14, 40)], [TRANSCRIPT], CODEBOOK)
    workbook = openpyxl.load_workbook(path)
    assert workbook.sheetnames == ["Codings", "Codebook", "Counts"]
    sheet = workbook["Codings"]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:O2"
    assert sheet["F2"].alignment.wrap_text
    assert sheet.column_dimensions["F"].width == 80
    assert sheet["L2"].value == 14


def test_excel_holds_the_codebook_and_the_counts(tmp_path):
    path = tmp_path / "codings.xlsx"
    other = Transcript(id="p02", text="Hm.")
    codings = [
        coding(14, 40),
        coding(14, 40, coder="Li"),
        coding(3, 7),
        coding(0, 3, transcript="p02"),
        coding(3, 7, "old"),
    ]
    write_codings(path, codings, [TRANSCRIPT, other], CODEBOOK)
    workbook = openpyxl.load_workbook(path)
    assert list(workbook["Codebook"].values)[1:] == [
        (
            *("Trust and safety", None, "Daring to confide.", None, None),
            *("I dared.\nShe stayed.", None, None, "trust"),
        ),
        (
            *("Proceeding slowly", "Trust and safety", "Taking time.", None, None),
            *(None, "L", "en", "slow"),
        ),
    ]
    assert list(workbook["Counts"].values) == [
        ("Code", "Quotations", "In how many transcripts", "p01", "p02"),
        ("Trust and safety", 0, 0, 0, 0),
        ("Proceeding slowly", 3, 2, 2, 1),
        ("old (not in the codebook)", 1, 1, 1, 0),
    ]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_what_no_table_can_hold_is_replaced(tmp_path, ending):
    path = tmp_path / f"codings.{ending}"
    transcript, its_coding = saying("a\x07b\x1fc\ud800d\uffff")
    write_codings(path, [its_coding], [transcript], CODEBOOK)
    if ending == "csv":
        cell = rows_of(path)[0]["Quotation"]
    else:
        cell = openpyxl.load_workbook(path)["Codings"]["F2"].value
    assert cell == "a\ufffdb\ufffdc\ufffdd\ufffd"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("x" * 32_767, "x" * 32_767),
        ("x" * 32_768, "x" * 32_766 + "…"),
        ("🙂" * 16_384, "🙂" * 16_383 + "…"),
    ],
)
def test_what_is_longer_than_a_cell_is_cut_and_the_row_says_so(tmp_path, text, kept):
    path = tmp_path / "codings.xlsx"
    transcript, its_coding = saying(text)
    write_codings(path, [its_coding], [transcript], CODEBOOK)
    header, row = openpyxl.load_workbook(path)["Codings"].values
    assert row[5] == kept
    assert (header[-1] == "Note") == (text != kept)
    assert ("cut: Quotation" in str(row[-1])) == (text != kept)


@pytest.mark.parametrize("name", ["codings.ods", "codings", "codings.qdpx"])
def test_an_unknown_ending_names_those_that_are_known(tmp_path, name):
    with pytest.raises(ExportError, match=r"use \.csv or \.xlsx"):
        write_codings(tmp_path / name, [], [], CODEBOOK)
    assert not list(tmp_path.iterdir())


# Files


@pytest.mark.parametrize("name", ["codings.csv", "codings.xlsx", "index.html"])
@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (PermissionError(errno.EACCES, "Permission denied"), "open in another program"),
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (OSError(errno.EIO, "Input/output error"), "cannot be written .Input/output error"),
    ],
)
def test_a_file_that_cannot_be_replaced_is_left_as_it_was(
    tmp_path, monkeypatch, name, error, sentence
):
    def fail(self, target):
        raise error

    path = tmp_path / name
    path.write_bytes(b"earlier")
    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(ExportError, match=sentence) as caught:
        write(path)
    assert str(path) in str(caught.value)
    assert caught.value.__cause__ is error
    assert [file.name for file in tmp_path.iterdir()] == [name]
    assert path.read_bytes() == b"earlier"


def write(path):
    if path.suffix == ".html":
        page(path)
    else:
        write_codings(path, [coding(14, 40)], [TRANSCRIPT], CODEBOOK)


@pytest.mark.parametrize("name", ["codings.csv", "codings.xlsx", "index.html"])
def test_a_folder_that_is_missing_or_in_the_way_is_one_sentence(tmp_path, name):
    with pytest.raises(ExportError, match="there is no folder"):
        write(tmp_path / "missing" / name)
    (tmp_path / name).mkdir()
    with pytest.raises(ExportError, match="this is a folder"):
        write(tmp_path / name)
    assert [file.name for file in tmp_path.iterdir()] == [name]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
@pytest.mark.parametrize("name", ["codings.csv", "codings.xlsx", "index.html"])
def test_a_new_file_is_the_user_s_alone_and_a_replaced_one_keeps_its_mode(tmp_path, name):
    path = tmp_path / name
    write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


# The page


def segment(start, end, transcript=TRANSCRIPT, **more):
    text = transcript.text[start:end]
    place = f"{transcript.id}:{start}-{end}"
    return Segment(place, transcript.id, start, end, text, **{"language": "sv", **more})


ANNA = segment(14, 46, context="How?", speaker="Anna", role="participant")
BO = segment(51, len(TEXT), context="How?", speaker="Bo", role="participant")


def page(path, **records):
    records = {
        "title": "Two clinics",
        "transcripts": [TRANSCRIPT],
        "segments": [ANNA, BO],
        "codebook": CODEBOOK,
        **records,
    }
    write_page(path, **records)
    return Page(path.read_text(encoding="utf-8"))


def test_an_empty_project_is_a_page_too(tmp_path):
    shown = page(tmp_path / "index.html", transcripts=[], segments=[], codebook=[])
    assert shown.texts("h1") == ["Two clinics"]
    assert shown.find("article") == []


def test_the_page_loads_nothing_and_runs_only_what_it_brings(tmp_path):
    shown = page(tmp_path / "index.html", suggestions=[Suggestion(ANNA.id, "slow", 0.7)])
    html = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"https?:|//\w|url\(|@import|<link|<img|<iframe|\ssrc=|\sstyle=", html)
    assert all(link["href"].startswith("#") for link in shown.find("a"))
    (policy,) = [each["content"] for each in shown.find("meta") if "http-equiv" in each]
    for tag in ("style", "script"):
        (inline,) = shown.find(tag)
        digest = base64.b64encode(hashlib.sha256(inline["text"].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")


def test_the_page_says_that_nothing_is_a_coding_until_someone_accepts_it(tmp_path):
    shown = page(tmp_path / "index.html")
    assert shown.texts("strong") == [
        "nothing here is a coding until a named person has accepted it."
    ]


def test_every_link_leads_to_one_place_on_the_page(tmp_path):
    members = (ANNA.id, BO.id)
    shown = page(
        tmp_path / "index.html",
        themes=[Theme("t", "", members, (1.0, 0.5), exemplar_ids=members, parent_id="t")],
        suggestions=[Suggestion(ANNA.id, "slow", 0.7, accepted_id=BO.id, rejected_id=ANNA.id)],
    )
    ids = [element["id"] for element in shown.elements if "id" in element]
    assert len(ids) == len(set(ids))
    assert {link["href"].removeprefix("#") for link in shown.find("a")} <= set(ids)


EVIL = '<script>alert("1")</script>&amp;\'"><b>'


def test_what_people_wrote_is_text_and_never_markup(tmp_path):
    transcript = Transcript(EVIL, EVIL * 2, language=EVIL)
    first = segment(
        0,
        len(EVIL),
        transcript,
        context=EVIL + "?",
        speaker=EVIL,
        role="participant",
        language=EVIL,
    )
    shown = page(
        tmp_path / "index.html",
        title=EVIL,
        transcripts=[transcript],
        segments=[first],
        codebook=[Code(EVIL, EVIL, EVIL, EVIL, EVIL, (EVIL,), EVIL, EVIL, EVIL)],
        themes=[Theme(EVIL, EVIL, (first.id,), (0.5,), (EVIL,), (first.id,), parent_id=EVIL)],
        suggestions=[Suggestion(first.id, EVIL, 0.5, ((8, 12),), EVIL)],
        decisions=[Decision("d", first.id, EVIL, EVIL, "accept", EVIL)],
    )
    assert len(shown.find("script")) == 1
    assert shown.find("b") == [shown.find("b", within=shown.find("article", "passage")[0])[0]]
    assert shown.find("p", "words")[0]["text"] == EVIL
    assert shown.find("h1")[0]["text"] == EVIL


def marks(shown, number):
    return "".join(mark["text"] for mark in shown.find("mark", f"r{number}", words(shown)))


def words(shown):
    return shown.find("p", "words")[0]


graphemes = st.sampled_from(["a", "å", "a\u030a", "🙂", "👩🏽\u200d⚕️", "慢", " ", "<", "&", "."])


@settings(max_examples=50)
@given(st.lists(graphemes, min_size=1, max_size=20).map("".join), st.data())
def test_the_marked_words_are_those_of_each_rationale(tmp_path_factory, text, data):
    path = tmp_path_factory.getbasetemp() / "marks.html"
    offset = 3
    transcript = Transcript("p", "🙂å " + text + " end")
    whole = segment(offset, offset + len(text), transcript)
    edges = st.integers(whole.start, whole.end)
    ranges = data.draw(st.lists(st.tuples(edges, edges).map(sorted).map(tuple), max_size=3))
    suggestions = [
        Suggestion(whole.id, f"c{number}", 0.9 - number / 10, (each,))
        for number, each in enumerate(ranges)
    ]
    shown = page(path, transcripts=[transcript], segments=[whole], suggestions=suggestions)
    assert words(shown)["text"] == text
    for number, (start, end) in enumerate(ranges, start=1):
        assert marks(shown, number) == transcript.text[start:end]


def test_a_rationale_that_leaves_the_segment_is_marked_as_far_as_it_is_shown(tmp_path):
    beyond = Suggestion(ANNA.id, "slow", 0.7, ((0, 17), (40, 60)))
    shown = page(tmp_path / "index.html", suggestions=[beyond])
    assert [mark["text"] for mark in shown.find("mark", "r1", words(shown))] == [
        TEXT[14:17],
        TEXT[40:46],
    ]


def test_a_suggestion_stands_in_words_and_as_a_number_with_its_reason(tmp_path):
    suggestions = [
        Suggestion(ANNA.id, "slow", 0.62, matched="definition: Taking time.", polarity="negated"),
        Suggestion(ANNA.id, "trust", 0.999),
        Suggestion(ANNA.id, "old", 0.004),
    ]
    shown = page(tmp_path / "index.html", suggestions=suggestions)
    assert shown.texts("p", "code") == [
        "Trust and safety",
        "Proceeding slowly negated",
        "old (not in the codebook)",
    ]
    assert shown.texts("p", "odds") == [
        "very likely, >99%",
        "likely, 62%",
        "tentative, <1%",
    ]
    (matched,) = shown.find("p", "matched")
    (link,) = shown.find("a", within=matched)
    assert matched["text"] == "Matches its definition"
    (part,) = [each for each in shown.elements if each.get("id") == link["href"].removeprefix("#")]
    assert part["text"] == "Taking time."


def test_what_the_codebook_no_longer_says_stands_beside_the_suggestion(tmp_path):
    suggestions = [
        Suggestion(ANNA.id, "slow", 0.6, matched="definition: As it was before."),
        Suggestion(ANNA.id, "old", 0.4, matched="name: Old"),
    ]
    shown = page(tmp_path / "index.html", suggestions=suggestions)
    assert shown.texts("p", "matched") == [
        "Matches its definition: As it was before.",
        "Matches its name: Old",
    ]


def test_a_code_that_matched_in_another_language_says_it_once_in_the_codebook(tmp_path):
    lugnt = "Vi tog det lugnt."
    swedish = Code("slow", "Långsamt", "Att ta tid.", examples=(lugnt,), language="sv")
    code = Code("slow", "Slowly", "Taking time.", language="en", translations=(swedish,))
    suggestions = [
        Suggestion(each.id, "slow", 0.6, matched="example: Vi tog det lugnt.")
        for each in (ANNA, BO)
    ]
    shown = page(tmp_path / "index.html", codebook=[code], suggestions=suggestions)
    (example,) = [each for each in shown.elements if each["text"] == "Vi tog det lugnt."]
    links = [shown.find("a", within=each)[0]["href"] for each in shown.find("p", "matched")]
    assert links == [f"#{example['id']}"] * 2
    assert next(each for each in example["within"] if each["tag"] == "details")["lang"] == "sv"


def test_what_interviewers_say_is_shown_without_suggestions_unless_someone_answered(tmp_path):
    asked = segment(3, 7, speaker="I", role="interviewer")
    suggestions = [
        Suggestion(asked.id, "slow", 0.5),
        Suggestion(asked.id, "trust", 0.4),
        Suggestion(ANNA.id, "slow", 0.3),
    ]
    decisions = [Decision("d", asked.id, "trust", "Li", "reject", WHEN, 0.4)]
    records = {"segments": [asked, ANNA], "suggestions": suggestions}
    shown = page(tmp_path / "index.html", **records)
    assert shown.texts("p", "odds") == ["possible, 30%"]
    assert len(shown.find("article", "passage")) == 2
    shown = page(tmp_path / "index.html", **records, decisions=decisions)
    assert shown.texts("p", "odds") == ["possible, 40%", "possible, 30%"]


def test_the_first_three_suggestions_are_seen_at_once_and_so_is_what_was_answered(tmp_path):
    suggestions = [Suggestion(ANNA.id, f"c{n}", 0.9 - n / 10) for n in range(6)]
    decisions = [Decision("d", ANNA.id, "c4", "Li", "reject", WHEN)]
    shown = page(tmp_path / "index.html", suggestions=suggestions, decisions=decisions)
    passage = shown.find("article", "passage")[0]
    (fold,) = shown.find("details", within=passage)
    assert [each["value"] for each in shown.find("li", within=fold)] == ["4", "6"]
    assert [each["value"] for each in shown.find("li", within=passage)] == list("123546")


def test_answers_in_force_are_shown_with_their_coder(tmp_path):
    def answer(number, code, given, coder="Maria", withdraws=None):
        return Decision(number, ANNA.id, code, coder, given, WHEN, withdraws=withdraws)

    decisions = [
        answer("d1", "slow", "accept"),
        answer("d2", "slow", "reject", coder="Li"),
        answer("d3", "trust", "accept"),
        answer("d4", "trust", "withdraw", withdraws="d3"),
        answer("d5", "old", "accept"),
        Decision("d6", "p01:0-1", "slow", "Maria", "accept", WHEN),
    ]
    shown = page(
        tmp_path / "index.html", suggestions=[Suggestion(ANNA.id, "slow", 0.5)], decisions=decisions
    )
    assert shown.texts("p", "answer") == [
        "✓ Accepted by Maria, 2026-01-31",
        "✕ Rejected by Li, 2026-01-31",
        "✓ Accepted by Maria, 2026-01-31",
    ]
    assert shown.texts("p", "code") == ["Proceeding slowly", "old (not in the codebook)"]
    assert "Not suggested; the coder’s own" in shown.texts("p", "why")
    assert shown.texts("p", "note")[0].startswith("1 answer is about segments that were cut")


def test_a_theme_shows_its_words_its_size_and_its_heart(tmp_path):
    members = (BO.id, ANNA.id)
    themes = [
        Theme(
            "t1", "Pace", members, (0.97, 0.41), ("slow", "慢慢"), (ANNA.id,), 0.5, "broad",
            title="Slow steps", phrases=("slow steps", "慢慢来"), n_participants=2,
        ),
        Theme("t2", "", (BO.id,), (0.8,), ("no",), (), 1.0, "broad", n_participants=1),
        Theme("t3", "", (BO.id,), (0.8,), title="Not so fast"),
    ]  # fmt: skip
    shown = page(tmp_path / "index.html", themes=themes)
    assert shown.texts("h3", within=shown.find("section")[0]) == [
        "Pace",
        "No telling words",
        "Not so fast",
    ]
    assert shown.texts("p", "keywords") == ["slow · 慢慢", "no"]
    assert shown.texts("p", "meta", shown.find("section")[0]) == [
        "Said: slow steps; 慢慢来",
        "2 segments in 1 interview; 50% comes back when interviews are left out; "
        "in one broader theme with 2",
        "1 segment in 1 interview, one person only; 100% comes back when interviews are left out; "
        "in one broader theme with 1",
        "1 segment in 1 interview; 0% comes back when interviews are left out",
    ]
    (quotation,) = shown.find("blockquote")
    assert (quotation["text"], quotation["lang"]) == (ANNA.text, "sv")
    assert shown.texts("figcaption") == ["Anna, p01, 00:01:01"]


def test_passages_stand_in_the_order_of_the_text_with_speaker_time_and_language(tmp_path):
    chinese = segment(40, 46, language="zh")
    shown = page(tmp_path / "index.html", segments=[BO, chinese, ANNA])
    assert [each["text"] for each in shown.find("p", "words")] == [
        ANNA.text,
        chinese.text,
        BO.text,
    ]
    assert [each["lang"] for each in shown.find("p", "words")] == ["sv", "zh", "sv"]
    assert shown.texts("p", "who")[0] == "Anna 00:01:01 1"
    assert shown.texts("p", "who")[1] == "Unknown speaker 00:01:01 2"


def test_a_question_is_shown_once_and_not_where_it_has_just_been_read(tmp_path):
    question = segment(3, 7, speaker="I", role="interviewer")
    again = segment(40, 46, context="How?", speaker="Anna", role="participant")
    shown = page(tmp_path / "index.html", segments=[ANNA, again, BO])
    assert shown.texts("p", "context") == ["Before this: How?"]
    shown = page(tmp_path / "index.html", segments=[question, ANNA])
    assert shown.texts("p", "context") == []


def test_the_codebook_stands_as_a_tree_whatever_the_order(tmp_path):
    shown = page(tmp_path / "index.html", codebook=CODEBOOK[::-1])
    assert [(each["id"], each["class"]) for each in shown.find("article", "entry")] == [
        ("c1", "entry depth0"),
        ("c2", "entry depth1"),
    ]
    assert shown.texts("h3", within=shown.find("section")[-1]) == [
        "Trust and safety",
        "Proceeding slowly",
    ]


def test_records_of_passages_that_are_not_given_are_one_sentence(tmp_path):
    path = tmp_path / "index.html"
    with pytest.raises(ExportError, match="a transcript that is not given: p01"):
        page(path, transcripts=[])
    with pytest.raises(ExportError, match="a segment that is not given: p01:0-1"):
        page(path, suggestions=[Suggestion("p01:0-1", "slow", 0.5)])
    with pytest.raises(ExportError, match="a segment that is not given: p01:0-1"):
        page(path, themes=[Theme("t", "", ("p01:0-1",), (0.5,))])
    assert not path.exists()


def test_two_thousand_segments_are_folded_by_interview_and_below_five_megabytes(tmp_path):
    path = tmp_path / "index.html"
    sentence = "We took our time, and after a while she began to say what mattered to her. "
    transcripts = [Transcript(f"p{n:02}", sentence * 800) for n in range(10)]
    step = 4 * len(sentence)
    definition = ("What takes time is given time, whoever is in a hurry. " * 5).strip()
    segments = [
        segment(n * step, (n + 1) * step, each, context=f"{n}. {sentence}")
        for each in transcripts
        for n in range(200)
    ]
    suggestions = [
        Suggestion(
            each.id,
            f"c{n}",
            0.9 - n / 10,
            ((each.start, each.start + 70),),
            f"definition: {n}. {definition}",
        )
        for each in segments
        for n in range(5)
    ]
    codebook = [Code(f"c{n}", f"Code {n}", f"{n}. {definition}") for n in range(5)]
    write_page(
        path,
        title="Many",
        transcripts=transcripts,
        segments=segments,
        codebook=codebook,
        suggestions=suggestions,
    )
    assert path.stat().st_size < 5_000_000
    html = path.read_text(encoding="utf-8")
    assert html.count(definition) == 5
    assert html.count('<article class="passage"') == 2_000
    assert html.count('<details class="interview"') == 10
    assert len(re.findall(r'<details class="interview" id="i\d+" open>', html)) == 1


def test_the_same_records_are_the_same_page(tmp_path):
    for name in ("a.html", "b.html"):
        page(tmp_path / name, suggestions=[Suggestion(ANNA.id, "slow", 0.5)])
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def luminance(color):
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_text_has_the_contrast_of_wcag_aa_by_day_and_by_night():
    style = (files("alliance_nlp.export") / "templates" / "page.css").read_text(encoding="utf-8")
    day, night = (
        dict(re.findall(r"--(\w+): (#\w{6});", block)) for block in style.split(":root")[1:3]
    )
    pairs = [(text, ground) for text in ("ink", "soft", "accent") for ground in ("paper", "card")]
    pairs += [("accept", "paper"), ("reject", "paper"), ("ink", "mark")]
    for colors in (day, night):
        for text, ground in pairs:
            light, dark = sorted((luminance(colors[text]), luminance(colors[ground])))[::-1]
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)
