"""Make corpora: segments that people have coded, to measure suggestions against."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from alliance_nlp.codebook import Codebook, read_codebook
from alliance_nlp.codings import Coding
from alliance_nlp.decisions import Decision, Review, labels_of, standing
from alliance_nlp.errors import CorpusError
from alliance_nlp.segments import Segment, offered
from alliance_nlp.transcripts.transcript import Role
from alliance_nlp.wording import count

_NEEDED = ("doc_id", "seg_id", "text", "codes")
_ROLES: dict[str, Role] = {
    "interviewer": "interviewer",
    "facilitator": "interviewer",
    "moderator": "interviewer",
    "participant": "participant",
    "patient": "participant",
    "client": "participant",
}


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """A coded corpus.

    Attributes:
        name: The name of its folder or project file.
        segments: In the row order of data.csv; `transcript_id` is the document.
        codebook: In the row order of codebook.csv.
        labels: int8 (n_segments, n_codes): 1 coded, 0 read and not coded, -1 nobody has decided.
            A folder has no -1.
        notes: What has to be known of its figures, a sentence each.
    """

    name: str
    segments: tuple[Segment, ...]
    codebook: Codebook
    labels: npt.NDArray[np.int8]
    notes: tuple[str, ...] = ()

    @property
    def measured(self) -> npt.NDArray[np.bool_]:
        """Which rows were read completely: only they can say that a code is absent.

        The others are text that is seen and not measured.
        """
        return np.asarray((self.labels >= 0).all(axis=1))


def read_corpus(path: str | Path, *, coder: str | None = None) -> Corpus:
    """Read a folder with `data.csv` and `codebook.csv`, or a coded project file.

    In a folder `data.csv` has the columns doc_id, seg_id, speaker, text, codes (names, separated by
    "|") and lang; `codebook.csv` has code and definition. The offsets of a segment are those in the
    text of its document, if the segments are written one to a line.

    Of a project file all segments are read, and of the answers those in force. A segment that the
    coder stated to have read completely has every code decided; one with single answers is -1 in
    the rest. A coder who never stated that and never answered a suggestion or rejected a code,
    such as one whose codings come from another tool, counts as having read every segment that is
    offered in the interviews in which they coded anything; except those that overlap a passage
    of theirs that is no segment any more. Examples in the codebook that are words of these
    interviews are left out, since in a test they would be answers.

    Args:
        path: The folder, or a file such as `study.alliance`.
        coder: Whose answers of a project file count; None means everyone's. Where two of them
            disagree nobody has decided then, so that the segments on which people differ are not
            measured and what is left is easier: with several coders, also measure against each
            (`read_coders`).

    Raises:
        CorpusError: A file or a column is missing, data.csv is no UTF-8 table, a code is not in
            the codebook, or a segment occurs twice; or the project has no codebook, or nobody, or
            not this coder, has decided anything in it.
        CodebookError: codebook.csv cannot be read.
        ProjectError: The file is no project.

    >>> from alliance_nlp.bundled import bundled
    >>> corpus = read_corpus(bundled("corpora/interviews-coded"))
    >>> corpus.labels.shape == (len(corpus.segments), len(corpus.codebook))
    True
    """
    path = Path(path)
    if path.is_file():
        study = _read_study(path)
        return _of_everyone(study) if coder is None else _of_coder(study, coder)
    if not path.exists():
        raise CorpusError(f"{path}: there is no such folder or project file")
    if coder is not None:
        raise CorpusError(f"{path}: only a project file, such as study.alliance, names coders")
    return _read_folder(path)


def read_coders(path: str | Path) -> dict[str, Corpus]:
    """Read a project file as one corpus for each coder, by name, all with the same segments.

    Coders who have decided about none of the segments and codes are left out. What each counts as
    having read is said in `read_corpus`.

    Raises:
        CorpusError: There is no such file, the project has no codebook, or nobody has decided
            anything.
        ProjectError: The file is no project.
    """
    path = Path(path)
    if not path.is_file():
        raise CorpusError(f"{path}: there is no such project file")
    study = _read_study(path)
    return {coder: _of_coder(study, coder) for coder in study.coders}


@dataclass(frozen=True, slots=True)
class _Study:
    """What a project file holds of its coders' work."""

    path: Path
    segments: tuple[Segment, ...]
    codebook: Codebook
    decisions: tuple[Decision, ...]
    reviews: tuple[Review, ...]
    implied: tuple[Review, ...]
    since: Mapping[str, str]

    def labels(self, coder: str | None = None) -> npt.NDArray[np.int8]:
        reviews = (*self.reviews, *self.implied)
        return labels_of(
            self.segments, self.codebook, self.decisions, reviews, coder, since=self.since
        )

    @property
    def coders(self) -> list[str]:
        names = {each.coder for each in self.decisions} | {each.coder for each in self.reviews}
        return [name for name in sorted(names) if (self.labels(name) >= 0).any()]


