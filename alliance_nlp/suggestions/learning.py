"""Make what decisions teach: how much codebooks and other segments tell.

The estimate is a logistic regression for all codes together, in which the evidence of the
codebook's words is the starting point and each decision moves the estimate away from it only as far
as it has to (maximum a posteriori with normal priors).  How far that is differs from study to
study, so that it is learned, too: the regression is fitted with priors of several strengths, each
is asked what it would have said of every decided segment without that segment (approximate
leave-one-out: Rahnama Rad & Maleki 2020), and those that would have been right count most.  The
same answers say how sure the estimate may sound (stacked calibration: Wolpert 1992, Platt 1999).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from alliance_nlp.suggestions.parts import Floats

Labels = npt.NDArray[np.int8]

UNDECIDED = -1

# Strength of the priors, as the inverse variance of a normal distribution around "as the codebook
# says"; chosen on the corpora that parameters may be learned from.
_WORDS = (0.05, 0.2, 0.8)  # of what a code attracts and repels
_FREQUENCY = 1.0  # of how often a code is used
_TRUST = 10.0  # of how much the codebook's words are worth in this study
_LEVEL = 0.1  # of how much is coded at all in this study
_SURENESS = 4.0  # of how sure the estimate may sound
# How often a code is used and how sure the estimate may sound differ from interview to interview:
# with answers from one alone, these two priors are so many times stronger.
_ONE_INTERVIEW = 10.0
# How much it counts against a code that somebody who accepted another one for a segment has said
# nothing of it. Without it, a study of accepted codes alone would teach that everything applies.
_SILENCE = 0.2
# Neighbouring cells are not independent: their likelihood counts as that of so many.
_TEMPERATURE = 0.3
_HIGHEST_LEVERAGE = 0.95  # with a mean curvature a single segment can seem to decide everything
# Far enough: more steps change no figure of the benchmarks, and take seconds with a thousand
# decisions.
_ENOUGH = {"maxiter": 15, "ftol": 1e-6, "gtol": 1e-4}


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """The log-odds of codes: `scale * evidence + features @ words.T + intercept`.

    Attributes:
        words: (n_codes, d) what each code attracts and repels, beyond the codebook's words.
        intercept: (n_codes,) log-odds of each code at zero evidence.
        scale: How much one unit of evidence counts.
    """

    words: Floats
    intercept: Floats
    scale: float


@dataclass(frozen=True, slots=True, eq=False)
class _Decided:
    """The decided segments: where they lie, and what was said of them."""

    features: Floats  # (n, k) in the directions along which they differ
    spread: Floats  # (k,) their sum of squares along each
    evidence: Floats  # (n, n_codes) log-odds by the codebook's words
    applies: npt.NDArray[np.bool_]
    counts: Floats  # (n, n_codes) how much each cell counts
    doubt: float  # how much stronger the priors are of what differs between interviews


def learn(
    features: Floats, evidence: Floats, level: float, labels: Labels, *, n_interviews: int
) -> Learned:
    """Learn from decided segments.

    Args:
        features: (n, d) the decided segments.
        evidence: (n, n_codes) what the codebook's words say of them, in log-odds around 0.
        level: The log-odds of a code without evidence.
        labels: (n, n_codes) 1 applies, 0 does not, -1 nobody has decided; a row has a decision.
        n_interviews: How many interviews they come from.

    >>> labels = np.zeros((0, 3), dtype=np.int8)
    >>> nothing = learn(np.zeros((0, 2)), np.zeros((0, 3)), -2.0, labels, n_interviews=0)
    >>> nothing.scale, nothing.intercept.tolist()
    (1.0, [-2.0, -2.0, -2.0])
    """
    from threadpoolctl import threadpool_limits

    n_codes = labels.shape[1]
    if not len(labels):
        return Learned(np.zeros((n_codes, features.shape[1])), np.full(n_codes, level), 1.0)
    applies = labels == 1
    passed_over = np.where(applies.any(axis=1, keepdims=True), _SILENCE, 0.0)
    counts = np.where(labels != UNDECIDED, 1.0, passed_over)
    # What is learned lies in the span of the decided segments: few decisions, few parameters.
    basis, spread = _principal(features)
    doubt = 1.0 + (_ONE_INTERVIEW - 1.0) / n_interviews
    decided = _Decided(features @ basis.T, spread, evidence, applies, counts, doubt)
    fits = []
    start = None
    with threadpool_limits(1):  # these products are so small that threads wait for each other
        for strength in reversed(_WORDS):  # each begins where the stiffer one ended
            start = _fit(decided, level, strength, start)
            fits.append(_sounding(decided, level, strength, start))
    return _mixed(fits, basis)


def _principal(features: Floats) -> tuple[Floats, Floats]:
    """Return the directions (k, d) in which the rows differ, and the sum of squares along each."""
    n, d = features.shape
    gram = features @ features.T if n < d else features.T @ features
    spread, vectors = np.linalg.eigh(gram)
    kept = spread > spread[-1] * 1e-12
    spread, vectors = spread[kept], vectors[:, kept]
    basis = (features.T @ vectors / np.sqrt(spread)).T if n < d else vectors.T
    return basis, spread


def _fit(decided: _Decided, level: float, strength: float, start: Floats | None) -> Floats:
    """Return the maximum of the posterior: words, frequencies, trust and shift in one row."""
    from scipy.optimize import minimize
    from scipy.special import expit

    features, evidence, counts = decided.features, decided.evidence, decided.counts
    n_codes, k = counts.shape[1], features.shape[1]
    frequent = _FREQUENCY * decided.doubt
    precision = np.concatenate(
        [np.full(n_codes * k, strength), np.full(n_codes, frequent), [_TRUST, _LEVEL]]
    )
    # Steps are measured by the curvature at the start: the level is a thousand times stiffer than
    # a word, and without this a hundred steps of L-BFGS end far from the optimum.
    p = expit(evidence + level)
    curvature = _summed(counts * p * (1 - p), features**2, evidence**2) + precision
    step = 1 / np.sqrt(curvature)

    def loss_and_gradient(steps: Floats) -> tuple[float, Floats]:
        theta = steps * step
        words, frequency, trust, shift = _unpacked(theta, (n_codes, k))
        logits = (1 + trust) * evidence + features @ words.T + frequency + (level + shift)
        loss = -_log_likelihood(logits, decided)
        error = counts * (expit(logits) - decided.applies)
        gradient = _summed(error, features, evidence) + precision * theta
        return loss + float((precision * theta**2).sum()) / 2, gradient * step

    begin = np.zeros(len(step)) if start is None else start / step
    found = minimize(loss_and_gradient, begin, jac=True, method="L-BFGS-B", options=_ENOUGH)
    theta: Floats = found.x * step
    return theta


def _sounding(
    decided: _Decided, level: float, strength: float, theta: Floats
) -> tuple[float, Learned]:
    """Return the log-likelihood of what a fit would have said unseen, and the fit, as sure as that.

    Its base and what it learned get a factor each, and both a shift: they are what makes the
    answers for segments left out most likely.
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    shape = (decided.counts.shape[1], decided.features.shape[1])
    words, frequency, trust, shift = _unpacked(theta, shape)
    base = (1 + trust) * decided.evidence + level + shift
    learned = _unseen(decided, base, decided.features @ words.T + frequency, strength)
    sureness = _SURENESS * decided.doubt

    def loss_and_gradient(factors: Floats) -> tuple[float, Floats]:
        logits = factors[0] * base + factors[1] * learned + factors[2]
        error = decided.counts * (expit(logits) - decided.applies)
        off = factors - (1, 1, 0)
        gradient = np.array([(error * base).sum(), (error * learned).sum(), error.sum()])
        loss = sureness * float((off**2).sum()) / 2 - _log_likelihood(logits, decided)
        return loss, gradient + sureness * off

    begin = np.array([1.0, 1.0, 0.0])
    of_base, of_learned, more = minimize(
        loss_and_gradient, begin, jac=True, method="L-BFGS-B", options=_ENOUGH
    ).x
    fit = Learned(
        words=of_learned * words,
        intercept=of_base * (level + shift) + of_learned * frequency + more,
        scale=float(of_base * (1 + trust)),
    )
    return _log_likelihood(of_base * base + of_learned * learned + more, decided), fit


