import errno
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alliance_nlp.codebook import Code
from alliance_nlp.codings import Coding, Memo
from alliance_nlp.errors import ExportError
from alliance_nlp.refi import write_codebook_qdc, write_project_qdpx
from alliance_nlp.transcripts import Transcript, Turn

SCHEMAS = Path(__file__).parent / "refi"
PROJECT = xmlschema.XMLSchema(SCHEMAS / "Project.xsd")
CODEBOOK = xmlschema.XMLSchema(SCHEMAS / "Codebook.xsd")
NAMESPACE = {"": "urn:QDA-XML:project:1.0"}
AT = "2026-01-31T09:30:00+00:00"

P01 = Transcript(
    id="p01",
    text="I: Hur mår du?\nP: Jag känner mig trygg 😀 med henne.",
    turns=(Turn(3, 14, "I"), Turn(18, 51, "P")),
    language="sv",
    sync_points=((3, 1.5),),
    attributes=(("age", "54"), ("place", "Umeå & Luleå")),
)
P02 = Transcript(id="p02", text="我信任她。👩🏽‍⚕️她听我说。", attributes=(("age", "061"),))
CODES = [
    Code("relationship", "The relationship itself"),
    Code(
        "trust",
        "Trust <and> safety",
        definition="Feeling safe.",
        include="Being believed.",
        exclude="Trust in the clinic.",
        examples=("I dared to say it.", "She stayed.\nEvery time."),
        parent="relationship",
        source="Landberg & Nyman 2023",
        translations=(Code("trust", "Tillit och trygghet", parent="relationship"),),
    ),
    Code("power", "Power"),
]
CODINGS = [
    Coding("p01", 18, 40, "trust", "anna", AT),
    Coding("p01", 18, 40, "trust", "bo", "2026-01-31T12:00:00+01:00"),
    Coding("p01", 18, 40, "power", "anna", AT),
    Coding("p02", 0, 5, "relationship", "anna", "2026-02-01T00:00:00"),
]
MEMOS = [
    Memo("m1", "transcript", "p01", "Calm throughout.", "anna", AT),
    Memo("m2", "segment", "p01:3-14", "Opens 😀 wide.\nThen waits.", "bo", AT),
    Memo("m3", "code", "trust", "Split this one?", "anna", AT),
    Memo("m4", "theme", "theme-1", "", "anna", AT),
]


class Opened:
    """A .qdpx file, read by nothing of ours."""

    def __init__(self, path):
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            self.files = {name: archive.read(name) for name in archive.namelist()}
        (self.xml,) = (text for name, text in self.files.items() if name.endswith(".qde"))
        self.root = ET.fromstring(self.xml)

    def all(self, path):
        return self.root.findall(path, NAMESPACE)

    def text(self, element):
        file_name = element.get("plainTextPath").removeprefix("internal://")
        return self.files[f"sources/{file_name}"].decode("utf-8")

    def passages(self):
        """Return (source, slice, code, coder) of each coding."""
        users = {user.get("guid"): user.get("name") for user in self.all("Users/User")}
        codes = {code.get("guid"): code.get("name") for code in self.all(".//Code")}
        return [
            (
                source.get("name"),
                self.text(source)[int(one.get("startPosition")) : int(one.get("endPosition"))],
                codes[coding.find("CodeRef", NAMESPACE).get("targetGUID")],
                users[coding.get("creatingUser")],
            )
            for source in self.all("Sources/TextSource")
            for one in source.findall("PlainTextSelection", NAMESPACE)
            for coding in one.findall("Coding", NAMESPACE)
        ]


def written(folder, transcripts=(P01, P02), codes=CODES, codings=CODINGS, memos=MEMOS):
    path = folder / "study.qdpx"
    losses = write_project_qdpx(path, transcripts, codes, codings, memos, name="Counselling")
    opened = Opened(path)
    PROJECT.validate(opened.xml.decode())
    return opened, losses


def read_back(description):
    """Take a description apart at its headings, as a later import would."""
    headings = ("Include:", "Exclude:", "Examples:", "Source:")
    parts, current = {"": []}, ""
    for line in description.split("\n"):
        if line in headings:
            current = line
            parts[current] = []
        else:
            parts[current].append(line)
    return {heading: "\n".join(lines).strip() for heading, lines in parts.items()}


