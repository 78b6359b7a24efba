"""Group segments as this library does it, and as others do.

A method takes segments, their embeddings, the number of codes and a seed, and returns the theme of
each segment, -1 outside all themes. What it needs beyond the library is the extra `benchmarks`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from alliance_nlp import Segment, find_themes
from alliance_nlp.benchmark.evaluation import OURS

Floats = npt.NDArray[np.floating]
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Method:
    """A way of grouping segments.

    Attributes:
        group: Takes segments, embeddings, the number of codes and a seed; returns the theme of
            each segment, -1 outside.
        distributions: What its result depends on, beside NumPy.
        runs: How often it runs: three times if the result depends on chance.
        scales: Whether it is timed on large numbers of segments.
    """

    group: Callable[[Sequence[Segment], Floats, int, int], Labels]
    distributions: tuple[str, ...] = ()
    runs: int = 1
    scales: bool = True


def by_find_themes(
    segments: Sequence[Segment], embeddings: Floats, n_codes: int, seed: int
) -> Labels:
    """Group with `find_themes` as it is called by default."""
    place = {segment.id: row for row, segment in enumerate(segments)}
    labels = np.full(len(segments), -1)
    for number, theme in enumerate(find_themes(segments, embeddings)):
        rows = [place[name] for name in theme.segment_ids]
        if (labels[rows] >= 0).any():
            raise ValueError(f"{theme.id} holds segments that another theme holds too")
        labels[rows] = number
    return labels


def by_bertopic(segments: Sequence[Segment], embeddings: Floats, n_codes: int, seed: int) -> Labels:
    """Group with BERTopic (Grootendorst 2022) and its defaults, which take chance from NumPy."""
    from bertopic import BERTopic

    np.random.seed(seed)
    topics, _ = BERTopic().fit_transform([one.text for one in segments], np.asarray(embeddings))
    return np.asarray(topics, dtype=np.int64)


def by_kmeans(segments: Sequence[Segment], embeddings: Floats, n_codes: int, seed: int) -> Labels:
    """Group with k-means on the embeddings, told how many codes there are."""
    from sklearn.cluster import KMeans

    made = KMeans(n_codes, n_init=10, random_state=seed).fit(embeddings)
    return np.asarray(made.labels_, dtype=np.int64)


def by_hdbscan(segments: Sequence[Segment], embeddings: Floats, n_codes: int, seed: int) -> Labels:
    """Group with HDBSCAN and its defaults on the embeddings."""
    from hdbscan import HDBSCAN

    return np.asarray(HDBSCAN().fit(embeddings).labels_, dtype=np.int64)


def as_one(segments: Sequence[Segment], embeddings: Floats, n_codes: int, seed: int) -> Labels:
    """Put all segments into one theme: what any figure has to exceed."""
    return np.zeros(len(segments), dtype=np.int64)


METHODS: dict[str, Method] = {
    "one_theme": Method(as_one, scales=False),
    "kmeans": Method(by_kmeans, ("scikit-learn",), runs=3),
    "hdbscan": Method(by_hdbscan, ("hdbscan",)),
    "bertopic": Method(by_bertopic, ("bertopic", "umap-learn", "hdbscan", "numba"), runs=3),
    OURS: Method(by_find_themes, ("hdbscan", "scikit-learn")),
}
