"""Make evidence: how much the words of a codebook speak for each code in each segment.

Raw cosines of sentence embeddings are useless as they stand: every text of a study resembles every
other, and a vaguely worded code resembles everything. So

1. segments are centred on the mean of their language, codes on that of the codebook, bare names
   and codes with more to say each on their own (the "all-but-the-mean" step of Mu & Viswanath
   2018); both become unit vectors again;
2. each code is moved a little towards the segments that match it best (pseudo-relevance feedback,
   Rocchio 1971), which translates the codebook's words into those of the interviews;
3. each segment's scores are smoothed with those of the segments that are most like it, and with
   those of the segments around it in the interview, since people stay with a subject for a while;
4. how close a code lies to the study as a whole counts, but only in part: all of it, and the vague
   code wins everywhere; nothing, and it is forgotten that some subjects are talked about more;
5. the sentence of a segment that speaks loudest for a code counts beside the whole, since a long
   answer touches a subject in one sentence and goes on to others; so it does for what is learned;
6. the words that a text shares with a code count beside what it means (`suggestions.overlaps`);
7. a code whose name is about asking wants the segments that ask;
8. codes are rivals: the louder a segment speaks for the others, the less its words are about this
   one, which makes segments comparable with each other (a soft maximum: Bridle 1990).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import get_args

import numpy as np
import numpy.typing as npt

from alliance_nlp.codebook import Code
from alliance_nlp.embeddings import Model, embed
from alliance_nlp.errors import ModelError
from alliance_nlp.segments import Range, Segment, sentences
from alliance_nlp.suggestions.neighbours import Neighbours, drawn, n_nearest_of, neighbours_in
from alliance_nlp.suggestions.overlaps import Overlaps, overlaps_in
from alliance_nlp.suggestions.parts import code_centres, code_vectors, is_asking
from alliance_nlp.suggestions.rows import Floats, centres_of, less_centre, unit
from alliance_nlp.transcripts.transcript import Role

# Round numbers, chosen on the corpora that parameters may be learned from: see "What was learned
# from what" in benchmarks/README.md.
_FEEDBACK = 0.5  # the weight of the segments that match a code best beside its own words
_ALIKE_SCORES = 0.25  # the weight of the neighbours' scores beside the segment's own
_AROUND_SCORES = 4.0  # that of the segments around it, times how alike such segments are
_MOST_AROUND = 0.6  # but no more than this
_ALIKE_MEANING = 0.5  # the same for what is learned from: the weight of the neighbours' meaning
_AROUND_MEANING = 0.5  # and of the meaning of the segments around it
_WHO_SPEAKS = 0.5  # of the role of who speaks
_ASKS = 0.3  # of a question mark
_LENGTH = 0.15  # of the natural logarithm of the number of characters
_STAGE = 0.3  # of where in its interview a segment stands
_STAGES = 6  # places from beginning to end, between which it lies
_ROLES = get_args(Role)
_CLOSENESS = 1.0  # the weight of a code's closeness to the study as a whole
_SENTENCE = 0.5  # the weight of the loudest sentence beside the segment
_LEARNED_SENTENCE = 0.3  # how much more or less than the whole it counts for what was learned
_QUESTION = 0.2  # the weight of a question mark for codes about asking
_RIVALS = 0.6  # the weight of what speaks for the other codes
_SHARPNESS = 13.0  # of the soft maximum over them: the higher, the more the loudest one counts


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """What the codebook's words say about some segments.

    Attributes:
        segments: The segments.
        centred: float32 (n_segments, d) unit rows, without what all segments of a language share.
        features: float32 (n_segments, d + 11) rows to learn from: the same, drawn towards the
            segments that are most like each and those around it, and the circumstances: who
            speaks, whether it is a question, how long it is, and where in its interview it stands.
        scores: (n_segments, n_codes) how much each segment speaks for each code.
        ranges: The sentences of each segment, as half-open ranges of its text.
        sentences: float32 (n_sentences, d) unit rows, centred, of all sentences in order.
        matches: (n_sentences, n_codes) how near each sentence is to each code.
        starts: (n_segments + 1,) where each segment's sentences begin among those rows.
    """

    segments: tuple[Segment, ...]
    centred: Floats
    features: Floats
    scores: Floats
    ranges: Sequence[Sequence[Range]]
    sentences: Floats
    matches: Floats
    starts: npt.NDArray[np.intp]

    def attracted(self, words: Floats) -> Floats:
        """Say how much what was learned speaks for each code in each segment: (n, n_codes).

        Args:
            words: (n_codes, d + 11) what each code attracts and repels.
        """
        words = words.T.astype(np.float32)
        meaning = words[: self.centred.shape[1]]
        louder = _loudest(self.sentences @ meaning, self.starts) - self.centred @ meaning
        attracted: Floats = self.features @ words + _LEARNED_SENTENCE * louder
        return attracted


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What is known of a study's segments and codebook before anybody has decided anything.

    Attributes:
        centres: The mean vector of each language, `''` for all together.
        code_centre: What the codes of the codebook share, on average.
        codes: (n_codes, d) the codes, halfway between what their words say and the same moved
            towards the segments that match best.
        closeness: (n_codes,) how close each code lies to the study as a whole, mean 0.
        around: How much the segments around each count beside its own score.
        asking: (n_codes,) whether each code is about asking, mean 0.
        rivals: How loudly a segment of the study speaks for other codes, on average and before
            neighbours and sentences count.
        ends: Where the last segment of each interview ends, in characters.
        circumstances: The mean circumstances of each language, `''` for all together.
        overlaps: The words of the study and of the codebook.
        neighbours: The segments of the study.
        neighbour_scores: (n_segments, n_codes) their scores before smoothing.
        model: What embeds sentences.
    """

    centres: dict[str, Floats]
    code_centre: Floats
    codes: Floats
    closeness: Floats
    around: float
    asking: Floats
    rivals: float
    ends: dict[str, int]
    circumstances: dict[str, Floats]
    overlaps: Overlaps
    neighbours: Neighbours
    neighbour_scores: Floats
    model: Model

    def weigh(self, segments: Sequence[Segment], embeddings: Floats) -> Weighed:
        """Say how much each segment, and its loudest sentence, speaks for each code.

        Raises:
            ModelError: The embeddings have another dimension than the codes.
        """
        languages = [s.language for s in segments]
        centred = self.centred(embeddings, languages)
        alike, around = self.neighbours.alike(centred), self.neighbours.around(segments)
        own = self.matches(centred, [s.text for s in segments], languages)
        scores = drawn(own, self.neighbour_scores, (alike, _ALIKE_SCORES), (around, self.around))
        ranges = [sentences(s.text, s.language) or [(0, len(s.text))] for s in segments]
        starts = np.cumsum([0, *map(len, ranges)])
        rows, matches = self._match_sentences(segments, ranges, centred, own)
        features = drawn(
            centred, self.neighbours.rows, (alike, _ALIKE_MEANING), (around, _AROUND_MEANING)
        )
        circumstances = less_centre(
            _circumstances(segments, self.ends), languages, self.circumstances
        )
        circumstances = np.nan_to_num(circumstances)  # an unknown place speaks for nothing
        asks = circumstances[:, len(_ROLES)] / _ASKS
        scores = (scores + _SENTENCE * _loudest(matches, starts)) / (1 + _SENTENCE)
        scores += _CLOSENESS * self.closeness + _QUESTION * np.outer(asks, self.asking)
        return Weighed(
            segments=tuple(segments),
            centred=centred.astype(np.float32),
            features=np.hstack([unit(features), circumstances], dtype=np.float32),
            scores=scores - _RIVALS * (_rivals(scores) - self.rivals),
            ranges=ranges,
            sentences=rows.astype(np.float32),
            matches=matches,
            starts=starts,
        )

    @property
    def kinship(self) -> Floats:
        """How much each code is about the same as each other one: (n_codes, n_codes), 0 to 1."""
        codes = unit(self.codes)
        return (codes @ codes.T).clip(0.0, 1.0) ** 2

    def centred(self, embeddings: Floats, languages: Sequence[str]) -> Floats:
        """Return (n, d) unit rows: texts without what all texts of their language share."""
        _check_dimension(embeddings, len(self.code_centre))
        return unit(less_centre(embeddings, languages, self.centres))

    def matches(self, centred: Floats, texts: Sequence[str], languages: Sequence[str]) -> Floats:
        """Return (n, n_codes): how near each text is to each code, by its own words alone."""
        matches: Floats = centred @ self.codes.T + self.overlaps.of(texts, languages)
        return matches

    def _match_sentences(
        self,
        segments: Sequence[Segment],
        ranges: Sequence[Sequence[Range]],
        centred: Floats,
        matches: Floats,
    ) -> tuple[Floats, Floats]:
        """Embed and match all sentences; the only sentence of a segment is the segment itself."""
        counts = np.array([len(spans) for spans in ranges], dtype=int)
        owners = np.repeat(np.arange(len(segments)), counts)
        rows, matches = centred[owners], matches[owners]
        several = counts[owners] > 1
        if several.any():
            texts = [
                segment.text[start:end]
                for segment, spans in zip(segments, ranges, strict=True)
                if len(spans) > 1
                for start, end in spans
            ]
            languages = [segments[owner].language for owner in owners[several]]
            rows[several] = self.centred(embed(texts, model=self.model), languages)
            matches[several] = self.matches(rows[several], texts, languages)
        return rows, matches


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """What evidence is made of; equal to another one that holds the same.

    Attributes:
        segments: All segments of the study.
        embeddings: (n_segments, d) unit rows, in the same order; nobody else may change them.
        codebook: The codes, one at least.
        model: What embedded the segments.
    """

    segments: tuple[Segment, ...]
    embeddings: Floats
    codebook: Sequence[Code]
    model: Model

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Study)
            and self.model == other.model
            and self.segments == other.segments
            and self.codebook == other.codebook
            and np.array_equal(self.embeddings, other.embeddings)
        )

    def __hash__(self) -> int:
        return hash((len(self.segments), self.segments[:1]))


