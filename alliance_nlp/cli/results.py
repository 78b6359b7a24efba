"""Make the commands on what was decided: trust it, merge it, take it away, forget it."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alliance_nlp.cli.console import err, next_step, open_study, out, path_given, table
from alliance_nlp.cli.study import Study
from alliance_nlp.cli.tables import model_title
from alliance_nlp.errors import ExportError
from alliance_nlp.wording import count, quoted

if TYPE_CHECKING:
    from alliance_nlp.decisions import Decision
    from alliance_nlp.project import Project
    from alliance_nlp.segments import Segment
    from alliance_nlp.transcripts import Transcript


def trust(study: Study) -> None:
    """Say how far the suggestions hold in this study, and how far coders agree."""
    from itertools import combinations

    from alliance_nlp.decisions import standing
    from alliance_nlp.project import segments_to_code, suggestions_to_answer
    from alliance_nlp.trust import methods_paragraph

    with open_study(study) as project:
        segments, suggestions = segments_to_code(project), suggestions_to_answer(project)
        decisions = project.decisions
        _show_verdicts(project)
        _show_probabilities(decisions)
        coders = sorted({answer.coder for answer in standing(decisions)})
        for pair in combinations(coders, 2):
            _show_agreement(project, *pair)
        out.print("\nFor your methods section", style="bold")
        paragraph = methods_paragraph(
            project.transcripts,
            segments,
            suggestions,
            decisions,
            project.codebook,
            model=model_title(project.suggestions_model),
            unit=_unit(project.transcripts, segments),
        )
        out.print(paragraph)


def _show_verdicts(project: "Project") -> None:
    from alliance_nlp.suggestions import on_offer
    from alliance_nlp.trust import verdicts

    codes = project.codebook
    names = {code.id: code.name for code in codes}
    held = table(
        "Code", "Answers", "Yes (95% interval)", "Own", "Verdict",
        title="Suggestions, code by code", right=("Answers", "Yes (95% interval)", "Own"),
    )  # fmt: skip
    offers = on_offer(project.suggestions, project.segments)
    for verdict in verdicts(offers, project.decisions, codes):
        if verdict.answered or verdict.own:
            held.add_row(
                names.get(verdict.code_id, verdict.code_id),
                str(verdict.answered),
                _share(verdict.share, verdict.interval),
                str(verdict.own),
                verdict.words,
            )
    out.print(held if held.row_count else "No suggestion has been answered yet.")


def _show_probabilities(decisions: Sequence["Decision"]) -> None:
    from alliance_nlp.trust import anchoring

    seen = anchoring(decisions)
    shown = table(
        "Probability shown", "Answers", "Yes (95% interval)",
        title="Do the probabilities hold?", right=("Answers", "Yes (95% interval)"),
    )  # fmt: skip
    for each in seen.bins:
        if each.answered:
            range_ = f"{each.low:.0%} to {each.high:.0%}"
            shown.add_row(range_, str(each.answered), _share(each.share, each.interval))
    if shown.row_count:
        out.print(shown)
        out.print(seen.caveat)


def _show_agreement(project: "Project", first: str, second: str) -> None:
    from alliance_nlp.agreement import FEWEST_INTERVIEWS, agreements

    codes, segments = project.codebook, project.segments
    *_, total = agreements(
        project.labels(first),
        project.labels(second),
        [code.id for code in codes],
        [segment.transcript_id for segment in segments],
    )
    if not total.cells:
        out.print(f"\n{first} and {second} have not answered about the same codes of any segment.")
        return
    out.print(
        f"\n{first} and {second} both answered {count(total.cells, 'time')} about the same code of "
        f"the same segment and agreed in {total.observed:.0%}: Cohen's kappa "
        f"{_measure(total.kappa)} (95% interval {_bounds(total.kappa_interval)}), Krippendorff's "
        f"alpha {_measure(total.alpha)}, Gwet's AC1 {_measure(total.ac1)}, F1 {_measure(total.f1)}."
    )
    if total.interviews < FEWEST_INTERVIEWS:
        out.print(
            "There is no interval, since it comes from the differences between interviews: they "
            f"have {count(total.interviews, 'interview')} in common, and it takes "
            f"{FEWEST_INTERVIEWS}."
        )
    if math.isnan(total.kappa):
        out.print("Kappa and alpha say nothing (–) where both gave one and the same answer always.")
    if total.paradox:
        out.print("Kappa is low beside high agreement where a code is rarely used: report both.")


def _unit(transcripts: Sequence["Transcript"], segments: Sequence["Segment"]) -> str:
    """Tell from the segments what they were cut into."""
    from alliance_nlp.segments import FEWEST_WORDS, count_words, sentences

    turns = {(each.id, turn.start, turn.end) for each in transcripts for turn in each.turns}
    if all((s.transcript_id, s.start, s.end) in turns for s in segments):
        if all(count_words(s.text) < 2 * FEWEST_WORDS for s in segments):
            return "turn, none long enough for two meaning units"
        return "turn"
    if all(len(sentences(s.text, s.language)) == 1 for s in segments):
        return "sentence"
    return "meaning unit"


def merge(
    study: Study,
    other: Annotated[
        Path,
        typer.Argument(help="Another coder's copy of it.", metavar="OTHER", parser=path_given),
    ],
) -> None:
    """Add what another coder answered in a copy of the project file."""
    with open_study(study) as project:
        added = project.merge(other)
    told = [f"{number:,} {kind}" for kind, number in added.items() if number]
    out.print(f"Added to {study}: {', '.join(told) or 'nothing that was not there'}.")
    next_step(f"alliance-nlp trust {quoted(study)}")


def export(
    study: Study,
    target: Annotated[
        Path,
        typer.Argument(
            help="The file to write: .csv .xlsx .html .qdpx .qdc", metavar="OUT", parser=path_given
        ),
    ],
    coder: Annotated[str | None, typer.Option(help="Only this coder's codings.")] = None,
) -> None:
    """Write the codings for another program; the ending of the file says which."""
    writers: dict[str, Callable[[Project, Path, str | None], Sequence[str]]] = {
        ".csv": _write_table,
        ".xlsx": _write_table,
        ".html": _write_page,
        ".qdpx": _write_qdpx,
        ".qdc": _write_qdc,
    }
    ending = target.suffix.lower()
    if ending not in writers:
        what = "a Word document" if ending == ".docx" else f"the ending {ending!r}"
        raise ExportError(f"{target}: {what} cannot be written yet; use {', '.join(writers)}")
    with open_study(study) as project:
        coder = _known_coder(project, coder)
        lost = writers[ending](project, target, coder)
        n_codings = len(project.codings(coder))
    for sentence in lost:
        err.print(f"Note: {sentence}", style="yellow")
    by = f" by {coder}" if coder else ""
    what = "" if ending == ".qdc" else f", {count(n_codings, 'coding')}{by}"
    out.print(f"Written: {target}{what}", soft_wrap=True)


def _known_coder(project: "Project", coder: str | None) -> str | None:
    """Return the coder's name; a mistyped one must not replace an earlier export by nothing."""
    if coder is None:
        return None
    written = (project.decisions, project.reviews, project.memos)
    known = sorted({each.coder for kind in written for each in kind})
    if coder.strip() not in known:
        there = f"there is {', '.join(known)}" if known else "nobody has answered yet"
        raise ExportError(f"{project.path} holds nothing by {coder.strip()!r}: {there}")
    return coder.strip()


