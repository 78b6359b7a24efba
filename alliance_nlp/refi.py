"""Write REFI-QDA 1.5: codebooks (.qdc) and projects (.qdpx) that other analysis tools open.

Both writers return what the format could not carry, as sentences for the user.  Identifiers are
derived from what they stand for, so two exports of one study name the same things alike and can be
merged.  Equal input gives equal bytes.
"""

import io
import re
import uuid
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

from alliance_nlp import __version__
from alliance_nlp.codebook import Code
from alliance_nlp.codings import Coding, Memo
from alliance_nlp.errors import ExportError
from alliance_nlp.files import replacing
from alliance_nlp.transcripts import Transcript

_ORIGIN = f"alliance_nlp {__version__}"
_CODEBOOK = "urn:QDA-XML:codebook:1.0"
_PROJECT = "urn:QDA-XML:project:1.0"
_GUIDS = uuid.UUID("f1e471cd-bb8d-508d-bc84-2ffd2ce67e46")  # never changes: files out there use it
_NAME_LENGTH = 100  # as long as the quotations by which ATLAS.ti names selections
_HEADINGS = ("Include:", "Exclude:", "Examples:", "Source:")
_COLOURS = (
    "#332288", "#CC6677", "#117733", "#B8860B", "#0077BB", "#AA4499",
    "#44AA99", "#882255", "#999933", "#EE7733", "#661100", "#6699CC",
)  # fmt: skip
_NOT_XML = re.compile(r"[^\t\n -~\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What tools count differently or cannot read in a plain text: a mark at the start, CR, half pairs.
_NOT_PLAIN = re.compile(r"\A\ufeff|[\r\ud800-\udfff]")
_SEGMENT_ID = re.compile(r"(.*):(\d+)-(\d+)", re.DOTALL)


@dataclass(slots=True)
class _Selection:
    codings: list[Coding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Source:
    transcript: Transcript
    text: str
    guid: str
    selections: defaultdict[tuple[int, int, str], _Selection]  # by start, end and coder
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Study:
    """What is written, put in its places; notes are identifiers of memos."""

    name: str
    sources: dict[str, _Source]
    codes: list[Code]
    memos: list[Memo]
    code_notes: dict[str, list[str]]
    notes: list[str]
    adopted: list[str]  # codes that codings use and the codebook does not have
    left_out: int  # codings of transcripts that are not exported

    @property
    def selections(self) -> list[_Selection]:
        return [one for source in self.sources.values() for one in source.selections.values()]


def write_codebook_qdc(path: str | Path, codebook: Iterable[Code]) -> list[str]:
    """Write a codebook as .qdc and return what could not be carried, one sentence each.

    Include, exclude, examples and source are put into the description, each below a heading on a
    line of its own.  Parents stay codable.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> write_codebook_qdc(folder / "study.qdc", [Code("trust", "Trust", "Feeling safe.")])
    []
    """
    codes = list(codebook)
    if not codes:
        raise ExportError(f"{path}: the codebook has no codes, and a .qdc file needs at least one")
    root = _element("CodeBook", _codes(codes, {}), xmlns=_CODEBOOK, origin=_ORIGIN)
    with replacing(Path(path)) as file:
        file.write(_xml(root))
    return _codebook_losses(codes)


def write_project_qdpx(
    path: str | Path,
    transcripts: Iterable[Transcript],
    codebook: Iterable[Code],
    codings: Iterable[Coding],
    memos: Iterable[Memo] = (),
    *,
    name: str,
) -> list[str]:
    """Write transcripts, codebook, codings and memos as .qdpx and return what was left behind.

    A passage that several coders coded is one selection with a coding for each of them.  The
    attributes of a transcript become variables of a case with its name.  Memos on a transcript, a
    segment or a code become notes there, all others notes on the project.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "study.qdpx"
    >>> losses = write_project_qdpx(
    ...     path,
    ...     [Transcript("p01", "I was met.")],
    ...     [Code("trust", "Trust")],
    ...     [Coding("p01", 0, 10, "trust", "anna", "2026-01-31T09:30:00+00:00")],
    ...     name="Counselling",
    ... )
    >>> len(losses)
    1
    """
    study = _gather(transcripts, codebook, codings, memos, name=name)
    texts = {source.guid: source.text for source in study.sources.values()}
    texts |= {_memo_guid(memo): _plain(memo.text) for memo in study.memos}
    with replacing(Path(path)) as file:
        file.write(_zip(_xml(_project(study)), texts))
    return _losses(study)


def _gather(
    transcripts: Iterable[Transcript],
    codebook: Iterable[Code],
    codings: Iterable[Coding],
    memos: Iterable[Memo],
    *,
    name: str,
) -> _Study:
    transcripts, codings, codes = list(transcripts), list(codings), list(codebook)
    sources = {transcript.id: _source(transcript) for transcript in transcripts}
    if len(sources) < len(transcripts):
        raise ExportError(f"{name}: two transcripts have one id; rename one of their files")
    here = [coding for coding in codings if coding.transcript_id in sources]
    adopted = sorted({coding.code_id for coding in here} - {code.id for code in codes})
    study = _Study(
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
        _notes_of(study, memo).append(_memo_guid(memo))
    return study


def _source(transcript: Transcript) -> _Source:
    # The text is part of the identity: merged, two texts under one id must not share selections.
    return _Source(
        transcript=transcript,
        text=_plain(transcript.text),
        guid=_guid("source", transcript.id, _plain(transcript.text)),
        selections=defaultdict(_Selection),
    )


def _plain(text: str) -> str:
    """Replace what tools would count differently by one space each, so that offsets stay."""
    return _NOT_PLAIN.sub(" ", text)


def _guid(*parts: str) -> str:
    # The parts are joined by a character that none of them ought to have.
    return str(uuid.uuid5(_GUIDS, _NOT_PLAIN.sub(" ", "\x1f".join(parts))))


def _place_coding(source: _Source, coding: Coding) -> None:
    if not 0 <= coding.start <= coding.end <= len(source.text):
        raise ExportError(
            f"{coding.transcript_id}: {coding.coder}'s coding {coding.code_id!r} is at "
            f"{coding.start} to {coding.end}, but the text ends at {len(source.text)}"
        )
    placed = source.selections[coding.start, coding.end, coding.coder].codings
    if coding.code_id not in [one.code_id for one in placed]:
        placed.append(coding)


def _notes_of(study: _Study, memo: Memo) -> list[str]:
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


def _memo_guid(memo: Memo) -> str:
    return _guid("note", memo.id, memo.target, memo.target_id, memo.coder, memo.created_at)


def _project(study: _Study) -> ET.Element:
    done: list[Coding | Memo] = [*study.memos]
    for selection in study.selections:
        done += selection.codings
    coders = sorted({one.coder for one in done} - {""})
    times = sorted(time for one in done if (time := _time(one.created_at)))
    sources = sorted(study.sources.values(), key=lambda source: source.transcript.id)
    users = [_element("User", guid=_user(coder), name=_name(coder)) for coder in coders]
    codes = [_codes(study.codes, study.code_notes)] if study.codes else []
    return _element(
        "Project",
        *_box("Users", users),
        *_box("CodeBook", codes),
        *_box("Variables", _variables(sources)),
        *_box("Cases", [_case(source) for source in sources if source.transcript.attributes]),
        *_box("Sources", [_text_source(source) for source in sources]),
        *_box("Notes", [_note(memo) for memo in study.memos]),
        *_references(study.notes),
        xmlns=_PROJECT,
        name=_name(study.name),
        origin=_ORIGIN,
        creationDateTime=times[0] if times else None,
        modifiedDateTime=times[-1] if times else None,
    )


def _time(moment: str) -> str | None:
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    at = at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _box(tag: str, children: Sequence[ET.Element]) -> list[ET.Element]:
    """Return the container with its children, or nothing: empty containers are invalid."""
    return [_element(tag, *children)] if children else []


def _element(
    tag: str, *children: ET.Element, text: str | None = None, **attributes: str | None
) -> ET.Element:
    element = ET.Element(
        tag, {key: value for key, value in attributes.items() if value is not None}
    )
    element.extend(children)
    element.text = text
    return element


def _user(coder: str) -> str | None:
    return _guid("user", coder) if coder else None


def _name(text: str) -> str:
    """Return a text as one line without characters that XML or other tools refuse."""
    return " ".join(filter(None, (_NOT_XML.sub("", word) for word in text.split())))


def _codes(codes: Sequence[Code], notes: Mapping[str, list[str]]) -> ET.Element:
    ids = {code.id for code in codes}
    elements = {
        code.id: _code(code, _COLOURS[index % len(_COLOURS)], notes.get(code.id, []))
        for index, code in enumerate(codes)
    }
    top = _element("Codes")
    for code in codes:
        parent = elements[code.parent] if code.parent in ids else top
        parent.append(elements[code.id])
    return top


def _code(code: Code, colour: str, notes: Sequence[str]) -> ET.Element:
    description = _description(code)
    return _element(
        "Code",
        *([_element("Description", text=description)] if description else []),
        *_references(notes),
        guid=_guid("code", code.id),
        name=_name(code.name) or _name(code.id),
        isCodable="true",
        color=colour,
    )


def _description(code: Code) -> str:
    """Return all texts of a code, each but the definition below its heading.

    A line that looks like a heading is set in by a space, further lines of an example by two, so
    that the parts can be told apart again.
    """
    examples = "\n".join("- " + _lines(one).replace("\n", "\n  ") for one in code.examples)
    below = zip(_HEADINGS, (code.include, code.exclude, examples, code.source), strict=True)
    parts = [_set_in(code.definition)]
    parts += [f"{heading}\n{text}" for heading, each in below if (text := _set_in(each))]
    return "\n\n".join(filter(None, parts))


def _set_in(text: str) -> str:
    lines = _lines(text).split("\n")
    return "\n".join(f" {line}" if line in _HEADINGS else line for line in lines)


def _lines(text: str) -> str:
    return _NOT_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _references(notes: Iterable[str]) -> list[ET.Element]:
    return [_element("NoteRef", targetGUID=guid) for guid in notes]


def _variables(sources: Iterable[_Source]) -> list[ET.Element]:
    names = dict.fromkeys(name for source in sources for name, _ in source.transcript.attributes)
    return [
        _element("Variable", guid=_guid("variable", name), name=_name(name), typeOfVariable="Text")
        for name in names
    ]


def _case(source: _Source) -> ET.Element:
    values = [
        _element(
            "VariableValue",
            _element("VariableRef", targetGUID=_guid("variable", name)),
            _element("TextValue", text=_lines(value)),
        )
        for name, value in source.transcript.attributes
    ]
    return _element(
        "Case",
        *values,
        _element("SourceRef", targetGUID=source.guid),
        guid=_guid("case", source.guid),
        name=_name(source.transcript.id),
    )


def _text_source(source: _Source) -> ET.Element:
    places = sorted(source.selections)
    return _element(
        "TextSource",
        *(_selection(source, place, source.selections[place]) for place in places),
        *_references(source.notes),
        guid=source.guid,
        name=_name(source.transcript.id),
        plainTextPath=f"internal://{source.guid}.txt",
    )


def _selection(source: _Source, place: tuple[int, int, str], selection: _Selection) -> ET.Element:
    """Write one selection per coder, since some tools read the coder from it alone."""
    start, end, coder = place
    identity = (source.guid, str(start), str(end), coder)
    first = selection.codings[0] if selection.codings else None
    codings = [
        _element(
            "Coding",
            _element("CodeRef", targetGUID=_guid("code", coding.code_id)),
            guid=_guid("coding", *identity, coding.code_id),
            creatingUser=_user(coding.coder),
            creationDateTime=_time(coding.created_at),
        )
        for coding in selection.codings
    ]
    return _element(
        "PlainTextSelection",
        *codings,
        *_references(selection.notes),
        guid=_guid("selection", *identity),
        name=_start_of(source.text[start:end]),
        startPosition=str(start),
        endPosition=str(end),
        creatingUser=_user(coder),
        creationDateTime=_time(first.created_at) if first else None,
    )


def _start_of(text: str) -> str:
    line = _name(text)
    return line if len(line) <= _NAME_LENGTH else f"{line[: _NAME_LENGTH - 1]}…"


def _note(memo: Memo) -> ET.Element:
    return _element(
        "Note",
        guid=_memo_guid(memo),
        name=_start_of(memo.text),
        plainTextPath=f"internal://{_memo_guid(memo)}.txt",
        creatingUser=_user(memo.coder),
        creationDateTime=_time(memo.created_at),
    )


def _xml(root: ET.Element) -> bytes:
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written


def _zip(project: bytes, texts: Mapping[str, str]) -> bytes:
    packed = io.BytesIO()
    files = {"project.qde": project}
    files |= {f"sources/{guid}.txt": text.encode() for guid, text in texts.items()}
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file_name, content in files.items():
            entry = zipfile.ZipInfo(file_name)  # dated 1980, so that equal input gives equal bytes
            entry.external_attr = 0o600 << 16  # without a mode, unzip makes it readable by nobody
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _losses(study: _Study) -> list[str]:
    sources = study.sources.values()
    transcripts = [source.transcript for source in sources]
    codings = [coding for selection in study.selections for coding in selection.codings]
    return [
        "Suggestions, probabilities, reasons, rejections, reviews and themes are not written: "
        "REFI-QDA has no place for them.",
        *_sentences(
            {
                "Times are not written, they would need the recording; transcripts with times":
                    [bool(one.sync_points) for one in transcripts],
                "Speakers and roles are not marked, labels stay in the text; transcripts":
                    [bool(one.turns) for one in transcripts],
                "The language is not written; transcripts":
                    [bool(one.language) for one in transcripts],
                "Characters that tools count differently became spaces; transcripts":
                    [one.text != one.transcript.text for one in sources],
                "Characters that tools count differently became spaces; memos":
                    [one.text != _plain(one.text) for one in study.memos],
                "The time is missing or not ISO 8601; codings":
                    [_time(one.created_at) is None for one in codings],
                "Left out, their transcripts are not part of the export; codings":
                    [True] * study.left_out,
                "Not in the codebook, written under their ids; codes": [True] * len(study.adopted),
                "Not about a transcript, segment or code here, now notes on the project; memos":
                    [True] * len(study.notes),
            }
        ),
        *_codebook_losses(study.codes),
    ]  # fmt: skip


def _codebook_losses(codes: Sequence[Code]) -> list[str]:
    return _sentences(
        {
            "Translations are not written; codes": [bool(one.translations) for one in codes],
            "Include, exclude, examples and source stand in the description; codes":
                [bool(one.include or one.exclude or one.examples or one.source) for one in codes],
            "The name is written on one line without control characters; codes":
                [one.name != _name(one.name) for one in codes],
        }
    )  # fmt: skip


def _sentences(found: Mapping[str, Sequence[bool]]) -> list[str]:
    return [f"{sentence}: {sum(each):,}." for sentence, each in found.items() if any(each)]
