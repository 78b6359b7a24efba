"""Make labour: how much of a person's work suggestions take over.

Two kinds of work are measured. Somebody who codes whole interviews in order (`walk`) finds a code
among the five most likely ones, or has to look for it. Somebody who looks for all segments of one
code (`find_all`) reads what is ranked highest, or everything in order.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from alliance_nlp.benchmark.baselines import Make
from alliance_nlp.benchmark.corpus import Corpus
from alliance_nlp.benchmark.evaluation import check_documents, in_drawn_order, predict
from alliance_nlp.benchmark.kept import Arrays, Kept
from alliance_nlp.benchmark.measures import top
from alliance_nlp.embeddings import Model, embed
from alliance_nlp.suggestions.learning import UNDECIDED
from alliance_nlp.suggestions.rows import Floats

_SHOWN = 5
_STEP = 25
_LONGEST_WALK = 1000
_AT_RECALL = 0.95
_MOST_CODES = 6
_FEWEST_USES = 10
_LARGEST_SHARE = 0.2
_FEWEST_READ = 10
_SHARE_READ = 0.02

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Walk:
    """A first pass through whole documents, the method fitted again every 25 segments.

    Attributes:
        corpus: The name of the corpus.
        method: The name of the method.
        seed: Which order of the documents was drawn.
        read: How many segments had been read when each step began.
        offered: Codings of each step that stood among the five most likely codes.
        codings: Codings of each step.
    """

    corpus: str
    method: str
    seed: int
    read: tuple[int, ...]
    offered: tuple[int, ...]
    codings: tuple[int, ...]

    @property
    def share(self) -> float:
        """Share of all codings that had been offered when their segment was reached."""
        return sum(self.offered) / sum(self.codings) if any(self.codings) else float("nan")


@dataclass(frozen=True, slots=True)
class Search:
    """A search for all segments of one code, most likely ones first, fitted again as it goes.

    Attributes:
        corpus: The name of the corpus.
        method: The name of the method.
        code_id: The code.
        n_segments: How many segments could be read.
        read: How many had been read after each step.
        found: How many of the code's had been found.
        in_order: How many would have been found by then by reading in order.
    """

    corpus: str
    method: str
    code_id: str
    n_segments: int
    read: tuple[int, ...]
    found: tuple[int, ...]
    in_order: tuple[int, ...]

    @property
    def work_saved(self) -> float:
        """WSS@95: 0.95 less the share read until 95 % were found (Cohen et al. 2006)."""
        return _AT_RECALL - self.read[-1] / self.n_segments


def walk(
    corpus: Corpus,
    make: Make,
    *,
    method: str,
    seed: int = 0,
    model: Model = None,
    keep: str | Path | None = None,
) -> Walk:
    """Let a reader code the first 1,000 segments in the order of the documents, and follow.

    Args:
        corpus: What `read_corpus` returned.
        make: What makes the method from a codebook.
        method: Its name.
        seed: Which order of the documents is drawn; those of one stay together.
        model: The embedding model, as in `embed`.
        keep: A folder where results are kept.

    Raises:
        CorpusError: The corpus has fewer than two documents with segments that were read.

    >>> from alliance_nlp.benchmark.baselines import Prior
    >>> from alliance_nlp.benchmark.corpus import read_corpus
    >>> from alliance_nlp.bundled import bundled
    >>> class Letters:
    ...     def encode(self, texts):
    ...         return [[1 + text.lower().count(c) for c in "abcdefghij"] for text in texts]
    >>> corpus = read_corpus(bundled("corpora/interviews-coded"))
    >>> found = walk(corpus, Prior, method="prior", model=Letters())
    >>> sum(found.codings), round(found.share, 2)
    (158, 0.19)
    """
    check_documents(corpus)
    shuffled, embeddings = in_drawn_order(corpus, seed), embed(corpus.segments, model=model)
    kept, place = Kept(keep, corpus, embeddings), f"{method} walk seed={seed}"
    found = kept.found(place, make, partial(_stacked, _steps, shuffled, make, seed, embeddings))
    read, offered, codings = found["steps"].T.tolist()
    return Walk(corpus.name, method, seed, tuple(read), tuple(offered), tuple(codings))


def find_all(
    corpus: Corpus,
    make: Make,
    *,
    method: str,
    seeds: int = 3,
    model: Model = None,
    keep: str | Path | None = None,
) -> list[Search]:
    """Look for all segments of one code, for each of six codes drawn from those of middling use.

    Rank, read 10 segments (or 2 % of all, if that is more), fit again, until 95 % of the code's
    segments are found. Codes have at least 10 uses, and at most 20 % of the segments.

    Args:
        corpus: What `read_corpus` returned.
        make: What makes the method from a codebook.
        method: Its name.
        seeds: The codes are in the order that `evaluate` drew last for so many seeds.
        model: The embedding model, as in `embed`.
        keep: A folder where results are kept.

    >>> from alliance_nlp.benchmark.baselines import Cosine
    >>> from alliance_nlp.benchmark.corpus import read_corpus
    >>> from alliance_nlp.bundled import bundled
    >>> class Letters:
    ...     def encode(self, texts):
    ...         return [[1 + text.lower().count(c) for c in "abcdefghij"] for text in texts]
    >>> corpus = read_corpus(bundled("corpora/interviews-coded"))
    >>> def making(codebook):
    ...     return Cosine(codebook, model=Letters())
    >>> found = find_all(corpus, making, method="cosine", model=Letters())
    >>> [(one.found[-1], one.read[-1]) for one in found]
    [(11, 280), (10, 270), (12, 280)]
    """
    shuffled, embeddings = in_drawn_order(corpus, seeds - 1), embed(corpus.segments, model=model)
    kept = Kept(keep, corpus, embeddings)
    searches = []
    for column in _searched(shuffled):
        code_id = shuffled.codebook[column].id
        place = f"{method} find seeds={seeds} {code_id}"
        found = kept.found(
            place, make, partial(_stacked, _finds, shuffled, make, column, embeddings)
        )
        read, ours, in_order = (tuple(steps) for steps in found["steps"].T.tolist())
        n_read = int(corpus.measured.sum())
        searches.append(Search(corpus.name, method, code_id, n_read, read, ours, in_order))
    return searches


def _stacked(steps: Callable[..., Iterator[tuple[int, int, int]]], *arguments: object) -> Arrays:
    return {"steps": np.array(list(steps(*arguments)))}


def _steps(
    corpus: Corpus, make: Make, seed: int, embeddings: Floats
) -> Iterator[tuple[int, int, int]]:
    order = _documents_in_drawn_order(corpus, seed)[:_LONGEST_WALK]
    labels = np.full(corpus.labels.shape, UNDECIDED, dtype=np.int8)
    for at in range(0, len(order), _STEP):
        rows = order[at : at + _STEP]
        p = predict(make, corpus, labels, embeddings)[rows]
        y = corpus.labels[rows] == 1
        yield at, int(np.take_along_axis(y, top(p, _SHOWN), axis=1).sum()), int(y.sum())
        labels[rows] = corpus.labels[rows]


def _documents_in_drawn_order(corpus: Corpus, seed: int) -> Rows:
    rows = np.flatnonzero(corpus.measured)
    documents = np.array([corpus.segments[row].transcript_id for row in rows])
    drawn = np.random.default_rng(seed).permutation(sorted(set(documents)))
    return np.concatenate([rows[documents == document] for document in drawn])


def _searched(corpus: Corpus) -> Rows:
    rows = np.flatnonzero(corpus.measured)
    uses = (corpus.labels[rows] == 1).sum(axis=0)
    middling = np.flatnonzero((uses >= _FEWEST_USES) & (uses <= _LARGEST_SHARE * len(rows)))
    return np.random.default_rng(0).permutation(middling)[:_MOST_CODES]


def _finds(
    corpus: Corpus, make: Make, column: int, embeddings: Floats
) -> Iterator[tuple[int, int, int]]:
    rows = np.flatnonzero(corpus.measured)
    applies = corpus.labels[:, column] == 1
    wanted = np.ceil(_AT_RECALL * applies[rows].sum())
    at_once = max(_FEWEST_READ, int(_SHARE_READ * len(rows)))
    read = np.ones(len(applies), dtype=bool)
    read[rows] = False
    labels = np.full(corpus.labels.shape, UNDECIDED, dtype=np.int8)
    n_read = 0
    while applies[rows][read[rows]].sum() < wanted:
        p = predict(make, corpus, labels, embeddings)[:, column].copy()
        p[read] = -np.inf
        chosen = np.argsort(-p, kind="stable")[: min(at_once, len(rows) - n_read)]
        read[chosen] = True
        labels[chosen, column] = corpus.labels[chosen, column]
        n_read += len(chosen)
        yield n_read, int(applies[rows][read[rows]].sum()), int(applies[rows[:n_read]].sum())
