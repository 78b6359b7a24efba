"""Make what decisions teach: how much codebooks and other segments tell.

The estimate is a logistic regression for all codes together, in which the evidence of the
codebook's words is the starting point and each decision moves the estimate away from it only as
far as it has to (maximum a posteriori with normal priors).  Codes that are about the same learn
from each other: the priors of what they attract are not independent (multi-task learning with a
kernel between tasks: Evgeniou, Micchelli & Pontil 2005).  Whether all codes have something in
common, which is what tells talk worth coding from other talk, differs from study to study, so that
it is learned, too: the regression is fitted with and without it, each fit is asked what it would
have said of every decided segment without that segment (approximate leave-one-out: Rahnama Rad &
Maleki 2020), and what would have been right counts most.  The same answers say how sure the
estimate may sound (stacked calibration: Wolpert 1992, Platt 1999).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from alliance_nlp.suggestions.rows import Floats

Labels = npt.NDArray[np.int8]

UNDECIDED = -1

# Strength of the priors, as the inverse variance of a normal distribution around "as the codebook
# says"; chosen on the corpora that parameters may be learned from.
_WORDS = 0.2  # of what a code attracts and repels
_FREQUENCY = 1.0  # of how often a code is used
_TRUST = 3.0  # of how much the codebook's words are worth in this study
_LEVEL = 1.0  # of how much is coded at all in this study
_SURENESS = 4.0  # of how sure the estimate may sound
# How much of what one code attracts and repels others do, too: codes that are about the same, and
# all codes, which is what tells talk that is worth coding from other talk.
_KIN = 0.5
_ALL = (0.0, 0.25)
_STEPS = (12, 6)  # of each of these two fits: the second begins where the first has ended
# How often a code is used and how sure the estimate may sound differ from interview to interview:
# with answers from one alone, these two priors are so many times stronger.
_ONE_INTERVIEW = 10.0
# How much it counts against a code that somebody who accepted another one for a segment has said
# nothing of it. Without it, a study of accepted codes alone would teach that everything applies.
_SILENCE = 0.2
# Log-odds at which the codebook's words speak so clearly that more trust or less moves other cells.
_CLEAR = 1.5
# Neighbouring cells are not independent: their likelihood counts as that of so many.
_TEMPERATURE = 0.3
_LEAST_VARIANCE = 0.01  # of what codes have in common: kinship need not be quite a correlation
_HIGHEST_LEVERAGE = 0.95  # with a mean curvature a single segment can seem to decide everything
# More directions, and more steps than above, change no figure of the benchmarks by more than
# chance, and take a second with a thousand decisions.
_DIRECTIONS = 150
_ENOUGH = {"ftol": 1e-6, "gtol": 1e-4}


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """The log-odds of codes: `scale * evidence + features @ words.T + intercept`.

    To that the loudest sentence of a segment adds, which is not seen here (`Weighed.attracted`).

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
    evidence: Floats  # (n, n_codes) log-odds by the codebook's words, less `_CLEAR`
    applies: npt.NDArray[np.bool_]
    counts: Floats  # (n, n_codes) how much each cell counts
    doubt: float  # how much stronger the priors are of what differs between interviews


