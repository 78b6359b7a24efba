"""The tutorial, the reference and the README: what they show can be typed, and comes out so."""

import contextlib
import io
import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from alliance_nlp.bundled import bundled
from alliance_nlp.cli import app
from alliance_nlp.cli.console import out
from alliance_nlp.embeddings.models import Source

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
TUTORIAL = ROOT / "docs" / "tutorial.md"
REFERENCE = ROOT / "docs" / "reference.md"
PAGES = [README, *sorted((ROOT / "docs").rglob("*.md"))]
PICTURE_BYTES = 300_000
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^ *(?:.* && )?(alliance-nlp .*?)(?:  .*)?$", re.MULTILINE)
CELLS = str.maketrans("", "", "─━│╭╮╰╯")


def read(page):
    return page.read_text(encoding="utf-8")


def commands(text):
    """Every command line that stands on a line of its own, or in a line between backticks."""
    inline = re.findall(r"`(alliance-nlp [^`]*)`", text)
    return [" ".join(line.split()) for line in [*COMMAND.findall(text), *inline]]


def one_line(text):
    """Words alone: neither line ends nor the lines of tables."""
    return " ".join(text.translate(CELLS).split())


# What is written


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_line_is_understood(page):
    group = get_command(app)
    found = commands(read(page))
    assert found
    for line in found:
        _, name, *arguments = shlex.split(line.partition(" < ")[0], posix=True)
        if not arguments or arguments == ["…"]:
            assert name in group.commands, line
            continue
        group.commands[name].make_context(name, arguments)  # raises where an option is unknown


def test_every_option_is_in_the_reference():
    text = read(REFERENCE)
    for name, command in get_command(app).commands.items():
        section = text.partition(f"\n### {name}\n")[2].partition("\n### ")[0]
        assert f"    alliance-nlp {name}" in section
        for option in command.params:
            for written in option.opts:
                assert not written.startswith("--") or f"`{written}" in section, (name, written)


def test_every_key_of_the_review_is_in_the_tutorial():
    from alliance_nlp.review.terminal import _KEYS

    for key, word in _KEYS.items():
        assert re.search(rf"^\| `{key}` \|.*\*\*{word}\*\*", read(TUTORIAL), re.MULTILINE), key


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", read(page)):
        if target.startswith("http"):
            continue
        path, _, part = target.partition("#")
        linked = page.parent / path if path else page
        assert linked.exists(), target
        if part:
            titles = re.findall(r"^#+ (.*)$", read(linked), re.MULTILINE)
            anchors = {re.sub(r"[^\w\s-]", "", t).lower().replace(" ", "-") for t in titles}
            assert part in anchors, target


def test_pictures_are_png_and_small_and_all_are_shown():
    shown = "".join(map(read, PAGES))
    pictures = list((ROOT / "docs" / "pictures").iterdir())
    assert pictures
    for picture in pictures:
        content = picture.read_bytes()
        assert content.startswith(b"\x89PNG")
        assert len(content) < PICTURE_BYTES
        assert f"pictures/{picture.name})" in shown


