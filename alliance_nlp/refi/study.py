"""Make a study: transcripts, codings and memos gathered at the places where they are written."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from alliance_nlp.codebook import Code
from alliance_nlp.codings import Coding, Memo
from alliance_nlp.errors import ExportError
from alliance_nlp.refi.elements import guid, plain
from alliance_nlp.transcripts import Transcript

_SEGMENT_ID = re.compile(r"(.*):(\d+)-(\d+)", re.DOTALL)


@dataclass(slots=True)
class Selection:
    """What one coder did at one place: codings, and identifiers of memos."""

    codings: list[Coding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Source:
    """A transcript with its text as it is written."""

    transcript: Transcript
    text: str
    guid: str
    selections: defaultdict[tuple[int, int, str], Selection]  # by start, end and coder
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Study:
    """What is written, put in its places; notes are identifiers of memos."""

    name: str
    sources: dict[str, Source]
    codes: list[Code]
    memos: list[Memo]
    code_notes: dict[str, list[str]]
    notes: list[str]
    adopted: list[str]  # codes that codings use and the codebook does not have
    left_out: int  # codings of transcripts that are not exported

    @property
    def selections(self) -> list[Selection]:
        """Those of all sources."""
        return [one for source in self.sources.values() for one in source.selections.values()]


def gather(
    transcripts: Iterable[Transcript],
    codebook: Iterable[Code],
    codings: Iterable[Coding],
    memos: Iterable[Memo],
    *,
    name: str,
) -> Study:
    """Put codings and memos at the places where they are written.

    Raises:
        ExportError: Two transcripts have one id, or a coding is outside of its transcript.
    """
    transcripts, codings, codes = list(transcripts), list(codings), list(codebook)
    sources = {transcript.id: _source(transcript) for transcript in transcripts}
    if len(sources) < len(transcripts):
        raise ExportError(f"{name}: two transcripts have one id; rename one of their files")
    here = [coding for coding in codings if coding.transcript_id in sources]
    adopted = sorted({coding.code_id for coding in here} - {code.id for code in codes})
    study = Study(
        name=name,
        sources=sources,
        codes=[*codes, *(Code(id=code_id, name=code_id) for code_id in adopted)],
        memos=sorted(memos, key=lambda memo: (memo.created_at, memo.id)),
        code_notes=defaultdict(list),
        notes=[],
        adopted=adopted,
        left_out=len(codings) - len(here),
    )
    for coding in sorted(here, key=lambda one: (one.created_at, one.coder, one.code_id)):
        _place_coding(sources[coding.transcript_id], coding)
    for memo in study.memos:
        _notes_of(study, memo).append(memo_guid(memo))
    return study


def memo_guid(memo: Memo) -> str:
    """Derive the identifier of a memo."""
    return guid("note", memo.id, memo.target, memo.target_id, memo.coder, memo.created_at)


def _source(transcript: Transcript) -> Source:
    # The text is part of the identity: merged, two texts under one id must not share selections.
    return Source(
        transcript=transcript,
        text=plain(transcript.text),
        guid=guid("source", transcript.id, plain(transcript.text)),
        selections=defaultdict(Selection),
    )


def _place_coding(source: Source, coding: Coding) -> None:
    if not 0 <= coding.start <= coding.end <= len(source.text):
        raise ExportError(
            f"{coding.transcript_id}: {coding.coder}'s coding {coding.code_id!r} is at "
            f"{coding.start} to {coding.end}, but the text ends at {len(source.text)}"
        )
    placed = source.selections[coding.start, coding.end, coding.coder].codings
    if coding.code_id not in [one.code_id for one in placed]:
        placed.append(coding)


def _notes_of(study: Study, memo: Memo) -> list[str]:
    """Return the list of notes that a memo belongs to."""
    if memo.target == "transcript" and memo.target_id in study.sources:
        return study.sources[memo.target_id].notes
    if memo.target == "code" and memo.target_id in {code.id for code in study.codes}:
        return study.code_notes[memo.target_id]
    place = _SEGMENT_ID.fullmatch(memo.target_id) if memo.target == "segment" else None
    source = study.sources.get(place[1]) if place else None
    if place and source and int(place[2]) <= int(place[3]) <= len(source.text):
        return source.selections[int(place[2]), int(place[3]), memo.coder].notes
    return study.notes
