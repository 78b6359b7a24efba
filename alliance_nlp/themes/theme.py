"""Make the frozen record of one theme."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Theme:
    """A cluster of segments, unnamed until a person names it.

    Attributes:
        id: Stable for the same members, such as `'theme-3f2a91c0'`.
        name: What a person called it, `''` until then.
        segment_ids: The members, most typical first.
        probabilities: Membership of each of them, from HDBSCAN, in the same order.
        keywords: The words that set the theme apart, most telling first.
        exemplar_ids: The segments at the heart of the cluster.
        stability: HDBSCAN's persistence of the cluster, 0 to 1.
        parent_id: The broader theme, `''` if there is none.
    """

    id: str
    name: str
    segment_ids: tuple[str, ...]
    probabilities: tuple[float, ...]
    keywords: tuple[str, ...] = ()
    exemplar_ids: tuple[str, ...] = ()
    stability: float = 0.0
    parent_id: str = ""
