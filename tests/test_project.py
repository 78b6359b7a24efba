"""The project file: what is kept, in what order, and what happens when something goes wrong."""

import errno
import os
import sqlite3
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from alliance_nlp.codebook import Code, Codebook
from alliance_nlp.errors import ProjectError, ProjectWarning
from alliance_nlp.project import Project, file, synchronised_folder
from alliance_nlp.segments import Segment
from alliance_nlp.suggestions import Suggestion
from alliance_nlp.themes import Theme
from alliance_nlp.transcripts import Transcript, Turn

TEXT = "Eva: Hur mår du? 😀\nAnna: Jag kände mig trygg e\u0301fteråt. 很好。\n"
WORDS = "Jag kände mig trygg e\u0301fteråt. 很好。"
START = TEXT.index(WORDS)
TRANSCRIPT = Transcript(
    id="p01",
    text=TEXT,
    turns=(
        Turn(5, 18, "Eva", "interviewer"),
        Turn(START, START + len(WORDS), "Anna", "participant"),
    ),
    language="sv",
    source="p01.docx",
    sha256="ab" * 32,
    sync_points=((0, 0.0), (START, 4.25)),
    attributes=(("age", "41"), ("site", "Umeå")),
)
CODEBOOK = Codebook(
    [
        Code("alliance", "Alliance"),
        Code(
            "trust",
            "Trust",
            definition="Feels safe.",
            examples=("I dared.", "Tryggt"),
            parent="alliance",
            language="en",
            translations=(Code("trust", "Tillit", parent="alliance", language="sv"),),
        ),
    ],
    name="pilot",
)
READ_ONLY_IS_IGNORED = os.name != "posix" or os.geteuid() == 0


def segment_of(transcript, start, end, **rest):
    id_ = f"{transcript.id}:{start}-{end}"
    return Segment(id_, transcript.id, start, end, transcript.text[start:end], **rest)