@lru_cache(maxsize=1)
def weigh_study(study: Study) -> tuple[Evidence, Weighed]:
    """Compare a study with its codebook; done once for all fits that follow each other."""
    evidence = weigh_evidence(study.segments, study.embeddings, study.codebook, model=study.model)
    return evidence, evidence.weigh(study.segments, study.embeddings)


def weigh_evidence(
    segments: Sequence[Segment],
    embeddings: Floats,
    codebook: Sequence[Code],
    *,
    model: Model = None,
) -> Evidence:
    """Compare a study with its codebook.

    Args:
        segments: All segments of the study.
        embeddings: (n_segments, d) unit rows, in the same order.
        codebook: The codes, one at least.
        model: What embedded the segments.

    Raises:
        ModelError: `model` makes vectors of another dimension than `embeddings`.
    """
    raw = code_vectors(codebook, model)
    _check_dimension(embeddings, raw.shape[1])
    centres_of_codes = code_centres(codebook, raw, model)
    if len(raw) == 1 and len(embeddings):
        # A code alone has no others to stand out from; it stands out from the study.
        centres_of_codes = embeddings.mean(axis=0, dtype=float, keepdims=True)
    code_centre = centres_of_codes.mean(axis=0)
    languages = [s.language for s in segments]
    centres = centres_of(embeddings, languages, code_centre)
    centred = unit(less_centre(embeddings, languages, centres))
    prototypes = unit(raw - centres_of_codes)
    codes = (prototypes + _adapted(prototypes, centred)) / 2
    closeness = embeddings.sum(axis=0, dtype=float) @ raw.T / max(len(embeddings), 1)
    closeness -= closeness.mean()
    texts = [s.text for s in segments]
    overlaps = overlaps_in(texts, languages, codebook)
    neighbours = neighbours_in(segments, centred)
    scores = centred @ codes.T + overlaps.of(texts, languages)
    asking = np.array([is_asking(code) for code in codebook], dtype=float)
    ends = _ends_of(segments)
    return Evidence(
        centres=centres,
        code_centre=code_centre,
        codes=codes,
        closeness=closeness,
        around=min(max(_AROUND_SCORES * neighbours.coherence, 0.0), _MOST_AROUND),
        asking=asking - asking.mean(),
        rivals=float(_rivals(scores + _CLOSENESS * closeness).mean()) if len(segments) else 0.0,
        ends=ends,
        circumstances=centres_of(_circumstances(segments, ends), languages, 0.0),
        overlaps=overlaps,
        neighbours=neighbours,
        neighbour_scores=scores,
        model=model,
    )


