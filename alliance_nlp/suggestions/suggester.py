"""Make the estimator that starts from the codebook and learns from every decision."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from alliance_nlp.bundled import bundled
from alliance_nlp.codebook import Codebook
from alliance_nlp.embeddings import Model, embed
from alliance_nlp.errors import ModelError
from alliance_nlp.segments import Segment
from alliance_nlp.suggestions.evidence import Evidence, Floats, Weighed, weigh_evidence

Labels = npt.NDArray[np.int8]

UNDECIDED = -1

# Strength of the priors, as the inverse variance of a normal distribution around "as the codebook
# says"; chosen on the corpora that parameters may be learned from.
_WORDS = 0.2  # of what a code attracts and repels
_FREQUENCY = 1.0  # of how often a code is used
_TRUST = 10.0  # of how much the codebook's words are worth in this study
_LEVEL = 0.1  # of how much is coded at all in this study
_MOST_STEPS = 100


class CodeSuggester:
    """Estimate for every segment how likely each code of a codebook is to be accepted.

    Logistic regression for all codes together, in which the evidence of the codebook's words
    (`suggestions.evidence`) is the starting point: with no decisions it is the whole answer, and
    each decision moves the estimate away from it only as far as it has to (maximum a posteriori
    with normal priors, fitted by L-BFGS).

    Args:
        codebook: The codes; their order carries no evidence.
        model: What embedded the segments, as in `embed`.
        weights: A file of parameters learned across codebooks; None is the shipped one.
        random_state: For scikit-learn's conventions; nothing here is random.

    Attributes:
        evidence_: What the codebook's words say, after `fit`.
        weighed_: What they say about the segments of `fit`.
        coef_: (n_codes, d) what each code attracts and repels, beyond its words.
        intercept_: (n_codes,) log-odds of each code at zero evidence.
        scale_: How much one unit of evidence counts, in log-odds.

    >>> import numpy as np
    >>> from alliance_nlp import Code, Codebook, Segment, embed
    >>> class Letters:
    ...     def encode(self, texts):
    ...         return [[1 + text.lower().count(c) for c in "abcdefghij"] for text in texts]
    >>> codebook = Codebook([Code(id="bag", name="A bag"), Code(id="dice", name="Dice")])
    >>> said = [Segment("p:0-8", "p", 0, 8, "abba gab"), Segment("p:9-13", "p", 9, 13, "iced")]
    >>> suggester = CodeSuggester(codebook, model=Letters())
    >>> undecided = np.full((2, 2), -1, dtype=np.int8)
    >>> p = suggester.fit(said, undecided).predict_proba(said)
    >>> p.argmax(axis=1).tolist()
    [0, 1]
    """

    def __init__(
        self,
        codebook: Codebook,
        model: Model = None,
        weights: str | Path | None = None,
        random_state: int = 0,
    ) -> None:
        self.codebook = codebook
        self.model = model
        self.weights = weights
        self.random_state = random_state

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters, as scikit-learn's `clone` wants them."""
        return {
            name: getattr(self, name) for name in ("codebook", "model", "weights", "random_state")
        }

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name."""
        unknown = params.keys() - self.get_params().keys()
        if unknown:
            raise ValueError(f"CodeSuggester has no parameter {', '.join(sorted(unknown))}")
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def fit(
        self,
        segments: Sequence[Segment],
        labels: Labels | None = None,
        *,
        embeddings: Floats | None = None,
    ) -> Self:
        """Learn from what was decided so far.

        Args:
            segments: All segments of the project, decided or not.
            labels: int8 (n_segments, n_codes): 1 applies, 0 does not, -1 nobody has decided;
                None if nobody has decided anything.
            embeddings: float32 (n_segments, d), unit rows; None embeds the segments.

        Raises:
            ValueError: The shapes do not fit each other.
            ModelError: `model` does not fit the embeddings, or `weights` cannot be read.
        """
        embeddings = self._embedded(segments, embeddings)
        labels = _checked_labels(labels, (len(segments), len(self.codebook)))
        weights = read_weights(self.weights)
        self.evidence_: Evidence = weigh_evidence(
            segments, embeddings, self.codebook, model=self.model
        )
        self.weighed_: Weighed = self.evidence_.weigh(segments, embeddings)
        self._fitted_on = (tuple(segments), embeddings)
        decided = (labels != UNDECIDED).any(axis=1)
        centred, scores = self.weighed_.centred[decided], self.weighed_.scores[decided]
        level = weights["intercept"] - np.log(len(self.codebook))
        prior = weights["scale"] * scores + level
        learned = _learn(centred, weights["scale"] * scores, prior, labels[decided])
        self.coef_, frequency, trust, shift = learned
        self.intercept_: Floats = level + frequency + shift
        self.scale_ = float(weights["scale"] * (1 + trust))
        return self

    def predict_proba(
        self, segments: Sequence[Segment], *, embeddings: Floats | None = None
    ) -> npt.NDArray[np.float64]:
        """Return (n_segments, n_codes) probabilities, in the order of the codebook."""
        from scipy.special import expit

        embeddings = self._embedded(segments, embeddings)
        fitted_segments, fitted_embeddings = self._fitted_on
        same = fitted_segments == tuple(segments) and np.array_equal(fitted_embeddings, embeddings)
        weighed = self.weighed_ if same else self.evidence_.weigh(segments, embeddings)
        logits = self.scale_ * weighed.scores + weighed.centred @ self.coef_.T
        probabilities: npt.NDArray[np.float64] = expit(logits + self.intercept_)
        return probabilities

    def _embedded(self, segments: Sequence[Segment], embeddings: Floats | None) -> Floats:
        if embeddings is None:
            return embed(segments, model=self.model)
        if len(embeddings) != len(segments):
            raise ValueError(
                f"{len(embeddings)} rows of embeddings do not fit {len(segments)} segments"
            )
        return embeddings


def read_weights(path: str | Path | None = None) -> dict[str, float]:
    """Read the parameters that were learned across codebooks; None reads the shipped ones.

    >>> sorted(read_weights())
    ['intercept', 'scale']
    """
    file = bundled("models/weights.json") if path is None else Path(path)
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        return {name: float(stored[name]) for name in ("scale", "intercept")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{file}: these are no weights of a CodeSuggester (a JSON file with scale and "
            "intercept, as benchmarks/learn_weights.py writes it)"
        ) from error


def _checked_labels(labels: Labels | None, shape: tuple[int, int]) -> Labels:
    if labels is None:
        return np.full(shape, UNDECIDED, dtype=np.int8)
    labels = np.asarray(labels)
    if labels.shape != shape:
        raise ValueError(f"labels have shape {labels.shape}; {shape} is needed")
    if not np.isin(labels, (UNDECIDED, 0, 1)).all():
        raise ValueError("labels hold 1 (applies), 0 (does not) and -1 (nobody has decided) only")
    return labels


def _learn(
    centred: Floats, evidence: Floats, prior: Floats, labels: Labels
) -> tuple[Floats, Floats, float, float]:
    """Return what the decisions add: (n_codes, d) words, (n_codes,) frequencies, trust, level."""
    from scipy.optimize import minimize
    from scipy.special import expit

    n_codes, d = labels.shape[1], centred.shape[1]
    if not len(labels):
        return np.zeros((n_codes, d)), np.zeros(n_codes), 0.0, 0.0
    decided, applies = labels != UNDECIDED, labels == 1
    # What is learned lies in the span of the decided segments: few decisions, few parameters.
    basis = np.linalg.svd(centred, full_matrices=False)[2]
    features = centred @ basis.T
    shape = (n_codes, len(basis))
    precision = np.concatenate(
        [np.full(shape[0] * shape[1], _WORDS), np.full(n_codes, _FREQUENCY), [_TRUST, _LEVEL]]
    )

    def loss_and_gradient(theta: Floats) -> tuple[float, Floats]:
        words, frequency, trust, level = _unpacked(theta, shape)
        logits = prior + features @ words.T + frequency + trust * evidence + level
        loss = np.where(decided, np.logaddexp(0.0, logits) - applies * logits, 0.0).sum()
        error = np.where(decided, expit(logits) - applies, 0.0)
        gradient = np.concatenate(
            [
                (error.T @ features).ravel(),
                error.sum(axis=0),
                [(error * evidence).sum(), error.sum()],
            ]
        )
        return float(loss + (precision * theta**2).sum() / 2), gradient + precision * theta

    start = np.zeros(len(precision))
    found = minimize(
        loss_and_gradient, start, jac=True, method="L-BFGS-B", options={"maxiter": _MOST_STEPS}
    )
    words, frequency, trust, level = _unpacked(found.x, shape)
    return words @ basis, frequency, trust, level


def _unpacked(theta: Floats, shape: tuple[int, int]) -> tuple[Floats, Floats, float, float]:
    n_codes, n_features = shape
    n_words = n_codes * n_features
    words = theta[:n_words].reshape(shape)
    return words, theta[n_words : n_words + n_codes], float(theta[-2]), float(theta[-1])
