"""Make the commands that fill a project file: from files to confirmed codings."""

import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from alliance_nlp.cli.console import (
    language_code,
    next_step,
    open_study,
    out,
    path_given,
    step,
    table,
    telling,
)
from alliance_nlp.cli.tables import codes_table, interviews_table, shortened
from alliance_nlp.errors import (
    ModelError,
    ProjectError,
    ProjectWarning,
    TranscriptError,
    TranscriptRefusedError,
)
from alliance_nlp.wording import count, quoted

if TYPE_CHECKING:
    from alliance_nlp.codebook import Codebook
    from alliance_nlp.project import Project
    from alliance_nlp.segments import Segment, Unit
    from alliance_nlp.transcripts import Transcript

Study = Annotated[
    Path,
    typer.Argument(
        help="The project file.", metavar="STUDY.alliance", show_default=False, parser=path_given
    ),
]
Model = Annotated[
    str | None,
    typer.Option(
        help="The embedding model: a name or a folder; default: the bundled one.", metavar="NAME"
    ),
]
Language = Annotated[
    str | None,
    typer.Option(help="en, sv, zh …", metavar="LANGUAGE", callback=language_code),
]


def ingest(
    study: Study,
    files: Annotated[
        list[Path],
        typer.Argument(help="Transcripts, or folders of them.", metavar="FILES", parser=path_given),
    ],
    *,
    language: Language = None,
    interviewer: Annotated[
        list[str] | None,
        typer.Option(
            help="The label of who interviews, where it was not understood; may be given again.",
            metavar="LABEL",
        ),
    ] = None,
    unit: Annotated[
        Literal["meaning", "turn", "sentence"] | None,
        typer.Option(help="What to cut into; default: meaning.", show_default=False),
    ] = None,
    model: Model = None,
) -> None:
    """Read transcripts into a project, and cut them into segments.

    The project file is made if it is not there. More files can be added later. What was cut
    before stays as it is, unless --unit says how to cut it anew.
    """
    from alliance_nlp.project import Project
    from alliance_nlp.transcripts import read_transcripts

    if study.is_dir():
        raise ProjectError(
            f"{study} is a folder: the project file comes first, "
            f"as in `alliance-nlp ingest study.alliance {quoted(study)}`"
        )
    step("Reading")
    transcripts = read_transcripts(
        [*files], language=language, interviewers=interviewer or (), on_error="warn"
    )
    if not transcripts:
        raise TranscriptError("none of the files could be read, so nothing was stored")
    with Project(study) as project:
        n_new, n_refused = add_each(project, transcripts)
        went = _cut(project, {transcript.id for transcript in transcripts}, unit, model)
        out.print(interviews_table(project.transcripts, project.segments))
        n_known = len(transcripts) - n_new - n_refused
        known = f"; {count(n_known, 'interview')} had been read before" if n_known else ""
        out.print(f"{count(n_new, 'interview')} added to {study}{known}.", soft_wrap=True)
        if went:
            out.print(went)
        _next_to_suggest(study, project)


def add_each(project: "Project", transcripts: Iterable["Transcript"]) -> tuple[int, int]:
    """Add interviews, and return how many are new and how many were refused.

    One that is refused does not keep others out.
    """
    n_new = n_refused = 0
    for transcript in transcripts:
        try:
            n_new += project.add_transcripts([transcript])
        except TranscriptRefusedError as error:
            n_refused += 1
            warnings.warn(str(error), ProjectWarning, stacklevel=2)
    return n_new, n_refused


def _cut(project: "Project", named: set[str], unit: "Unit | None", model: str | None) -> str:
    """Cut the interviews that are not cut, and anew those named if a unit is; say what went."""
    from alliance_nlp.segments import segment

    before = project.segments
    stay = {each.transcript_id for each in before} - (named if unit else set())
    to_cut = [transcript for transcript in project.transcripts if transcript.id not in stay]
    if not to_cut:
        return ""
    step("Cutting into segments")
    segments = [each for each in before if each.transcript_id in stay]
    for transcript in telling(to_cut, "interviews are cut"):
        segments += segment([transcript], unit=unit or "meaning", model=model)
    return _replace_segments(project, segments)