def test_a_project_is_valid_and_holds_every_coding_with_its_coder(tmp_path):
    opened, _ = written(tmp_path)
    assert sorted(opened.passages()) == sorted(
        [
            ("p01", "Jag känner mig trygg 😀", "Trust <and> safety", "anna"),
            ("p01", "Jag känner mig trygg 😀", "Trust <and> safety", "bo"),
            ("p01", "Jag känner mig trygg 😀", "Power", "anna"),
            ("p02", "我信任她。", "The relationship itself", "anna"),
        ]
    )


def test_each_coder_has_a_selection_of_their_own_named_by_its_quotation(tmp_path):
    opened, _ = written(tmp_path)
    selections = [
        one for one in opened.all(".//PlainTextSelection") if one.get("startPosition") == "18"
    ]
    assert {one.get("name") for one in selections} == {"Jag känner mig trygg 😀"}
    for one in selections:
        for coding in one.findall("Coding", NAMESPACE):
            assert coding.get("creatingUser") == one.get("creatingUser")
    coded = [one for one in selections if one.find("Coding", NAMESPACE) is not None]
    assert sorted(len(one.findall("Coding", NAMESPACE)) for one in coded) == [1, 2]


def test_the_files_are_those_that_other_tools_expect(tmp_path):
    opened, _ = written(tmp_path)
    names = list(opened.files)
    assert names[0] == "project.qde"
    assert all(re.fullmatch(r"sources/[0-9a-f-]{36}\.txt", name) for name in names[1:])
    assert len(names) == 1 + 2 + len(MEMOS)
    for source in opened.all("Sources/TextSource"):
        assert source.get("plainTextPath") == f"internal://{source.get('guid')}.txt"
        assert source.get("richTextPath") is None
    assert not any(
        text.startswith(b"\xef\xbb\xbf") or b"\r" in text for text in opened.files.values()
    )


def test_codes_keep_their_tree_their_names_and_one_colour_each(tmp_path):
    opened, _ = written(tmp_path)
    (parent, power) = opened.all("CodeBook/Codes/Code")
    (child,) = parent.findall("Code", NAMESPACE)
    assert [one.get("name") for one in (parent, child, power)] == [code.name for code in CODES]
    assert {one.get("isCodable") for one in (parent, child, power)} == {"true"}
    assert len({one.get("color") for one in (parent, child, power)}) == 3


def test_the_texts_of_a_code_can_be_read_back_from_its_description(tmp_path):
    write_codebook_qdc(tmp_path / "study.qdc", CODES)
    root = ET.parse(tmp_path / "study.qdc").getroot()
    (description,) = root.findall(".//{*}Description")
    assert read_back(description.text) == {
        "": "Feeling safe.",
        "Include:": "Being believed.",
        "Exclude:": "Trust in the clinic.",
        "Examples:": "- I dared to say it.\n- She stayed.\n  Every time.",
        "Source:": "Landberg & Nyman 2023",
    }


printed = st.text(
    st.one_of(
        st.sampled_from("\nae😀é信 :"),
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
    ),
    max_size=30,
)
code_text = st.one_of(printed, st.sampled_from(["Include:", "a\nExclude:\nb", "Source:\n", "\n"]))


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(code_text, code_text, code_text, code_text)
def test_even_texts_that_look_like_headings_are_told_apart(
    tmp_path, definition, include, exclude, source
):
    code = Code("x", "X", definition, include, exclude, source=source)
    write_codebook_qdc(tmp_path / "study.qdc", [code])
    CODEBOOK.validate(tmp_path / "study.qdc")
    found = ET.parse(tmp_path / "study.qdc").getroot().find(".//{*}Description")
    parts = read_back(found.text) if found is not None else {}
    for heading, text in [
        ("", definition),
        ("Include:", include),
        ("Exclude:", exclude),
        ("Source:", source),
    ]:
        assert unset(parts.get(heading, "")) == unset(text)


def unset(text):
    """Compare texts by their lines, without the space that sets one in or blank ends."""
    return [line.strip() for line in text.strip().split("\n")]


def test_notes_hang_where_the_memos_were_written(tmp_path):
    opened, losses = written(tmp_path)
    texts = {note.get("guid"): opened.text(note) for note in opened.all("Notes/Note")}
    (segment,) = [
        one for one in opened.all(".//PlainTextSelection") if one.get("startPosition") == "3"
    ]
    places = {
        "transcript": opened.all("Sources/TextSource[@name='p01']/NoteRef"),
        "segment": segment.findall("NoteRef", NAMESPACE),
        "code": opened.all("CodeBook/Codes/Code/Code/NoteRef"),
        "project": opened.all("NoteRef"),
    }
    assert {
        place: [texts[ref.get("targetGUID")] for ref in refs] for place, refs in places.items()
    } == {
        "transcript": ["Calm throughout."],
        "segment": ["Opens 😀 wide.\nThen waits."],
        "code": ["Split this one?"],
        "project": [""],
    }
    assert any(loss.endswith("now notes on the project; memos: 1.") for loss in losses)


