"""Measure what teaching the suggestions takes, and write benchmarks/teaching.json.

    python benchmarks/teaching.py CORPORA

Five questions that the curves of run.py leave open: which order of reading teaches most, whether
answers in one language teach another, whether the sentence that is named as the reason is the one
that people name, what parameters learned from more corpora would bring, and how long a refit takes.
"""

import argparse
import csv
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import numpy.typing as npt
from run import CORPORA, SEEDS, described, left_out_weights

from alliance_nlp import Code, Codebook, CodeSuggester, Segment, embed, read_corpus, suggest_codes
from alliance_nlp.benchmark.baselines import BASELINES, Make
from alliance_nlp.benchmark.corpus import Corpus
from alliance_nlp.benchmark.evaluation import in_drawn_order, predict, split
from alliance_nlp.benchmark.measures import (
    calibration_error,
    calibration_floor,
    mean_average_precision,
    recall_at,
)
from alliance_nlp.benchmark.summary import made_with, results_json
from alliance_nlp.segments import sentences
from alliance_nlp.suggestions import most_informative_first
from alliance_nlp.suggestions.learning import UNDECIDED, Labels
from alliance_nlp.suggestions.rows import Floats

OUT = Path(__file__).parent / "teaching.json"
BUDGETS = (20, 50, 100)
RENEWED_AFTER = 20  # segments, in the orders that depend on what was answered
RATIONALES = "epitome"
LANGUAGES, TAUGHT_IN = "sib200", "en"
WITHOUT = "learn_weights.py"

Rows = npt.NDArray[np.intp]
Reading = Callable[[Corpus, Floats, Make, Rows, int], Rows]


def decided(corpus: Corpus, rows: Rows) -> Labels:
    """Return labels that hold the human codings of some rows."""
    labels = np.full(corpus.labels.shape, UNDECIDED, dtype=np.int8)
    labels[rows] = corpus.labels[rows]
    return labels


# ---------------------------------------------------------------- orders of reading


def at_random(corpus: Corpus, embeddings: Floats, make: Make, pool: Rows, n: int) -> Rows:
    """Read segments as the protocol draws them."""
    return pool[:n]


def in_document_order(corpus: Corpus, embeddings: Floats, make: Make, pool: Rows, n: int) -> Rows:
    """Read interview by interview, in the order in which the first segments were drawn."""
    drawn = {row: place for place, row in enumerate(pool)}
    first: dict[str, int] = {}
    for row in pool:
        first.setdefault(corpus.segments[row].transcript_id, drawn[row])
    return np.array(sorted(pool, key=lambda row: (first[corpus.segments[row].transcript_id], row)))[
        :n
    ]


def most_likely(corpus: Corpus, embeddings: Floats, make: Make, pool: Rows, n: int) -> Rows:
    """Read where the surest suggestions are, and make them anew with each page."""
    read: list[int] = []
    while len(read) < n:
        p = predict(make, corpus, decided(corpus, np.array(read, int)), embeddings).max(axis=1)
        p[read] = -1.0
        read += sorted(pool.tolist(), key=lambda row: -p[row])[:RENEWED_AFTER]
    return np.array(read[:n])


def most_informative(corpus: Corpus, embeddings: Floats, make: Make, pool: Rows, n: int) -> Rows:
    """Read what stands for most others, and order anew with each page."""
    segments = [corpus.segments[row] for row in pool]
    row_of = {segment.id: row for segment, row in zip(segments, pool, strict=True)}
    read: list[str] = []
    while len(read) < n:
        order = most_informative_first(segments, embeddings[pool], set(read))
        read += [segment.id for segment in order[:RENEWED_AFTER]]
    return np.array([row_of[name] for name in read[:n]])


READING: dict[str, Reading] = {
    "random": at_random,
    "document": in_document_order,
    "likely": most_likely,
    "informative": most_informative,
}


def orders(corpus: Corpus, make: Make) -> Iterator[dict[str, Any]]:
    """Yield how good the suggestions are after so many segments, read in each order."""
    embeddings = embed(corpus.segments)
    for seed in range(SEEDS):
        shuffled = in_drawn_order(corpus, seed)
        test, pool = split(shuffled, seed)
        budgets = [budget for budget in BUDGETS if budget < len(pool)]
        for name, reading in READING.items():
            read = reading(shuffled, embeddings, make, pool, max(budgets))
            for budget in budgets:
                labels = decided(shuffled, read[:budget])
                row = measured(shuffled, predict(make, shuffled, labels, embeddings), test)
                yield {"order": name, "seed": seed, "n": budget, **row}


