"""Make transcripts from files and folders: one call for all formats."""

import hashlib
import os
import unicodedata
import warnings
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from alliance_nlp.errors import TranscriptError, TranscriptWarning
from alliance_nlp.transcripts.languages import language_of
from alliance_nlp.transcripts.printed import read_text
from alliance_nlp.transcripts.reading import Reading
from alliance_nlp.transcripts.roles import give_roles
from alliance_nlp.transcripts.subtitles import read_srt, read_vtt
from alliance_nlp.transcripts.tables import read_csv
from alliance_nlp.transcripts.transcript import Transcript
from alliance_nlp.transcripts.word import read_docx

_READERS: dict[str, Callable[[bytes, str], Reading]] = {
    ".txt": read_text,
    ".md": read_text,
    ".docx": read_docx,
    ".vtt": read_vtt,
    ".srt": read_srt,
    ".csv": read_csv,
    ".tsv": read_csv,
}
# Interviews that would be missed in silence if these were passed over like a picture.
_CONVERTIBLE = {
    **dict.fromkeys((".doc", ".rtf", ".odt", ".pages", ".pdf"), ".docx"),
    **dict.fromkeys((".xlsx", ".xls", ".ods"), ".csv"),
    **dict.fromkeys((".html", ".htm", ".json", ".otr"), ".txt"),
}
_ABOUT_THE_FOLDER = ("readme", "license", "licence")  # no interview, whatever the ending
_ENDINGS = ", ".join(_READERS)

_Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


@dataclass(frozen=True, slots=True)
class _Read:
    """A transcript and the ids it may have, from short to certainly unique."""

    transcript: Transcript
    ids: tuple[str, ...]


def read_transcripts(
    path: _Paths,
    *,
    language: str | None = None,
    interviewers: str | Collection[str] = (),
    on_error: Literal["raise", "warn"] = "raise",
) -> list[Transcript]:
    r"""Read a file, a folder with all below it, or several of these, in order of id.

    Read are .txt, .md, .docx, .vtt, .srt, .csv and .tsv. In a folder hidden files, lock files,
    README, LICENSE and other endings are passed over; endings that interviews often have, such as
    .pdf and .xlsx, are errors. An id is the name of the file without its ending; with it, or with
    its folders, where two would be the same.

    Args:
        path: What to read.
        language: ISO 639-1 code for all of them; `None` tells it from the words.
        interviewers: Labels of speakers who interview; `()` tells them from their labels and
            their questions.
        on_error: `"raise"` stops at the first file that cannot be read; `"warn"` leaves each
            such file out with one `TranscriptWarning`.

    Raises:
        TranscriptError: A file cannot be read, or there is none. It names file, place and remedy.

    Warns:
        TranscriptWarning: Something in a file was repaired, one sentence per file, or an
            interviewer who was named does not speak.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "p01.txt")
    ...     _ = file.write_text("I: How are you?\nP: Fine, thank you.", encoding="utf-8")
    ...     (transcript,) = read_transcripts(folder)
    >>> transcript.id, transcript.language, [turn.role for turn in transcript.turns]
    ('p01', 'en', ['interviewer', 'participant'])
    """
    if on_error not in ("raise", "warn"):
        raise ValueError(f"on_error is {on_error!r}; it must be 'raise' or 'warn'")
    given = [path] if isinstance(path, str | os.PathLike) else list(path)
    files = list(dict.fromkeys(file for one in given for file in _files(Path(one))))
    base = _base([Path(one) for one in given], files)
    read: list[_Read] = []
    for file in files:
        try:
            read.extend(_read_file(file, base, language))
        except TranscriptError as error:
            if on_error == "raise":
                raise
            warnings.warn(f"left out: {error}", TranscriptWarning, stacklevel=2)
    transcripts = sorted(_with_unique_ids(read), key=lambda transcript: transcript.id)
    named = {interviewers} if isinstance(interviewers, str) else set(interviewers)
    for label in sorted(named - {turn.speaker for each in transcripts for turn in each.turns}):
        warnings.warn(f"no speaker is called {label!r}", TranscriptWarning, stacklevel=2)
    return give_roles(transcripts, interviewers=named)


