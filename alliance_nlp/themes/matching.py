"""Make names survive: match what people named before to the themes of a new run."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from alliance_nlp.themes.theme import Theme

LEAST_OVERLAP = 0.5
_PREFERENCE = 1e-6  # of the same id, where overlaps are equal


@dataclass(frozen=True, slots=True)
class ThemeName:
    """A name that a person gave to a theme, and what the theme was at that moment.

    Attributes:
        name: What it was called.
        coder: Who said so.
        named_at: When, as ISO 8601 in UTC.
        named_id: The id of the theme at that moment.
        segment_ids: Its members then; empty where an earlier release did not keep them.
        transcript_ids: The interviews in which any theme was found then.
        theme_id: The theme that bears the name now, `''` if none of this run is the same.
    """

    name: str
    coder: str
    named_at: str
    named_id: str
    segment_ids: tuple[str, ...] = ()
    transcript_ids: tuple[str, ...] = ()
    theme_id: str = ""


def match_names(
    names: Sequence[ThemeName], themes: Iterable[Theme], interviews: Mapping[str, str]
) -> dict[int, str]:
    """Say which theme each name belongs to now: by its row, the id of a theme.

    A name goes to the theme with which its members have most in common: Jaccard's coefficient,
    one name for a theme and one theme for a name, the sum as large as can be.  More than half is
    asked for.  At one half or less a cluster counts as dissolved (Hennig 2007, 2008); above it no
    two themes of a run can claim one name, so that the matching is the only one there is wherever
    names do not compete.  Members are compared with those at the moment of naming, not with those
    of the run before: a name cannot wander off step by step, and one without a theme in one run
    comes back in the next.

    Segments that are no longer there count for nothing, and neither do interviews that were added
    since: they can be in the new theme only.

    Args:
        names: The names in force, earlier ones first.
        themes: The themes of the new run, in any order.
        interviews: The segments that there are, each with the id of its transcript.

    >>> told = ThemeName("To wait", "Eva", "2026-01-31", "theme-1", ("a", "b", "c"), ("p01",))
    >>> themes = [Theme("theme-2", "", ("b", "a", "new"), (1.0,) * 3), Theme("theme-3", "", (), ())]
    >>> match_names([told], themes, {"a": "p01", "b": "p01", "c": "p01", "new": "p02"})
    {0: 'theme-2'}
    """
    found = sorted(themes, key=lambda theme: theme.id)
    if not names or not found:
        return {}
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    overlaps = np.array([[_overlap(name, theme, interviews) for theme in found] for name in names])
    same = np.array([[name.named_id == theme.id for theme in found] for name in names])
    enough = overlaps > LEAST_OVERLAP
    worth = np.where(enough, overlaps + _PREFERENCE * same, 0.0)
    pairs = zip(*linear_sum_assignment(worth, maximize=True), strict=True)
    return {int(row): found[column].id for row, column in pairs if enough[row, column]}


def jaccard(first: Collection[str], second: Collection[str]) -> float:
    """Return what two groups have in common, from 0 to 1; nan for two empty ones.

    >>> jaccard({"a", "b"}, {"b", "c"})
    0.3333333333333333
    """
    either = len({*first, *second})
    return len(set(first) & set(second)) / either if either else float("nan")


def _overlap(name: ThemeName, theme: Theme, interviews: Mapping[str, str]) -> float:
    if not name.segment_ids:  # then the id, which is made from the members, is all there is
        return float(name.named_id == theme.id)
    before = {id_ for id_ in name.segment_ids if id_ in interviews}
    if not before:
        return 0.0
    heard = {*name.transcript_ids, *(interviews[id_] for id_ in before)}
    now = {id_ for id_ in theme.segment_ids if interviews.get(id_) in heard}
    return jaccard(before, now)