def measured(corpus: Corpus, estimate: Floats, test: Rows) -> dict[str, float]:
    """Return the protocol's figures for the test."""
    reference, p = corpus.labels[test] == 1, estimate[test]
    return {
        "recall_at_1": recall_at(reference, p, 1),
        "recall_at_5": recall_at(reference, p, 5),
        "map": mean_average_precision(reference, p),
        "ece_above_floor": calibration_error(reference, p) - calibration_floor(reference, p),
    }


# ---------------------------------------------------------------- the other questions


def weights(corpus: Corpus, makes: dict[str, Make]) -> Iterator[dict[str, Any]]:
    """Yield what the suggestions are like with each file of learned parameters."""
    embeddings = embed(corpus.segments)
    for seed in range(SEEDS):
        shuffled = in_drawn_order(corpus, seed)
        test, pool = split(shuffled, seed)
        for budget in (0, BUDGETS[0]):
            labels = decided(shuffled, pool[:budget])
            for name, make in makes.items():
                row = measured(shuffled, predict(make, shuffled, labels, embeddings), test)
                yield {"weights": name, "seed": seed, "n": budget, **row}


def across_languages(corpus: Corpus, make: Make) -> Iterator[dict[str, Any]]:
    """Yield first-place recall in each language, taught in one of them."""
    embeddings = embed(corpus.segments)
    spoken = np.array([segment.language for segment in corpus.segments])
    for seed in range(SEEDS):
        shuffled = in_drawn_order(corpus, seed)
        test, pool = split(shuffled, seed)
        for budget in (0, 50):
            labels = decided(shuffled, pool[spoken[pool] == TAUGHT_IN][:budget])
            p = predict(make, shuffled, labels, embeddings)
            for language in sorted(set(spoken)):
                rows = test[spoken[test] == language]
                recall = recall_at(shuffled.labels[rows] == 1, p[rows], 1)
                yield {"seed": seed, "n": budget, "language": language, "recall_at_1": recall}


def rationales(corpus: Corpus, folder: Path) -> Iterator[dict[str, Any]]:
    """Yield how often the named sentence, and one at random, overlaps what people named.

    Over the codings of the test whose segment has more than two sentences.
    """
    embeddings = embed(corpus.segments)
    named = human_rationales(corpus, folder)
    cut = [sentences(segment.text, segment.language) for segment in corpus.segments]
    for seed in range(SEEDS):
        test, pool = split(corpus, seed)
        long_ones = {corpus.segments[row].id: row for row in test if len(cut[row]) > 2}
        for budget in (0, 50, 200):
            labels = decided(corpus, pool[:budget])
            found = suggest_codes(
                corpus.segments, embeddings, corpus.codebook, labels, top=len(corpus.codebook)
            )
            hits, by_chance = [], []
            for suggestion in found:
                row = long_ones.get(suggestion.segment_id, -1)
                people = named.get((suggestion.segment_id, suggestion.code_id))
                if row < 0 or not people:
                    continue
                start = corpus.segments[row].start
                ranges = [(a - start, b - start) for a, b in suggestion.rationale]
                hits.append(any(overlap(one, people) for one in ranges))
                by_chance.append(fmean(overlap(one, people) for one in cut[row]))
            shares = {"named": fmean(hits), "at_random": fmean(by_chance)}
            yield {"seed": seed, "n": budget, "codings": len(hits), **shares}


def human_rationales(corpus: Corpus, folder: Path) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """Read what people named as the reason for each coding, as ranges of the segment's text."""
    with (folder / "data.csv").open(encoding="utf-8", newline="") as file:
        ids = [row["seg_id"] for row in csv.DictReader(file)]
    with (folder / "rationales.csv").open(encoding="utf-8", newline="") as file:
        said = {row["seg_id"]: json.loads(row["rationales_json"]) for row in csv.DictReader(file)}
    found = {}
    for name, segment, labels in zip(ids, corpus.segments, corpus.labels, strict=True):
        for column in np.flatnonzero(labels == 1):
            code = corpus.codebook[int(column)]
            spans = [
                (at, at + len(part))
                for kind, parts in said[name].items()
                for part in map(str.strip, parts.split("|"))
                if code.name.startswith(kind) and part and (at := segment.text.find(part)) >= 0
            ]
            found[segment.id, code.id] = spans
    return found


