"""Make suggestions with their reasons: for each segment the most likely codes, and why."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from alliance_nlp.codebook import Codebook
from alliance_nlp.embeddings import Model, embed
from alliance_nlp.segments import Range, Segment, count_words
from alliance_nlp.suggestions.learning import Labels
from alliance_nlp.suggestions.parts import Part, parts_of
from alliance_nlp.suggestions.polarity import polarity_of
from alliance_nlp.suggestions.rows import Floats, unit
from alliance_nlp.suggestions.suggester import CodeSuggester, checked_labels
from alliance_nlp.suggestions.suggestion import Suggestion

# Numbers that differ by less are equal: sums in another order differ that much.
_DECIMALS = 9
_PAUSE = re.compile(r"(?<=[.!?;,])\s+|\s*\n\s*|(?<=[。！？；，])(?![”’」』）])")
_CLAUSE = 5  # words at least; less goes on with what it follows, as what is listed does


def suggest_codes(
    segments: Sequence[Segment],
    embeddings: Floats,
    codebook: Codebook,
    labels: Labels | None = None,
    model: Model = None,
    *,
    top: int = 5,
    only: str = "",
) -> list[Suggestion]:
    """Suggest the most likely codes of each segment, most likely first, with reasons.

    A broad code is not suggested beside one of its own narrower codes, which say more. Equally
    likely codes go by their ids.

    Args:
        segments: All segments of the project.
        embeddings: float32 (n_segments, d), unit rows, as `embed` returns them.
        codebook: The codes, in any language; segments may be in any other.
        labels: int8 (n_segments, n_codes): 1 applies, 0 does not, -1 nobody has decided; None
            if nobody has decided anything.
        model: What embedded the segments, as in `embed`.
        top: The most suggestions per segment.
        only: Say of every segment how likely this one code is, by its id; `''` is every code.

    Raises:
        KeyError: There is no code `only`.
        ValueError: Embeddings or labels do not fit the segments.
        ModelError: `model` does not fit the embeddings.

    >>> from alliance_nlp import Code, Codebook, Segment, embed
    >>> class Letters:
    ...     def encode(self, texts):
    ...         return [[1 + text.lower().count(c) for c in "abcdefghij"] for text in texts]
    >>> codebook = Codebook([Code(id="bag", name="A bag"), Code(id="dice", name="Dice")])
    >>> said = [Segment("p:0-8", "p", 0, 8, "abba gab"), Segment("p:9-13", "p", 9, 13, "iced")]
    >>> found = suggest_codes(said, embed(said, model=Letters()), codebook, model=Letters(), top=1)
    >>> [(s.segment_id, s.code_id, s.rationale) for s in found]
    [('p:0-8', 'bag', ((0, 8),)), ('p:9-13', 'dice', ((9, 13),))]
    """
    if not segments or not len(codebook):
        return []
    suggester = CodeSuggester(codebook, model=model).fit(segments, labels, embeddings=embeddings)
    probabilities = suggester.predict_proba(segments, embeddings=embeddings)
    if only:
        offered = [[codebook.index(only)]] * len(segments)
    else:
        offered = [_offered(row, codebook, top) for row in probabilities]
    labels = checked_labels(labels, probabilities.shape)
    accepted, rejected = (_nearest(suggester, labels, offered, answer) for answer in (1, 0))
    reasons = _Reasons(suggester, sorted({column for columns in offered for column in columns}))
    return [
        Suggestion(
            segment_id=segments[row].id,
            code_id=codebook[column].id,
            probability=float(probabilities[row, column]),
            rationale=((segments[row].start + start, segments[row].start + end),),
            matched=reasons.matched(sentence, column, segments[row].language),
            accepted_id=accepted.get((row, column)),
            rejected_id=rejected.get((row, column)),
            polarity=polarity_of(segments[row].text[start:end], segments[row].language),
        )
        for row, columns in enumerate(offered)
        for column in columns
        for (start, end), sentence in [reasons.carrying_sentence(row, column)]
    ]


def _offered(probabilities: Floats, codebook: Codebook, top: int) -> list[int]:
    """Choose the columns to offer for one segment."""
    ids = [code.id for code in codebook]
    ranked = sorted(zip(-probabilities.round(_DECIMALS), ids, range(len(ids)), strict=True))
    chosen: list[int] = []
    broader: set[int] = set()
    for _, _, column in ranked:
        if len(chosen) < top and column not in broader:
            chosen.append(column)
            broader |= _ancestors(column, codebook)
    return chosen


def _ancestors(column: int, codebook: Codebook) -> set[int]:
    above: set[int] = set()
    while parent := codebook[column].parent:
        column = codebook.index(parent)
        above.add(column)
    return above


def _nearest(
    suggester: CodeSuggester, labels: Labels, offered: Sequence[Sequence[int]], answer: int
) -> dict[tuple[int, int], str]:
    """Name for each offered (row, column) the nearest other segment that got this answer.

    Equally near ones go by their ids.
    """
    segments, centred = suggester.weighed_.segments, suggester.weighed_.centred
    by_id = np.array(sorted(range(len(segments)), key=lambda row: segments[row].id))
    nearest = {}
    for column in range(labels.shape[1]):
        known = by_id[labels[by_id, column] == answer]
        asked = np.array([row for row, columns in enumerate(offered) if column in columns], int)
        if not len(known):
            continue
        similar = (centred[asked].astype(float) @ centred[known].T.astype(float)).round(_DECIMALS)
        similar[asked[:, None] == known] = -np.inf  # not itself
        for row, best, similarity in zip(asked, similar.argmax(1), similar.max(1), strict=True):
            if np.isfinite(similarity):
                nearest[int(row), column] = segments[known[best]].id
    return nearest


class _Reasons:
    """What the suggester can say for itself of some codes, those in `columns`."""

    def __init__(self, suggester: CodeSuggester, columns: Iterable[int]) -> None:
        self._suggester = suggester
        heard = {segment.language for segment in suggester.weighed_.segments}
        self._parts = {
            column: [
                part
                for part in parts_of(suggester.codebook[column])
                if part.language in heard | {suggester.codebook[column].language}
            ]
            for column in columns
        }
        parts = dict.fromkeys(part for of_code in self._parts.values() for part in of_code)
        self._clauses = {part: _clauses(part) for part in parts}
        texts = [text for part in parts for text in (part.text, *self._clauses[part])]
        vectors = embed(texts, model=suggester.model) - suggester.evidence_.code_centre
        self._vectors = dict(zip(texts, unit(vectors), strict=True))

    def carrying_sentence(self, row: int, column: int) -> tuple[Range, Floats]:
        """Return the sentence that says most for the code, by its words and by its meaning."""
        weighed = self._suggester.weighed_
        own = slice(weighed.starts[row], weighed.starts[row + 1])
        vectors = weighed.sentences[own]
        attracts = self._suggester.coef_[column][: vectors.shape[1]]
        log_odds = self._suggester.words_say(weighed.matches[own, column]) + vectors @ attracts
        best = int(np.argmax(log_odds.round(_DECIMALS)))
        return weighed.ranges[row][best], vectors[best]

    def matched(self, sentence: Floats, column: int, language: str) -> str:
        """Name the part of the code that is nearest to the sentence, in its language if there.

        Of what is described in several clauses it is the nearest one.
        """
        parts = self._parts[column]
        spoken = {part.language for part in parts}
        wanted = language if language in spoken else self._suggester.codebook[column].language
        of_language = [part for part in parts if part.language == wanted]
        best = of_language[self._index_of_nearest([part.text for part in of_language], sentence)]
        clauses = self._clauses[best]
        said = clauses[self._index_of_nearest(clauses, sentence)] if clauses else best.said
        return f"{best.kind}: {said}"

    def _index_of_nearest(self, texts: Sequence[str], sentence: Floats) -> int:
        vectors = np.stack([self._vectors[text] for text in texts])
        return int(np.argmax((vectors @ sentence).round(_DECIMALS)))


def _clauses(part: Part) -> list[str]:
    """Cut what describes a code at its pauses, into clauses that stand in it as they are.

    There are none where nothing is to be cut.
    """
    if part.kind not in ("definition", "include"):
        return []
    text, cuts = part.said, [0]
    pauses = [pause.end() for pause in _PAUSE.finditer(text)]
    for pause, following in pairwise([*pauses, len(text)]):
        beside = text[cuts[-1] : pause], text[pause:following]
        if min(map(count_words, beside)) >= _CLAUSE:
            cuts.append(pause)
    pieces = [text[start:end] for start, end in pairwise([*cuts, len(text)])]
    return [piece.strip().rstrip(",;，；") for piece in pieces] if len(pieces) > 1 else []
