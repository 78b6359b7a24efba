"""Make the estimator that starts from the codebook and learns from every decision."""

import json
import math
from collections.abc import Sequence
from itertools import compress
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from alliance_nlp.bundled import bundled
from alliance_nlp.codebook import Code
from alliance_nlp.embeddings import Model, embed
from alliance_nlp.errors import CodebookError, ModelError
from alliance_nlp.segments import Segment
from alliance_nlp.suggestions.evidence import Study, weigh_study
from alliance_nlp.suggestions.learning import UNDECIDED, Labels, learn
from alliance_nlp.suggestions.rows import Floats

# Words in common are evidence up to a point: a segment that says what the definition says, word for
# word, is no surer than this, in log-odds.
_SUREST = 5.0


class CodeSuggester:
    """Estimate for every segment how likely each code of a codebook is to be accepted.

    The evidence of the codebook's words (`suggestions.evidence`) is the starting point: with no
    decisions it is the whole answer, and each decision moves the estimate away from it
    (`suggestions.learning`).

    Args:
        codebook: The codes; their order carries no evidence.
        model: What embedded the segments, as in `embed`.
        weights: A file of parameters learned across codebooks; None is the shipped one.
        random_state: For scikit-learn's conventions; nothing here is random.

    Attributes:
        study_: What was fitted.
        evidence_: What the codebook's words say of it.
        weighed_: What they say about its segments.
        coef_: (n_codes, d + 11) what each code attracts and repels, beyond its words: d directions
            of meaning, three roles of who speaks, questions, long segments, and six stages of an
            interview.
        intercept_: (n_codes,) log-odds of each code at zero evidence.
        weights_: The parameters learned across codebooks.
        scale_: How much the codebook's words count in this study; 1 without answers.

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
        codebook: Sequence[Code],
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
                None if nobody has decided anything. Where one code was accepted, those that
                nobody has decided about count a little as passed over.
            embeddings: float32 (n_segments, d), unit rows; None embeds the segments.

        Raises:
            ValueError: The shapes do not fit each other, or labels hold something else.
            CodebookError: The codebook is empty.
            ModelError: `model` does not fit the embeddings, or `weights` cannot be read.
        """
        if not len(self.codebook):
            raise CodebookError(f"{self.codebook!r} is empty; at least one code is needed")
        embeddings = self._embedded(segments, embeddings)
        labels = checked_labels(labels, (len(segments), len(self.codebook)))
        self.weights_ = read_weights(self.weights)
        self.study_ = Study(tuple(segments), embeddings, self.codebook, self.model)
        self.evidence_, self.weighed_ = weigh_study(self.study_)
        decided = (labels != UNDECIDED).any(axis=1)
        learned = learn(
            self.weighed_.features[decided].astype(float),
            self._log_odds(self.weighed_.scores[decided]),
            self.weights_["intercept"] - np.log(len(self.codebook)),
            labels[decided],
            kinship=self.evidence_.kinship,
            n_interviews=len({s.transcript_id for s in compress(segments, decided)}),
        )
        self.coef_, self.intercept_ = learned.words, learned.intercept
        self.scale_ = learned.scale
        return self

    def predict_proba(
        self, segments: Sequence[Segment], *, embeddings: Floats | None = None
    ) -> npt.NDArray[np.float64]:
        """Return (n_segments, n_codes) probabilities, in the order of the codebook.

        The segments may be those of `fit` or others.

        Raises:
            ValueError: There are not as many rows of embeddings as segments.
            ModelError: The embeddings have another dimension than those of `fit`.
        """
        from scipy.special import expit

        study = Study(
            tuple(segments), self._embedded(segments, embeddings), self.codebook, self.model
        )
        weighed = self.weighed_
        if study != self.study_:
            weighed = self.evidence_.weigh(study.segments, study.embeddings)
        logits = self.words_say(weighed.scores) + weighed.attracted(self.coef_)
        probabilities: npt.NDArray[np.float64] = expit(logits + self.intercept_)
        return probabilities

    def words_say(self, evidence: Floats) -> Floats:
        """Return the log-odds, around 0, that evidence of the codebook's words amounts to."""
        return self.scale_ * self._log_odds(evidence)

    def _log_odds(self, evidence: Floats) -> Floats:
        log_odds: Floats = _SUREST * np.tanh(self.weights_["scale"] / _SUREST * evidence)
        return log_odds

    def _embedded(self, segments: Sequence[Segment], embeddings: Floats | None) -> Floats:
        if embeddings is None:
            embeddings = embed(segments, model=self.model)
        # In float64 sums do not depend on the order of segments, for all that anybody could see.
        rows = np.array(embeddings, dtype=float)
        if rows.ndim != 2 or len(rows) != len(segments):
            raise ValueError(
                f"embeddings of shape {rows.shape} do not fit {len(segments)} segments; "
                "one row per segment is needed"
            )
        if not np.isfinite(rows).all():
            raise ValueError("the embeddings hold numbers that are not finite; embed them again")
        return rows


def read_weights(path: str | Path | None = None) -> dict[str, float]:
    """Read the parameters that were learned across codebooks; None reads the shipped ones.

    >>> sorted(read_weights())
    ['intercept', 'scale']
    """
    file = bundled("models/weights.json") if path is None else Path(path)
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        weights = {name: float(stored[name]) for name in ("scale", "intercept")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{file}: these are no weights of a CodeSuggester (a JSON file with scale and "
            "intercept, as benchmarks/learn_weights.py writes it)"
        ) from error
    if not all(map(math.isfinite, weights.values())):
        raise ModelError(f"{file}: scale and intercept must be finite, here they are {weights}")
    return weights


def checked_labels(labels: Labels | None, shape: tuple[int, int]) -> Labels:
    """Return labels as an array; None is all undecided.

    Raises:
        ValueError: They have another shape, or hold something other than 1, 0 and -1.

    >>> checked_labels(None, (1, 2))
    array([[-1, -1]], dtype=int8)
    """
    if labels is None:
        return np.full(shape, UNDECIDED, dtype=np.int8)
    labels = np.asarray(labels)
    if labels.shape != shape:
        raise ValueError(
            f"labels have shape {labels.shape}; {shape} is needed, a row per segment and a column "
            "per code"
        )
    if not np.isin(labels, (UNDECIDED, 0, 1)).all():
        raise ValueError("labels hold 1 (applies), 0 (does not) and -1 (nobody has decided) only")
    return labels
