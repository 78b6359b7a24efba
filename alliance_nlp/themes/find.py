"""Make themes out of segments and their embeddings."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import replace
from numbers import Integral

import numpy as np
import numpy.typing as npt

from alliance_nlp.segments import Segment, participant_of
from alliance_nlp.themes.clusters import OUTSIDE, Clusterer
from alliance_nlp.themes.descriptions import Description, describe
from alliance_nlp.themes.growing import Cut, Grown, grow
from alliance_nlp.themes.likeness import comparable, place_of
from alliance_nlp.themes.quotations import contrasts_of, exemplars_of
from alliance_nlp.themes.resampling import stabilities
from alliance_nlp.themes.theme import Theme
from alliance_nlp.themes.tree import Level
from alliance_nlp.themes.words import read_words, uses_of

Floats = npt.NDArray[np.floating]
Labels = npt.NDArray[np.int64]
Rows = npt.NDArray[np.intp]

FEWEST_SEGMENTS = 8


def find_themes(
    segments: Sequence[Segment],
    embeddings: npt.ArrayLike,
    *,
    level: Level = None,
    min_size: int | None = None,
    clusterer: Clusterer | None = None,
    random_state: int = 0,
) -> list[Theme]:
    """Gather segments into themes, largest first; segments that fit nowhere are in none.

    What interviewers say makes no themes, unless nobody else speaks; it serves as the question that
    a short answer is about.  Segments are compared by meaning, words and place
    (`likeness.comparable`), brought together, and clustered with HDBSCAN (`clusters`).  Its leaves
    are joined to a tree (`tree`), which is cut where its themes foretell words well.  A segment
    belongs to a theme as much as its neighbours do (`members`).  Themes at different levels are
    nested.  The order of the segments makes no difference.

    Of more than 20,000 segments an even selection is clustered, and votes where the others belong.

    Args:
        segments: What may be gathered.
        embeddings: One row per segment, as from `embed`.
        level: `'broad'` for few themes, `'fine'` for many, a number for so many at most; None is
            between. Finer themes name the broad one that holds them as `parent_id`.
        min_size: The fewest segments that make a theme; None suits the amount of material.
        clusterer: What finds the clusters in the place of HDBSCAN, such as scikit-learn's
            `KMeans(10)`: anything with `fit_predict`. Its clusters are the themes, unless a
            `level` joins some; memberships are still told by neighbours.
        random_state: Seed of what is drawn: interviews for the stability, and small shifts that
            keep equal texts from lying on one point.

    Returns:
        Themes without names.  None where there are fewer than eight segments, or where nothing
        gathers.

    Raises:
        ValueError: The embeddings do not fit the segments or hold something that is not a number,
            `min_size` is below 2, `level` is no level, two segments have one id, or the clusterer
            is none or gives no label per segment.

    >>> texts = ["I trust her", "trust comes first", "no time left", "time is short"] * 5
    >>> segments = [Segment(f"p01:{i}-{i + 1}", "p01", i, i + 1, t) for i, t in enumerate(texts)]
    >>> themes = find_themes(segments, [[1, i / 99] if "trust" in t else [i / 99, 1]
    ...                                 for i, t in enumerate(texts)])
    >>> [(theme.keywords[0], len(theme.segment_ids)) for theme in themes]
    [('trust', 10), ('time', 10)]
    """
    segments = list(segments)
    vectors = _checked(segments, embeddings, min_size, level)
    level = int(level) if isinstance(level, Integral) else level
    order = sorted(range(len(segments)), key=lambda row: place_of(segments[row]))
    ordered = [segments[row] for row in order]
    said = _said(ordered)
    if len(said) < FEWEST_SEGMENTS:
        return []
    rows = comparable(ordered, vectors[order], said)
    own = [ordered[row] for row in said]
    said_words = read_words(own)
    uses = uses_of(own, said_words)

    def grow_among(some: Rows, levels: Sequence[Level]) -> Grown | None:
        size = None if min_size is None else max(2, round(min_size * len(some) / len(own)))
        return grow(
            rows[some],
            uses[some],
            levels=levels,
            min_size=size,
            clusterer=deepcopy(clusterer),
            random_state=random_state,
        )

    def found_again(some: Rows, n_themes: int) -> Labels | None:
        try:
            grown = grow_among(some, [n_themes])
        except ValueError:
            if clusterer is None:
                raise
            return None  # too few for this clusterer
        return np.full(len(some), OUTSIDE) if grown is None else grown.cut(n_themes).labels

    grown = grow_among(np.arange(len(own)), [None, level, "broad"])
    if grown is None:
        return []
    _, n_themes, n_broad = grown.levels
    found = grown.cut(n_themes)
    groups = [_members(rows, found, theme) for theme in range(found.n_themes)]
    interviews = [one.transcript_id for one in own]
    kept = stabilities(found.labels, interviews, found_again, random_state=random_state)
    described = describe(own, said_words, groups)
    themes = [
        _theme(own, rows, found, theme=theme, members=members, described=words, stability=share)
        for theme, (members, words, share) in enumerate(zip(groups, described, kept, strict=True))
    ]
    if n_broad < n_themes:
        themes = _with_parents(themes, own, rows, grown.cut(n_broad))
    return sorted(themes, key=lambda theme: (-len(theme.segment_ids), theme.id))


def _checked(
    segments: Sequence[Segment], embeddings: npt.ArrayLike, min_size: int | None, level: Level
) -> Floats:
    vectors = np.asarray(embeddings, dtype=np.float64)
    if vectors.ndim == 0 or len(segments) != len(vectors) or (len(segments) and vectors.ndim != 2):
        raise ValueError(
            f"embeddings of shape {vectors.shape} do not fit {len(segments)} segments: "
            "one row per segment is needed"
        )
    broken = np.flatnonzero(~np.isfinite(vectors).all(axis=-1))
    if len(broken):
        raise ValueError(
            f"the embedding of segment {segments[broken[0]].id} holds something that is not a "
            f"finite number ({len(broken)} of {len(segments)} rows do); embed the segments again"
        )
    ids = Counter(one.id for one in segments)
    if len(ids) < len(segments):
        raise ValueError(
            f"two segments have the id {ids.most_common(1)[0][0]!r}: ids say the place"
        )
    if min_size is not None and min_size < 2:
        raise ValueError(f"min_size is {min_size}; a theme needs 2 segments or more")
    number = isinstance(level, Integral) and not isinstance(level, bool) and level >= 1
    if not number and level not in (None, "broad", "fine"):
        raise ValueError(f"level is {level!r}; it can be 'broad', 'fine' or a number of themes")
    return vectors


def _said(segments: Sequence[Segment]) -> Rows:
    """Return the rows of what participants say; all where only interviewers speak."""
    said = [row for row, one in enumerate(segments) if one.role != "interviewer"]
    return np.array(said or range(len(segments)), dtype=np.intp)


def _members(rows: Floats, cut: Cut, theme: int) -> list[int]:
    """Return the rows of a theme, most typical first: by membership, then nearness to the mean."""
    members = np.flatnonzero(cut.labels == theme)
    # Rounded, because the last digits of a sum are the machine's own.
    near = (rows[members] @ rows[members].mean(axis=0)).round(5)
    order = np.lexsort((members, -near, -cut.shares[members, theme].astype(float).round(5)))
    return [int(row) for row in members[order]]


def _id(segments: Sequence[Segment], members: Sequence[int]) -> str:
    ids = "\n".join(sorted(segments[row].id for row in members))
    return f"theme-{hashlib.sha256(ids.encode()).hexdigest()[:8]}"


def _theme(
    segments: Sequence[Segment],
    rows: Floats,
    cut: Cut,
    *,
    theme: int,
    members: Sequence[int],
    described: Description,
    stability: float,
) -> Theme:
    exemplars = exemplars_of(segments, members)
    contrasts = contrasts_of(segments, rows, members, exemplars)
    also = cut.also_in(theme)
    return Theme(
        id=_id(segments, members),
        name="",
        segment_ids=_ids(segments, members),
        probabilities=_rounded(cut.shares[members, theme]),
        keywords=described.keywords,
        exemplar_ids=_ids(segments, exemplars),
        stability=round(stability, 3),
        title=described.title,
        phrases=described.phrases,
        contrast_ids=_ids(segments, contrasts),
        also_ids=_ids(segments, also),
        also_probabilities=_rounded(cut.shares[also, theme]),
        n_participants=len({participant_of(segments[row]) for row in members}),
    )


def _ids(segments: Sequence[Segment], rows: Iterable[int]) -> tuple[str, ...]:
    return tuple(segments[row].id for row in rows)


def _rounded(shares: Floats) -> tuple[float, ...]:
    return tuple(float(share) for share in shares.astype(float).round(5))


def _with_parents(
    themes: Iterable[Theme], segments: Sequence[Segment], rows: Floats, broad: Cut
) -> list[Theme]:
    """Name the broad theme that holds each theme's members; none where that was too small."""
    ids = [_id(segments, _members(rows, broad, theme)) for theme in range(broad.n_themes)]
    label_of = {one.id: label for one, label in zip(segments, broad.labels, strict=True)}
    parents = (label_of[theme.segment_ids[0]] for theme in themes)
    return [
        replace(theme, parent_id=ids[parent]) if parent != OUTSIDE else theme
        for theme, parent in zip(themes, parents, strict=True)
    ]
