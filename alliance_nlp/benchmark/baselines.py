"""Make baselines: what suggestions have to be better than.

The five of the measuring protocol, with the calls of `CodeSuggester`. None of them knows both the
codebook and the answers.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, Self

import numpy as np

from alliance_nlp.codebook import Codebook
from alliance_nlp.embeddings import Model, embed
from alliance_nlp.segments import Segment
from alliance_nlp.suggestions.learning import UNDECIDED, Labels
from alliance_nlp.suggestions.rows import Floats


class Method(Protocol):
    """What can be measured: anything that learns from labels and gives probabilities."""

    def fit(self, segments: Sequence[Segment], labels: Labels, *, embeddings: Floats) -> object:
        """Learn from labels: 1 applies, 0 does not, -1 nobody has decided."""

    def predict_proba(self, segments: Sequence[Segment], *, embeddings: Floats) -> Floats:
        """Return (n_segments, n_codes) probabilities, or scores in their place."""


Make = Callable[[Codebook], Method]


class Prior:
    """How often each code was used so far.

    Args:
        codebook: The codes.
        model: What embedded the segments, as in `embed`.
    """

    def __init__(self, codebook: Codebook, model: Model = None) -> None:
        self.codebook = codebook
        self.model = model

    def fit(self, segments: Sequence[Segment], labels: Labels, *, embeddings: Floats) -> Self:
        """Count."""
        known = (labels != UNDECIDED).sum(axis=0)
        self.rate_ = ((labels == 1).sum(axis=0) + 0.5) / (known + 1.0)
        return self

    def predict_proba(self, segments: Sequence[Segment], *, embeddings: Floats) -> Floats:
        """Return the same for every segment."""
        return np.tile(self.rate_, (len(segments), 1))


class Cosine(Prior):
    """Cosine of segment and "name: definition"; learns nothing. Scores, not probabilities."""

    def predict_proba(self, segments: Sequence[Segment], *, embeddings: Floats) -> Floats:
        """Return cosines, moved to lie between 0 and 1."""
        return (self._scores(embeddings) + 1) / 2

    def _scores(self, embeddings: Floats) -> Floats:
        codes = [f"{c.name}: {c.definition}" if c.definition else c.name for c in self.codebook]
        scores: Floats = embeddings @ embed(codes, model=self.model).T
        return scores


class ZScore(Cosine):
    """The cosine as a z-score per code over all segments, through a logistic."""

    def predict_proba(self, segments: Sequence[Segment], *, embeddings: Floats) -> Floats:
        """Return what the logistic makes of the z-scores; its two numbers are not learned."""
        scores = self._scores(embeddings)
        scaled = 0.8 * (scores - scores.mean(axis=0)) / (scores.std(axis=0) + 1e-9)
        p: Floats = 1 / (1 + np.exp(3 - scaled))
        return p


class Logistic(Prior):
    """One balanced logistic regression per code on the embeddings.

    Codes with fewer than two uses keep a thousandth of how often they were used.
    """

    _class_weight: str | None = "balanced"
    _prior_share = 1e-3

    def fit(self, segments: Sequence[Segment], labels: Labels, *, embeddings: Floats) -> Self:
        """Fit one regression to each code that was used twice."""
        from sklearn.linear_model import LogisticRegression

        super().fit(segments, labels, embeddings=embeddings)
        x = self._features(embeddings)
        self.models_ = {}
        for column in range(labels.shape[1]):
            rows = np.flatnonzero(labels[:, column] != UNDECIDED)
            y = labels[rows, column]
            if y.sum() >= 2 and (y == 0).any():
                model = LogisticRegression(C=10, class_weight=self._class_weight, max_iter=200)
                self.models_[column] = model.fit(x[rows], y)
        return self

    def predict_proba(self, segments: Sequence[Segment], *, embeddings: Floats) -> Floats:
        """Return the probabilities of the regressions."""
        x = self._features(embeddings)
        p = super().predict_proba(segments, embeddings=embeddings) * self._prior_share
        for column, model in self.models_.items():
            p[:, column] = model.predict_proba(x)[:, 1]
        return p

    def _features(self, embeddings: Floats) -> Floats:
        return embeddings


class Centred(Logistic):
    """The same, unbalanced, on centred and rescaled embeddings: the fair classifier."""

    _class_weight = None
    _prior_share = 1.0

    def _features(self, embeddings: Floats) -> Floats:
        centred = embeddings - embeddings.mean(axis=0)
        scaled: Floats = centred / (np.linalg.norm(centred, axis=1, keepdims=True) + 1e-9)
        return scaled


BASELINES: dict[str, type[Prior]] = {
    "prior": Prior,
    "cosine": Cosine,
    "z": ZScore,
    "logistic": Logistic,
    "centred": Centred,
}
