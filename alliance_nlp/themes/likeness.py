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
_N_DIMENSIONS = 100
_MOST_LEARNED_FROM = 20_000
_MOST_DIMENSIONS = 128  # that cosines need
_SHORT = 6  # words: "Yes, a lot." is about what was asked
_QUESTION = 0.3
_AROUND = 3.0  # times how much more alike than others segments are that follow each other
_MOST_AROUND = 0.5


def comparable(segments: Sequence[Segment], vectors: Floats, said: Rows) -> Floats:
    """Return a unit row, float32, for each of the segments that are `said`.

    Cosines of raw sentence vectors lie close together and tell the language and the length of an
    answer as much as its subject.  Four steps:

    1. The mean of each language is subtracted, and what a line through the logarithm of the number
       of words foretells.
    2. Words are put beside meaning: TF-IDF of pieces of words, reduced to a hundred dimensions
       (latent semantic analysis, Deerwester et al. 1990).  Between languages words tell nothing,
       so they count less the fewer pairs of segments share a language, and nothing where that are
       fewer than half.
    3. An answer of up to six words is drawn towards the question that it answers, a little.
    4. A segment is drawn towards what the same side says before and after it, as far as such
       neighbours are more alike than others of their interview: a subject lasts for a while.

    Args:
        segments: All segments, in the order of their ids.
        vectors: (n_segments, d), one row each.
        said: The rows that may be gathered; the others serve as questions.
    """
    own = [segments[row] for row in said]
    centred = _centred(segments, vectors, said)
    rows = _with_words(own, centred[said])
    places = _places(own)
    weight = _coherence(places, centred[said])
    meaning = slice(0, centred.shape[1])
    drawn = rows.copy()
    for row, question in _questions(segments, said):
        drawn[row, meaning] += _QUESTION * centred[question]
    drawn = _unit(drawn)
    mixed = drawn.copy()
    for row, follower in places:
        mixed[follower] += weight * drawn[row]
        mixed[row] += weight * drawn[follower]
    return _unit(_reduced(_unit(mixed))).astype(np.float32)


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
    centred = _unit(centred)
    # Ridge: where lengths hardly differ they cannot have had much effect.
    effect = lengths[said] @ centred[said]
    slope = effect / (lengths[said] @ lengths[said] + _PRIOR_OF_LENGTH)
    return _unit(centred - np.outer(lengths, slope))


def _with_words(segments: Sequence[Segment], centred: Floats) -> Floats:
    """Put the words that segments share beside what they mean."""
    uses = Counter(one.language for one in segments)
    same_language = sum((n / len(segments)) ** 2 for n in uses.values())
    weight = _WORDS * max(0.0, 2 * same_language - 1)
    words = _latent_words([one.text for one in segments]) if weight else None
    return centred if words is None else _unit(np.hstack([centred, weight * words]))


def _latent_words(texts: Sequence[str]) -> Floats | None:
    """Return unit rows of what words the texts share; None where they share none."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(
        analyzer="char_wb",
        ngram_range=_PIECES,
        min_df=_FEWEST_USES,
        max_df=0.3,
        sublinear_tf=True,
        dtype=np.float32,
    )
    every = -(-len(texts) // _MOST_LEARNED_FROM)
    try:
        pieces = vectorizer.fit_transform(texts[::every])
    except ValueError:  # no piece is in three texts, and in no more than a third of all
        return None
    n_dimensions = min(_N_DIMENSIONS, pieces.shape[0] // 4, pieces.shape[1] - 1)
    if n_dimensions < 1:
        return None
    reduction = TruncatedSVD(n_dimensions, random_state=0).fit(pieces)
    latent = reduction.transform(pieces if every == 1 else vectorizer.transform(texts))
    return _unit(latent - latent.mean(axis=0))


def _places(segments: Sequence[Segment]) -> list[tuple[int, int]]:
    """Return the pairs of rows that follow each other on one side of a conversation."""
    sides = defaultdict(list)
    for row, one in enumerate(segments):
        sides[one.transcript_id, one.role].append((one.start, one.end, row))
    return [
        (first[2], second[2]) for side in sides.values() for first, second in pairwise(sorted(side))
    ]


def _coherence(places: Sequence[tuple[int, int]], centred: Floats) -> float:
    """Return how much segments that follow each other are to be mixed."""
    if not places:
        return 0.0
    first, second = np.transpose(places)
    followers = (centred[first] * centred[second]).sum(axis=1).mean()
    # The same interviews, farther apart: each first with the next but four.
    others = (centred[first] * centred[np.roll(second, -5)]).sum(axis=1).mean()
    return float(np.clip(_AROUND * (followers - others), 0.0, _MOST_AROUND))


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


def _reduced(rows: Floats) -> Floats:
    from sklearn.decomposition import PCA

    if min(rows.shape) <= _MOST_DIMENSIONS:
        return rows
    reduction = PCA(_MOST_DIMENSIONS, svd_solver="covariance_eigh").fit(rows)
    reduced: Floats = rows @ reduction.components_.T  # not centred anew: cosines stay
    return reduced


def _unit(rows: Floats) -> Floats:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    # What is left of a vector that is its language's mean is rounding: it points nowhere.
    unit: Floats = np.where(lengths > _ROUNDING, rows / np.maximum(lengths, _ROUNDING), 0.0)
    return unit
