"""Make corpora: segments that people have coded, to measure suggestions against."""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from alliance_nlp.codebook import Codebook, read_codebook
from alliance_nlp.errors import CorpusError
from alliance_nlp.segments import Segment
from alliance_nlp.transcripts.transcript import Role

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
        name: The name of its folder.
        segments: In the row order of data.csv; `transcript_id` is the document.
        codebook: In the row order of codebook.csv.
        labels: int8 (n_segments, n_codes): 1 coded, 0 read and not coded.
    """

    name: str
    segments: tuple[Segment, ...]
    codebook: Codebook
    labels: npt.NDArray[np.int8]


def read_corpus(folder: str | Path) -> Corpus:
    """Read a folder with `data.csv` and `codebook.csv`.

    `data.csv` has the columns doc_id, seg_id, speaker, text, codes (names, separated by "|") and
    lang; `codebook.csv` has code and definition. The offsets of a segment are those in the text of
    its document, if the segments are written one to a line.

    Raises:
        CorpusError: A file or a column is missing, data.csv is no UTF-8 table, a code is not in
            the codebook, or a segment occurs twice.
        CodebookError: codebook.csv cannot be read.

    >>> from alliance_nlp.bundled import bundled
    >>> corpus = read_corpus(bundled("corpora/interviews-coded"))
    >>> corpus.labels.shape == (len(corpus.segments), len(corpus.codebook))
    True
    """
    folder = Path(folder)
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
    return Corpus(folder.name, tuple(_segments(rows)), codebook, labels)


def complete_rows(corpus: Corpus) -> npt.NDArray[np.intp]:
    """Return the rows of the segments that were read completely: every code is decided."""
    return np.flatnonzero((corpus.labels >= 0).all(axis=1))


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise CorpusError(
            f"{path}: this file is missing; a corpus is a folder with data.csv and codebook.csv"
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
