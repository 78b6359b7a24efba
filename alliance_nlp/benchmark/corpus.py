"""Make corpora: segments that people have coded, to measure suggestions against."""

import csv
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
        CorpusError: A file or a column is missing, a code is not in the codebook, or a row
            occurs twice.

    >>> from alliance_nlp.bundled import bundled
    >>> corpus = read_corpus(bundled("corpora/interviews-coded"))
    >>> corpus.labels.shape == (len(corpus.segments), len(corpus.codebook))
    True
    """
    folder = Path(folder)
    rows = _read_rows(folder / "data.csv")
    codebook = read_codebook(_existing(folder / "codebook.csv"))
    columns = {code.name: column for column, code in enumerate(codebook)}
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


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise CorpusError(
            f"{path}: this file is missing; a corpus is a folder with data.csv and codebook.csv"
        )
    return path


def _read_rows(path: Path) -> list[dict[str, str]]:
    with _existing(path).open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = [name for name in _NEEDED if name not in (reader.fieldnames or ())]
        if missing:
            raise CorpusError(
                f"{path}: the column {missing[0]!r} is missing; it has "
                f"{', '.join(reader.fieldnames or ['none'])}"
            )
        rows = [{name: value or "" for name, value in row.items()} for row in reader]
    seen: set[str] = set()
    for row in rows:
        if row["seg_id"] in seen:
            raise CorpusError(f"{path}: the segment {row['seg_id']} stands there twice")
        seen.add(row["seg_id"])
    return rows


def _segments(rows: Sequence[dict[str, str]]) -> list[Segment]:
    segments: list[Segment] = []
    ends: dict[str, int] = {}
    turns: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        document, speaker = row["doc_id"], row.get("speaker", "")
        start = ends.get(document, -1) + 1
        ends[document] = start + len(row["text"])
        said = turns.setdefault(document, [])
        others = (words for who, words in reversed(said) if who != speaker)
        segments.append(
            Segment(
                id=row["seg_id"],
                transcript_id=document,
                start=start,
                end=ends[document],
                text=row["text"],
                context=next(others, ""),
                speaker=speaker,
                role=_ROLES.get(speaker.casefold(), ""),
                language=row.get("lang", ""),
            )
        )
        said.append((speaker, row["text"]))
    return segments