def _files(path: Path) -> Iterator[Path]:
    """Yield the files to read, in an order that does not depend on the system."""
    if path.is_file():
        yield path
        return
    if not path.is_dir():
        raise TranscriptError(f"{path}: there is no such file or folder; check the name")
    known = [
        file
        for file in sorted(path.rglob("*"))
        if file.suffix.lower() in _READERS.keys() | _CONVERTIBLE.keys()
        and not file.name.lower().startswith(_ABOUT_THE_FOLDER)
        and not any(part.startswith((".", "~$")) for part in file.relative_to(path).parts)
        and file.is_file()
    ]
    if not known:
        raise TranscriptError(f"{path}: there is no transcript in the folder; read are {_ENDINGS}")
    yield from known


def _base(given: Sequence[Path], files: Sequence[Path]) -> Path:
    """Return the folder that ids are relative to when names clash."""
    if len(given) == 1 and given[0].is_dir():
        return given[0]
    try:
        return Path(os.path.commonpath([file.absolute().parent for file in files]))
    except ValueError:  # no files, or on several drives
        return Path()


def _read_file(file: Path, base: Path, language: str | None) -> Iterator[_Read]:
    """Read one file with the reader for its ending."""
    _check_name(file)
    ending = file.suffix.lower()
    if ending in _CONVERTIBLE:
        raise TranscriptError(
            f"{file}: {ending} cannot be read; open it and save it as {_CONVERTIBLE[ending]}"
        )
    if ending not in _READERS:
        raise TranscriptError(f"{file}: the ending {ending!r} is not known; read are {_ENDINGS}")
    try:
        content = file.read_bytes()
    except OSError as error:
        raise TranscriptError(
            f"{file}: the file cannot be opened ({error.strerror}); check that you may read it"
        ) from error
    reading = _READERS[ending](content, str(file))
    if not any(transcript.turns for transcript in reading.transcripts):
        raise TranscriptError(f"{file}: nobody says anything in it; check that it is a transcript")
    if reading.repairs:
        warnings.warn(f"{file}: {'; '.join(reading.repairs)}", TranscriptWarning, stacklevel=3)
    sha256 = hashlib.sha256(content).hexdigest()
    for transcript in reading.transcripts:
        finished = replace(
            transcript,
            language=language or transcript.language or _spoken_language(transcript),
            source=file.name,
            sha256=sha256,
        )
        yield _Read(finished, _possible_ids(file, base, transcript.id))


def _check_name(file: Path) -> None:
    """Refuse a name that is no text, as a zip file of another system may leave it on Linux."""
    try:
        str(file).encode()
    except UnicodeEncodeError as error:
        readable = str(file).encode(errors="replace").decode()
        raise TranscriptError(
            f"{readable}: the name holds characters that cannot be read (here ?); rename the file "
            "or its folder"
        ) from error


def _spoken_language(transcript: Transcript) -> str:
    return language_of("\n".join(transcript.text[t.start : t.end] for t in transcript.turns))


def _possible_ids(file: Path, base: Path, in_table: str) -> tuple[str, ...]:
    """Return the ids from short to unique; composed letters, so that all systems agree."""
    absolute, root = file.absolute(), base.absolute()
    place = absolute.relative_to(root) if absolute.is_relative_to(root) else absolute
    names = [file.stem, file.name, place.as_posix().replace("/", "-"), place.as_posix()]
    if in_table:
        names = [in_table, *(f"{name}-{in_table}" for name in names)]
    return tuple(unicodedata.normalize("NFC", name) for name in names)


def _with_unique_ids(read: Sequence[_Read]) -> list[Transcript]:
    """Give each transcript the shortest of its ids that no other has."""
    chosen = [0] * len(read)
    while True:
        ids = [one.ids[level] for one, level in zip(read, chosen, strict=True)]
        seen = Counter(ids)
        longer = [
            min(level + (seen[name] > 1), len(one.ids) - 1)
            for one, level, name in zip(read, chosen, ids, strict=True)
        ]
        if longer == chosen:
            return [replace(one.transcript, id=name) for one, name in zip(read, ids, strict=True)]
        chosen = longer
