"""Make quotations: the segments that show best what a theme is, and how far it reaches."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from alliance_nlp.segments import Segment, count_words, participant_of

Floats = npt.NDArray[np.floating]

_MOST_EXEMPLARS = 5
_MOST_CONTRASTS = 3
_FEWEST_WORDS = 4  # "Yes, exactly." shows nothing, however typical


def exemplars_of(segments: Sequence[Segment], members: Sequence[int]) -> list[int]:
    """Return the most typical rows, one of each participant first, no text twice.

    Args:
        segments: All of them.
        members: Rows of the theme, most typical first.
    """
    turns: dict[tuple[str, str], int] = {}
    ranked = []
    for place, row in enumerate(_telling(segments, members)):
        person = participant_of(segments[row])
        turns[person] = turns.get(person, 0) + 1
        ranked.append((turns[person], place, row))
    return [row for _, _, row in sorted(ranked)[:_MOST_EXEMPLARS]]


def contrasts_of(
    segments: Sequence[Segment], rows: Floats, members: Sequence[int], exemplars: Sequence[int]
) -> list[int]:
    """Return the rows that are least like the exemplars and each other, of other people first.

    Each in turn is the member whose cosine to what is chosen already is smallest at its nearest
    (farthest-first traversal, Gonzalez 1985).
    """
    chosen, contrasts = list(exemplars), list[int]()
    left = [row for row in _telling(segments, members) if row not in set(exemplars)]
    heard = {participant_of(segments[row]) for row in exemplars}
    while left and len(contrasts) < _MOST_CONTRASTS:
        closest = (rows[left] @ rows[chosen].T).max(axis=1)
        known = np.array([participant_of(segments[row]) in heard for row in left])
        at = int(np.lexsort((np.array(left), closest.round(6), known))[0])
        row = left.pop(at)
        heard.add(participant_of(segments[row]))
        chosen.append(row)
        contrasts.append(row)
    return contrasts


def _telling(segments: Sequence[Segment], members: Iterable[int]) -> list[int]:
    """Leave out what was said before, and what is too short unless everything is."""
    distinct = {segments[row].text: row for row in reversed(list(members))}
    in_order = list(reversed(distinct.values()))
    long = [row for row in in_order if count_words(segments[row].text) >= _FEWEST_WORDS]
    return long or in_order
