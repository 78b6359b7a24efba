"""Make segments: the passages that are offered for coding."""

from dataclasses import dataclass

from alliance_nlp.transcripts.transcript import Role


@dataclass(frozen=True, slots=True)
class Segment:
    """A passage to code: `transcript.text[start:end]`.

    Attributes:
        id: Says the place: `'p01:120-184'` is code points 120 to 184 of transcript `p01`.
        transcript_id: The transcript that it belongs to.
        start: First code point in the transcript's text.
        end: The code point after the last one.
        text: Exactly `transcript.text[start:end]`.
        context: The preceding turn of the other speaker, `''` if there is none.
        speaker: The label of the speaker, `''` if there is none.
        role: `'interviewer'`, `'participant'` or `''`.
        language: ISO 639-1 code, `''` if it is not known.
    """

    id: str
    transcript_id: str
    start: int
    end: int
    text: str
    context: str = ""
    speaker: str = ""
    role: Role = ""
    language: str = ""