WHOLE = segment_of(
    TRANSCRIPT,
    START,
    START + len(WORDS),
    context="Hur mår du? 😀",
    speaker="Anna",
    role="participant",
    language="sv",
)
HALF = segment_of(TRANSCRIPT, START, START + 19)
QUESTION = segment_of(TRANSCRIPT, 5, 18)
THEME = Theme(
    "theme-1", "", (WHOLE.id, HALF.id), (1.0, 0.5), ("trygg", "很好"), (HALF.id, WHOLE.id), 0.4
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "study.alliance"


@pytest.fixture
def project(path):
    with Project(path) as project:
        project.add_transcripts([TRANSCRIPT])
        project.set_segments([WHOLE, QUESTION])
        project.set_codebook(CODEBOOK)
        yield project


def rows(path, query):
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


# What is kept


def test_a_new_project_is_empty(path):
    with Project(path) as project:
        assert project.transcripts == project.segments == project.themes == []
        assert project.suggestions == project.decisions == project.reviews == project.memos == []
        assert project.removals == project.codings() == []
        assert (len(project.codebook), project.codebook_version) == (0, 0)
        assert project.suggestions_model == ""
        assert project.labels().shape == (0, 0)


def test_segments_follow_a_better_reading_of_their_transcript(path):
    unknown = replace(TRANSCRIPT, turns=tuple(replace(t, role="") for t in TRANSCRIPT.turns))
    with Project(path) as project:
        project.add_transcripts([replace(unknown, language="")])
        project.set_segments([replace(WHOLE, role="", language=""), QUESTION])
        project.add_transcripts([TRANSCRIPT])
        assert [s.role for s in project.segments] == ["interviewer", "participant"]
        assert {s.language for s in project.segments} == {"sv"}
        project.add_transcripts([unknown])  # a reading that does not tell takes nothing back
        assert [s.role for s in project.segments] == ["interviewer", "participant"]
        assert project.transcripts == [TRANSCRIPT]


def test_everything_comes_back_as_it_was_given(project, path):
    project.set_segments([WHOLE, HALF])
    project.set_themes([THEME])
    suggestions = [
        Suggestion(WHOLE.id, "trust", 0.75, ((START, START + 5), (START + 6, START + 9)), "name"),
        Suggestion(WHOLE.id, "alliance", 0.25, (), "", HALF.id, WHOLE.id, "negated"),
    ]
    project.set_suggestions(suggestions, model="model-a")
    decision = project.decide(WHOLE.id, "trust", "Eva Å", "accept", probability=0.75)
    review = project.review(WHOLE.id, "Eva Å")
    memo = project.add_memo("coding", decision.id, "Tänk på 信任.", "Eva Å")
    project.close()
    with Project(path) as again:
        assert again.transcripts == [TRANSCRIPT]
        assert again.segments == [HALF, WHOLE]
        assert again.codebook == CODEBOOK
        assert again.themes == [THEME]
        assert again.suggestions == suggestions
        assert again.suggestions_model == "model-a"
        assert again.decisions == [decision]
        assert again.reviews == [review]
        assert again.memos == [memo]
        assert again.labels().tolist() == [[-1, -1], [0, 1]]
        assert [coding.coder for coding in again.codings("Eva Å")] == ["Eva Å"]
        assert again.codings("Ida") == []


def test_lists_are_in_order_whatever_the_order_they_came_in(path):
    one, two = replace(TRANSCRIPT, id="a"), replace(TRANSCRIPT, id="b")
    segments = [segment_of(one, 0, 4), segment_of(one, 5, 18), segment_of(two, 0, 4)]
    with Project(path) as project:
        assert project.add_transcripts([two, one]) == 2
        project.set_segments(segments[::-1])
        assert [transcript.id for transcript in project.transcripts] == ["a", "b"]
        assert project.segments == segments


def test_a_transcript_added_twice_is_the_same_and_learns_what_is_new(project):
    known = replace(TRANSCRIPT, language="en", attributes=(("age", "42"),))
    assert project.add_transcripts([known]) == 0
    (transcript,) = project.transcripts
    assert transcript.language == "en"
    assert transcript.attributes == (("age", "42"), ("site", "Umeå"))


def test_a_transcript_with_another_text_is_refused_and_nothing_is_added(project):
    changed = replace(TRANSCRIPT, text="Eva: Nej.", turns=(), sha256="cd" * 32)
    with pytest.raises(ProjectError, match="p01 is in the project already with another text"):
        project.add_transcripts([replace(TRANSCRIPT, id="p02"), changed])
    assert project.transcripts == [TRANSCRIPT]


def test_the_same_file_read_otherwise_leaves_the_text(project):
    assert project.add_transcripts([replace(TRANSCRIPT, text=TEXT.strip())]) == 0
    assert project.transcripts == [TRANSCRIPT]


def test_an_interview_read_beside_a_namesake_is_known_by_its_file(project):
    beside = replace(TRANSCRIPT, id="p01.docx", language="en")
    other = replace(TRANSCRIPT, id="p01.vtt", text="Nej.", turns=(), source="p01.vtt", sha256="cd")
    assert project.add_transcripts([beside, other]) == 1
    assert [(one.id, one.language) for one in project.transcripts] == [
        ("p01", "en"),
        ("p01.vtt", "sv"),
    ]
    assert project.add_transcripts([replace(other, id="p01")]) == 0


def test_interviews_of_one_table_that_say_the_same_are_two(project):
    for id_ in ("1", "2"):
        assert project.add_transcripts([replace(TRANSCRIPT, id=id_, source="table.csv")]) == 1


def test_attributes_are_added_and_replaced_by_name(project):
    project.set_attributes("p01", {"age": "50", "participant": "Anna"})
    (transcript,) = project.transcripts
    assert dict(transcript.attributes) == {"age": "50", "site": "Umeå", "participant": "Anna"}
    with pytest.raises(ProjectError, match="no transcript 'p02'"):
        project.set_attributes("p02", {"age": "50"})


def test_a_new_segmentation_keeps_what_was_answered_and_drops_what_was_only_computed(project):
    project.set_themes([Theme("theme-2", "", (QUESTION.id,), (1.0,))])
    project.set_suggestions([Suggestion(WHOLE.id, "trust", 0.5)], model="m")
    project.decide(WHOLE.id, "trust", "Eva", "accept")
    project.set_segments([HALF])
    assert project.segments == [HALF]
    assert project.suggestions == project.themes == []
    assert [(coding.start, coding.end) for coding in project.codings()] == [
        (WHOLE.start, WHOLE.end)
    ]
    assert project.labels().tolist() == [[-1, -1]]
    project.review(WHOLE.id, "Ida")  # it can still be answered
    project.set_segments([WHOLE, QUESTION])
    assert project.segments == [QUESTION, WHOLE]
    assert project.labels("Eva")[1].tolist() == [-1, 1]


def test_a_longer_segmentation_keeps_themes_and_suggestions(project):
    project.set_themes([Theme("theme-2", "", (WHOLE.id,), (1.0,))])
    project.set_suggestions([Suggestion(WHOLE.id, "trust", 0.5)], model="m")
    project.set_segments([WHOLE, QUESTION, HALF])
    assert len(project.themes) == len(project.suggestions) == 1


def test_a_memo_keeps_its_segment(project):
    project.add_memo("segment", QUESTION.id, "Why ask?", "Eva")
    project.set_segments([])
    assert rows(project.path, "SELECT id, current FROM segments") == [(QUESTION.id, 0)]


@pytest.mark.parametrize(
    ("segment", "sentence"),
    [
        (replace(WHOLE, text="Something else"), "says something else there"),
        (replace(WHOLE, transcript_id="p09"), "no transcript 'p09'"),
    ],
)
def test_a_segment_that_is_not_its_passage_is_refused(project, segment, sentence):
    with pytest.raises(ProjectError, match=sentence):
        project.set_segments([segment])
    assert project.segments == [QUESTION, WHOLE]


def test_codebook_versions_count_up_and_answers_outlive_their_code(project):
    project.decide(WHOLE.id, "trust", "Eva", "accept")
    assert project.set_codebook(CODEBOOK) == 1
    assert project.set_codebook(Codebook([Code("alliance", "Alliance")], name="pilot")) == 2
    assert project.codebook_version == 2
    assert [coding.code_id for coding in project.codings()] == ["trust"]
    with pytest.raises(ProjectError, match="no code 'trust'"):
        project.decide(WHOLE.id, "trust", "Eva", "accept")
    assert len(rows(project.path, "SELECT codes FROM codebook_versions")) == 2


def test_themes_keep_the_names_that_people_gave(project):
    project.set_segments([WHOLE, HALF])
    project.set_themes([THEME])
    project.name_theme("theme-1", "To dare", "Eva")
    project.set_themes([replace(THEME, stability=0.9), Theme("theme-2", "", (HALF.id,), (1.0,))])
    assert [theme.name for theme in project.themes] == ["To dare", ""]
    with pytest.raises(ProjectError, match="no theme 'theme-9'"):
        project.name_theme("theme-9", "?", "Eva")


# Answers


def test_answers_are_checked(project):
    with pytest.raises(ProjectError, match="no segment 'p01:0-1'"):
        project.decide("p01:0-1", "trust", "Eva", "accept")
    with pytest.raises(ProjectError, match="'maybe'"):
        project.decide(WHOLE.id, "trust", "Eva", "maybe")
    with pytest.raises(ProjectError, match="name of the coder"):
        project.decide(WHOLE.id, "trust", " ", "accept")
    with pytest.raises(ProjectError, match="name of the coder"):
        project.review(WHOLE.id, "")
    with pytest.raises(ProjectError, match="no segment"):
        project.review("p01:0-1", "Eva")
    with pytest.raises(ProjectError, match="no coding 'd1'"):
        project.add_memo("coding", "d1", "?", "Eva")
    with pytest.raises(ProjectError, match="CHECK constraint"):
        project.decide(WHOLE.id, "trust", "Eva", "accept", probability=1.5)
    assert project.decisions == project.reviews == project.memos == []


def test_undo_takes_back_ones_own_answer_once(project):
    yes = project.decide(WHOLE.id, "trust", "Eva", "accept")
    no = project.decide(WHOLE.id, "trust", "Eva", "reject")
    with pytest.raises(ProjectError, match="the answer is Eva's"):
        project.withdraw(no.id, "Ida")
    undo = project.withdraw(no.id, "Eva")
    assert undo.withdraws == no.id
    assert project.decisions == [yes, no, undo]
    assert len(project.codings()) == 1
    with pytest.raises(ProjectError, match="taken back already"):
        project.withdraw(no.id, "Eva")
    with pytest.raises(ProjectError, match="there is no answer"):
        project.withdraw(undo.id, "Eva")


def test_answers_stay_in_order_when_the_clock_is_set_back(project, monkeypatch):
    times = iter(["2030-01-01T00:00:00+00:00", "2026-01-01T00:00:00+00:00"])
    monkeypatch.setattr("alliance_nlp.project.project.now", lambda: next(times))
    project.decide(WHOLE.id, "trust", "Eva", "accept")
    project.decide(WHOLE.id, "trust", "Eva", "reject")
    assert project.codings() == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE decisions SET answer = 'reject'",
        "DELETE FROM decisions",
        "INSERT OR REPLACE INTO decisions SELECT position, id, segment_id, code_id, coder,"
        " 'reject', decided_at, probability, withdraws FROM decisions",
        "UPDATE reviews SET complete = 0",
        "DELETE FROM reviews",
        "INSERT OR REPLACE INTO reviews SELECT position, id, segment_id, coder, 0, reviewed_at"
        " FROM reviews",
    ],
)
def test_no_program_can_change_an_answer(project, statement):
    project.decide(WHOLE.id, "trust", "Eva", "accept")
    project.review(WHOLE.id, "Eva")
    with pytest.raises(sqlite3.IntegrityError, match="never"):
        rows(project.path, statement)


