"""Make the frozen record of one suggested code."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from alliance_nlp.segments import Segment, offered

_MATCHES = {
    "name": "Matches its name",
    "definition": "Matches its definition",
    "include": "Matches when to use it",
    "example": "Matches its example",
    "theme": "Belongs to the theme",
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A code that the machine proposes for a segment, with its reasons.

    Attributes:
        segment_id: The segment.
        code_id: The code.
        probability: An estimate of how likely a coder is to accept it, 0 to 1; of a code that
            was made from a theme and not learned since, the membership in the theme.
        rationale: `(start, end)` code points in the transcript of what carries it.
        matched: The part of the code that spoke for it, such as `'definition: …'`, of a long one
            the clause, as it stands there; `'theme: …'` where the code was made from a theme.
        accepted_id: The nearest segment where the code was accepted, if any.
        rejected_id: The nearest segment where it was rejected, if any.
        polarity: `'negated'` when the carrying sentence holds a negation, which may mean that it
            speaks of the absence of what the code means; else `'affirmed'`.
    """

    segment_id: str
    code_id: str
    probability: float
    rationale: tuple[tuple[int, int], ...] = ()
    matched: str = ""
    accepted_id: str | None = None
    rejected_id: str | None = None
    polarity: Literal["affirmed", "negated"] = "affirmed"


def on_offer(suggestions: Iterable[Suggestion], segments: Iterable[Segment]) -> list[Suggestion]:
    """Return the suggestions for what participants said, which a coder is asked about.

    >>> asked = Segment("p01:0-9", "p01", 0, 9, "And then?", role="interviewer")
    >>> on_offer([Suggestion(asked.id, "slow", 0.3)], [asked])
    []
    """
    ids = {segment.id for segment in offered(segments)}
    return [suggestion for suggestion in suggestions if suggestion.segment_id in ids]


def match_of(suggestion: Suggestion) -> tuple[str, str]:
    """Say what part of the code spoke for a suggestion, and what stands there.

    >>> match_of(Suggestion("p01:0-9", "trust", 0.8, matched="name: Trust"))
    ('Matches its name', 'Trust')
    """
    kind, _, text = suggestion.matched.partition(": ")
    return (_MATCHES[kind], text) if kind in _MATCHES else ("Matches", suggestion.matched)
