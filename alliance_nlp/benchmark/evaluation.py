"""Make evaluations: suggestions measured on interviews that nobody has decided anything about."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from alliance_nlp.benchmark import measures
from alliance_nlp.benchmark.baselines import Make, Method
from alliance_nlp.benchmark.corpus import Corpus
from alliance_nlp.benchmark.kept import Arrays, Kept
from alliance_nlp.codebook import Codebook
from alliance_nlp.embeddings import Model, embed
from alliance_nlp.errors import CorpusError
from alliance_nlp.suggestions import CodeSuggester
from alliance_nlp.suggestions.learning import UNDECIDED, Labels
from alliance_nlp.suggestions.rows import Floats

Budget = int | Literal["all"]

BUDGETS: tuple[Budget, ...] = (0, 20, 50, 100, 200, "all")
OURS = "alliance"
_TEST_SHARE = 0.3

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What one method gave for one seed and one budget.

    Attributes:
        corpus: The name of the corpus.
        method: The name of the method.
        seed: Which split into documents was drawn.
        budget: How many segments were to be decided; `'all'` is every one outside the test.
        n_decided: How many were.
        rows: (n_test,) which segments of the corpus were measured.
        code_ids: The codes, in the order of the columns: another one for each seed.
        reference: bool (n_test, n_codes), what people coded.
        estimate: (n_test, n_codes), the probabilities.
        threshold: From which probability on a code is taken for suggested, when one has to be cut.
        seconds: What fitting and predicting took, warm.
    """

    corpus: str
    method: str
    seed: int
    budget: Budget
    n_decided: int
    rows: Rows
    code_ids: tuple[str, ...]
    reference: measures.Reference
    estimate: measures.Estimate
    threshold: float
    seconds: float

    @property
    def n_test(self) -> int:
        """How many segments were measured."""
        return len(self.rows)

    @property
    def recall_at_1(self) -> float:
        """Mean share of a segment's human codes in first place."""
        return measures.recall_at(self.reference, self.estimate, 1)

    @property
    def recall_at_5(self) -> float:
        """The same among the first five."""
        return measures.recall_at(self.reference, self.estimate, 5)

    @property
    def mean_average_precision(self) -> float:
        """Over codes with at least three test segments."""
        return measures.mean_average_precision(self.reference, self.estimate)

    @property
    def calibration_error(self) -> float:
        """Of the five most likely codes of each test segment."""
        return measures.calibration_error(self.reference, self.estimate)

    @property
    def calibration_floor(self) -> float:
        """What perfect calibration would show on so few segments."""
        return measures.calibration_floor(self.reference, self.estimate)

    @property
    def brier_score(self) -> float:
        """Over all test pairs."""
        return measures.brier_score(self.reference, self.estimate)


def evaluate(
    corpus: Corpus,
    *,
    methods: Mapping[str, Make] | None = None,
    budgets: Sequence[Budget] = BUDGETS,
    seeds: int = 3,
    model: Model = None,
    keep: str | Path | None = None,
) -> Iterator[Evaluation]:
    """Measure methods on a coded corpus; results come one by one, as they are ready.

    Per seed the codes are put into another order, and 30 % of the documents (at least one) are the
    test. Of the others n random segments are decided, as the corpus was coded; every other label is
    unknown, while all texts are seen, as they are in a real project. Segments that nobody has read
    completely are neither test nor decided.

    Args:
        corpus: What `read_corpus` returned.
        methods: What makes each method from a codebook, by the name of the method; `None` is
            `CodeSuggester` alone.
        budgets: How many segments are decided; `'all'` is every one outside the test, and so is a
            number that reaches so far.
        seeds: How many splits are drawn.
        model: The embedding model, as in `embed`.
        keep: A folder where results are kept; what is there already is not measured again.

    Raises:
        CorpusError: The corpus has fewer than two documents with segments that were read.
        ValueError: A budget is negative, or results are kept of a method that is in no file, as
            one typed into a notebook.

    >>> from alliance_nlp.benchmark.corpus import read_corpus
    >>> from alliance_nlp.bundled import bundled
    >>> class Letters:
    ...     def encode(self, texts):
    ...         return [[1 + text.lower().count(c) for c in "abcdefghij"] for text in texts]
    >>> corpus = read_corpus(bundled("corpora/interviews-coded"))
    >>> found = list(evaluate(corpus, budgets=(0, 20), seeds=2, model=Letters()))
    >>> [(one.seed, one.budget, one.n_test) for one in found]
    [(0, 0, 52), (0, 20, 52), (1, 0, 55), (1, 20, 55)]
    """
    check_documents(corpus)
    if any(budget != "all" and not (isinstance(budget, int) and budget >= 0) for budget in budgets):
        raise ValueError(f"budgets are numbers of segments, from 0 on, or 'all': {budgets}")
    methods = methods or {OURS: partial(CodeSuggester, model=model)}
    embeddings = embed(corpus.segments, model=model)
    kept = Kept(keep, corpus, embeddings)
    for seed in range(seeds):
        shuffled = in_drawn_order(corpus, seed)
        test, pool = split(shuffled, seed)
        for name, make in methods.items():
            timed = _Timed(make, shuffled, test, embeddings)
            for n in sorted({len(pool) if n == "all" else min(n, len(pool)) for n in budgets}):
                place = f"{name} seed={seed} n={n}"
                found = kept.found(place, make, partial(timed.estimate, pool[:n]))
                yield Evaluation(
                    corpus=corpus.name,
                    method=name,
                    seed=seed,
                    budget="all" if n == len(pool) else n,
                    n_decided=n,
                    rows=test,
                    code_ids=tuple(code.id for code in shuffled.codebook),
                    reference=shuffled.labels[test] == 1,
                    estimate=found["estimate"],
                    threshold=measures.suggested_threshold(found["estimate"]),
                    seconds=float(found["seconds"]),
                )


