"""Write projects as .qdpx: one XML file and one text for each transcript and memo, zipped."""

import io
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

from alliance_nlp.codebook import Code
from alliance_nlp.codings import Coding, Memo
from alliance_nlp.files import replacing
from alliance_nlp.refi.codebook import codebook_losses, codes_element
from alliance_nlp.refi.elements import (
    ORIGIN,
    box,
    clean_lines,
    element,
    guid,
    one_line,
    plain,
    references,
    sentences,
    to_bytes,
    utc,
)
from alliance_nlp.refi.study import Selection, Source, Study, gather, memo_guid
from alliance_nlp.transcripts import Transcript

_PROJECT = "urn:QDA-XML:project:1.0"
_NAME_LENGTH = 100  # as long as the quotations by which ATLAS.ti names selections


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
    study = gather(transcripts, codebook, codings, memos, name=name)
    texts = {source.guid: source.text for source in study.sources.values()}
    texts |= {memo_guid(memo): plain(memo.text) for memo in study.memos}
    with replacing(Path(path)) as file:
        file.write(_zip(to_bytes(_project(study)), texts))
    return _losses(study)


def _project(study: Study) -> ET.Element:
    done: list[Coding | Memo] = [*study.memos]
    for selection in study.selections:
        done += selection.codings
    coders = sorted({one.coder for one in done} - {""})
    times = sorted(time for one in done if (time := utc(one.created_at)))
    sources = sorted(study.sources.values(), key=lambda source: source.transcript.id)
    users = [element("User", guid=_user(coder), name=one_line(coder)) for coder in coders]
    codes = [codes_element(study.codes, study.code_notes)] if study.codes else []
    return element(
        "Project",
        *box("Users", users),
        *box("CodeBook", codes),
        *box("Variables", _variables(sources)),
        *box("Cases", [_case(source) for source in sources if source.transcript.attributes]),
        *box("Sources", [_text_source(source) for source in sources]),
        *box("Notes", [_note(memo) for memo in study.memos]),
        *references(study.notes),
        xmlns=_PROJECT,
        name=one_line(study.name),
        origin=ORIGIN,
        creationDateTime=times[0] if times else None,
        modifiedDateTime=times[-1] if times else None,
    )


def _user(coder: str) -> str | None:
    return guid("user", coder) if coder else None


def _variables(sources: Iterable[Source]) -> list[ET.Element]:
    names = dict.fromkeys(name for source in sources for name, _ in source.transcript.attributes)
    return [
        element("Variable", guid=guid("variable", name), name=one_line(name), typeOfVariable="Text")
        for name in names
    ]


def _case(source: Source) -> ET.Element:
    values = [
        element(
            "VariableValue",
            element("VariableRef", targetGUID=guid("variable", name)),
            element("TextValue", text=clean_lines(value)),
        )
        for name, value in source.transcript.attributes
    ]
    return element(
        "Case",
        *values,
        element("SourceRef", targetGUID=source.guid),
        guid=guid("case", source.guid),
        name=one_line(source.transcript.id),
    )


def _text_source(source: Source) -> ET.Element:
    places = sorted(source.selections)
    return element(
        "TextSource",
        *(_selection(source, place, source.selections[place]) for place in places),
        *references(source.notes),
        guid=source.guid,
        name=one_line(source.transcript.id),
        plainTextPath=f"internal://{source.guid}.txt",
    )


def _selection(source: Source, place: tuple[int, int, str], selection: Selection) -> ET.Element:
    """Write one selection per coder, since some tools read the coder from it alone."""
    start, end, coder = place
    identity = (source.guid, str(start), str(end), coder)
    first = selection.codings[0] if selection.codings else None
    codings = [
        element(
            "Coding",
            element("CodeRef", targetGUID=guid("code", coding.code_id)),
            guid=guid("coding", *identity, coding.code_id),
            creatingUser=_user(coding.coder),
            creationDateTime=utc(coding.created_at),
        )
        for coding in selection.codings
    ]
    return element(
        "PlainTextSelection",
        *codings,
        *references(selection.notes),
        guid=guid("selection", *identity),
        name=_start_of(source.text[start:end]),
        startPosition=str(start),
        endPosition=str(end),
        creatingUser=_user(coder),
        creationDateTime=utc(first.created_at) if first else None,
    )


def _start_of(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _NAME_LENGTH else f"{line[: _NAME_LENGTH - 1]}…"


def _note(memo: Memo) -> ET.Element:
    return element(
        "Note",
        guid=memo_guid(memo),
        name=_start_of(memo.text),
        plainTextPath=f"internal://{memo_guid(memo)}.txt",
        creatingUser=_user(memo.coder),
        creationDateTime=utc(memo.created_at),
    )


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


def _losses(study: Study) -> list[str]:
    sources = study.sources.values()
    transcripts = [source.transcript for source in sources]
    codings = [coding for selection in study.selections for coding in selection.codings]
    return [
        "Suggestions, probabilities, reasons, rejections, reviews and themes are not written: "
        "REFI-QDA has no place for them.",
        *sentences(
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
                    [one.text != plain(one.text) for one in study.memos],
                "The time is missing or not ISO 8601; codings":
                    [utc(one.created_at) is None for one in codings],
                "Left out, their transcripts are not part of the export; codings":
                    [True] * study.left_out,
                "Not in the codebook, written under their ids; codes": [True] * len(study.adopted),
                "Not about a transcript, segment or code here, now notes on the project; memos":
                    [True] * len(study.notes),
            }
        ),
        *codebook_losses(study.codes),
    ]  # fmt: skip