def learn(
    features: Floats,
    evidence: Floats,
    level: float,
    labels: Labels,
    *,
    kinship: Floats,
    n_interviews: int,
) -> Learned:
    """Learn from decided segments.

    Args:
        features: (n, d) the decided segments.
        evidence: (n, n_codes) what the codebook's words say of them, in log-odds around 0.
        level: The log-odds of a code without evidence.
        labels: (n, n_codes) 1 applies, 0 does not, -1 nobody has decided; a row has a decision.
        kinship: (n_codes, n_codes) how much each code is about the same as each other one, 0 to 1.
        n_interviews: How many interviews they come from.

    >>> no, kin, none = np.zeros((0, 2)), np.eye(3), np.zeros((0, 3), dtype=np.int8)
    >>> nothing = learn(no, np.zeros((0, 3)), -2.0, none, kinship=kin, n_interviews=0)
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
    doubt = 1.0 + (_ONE_INTERVIEW - 1.0) / n_interviews
    found, fits = None, []
    with threadpool_limits(1):  # these products are so small that threads wait for each other
        # What is learned lies in the span of the decided segments: few decisions, few parameters.
        basis, spread = _principal(features)
        decided = _Decided(features @ basis.T, spread, evidence - _CLEAR, applies, counts, doubt)
        for in_common, steps in zip(_ALL, _STEPS, strict=True):
            mixing = _mixing(kinship, in_common)
            found = _most_likely(decided, level + _CLEAR, mixing, steps=steps, begin=found)
            fits.append(_sounding(decided, level + _CLEAR, found))
    return _averaged(fits, basis)


def _mixing(kinship: Floats, in_common: float) -> Floats:
    """Return the symmetric square root of the correlation that codes have before any answer."""
    covariance = np.eye(len(kinship)) + _KIN * kinship + in_common
    sizes = np.sqrt(np.diag(covariance))
    values, vectors = np.linalg.eigh(covariance / np.outer(sizes, sizes))
    root: Floats = (vectors * np.sqrt(values.clip(_LEAST_VARIANCE))) @ vectors.T
    return root


def _principal(features: Floats) -> tuple[Floats, Floats]:
    """Return the directions (k, d) in which the rows differ most, and their sums of squares."""
    n, d = features.shape
    gram = features @ features.T if n < d else features.T @ features
    spread, vectors = np.linalg.eigh(gram)
    first = max(len(spread) - _DIRECTIONS, np.searchsorted(spread, spread[-1] * 1e-12, "right"))
    spread, vectors = spread[first:], vectors[:, first:]
    basis = (features.T @ vectors / np.sqrt(spread)).T if n < d else vectors.T
    return basis, spread


def _most_likely(
    decided: _Decided, level: float, mixing: Floats, *, steps: int, begin: Floats | None = None
) -> Floats:
    """Return nearly the maximum of the posterior: words, frequencies, trust and shift in one row.

    What a code attracts is one of as many independent draws as there are codes, mixed by `mixing`.
    `begin` is where to begin, in the same order.
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    features, evidence, counts = decided.features, decided.evidence, decided.counts
    shape = n_codes, k = counts.shape[1], features.shape[1]
    frequent = _FREQUENCY * decided.doubt
    precision = np.concatenate(
        [np.full(n_codes * k, _WORDS), np.full(n_codes, frequent), [_TRUST, _LEVEL]]
    )
    # Steps are measured by the curvature at the start: the level is a thousand times stiffer than
    # a word, and without this a hundred steps of L-BFGS end far from the optimum.
    p = expit(evidence + level)
    curvature = _summed(counts * p * (1 - p), features**2, evidence**2) + precision
    step = 1 / np.sqrt(curvature)

    def loss_and_gradient(scaled: Floats) -> tuple[float, Floats]:
        theta = scaled * step
        draws, frequency, trust, shift = _unpacked(theta, shape)
        words = mixing @ draws
        logits = (1 + trust) * evidence + features @ words.T + frequency + (level + shift)
        likelihood, residual = _judged(logits, decided)
        slopes = _summed(residual, features, evidence)
        slopes[: draws.size] = (mixing @ slopes[: draws.size].reshape(draws.shape)).ravel()
        pulled = precision * theta
        return float(pulled @ theta) / 2 - likelihood, (pulled - slopes) * step

    theta: Floats = np.zeros(len(step)) if begin is None else begin.copy()
    words, *_ = _unpacked(theta, shape)
    words[:] = np.linalg.solve(mixing, words)
    options = {**_ENOUGH, "maxiter": steps}
    found = minimize(loss_and_gradient, theta / step, jac=True, method="L-BFGS-B", options=options)
    theta = found.x * step
    words, *_ = _unpacked(theta, shape)
    words[:] = mixing @ words
    return theta


