"""Make the demo: the main job on the bundled interviews, in a folder of its own."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.padding import Padding
from rich.text import Text

from alliance_nlp.bundled import bundled
from alliance_nlp.cli.console import next_step, out, path_given, step
from alliance_nlp.cli.study import add_each
from alliance_nlp.cli.tables import (
    carrying,
    first_suggestions,
    interviews_table,
    shortened,
    themes_table,
)
from alliance_nlp.wording import count, language_name, quoted

if TYPE_CHECKING:
    from alliance_nlp.project import Project
    from alliance_nlp.segments import Segment
    from alliance_nlp.suggestions import Suggestion

EXAMPLE = "example"  # the coder of the bundled codings
_SHOWN_PER_LANGUAGE = 2


def demo(
    folder: Annotated[
        Path,
        typer.Option(
            "--out", help="The folder for the results.", metavar="FOLDER", parser=path_given
        ),
    ] = Path("alliance-demo"),
) -> None:
    """Run the whole first pass on six invented interviews, and show what comes out."""
    from alliance_nlp.export import write_codings, write_page
    from alliance_nlp.project import Project

    folder.mkdir(parents=True, exist_ok=True)
    with Project(folder / "demo.alliance") as project:
        _make(project)
        transcripts, segments, codes = project.transcripts, project.segments, project.codebook
        step("Writing the results")
        write_codings(folder / "codings.csv", project.codings(), transcripts, codes)
        write_page(
            folder / "index.html",
            title="Six invented interviews about the alliance",
            transcripts=transcripts,
            segments=segments,
            codebook=codes,
            themes=project.themes,
            suggestions=project.suggestions,
            decisions=project.decisions,
        )
        title = "Six interviews, invented for this demo"
        out.print(interviews_table(transcripts, segments, title=title))
        out.print(themes_table(project.themes, segments))
        _show_suggestions(project, segments)
        _show_files(project, folder)


def _make(project: "Project") -> None:
    """Do what is not done yet; a second run keeps what was answered meanwhile."""
    from alliance_nlp.codebook import Codebook
    from alliance_nlp.decisions import labels_of
    from alliance_nlp.embeddings import embed
    from alliance_nlp.review import renew_suggestions
    from alliance_nlp.segments import segment
    from alliance_nlp.themes import find_themes
    from alliance_nlp.transcripts import read_transcripts

    step("Reading six interviews in English, Swedish and Chinese")
    add_each(project, read_transcripts(bundled("corpora/interviews")))
    step("Cutting the answers where their subject changes")
    project.set_segments(segment(project.transcripts))
    if not project.codebook_version:
        project.set_codebook(Codebook.builtin("alliance"))
    segments = project.segments
    step("Looking for themes")
    project.set_themes(find_themes(segments, embed(segments)))
    _add_examples(project, segments)
    step("Suggesting codes")
    # The example codings show what codings look like. The suggestions do not learn from them.
    answers = [answer for answer in project.decisions if answer.coder != EXAMPLE]
    labels = labels_of(segments, project.codebook, answers, project.reviews)
    renew_suggestions(project, labels=labels)


def _add_examples(project: "Project", segments: Sequence["Segment"]) -> None:
    texts = {transcript.id: transcript.text for transcript in project.transcripts}
    known = {(each.segment_id, each.code_id) for each in project.decisions if each.coder == EXAMPLE}
    path = bundled("corpora/interviews-coded/codings.csv")
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            start = texts.get(row["transcript_id"], "").find(row["quote"])
            if start < 0:  # the participant was removed
                continue
            of_interview = [s for s in segments if s.transcript_id == row["transcript_id"]]
            place = _most_overlapping(of_interview, start, start + len(row["quote"]))
            if (place.id, row["code_id"]) not in known:
                known.add((place.id, row["code_id"]))
                project.decide(place.id, row["code_id"], EXAMPLE, "accept")


def _most_overlapping(segments: Sequence["Segment"], start: int, end: int) -> "Segment":
    return max(segments, key=lambda s: min(end, s.end) - max(start, s.start))


def _show_suggestions(project: "Project", segments: Sequence["Segment"]) -> None:
    from alliance_nlp.segments import offered

    said = {segment.id: segment for segment in offered(segments)}
    firsts = [each for each in first_suggestions(project.suggestions) if each.segment_id in said]
    firsts.sort(key=lambda each: -each.probability)
    out.print("\nSuggested codes, the surest of each language\n", style="bold")
    for language in dict.fromkeys(segment.language for segment in segments):
        surest: dict[str, Suggestion] = {}  # one of each code
        for each in firsts:
            if said[each.segment_id].language == language:
                surest.setdefault(each.code_id, each)
        for suggestion in list(surest.values())[:_SHOWN_PER_LANGUAGE]:
            out.print(_described(project, suggestion, said[suggestion.segment_id]))
    out.print("A suggestion is an offer: a code counts when a named person has accepted it.")


def _described(project: "Project", suggestion: "Suggestion", segment: "Segment") -> Padding:
    from alliance_nlp.review.terminal import in_words
    from alliance_nlp.suggestions import match_of

    words = shortened(carrying(suggestion, segment), 200)
    label, matched = match_of(suggestion)
    return Padding(
        Text.assemble(
            (project.codebook.by_id(suggestion.code_id).name, "bold cyan"),
            f"  {in_words(suggestion.probability)}",
            (f"  {segment.transcript_id}, {language_name(segment.language)}\n", "dim"),
            f"“{words}”\n",
            (f"{label}: {shortened(matched, 200)}", "dim"),
        ),
        (0, 0, 1, 2),
    )


def _show_files(project: "Project", folder: Path) -> None:
    n_codings = len(project.codings())
    coders = sorted({answer.coder for answer in project.decisions})
    who = f"coder{'' if len(coders) == 1 else 's'} {', '.join(coders)}"
    out.print("\nWritten", style="bold")
    made = {
        "index.html": "the themes and suggestions to read: open it in a browser",
        "codings.csv": f"{count(n_codings, 'coding')} by {who}",
        "demo.alliance": "the project file, with everything in it",
    }
    for name, words in made.items():
        out.print(f"  {folder / name}: {words}", soft_wrap=True)
    next_step(
        f"alliance-nlp review {quoted(folder / 'demo.alliance')} --coder YOU --terminal",
        "alliance-nlp ingest study.alliance FOLDER-WITH-YOUR-INTERVIEWS",
    )
