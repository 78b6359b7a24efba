"""Coded corpora: a folder with data.csv and codebook.csv, or a coded project file."""

import csv

import numpy as np
import pytest

from alliance_nlp import Code, Codebook, Project, Segment, Transcript, read_corpus
from alliance_nlp.benchmark import read_coders
from alliance_nlp.bundled import bundled
from alliance_nlp.errors import AllianceError, CodebookError, CorpusError

HEADER = ["doc_id", "seg_id", "speaker", "text", "codes", "lang"]
CODES = [["code", "definition"], ["Trust", "Dares to confide."], ["Haste", "Too little time."]]
ROWS = [
    ["b", "b1", "interviewer", "How was it?", "", "en"],
    ["b", "b2", "participant", "I trusted her. 😀", "Trust", "en"],
    ["a", "a1", "participant", "Tio minuter, ut igen.", "Haste|Trust", "sv"],
    ["b", "b3", "participant", "No time.", "Haste", "en"],
]


@pytest.fixture
def corpus(tmp_path):
    """Write a corpus and read it."""

    def write_and_read(rows=ROWS, codes=CODES, header=HEADER, encoding="utf-8", end="\r\n"):
        folder = tmp_path / "pilot"
        folder.mkdir(exist_ok=True)
        for name, table in (("data.csv", [header, *rows]), ("codebook.csv", codes)):
            with (folder / name).open("w", encoding=encoding, newline="") as file:
                csv.writer(file, lineterminator=end).writerows(table)
        return read_corpus(folder)

    return write_and_read


def raw(tmp_path, content):
    (tmp_path / "data.csv").write_bytes(content)
    (tmp_path / "codebook.csv").write_text("code,definition\nTrust,T\n", encoding="utf-8")
    return tmp_path


def test_rows_and_codes_keep_their_order(corpus):
    read = corpus()
    assert read.name == "pilot"
    assert [s.id for s in read.segments] == ["b1", "b2", "a1", "b3"]
    assert [s.transcript_id for s in read.segments] == ["b", "b", "a", "b"]
    assert [code.name for code in read.codebook] == ["Trust", "Haste"]
    assert read.labels.dtype == np.int8
    assert read.labels.tolist() == [[0, 0], [1, 0], [1, 1], [0, 1]]
    assert [s.language for s in read.segments] == ["en", "en", "sv", "en"]


def test_another_order_of_codes_is_another_order_of_columns(corpus):
    assert np.array_equal(
        corpus(codes=[CODES[0], CODES[2], CODES[1]]).labels, corpus().labels[:, ::-1]
    )


def test_offsets_are_those_of_segments_written_one_to_a_line(corpus):
    segments = corpus().segments
    for document in ("a", "b"):
        own = [s for s in segments if s.transcript_id == document]
        text = "\n".join(s.text for s in own)
        assert [text[s.start : s.end] for s in own] == [s.text for s in own]


def test_the_context_is_what_the_other_speaker_said_last(corpus):
    said = [("A", "one"), ("B", "two"), ("B", "three"), ("A", "four"), ("C", "five"), ("C", "six")]
    rows = [["d", str(k), who, text, "", "en"] for k, (who, text) in enumerate(said)]
    other = ["e", "9", "B", "elsewhere", "", "en"]
    segments = corpus([*rows[:3], other, *rows[3:]]).segments
    assert [s.context for s in segments if s.transcript_id == "d"] == [
        "", "one", "one", "three", "four", "four",
    ]  # fmt: skip
    assert segments[3].context == ""


@pytest.mark.parametrize(
    ("speaker", "role"),
    [
        ("interviewer", "interviewer"),
        ("Facilitator", "interviewer"),
        ("MODERATOR", "interviewer"),
        ("participant", "participant"),
        ("Patient", "participant"),
        ("client", "participant"),
        ("R1-27", ""),
        ("", ""),
    ],
)
def test_roles_are_known_by_the_usual_names(corpus, speaker, role):
    segment = corpus([["d", "1", speaker, "Hm.", "", "en"]]).segments[0]
    assert (segment.speaker, segment.role) == (speaker, role)


@pytest.mark.parametrize(
    "written", ["Trust|Haste", " Trust | Haste ", "Haste|Trust|Haste", "|Haste||Trust|"]
)
def test_codes_are_found_whatever_the_spaces_and_separators(corpus, written):
    spaced = [CODES[0], ["Trust ", "T"], [" Haste  ", "H"]]
    read = corpus([["d", "1", "P", "Text.", written, "en"]], codes=spaced)
    assert read.labels.tolist() == [[1, 1]]