@dataclass(slots=True)
class _Timed:
    """A method on one split, with the seconds of each fit."""

    make: Make
    corpus: Corpus
    test: Rows
    embeddings: Floats
    warm: bool = False

    def estimate(self, decided: Rows) -> Arrays:
        """Return probabilities of the test, and the seconds that fitting and predicting took."""
        if not self.warm:  # what hangs on the texts alone is not counted
            self._predict(decided[:0])
            self.warm = True
        began = time.perf_counter()
        estimate = self._predict(decided)[self.test]
        return {"estimate": estimate, "seconds": np.array(time.perf_counter() - began)}

    def _predict(self, decided: Rows) -> Floats:
        labels = np.full(self.corpus.labels.shape, UNDECIDED, dtype=np.int8)
        labels[decided] = self.corpus.labels[decided]
        return predict(self.make, self.corpus, labels, self.embeddings)


def check_documents(corpus: Corpus) -> None:
    """Refuse a corpus that cannot be split.

    Raises:
        CorpusError: It has fewer than two documents with segments that were read.
    """
    read = np.flatnonzero(corpus.measured)
    if len({corpus.segments[row].transcript_id for row in read}) < 2:
        raise CorpusError(
            f"{corpus.name}: at least two interviews that were read are needed to hold one back"
        )


def in_drawn_order(corpus: Corpus, seed: int) -> Corpus:
    """Return the corpus with its codes in another order, which says nothing."""
    order = np.random.default_rng(1000 + seed).permutation(len(corpus.codebook))
    codebook = Codebook([corpus.codebook[column] for column in order])
    return Corpus(corpus.name, corpus.segments, codebook, corpus.labels[:, order])


def split(corpus: Corpus, seed: int) -> tuple[Rows, Rows]:
    """Draw documents for the test; return its rows, and the rows of the others in random order."""
    read = np.flatnonzero(corpus.measured)
    documents = np.array([corpus.segments[row].transcript_id for row in read])
    rng = np.random.default_rng(seed)
    drawn = rng.permutation(sorted(set(documents)))
    in_test = np.isin(documents, drawn[: max(1, int(_TEST_SHARE * len(drawn)))])
    pool = read[~in_test]
    rng.shuffle(pool)
    return read[in_test], pool


def predict(make: Make, corpus: Corpus, labels: Labels, embeddings: Floats) -> Floats:
    """Fit a method and return its probabilities for all segments.

    Raises:
        ValueError: The method gave another shape, or something that is no number.
    """
    method: Method = make(corpus.codebook)
    method.fit(corpus.segments, labels, embeddings=embeddings)
    p = np.asarray(method.predict_proba(corpus.segments, embeddings=embeddings), dtype=float)
    if p.shape != labels.shape or not np.isfinite(p).all():
        raise ValueError(
            f"{type(method).__name__}.predict_proba gave an array of shape {p.shape} for labels of "
            f"shape {labels.shape}{'' if np.isfinite(p).all() else ', and not all are numbers'}"
        )
    return p
