"""Make reviews: a coder is asked about one suggestion after another, and answers count at once."""

from typing import TYPE_CHECKING

from alliance_nlp.project import Project
from alliance_nlp.review.renewal import renew_suggestions
from alliance_nlp.review.session import Question, Session
from alliance_nlp.suggestions import Order

if TYPE_CHECKING:
    from rich.console import Console

    from alliance_nlp.review.keyboards import Keyboard

__all__ = ["Question", "Session", "renew_suggestions", "review"]


def review(
    project: Project,
    coder: str,
    *,
    everyone: bool = False,
    at_least: float | None = None,
    order: Order = "document",
    code: str = "",
    console: "Console | None" = None,
    keyboard: "Keyboard | None" = None,
) -> Session:
    """Ask a coder in the terminal about the suggestions that they have not answered yet.

    Each answer is stored before the next question comes, so one can stop at any point and go on
    another day. After every 20 answers the suggestions are made anew with what was learned.

    Args:
        project: The study, with suggestions in it.
        coder: Whose answers they are.
        everyone: Ask about what interviewers say, too.
        at_least: Ask about suggestions of this probability and above, as in `Session`; the others
            stay open.
        order: What to read next, as in `Session`.
        code: Ask about this code only, by id or name; `''` is every code.
        console: Where to show the questions; `None` is the standard output.
        keyboard: Where the keys come from; `None` is the standard input, one key an answer on a
            terminal, one line an answer otherwise.

    Returns:
        The session with the answers that were given.

    Raises:
        ProjectError: There are no suggestions, the coder has no name, or there is no such code or
            order.
        ModelError: The model that made the suggestions is not on this machine, and the order or the
            code asks for it.

    >>> import io, pathlib, tempfile
    >>> from rich.console import Console
    >>> from alliance_nlp import Code, Codebook, Segment, Suggestion, Transcript
    >>> from alliance_nlp.review.keyboards import Lines
    >>> project = Project(pathlib.Path(tempfile.mkdtemp(), "study.alliance"))
    >>> _ = project.add_transcripts([Transcript("p01", "I felt met.")])
    >>> project.set_segments([Segment("p01:0-11", "p01", 0, 11, "I felt met.")])
    >>> _ = project.set_codebook(Codebook([Code("trust", "Trust")]))
    >>> project.set_suggestions([Suggestion("p01:0-11", "trust", 0.8)], model="bundled")
    >>> done = review(project, "Eva", console=Console(quiet=True), keyboard=Lines(io.StringIO("y")))
    >>> [(coding.code_id, coding.coder) for coding in project.codings()]
    [('trust', 'Eva')]
    >>> project.close()
    """
    from alliance_nlp.review.terminal import ask

    session = Session(project, coder, everyone=everyone, at_least=at_least, order=order, code=code)
    ask(session, console, keyboard)
    return session
