"""Make suggestions with their reasons: for each segment the most likely codes, and why."""

from collections.abc import Iterable, Sequence

import numpy as np

from alliance_nlp.codebook import Code, Codebook
from alliance_nlp.embeddings import Model, embed
from alliance_nlp.segments import Range, Segment, sentences
from alliance_nlp.suggestions.evidence import Floats, Part, parts_of
from alliance_nlp.suggestions.polarity import polarity_of
from alliance_nlp.suggestions.suggester import CodeSuggester, Labels
from alliance_nlp.suggestions.suggestion import Suggestion


def suggest_codes(
    segments: Sequence[Segment],
    embeddings: Floats,
    codebook: Codebook,
    labels: Labels | None = None,
    model: Model = None,
    *,
    top: int = 5,
) -> list[Suggestion]:
    """Suggest the most likely codes of each segment, most likely first, with reasons.

    A broad code is not suggested beside one of its own narrower codes.

    Args:
        segments: All segments of the project.
        embeddings: float32 (n_segments, d), unit rows, as `embed` returns them.
        codebook: The codes, in any language; segments may be in any other.
        labels: int8 (n_segments, n_codes): 1 applies, 0 does not, -1 nobody has decided; None
            if nobody has decided anything.
        model: What embedded the segments, as in `embed`.
        top: The most suggestions per segment.

    Raises:
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
    offered = [_offered(row, codebook, top) for row in probabilities]
    reasons = _Reasons(segments, suggester, labels)
    return [
        Suggestion(
            segment_id=segments[row].id,
            code_id=codebook[column].id,
            probability=float(probabilities[row, column]),
            rationale=((segments[row].start + start, segments[row].start + end),),
            matched=reasons.matched(sentence, column, segments[row].language),
            accepted_id=reasons.nearest(row, column, 1),
            rejected_id=reasons.nearest(row, column, 0),
            polarity=polarity_of(segments[row].text[start:end], segments[row].language),
        )
        for row, columns in enumerate(offered)
        for column in columns
        for (start, end), sentence in [reasons.carrying_sentence(row, column)]
    ]


def _offered(probabilities: Floats, codebook: Codebook, top: int) -> list[int]:
    """Choose the columns to offer for one segment; equal probabilities go by code id."""
    ids = [code.id for code in codebook]
    order = sorted(range(len(ids)), key=lambda column: (-probabilities[column], ids[column]))
    parents_of_best = {codebook[column].parent for column in order[:top]} - {""}
    return [column for column in order if ids[column] not in parents_of_best][:top]


class _Reasons:
    """What the suggester can say for itself, made for the suggestions that are looked at."""

    def __init__(
        self, segments: Sequence[Segment], suggester: CodeSuggester, labels: Labels | None
    ) -> None:
        self._segments = segments
        self._suggester = suggester
        self._labels = labels
        self._parts = [_embedded_parts(code, suggester) for code in suggester.codebook]

    def carrying_sentence(self, row: int, column: int) -> tuple[Range, Floats]:
        """Return the sentence to which the suggester would give the highest log-odds."""
        weighed = self._suggester.weighed_
        evidence = self._suggester.evidence_
        vectors = weighed.sentences[weighed.starts[row] : weighed.starts[row + 1]]
        code = (evidence.prototypes[column] + evidence.adapted[column]) / 2
        weights = self._suggester.scale_ * code + self._suggester.coef_[column]
        best = int(np.argmax(vectors @ weights))
        return weighed.ranges[row][best], vectors[best]

    def matched(self, sentence: Floats, column: int, language: str) -> str:
        """Name the part of the code that is nearest to the sentence, in its language if there."""
        parts, vectors = self._parts[column]
        home = self._suggester.codebook[column].language
        spoken = {part.language for part in parts}
        wanted = language if language in spoken else home
        rows = [k for k, part in enumerate(parts) if part.language == wanted] or range(len(parts))
        best = parts[max(rows, key=lambda k: (float(vectors[k] @ sentence), -k))]
        return f"{best.kind}: {best.text}"

    def nearest(self, row: int, column: int, answer: int) -> str | None:
        """Return the nearest other segment for which the code was accepted (1) or rejected (0)."""
        if self._labels is None:
            return None
        rows = [k for k in np.flatnonzero(self._labels[:, column] == answer) if k != row]
        if not rows:
            return None
        centred = self._suggester.weighed_.centred
        similar = centred[rows] @ centred[row]
        best = max(zip(similar, rows, strict=True), key=lambda pair: (pair[0], -pair[1]))
        return self._segments[int(best[1])].id


def _embedded_parts(code: Code, suggester: CodeSuggester) -> tuple[list[Part], Floats]:
    """Split what a code says into sentences, so that exactly what matched can be named."""
    split = [piece for part in parts_of(code) for piece in _pieces(part, code)]
    vectors = embed([part.text for part in split], model=suggester.model)
    centred = vectors - suggester.evidence_.code_centre
    return split, centred / (np.linalg.norm(centred, axis=1, keepdims=True) + 1e-9)


def _pieces(part: Part, code: Code) -> Iterable[Part]:
    text = part.text
    if part.kind == "definition":
        names = [version.name for version in (code, *code.translations)]
        text = next(text.removeprefix(f"{n}: ") for n in names if text.startswith(f"{n}: "))
    for start, end in sentences(text, part.language):
        yield Part(part.kind, text[start:end], part.language, part.weight)
