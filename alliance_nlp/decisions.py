"""Make decisions and reviews: what a named coder answered, and how answers become labels."""

from dataclasses import dataclass
from typing import Literal

Answer = Literal["accept", "reject", "withdraw"]


@dataclass(frozen=True, slots=True)
class Decision:
    """One answer of a named coder; never changed, only added to.

    Attributes:
        id: Unique, made by the project.
        segment_id: The segment.
        code_id: The code.
        coder: Who answered.
        answer: `'accept'`, `'reject'`, or `'withdraw'`, which takes an earlier answer back.
        decided_at: When, as ISO 8601 in UTC.
        probability: What the suggestion said at that moment; `None` for a code of their own.
        withdraws: The `id` of the decision that is taken back, `None` for the other answers.
    """

    id: str
    segment_id: str
    code_id: str
    coder: str
    answer: Answer
    decided_at: str
    probability: float | None = None
    withdraws: str | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """A coder's statement that a segment was read completely: codes not accepted are absent.

    Attributes:
        id: Unique, made by the project.
        segment_id: The segment.
        coder: Who read it.
        complete: False takes an earlier statement back; the latest one counts.
        reviewed_at: When, as ISO 8601 in UTC.
    """

    id: str
    segment_id: str
    coder: str
    complete: bool
    reviewed_at: str