def _ends_of(segments: Sequence[Segment]) -> dict[str, int]:
    ends: dict[str, int] = {}
    for segment in segments:
        ends[segment.transcript_id] = max(ends.get(segment.transcript_id, 1), segment.end)
    return ends


def _circumstances(segments: Sequence[Segment], ends: dict[str, int]) -> Floats:
    """Return (n_segments, 11): who speaks, whether it asks, how long it is, and where it stands.

    Where is shared between the two nearest of the stages: an interview guide asks about the same
    things in about the same order. In an interview that is not of the study nobody knows: nan.
    """
    manners, places = [], []
    for segment in segments:
        asks = "?" in segment.text or "？" in segment.text
        manners.append([*(segment.role == role for role in _ROLES), asks, len(segment.text)])
        end = ends.get(segment.transcript_id, np.nan)
        places.append((_STAGES - 1) * (segment.start + segment.end) / 2 / end)
    rows = np.reshape(manners, (-1, len(_ROLES) + 2)).astype(float)
    rows[:, -1] = np.log1p(rows[:, -1])
    rows *= [*[_WHO_SPEAKS] * len(_ROLES), _ASKS, _LENGTH]
    away = np.abs(np.reshape(places, (-1, 1)).clip(0, _STAGES - 1) - np.arange(_STAGES))
    return np.hstack([rows, _STAGE * np.maximum(1 - away, 0.0)])


