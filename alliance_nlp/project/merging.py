"""Add what another coder answered in a copy of the study."""

from collections.abc import Iterable
from dataclasses import dataclass
from sqlite3 import Connection

from alliance_nlp.codebook import Codebook
from alliance_nlp.codings import Memo
from alliance_nlp.decisions import Decision, Review
from alliance_nlp.errors import CodebookError, ProjectError
from alliance_nlp.project import adopting, answers, tables, theme_tables
from alliance_nlp.project.forgetting import fingerprint
from alliance_nlp.segments import Segment
from alliance_nlp.transcripts import Transcript


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a project file brings to another one; `segments` are those to code, of `all_segments`.

    It is read as a whole before anything is written, so that each error names its own file.
    """

    transcripts: list[Transcript]
    removed_texts: dict[str, str]
    segments: list[Segment]
    all_segments: list[Segment]
    codebook: Codebook
    decisions: list[Decision]
    reviews: list[Review]
    memos: list[Memo]
    theme_names: list[theme_tables.Naming]
    adopted: list[tuple[str, str, str, str]]


def read_written(connection: Connection) -> Written:
    """Read what a project file brings to another one."""
    return Written(
        transcripts=tables.read_transcripts(connection),
        removed_texts=answers.read_removed_texts(connection),
        segments=tables.read_segments(connection),
        all_segments=tables.read_segments(connection, current_only=False),
        codebook=tables.read_codebook(connection)[1],
        decisions=answers.read_decisions(connection),
        reviews=answers.read_reviews(connection),
        memos=answers.read_memos(connection),
        theme_names=theme_tables.read_namings(connection),
        adopted=adopting.read_adopted(connection),
    )


def merge(mine: Connection, theirs: Written, their_name: str, now: str) -> dict[str, int]:
    """Add what is in `theirs` and not here, and return how much of each kind."""
    return {
        "transcripts": _merge_transcripts(mine, theirs, their_name),
        "segments": _merge_segments(mine, theirs),
        "codes": _merge_codebook(mine, theirs, their_name, now),
        "decisions": _merge_decisions(mine, theirs),
        "reviews": _merge_reviews(mine, theirs),
        "memos": _merge_memos(mine, theirs),
        "theme names": _merge_theme_names(mine, theirs),
    }


def _merge_transcripts(mine: Connection, theirs: Written, their_name: str) -> int:
    here = {transcript.id: transcript for transcript in tables.read_transcripts(mine)}
    there = theirs.transcripts
    # Otherwise the words of someone who asked to be forgotten would come back this way.
    _check_none_removed(there, answers.read_removed_texts(mine), f"from {their_name}")
    _check_none_removed(here.values(), theirs.removed_texts, "here")
    for transcript in there:
        if transcript.id in here and here[transcript.id].text != transcript.text:
            raise ProjectError(
                f"{transcript.id} has another text in {their_name}, and the codings would point "
                "at other words: both files must be made from the same interviews"
            )
    new = [transcript for transcript in there if transcript.id not in here]
    for transcript in new:
        tables.write_transcript(mine, transcript)
    return len(new)


def _check_none_removed(
    transcripts: Iterable[Transcript], removed: dict[str, str], where: str
) -> None:
    for transcript in transcripts:
        removed_at = removed.get(fingerprint(transcript.text))
        if removed_at is not None:
            raise ProjectError(
                f"something in {transcript.id} was removed at a participant's request on "
                f"{removed_at[:10]} in one of the two files: remove it {where} too, then merge"
            )


def _merge_segments(mine: Connection, theirs: Written) -> int:
    """Add the segments of interviews that have none here, of the others the answered ones."""
    here = {segment.id for segment in tables.read_segments(mine, current_only=False)}
    segmented = {segment.transcript_id for segment in tables.read_segments(mine)}
    answered = (
        {decision.segment_id for decision in theirs.decisions}
        | {review.segment_id for review in theirs.reviews}
        | {memo.target_id for memo in theirs.memos if memo.target == "segment"}
    )
    current = [
        segment
        for segment in theirs.segments
        if segment.id not in here and segment.transcript_id not in segmented
    ]
    tables.write_segments(mine, current)
    here |= {segment.id for segment in current}
    kept = [
        segment
        for segment in theirs.all_segments
        if segment.id not in here and segment.id in answered
    ]
    tables.write_segments(mine, kept, current=False)
    return len(current) + len(kept)


def _merge_codebook(mine: Connection, theirs: Written, their_name: str, now: str) -> int:
    _, here = tables.read_codebook(mine)
    there = theirs.codebook
    known = {code.id for code in here}
    new = [code for code in there if code.id not in known]
    if new:
        try:
            union = Codebook([*here, *new], name=here.name or there.name)
        except CodebookError as error:
            raise ProjectError(f"the codebook of {their_name} does not fit: {error}") from error
        tables.write_codebook(mine, union, now)
        added = {code.id for code in new}
        adopting.write_adopted(mine, [row for row in theirs.adopted if row[0] in added])
    return len(new)


def _merge_decisions(mine: Connection, theirs: Written) -> int:
    here = {decision.id for decision in answers.read_decisions(mine)}
    new = [decision for decision in theirs.decisions if decision.id not in here]
    answers.write_decisions(mine, new)
    return len(new)


def _merge_reviews(mine: Connection, theirs: Written) -> int:
    here = {review.id for review in answers.read_reviews(mine)}
    new = [review for review in theirs.reviews if review.id not in here]
    answers.write_reviews(mine, new)
    return len(new)


def _merge_memos(mine: Connection, theirs: Written) -> int:
    here = {memo.id for memo in answers.read_memos(mine)}
    new = [memo for memo in theirs.memos if memo.id not in here]
    answers.write_memos(mine, new)
    return len(new)


def _merge_theme_names(mine: Connection, theirs: Written) -> int:
    """Add the names of themes that nobody named here, each with those it had before."""
    here = {naming.told.named_id for naming in theme_tables.read_namings(mine)}
    first: dict[int, int] = {}  # of the names that followed each other
    named: dict[int, set[str]] = {}
    for naming in theirs.theme_names:
        first[naming.position] = first.get(naming.replaces or naming.position, naming.position)
        named.setdefault(first[naming.position], set()).add(naming.told.named_id)
    new = [row for row in theirs.theme_names if not named[first[row.position]] & here]
    theme_tables.add_namings(mine, new)
    return len(new)