# Two coders


def test_merging_adds_what_the_other_coder_did_and_a_second_time_nothing(project, tmp_path):
    yes = project.decide(WHOLE.id, "trust", "Eva", "accept")
    with Project(tmp_path / "ida.alliance") as ida:
        ida.add_transcripts([TRANSCRIPT, replace(TRANSCRIPT, id="p02")])
        extra = segment_of(ida.transcripts[1], 5, 18)
        ida.set_segments([HALF, QUESTION, extra])
        ida.set_codebook(Codebook([Code("trust", "Confidence"), Code("haste", "Haste")]))
        no = ida.decide(HALF.id, "trust", "Ida", "reject")
        undo = ida.withdraw(no.id, "Ida")
        other = ida.decide(extra.id, "haste", "Ida", "accept")
        review = ida.review(QUESTION.id, "Ida")
        memo = ida.add_memo("transcript", "p02", "Short.", "Ida")
    merged = project.merge(ida.path)
    assert merged == {
        "transcripts": 1,
        "segments": 2,
        "codes": 1,
        "decisions": 3,
        "reviews": 1,
        "memos": 1,
        "theme names": 0,
    }
    assert project.decisions == [yes, no, undo, other]
    assert (project.reviews, project.memos) == ([review], [memo])
    assert project.segments == [QUESTION, WHOLE, extra]  # the other's cut of p01 is kept beside
    assert [code.name for code in project.codebook] == ["Alliance", "Trust", "Haste"]
    assert project.codebook_version == 2
    assert set(project.merge(ida.path).values()) == {0}


