"""Make the two frozen records that every reader returns."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["interviewer", "participant", ""]


@dataclass(frozen=True, slots=True)
class Turn:
    """One speaker's uninterrupted stretch of a transcript.

    Attributes:
        start: First code point of the spoken words in `Transcript.text`, after the label.
        end: The code point after the last one.
        speaker: The label as written, without its punctuation; `''` if there is none.
        role: Who speaks: `'interviewer'`, `'participant'`, or `''` when it cannot be told.
    """

    start: int
    end: int
    speaker: str = ""
    role: Role = ""


@dataclass(frozen=True, slots=True)
class Transcript:
    r"""One interview.

    Attributes:
        id: The file's name without its ending, unique among the transcripts read together.
        text: The whole text, immutable, with `\n` line ends and speaker labels as the reader
            of a printed transcript sees them; every offset is a code point in it.
        turns: The turns in order; they do not overlap.
        language: ISO 639-1 code, such as `'en'`, `'sv'` or `'zh'`; `''` if it cannot be told.
        source: The name of the file, without folders.
        sha256: Hash of the raw bytes of the file, in hexadecimal.
        sync_points: `(offset, seconds)` pairs in order of offset: what was heard when.
        attributes: `(name, value)` pairs about the interview, such as a participant's age.
    """

    id: str
    text: str
    turns: tuple[Turn, ...] = ()
    language: str = ""
    source: str = ""
    sha256: str = ""
    sync_points: tuple[tuple[int, float], ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()

    def seconds(self, start: int, end: int) -> tuple[float | None, float | None]:
        """Return when the passage `text[start:end]` begins and ends.

        The beginning is the last known time at or before `start`, the end the first known time
        at or after `end`; `None` where the transcript has no such time.

        >>> spoken = Transcript(id="p01", text="Hi. Fine.", sync_points=((0, 1.5), (9, 4.0)))
        >>> spoken.seconds(4, 9)
        (1.5, 4.0)
        """
        before = [seconds for offset, seconds in self.sync_points if offset <= start]
        after = [seconds for offset, seconds in self.sync_points if offset >= end]
        return (before[-1] if before else None, after[0] if after else None)
