"""Add what another coder answered in a copy of the study."""

from collections.abc import Iterable
from sqlite3 import Connection

from alliance_nlp.codebook import Codebook
from alliance_nlp.errors import CodebookError, ProjectError
from alliance_nlp.project import answers, tables
from alliance_nlp.project.forgetting import fingerprint
from alliance_nlp.transcripts import Transcript


def merge(mine: Connection, theirs: Connection, their_name: str, now: str) -> dict[str, int]:
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


def _merge_transcripts(mine: Connection, theirs: Connection, their_name: str) -> int:
    here = {transcript.id: transcript for transcript in tables.read_transcripts(mine)}
    there = tables.read_transcripts(theirs)
    # Otherwise the words of someone who asked to be forgotten would come back this way.
    _check_none_removed(there, answers.read_removed_texts(mine), f"from {their_name}")
    _check_none_removed(here.values(), answers.read_removed_texts(theirs), "here")
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


def _merge_segments(mine: Connection, theirs: Connection) -> int:
    """Add the segments of interviews that have none here, of the others the answered ones."""
    here = {segment.id for segment in tables.read_segments(mine, current_only=False)}
    segmented = {segment.transcript_id for segment in tables.read_segments(mine)}
    answered = (
        {decision.segment_id for decision in answers.read_decisions(theirs)}
        | {review.segment_id for review in answers.read_reviews(theirs)}
        | {memo.target_id for memo in answers.read_memos(theirs) if memo.target == "segment"}
    )
    current = [
        segment
        for segment in tables.read_segments(theirs)
        if segment.id not in here and segment.transcript_id not in segmented
    ]
    tables.write_segments(mine, current)
    here |= {segment.id for segment in current}
    kept = [
        segment
        for segment in tables.read_segments(theirs, current_only=False)
        if segment.id not in here and segment.id in answered
    ]
    tables.write_segments(mine, kept, current=False)
    return len(current) + len(kept)


def _merge_codebook(mine: Connection, theirs: Connection, their_name: str, now: str) -> int:
    _, here = tables.read_codebook(mine)
    _, there = tables.read_codebook(theirs)
    known = {code.id for code in here}
    new = [code for code in there if code.id not in known]
    if new:
        try:
            union = Codebook([*here, *new], name=here.name or there.name)
        except CodebookError as error:
            raise ProjectError(f"the codebook of {their_name} does not fit: {error}") from error
        tables.write_codebook(mine, union, now)
    return len(new)


def _merge_decisions(mine: Connection, theirs: Connection) -> int:
    here = {decision.id for decision in answers.read_decisions(mine)}
    new = [decision for decision in answers.read_decisions(theirs) if decision.id not in here]
    answers.write_decisions(mine, new)
    return len(new)


def _merge_reviews(mine: Connection, theirs: Connection) -> int:
    here = {review.id for review in answers.read_reviews(mine)}
    new = [review for review in answers.read_reviews(theirs) if review.id not in here]
    answers.write_reviews(mine, new)
    return len(new)


def _merge_memos(mine: Connection, theirs: Connection) -> int:
    here = {memo.id for memo in answers.read_memos(mine)}
    new = [memo for memo in answers.read_memos(theirs) if memo.id not in here]
    answers.write_memos(mine, new)
    return len(new)


def _merge_theme_names(mine: Connection, theirs: Connection) -> int:
    """Add the names of themes that nobody named here, each with those it had before."""
    here = {theme_id for theme_id, *_ in tables.read_theme_names(mine)}
    new = [row for row in tables.read_theme_names(theirs) if row[0] not in here]
    for row in new:
        tables.write_theme_name(mine, *row)
    return len(new)
