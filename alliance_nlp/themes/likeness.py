"""Make rows whose cosines say how alike segments are in what they are about."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from alliance_nlp.segments import Segment, count_words

Floats = npt.NDArray[np.floating]
Rows = npt.NDArray[np.intp]

# The mean of a language is trusted as if so many segments had been seen with the overall mean,
_PRIOR_OF_LANGUAGE = 5
# and the effect of length as if so many, e times as long as the average, had shown none.
_PRIOR_OF_LENGTH = 20
_ROUNDING = 1e-9
_WORDS = 0.8  # how much words count beside meaning, where all speak one language
_PIECES = (2, 5)  # characters: compounds, endings and Chinese need no list of words
_FEWEST_USES = 3
_MOST_USES = 0.3  # of all texts
_N_DIMENSIONS = 100
_N_ITERATIONS = 2
_MOST_LEARNED_FROM = 20_000
_MOST_DIMENSIONS = 128  # that cosines need
_SHORT = 6  # words: "Yes, a lot." is about what was asked
_QUESTION = 0.3
_AROUND = 4.0  # times how much more alike than others segments are that follow each other
_MOST_AROUND = 0.5
_APART = 5  # segments of one side that need not be about the same
_PRIOR_PAIRS = 50  # as if so many had been no more alike


def comparable(segments: Sequence[Segment], vectors: Floats, said: Rows) -> Floats:
    """Return a unit row, float32, for each of the segments that are `said`.

    Cosines of raw sentence vectors lie close together and tell the language and the length of an
    answer as much as its subject.  Four steps:

    1. The mean of each language is subtracted, and what a line through the logarithm of the number
       of words foretells.
    2. Words are put beside meaning: TF-IDF of pieces of words, reduced to a hundred dimensions
       (latent semantic analysis, Deerwester et al. 1990; randomized, Halko et al. 2011).  Between
       languages words tell nothing, so they count less the fewer pairs of segments share a
       language, and nothing where that are fewer than half.
    3. An answer of up to six words is drawn towards the question that it answers, a little.
    4. A segment is drawn towards what the same side says before and after it, as far as such
       neighbours are more alike than others of their interview: a subject lasts for a while.

    Args:
        segments: All segments, sorted by `place_of`.
        vectors: (n_segments, d), one row each.
        said: The rows that may be gathered; the others serve as questions.
    """
    own = [segments[row] for row in said]
    centred = _centred(segments, vectors, said).astype(np.float32)
    rows = _with_words(own, centred[said])
    sides = _sides(own)
    weight = _coherence(sides, centred[said])
    meaning = slice(0, centred.shape[1])
    drawn = rows.copy()
    for row, question in _questions(segments, said):
        drawn[row, meaning] += _QUESTION * centred[question]
    drawn = unit(drawn)
    mixed = drawn.copy()
    for side in sides:
        mixed[side[1:]] += weight * drawn[side[:-1]]
        mixed[side[:-1]] += weight * drawn[side[1:]]
    return reduced(unit(mixed), _MOST_DIMENSIONS)


def place_of(segment: Segment) -> tuple[int, int, str, str]:
    """Return what segments are sorted by: first what stays if an interview is called otherwise."""
    return segment.start, segment.end, segment.text, segment.id


def _centred(segments: Sequence[Segment], vectors: Floats, said: Rows) -> Floats:
    lengths = np.log1p([count_words(one.text) for one in segments])
    languages = np.array([one.language for one in segments], dtype=object)
    among = np.zeros(len(segments), dtype=bool)
    among[said] = True
    overall = vectors[said].mean(axis=0)
    centred = np.empty_like(vectors)
    for language in set(languages):
        rows = languages == language
        known = rows & among
        prior = _PRIOR_OF_LANGUAGE * overall
        centred[rows] = vectors[rows] - (vectors[known].sum(axis=0) + prior) / (
            known.sum() + _PRIOR_OF_LANGUAGE
        )
        lengths[rows] -= lengths[known if known.any() else rows].mean()
    centred = unit(centred)
    # Ridge: where lengths hardly differ they cannot have had much effect.
    effect = lengths[said] @ centred[said]
    slope = effect / (lengths[said] @ lengths[said] + _PRIOR_OF_LENGTH)
    return unit(centred - np.outer(lengths, slope))


def _with_words(segments: Sequence[Segment], centred: Floats) -> Floats:
    """Put the words that segments share beside what they mean."""
    uses = Counter(one.language for one in segments)
    same_language = sum((n / len(segments)) ** 2 for n in uses.values())
    weight = _WORDS * max(0.0, 2 * same_language - 1)
    words = _latent_words([one.text for one in segments]) if weight else None
    return centred if words is None else unit(np.hstack([centred, weight * words]))


def _latent_words(texts: Sequence[str]) -> Floats | None:
    """Return unit rows of what words the texts share; None where they share none."""
    from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
    from sklearn.utils.extmath import randomized_svd

    # A piece lies within a word, so each distinct word is cut into pieces once.
    words = CountVectorizer(analyzer=lambda text: text.lower().split(), dtype=np.float32)
    cut = CountVectorizer(analyzer="char_wb", ngram_range=_PIECES, dtype=np.float32)
    try:
        said = words.fit_transform(texts)
        pieces_of = cut.fit_transform(words.get_feature_names_out())
    except ValueError:  # nothing is said
        return None
    pieces = said @ pieces_of
    some = slice(None, None, -(-len(texts) // _MOST_LEARNED_FROM))
    uses = np.bincount(pieces[some].indices, minlength=pieces.shape[1])
    n_texts = pieces[some].shape[0]
    shared = np.flatnonzero((uses >= _FEWEST_USES) & (uses <= _MOST_USES * n_texts))
    n_dimensions = min(_N_DIMENSIONS, n_texts // 4, len(shared) - 1)
    if n_dimensions < 1:
        return None
    pieces = pieces[:, shared]
    weighed = TfidfTransformer(sublinear_tf=True).fit(pieces[some]).transform(pieces, copy=False)
    # What is drawn at random is drawn for pieces, not for texts, whose order may be another.
    _, _, dimensions = randomized_svd(
        weighed[some], n_dimensions, n_iter=_N_ITERATIONS, transpose=False, random_state=0
    )
    latent: Floats = weighed @ dimensions.T
    told = latent.any(axis=1)  # what holds no shared piece is like nothing, not like its equals
    latent[told] -= latent[told].mean(axis=0)
    return unit(latent)


def _sides(segments: Sequence[Segment]) -> list[list[int]]:
    """Return the rows of each side of each conversation, in their order."""
    sides = defaultdict(list)
    for row, one in enumerate(segments):
        sides[one.transcript_id, one.role].append((one.start, one.end, row))
    return [[row for _, _, row in sorted(side)] for side in sides.values()]


def _coherence(sides: Sequence[Sequence[int]], centred: Floats) -> float:
    """Return how much segments that follow each other are to be mixed.

    They are compared with those that lie a few segments apart on the same side: people have a way
    of talking, which makes all that one of them says alike.
    """
    followers = [pair for side in sides for pair in pairwise(side)]
    others = [pair for side in sides for pair in zip(side, side[_APART:], strict=False)]
    if not others:
        return 0.0
    excess = _mean_cosine(centred, followers) - _mean_cosine(centred, others)
    known = len(others) / (len(others) + _PRIOR_PAIRS)
    return float(np.clip(_AROUND * known * excess, 0.0, _MOST_AROUND))


def _mean_cosine(rows: Floats, pairs: Sequence[tuple[int, int]]) -> float:
    first, second = np.transpose(pairs)
    return float((rows[first] * rows[second]).sum(axis=1).mean())


def _questions(segments: Sequence[Segment], said: Rows) -> list[tuple[int, int]]:
    """Return each short answer, by its place in `said`, with the row of its question."""
    place = {int(row): at for at, row in enumerate(said)}
    asked: dict[str, int] = {}
    pairs = []
    order = sorted(range(len(segments)), key=lambda row: segments[row].start)
    for row in order:
        one = segments[row]
        if row not in place:
            asked[one.transcript_id] = row
        elif one.transcript_id in asked and count_words(one.text) <= _SHORT:
            pairs.append((place[row], asked[one.transcript_id]))
    return pairs


def reduced(rows: Floats, n_dimensions: int) -> Floats:
    """Return rows with so many dimensions at most, whose cosines are nearly the same."""
    from sklearn.decomposition import PCA

    if min(rows.shape) <= n_dimensions:
        return rows
    reduction = PCA(n_dimensions, svd_solver="covariance_eigh").fit(rows)
    return unit(rows @ reduction.components_.T)  # not centred anew: cosines stay


def unit(rows: Floats) -> Floats:
    """Return the rows with length 1; rows that are nothing but rounding become zeros."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    made: Floats = rows / np.maximum(lengths, _ROUNDING)
    # What is left of a vector that is its language's mean is rounding: it points nowhere.
    made[lengths[:, 0] <= _ROUNDING] = 0.0
    return made