def _replace_segments(project: "Project", segments: list["Segment"]) -> str:
    from alliance_nlp.decisions import standing

    n_suggestions, n_themes = len(project.suggestions), len(project.themes)
    project.set_segments(segments)
    n_suggestions -= len(project.suggestions)
    n_themes -= len(project.themes)
    gone = [count(n, kind) for n, kind in ((n_suggestions, "suggestion"), (n_themes, "theme")) if n]
    if not gone:
        return ""
    n_answers = len(standing(project.decisions))
    kept = f"; all answers stay: {n_answers:,}" if n_answers else ""
    return f"Gone with the earlier segments: {' and '.join(gone)}{kept}."


def _next_to_suggest(study: Path, project: "Project") -> None:
    if not project.codebook_version:
        next_step(f"alliance-nlp codebook {quoted(study)} alliance   (or a file of your own)")
    elif not project.segments:
        next_step(f"alliance-nlp ingest {quoted(study)} FOLDER")
    else:
        next_step(f"alliance-nlp suggest {quoted(study)}", f"alliance-nlp themes {quoted(study)}")


def codebook(
    study: Study,
    source: Annotated[
        str | None,
        typer.Argument(
            help="A .csv, .tsv, .xlsx or .yaml file, or the word alliance: the built-in codebook. "
            "Without it, the codes are listed that there are.",
            metavar="FILE|alliance",
            show_default=False,
        ),
    ] = None,
    language: Language = None,
) -> None:
    """Give the project its codebook; an earlier one is kept as an earlier version."""
    from alliance_nlp.codebook import Codebook, read_codebook

    if language and source is None:
        raise typer.BadParameter("--language is that of a file: name the file, too")
    with open_study(study) as project:
        if source is None:
            _list_codes(project.codebook, project.codebook_version)
            return
        if source == "alliance":
            codes = Codebook.builtin(source)
            codes = codes.in_language(language) if language else codes
        else:
            codes = read_codebook(source, language=language)
        before, suggestions = project.codebook, project.suggestions
        model = project.suggestions_model or None
        version = project.set_codebook(codes)
        _list_codes(codes, version)
        out.print(f"{count(len(codes), 'code')} in {study}.", soft_wrap=True)
        bare = [code.name for code in codes if not (code.definition or code.include)]
        if bare:
            out.print(
                f"Without a definition: {', '.join(bare)}. Until you answer, suggestions for these "
                "go by the words of the name and of its examples."
            )
        _tell_what_codes_left(project, len(suggestions) - len(project.suggestions))
        _tell_what_new_words_contradict(project, before, model)
        _next_to_suggest(study, project)


def _list_codes(codes: "Codebook", version: int) -> None:
    if not version:
        out.print("There is no codebook yet: name a file, or the word alliance.")
        return
    listed = table("Code", "Definition", title=f"{codes.name or 'codes'}, version {version}")
    for code in codes:
        listed.add_row(f"{'  ' if code.parent else ''}{code.name}", code.definition or "–")
    out.print(listed)


def _tell_what_codes_left(project: "Project", n_gone: int) -> None:
    """Say what an earlier version of the codebook leaves behind."""
    from alliance_nlp.decisions import standing

    known = {code.id for code in project.codebook}
    old = [answer for answer in standing(project.decisions) if answer.code_id not in known]
    if n_gone:
        out.print(f"Gone with codes that are left out: {count(n_gone, 'suggestion')}.")
    if old:
        out.print(
            f"{count(len(old), 'answer')} on codes that are left out: they stay in the file, and "
            "count again as soon as the codebook has these codes again."
        )


def _tell_what_new_words_contradict(
    project: "Project", before: "Codebook", model: str | None
) -> None:
    """List the answers that do not fit what their codes say now."""
    from alliance_nlp.suggestions import contradicted

    segments, codes = project.segments, project.codebook
    try:
        found = contradicted(segments, before, codes, project.labels(), model=model)
    except ModelError as error:
        out.print(f"Whether earlier answers fit the new words cannot be said: {error}")
        return
    if not found:
        return
    said = {segment.id: segment.text for segment in segments}
    listed = table("Code", "Answer", "Passage", title="Worth a second look")
    for one in found:
        answer = "yes" if one.accepted else "no"
        listed.add_row(codes.by_id(one.code_id).name, answer, shortened(said[one.segment_id], 100))
    out.print(listed)
    out.print(
        f"{count(len(found), 'earlier answer')} may not fit what the codes say now. All of them "
        "stay as they are until you answer anew."
    )


