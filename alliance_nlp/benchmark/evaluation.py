"""Make evaluations: suggestions measured on interviews that nobody has decided anything about."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from alliance_nlp.benchmark.corpus import Corpus
from alliance_nlp.benchmark.measures import (
    brier_score,
    calibration_error,
    mean_average_precision,
    recall_at,
)
from alliance_nlp.embeddings import Model, embed
from alliance_nlp.errors import CorpusError
from alliance_nlp.suggestions import CodeSuggester
from alliance_nlp.suggestions.learning import UNDECIDED

BUDGETS = (0, 20, 50, 100, 200)
_TEST_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What one seed and one budget gave.

    Attributes:
        corpus: The name of the corpus.
        seed: Which split into documents was drawn.
        n_decided: How many random segments of the other documents were decided.
        n_test: How many segments of the test documents were measured.
        recall_at_1: Mean share of a segment's human codes in first place.
        recall_at_5: The same among the first five.
        mean_average_precision: Over codes with at least three test segments.
        calibration_error: Of the five most likely codes of each test segment.
        brier_score: Over all test pairs.
    """

    corpus: str
    seed: int
    n_decided: int
    n_test: int
    recall_at_1: float
    recall_at_5: float
    mean_average_precision: float
    calibration_error: float
    brier_score: float


def evaluate(
    corpus: Corpus, *, budgets: Sequence[int] = BUDGETS, seeds: int = 3, model: Model = None
) -> Iterator[Evaluation]:
    """Measure `CodeSuggester` on a coded corpus; results come one by one, as they are ready.

    Per seed 30 % of the documents (at least one) are the test. Of the others n random segments
    are decided, as the corpus was coded; every other label is unknown, while all texts are seen,
    as they are in a real project.

    Args:
        corpus: What `read_corpus` returned.
        budgets: How many segments are decided.
        seeds: How many splits are drawn.
        model: The embedding model, as in `embed`.

    Raises:
        CorpusError: The corpus has fewer than two documents.
    """
    documents = np.array([segment.transcript_id for segment in corpus.segments])
    if len(set(documents)) < 2:
        raise CorpusError(f"{corpus.name}: at least two documents are needed to hold one back")
    embeddings = embed(corpus.segments, model=model)
    for seed in range(seeds):
        test, pool = _split(documents, seed)
        for n in sorted({min(budget, len(pool)) for budget in budgets}):
            labels = np.full(corpus.labels.shape, UNDECIDED, dtype=np.int8)
            labels[pool[:n]] = corpus.labels[pool[:n]]
            suggester = CodeSuggester(corpus.codebook, model=model)
            suggester.fit(corpus.segments, labels, embeddings=embeddings)
            p = suggester.predict_proba(corpus.segments, embeddings=embeddings)[test]
            y = corpus.labels[test] == 1
            yield Evaluation(
                corpus=corpus.name,
                seed=seed,
                n_decided=n,
                n_test=len(test),
                recall_at_1=recall_at(y, p, 1),
                recall_at_5=recall_at(y, p, 5),
                mean_average_precision=mean_average_precision(y, p),
                calibration_error=calibration_error(y, p),
                brier_score=brier_score(y, p),
            )


def _split(
    documents: npt.NDArray[np.str_], seed: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    rng = np.random.default_rng(seed)
    drawn = rng.permutation(sorted(set(documents)))
    in_test = np.isin(documents, drawn[: max(1, int(_TEST_SHARE * len(drawn)))])
    pool = np.flatnonzero(~in_test)
    rng.shuffle(pool)
    return np.flatnonzero(in_test), pool