def test_merging_adds_the_names_of_themes_that_have_none_here(project, tmp_path):
    themes = [Theme("theme-1", "", (WHOLE.id,), (1.0,)), Theme("theme-2", "", (WHOLE.id,), (1.0,))]
    project.set_themes(themes)
    project.name_theme("theme-1", "To dare", "Eva")
    with Project(tmp_path / "ida.alliance") as ida:
        ida.add_transcripts([TRANSCRIPT])
        ida.set_segments([WHOLE])
        ida.set_themes(themes)
        ida.name_theme("theme-1", "Courage", "Ida")
        ida.name_theme("theme-2", "Hast", "Ida")
        ida.name_theme("theme-2", "Haste", "Ida")
    assert project.merge(ida.path)["theme names"] == 2
    assert [theme.name for theme in project.themes] == ["To dare", "Haste"]
    assert project.merge(ida.path)["theme names"] == 0


def test_merging_both_ways_gives_the_same_answers(project, tmp_path):
    project.decide(WHOLE.id, "trust", "Eva", "accept")
    with Project(tmp_path / "ida.alliance") as ida:
        ida.add_transcripts([TRANSCRIPT])
        ida.set_segments([WHOLE, QUESTION])
        ida.set_codebook(CODEBOOK)
        ida.decide(WHOLE.id, "trust", "Ida", "reject")
        ida.merge(project.path)
        project.merge(ida.path)
        assert {one.id for one in ida.decisions} == {one.id for one in project.decisions}
        assert ida.labels().tolist() == project.labels().tolist() == [[-1, -1], [-1, -1]]


