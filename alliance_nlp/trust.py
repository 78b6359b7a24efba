"""Make verdicts on the suggestions, from what coders answered, and say so in words for a paper.

Only answers in force count (`decisions.standing`).  An answer that carries a probability was given
to a suggestion in view; an acceptance without one is a code of the coder's own.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alliance_nlp import __version__
from alliance_nlp.codebook import Code
from alliance_nlp.decisions import Decision, standing
from alliance_nlp.segments import Segment, offered
from alliance_nlp.suggestions import Suggestion, on_offer
from alliance_nlp.transcripts import Transcript
from alliance_nlp.wording import count

FEWEST_ANSWERS = 10  # ten equal answers are just enough to pass either bound below
MOSTLY_HOLD = 0.7
RARELY_HOLD = 0.3

ANCHORING_CAVEAT = (
    "These coders saw the suggestions before they answered. How far that swayed them can only be "
    "measured by blind reviews: segments that are read and coded with the suggestions hidden."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """How suggestions were received.

    Attributes:
        answered: Answers to these suggestions; two coders on one segment are two answers.
        accepted: How many of the answers were acceptances.
    """

    answered: int
    accepted: int

    @property
    def share(self) -> float:
        """Share of the answers that were acceptances, `nan` if there are none."""
        return self.accepted / self.answered if self.answered else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of `share` (Wilson, 1927)."""
        return wilson(self.accepted, self.answered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict(Reception):
    """What became of the suggestions of one code.

    Attributes:
        code_id: The code.
        offered: Segments for which it was suggested, now or when a coder answered.
        own: Acceptances that coders gave on their own, without a suggestion in view.
    """

    code_id: str
    offered: int
    own: int

    @property
    def words(self) -> str:
        """The verdict in plain words.

        With ten answers or more, suggestions mostly hold when the interval lies at 0.7 or above,
        want care when it lies below 0.3, and hold in part otherwise.
        """
        low, high = self.interval
        if not self.offered:
            return "never suggested"
        if not self.answered:
            return "no answers yet"
        if self.answered < FEWEST_ANSWERS:
            return "too few answers to say"
        if low >= MOSTLY_HOLD:
            return "suggestions mostly hold"
        if high < RARELY_HOLD:
            return "read every suggestion with care"
        return "suggestions hold in part"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbabilityBin(Reception):
    """Suggestions that showed a probability from `low` up to `high`.

    Where the probabilities mean what they say, `share` is near `shown`.

    Attributes:
        low: Smallest probability of the bin.
        high: Where the next bin begins; the last one includes 1.
        shown: Mean of the probabilities shown, `nan` if there are none.
    """

    low: float
    high: float
    shown: float


@dataclass(frozen=True, slots=True)
class Anchoring:
    """What answers can say about how far the suggestions led the coders.

    Attributes:
        suggested: Accepted codes that had been suggested.
        own: Accepted codes that coders gave on their own.
        bins: How acceptance moves with the probability shown.
        caveat: What these numbers cannot say.
    """

    suggested: int
    own: int
    bins: tuple[ProbabilityBin, ...]
    caveat: str = ANCHORING_CAVEAT

    @property
    def suggested_share(self) -> float:
        """Share of the accepted codes that had been suggested, `nan` if none is accepted."""
        accepted = self.suggested + self.own
        return self.suggested / accepted if accepted else math.nan


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share (Wilson, 1927), `nan` twice without trials.

    It takes the trials as independent; answers within one interview are not quite, so the truth is
    somewhat wider.

    >>> low, high = wilson(8, 10)
    >>> round(low, 3), round(high, 3)
    (0.49, 0.943)
    """
    if not trials:
        return (math.nan, math.nan)
    z = 1.959963984540054  # 97.5 % quantile of the normal distribution
    share = successes / trials
    middle = share + z * z / (2 * trials)
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return (max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale))


def verdicts(
    suggestions: Iterable[Suggestion], decisions: Sequence[Decision], codebook: Iterable[Code]
) -> list[Verdict]:
    """Say for each code of the codebook how its suggestions were received.

    In the order of the codebook; codes that were answered but have left it follow by id.

    >>> from alliance_nlp.codebook import Code
    >>> at = "2026-01-31T09:30:00+00:00"
    >>> answers = [
    ...     Decision(f"d{i}", f"p01:{i}-9", "trust", "anna", "accept", at, 0.8) for i in range(9)
    ... ]
    >>> (trust,) = verdicts([], answers, [Code("trust", "Trust")])
    >>> trust.share, trust.words
    (1.0, 'too few answers to say')
    """
    answers = standing(decisions)
    offers = {(suggestion.segment_id, suggestion.code_id) for suggestion in suggestions}
    offers |= {(answer.segment_id, answer.code_id) for answer in _to_suggestions(answers)}
    known = [code.id for code in codebook]
    left = {code_id for _, code_id in offers} | {answer.code_id for answer in answers}
    found = []
    for code_id in [*known, *sorted(left - set(known))]:
        mine = [answer for answer in answers if answer.code_id == code_id]
        answered = _to_suggestions(mine)
        found.append(
            Verdict(
                code_id=code_id,
                offered=sum(code == code_id for _, code in offers),
                answered=len(answered),
                accepted=len(_accepted(answered)),
                own=len(_accepted(mine)) - len(_accepted(answered)),
            )
        )
    return found


def anchoring(decisions: Sequence[Decision], *, bins: int = 5) -> Anchoring:
    """Say what the answers show of anchoring, and what they cannot show.

    Where coders follow whatever is put before them, nearly all codes come from suggestions and
    acceptance hardly moves with the probability.  Good suggestions look alike in the first number:
    the caveat belongs beside it.

    >>> at = "2026-01-31T09:30:00+00:00"
    >>> found = anchoring([
    ...     Decision("d1", "p01:0-9", "trust", "anna", "accept", at, 0.9),
    ...     Decision("d2", "p01:0-9", "power", "anna", "reject", at, 0.3),
    ...     Decision("d3", "p01:0-9", "hope", "anna", "accept", at),
    ... ])
    >>> found.suggested_share, found.bins[4].accepted, found.bins[1].share
    (0.5, 1, 0.0)
    """
    answers = standing(decisions)
    answered = _to_suggestions(answers)
    suggested = len(_accepted(answered))
    by_bin: list[list[Decision]] = [[] for _ in range(bins)]
    for answer in answered:
        by_bin[min(int((answer.probability or 0.0) * bins), bins - 1)].append(answer)
    return Anchoring(
        suggested=suggested,
        own=len(_accepted(answers)) - suggested,
        bins=tuple(
            ProbabilityBin(
                low=index / bins,
                high=(index + 1) / bins,
                answered=len(inside),
                accepted=len(_accepted(inside)),
                shown=_mean([answer.probability or 0.0 for answer in inside]),
            )
            for index, inside in enumerate(by_bin)
        ),
    )


def methods_paragraph(
    transcripts: Sequence[Transcript],
    segments: Sequence[Segment],
    suggestions: Sequence[Suggestion],
    decisions: Sequence[Decision],
    codebook: Iterable[Code],
    *,
    model: str,
    unit: str,
) -> str:
    """Write the paragraph for a paper's methods section; each number in it is counted here.

    Suggestions for what interviewers say are not counted, since they are not offered for coding.
    `model` names what embedded the segments, `unit` how they were cut.

    >>> at = "2026-01-31T09:30:00+00:00"
    >>> text = methods_paragraph(
    ...     [Transcript("p01", "I trust her.")],
    ...     [Segment("p01:0-12", "p01", 0, 12, "I trust her.")],
    ...     [Suggestion("p01:0-12", "trust", 0.8)],
    ...     [Decision("d1", "p01:0-12", "trust", "anna", "accept", at, 0.8)],
    ...     [Code("trust", "Trust")],
    ...     model="multilingual-e5-small",
    ...     unit="sentence",
    ... )
    >>> text[text.index("Of 1"):text.index("; the")]
    'Of 1 answer to suggestions, 1 accepted the code (100%, 95% Wilson interval 21% to 100%)'
    """
    said = offered(segments)
    asked = {segment.id for segment in segments} - {segment.id for segment in said}
    made = len(on_offer(suggestions, segments))
    sentences = [
        f"With alliance_nlp {__version__}, {count(len(transcripts), 'interview')} "
        f"{'was' if len(transcripts) == 1 else 'were'} divided into "
        f"{count(len(segments), 'segment')} (unit: {unit}).",
        _offer_sentence(said, asked),
        f"For a codebook of {count(len(list(codebook)), 'code')}, the software made "
        f"{count(made, 'suggestion')} of codes for these segments, on the basis of sentence "
        f"embeddings (model: {model}).",
        *_answer_sentences(standing(decisions), asked),
    ]
    return " ".join(sentences)


def _offer_sentence(said: Sequence[Segment], asked: set[str]) -> str:
    if not asked:
        return "All of them were offered for coding, since none was marked as an interviewer's."
    if not said:
        return "None of them was offered for coding, since all were marked as interviewers'."
    return (
        "What interviewers said was not offered for coding, which left "
        f"{count(len(said), 'segment')}."
    )


def _answer_sentences(answers: Sequence[Decision], asked: set[str]) -> list[str]:
    """Say what was answered; `asked` are the segments that interviewers speak."""
    if not answers:
        return ["No coder has decided on a code yet."]
    answered = _to_suggestions(answers)
    codings = _accepted(answers)
    own = len(codings) - len(_accepted(answered))
    sentences = [
        f"In all, {count(len({answer.coder for answer in answers}), 'coder')} made "
        f"{count(len(answers), 'decision')}, "
        f"{f'{len(answered):,}' if answered else 'none'} of them on suggestions."
    ]
    if answered:
        received = Reception(answered=len(answered), accepted=len(_accepted(answered)))
        low, high = received.interval
        sentences.append(
            f"Of {count(len(answered), 'answer')} to suggestions, {received.accepted:,} accepted "
            f"the code ({received.share:.0%}, 95% Wilson interval {low:.0%} to {high:.0%}); the "
            "suggestions were in view, so this share does not measure independent agreement."
        )
    if own:
        sentences.append(f"Coders made {count(own, 'coding')} without a suggestion.")
    beyond = sum(answer.segment_id in asked for answer in answers)
    if beyond:
        were = "was" if beyond == 1 else "were"
        sentences.append(f"{count(beyond, 'decision')} {were} made on what interviewers said.")
    if codings and all(coding.coder.strip() for coding in codings):
        sentences.append("Every coding was decided by a named coder.")
    return sentences


def _to_suggestions(answers: Iterable[Decision]) -> list[Decision]:
    return [answer for answer in answers if answer.probability is not None]


def _accepted(answers: Iterable[Decision]) -> list[Decision]:
    return [answer for answer in answers if answer.answer == "accept"]


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else math.nan