def _write_table(project: "Project", target: Path, coder: str | None) -> Sequence[str]:
    from alliance_nlp.export import write_codings

    write_codings(target, project.codings(coder), project.transcripts, project.codebook)
    return ()


def _write_page(project: "Project", target: Path, coder: str | None) -> Sequence[str]:
    from alliance_nlp.export import write_page

    write_page(
        target,
        title=project.path.stem,
        transcripts=project.transcripts,
        segments=project.segments,
        codebook=project.codebook,
        themes=project.themes,
        suggestions=project.suggestions,
        decisions=[each for each in project.decisions if coder in (None, each.coder)],
    )
    return ()


def _write_qdpx(project: "Project", target: Path, coder: str | None) -> Sequence[str]:
    from alliance_nlp.refi import write_project_qdpx

    return write_project_qdpx(
        target,
        project.transcripts,
        project.codebook,
        project.codings(coder),
        [memo for memo in project.memos if coder in (None, memo.coder)],
        name=project.path.stem,
    )


def _write_qdc(project: "Project", target: Path, _coder: str | None) -> Sequence[str]:
    from alliance_nlp.refi import write_codebook_qdc

    return write_codebook_qdc(target, project.codebook)


def forget(
    study: Study,
    participant: Annotated[
        str,
        typer.Argument(
            help="The name of the interview, or the speaker's label.", metavar="PARTICIPANT"
        ),
    ],
    transcript: Annotated[
        str | None, typer.Option(help="The interview, where a label is used in several.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
) -> None:
    """Remove a participant from the project file and the cache, for good."""
    with open_study(study) as project:
        question = f"Remove {participant} from {study}, with all codings? This cannot be undone."
        if not yes and not typer.confirm(question):
            out.print("Nothing was removed.")
            return
        out.print(project.forget(participant, transcript_id=transcript))
    out.print("Not reached: the interview's own file, exports made earlier, copies and backups.")
    again = f"alliance-nlp themes {quoted(study)}"
    out.print(f"Themes may have to be found anew: {again}", soft_wrap=True)


def _share(share: float, interval: tuple[float, float]) -> str:
    low, high = interval
    return "–" if math.isnan(share) else f"{share:.0%} ({low:.0%} to {high:.0%})"


def _measure(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.2f}"


def _bounds(interval: tuple[float, float]) -> str:
    low, high = interval
    return "–" if math.isnan(low) else f"{low:.2f} to {high:.2f}"