def _read_study(path: Path) -> _Study:
    from alliance_nlp.project import Project

    if not path.stat().st_size:  # `Project` would make it one
        raise CorpusError(f"{path} is empty: name a project file that holds codings")
    with Project(path) as project:
        segments, codebook = tuple(project.segments), project.codebook
        decisions, reviews = tuple(project.decisions), tuple(project.reviews)
        codings, since = project.codings(), project.codes_since
    if not len(codebook):
        raise CorpusError(f"{path}: the project has no codebook, so there is nothing to measure")
    codebook = _without_quotations(codebook, segments)
    implied = tuple(_implied_reviews(segments, decisions, reviews, codings))
    study = _Study(path, segments, codebook, decisions, reviews, implied, since)
    if not study.coders:
        raise CorpusError(
            f"{path}: nobody has decided anything about the segments of this project yet"
        )
    return study


def _without_quotations(codebook: Codebook, segments: Sequence[Segment]) -> Codebook:
    """Leave out examples that somebody says here: in a test they would be answers."""
    said = "\n".join(segment.text for segment in segments)
    codes = [
        replace(code, examples=tuple(each for each in code.examples if each.strip() not in said))
        for code in codebook
    ]
    return Codebook(codes, name=codebook.name)


def _implied_reviews(
    segments: Sequence[Segment],
    decisions: Sequence[Decision],
    reviews: Sequence[Review],
    codings: Sequence[Coding],
) -> Iterator[Review]:
    """Yield what coders have read who only coded, as is done in other tools."""
    answered = {
        decision.coder
        for decision in decisions
        if decision.answer == "reject" or decision.probability is not None
    }
    known = {review.coder for review in reviews} | answered
    places = {(s.transcript_id, s.start, s.end) for s in segments}
    for coder in sorted({coding.coder for coding in codings} - known):
        passages: dict[str, list[tuple[int, int]]] = {}  # of each interview
        for coding in codings:
            if coding.coder == coder:
                stray = passages.setdefault(coding.transcript_id, [])
                if (coding.transcript_id, coding.start, coding.end) not in places:
                    stray.append((coding.start, coding.end))
        for s in offered(segments):
            stray = passages.get(s.transcript_id, [(s.start, s.end)])
            if not any(start < s.end and s.start < end for start, end in stray):
                yield Review("", s.id, coder, complete=True, reviewed_at="")


def _of_coder(study: _Study, coder: str) -> Corpus:
    if coder not in study.coders:
        raise CorpusError(
            f"{study.path}: {coder!r} has decided nothing here; those who have are "
            f"{', '.join(study.coders)}"
        )
    name, labels = f"{study.path.stem} ({coder})", study.labels(coder)
    return Corpus(name, study.segments, study.codebook, labels, tuple(_notes(study, labels, coder)))


def _of_everyone(study: _Study) -> Corpus:
    labels = study.labels()
    notes = tuple(_notes(study, labels, None))
    return Corpus(study.path.stem, study.segments, study.codebook, labels, notes)


