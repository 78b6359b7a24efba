"""Make the map of segments: two coordinates for each, so that what is alike lies together."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from alliance_nlp.export.frames import theme_numbers
from alliance_nlp.segments import Segment
from alliance_nlp.themes import Theme
from alliance_nlp.themes.clusters import brought_together, components_of
from alliance_nlp.themes.likeness import comparable, place_of

Vectors = npt.NDArray[np.float64]

MOST_ON_A_MAP = 5000
_ROUNDING = 1e-9
_FEWEST_FOR_TSNE = 12
_PERPLEXITY = 30.0
_STEPS = 600
_START_SPREAD = 1e-4  # of t-SNE, after Kobak & Berens 2019, here in both directions: rounder


def positions_of(
    segments: Sequence[Segment], embeddings: npt.ArrayLike, *, random_state: int = 0
) -> Vectors:
    """Return two coordinates for each segment, between -1 and 1, in the order of the segments.

    They are compared and brought together as in the search for themes
    (`themes.likeness.comparable`, `themes.clusters.brought_together`).  Then t-SNE (van der Maaten
    & Hinton 2008), begun from the first two components (Kobak & Berens 2019), or these two alone
    where there are few segments.
    Neighbours on the map are alike; how far apart groups lie says little.  The same segments in
    another order have the same places.

    Args:
        segments: What the rows are about.
        embeddings: One row per segment.
        random_state: Seed, for t-SNE where it asks for one.

    Raises:
        ValueError: The embeddings do not fit the segments.

    >>> segments = [Segment(f"p01:{i}-{i + 1}", "p01", i, i + 1, "a") for i in range(3)]
    >>> positions_of(segments, [[1, 0], [1, 0], [0, 1]]).round(2).tolist()
    [[1.0, 0.0], [1.0, 0.0], [-1.0, 0.0]]
    """
    vectors = np.asarray(embeddings, dtype=np.float64)
    if len(vectors) != len(segments) or (len(segments) and vectors.ndim != 2):
        raise ValueError(
            f"embeddings of shape {vectors.shape} do not fit {len(segments)} segments: "
            "one row per segment is needed"
        )
    if not len(segments):
        return np.zeros((0, 2))
    order = sorted(range(len(segments)), key=lambda row: place_of(segments[row]))
    rows = comparable([segments[row] for row in order], vectors[order], np.arange(len(order)))
    few = len(rows) < _FEWEST_FOR_TSNE  # whose nearest neighbours are everybody
    components = components_of(rows, 2) if few else brought_together(rows)
    missing = max(0, 2 - components.shape[1])
    places = np.empty((len(order), 2))
    places[order] = _laid_out(np.pad(components, ((0, 0), (0, missing))), random_state)
    return places


def sampled(
    themes: Sequence[Theme], segments: Sequence[Segment], most: int = MOST_ON_A_MAP
) -> list[int]:
    """Return the rows that a map of `most` segments shows: all, or an even sample.

    Exemplars are always in it.  Of the others every k-th is taken, sorted by theme and then by
    place in the interviews: each theme and each interview keeps its weight.

    >>> segments = [Segment(f"p01:{i}-{i + 1}", "p01", i, i + 1, "a") for i in range(9)]
    >>> sampled([Theme("theme-1", "", (), (), exemplar_ids=("p01:7-8",))], segments, most=4)
    [1, 4, 6, 7]
    """
    if len(segments) <= most:
        return list(range(len(segments)))
    numbers = theme_numbers(themes, segments)
    exemplars = {segment_id for theme in themes for segment_id in theme.exemplar_ids}
    rows = sorted(
        range(len(segments)),
        key=lambda row: (
            numbers.get(segments[row].id, 0),
            segments[row].transcript_id,
            segments[row].start,
            segments[row].id,
        ),
    )
    kept = [row for row in rows if segments[row].id in exemplars][:most]
    others = [row for row in rows if segments[row].id not in exemplars]
    n_others = most - len(kept)
    step = len(others) / max(n_others, 1)
    return sorted(kept + [others[int((i + 0.5) * step)] for i in range(n_others)])


def _laid_out(components: Vectors, random_state: int) -> Vectors:
    plain = components[:, :2]
    n_different = len(np.unique(components.round(9), axis=0))
    if n_different >= _FEWEST_FOR_TSNE:
        from sklearn.manifold import TSNE

        plain = TSNE(
            perplexity=min(_PERPLEXITY, (n_different - 1) / 4),
            init=_START_SPREAD * plain / np.maximum(plain.std(axis=0), _ROUNDING),
            max_iter=_STEPS,
            random_state=random_state,
        ).fit_transform(components.astype(np.float32))
    plain = plain.astype(np.float64)
    plain = plain - (plain.max(axis=0) + plain.min(axis=0)) / 2
    places: Vectors = plain / max(float(np.abs(plain).max()), _ROUNDING) + 0.0
    return places
