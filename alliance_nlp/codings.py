"""Make codings and memos: what a named coder applied to, or wrote about, a passage."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Coding:
    """A code applied to `transcript.text[start:end]` by a named coder.

    Attributes:
        transcript_id: The transcript.
        start: First code point of the passage.
        end: The code point after the last one.
        code_id: The code.
        coder: Who decided it.
        created_at: When, as ISO 8601 in UTC, such as `'2026-01-31T09:30:00+00:00'`.

    >>> coding = Coding("p01", 120, 184, "buy-in", "Eva", "2026-01-31T09:30:00+00:00")
    >>> coding.end - coding.start
    64
    """

    transcript_id: str
    start: int
    end: int
    code_id: str
    coder: str
    created_at: str


MemoTarget = Literal["transcript", "segment", "code", "coding", "theme"]


@dataclass(frozen=True, slots=True)
class Memo:
    """The analyst's note.

    Attributes:
        id: Unique, made by the project.
        target: The kind of thing it is about.
        target_id: The id of that thing; of a coding, the id of the decision that made it.
        text: The note.
        coder: Who wrote it.
        created_at: When, as ISO 8601 in UTC.

    >>> Memo("m1", "code", "buy-in", "Only S?", "Eva", "2026-01-31T09:30:00+00:00").target
    'code'
    """

    id: str
    target: MemoTarget
    target_id: str
    text: str
    coder: str
    created_at: str