def _notes(study: _Study, labels: npt.NDArray[np.int8], coder: str | None) -> Iterator[str]:
    decided = sum(bool((row >= 0).any()) for row in labels)
    read = int((labels >= 0).all(axis=1).sum())
    if coder is None and len(study.coders) > 1:
        coded = np.any([(study.labels(each) >= 0).any(axis=1) for each in study.coders], axis=0)
        yield (
            f"Measured on the {count(read, 'segment')} of {int(coded.sum()):,} on which all coders "
            "agree; those on which people differ are left out, so the figures are too high"
        )
    elif read < decided:
        yield (
            f"Measured on {count(read, 'segment')} that were read completely; {decided - read:,} "
            "with single answers are left out"
        )
    implied = sorted(
        {each.coder for each in study.implied} & {coder or each.coder for each in study.implied}
    )
    if implied:
        yield (
            f"{', '.join(implied)} never said to have read a segment completely, and counts as "
            "having read the interviews with a coding"
        )
    answers = [each for each in standing(study.decisions) if coder in (None, each.coder)]
    seen = sum(each.probability is not None for each in answers)
    if seen:
        yield (
            f"{seen:,} of {count(len(answers), 'answer')} were given with a suggestion in view, so "
            "the figures are higher than against somebody who codes unaided"
        )


def _read_folder(folder: Path) -> Corpus:
    rows = _read_rows(folder / "data.csv")
    codebook = read_codebook(_existing(folder / "codebook.csv"))
    columns = {code.name: column for column, code in enumerate(codebook)}
    if len(columns) < len(codebook):
        twice = Counter(code.name for code in codebook).most_common(1)[0][0]
        raise CorpusError(
            f"{folder / 'codebook.csv'}: two codes have the name {twice!r}, and data.csv names "
            "codes by name alone; rename one of them"
        )
    labels = np.zeros((len(rows), len(codebook)), dtype=np.int8)
    for line, row in enumerate(rows):
        for name in filter(None, map(str.strip, row["codes"].split("|"))):
            if name not in columns:
                raise CorpusError(
                    f"{folder / 'data.csv'}, segment {row['seg_id']}: the code {name!r} is not in "
                    "codebook.csv"
                )
            labels[line, columns[name]] = 1
    name = folder.name or folder.resolve().name  # of `.`, where somebody stands in the folder
    return Corpus(name, tuple(_segments(rows)), codebook, labels)


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise CorpusError(
            f"{path}: this file is missing; a corpus is a folder with data.csv and codebook.csv, "
            "or a coded project file"
        )
    return path


def _read_rows(path: Path) -> list[dict[str, str]]:
    try:
        with _existing(path).open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            missing = [name for name in _NEEDED if name not in (reader.fieldnames or ())]
            if missing:
                raise CorpusError(
                    f"{path}: the column {missing[0]!r} is missing; it has "
                    f"{', '.join(reader.fieldnames or ['none'])}"
                )
            rows = [_whole(row, f"{path}, line {reader.line_num}") for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise CorpusError(f"{path}: this is no CSV table in UTF-8 ({error})") from error
    seen: set[str] = set()
    for row in rows:
        if row["seg_id"] in seen:
            raise CorpusError(f"{path}: the segment {row['seg_id']} stands there twice")
        seen.add(row["seg_id"])
    return rows


def _whole(row: dict[str, str], where: str) -> dict[str, str]:
    """Return the row, refusing one that a comma outside quotation marks has torn apart."""
    if None in row:
        raise CorpusError(
            f"{where}: the row has more cells than the header; put a text that holds a comma in "
            "quotation marks"
        )
    # Excel leaves out the last commas of a row whose last cells are empty.
    return {name: value or "" for name, value in row.items()}


def _segments(rows: Sequence[dict[str, str]]) -> list[Segment]:
    segments: list[Segment] = []
    previous: dict[str, Segment] = {}  # of each document
    for row in rows:
        document, speaker = row["doc_id"], row.get("speaker", "")
        start, context = 0, ""
        if before := previous.get(document):
            start = before.end + 1
            context = before.context if before.speaker == speaker else before.text
        segments.append(
            Segment(
                id=row["seg_id"],
                transcript_id=document,
                start=start,
                end=start + len(row["text"]),
                text=row["text"],
                context=context,
                speaker=speaker,
                role=_ROLES.get(speaker.casefold(), ""),
                language=row.get("lang", ""),
            )
        )
        previous[document] = segments[-1]
    return segments