def test_merging_refuses_another_text_a_missing_file_and_the_file_itself(project, tmp_path):
    with Project(tmp_path / "ida.alliance") as ida:
        ida.add_transcripts(
            [replace(TRANSCRIPT, id="a"), replace(TRANSCRIPT, text="Nej.", turns=())]
        )
    with pytest.raises(ProjectError, match=r"p01 has another text in ida\.alliance"):
        project.merge(ida.path)
    assert project.transcripts == [TRANSCRIPT]
    with pytest.raises(ProjectError, match="no project file"):
        project.merge(tmp_path / "nowhere.alliance")
    assert not (tmp_path / "nowhere.alliance").exists()
    with pytest.raises(ProjectError, match="this very file"):
        project.merge(project.path)


def test_merging_refuses_a_codebook_that_does_not_fit(project, tmp_path):
    with Project(tmp_path / "ida.alliance") as ida:
        ida.set_codebook(Codebook([Code("another-id", "alliance")]))
    with pytest.raises(ProjectError, match=r"codebook of ida\.alliance does not fit"):
        project.merge(ida.path)


def test_blanks_around_a_name_are_no_other_coder(project):
    project.set_themes([Theme("theme-1", "", (WHOLE.id,), (1.0,))])
    yes = project.decide(WHOLE.id, "trust", "Eva ", "accept")
    project.review(WHOLE.id, " Eva")
    project.add_memo("segment", WHOLE.id, "Calm.", "\tEva")
    project.name_theme("theme-1", "To dare", " Eva ")
    written = [*project.decisions, *project.reviews, *project.memos]
    assert [each.coder for each in written] == ["Eva"] * 3
    assert project.withdraw(yes.id, "Eva ").coder == "Eva"


def test_merging_leaves_the_other_file_as_it_is(project, tmp_path):
    with Project(tmp_path / "ida.alliance") as ida:
        ida.add_transcripts([TRANSCRIPT])
    ida.path.chmod(0o644)
    before = (ida.path.read_bytes(), ida.path.stat().st_mode, ida.path.stat().st_mtime_ns)
    project.merge(ida.path)
    assert (ida.path.read_bytes(), ida.path.stat().st_mode, ida.path.stat().st_mtime_ns) == before
    empty = tmp_path / "empty.alliance"
    empty.touch()
    with pytest.raises(ProjectError, match=r"empty\.alliance is empty: name a project file"):
        project.merge(empty)
    assert empty.read_bytes() == b""


def test_merging_waits_some_seconds_only_for_another_program(project, tmp_path, monkeypatch):
    monkeypatch.setattr(file, "LOCK_TIMEOUT_SECONDS", 0.01)
    with Project(tmp_path / "ida.alliance") as ida:
        ida._connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(ProjectError, match=r"another program is writing to .*ida\.alliance"):
            project.merge(ida.path)


def test_merging_a_damaged_file_names_it_and_quotes_nothing(project, tmp_path):
    with Project(tmp_path / "ida.alliance") as ida:
        ida.add_transcripts([TRANSCRIPT, replace(TRANSCRIPT, id="long", text="trygg " * 5_000)])
        ida.set_segments([WHOLE, QUESTION])
        ida.set_codebook(CODEBOOK)
        ida.decide(WHOLE.id, "trust", "Ida", "accept")
    whole, refused = ida.path.read_bytes(), 0
    for start in range(0, len(whole), 2048):
        ida.path.write_bytes(whole[:start] + b"\xff" * 500 + whole[start + 500 :])
        before = list(project._connection.iterdump())
        try:
            project.merge(ida.path)
        except ProjectError as error:
            refused += 1
            assert str(error).startswith(str(ida.path)), error
            assert "trygg" not in str(error)
            assert list(project._connection.iterdump()) == before
    assert refused


