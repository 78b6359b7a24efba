"""Make of a participant's name what the wish to be forgotten means in this file."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from alliance_nlp.errors import ProjectError
from alliance_nlp.project.names import names_in, names_in_id, parts, telling, with_parts
from alliance_nlp.project.overwriting import BLOCK
from alliance_nlp.transcripts import Transcript, Turn
from alliance_nlp.transcripts.words import WORDS

_PARTICIPANT = "participant"  # the attribute whose value is taken for a name as it is
_PARTICIPANTS = frozenset(WORDS["participant"])


@dataclass(frozen=True, slots=True)
class Request:
    """What the participant's wish means in this file.

    Attributes:
        names: What the participant is called, to be looked for in what others said.
        interviews: Transcripts that are theirs alone and go as a whole.
        group: The transcript in which they speak among others, if that is meant.
        speaker: Their label in it.
        shared: What others are called, too.
        rest: The transcripts that stay, the group's among them.
    """

    names: tuple[str, ...]
    interviews: tuple[Transcript, ...]
    group: Transcript | None
    speaker: str
    shared: Set[str]
    rest: tuple[Transcript, ...]

    @property
    def touched(self) -> tuple[Transcript, ...]:
        """The transcripts that lose words."""
        return self.interviews if self.group is None else (self.group,)

    def is_theirs(self, turn: Turn) -> bool:
        """Tell whether the participant speaks in this turn of a touched transcript."""
        return turn.role != "interviewer" if self.group is None else turn.speaker == self.speaker

    def words(self) -> set[tuple[str, str]]:
        """Return what the participant said, turn by turn, each with its language."""
        return {
            (transcript.text[turn.start : turn.end], transcript.language)
            for transcript in self.touched
            for turn in transcript.turns or [Turn(0, len(transcript.text))]
            if self.is_theirs(turn)
        }


def understand(
    transcripts: Sequence[Transcript], participant: str, transcript_id: str | None
) -> Request:
    """Find out who is meant, and what they are called.

    Raises:
        ProjectError: There is no such participant, or more than one.
    """
    named = [
        transcript
        for transcript in transcripts
        if participant in (transcript.id, *_participant_attributes(transcript))
    ]
    if named and transcript_id is None:
        return _interviews(transcripts, named, participant)
    spoken = [
        transcript
        for transcript in transcripts
        if participant in _speakers(transcript) and transcript_id in (None, transcript.id)
    ]
    if not spoken:
        raise ProjectError(
            f"there is no participant {participant!r}; there is {_known(transcripts)}"
        )
    if len(spoken) > 1:
        places = ", ".join(transcript.id for transcript in spoken)
        raise ProjectError(
            f"{participant!r} speaks in {places}, and that may be different people: say in which "
            "transcript (transcript_id=...)"
        )
    if _speakers(spoken[0]) == {participant}:
        return _interviews(transcripts, spoken, participant)
    names = {participant, *parts(participant)}
    elsewhere = _labels(transcript for transcript in transcripts if transcript is not spoken[0])
    shared = with_parts(elsewhere | (_labels(spoken) - {participant}))
    return Request(telling(names - shared), (), spoken[0], participant, shared, tuple(transcripts))


def _interviews(
    transcripts: Sequence[Transcript], interviews: Sequence[Transcript], participant: str
) -> Request:
    rest = tuple(transcript for transcript in transcripts if transcript not in interviews)
    names = {participant} - {transcript.id for transcript in interviews}
    for transcript in interviews:
        names.update(
            value for name, value in transcript.attributes if name.casefold() == _PARTICIPANT
        )
        for text in (transcript.id, *_participant_attributes(transcript)):
            names |= names_in_id(text)
        for label in _speakers(transcript):
            names |= names_in(label)
    shared = with_parts(_labels(rest))
    return Request(telling(names - shared), tuple(interviews), None, "", shared, rest)


def _participant_attributes(transcript: Transcript) -> list[str]:
    """Return whose interview it is, as a header says it in one of three languages."""
    return [value for name, value in transcript.attributes if name.casefold() in _PARTICIPANTS]


def _speakers(transcript: Transcript) -> set[str]:
    """Return the labels of all who speak and are not known to be the interviewer."""
    return {
        turn.speaker for turn in transcript.turns if turn.speaker and turn.role != "interviewer"
    }


def _labels(transcripts: Iterable[Transcript]) -> set[str]:
    return {turn.speaker for transcript in transcripts for turn in transcript.turns}


def _known(transcripts: Iterable[Transcript]) -> str:
    known: dict[str, None] = {}
    for transcript in transcripts:
        names = [transcript.id, *_participant_attributes(transcript)]
        labels = [label for label in sorted(_speakers(transcript)) if set(label) != {BLOCK}]
        known.update(dict.fromkeys(names + labels))
    return ", ".join(known) or "none at all"
