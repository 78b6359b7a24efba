"""Make themes out of segments and their embeddings."""

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from alliance_nlp.segments import Segment, count_words
from alliance_nlp.themes.clusters import Cluster, cluster
from alliance_nlp.themes.keywords import keywords_of
from alliance_nlp.themes.theme import Theme

MOST_EXEMPLARS = 5
FEWEST_SEGMENTS = 8


def find_themes(
    segments: Sequence[Segment],
    embeddings: npt.ArrayLike,
    *,
    min_size: int | None = None,
    random_state: int = 0,
) -> list[Theme]:
    """Gather segments into themes, largest first; segments that fit nowhere are in none.

    What interviewers say makes no themes, unless nobody else speaks.  Clusters are found with
    HDBSCAN (Campello, Moulavi & Sander 2013; McInnes, Healy & Astels 2017), as `clusters.cluster`
    explains; keywords by class-based TF-IDF (Grootendorst 2022), in the languages of the theme.
    The order of the segments makes no difference.

    Args:
        segments: What may be gathered.
        embeddings: One row per segment, as from `embed`.
        min_size: The fewest segments that make a theme; None tries several sizes that suit the
            amount of material and keeps the one whose themes stand apart best.
        random_state: Seed of the small shifts that keep equal texts from lying on one point.

    Returns:
        Themes without names or parents.  None where there are fewer than eight segments, or
        where nothing gathers.

    Raises:
        ValueError: The embeddings do not fit the segments, hold something that is not a number,
            or `min_size` is below 2.

    >>> texts = ["I trust her", "trust comes first", "no time left", "time is short"] * 5
    >>> segments = [Segment(f"p01:{i}-{i + 1}", "p01", i, i + 1, t) for i, t in enumerate(texts)]
    >>> themes = find_themes(segments, [[1, i / 99] if "trust" in t else [i / 99, 1]
    ...                                 for i, t in enumerate(texts)])
    >>> [(theme.keywords[0], len(theme.segment_ids)) for theme in themes]
    [('trust', 10), ('time', 10)]
    """
    vectors = _checked(segments, embeddings, min_size)
    rows = _rows_to_gather(segments)
    if len(rows) < FEWEST_SEGMENTS:
        return []
    gathered = [segments[row] for row in rows]
    clusters = cluster(
        vectors[rows],
        [one.language for one in gathered],
        [count_words(one.text) for one in gathered],
        min_size=min_size,
        random_state=random_state,
    )
    keywords = keywords_of(gathered, [each.members for each in clusters])
    themes = [_theme(gathered, each, words) for each, words in zip(clusters, keywords, strict=True)]
    return sorted(themes, key=lambda theme: (-len(theme.segment_ids), theme.id))


def _checked(
    segments: Sequence[Segment], embeddings: npt.ArrayLike, min_size: int | None
) -> npt.NDArray[np.float64]:
    vectors = np.asarray(embeddings, dtype=np.float64)
    if len(segments) != len(vectors) or (len(segments) and vectors.ndim != 2):
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
    if min_size is not None and min_size < 2:
        raise ValueError(f"min_size is {min_size}; a theme needs 2 segments or more")
    return vectors


def _rows_to_gather(segments: Sequence[Segment]) -> list[int]:
    """Return the rows of what participants say, by id, so that the order of files is forgotten."""
    rows = [row for row, one in enumerate(segments) if one.role != "interviewer"]
    return sorted(rows or range(len(segments)), key=lambda row: segments[row].id)


def _theme(segments: Sequence[Segment], found: Cluster, keywords: Sequence[str]) -> Theme:
    ids = [segments[row].id for row in found.members]
    digest = hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()
    return Theme(
        id=f"theme-{digest[:8]}",
        name="",
        segment_ids=tuple(ids),
        probabilities=found.probabilities,
        keywords=tuple(keywords),
        exemplar_ids=tuple(_exemplars(segments[row] for row in found.exemplars)),
        stability=found.stability,
    )


def _exemplars(candidates: Iterable[Segment]) -> list[str]:
    """Take the most typical, one from each transcript first, no text twice."""
    distinct: dict[str, Segment] = {}
    for one in candidates:
        distinct.setdefault(one.text, one)
    seen: dict[str, int] = {}
    turns = []
    for one in distinct.values():
        seen[one.transcript_id] = seen.get(one.transcript_id, 0) + 1
        turns.append(seen[one.transcript_id])
    ranked = sorted(zip(turns, distinct.values(), strict=True), key=lambda pair: pair[0])
    return [one.id for _, one in ranked[:MOST_EXEMPLARS]]