def test_bytes_that_are_no_text_are_damage_and_not_quoted(project):
    with project._writing():
        project._connection.execute(
            "UPDATE transcripts SET text = CAST(CAST(text AS BLOB) || x'ff' AS TEXT)"
        )
    with pytest.raises(
        ProjectError, match=r"study\.alliance is damaged: go back to[^\n]*copy of it$"
    ):
        _ = project.transcripts


# The file


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "delete"),
        ("synchronous", 3),  # EXTRA
        ("secure_delete", 1),
        ("temp_store", 2),  # MEMORY
        ("foreign_keys", 1),
    ],
)
def test_an_open_file_is_safe_from_power_cuts_and_leaves_nothing_behind(tmp_path, pragma, value):
    for _ in ("made", "opened again"):
        with Project(tmp_path / "study.alliance") as project:
            assert project._connection.execute(f"PRAGMA {pragma}").fetchone() == (value,)


def test_the_schema_names_the_application(path):
    with Project(path):
        pass
    assert rows(path, "PRAGMA application_id") == [(file.APPLICATION_ID,)]
    assert rows(path, "PRAGMA user_version") == [(len(file.MIGRATIONS),)]


@pytest.mark.skipif(os.name != "posix", reason="the user's profile keeps others out on Windows")
def test_the_file_is_readable_by_the_user_alone(path):
    with Project(path) as project:
        with project._writing():
            project._connection.execute("DELETE FROM written_by")
            modes = {stat.S_IMODE(one.stat().st_mode) for one in path.parent.glob("study*")}
        assert modes == {0o600}
    path.chmod(0o644)
    with Project(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_empty_file_from_an_interrupted_beginning_is_taken_as_new(path):
    path.touch()
    with Project(path) as project:
        assert project.transcripts == []


@pytest.mark.parametrize(
    "content", [b"x", b"Hi\n" * 99, b"Interview with Anna\n" * 200, b"\0" * 4096]
)
def test_a_file_of_another_kind_is_refused_and_left_alone(path, content):
    path.write_bytes(content)
    with pytest.raises(ProjectError, match="is not a project file"):
        Project(path)
    assert path.read_bytes() == content


def test_a_damaged_file_is_refused(path):
    path.write_bytes(b"SQLite format 3\0" + b"?" * 4096)
    with pytest.raises(ProjectError, match="is not a project file"):
        Project(path)


def test_the_database_of_another_program_is_refused_and_left_alone(path):
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE notes (text)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(ProjectError, match="a database of another program"):
        Project(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("statement", "release"),
    [("UPDATE written_by SET release = '9.1'", "9.1"), ("DELETE FROM written_by", "unknown")],
)
def test_a_file_of_a_newer_version_is_refused_and_says_which_is_needed(path, statement, release):
    Project(path).close()
    connection = sqlite3.connect(path)
    connection.executescript(f"{statement}; PRAGMA user_version = 99;")
    connection.close()
    before = path.read_bytes()
    sentence = (
        rf"by a newer version of alliance-nlp \({release}\).*: upgrade alliance-nlp to open it"
    )
    with pytest.raises(ProjectError, match=sentence):
        Project(path)
    assert path.read_bytes() == before


def test_a_missing_folder_and_a_folder_in_place_of_the_file_are_named(tmp_path):
    with pytest.raises(ProjectError, match="there is no folder"):
        Project(tmp_path / "nowhere" / "study.alliance")
    with pytest.raises(ProjectError, match="is a folder"):
        Project(tmp_path)


def test_a_file_that_may_not_be_opened_is_named(path, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch, pytest.raises(ProjectError, match="may not be written"):
        patch.setattr(os, "open", refuse)
        Project(path)
    Project(path).close()
    with monkeypatch.context() as patch, pytest.raises(ProjectError, match="may not be read"):
        patch.setattr(os, "access", lambda _, mode: mode == os.F_OK)
        Project(path)


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS])
def test_where_nothing_can_be_made_a_file_that_is_there_is_read(path, monkeypatch, code):
    def refuse(*_):
        raise OSError(code, os.strerror(code))

    with Project(path) as project:
        project.add_transcripts([TRANSCRIPT])
    monkeypatch.setattr(os, "open", refuse)
    with Project(path) as project:
        assert project.transcripts == [TRANSCRIPT]
    with pytest.raises(ProjectError, match="may not be written"):
        Project(path.with_name("new.alliance"))