def suggest(study: Study, model: Model = None) -> None:
    """Suggest codes for every segment, with what has been answered so far."""
    from alliance_nlp.review import renew_suggestions
    from alliance_nlp.segments import offered
    from alliance_nlp.suggestions import on_offer

    with open_study(study) as project:
        step("Suggesting codes")
        suggestions = renew_suggestions(project, model=model)
        said = offered(project.segments)
        if not said:
            out.print(
                "All who speak were taken for interviewers, and what they say is not offered for "
                "coding. Label each turn in the files with who speaks, and say who interviews."
            )
            next_step(f"alliance-nlp ingest {quoted(study)} FOLDER --interviewer LABEL")
            return
        asked = on_offer(suggestions, said)
        out.print(codes_table(asked, said, project.codebook))
        out.print(
            f"{count(len(asked), 'suggestion')} for {count(len(said), 'segment')}, most likely "
            f"first; {_learned(project)}. First in: segments for which it is the most likely code. "
            "Mean: its probability there."
        )
        if n_contradictory := _count_contradictory(project):
            out.print(
                "Coders contradict each other about the same code of the same segment "
                f"{count(n_contradictory, 'time')}: nothing is learned there until they agree."
            )
        next_step(f"alliance-nlp review {quoted(study)} --coder YOUR-NAME --terminal")


def _learned(project: "Project") -> str:
    """Say how much of what coders answered speaks of the segments and codes that there are."""
    from alliance_nlp.decisions import standing

    segments = {segment.id for segment in project.segments}
    codes = {code.id for code in project.codebook}
    n_answers = sum(
        each.segment_id in segments and each.code_id in codes
        for each in standing(project.decisions)
    )
    latest = {(each.segment_id, each.coder): each.complete for each in project.reviews}
    n_read = len({id_ for (id_, _), complete in latest.items() if complete} & segments)
    counted = [(n_answers, "answer"), (n_read, "completely read segment")]
    told = " and ".join(count(n, what) for n, what in counted if n)
    return f"learned from {told}" if told else "nothing learned"


def _count_contradictory(project: "Project") -> int:
    """Count where one coder says that a code applies, and another that it does not."""
    import numpy as np

    coders = {each.coder for each in project.decisions} | {each.coder for each in project.reviews}
    labels = [project.labels(coder) for coder in coders]
    said_yes, said_no = (np.any([each == said for each in labels], axis=0) for said in (1, 0))
    return int((said_yes & said_no).sum())


def review(
    study: Study,
    coder: Annotated[str, typer.Option(help="Your name: every answer carries it.")],
    *,
    terminal: Annotated[
        bool, typer.Option("--terminal", help="Ask here in the terminal: the only way so far.")
    ] = True,
    everyone: Annotated[
        bool, typer.Option("--everyone", help="Ask about what interviewers say, too.")
    ] = False,
    at_least: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=1.0,
            help="Ask only about suggestions of this probability; default: 0.05 in the order "
            "likely, else 0.",
            show_default=False,
        ),
    ] = None,
    order: Annotated[
        Literal["document", "likely", "informative"],
        typer.Option(
            help="What to read next: the interviews in their order; first the segments with the "
            "surest suggestions, which finds most in the shortest time; or first what stands for "
            "most others, which teaches most."
        ),
    ] = "document",
    code: Annotated[str, typer.Option(help="Ask about this code only, by its name or id.")] = "",
) -> None:
    """Answer the suggestions, one key each; stop and go on whenever you like."""
    from alliance_nlp.review import review as ask

    with open_study(study) as project:
        session = ask(
            project,
            coder,
            everyone=everyone,
            at_least=at_least,
            order=order,
            code=code,
            console=out,
        )
        if session.count_open(session.at_least):
            options = f"--coder {quoted(coder)} --terminal{' --everyone' * everyone}"
            options += f" --at-least {at_least:g}" if at_least is not None else ""
            options += f" --order {order}" if order != "document" else ""
            options += f" --code {quoted(code)}" if code else ""
            next_step(f"alliance-nlp review {quoted(study)} {options}")
        elif code:
            next_step(f"alliance-nlp review {quoted(study)} --coder {quoted(coder)} --terminal")
        else:
            next_step(f"alliance-nlp export {quoted(study)} codings.xlsx")