def test_attributes_become_variables_of_one_case_per_transcript(tmp_path):
    opened, _ = written(tmp_path)
    variables = {one.get("guid"): one.get("name") for one in opened.all("Variables/Variable")}
    values = {
        case.get("name"): {
            variables[value[0].get("targetGUID")]: value[1].text
            for value in case.findall("VariableValue", NAMESPACE)
        }
        for case in opened.all("Cases/Case")
    }
    assert values == {"p01": {"age": "54", "place": "Umeå & Luleå"}, "p02": {"age": "061"}}


def test_times_are_written_in_utc(tmp_path):
    opened, _ = written(tmp_path)
    times = [one.get("creationDateTime") for one in opened.all(".//PlainTextSelection/Coding")]
    assert sorted(times) == [
        "2026-01-31T09:30:00Z",
        "2026-01-31T09:30:00Z",
        "2026-01-31T11:00:00Z",
        "2026-02-01T00:00:00Z",
    ]
    assert opened.root.get("creationDateTime") == "2026-01-31T09:30:00Z"
    assert opened.root.get("modifiedDateTime") == "2026-02-01T00:00:00Z"


def test_an_unknown_time_is_left_out_and_reported(tmp_path):
    opened, losses = written(tmp_path, codings=[Coding("p01", 0, 2, "trust", "anna", "")], memos=())
    assert opened.all(".//Coding")[0].get("creationDateTime") is None
    assert "The time is missing or not ISO 8601; codings: 1." in losses


def test_what_could_not_be_carried_is_reported(tmp_path):
    _, losses = written(tmp_path)
    assert "no place for them" in losses[0]
    for expected in [
        "Times are not written, they would need the recording; transcripts with times: 1.",
        "Speakers and roles are not marked, labels stay in the text; transcripts: 1.",
        "The language is not written; transcripts: 1.",
        "Translations are not written; codes: 1.",
        "Include, exclude, examples and source stand in the description; codes: 1.",
    ]:
        assert expected in losses


def test_nothing_but_what_is_always_lost_is_reported_for_a_plain_study(tmp_path):
    plain = Transcript("p01", "I was met.")
    _, losses = written(
        tmp_path, [plain], [Code("trust", "Trust")], [Coding("p01", 0, 5, "trust", "a", AT)], []
    )
    assert len(losses) == 1


def test_two_exports_of_one_study_name_the_same_things_alike(tmp_path):
    anna = [coding for coding in CODINGS if coding.coder == "anna"]
    whole, _ = written(tmp_path)
    part, _ = written(tmp_path, [P01], CODES, [c for c in anna if c.transcript_id == "p01"], [])
    guids = [{one.get("guid") for one in opened.root.iter()} for opened in (whole, part)]
    assert guids[1] <= guids[0]
    everything = [one.get("guid") for one in whole.root.iter() if one.get("guid")]
    assert len(everything) == len(set(everything))


def test_another_text_under_the_same_id_is_another_source(tmp_path):
    one, _ = written(tmp_path, [Transcript("p01", "a")], CODES, [], [])
    two, _ = written(tmp_path, [Transcript("p01", "b")], CODES, [], [])
    assert one.all(".//TextSource")[0].get("guid") != two.all(".//TextSource")[0].get("guid")


def test_equal_input_in_another_order_gives_equal_bytes(tmp_path):
    paths = tmp_path / "one.qdpx", tmp_path / "two.qdpx"
    write_project_qdpx(paths[0], [P01, P02], CODES, CODINGS, MEMOS, name="x")
    write_project_qdpx(paths[1], [P01, P02], CODES, CODINGS[::-1], MEMOS[::-1], name="x")
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_coding_given_twice_is_written_once(tmp_path):
    opened, _ = written(tmp_path, codings=CODINGS * 2)
    assert len(opened.passages()) == len(CODINGS)


def test_a_code_that_has_left_the_codebook_is_written_under_its_id(tmp_path):
    opened, losses = written(tmp_path, codings=[Coding("p01", 0, 2, "gone", "anna", AT)], memos=())
    assert opened.passages() == [("p01", "I:", "gone", "anna")]
    assert "Not in the codebook, written under their ids; codes: 1." in losses