@pytest.mark.skipif(os.name != "posix", reason="Windows has no mode to keep")
def test_opening_a_write_protected_file_leaves_it_so(path):
    Project(path).close()
    path.chmod(0o444)
    Project(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o400


@pytest.mark.skipif(READ_ONLY_IS_IGNORED, reason="this user may write everywhere")
@pytest.mark.parametrize("mode", [0o700, 0o500])
def test_a_write_protected_file_is_read_and_one_sentence_says_that_it_is(project, mode):
    decision = project.decide(WHOLE.id, "trust", "Eva", "accept")
    project.path.chmod(0o400)
    project.path.parent.chmod(mode)
    try:
        with Project(project.path) as backup:
            assert backup.decisions == [decision]
            with pytest.raises(ProjectError, match="may not be written"):
                backup.decide(WHOLE.id, "trust", "Eva", "reject")
            assert backup.labels().tolist() == [[-1, -1], [-1, 1]]
    finally:
        project.path.parent.chmod(0o700)


def test_a_file_that_may_not_be_written_says_so(project):
    project._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(ProjectError, match="may not be written"):
        project.decide(WHOLE.id, "trust", "Eva", "accept")
    assert project.decisions == []


@pytest.mark.skipif(READ_ONLY_IS_IGNORED, reason="this user may write everywhere")
def test_a_folder_that_may_not_be_written_says_so(project):
    project.path.parent.chmod(0o500)
    try:
        with pytest.raises(ProjectError, match="may not be written"):
            project.decide(WHOLE.id, "trust", "Eva", "accept")
        with pytest.raises(ProjectError, match="may not be written"):
            Project(project.path.parent / "new.alliance")
    finally:
        project.path.parent.chmod(0o700)


def test_a_closed_project_says_so(path):
    project = Project(path)
    project.close()
    with pytest.raises(ProjectError, match="is closed"):
        _ = project.segments


# What goes wrong


def test_a_full_disk_is_one_sentence_and_everything_before_is_there(project):
    first = project.decide(WHOLE.id, "trust", "Eva", "accept")
    (pages,) = project._connection.execute("PRAGMA page_count").fetchone()
    project._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(ProjectError, match=r"full; .* keeps everything that was stored before: "):
        project.add_memo("segment", WHOLE.id, "long " * 10_000, "Eva")
    assert (project.decisions, project.memos) == ([first], [])
    project._connection.execute("PRAGMA max_page_count = 100000")
    project.add_memo("segment", WHOLE.id, "long " * 10_000, "Eva")
    assert len(project.memos) == 1


def test_an_interrupted_step_leaves_nothing_half_done(project):
    def interrupted():
        yield Suggestion(WHOLE.id, "trust", 0.5)
        raise KeyboardInterrupt

    project.set_suggestions([Suggestion(QUESTION.id, "trust", 0.1)], model="before")
    with pytest.raises(KeyboardInterrupt):
        project.set_suggestions(interrupted(), model="after")
    assert [one.segment_id for one in project.suggestions] == [QUESTION.id]
    assert project.suggestions_model == "before"


def test_two_open_projects_see_each_others_answers(project):
    with Project(project.path) as other:
        one = project.decide(WHOLE.id, "trust", "Eva", "accept")
        two = other.decide(WHOLE.id, "trust", "Ida", "accept")
        assert project.decisions == other.decisions == [one, two]


LOCKING = """
import sqlite3, sys
sqlite3.connect(sys.argv[1], timeout=0).execute("BEGIN IMMEDIATE")
"""


@pytest.mark.skipif(os.name != "posix", reason="only POSIX ends locks when a file is closed")
def test_opening_the_file_leaves_the_locks_of_this_process(project):
    with project._writing():
        Project(project.path).close()
        other = subprocess.run(
            [sys.executable, "-c", LOCKING, project.path], capture_output=True, check=False
        )
    assert b"database is locked" in other.stderr


def test_a_file_that_stays_locked_says_that_another_program_is_writing(project, monkeypatch):
    monkeypatch.setattr(file, "LOCK_TIMEOUT_SECONDS", 0.05)
    with Project(project.path) as other, project._writing():
        assert len(other.segments) == 2  # reading goes on meanwhile
        with pytest.raises(ProjectError, match="another program is writing to"):
            other.decide(WHOLE.id, "trust", "Ida", "accept")


ANSWERING = """
import sys, time
from alliance_nlp.project import Project
path, segment_id, coder, number, pause = sys.argv[1:]
with Project(path) as project:
    for _ in range(int(number)):
        print(project.decide(segment_id, "trust", coder, "accept").id, flush=True)
        time.sleep(float(pause))
"""


def answering(path, coder, number, pause):
    return subprocess.Popen(
        [sys.executable, "-c", ANSWERING, path, WHOLE.id, coder, str(number), str(pause)],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_program_that_is_killed_has_lost_no_answer_that_it_was_told_of(project):
    with answering(project.path, "Eva", 1_000_000, 0) as process:
        told = [process.stdout.readline().strip() for _ in range(20)]
        process.kill()
        told += process.stdout.read().split()
    with Project(project.path) as again:
        assert all(told)
        assert set(told) <= {decision.id for decision in again.decisions}
        again.decide(WHOLE.id, "trust", "Eva", "reject")
    assert rows(project.path, "PRAGMA integrity_check") == [("ok",)]
    assert rows(project.path, "PRAGMA foreign_key_check") == []


def test_two_programs_answer_at_the_same_time(project):
    with (
        answering(project.path, "Eva", 10, 0.01) as eva,
        answering(project.path, "Ida", 10, 0.01) as ida,
    ):
        told = [*eva.stdout.read().split(), *ida.stdout.read().split()]
    assert (eva.returncode, ida.returncode) == (0, 0)
    assert len(told) == 20
    assert set(told) == {decision.id for decision in project.decisions}


# Folders that are synchronised


@pytest.mark.parametrize(
    ("folder", "service"),
    [
        ("/Users/eva/OneDrive/study", "OneDrive"),
        ("/home/eva/OneDrive - Region Skåne", "OneDrive"),
        ("/Users/eva/Library/CloudStorage/OneDrive-Personal", "OneDrive"),
        ("/Users/eva/Library/CloudStorage/Unheard-of", "a cloud service"),
        ("/home/eva/Dropbox (Personal)/x", "Dropbox"),
        ("/Users/eva/Library/Mobile Documents/com~apple~CloudDocs", "iCloud"),
        ("/Users/eva/Google Drive/My Drive", "Google Drive"),
        ("/home/eva/nextcloud", "Nextcloud"),
        ("/home/eva/ownCloud", "ownCloud"),
        ("/Users/eva/Box Sync", "Box"),
        ("/home/eva/pCloudDrive", "pCloud"),
        ("/home/eva/坚果云", "Nutstore"),
        ("/home/eva/Interviews", None),
        ("/home/eva/Toolbox/sync/box", None),
    ],
)
def test_synchronised_folders_are_known_by_name(folder, service):
    assert synchronised_folder(f"{folder}/study.alliance", environment={}) == service


def test_synchronised_folders_are_known_by_place_mark_and_environment(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert synchronised_folder(tmp_path / "Box" / "study.alliance") == "Box"
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / ".dropbox").touch()
    assert synchronised_folder(tmp_path / "a" / "b" / "study.alliance") == "Dropbox"
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / ".sync_0a1b.db").touch()
    assert synchronised_folder(tmp_path / "c" / "study.alliance") == "Nextcloud or ownCloud"
    environment = {"OneDriveCommercial": str(tmp_path / "work")}
    place = tmp_path / "work" / "study.alliance"
    assert synchronised_folder(place, environment=environment) == "OneDrive"
    (tmp_path / ".dropbox").mkdir()  # its settings in the home folder mean nothing
    assert synchronised_folder(tmp_path / "d" / "study.alliance", environment=environment) is None


def test_a_project_in_a_synchronised_folder_works_and_warns_where_it_was_opened(tmp_path):
    folder = tmp_path / "Dropbox"
    folder.mkdir()
    with pytest.warns(ProjectWarning, match="a folder that Dropbox copies") as warnings:
        Project(folder / "study.alliance").close()
    assert warnings[0].filename == __file__