def _loudest(matches: Floats, starts: npt.NDArray[np.intp]) -> Floats:
    """Return (n_segments, n_codes): the highest value among the sentences of each segment.

    All first sentences, all second ones and so on: reduceat takes several times as long.
    """
    loudest = matches[starts[:-1]]
    counts = np.diff(starts)
    for place in range(1, counts.max(initial=0)):
        longer = np.flatnonzero(counts > place)
        loudest[longer] = np.maximum(loudest[longer], matches[starts[longer] + place])
    return loudest


def _rivals(scores: Floats) -> Floats:
    """Return (n, n_codes): how loudly each row speaks for all codes but this one; 0 for one code.

    >>> _rivals(np.array([[0.9, 0.1, 0.1]])).round(1)
    array([[0.1, 0.8, 0.8]])
    """
    n_codes = scores.shape[1]
    if n_codes < 2:
        return np.zeros_like(scores)
    loudest = scores.argmax(axis=1)[:, None]
    highest = np.take_along_axis(scores, loudest, axis=1)
    shares = np.exp(_SHARPNESS * (scores - highest))
    others = shares.sum(axis=1, keepdims=True) - shares
    # Of the loudest itself nothing may be left by rounding.
    np.put_along_axis(shares, loudest, 0.0, axis=1)
    np.put_along_axis(others, loudest, shares.sum(axis=1, keepdims=True), axis=1)
    rivals: Floats = highest + np.log(others.clip(1e-300) / (n_codes - 1)) / _SHARPNESS
    return rivals


def _check_dimension(embeddings: Floats, d: int) -> None:
    if embeddings.shape[1] != d:
        raise ModelError(
            f"the embeddings have {embeddings.shape[1]} dimensions, but the model for the codebook "
            f"makes {d}: pass the model that embedded the segments as model="
        )


def _adapted(prototypes: Floats, centred: Floats) -> Floats:
    n_nearest = n_nearest_of(len(centred))
    if not n_nearest:
        return prototypes
    best = np.argpartition(-(centred @ prototypes.T), n_nearest - 1, axis=0)[:n_nearest]
    return unit(prototypes + _FEEDBACK * unit(centred[best].mean(axis=0)))