def _unseen(decided: _Decided, base: Floats, learned: Floats, strength: float) -> Floats:
    """Return what would have been learned for each segment from the others, to first order.

    The curvature of a code is taken as the same in all segments: then one set of directions serves
    all codes, and nothing has to be inverted.
    """
    from scipy.special import expit

    p = expit(base + learned)
    residual = decided.counts * (decided.applies - p)
    curvature = (decided.counts * p * (1 - p)).mean(axis=0)
    reach = decided.features**2 @ (1 / (np.outer(decided.spread, curvature) + strength))
    reach += 1 / (len(p) * curvature + _FREQUENCY * decided.doubt)
    unseen: Floats = learned - residual * reach / (
        1 - np.minimum(curvature * reach, _HIGHEST_LEVERAGE)
    )
    return unseen


def _mixed(fits: Sequence[tuple[float, Learned]], basis: Floats) -> Learned:
    """Mix the fits by how likely they make the answers."""
    likely = np.array([likelihood for likelihood, _ in fits])
    shares = np.exp(_TEMPERATURE * (likely - likely.max()))
    shares /= shares.sum()
    parts = [fit for _, fit in fits]
    return Learned(
        words=np.tensordot(shares, [fit.words for fit in parts], 1) @ basis,
        intercept=np.tensordot(shares, [fit.intercept for fit in parts], 1),
        scale=float(shares @ [fit.scale for fit in parts]),
    )


def _log_likelihood(logits: Floats, decided: _Decided) -> float:
    cells = decided.applies * logits - np.logaddexp(0.0, logits)
    return float((decided.counts * cells).sum())


def _unpacked(theta: Floats, shape: tuple[int, int]) -> tuple[Floats, Floats, float, float]:
    n_codes, n_features = shape
    n_words = n_codes * n_features
    words = theta[:n_words].reshape(shape)
    return words, theta[n_words : n_words + n_codes], float(theta[-2]), float(theta[-1])


def _summed(cells: Floats, features: Floats, evidence: Floats) -> Floats:
    """Add up, in the order of `_unpacked`, what each cell of the labels says of each parameter."""
    words, frequency = (cells.T @ features).ravel(), cells.sum(axis=0)
    return np.concatenate([words, frequency, [(cells * evidence).sum(), cells.sum()]])