# What runs


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder with the bundled interviews, where the pages say that they are."""
    monkeypatch.chdir(tmp_path)
    for place in ("interviews", "corpora/interviews"):
        shutil.copytree(bundled("corpora/interviews"), place)
    shutil.copytree(bundled("corpora/interviews-coded"), "corpora/interviews-coded")
    return tmp_path


@pytest.fixture
def stand_in(encoder, monkeypatch):
    """Put the small encoder in the place of the bundled model, and a terminal of one width."""
    monkeypatch.setattr(
        "alliance_nlp.embeddings.find_model",
        lambda model=None: Source("stand-in", "1", "", lambda: encoder),
    )
    monkeypatch.setattr(out, "width", 88)


def run(line, keys=""):
    result = CliRunner().invoke(app, shlex.split(line)[1:], input=keys)
    assert result.exit_code == 0, (line, result.output, result.exception)
    return result


def tutorial_steps():
    """Each command of the tutorial with the screen that stands right below it, if one does."""
    step = re.compile(
        r"^    (alliance-nlp [^\n]*)\n(?:\n```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL
    )
    return step.findall(read(TUTORIAL))


# What the model has a part in; the cache also holds more on a machine where more was done.
OF_THE_MODEL = ("ingest", "suggest", "themes", "trust", "merge", "demo")
KEYS = {
    "--coder Eva": "y\nn\nr\n" * 7 + "o\nslow\nr\nq\n",
    "--coder Bo": "y\nr\n" * 3 + "n\ny\nr\n" * 3 + "q\n",
    "forget": "y\n",
}


def walk():
    """Type every command of the tutorial; yield it, the screen on the page and what is printed."""
    ((table,),) = [[text for kind, text in FENCE.findall(read(TUTORIAL)) if kind == "csv"]]
    Path("codebook.csv").write_text(table, encoding="utf-8")
    for line, screen in tutorial_steps():
        if line.startswith("alliance-nlp models --from"):  # a wheel of ninety megabytes
            continue
        if line.split()[1] == "review" and not Path("study-bo.alliance").exists():
            shutil.copy("study.alliance", "study-bo.alliance")
        result = run(line, next((keys for part, keys in KEYS.items() if part in line), ""))
        yield line, screen, result.stderr + result.stdout


def assert_shown(line, screen, printed):
    """Everything between the marks of omission is printed; percentages differ by processor."""
    printed = re.sub(r"\d+%", "%", one_line(printed))
    for part in filter(None, map(one_line, re.split(r"^ *…$", screen, flags=re.MULTILINE))):
        assert re.sub(r"\d+%", "%", part) in printed, (line, part)


def test_the_tutorial_can_be_walked_from_its_first_to_its_last_command(folder, stand_in):
    screens = 0
    for line, screen, printed in walk():
        if screen and line.split()[1] not in (*OF_THE_MODEL, "cache"):
            screens += 1
            assert_shown(line, screen, printed)
    assert screens >= 6
    for made in ("alliance-demo/index.html", "codings.xlsx", "study.qdpx", "reading.html"):
        assert Path(made).stat().st_size > 0


def failures(folder):
    """What goes wrong in the last chapter, and what is typed."""
    files = {
        "interviews/p04.txt": "",
        "interviews/p05.doc": "x",
        "interviews/p06.csv": "a,b\n1,2\n",
        "interviews/p07.vtt": "WEBVTT\n\n00:00:10.000 --> 00:00:05.000\n<v A>Hej</v>\n",
        "codes.csv": "theme label,notes\nTrust,x\n",
        "twice/codes.csv": "name\nTrust\ntrust\n",
        "p01.txt": "Hon lyssnade på mig. Jag litade på henne.\nDet tog tid.\n",
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    (folder / "Dropbox").mkdir()
    run("alliance-nlp ingest study.alliance p01.txt --unit turn")
    yield from (f"alliance-nlp inspect interviews/{name}" for name in ("p04.txt", "p05.doc"))
    yield from (f"alliance-nlp inspect interviews/{name}" for name in ("p06.csv", "p07.vtt"))
    yield "alliance-nlp inspect p01.txt"
    yield "alliance-nlp codebook study.alliance codes.csv"
    yield "alliance-nlp codebook study.alliance twice/codes.csv"
    yield "alliance-nlp ingest Dropbox/study.alliance p01.txt --unit turn"
    yield "alliance-nlp suggest stduy.alliance"


def test_the_errors_of_the_tutorial_are_those_that_are_printed(folder, stand_in, monkeypatch):
    printed = []
    for line in failures(folder):
        result = CliRunner().invoke(app, shlex.split(line)[1:])
        printed.append(one_line(result.stderr + result.stdout).replace("twice/", ""))

    def locked(*_):
        raise PermissionError(13, "Permission denied")

    run("alliance-nlp codebook study.alliance alliance")
    monkeypatch.setattr(Path, "replace", locked)
    monkeypatch.setattr("os.replace", locked)
    result = CliRunner().invoke(app, ["export", "study.alliance", "codings.xlsx"])
    printed.append(one_line(result.stderr))
    chapter = read(TUTORIAL).partition("\n## 16. ")[2]
    shown = [one_line(text).removesuffix("…").strip() for _, text in FENCE.findall(chapter)]
    assert len(shown) == len(printed)
    for sentence in shown:
        assert any(sentence in each for each in printed), sentence


def blocks(page):
    """The Python blocks of a page, each with the output that stands right below it."""
    both = re.compile(
        r"^```python\n(.*?)^```$(?:\n+^```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL
    )
    return both.findall(read(page))


@pytest.mark.model
@pytest.mark.usefixtures("embedded")
def test_the_screens_of_the_tutorial_are_what_the_model_brings_about(folder, monkeypatch):
    monkeypatch.setattr(out, "width", 88)
    shown = set()
    for line, screen, printed in walk():
        if screen and line.split()[1] in OF_THE_MODEL:
            shown.add(line.split()[1])
            assert_shown(line, screen, printed)
    assert shown == set(OF_THE_MODEL)


@pytest.mark.model
@pytest.mark.parametrize("page", [README, REFERENCE], ids=lambda page: page.name)
@pytest.mark.usefixtures("embedded", "folder")
def test_the_python_of_the_page_prints_what_stands_below_it(page):
    names = {}
    assert blocks(page)
    for code, expected in blocks(page):
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compile(code, str(page), "exec"), names)
        assert rounded(printed.getvalue()) == rounded(expected)


def rounded(text):
    """Lines without blanks at their ends; probabilities differ a little between processors."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return [re.sub(r"\b0\.(\d)\d\b", r"0.\1", line) for line in lines]
