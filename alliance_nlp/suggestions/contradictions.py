"""Make contradictions: earlier answers that do not fit what a code says now."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alliance_nlp.codebook import Code, Codebook
from alliance_nlp.embeddings import Model, embed
from alliance_nlp.segments import Segment
from alliance_nlp.suggestions.learning import UNDECIDED, Labels
from alliance_nlp.suggestions.parts import parts_of
from alliance_nlp.suggestions.polarity import is_turned_around
from alliance_nlp.suggestions.rows import Floats
from alliance_nlp.suggestions.suggester import CodeSuggester, checked_labels

# A passage that a code is about is among the quarter of the study that speaks most for it. An
# answer is worth a second look if the new words move it over that line, and well over it.
_AMONG_THE_FIRST = 0.75
_MOVED = 0.2
_DECIMALS = 9


@dataclass(frozen=True, slots=True)
class Contradiction:
    """An answer that a reworded code speaks against.

    Attributes:
        segment_id: What was answered about.
        code_id: The code.
        accepted: Whether it was accepted.
        before: The share of the study's segments that spoke less for the code than this one did,
            by the earlier wording.
        after: The same by the wording now.
    """

    segment_id: str
    code_id: str
    accepted: bool
    before: float
    after: float


def contradicted(
    segments: Sequence[Segment],
    before: Codebook,
    after: Codebook,
    labels: Labels,
    *,
    embeddings: Floats | None = None,
    model: Model = None,
) -> list[Contradiction]:
    """List the answers to reworded codes that the new words speak against, the clearest first.

    Where the name or the definition of a code now denies what it said, or says what it denied,
    these are also all segments for which it was accepted.

    Args:
        segments: All segments of the project.
        before: The codebook with which the answers were given.
        after: The codebook now; codes are the same if their ids are.
        labels: int8 (n_segments, n_codes), in the order of `after`.
        embeddings: float32 (n_segments, d), unit rows; None embeds the segments, if need be.
        model: What embedded the segments, as in `embed`.

    Raises:
        ValueError: Embeddings or labels do not fit the segments.
        ModelError: `model` does not fit the embeddings.
    """
    labels = checked_labels(labels, (len(segments), len(after)))
    earlier = {code.id: code for code in before}
    reworded = [
        column
        for column, code in enumerate(after)
        if code.id in earlier
        and (labels[:, column] != UNDECIDED).any()
        and set(parts_of(code)) != set(parts_of(earlier[code.id]))
    ]
    if not reworded:
        return []
    embeddings = embed(segments, model=model) if embeddings is None else embeddings
    # Only words may differ: codes that come or go are rivals of those that stay.
    staying = [code for code in after if code.id in earlier]
    said = [
        _rank_shares(segments, embeddings, codes, model)
        for codes in ([earlier[code.id] for code in staying], staying)
    ]
    found = []
    for column in reworded:
        place = staying.index(after[column])
        was, now = said[0][:, place], said[1][:, place]
        accepted = labels[:, column] == 1
        was_first, is_first = was >= _AMONG_THE_FIRST, now >= _AMONG_THE_FIRST
        less = accepted & was_first & ~is_first & (was - now >= _MOVED)
        more = (labels[:, column] == 0) & ~was_first & is_first & (now - was >= _MOVED)
        contrary = less | more
        if _is_turned_around(earlier[after[column].id], after[column]):
            contrary |= accepted
        found += [
            Contradiction(
                segments[row].id,
                after[column].id,
                bool(accepted[row]),
                float(was[row]),
                float(now[row]),
            )
            for row in np.flatnonzero(contrary).tolist()
        ]
    return sorted(found, key=lambda one: (-abs(one.after - one.before), one.segment_id))


def _is_turned_around(before: Code, after: Code) -> bool:
    """Say whether a code means the opposite in one of its languages, by name or definition."""
    earlier = {version.language: version for version in before.versions}
    return any(
        is_turned_around(was, now, version.language)
        for version in after.versions
        if version.language in earlier
        for was, now in (
            (earlier[version.language].name, version.name),
            (earlier[version.language].definition, version.definition),
        )
    )


def _rank_shares(
    segments: Sequence[Segment], embeddings: Floats, codes: Sequence[Code], model: Model
) -> Floats:
    """Return (n_segments, n_codes): the share of segments that speak less for each code."""
    from scipy.stats import rankdata

    suggester = CodeSuggester(codes, model=model).fit(segments, None, embeddings=embeddings)
    p = suggester.predict_proba(segments, embeddings=embeddings).round(_DECIMALS)
    shares: Floats = ((rankdata(p, method="min", axis=0) - 1) / len(segments)).round(_DECIMALS)
    return shares
