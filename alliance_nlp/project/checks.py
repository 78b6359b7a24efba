"""Refuse what does not fit the project, each with one sentence."""

import unicodedata
import warnings
from collections.abc import Mapping
from pathlib import Path
from sqlite3 import Connection
from typing import TYPE_CHECKING

from alliance_nlp.codings import MemoTarget
from alliance_nlp.decisions import Decision
from alliance_nlp.errors import ProjectError, ProjectWarning, TranscriptRefusedError
from alliance_nlp.project import answers, tables
from alliance_nlp.project.forgetting import fingerprint
from alliance_nlp.segments import Segment, segment
from alliance_nlp.suggestions import Suggestion
from alliance_nlp.transcripts import Transcript
from alliance_nlp.wording import quoted

if TYPE_CHECKING:
    from alliance_nlp.project.project import Project


def theme_name(name: str) -> str:
    """Return the name of a theme in one line; a number would be taken for that of another."""
    name = " ".join(name.split())
    if name.isdecimal():
        raise ProjectError(f"{name!r} cannot be the name of a theme: themes have numbers")
    return name


def check_exists(connection: Connection, target: MemoTarget, target_id: str) -> None:
    """Refuse the id of something that is not in the project."""
    if not tables.has(connection, target, target_id):
        raise ProjectError(f"there is no {target} {target_id!r} in the project")


def check_not_removed(transcript: Transcript, removed: Mapping[str, str]) -> None:
    """Refuse a text that was removed; `removed` says when, by fingerprint."""
    removed_at = removed.get(fingerprint(transcript.text))
    if removed_at is not None:
        raise TranscriptRefusedError(
            f"{transcript.id} was removed at a participant's request on {removed_at[:10]}: leave "
            "its file out to add the others"
        )


def id_here(transcript: Transcript, known: Mapping[str, Transcript]) -> str:
    """Return the id that a transcript has in the project, or its own if it is new.

    Ids depend on what is read together: `p01` is `p01.txt` as soon as there is a `p01.vtt`.
    Interviews of one table are of one file, too, but not named after it.
    """
    own = known.get(transcript.id)
    file = unicodedata.normalize("NFC", transcript.source)  # as ids are
    named_after_file = transcript.id.endswith((file, Path(file).stem))
    if (own and own.text == transcript.text) or not transcript.sha256 or not named_after_file:
        return transcript.id
    content = (transcript.sha256, transcript.text)
    same = (id_ for id_, one in known.items() if (one.sha256, one.text) == content)
    return next(same, transcript.id)


def check_same_file(before: Transcript, transcript: Transcript) -> None:
    """Refuse another text under the same name, unless it is read from the same file."""
    if not transcript.sha256 or transcript.sha256 != before.sha256:
        raise TranscriptRefusedError(
            f"{transcript.id} is in the project already with another text, and its codings would "
            "point at other words: give the new file another name"
        )


def check_place(segment: Segment, texts: Mapping[str, str]) -> None:
    """Refuse a segment that is not the passage it says; `texts` is by transcript."""
    text = texts.get(segment.transcript_id)
    if text is None:
        raise ProjectError(
            f"segment {segment.id}: there is no transcript {segment.transcript_id!r}: add it first"
        )
    if text[segment.start : segment.end] != segment.text:
        raise ProjectError(
            f"segment {segment.id}: the transcript says something else there: make the segments "
            "anew from the project's transcripts"
        )


def answer_to_withdraw(connection: Connection, decision_id: str, coder: str) -> Decision:
    """Return an answer; refuse one that is another coder's or is taken back already."""
    earlier = answers.read_decisions(connection)
    decision = next((one for one in earlier if one.id == decision_id), None)
    if decision is None or decision.answer == "withdraw":
        raise ProjectError(f"there is no answer {decision_id!r} in the project")
    if decision.coder != coder:
        raise ProjectError(
            f"the answer is {decision.coder}'s: {coder!r} can answer otherwise instead"
        )
    if any(one.withdraws == decision_id for one in earlier):
        raise ProjectError("the answer has been taken back already")
    return decision


def segments_to_code(project: "Project") -> list[Segment]:
    """Return the segments of a project that must have some.

    Raises:
        ProjectError: There is none yet.

    Warns:
        ProjectWarning: Some interviews are not cut yet, as an interrupted `ingest` leaves them.
    """
    segments, transcripts = project.segments, project.transcripts
    remedy = f"run `alliance-nlp ingest {quoted(project.path)} FOLDER`"
    if not segments:
        raise ProjectError(f"{project.path} holds no segments yet: {remedy} first")
    cut = {each.transcript_id for each in segments}
    # An interview may hold nothing to code, such as a test of the microphone.
    uncut = [each for each in transcripts if each.id not in cut and segment([each], unit="turn")]
    if uncut:
        warnings.warn(
            f"{len(uncut)} of {len(transcripts)} interviews {'is' if len(uncut) == 1 else 'are'} "
            f"not cut into segments yet: {remedy} again",
            ProjectWarning,
            stacklevel=2,
        )
    return segments


def suggestions_to_answer(project: "Project") -> list[Suggestion]:
    """Return the suggestions of a project that must have some.

    Raises:
        ProjectError: There is none yet.
    """
    suggestions = project.suggestions
    if not suggestions:
        raise ProjectError(
            f"{project.path} holds no suggestions yet: "
            f"run `alliance-nlp suggest {quoted(project.path)}` first"
        )
    return suggestions


def coder_name(coder: str) -> str:
    """Return the name of a coder without the blanks around it; refuse one that is empty.

    >>> coder_name(" Eva Ek ")
    'Eva Ek'
    """
    name = coder.strip()
    if not name:
        raise ProjectError("an answer needs the name of the coder who gives it")
    return name
