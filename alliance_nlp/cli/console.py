"""Make what all commands print with: two consoles, tables, and warnings in plain words."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from alliance_nlp.errors import ProjectError, ProjectWarning, TranscriptWarning
from alliance_nlp.wording import quoted

if TYPE_CHECKING:
    from alliance_nlp.project import Project

# What people said and what files are called is printed as it is, never read as markup.
out = Console(highlight=False, markup=False, emoji=False)
err = Console(highlight=False, markup=False, emoji=False, stderr=True)

Item = TypeVar("Item")

TELL_EVERY_SECONDS = 10.0


@contextmanager
def plain_warnings() -> Iterator[None]:
    """Print the library's warnings as sentences, each once, and nobody else's."""
    told: set[str] = set()

    def tell(message: Warning | str, *_: object, **__: object) -> None:
        if str(message) not in told:
            told.add(str(message))
            err.print(f"Note: {message}.", style="yellow", soft_wrap=True)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", TranscriptWarning)
        warnings.simplefilter("always", ProjectWarning)
        warnings.showwarning = tell
        yield


def step(sentence: str) -> None:
    """Say what is being done now, to whoever waits for it."""
    err.print(f"{sentence} …", style="dim", soft_wrap=True)


def telling(items: Sequence[Item], done: str) -> Iterator[Item]:
    """Go through items, and say now and then how many are done, on a terminal or in a log."""
    told_at = monotonic()
    for n_done, item in enumerate(items):
        if monotonic() - told_at >= TELL_EVERY_SECONDS:
            step(f"{n_done:,} of {len(items):,} {done}")
            told_at = monotonic()
        yield item


def next_step(*lines: str) -> None:
    """Say what to type next."""
    out.print("\nNext", style="bold")
    for line in lines:
        out.print(f"  {line}", soft_wrap=True)  # a command that is copied has no line end inside


def path_given(written: str | Path) -> Path:
    """Return the path that was typed; an empty one would be taken for the current folder.

    >>> path_given("interviews/p01.docx").name
    'p01.docx'
    """
    if not str(written).strip():
        raise typer.BadParameter("the name is empty; the current folder is called .")
    return Path(written)


def table(*columns: str, title: str = "", right: tuple[str, ...] = ()) -> Table:
    """Make an empty table; the columns named in `right` hold numbers."""
    made = Table(
        box=SIMPLE_HEAD,
        title=f"\n{title}" if title else None,
        title_justify="left",
        title_style="bold",
        show_edge=False,
        pad_edge=False,
        collapse_padding=True,
    )
    for column in columns:
        # Chinese has no spaces to break at, and a name that is cut cannot be typed.
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return made


def open_study(path: Path) -> "Project":
    """Open a project file that is there; a mistyped name must not make a new one."""
    from alliance_nlp.project import Project

    if not path.is_file():
        raise ProjectError(
            f"there is no project file {path}; check the name, or make it with "
            f"`alliance-nlp ingest {quoted(path)} FOLDER`"
        )
    if not path.stat().st_size:
        raise ProjectError(f"{path} is empty: name a project file that alliance-nlp made")
    return Project(path)


def language_code(written: str | None) -> str | None:
    """Return the code of a language that is named on the command line.

    >>> language_code("Swedish"), language_code("fr")
    ('sv', 'fr')
    """
    from alliance_nlp.codebook.rows import language_named

    if written is None:
        return None
    code = language_named(written.strip())
    if not (code.isascii() and code.isalpha() and len(code) in (2, 3)):
        raise typer.BadParameter(f"{written}: a language by its code, as in en, sv or zh")
    return code