def test_codings_of_other_transcripts_are_left_out_and_reported(tmp_path):
    opened, losses = written(tmp_path, [P02], memos=())
    assert {source for source, *_ in opened.passages()} == {"p02"}
    assert "Left out, their transcripts are not part of the export; codings: 3." in losses


def test_two_transcripts_of_one_id_are_refused(tmp_path):
    with pytest.raises(ExportError, match="two transcripts have one id"):
        written(tmp_path, [P01, Transcript("p01", "Another.")])


def test_a_coding_beyond_the_text_is_refused_with_its_place(tmp_path):
    with pytest.raises(
        ExportError, match=r"p01: anna's coding 'trust' is at 4 to 99, .* ends at 51"
    ):
        written(tmp_path, codings=[Coding("p01", 4, 99, "trust", "anna", AT)])
    assert not list(tmp_path.iterdir())


def test_an_empty_project_is_valid_and_an_empty_codebook_is_refused(tmp_path):
    opened, _ = written(tmp_path, [], [], [], [])
    assert list(opened.root) == []
    with pytest.raises(ExportError, match="no codes"):
        write_codebook_qdc(tmp_path / "study.qdc", [])


def test_an_empty_transcript_is_carried(tmp_path):
    opened, _ = written(tmp_path, [Transcript("p09", "")], codings=[], memos=())
    (source,) = opened.all("Sources/TextSource")
    assert opened.text(source) == ""


def test_control_characters_are_kept_out_of_names_and_positions_stay(tmp_path):
    transcript = Transcript("p01", "\ufeffa\x0b\r\nb😀c\ud800d")
    opened, losses = written(
        tmp_path,
        [transcript],
        [Code("x", "Be\x00ginning\nand\tagreeing\x1f", "one\x07\r\ntwo")],
        [Coding("p01", 4, 8, "x", "an\x08na", AT)],
        [Memo("m1", "code", "x", "a\r\nb", "anna", AT)],
    )
    assert opened.passages() == [("p01", "\nb😀c", "Beginning and agreeing", "anna")]
    assert opened.all(".//Description")[0].text == "one\ntwo"
    assert opened.text(opened.all("Sources/TextSource")[0]) == " a\x0b \nb😀c d"
    assert "Characters that tools count differently became spaces; transcripts: 1." in losses
    assert "Characters that tools count differently became spaces; memos: 1." in losses


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.one_of(st.sampled_from("ab \n😀é👩🏽‍⚕️信任\u0301"), st.characters())), st.data())
def test_any_passage_of_any_text_is_read_back_by_its_positions(tmp_path, text, data):
    # What the export would repair has a test of its own.
    text = re.sub("[\r\ud800-\udfff]", "", text).lstrip("\ufeff")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    coding = Coding("p01", start, end, "trust", "anna", AT)
    opened, _ = written(tmp_path, [Transcript("p01", text)], codings=[coding], memos=())
    (found,) = opened.passages()
    assert found == ("p01", text[start:end], "Trust <and> safety", "anna")
    name = "".join(opened.all(".//PlainTextSelection")[0].get("name").split())
    visible = "".join(one for one in text[start:end] if not one.isspace())
    assert re.sub("[\x00-\x1f\x7f-\x9f\ufffe\uffff]", "", visible).startswith(
        name.removesuffix("…")
    )


def test_a_long_quotation_names_its_selection_by_its_start(tmp_path):
    text = "She  waited.\n" * 20
    opened, _ = written(
        tmp_path, [Transcript("p01", text)], codings=[Coding("p01", 0, 200, "x", "a", AT)], memos=()
    )
    (selection,) = opened.all(".//PlainTextSelection")
    assert selection.get("name") == ("She waited. " * 20)[:99] + "…"


def test_a_codebook_is_valid_and_says_what_it_lost(tmp_path):
    losses = write_codebook_qdc(tmp_path / "study.qdc", CODES)
    CODEBOOK.validate(tmp_path / "study.qdc")
    assert losses == [
        "Translations are not written; codes: 1.",
        "Include, exclude, examples and source stand in the description; codes: 1.",
    ]


def test_a_failed_export_leaves_the_earlier_file_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "study.qdc"
    write_codebook_qdc(path, CODES)
    before = path.read_bytes()

    def full(self, target):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(ExportError, match=r"study\.qdc: the disk is full"):
        write_codebook_qdc(path, CODES[:1])
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(ExportError, match=r"study\.qdc: there is no folder .*nowhere"):
        write_codebook_qdc(tmp_path / "nowhere" / "study.qdc", CODES)