@pytest.mark.parametrize("empty", ["", "  ", "|", " | "])
def test_no_codes_are_read_as_not_coded(corpus, empty):
    assert corpus([["d", "1", "P", "Text.", empty, "en"]]).labels.tolist() == [[0, 0]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_byte_order_mark_and_line_ends_change_nothing(corpus, encoding, end):
    read = corpus(encoding=encoding, end=end)
    assert read.segments == corpus().segments
    assert read.codebook[0].name == "Trust"


@pytest.mark.parametrize(
    "text",
    [
        "One.\nTwo.",
        "One.\r\nTwo.",
        '"Trust me", she said',
        "a,b|c",
        "我不信任她。",
        "e\u0301😀",
        " x ",
        "",
    ],
)
def test_texts_are_kept_as_they_are(corpus, text):
    read = corpus([["d", "1", "P", text, "Trust", "zh"], ["d", "2", "P", "After", "", "zh"]])
    assert read.segments[0].text == text
    assert (read.segments[0].end, read.segments[1].start) == (len(text), len(text) + 1)
    assert read.labels.tolist() == [[1, 0], [0, 0]]


def test_speaker_and_language_may_be_missing_and_other_columns_are_left_out(corpus):
    read = corpus(
        [["n", "d", "1", "Text.", "Trust"]], header=["note", "doc_id", "seg_id", "text", "codes"]
    )
    assert (read.segments[0].speaker, read.segments[0].language) == ("", "")
    assert read.segments[0].context == ""


def test_the_last_cells_of_a_row_may_be_missing(tmp_path):
    folder = raw(tmp_path, b"doc_id,seg_id,text,codes,lang\nd,1,Text.,Trust,en\nd,2,More.\n")
    read = read_corpus(folder)
    assert read.labels.tolist() == [[1], [0]]
    assert read.segments[1].language == ""


def test_a_table_without_rows_is_a_corpus_without_segments(corpus):
    read = corpus([])
    assert read.segments == ()
    assert read.labels.shape == (0, 2)


def test_the_folder_may_be_a_string(corpus, tmp_path):
    corpus()
    assert len(read_corpus(str(tmp_path / "pilot")).segments) == 4


# ---------------------------------------------------------------- what cannot be read


@pytest.mark.parametrize("name", ["data.csv", "codebook.csv"])
def test_a_missing_file_is_named(corpus, tmp_path, name):
    corpus()
    (tmp_path / "pilot" / name).unlink()
    with pytest.raises(CorpusError, match=rf"{name}: this file is missing; a corpus is a folder"):
        read_corpus(tmp_path / "pilot")


def test_the_current_folder_has_the_name_that_it_has_elsewhere(corpus, tmp_path, monkeypatch):
    corpus()
    monkeypatch.chdir(tmp_path / "pilot")
    assert read_corpus(".").name == "pilot"


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(CorpusError, match="nowhere"):
        read_corpus(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["doc_id", "seg_id", "text", "codes"])
def test_a_missing_column_is_named_with_those_that_are_there(corpus, name):
    header = [column for column in HEADER if column != name]
    rest = ", ".join(header)
    with pytest.raises(
        CorpusError, match=rf"data\.csv: the column '{name}' is missing; it has {rest}"
    ):
        corpus([], header=header)


def test_an_empty_table_has_no_columns(tmp_path):
    with pytest.raises(CorpusError, match="'doc_id' is missing; it has none"):
        read_corpus(raw(tmp_path, b""))


def test_a_code_that_is_not_in_the_codebook_is_named_with_its_segment(corpus):
    rows = [*ROWS, ["b", "b4", "participant", "Text.", "Trust|trust", "en"]]
    with pytest.raises(
        CorpusError, match=r"data\.csv, segment b4: the code 'trust' is not in codebook"
    ):
        corpus(rows)


def test_a_segment_cannot_occur_twice(corpus):
    with pytest.raises(CorpusError, match=r"data\.csv: the segment b2 stands there twice"):
        corpus([*ROWS, ["c", "b2", "participant", "Again.", "", "en"]])


def test_two_codes_of_one_name_are_refused_since_rows_name_codes_by_name_alone(corpus):
    codes = [
        ["code", "definition", "parent"],
        ["Start", "S", ""], ["End", "E", ""], ["Trust", "T", "Start"], ["Trust", "T", "End"],
    ]  # fmt: skip
    with pytest.raises(CorpusError, match=r"codebook\.csv: two codes have the name 'Trust'"):
        corpus([], codes=codes)


def test_a_codebook_that_cannot_be_read_is_an_error_of_the_codebook(corpus):
    with pytest.raises(CodebookError, match=r"codebook\.csv"):
        corpus(codes=[["colour"], ["red"]])


def test_a_row_torn_apart_by_a_comma_is_refused(tmp_path):
    content = b"doc_id,seg_id,text,codes\nd,1,Fine.,Trust\nd,2,Well, no.,Trust\n"
    with pytest.raises(CorpusError, match=r"data\.csv, line 3: the row has more cells"):
        read_corpus(raw(tmp_path, content))


@pytest.mark.parametrize(
    "content",
    [
        "doc_id,seg_id,text,codes\nd,1,Kände,Trust\n".encode("cp1252"),
        "doc_id,seg_id,text,codes\nd,1,A,Trust\n".encode("utf-16"),
        b'doc_id,seg_id,text,codes\nd,1,"never closed,Trust\n',
    ],
)
def test_what_is_no_utf_8_table_is_refused(tmp_path, content):
    with pytest.raises(CorpusError, match=r"data\.csv: this is no CSV table in UTF-8") as caught:
        read_corpus(raw(tmp_path, content))
    assert isinstance(caught.value, AllianceError)
    assert caught.value.__cause__ is not None


# ---------------------------------------------------------------- the bundled interviews


def test_the_bundled_interviews_are_a_corpus():
    folder = bundled("corpora/interviews-coded")
    corpus = read_corpus(folder)
    with (folder / "data.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [s.id for s in corpus.segments] == [row["seg_id"] for row in rows]
    assert [s.text for s in corpus.segments] == [row["text"] for row in rows]
    assert {s.language for s in corpus.segments} == {"en", "sv", "zh"}
    assert {s.role for s in corpus.segments} == {"interviewer", "participant"}
    assert len({s.transcript_id for s in corpus.segments}) == 6
    assert corpus.labels.shape == (len(rows), len(corpus.codebook))
    assert corpus.labels.sum() == sum(len(set(filter(None, r["codes"].split("|")))) for r in rows)
    assert corpus.labels.any(axis=0).sum() > 15
    for segment in corpus.segments:
        assert segment.context != segment.text


# ---------------------------------------------------------------- a coded project file

TALK = "Eva: How was it?\nAnna: I trusted her.\nAnna: No time at all.\nAnna: She listened.\n"
SAID = ["How was it?", "I trusted her.", "No time at all.", "She listened."]


def said_in(transcript_id):
    return [
        Segment(
            f"{transcript_id}:{TALK.index(words)}-{TALK.index(words) + len(words)}",
            transcript_id,
            TALK.index(words),
            TALK.index(words) + len(words),
            words,
            role="participant" if k else "interviewer",
        )
        for k, words in enumerate(SAID)
    ]


@pytest.fixture
def project(tmp_path):
    """Two interviews of a question and three answers, and two codes; nobody has coded yet."""
    with Project(tmp_path / "study.alliance") as project:
        project.add_transcripts([Transcript(id="p01", text=TALK), Transcript(id="p02", text=TALK)])
        project.set_segments([*said_in("p01"), *said_in("p02")])
        project.set_codebook(Codebook([Code("trust", "Trust"), Code("haste", "Haste")]))
        yield project


def code(project, place, code_id, coder, answer="accept", **rest):
    return project.decide(project.segments[place].id, code_id, coder, answer, **rest)


def test_a_project_is_read_in_its_own_order_and_with_its_own_name(project):
    code(project, 1, "trust", "Eva")
    read = read_corpus(project.path)
    assert read.name == "study"
    assert list(read.segments) == project.segments
    assert read.codebook == project.codebook
    assert read.labels.dtype == np.int8


def test_examples_that_somebody_says_there_are_left_out_of_the_codebook(project):
    spoken = project.segments[1].text
    trust = Code("trust", "Trust", examples=(f" {spoken[:8]}", "I would tell her anything."))
    project.set_codebook(Codebook([trust, Code("haste", "Haste")]))
    code(project, 1, "trust", "Eva")
    assert read_corpus(project.path).codebook[0].examples == ("I would tell her anything.",)
    assert project.codebook[0].examples == trust.examples


def test_what_has_to_be_known_of_a_project_is_noted(project):
    code(project, 1, "trust", "Eva", probability=0.8)
    project.review(project.segments[1].id, "Eva")
    code(project, 2, "haste", "Eva")
    assert read_corpus(project.path, coder="Eva").notes == (
        "Measured on 1 segment that were read completely; 1 with single answers are left out",
        "1 of 2 answers were given with a suggestion in view, so the figures are higher than "
        "against somebody who codes unaided",
    )
    code(project, 5, "haste", "Bo")
    everyone, bo = read_corpus(project.path).notes, read_corpus(project.path, coder="Bo").notes
    assert everyone[0].startswith("Measured on the 4 segments of 5 on which all coders agree")
    assert bo == (
        "Bo never said to have read a segment completely, and counts as having read the "
        "interviews with a coding",
    )


def test_a_segment_that_was_read_is_decided_and_one_with_single_answers_is_open_in_the_rest(
    project,
):
    code(project, 1, "trust", "Eva")
    project.review(project.segments[1].id, "Eva")
    code(project, 2, "haste", "Eva")
    read = read_corpus(project.path, coder="Eva")
    assert read.name == "study (Eva)"
    assert read.labels.tolist() == [[-1, -1], [1, 0], [-1, 1]] + [[-1, -1]] * 5
    assert np.flatnonzero(read.measured).tolist() == [1]


def test_a_review_that_was_taken_back_leaves_the_segment_open(project):
    code(project, 1, "trust", "Eva")
    project.review(project.segments[1].id, "Eva")
    project.review(project.segments[1].id, "Eva", complete=False)
    read = read_corpus(project.path)
    assert read.labels[1].tolist() == [1, -1]
    assert not read.measured.any()


def test_who_only_coded_has_read_what_is_offered_of_the_interviews_they_coded_in(project):
    code(project, 1, "trust", "example")
    labels = read_corpus(project.path, coder="example").labels
    assert labels.tolist() == [[-1, -1], [1, 0], [0, 0], [0, 0]] + [[-1, -1]] * 4


@pytest.mark.parametrize("answer", [{"answer": "reject"}, {"answer": "accept", "probability": 0.5}])
def test_who_answered_suggestions_has_read_what_they_said_they_read(project, answer):
    code(project, 1, "trust", "Eva", **answer)
    code(project, 2, "haste", "Eva")
    assert (read_corpus(project.path).labels >= 0).sum() == 2


def test_passages_that_are_no_segments_any_more_leave_what_they_overlap_open(project):
    first = project.segments[1]
    code(project, 1, "trust", "example")
    code(project, 3, "haste", "example")
    half = Segment(
        f"p01:{first.start}-{first.end - 4}", "p01", first.start, first.end - 4, first.text[:-4]
    )
    project.set_segments([half, *project.segments[2:]])
    labels = read_corpus(project.path).labels
    assert labels[:3].tolist() == [[-1, -1], [0, 0], [0, 1]]


def test_where_two_coders_disagree_nobody_has_decided(project):
    for coder, place in [("Eva", 1), ("Bo", 2)]:
        code(project, place, "trust", coder)
    read = read_corpus(project.path)
    assert read.labels[:4].tolist() == [[-1, -1], [-1, 0], [-1, 0], [0, 0]]
    assert np.flatnonzero(read.measured).tolist() == [3]


def test_each_coder_is_a_corpus_over_the_same_segments(project):
    code(project, 1, "trust", "Eva")
    code(project, 2, "trust", "Bo")
    coders = read_coders(str(project.path))
    assert list(coders) == ["Bo", "Eva"]
    assert coders["Bo"].segments == coders["Eva"].segments
    assert coders["Bo"].codebook == coders["Eva"].codebook
    for name, read in coders.items():
        assert np.array_equal(read.labels, read_corpus(project.path, coder=name).labels)


def test_who_took_back_their_only_answer_is_no_coder(project):
    code(project, 1, "trust", "Eva")
    project.withdraw(code(project, 1, "trust", "Bo").id, "Bo")
    assert list(read_coders(project.path)) == ["Eva"]


def test_a_folder_has_every_cell_decided_and_every_row_measured(corpus):
    assert corpus().measured.all()


def test_a_project_without_a_codebook_is_refused(tmp_path):
    with Project(tmp_path / "study.alliance") as project:
        project.add_transcripts([Transcript(id="p01", text=TALK)])
    with pytest.raises(CorpusError, match=r"study\.alliance: the project has no codebook"):
        read_corpus(project.path)


@pytest.mark.parametrize("read", [read_corpus, read_coders])
def test_a_project_that_nobody_has_coded_is_refused(project, read):
    with pytest.raises(CorpusError, match="nobody has decided anything"):
        read(project.path)


def test_a_coder_who_is_unknown_is_refused_with_those_who_are_known(project):
    code(project, 1, "trust", "Eva")
    code(project, 1, "trust", "Bo")
    with pytest.raises(CorpusError, match=r"'Ida' has decided nothing here; .* are Bo, Eva"):
        read_corpus(project.path, coder="Ida")


def test_a_folder_has_no_coders(corpus, tmp_path):
    corpus()
    with pytest.raises(CorpusError, match=r"only a project file, .* names coders"):
        read_corpus(tmp_path / "pilot", coder="Eva")
    with pytest.raises(CorpusError, match="there is no such project file"):
        read_coders(tmp_path / "pilot")


def test_another_file_is_no_project(corpus, tmp_path):
    corpus()
    with pytest.raises(AllianceError, match="not a project file"):
        read_corpus(tmp_path / "pilot" / "data.csv")


@pytest.mark.parametrize("read", [read_corpus, read_coders])
def test_an_empty_file_is_refused_and_stays_empty(tmp_path, read):
    path = tmp_path / "study.alliance"
    path.touch()
    with pytest.raises(CorpusError, match=r"study\.alliance is empty"):
        read(path)
    assert path.read_bytes() == b""
