"""Make what every format's reader hands back, from the words that were said one after another."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from alliance_nlp.transcripts.transcript import Transcript, Turn

_UNSPACED = re.compile(r"[\u3000-\u9fff\uf900-\ufaff\uff00-\uffef]")


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file holds: transcripts as its format shows them, and what had to be repaired.

    Roles are not known yet; ids are empty, or what a table calls its interviews.
    """

    transcripts: tuple[Transcript, ...]
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Utterance:
    """Words of one speaker with the seconds known about them."""

    words: str
    speaker: str = ""
    begins: float | None = None
    ends: float | None = None


def render(utterances: Iterable[Utterance], *, join_unnamed: bool = True) -> Transcript:
    r"""Write utterances out as `Speaker: words`, a blank line between turns.

    What a speaker says in a row is one turn, joined by a space, or by nothing between Chinese
    characters. With `join_unnamed=False` words without a speaker stay apart.

    >>> render([Utterance("Hi.", "Anna"), Utterance("You?", "Anna"), Utterance("嗯", "Bo")]).text
    'Anna: Hi. You?\n\nBo: 嗯'
    """
    text, turns, points = "", [], []
    said = [utterance for utterance in utterances if utterance.words.strip()]
    for _, group in groupby(
        enumerate(said), lambda pair: pair[1].speaker or (join_unnamed or pair[0])
    ):
        first, *more = (utterance for _, utterance in group)
        text += ("\n\n" if text else "") + (f"{first.speaker}: " if first.speaker else "")
        start = len(text)
        for utterance in (first, *more):
            words = utterance.words.strip()
            if len(text) > start and not (_UNSPACED.match(text[-1]) and _UNSPACED.match(words)):
                text += " "
            points.append((len(text), utterance.begins))
            text += words
            points.append((len(text), utterance.ends))
        turns.append(Turn(start, len(text), first.speaker))
    return Transcript("", text, tuple(turns), sync_points=known(points))


def known(points: Sequence[tuple[int, float | None]]) -> tuple[tuple[int, float], ...]:
    """Return the points whose time is known, in order of offset.

    >>> known([(4, 1.5), (0, 0.0), (9, None)])
    ((0, 0.0), (4, 1.5))
    """
    times = [(offset, seconds) for offset, seconds in points if seconds is not None]
    return tuple(sorted(times, key=lambda point: point[0]))
