"""Make the roles of the speakers: by what they are called, else by who asks."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence, Set
from dataclasses import replace

from alliance_nlp.transcripts.transcript import Role, Transcript
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
_Person = tuple[str, str]  # the transcript that a label is bound to, else '', and the label

# The interviewer asks in three turns of ten, twice as often as the others, and speaks less.
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


def give_roles(
    transcripts: Sequence[Transcript], *, interviewers: Collection[str] = ()
) -> list[Transcript]:
    """Return the transcripts with roles; `''` stays where neither names nor questions tell.

    Who is left when the interviewer is known is a participant. Where no name tells, an interviewer
    is who asks in at least three turns of ten, at least twice as often as the others, and says no
    more than they do; with one speaker nobody is guessed. A name is one person in all transcripts,
    so that it has the same role in each; a number (`Speaker 1`) is one within its own only.

    Args:
        transcripts: With turns and speakers.
        interviewers: Labels of interviewers, whatever else tells.

    >>> from alliance_nlp.transcripts.transcript import Turn
    >>> talk = Transcript("p01", "How? Fine, thanks.", (Turn(0, 4, "Anna"), Turn(5, 18, "Bo")))
    >>> [turn.role for turn in give_roles([talk])[0].turns]
    ['interviewer', 'participant']
    >>> [turn.role for turn in give_roles([talk], interviewers=["Bo"])[0].turns]
    ['participant', 'interviewer']
    """
    named = set(interviewers)
    askers = _askers(transcripts)
    return [_with_roles(transcript, named, askers) for transcript in transcripts]


def keep_roles(transcript: Transcript, before: Transcript) -> Transcript:
    """Return a transcript with the roles of an earlier reading where its own does not tell."""
    known = {turn.speaker: turn.role for turn in before.turns}
    turns = [
        replace(turn, role=turn.role or known.get(turn.speaker, "")) for turn in transcript.turns
    ]
    return replace(transcript, turns=tuple(turns))


def _with_roles(transcript: Transcript, named: Set[str], askers: Set[_Person]) -> Transcript:
    speakers = {turn.speaker for turn in transcript.turns if turn.speaker}
    roles: dict[str, Role] = {speaker: role_of(speaker) for speaker in speakers}
    if found := {speaker for speaker in speakers if speaker in named}:
        roles = dict.fromkeys(found, "interviewer")
    elif "interviewer" not in roles.values():
        unknown = [speaker for speaker in speakers if not roles[speaker]]
        roles |= {s: "interviewer" for s in unknown if _person(transcript, s) in askers}
    if "interviewer" in roles.values():
        roles |= {speaker: "participant" for speaker in speakers if not roles.get(speaker)}
    turns = [replace(turn, role=roles.get(turn.speaker, "")) for turn in transcript.turns]
    return replace(transcript, turns=tuple(turns))


def _askers(transcripts: Iterable[Transcript]) -> set[_Person]:
    """Return who clearly does the asking, over all transcripts in which they speak."""
    own: defaultdict[_Person, Counter[str]] = defaultdict(Counter)
    others: defaultdict[_Person, Counter[str]] = defaultdict(Counter)
    for transcript in transcripts:
        talk = _talk(transcript)
        for speaker, mine in talk.items():
            person = _person(transcript, speaker)
            own[person].update(mine)
            for other in talk.keys() - {speaker}:
                others[person].update(talk[other])
    return {person for person, mine in own.items() if _asks(mine, others[person])}


def _talk(transcript: Transcript) -> dict[str, Counter[str]]:
    """Count for each speaker the turns, those of them that ask, and the characters."""
    talk: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for turn in transcript.turns:
        if turn.speaker:
            asks = bool(_QUESTION.search(transcript.text, turn.start, turn.end))
            talk[turn.speaker].update(turns=1, asking=asks, length=turn.end - turn.start)
    return talk


def _asks(own: Counter[str], others: Counter[str]) -> bool:
    if not others["turns"]:
        return False
    share, others_share = own["asking"] / own["turns"], others["asking"] / others["turns"]
    clear = share >= _ASKS and share >= _MORE_THAN_OTHERS * others_share
    return clear and own["length"] <= others["length"]


def _person(transcript: Transcript, speaker: str) -> _Person:
    """Return who a label means: the same person everywhere, or `A` and `Speaker 1` of one talk."""
    bound = len(speaker) == 1 or _NUMBER.search(speaker)
    return (transcript.id if bound else "", speaker)
