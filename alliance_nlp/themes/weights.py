"""Make weights: what of all that was said sets a group of segments apart from the rest."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from alliance_nlp.segments import Segment, participant_of

_ENDINGS = {
    "en": ("", "s", "es", "'s", "e", "ed", "d", "ing", "er", "ers", "y", "ies", "ly"),
    "sv": (
        "", "s", "n", "en", "et", "t", "a", "e", "ar", "er", "or", "r", "na", "arna", "erna",
        "orna", "ens", "ets", "ade", "at", "de", "te", "ande", "ende", "are", "aren",
    ),
}  # fmt: skip
_SHORTEST_STEM = 4


class Weighed(NamedTuple):
    """A word or phrase of a group.

    Attributes:
        weight: Its class-based TF-IDF.
        text: Its commonest wording in the group.
        key: What it was counted as.
        n_here: How many segments of the group say it.
        n_anywhere: How many segments of the language say it.
        sets_apart: The group says it at least as often as the language as a whole.
    """

    weight: float
    text: str
    key: str
    n_here: int
    n_anywhere: int
    sets_apart: bool


ByLanguage = dict[str, list[Weighed]]


def weigh(
    said: Sequence[Mapping[str, str]], segments: Sequence[Segment], groups: Sequence[Sequence[int]]
) -> list[ByLanguage]:
    """Return all that each group says in each of its languages, heaviest first, ties by text.

    Class-based TF-IDF (Grootendorst 2022, arXiv:2203.05794): the number of the group's segments
    that say it times `log(1 + A / f)`, where `f` counts all segments of the language that say it
    and `A` is the mean number of such uses per group there.  Rows in no group are one more group.
    What `p` people of the group say counts `p / (p + 1)` of that: a word that two use tells more of
    what they have in common than one that a single person uses twice.

    Args:
        said: Per row, what is counted and how it was worded there.
        segments: The segment of each row.
        groups: Rows.

    >>> segments = [Segment(f"p{i}:0-9", f"p{i}", 0, 9, "", language="en") for i in range(3)]
    >>> rows = [{"trust": "trust"}, {"trust": "Trust"}, {"time": "time"}]
    >>> [(one.text, one.n_here) for one in weigh(rows, segments, [[0, 1]])[0]["en"]]
    [('Trust', 2)]
    """
    totals: dict[str, Counter[str]] = {}
    for keys, segment in zip(said, segments, strict=True):
        totals.setdefault(segment.language, Counter()).update(keys.keys())
    n_rows = Counter(segment.language for segment in segments)
    weighed = []
    for group in groups:
        rows_of: dict[str, list[int]] = {}
        for row in group:
            rows_of.setdefault(segments[row].language, []).append(row)
        weighed.append(
            {
                language: _weighed(
                    [(said[row], participant_of(segments[row])) for row in rows],
                    totals[language],
                    totals[language].total() / (len(groups) + 1),
                    len(rows) / n_rows[language],
                )
                for language, rows in sorted(rows_of.items())
            }
        )
    return weighed


def _weighed(
    said: Iterable[tuple[Mapping[str, str], tuple[str, str]]],
    totals: Counter[str],
    mean_size: float,
    share: float,
) -> list[Weighed]:
    uses: Counter[tuple[str, str]] = Counter()
    people: dict[str, set[tuple[str, str]]] = {}
    for wordings, person in said:
        uses.update(wordings.items())
        for key in wordings:
            people.setdefault(key, set()).add(person)
    n_here: Counter[str] = Counter()
    commonest: dict[str, tuple[int, str]] = {}
    for (key, text), n_uses in uses.items():
        n_here[key] += n_uses
        commonest[key] = min(commonest.get(key, (0, "")), (-n_uses, text))
    common = {key: len(who) / (len(who) + 1) for key, who in people.items()}
    weighed = (
        Weighed(
            weight=n * common[key] * math.log1p(mean_size / totals[key]),
            text=commonest[key][1],
            key=key,
            n_here=n,
            n_anywhere=totals[key],
            sets_apart=n >= share * totals[key],
        )
        for key, n in n_here.items()
    )
    return sorted(weighed, key=lambda one: (-one.weight, one.text, one.key))


def is_form(word: str, other: str, language: str) -> bool:
    """Say whether two words have one beginning, and endings that inflect words.

    >>> is_form("samtalet", "samtalen", "sv"), is_form("patient", "patience", "en")
    (True, False)
    """
    if word[:_SHORTEST_STEM] != other[:_SHORTEST_STEM]:
        return word == other
    endings = _ENDINGS.get(language, ("", "s"))
    return word == other or any(
        word[:cut] == other[:cut] and word[cut:] in endings and other[cut:] in endings
        for cut in range(_SHORTEST_STEM, min(len(word), len(other)) + 1)
    )


def share_out(ranked: Mapping[str, Sequence[Weighed]], sizes: Counter[str], most: int) -> list[str]:
    """Return what languages put forward, heaviest first, the places in proportion to their sizes.

    Each place goes to the language that has fewest for its size (Sainte-Laguë).

    >>> trust, time, tid = (Weighed(8, word, word, 2, 2, True) for word in "trust time tid".split())
    >>> share_out({"en": [trust, time], "sv": [tid]}, Counter(en=5, sv=4), 2)
    ['tid', 'trust']
    """
    left = {language: list(words) for language, words in ranked.items()}
    given = dict.fromkeys(left, 0)
    chosen: list[Weighed] = []
    while len(chosen) < most and any(left.values()):
        language = max(
            (name for name in left if left[name]),
            key=lambda name: (sizes[name] / (2 * given[name] + 1), name),
        )
        chosen.append(left[language].pop(0))
        given[language] += 1
    ordered = sorted(chosen, key=lambda one: (-one.weight, one.text))
    return list(dict.fromkeys(one.text for one in ordered))