def _sounding(decided: _Decided, level: float, theta: Floats) -> tuple[float, Learned]:
    """Return the log-likelihood of what a fit would have said unseen, and the fit, as sure as that.

    Its base and what it learned get a factor each, and both a shift: they are what makes the
    answers for segments left out most likely.
    """
    from scipy.optimize import minimize

    shape = (decided.counts.shape[1], decided.features.shape[1])
    words, frequency, trust, shift = _unpacked(theta, shape)
    base = (1 + trust) * decided.evidence + level + shift
    learned = _unseen(decided, base, decided.features @ words.T + frequency)
    sureness = _SURENESS * decided.doubt

    def loss_and_gradient(factors: Floats) -> tuple[float, Floats]:
        logits = factors[0] * base + factors[1] * learned + factors[2]
        likelihood, residual = _judged(logits, decided)
        slopes = np.array([np.vdot(residual, base), np.vdot(residual, learned), residual.sum()])
        off = factors - (1, 1, 0)
        return sureness * float(off @ off) / 2 - likelihood, sureness * off - slopes

    begin = np.array([1.0, 1.0, 0.0])
    of_base, of_learned, more = minimize(
        loss_and_gradient, begin, jac=True, method="L-BFGS-B", options=_ENOUGH
    ).x
    fit = Learned(
        words=of_learned * words,
        intercept=of_base * (level + shift) + of_learned * frequency + more,
        scale=float(of_base * (1 + trust)),
    )
    return _judged(of_base * base + of_learned * learned + more, decided)[0], fit


def _unseen(decided: _Decided, base: Floats, learned: Floats) -> Floats:
    """Return what would have been learned for each segment from the others, to first order.

    The curvature of a code is taken as the same in all segments: then one set of directions serves
    all codes, and nothing has to be inverted.
    """
    from scipy.special import expit

    p = expit(base + learned)
    residual = decided.counts * (decided.applies - p)
    curvature = (decided.counts * p * (1 - p)).mean(axis=0)
    reach = decided.features**2 @ (1 / (np.outer(decided.spread, curvature) + _WORDS))
    reach += 1 / (len(p) * curvature + _FREQUENCY * decided.doubt)
    unseen: Floats = learned - residual * reach / (
        1 - np.minimum(curvature * reach, _HIGHEST_LEVERAGE)
    )
    return unseen


def _averaged(fits: Sequence[tuple[float, Learned]], basis: Floats) -> Learned:
    """Average the fits, each by how likely it makes the answers."""
    likely = np.array([likelihood for likelihood, _ in fits])
    shares = np.exp(_TEMPERATURE * (likely - likely.max()))
    shares /= shares.sum()
    parts = [fit for _, fit in fits]
    scale = float(shares @ [fit.scale for fit in parts])
    return Learned(
        words=np.tensordot(shares, [fit.words for fit in parts], 1) @ basis,
        intercept=np.tensordot(shares, [fit.intercept for fit in parts], 1) - scale * _CLEAR,
        scale=scale,
    )


def _judged(logits: Floats, decided: _Decided) -> tuple[float, Floats]:
    """Return the log-likelihood of the answers, and how far each was from what was said."""
    tail = np.exp(-np.abs(logits))
    p = np.where(logits < 0, tail, 1.0) / (1 + tail)
    cells = decided.applies * logits - np.maximum(logits, 0.0) - np.log(1 + tail)
    return float(np.vdot(decided.counts, cells)), decided.counts * (decided.applies - p)


def _unpacked(theta: Floats, shape: tuple[int, int]) -> tuple[Floats, Floats, float, float]:
    n_codes, n_features = shape
    n_words = n_codes * n_features
    draws = theta[:n_words].reshape(shape)
    return draws, theta[n_words : n_words + n_codes], float(theta[-2]), float(theta[-1])


def _summed(cells: Floats, features: Floats, evidence: Floats) -> Floats:
    """Add up, in the order of `_unpacked`, what each cell of the labels says of each parameter."""
    words, frequency = (cells.T @ features).ravel(), cells.sum(axis=0)
    return np.concatenate([words, frequency, [(cells * evidence).sum(), cells.sum()]])
