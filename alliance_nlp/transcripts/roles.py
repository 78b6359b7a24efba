"""Make the roles of the speakers: by what they are called, else by who asks."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from alliance_nlp.transcripts.transcript import Role, Turn
from alliance_nlp.transcripts.words import WORDS

_WORDS: dict[str, Role] = {
    **dict.fromkeys(WORDS["interviewer"], "interviewer"),
    **dict.fromkeys(WORDS["participant"], "participant"),
}
_LETTERS: dict[str, Role] = {
    "I": "interviewer",
    "Q": "interviewer",
    "P": "participant",
    "R": "participant",
}
_NUMBER = re.compile(r"[\s_#.-]*(?:\d+|(?<=[\u4e00-\u9fff])[A-Za-z一二三四五六七八九十甲乙丙丁])$")
_QUESTION = re.compile(r"[?？]")
# The interviewer asks in three turns of ten, twice as often as anyone else, and speaks less.
_ASKS, _MORE_THAN_OTHERS = 0.3, 2.0


def role_of(speaker: str) -> Role:
    """Return the role that a label names in English, Swedish or Chinese, `''` if it names none.

    >>> role_of("Intervjuare"), role_of("P12"), role_of("受访者A"), role_of("Anna")
    ('interviewer', 'participant', 'participant', '')
    """
    bare = _NUMBER.sub("", speaker.strip())
    if bare in _LETTERS:
        return _LETTERS[bare]
    for word in [bare, *re.findall(r"[^\W\d_]+", speaker)]:
        if word.casefold() in _WORDS:
            return _WORDS[word.casefold()]
    return ""


def give_roles(text: str, turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """Return the turns with roles; `''` stays where neither names nor questions tell.

    Who is left when the interviewer is known is a participant. Without a name that tells, the
    interviewer is who asks in at least three turns of ten, at least twice as often as anyone
    else, and says no more than the others together; with one speaker nobody is guessed.

    >>> turns = [Turn(0, 4, "Anna"), Turn(5, 18, "Bo")]
    >>> [turn.role for turn in give_roles("How? Fine, thanks.", turns)]
    ['interviewer', 'participant']
    """
    roles: dict[str, Role] = {turn.speaker: role_of(turn.speaker) for turn in turns}
    named = [speaker for speaker in roles if speaker]
    if "interviewer" not in roles.values() and (asker := _who_asks(text, turns, roles)):
        roles[asker] = "interviewer"
    if "interviewer" in roles.values():
        roles |= {speaker: roles[speaker] or "participant" for speaker in named}
    return tuple(replace(turn, role=roles[turn.speaker]) for turn in turns)


def _who_asks(text: str, turns: Sequence[Turn], roles: dict[str, Role]) -> str:
    """Return the speaker who clearly does the asking, or `''`."""
    spoken = Counter(turn.speaker for turn in turns if turn.speaker)
    asked, length = Counter[str](), Counter[str]()
    for turn in turns:
        asked[turn.speaker] += bool(_QUESTION.search(text, turn.start, turn.end))
        length[turn.speaker] += turn.end - turn.start
    shares = sorted(((asked[who] / n, who) for who, n in spoken.items()), reverse=True)
    if not shares[1:]:
        return ""
    (share, asker), (next_share, _) = shares[:2]
    clear = share >= _ASKS and share >= _MORE_THAN_OTHERS * next_share
    brief = length[asker] <= sum(length[who] for who in spoken if who != asker)
    return asker if clear and brief and roles[asker] != "participant" else ""
