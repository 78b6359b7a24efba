"""Make decisions and reviews: what a named coder answered, and how answers become labels."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeVar

from alliance_nlp.codebook import Code
from alliance_nlp.codings import Coding
from alliance_nlp.segments import Segment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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

    >>> Decision("d1", "p01:0-9", "buy-in", "Eva", "accept", "2026-01-31T09:30:00+00:00").answer
    'accept'
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

    >>> Review("r1", "p01:0-9", "Eva", True, "2026-01-31T09:31:00+00:00").complete
    True
    """

    id: str
    segment_id: str
    coder: str
    complete: bool
    reviewed_at: str


_Answered = TypeVar("_Answered", Decision, Review)


def standing(decisions: Iterable[Decision]) -> list[Decision]:
    """Return the answers in force, in the order in which they were given.

    For each coder, segment and code that is the latest answer that was not taken back; so the
    withdrawal of a second thought makes the first one count again.

    Args:
        decisions: Earlier ones first.

    >>> yes = Decision("d1", "p01:0-9", "buy-in", "Eva", "accept", "2026-01-31T09:30:00+00:00")
    >>> no = Decision("d2", "p01:0-9", "buy-in", "Eva", "reject", "2026-01-31T09:31:00+00:00")
    >>> undo = Decision("d3", "p01:0-9", "buy-in", "Eva", "withdraw", "2026-01-31T09:32:00+00:00",
    ...                 withdraws="d2")
    >>> [decision.id for decision in standing([yes, no])]
    ['d2']
    >>> [decision.id for decision in standing([yes, no, undo])]
    ['d1']
    """
    decisions = list(decisions)
    withdrawn = {decision.withdraws for decision in decisions if decision.answer == "withdraw"}
    latest: dict[tuple[str, str, str], Decision] = {}
    for decision in decisions:
        if decision.answer == "withdraw" or decision.id in withdrawn:
            continue
        place = (decision.coder, decision.segment_id, decision.code_id)
        latest.pop(place, None)  # so that the later answer also stands later in the list
        latest[place] = decision
    return list(latest.values())


def labels_of(
    segments: Sequence[Segment],
    codebook: Sequence[Code],
    decisions: Iterable[Decision],
    reviews: Iterable[Review] = (),
    coder: str | None = None,
    *,
    since: Mapping[str, str] = MappingProxyType({}),
) -> "NDArray[np.int8]":
    """Return what has been decided: 1 applies, 0 does not, -1 nobody has decided.

    A complete review makes the codes that its coder left undecided 0 in that segment. Where two
    coders disagree nobody has decided. Segments and codes that are not given are left out.

    Args:
        segments: One row each.
        codebook: One column for each code.
        decisions: Earlier ones first.
        reviews: Earlier ones first.
        coder: Whose answers count; `None` means everyone's.
        since: When codes were added that nobody could think of before, as ISO 8601 in UTC: a
            review says nothing about them unless it is later.

    Returns:
        int8, `(n_segments, n_codes)`.

    >>> from alliance_nlp.codebook import Code
    >>> from alliance_nlp.segments import Segment
    >>> segments = [Segment("p01:0-9", "p01", 0, 9, "I was met.")]
    >>> codes = [Code("buy-in", "Buy-in"), Code("trust-safety", "Trust and safety")]
    >>> yes = Decision("d1", "p01:0-9", "buy-in", "Eva", "accept", "2026-01-31T09:30:00+00:00")
    >>> labels_of(segments, codes, [yes])
    array([[ 1, -1]], dtype=int8)
    >>> read = Review("r1", "p01:0-9", "Eva", True, "2026-01-31T09:31:00+00:00")
    >>> labels_of(segments, codes, [yes], [read])
    array([[1, 0]], dtype=int8)
    """
    import numpy as np

    rows = {segment.id: row for row, segment in enumerate(segments)}
    columns = {code.id: column for column, code in enumerate(codebook)}
    applies = np.zeros((len(rows), len(columns)), dtype=bool)
    absent = np.zeros_like(applies)
    accepted: dict[tuple[str, str], list[int]] = {}
    for decision in _of(coder, standing(decisions)):
        if decision.segment_id in rows and decision.code_id in columns:
            row, column = rows[decision.segment_id], columns[decision.code_id]
            if decision.answer == "accept":
                applies[row, column] = True
                accepted.setdefault((decision.segment_id, decision.coder), []).append(column)
            else:
                absent[row, column] = True
    since = {id_: at for id_, at in since.items() if id_ in columns}
    latest = {(review.segment_id, review.coder): review for review in _of(coder, reviews)}
    for (segment_id, name), review in latest.items():
        if review.complete and segment_id in rows:
            others = np.ones(len(columns), dtype=bool)
            others[accepted.get((segment_id, name), [])] = False
            others[[columns[id_] for id_ in since if not is_read_for(review, id_, since)]] = False
            absent[rows[segment_id]] |= others
    return np.where(applies == absent, -1, applies).astype(np.int8)


def is_read_for(review: Review, code_id: str, since: Mapping[str, str]) -> bool:
    """Tell whether a review can say that a code is absent: there was the code at the time.

    >>> read = Review("r1", "p01:0-9", "Eva", True, "2026-01-31T09:31:00+00:00")
    >>> is_read_for(read, "wait", {"wait": "2026-02-01T10:00:00+00:00"})
    False
    """
    later = code_id not in since or review.reviewed_at > since[code_id]
    return review.complete and later


def codings_of(
    segments: Iterable[Segment], decisions: Iterable[Decision], coder: str | None = None
) -> list[Coding]:
    """Return the codings: the answers in force that accept a code, in the order of the text.

    Args:
        segments: Where the passages are; answers about other segments are left out.
        decisions: Earlier ones first.
        coder: Whose codings; `None` means everyone's.

    >>> from alliance_nlp.segments import Segment
    >>> segments = [Segment("p01:0-9", "p01", 0, 9, "I was met.")]
    >>> yes = Decision("d1", "p01:0-9", "buy-in", "Eva", "accept", "2026-01-31T09:30:00+00:00")
    >>> [(coding.code_id, coding.start, coding.end) for coding in codings_of(segments, [yes])]
    [('buy-in', 0, 9)]
    """
    places = {segment.id: segment for segment in segments}
    codings = [
        Coding(
            transcript_id=places[decision.segment_id].transcript_id,
            start=places[decision.segment_id].start,
            end=places[decision.segment_id].end,
            code_id=decision.code_id,
            coder=decision.coder,
            created_at=decision.decided_at,
        )
        for decision in _of(coder, standing(decisions))
        if decision.answer == "accept" and decision.segment_id in places
    ]
    return sorted(codings, key=lambda coding: (coding.transcript_id, coding.start, coding.end))


def _of(coder: str | None, answers: Iterable[_Answered]) -> list[_Answered]:
    return [answer for answer in answers if coder in (None, answer.coder)]
