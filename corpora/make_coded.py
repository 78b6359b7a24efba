"""Make the corpus files of the invented interviews from their example codings.

    python corpora/make_coded.py

reads interviews/ and interviews-coded/codings.csv, and writes data.csv (one row per turn) and
codebook.csv (the built-in codebook) into interviews-coded/.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from alliance_nlp import Codebook, Transcript, Turn, read_transcripts

HERE = Path(__file__).parent
CODED = HERE / "interviews-coded"


def make_coded(target: Path = CODED) -> None:
    """Write data.csv and codebook.csv into the folder `target`."""
    codebook = Codebook.builtin("alliance")
    header = ("doc_id", "seg_id", "speaker", "text", "codes", "lang")
    _write(target / "data.csv", header, _turn_rows(codebook))
    definitions = ((code.name, code.definition) for code in codebook)
    _write(target / "codebook.csv", ("code", "definition"), definitions)


def turn_of(quote: str, transcript: Transcript) -> Turn:
    """Return the one turn that the quote stands in."""
    turns = [turn for turn in transcript.turns if quote in transcript.text[turn.start : turn.end]]
    times = transcript.text.count(quote)
    if len(turns) != 1 or times != 1:
        raise ValueError(
            f"codings.csv: {quote!r} stands {times} times in {transcript.source}; "
            "it must stand there once, within one turn"
        )
    return turns[0]


def _turn_rows(codebook: Codebook) -> Iterator[Sequence[str]]:
    transcripts = {read.id: read for read in read_transcripts(HERE / "interviews")}
    applied: defaultdict[tuple[str, Turn], set[str]] = defaultdict(set)
    with (CODED / "codings.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            transcript = transcripts[row["transcript_id"]]
            code = codebook.by_id(row["code_id"])
            applied[transcript.id, turn_of(row["quote"], transcript)].add(code.name)
    for transcript in transcripts.values():
        for number, turn in enumerate(transcript.turns, start=1):
            names = applied[transcript.id, turn]
            yield (
                transcript.id,
                f"{transcript.id}_{number:03}",
                turn.role,
                transcript.text[turn.start : turn.end],
                "|".join(code.name for code in codebook if code.name in names),
                transcript.language,
            )


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


if __name__ == "__main__":
    make_coded()
