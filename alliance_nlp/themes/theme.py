"""Make the frozen record of one theme."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Theme:
    """A cluster of segments, unnamed until a person names it.

    Attributes:
        id: Stable for the same members, such as `'theme-3f2a91c0'`.
        name: What a person called it, `''` until then.
        segment_ids: The members, most typical first.  A segment is a member of one theme at most.
        probabilities: Membership of each of them, in the same order.
        keywords: The words that set the theme apart, most telling first.
        exemplar_ids: The most typical quotations, from different participants first.
        stability: How much of the theme comes back when interviews are left out, 0 to 1.
        parent_id: The broader theme, `''` if there is none.
        title: A proposed working title, a phrase from the material.
        phrases: Key phrases, most telling first, as they were said.
        contrast_ids: Members that differ most from the exemplars and from each other.
        also_ids: Segments that are members of another theme, or of none, but belong here, too.
        also_probabilities: Membership of each of them.
        n_participants: How many people say it; one who is interviewed twice counts as two.
    """

    id: str
    name: str
    segment_ids: tuple[str, ...]
    probabilities: tuple[float, ...]
    keywords: tuple[str, ...] = ()
    exemplar_ids: tuple[str, ...] = ()
    stability: float = 0.0
    parent_id: str = ""
    title: str = ""
    phrases: tuple[str, ...] = ()
    contrast_ids: tuple[str, ...] = ()
    also_ids: tuple[str, ...] = ()
    also_probabilities: tuple[float, ...] = ()
    n_participants: int = 0