def overlap(one: tuple[int, int], others: list[tuple[int, int]]) -> bool:
    """Say whether a range shares a character with one of the others."""
    return any(one[0] < end and start < one[1] for start, end in others)


class Drawn:
    """An encoder of made-up texts: each begins with its subject, and is a noisy copy of it."""

    def __init__(self, n_subjects: int) -> None:
        self._subjects = np.random.default_rng(1).normal(size=(n_subjects, 384))

    def encode(self, texts: list[str]) -> Floats:
        """Return (n_texts, 384)."""
        noise = np.random.default_rng(len(texts)).normal(size=(len(texts), 384))
        subjects = [int(re.findall(r"\d+", text)[0]) % len(self._subjects) for text in texts]
        return self._subjects[subjects] + 1 + 3 * noise


def refit(n_segments: int = 10_000, n_codes: int = 50, n_decided: int = 1_000) -> dict[str, Any]:
    """Time a second fit with its predictions on a made-up study, ours and the fair classifier's.

    Each segment has three sentences.
    """
    rng, encoder = np.random.default_rng(0), Drawn(n_codes)
    subjects = rng.integers(0, n_codes, n_segments)
    segments = [
        Segment(
            f"p{k // 250}:{k}-{k + 1}",
            f"p{k // 250}",
            k,
            k + 1,
            f"About {s} again. Then about {k}. And so on, {s + k}.",
        )
        for k, s in enumerate(subjects)
    ]
    codebook = Codebook([Code(f"c{k}", f"subject {k}") for k in range(n_codes)])
    embeddings = embed(segments, model=encoder)
    labels = np.full((n_segments, n_codes), UNDECIDED, dtype=np.int8)
    labels[:n_decided] = subjects[:n_decided, None] == np.arange(n_codes)
    took = {}
    makers: dict[str, Make] = {
        "alliance": partial(CodeSuggester, model=encoder), "centred": BASELINES["centred"],
    }  # fmt: skip
    for name, make in makers.items():
        made = make(codebook)
        times = []
        for _ in range(4):
            began = time.perf_counter()
            made.fit(segments, labels, embeddings=embeddings)
            made.predict_proba(segments, embeddings=embeddings)
            times.append(time.perf_counter() - began)
        took[name] = min(times[1:])
    return {"segments": n_segments, "codes": n_codes, "decided": n_decided, "seconds": took}


def main() -> None:
    """Measure all five."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpora", type=Path, nargs="?", default=os.getenv("ALLIANCE_NLP_CORPORA"))
    folder = parser.parse_args().corpora
    if folder is None:
        sys.exit("Name the folder of the corpora, or set ALLIANCE_NLP_CORPORA to it.")
    results: dict[str, Any] = {"_made_with": made_with(cores=os.cpu_count()), "refit": refit()}
    results |= {"orders": {}, "weights": {}}
    with tempfile.TemporaryDirectory() as work:
        for name in CORPORA:
            corpus = read_corpus(folder / name)
            shipped = left_out_weights(folder, name, Path(work))
            make: Make = partial(CodeSuggester, weights=shipped)
            other = Path(work) / f"weights-of-all-but-{name}.json"
            learn = [sys.executable, Path(__file__).parent / WITHOUT, folder, "--any-licence"]
            subprocess.run([*learn, "--leave-out", name, "--out", other], check=True)
            unshipped: Make = partial(CodeSuggester, weights=other)
            makes = {"shipped": make, "all but this": unshipped}
            results["orders"][name] = list(orders(corpus, make))
            results["weights"][name] = list(weights(corpus, makes))
            if name == LANGUAGES:
                results["languages"] = list(across_languages(corpus, make))
            if name == RATIONALES:
                results["rationales"] = list(rationales(corpus, folder / name))
            print(name, "learned from" if described(name)["learn"] else "", flush=True)
    OUT.write_text(results_json(results) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
