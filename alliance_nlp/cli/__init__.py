"""Make the command line: `alliance-nlp COMMAND study.alliance …`, the words of the library."""

import sys
from errno import EPIPE
from typing import Any

import typer
from typer.core import TyperGroup

from alliance_nlp.cli import benchmark, demo, looking, results, study, themes
from alliance_nlp.cli.console import err, plain_warnings
from alliance_nlp.errors import AllianceError

__all__ = ["app", "main"]


class _Commands(TyperGroup):
    """The commands; what goes wrong is told in one sentence."""

    def invoke(self, ctx: Any) -> Any:
        try:
            with plain_warnings():
                return super().invoke(ctx)
        except AllianceError as error:
            err.print(f"Error: {error}", style="red", soft_wrap=True)
            raise typer.Exit(1) from error
        except KeyboardInterrupt as error:
            err.print("\nStopped. What was stored until now is kept.")
            raise typer.Exit(130) from error  # what a shell expects after Ctrl-C
        except OSError as error:
            if error.errno == EPIPE:  # whoever read what is printed has gone; typer knows
                raise
            where = error.filename or "this step could not be done"
            sentence = f"Error: {where}: {error.strerror or error}"
            err.print(sentence, style="red", soft_wrap=True)
            raise typer.Exit(1) from error


app = typer.Typer(
    cls=_Commands,
    help="First-pass coding of interview transcripts, for a person to confirm. "
    "Nothing leaves this computer.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for _command in (  # in the order in which a study goes
    demo.demo,
    study.ingest,
    study.codebook,
    themes.themes,
    themes.theme,
    study.suggest,
    study.review,
    results.trust,
    results.merge,
    results.export,
    results.forget,
    looking.inspect,
    looking.models,
    looking.cache,
    benchmark.benchmark,
):
    app.command()(_command)


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a Windows console has a code page of its own
            stream.reconfigure(encoding="utf-8", errors="replace")
    app()
