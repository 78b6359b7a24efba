"""Make a session: one coder's way through the suggestions, each answer stored at once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from alliance_nlp.codebook import Code, Codebook, folded
from alliance_nlp.decisions import Decision, is_read_for, standing
from alliance_nlp.embeddings import embed
from alliance_nlp.errors import ProjectError
from alliance_nlp.project import Project, coder_name, segments_to_code, suggestions_to_answer
from alliance_nlp.review.renewal import suggested
from alliance_nlp.segments import Segment, offered
from alliance_nlp.suggestions import (
    ORDERS,
    Order,
    Suggestion,
    most_informative_first,
    most_likely_first,
)

Kind = Literal["accepted", "rejected", "own", "skipped", "done"]

_LEAST: dict[Order, float] = {"document": 0.0, "likely": 0.05, "informative": 0.0}


@dataclass(frozen=True, slots=True)
class Question:
    """One suggestion that is put to the coder.

    Attributes:
        suggestion: What is suggested.
        segment: For which passage.
        code: The code itself.
        place: The number of the segment among those that are asked about, from 1.
        places: How many segments those are.
        rank: The number of the suggestion among those for the segment, from 1.
        ranks: How many suggestions those are.
    """

    suggestion: Suggestion
    segment: Segment
    code: Code
    place: int
    places: int
    rank: int
    ranks: int


@dataclass(frozen=True, slots=True)
class Given:
    """What the coder did, now or before; `decision_id` is empty for what is no decision."""

    kind: Kind
    segment_id: str
    code_id: str = ""
    decision_id: str = ""


class Session:
    """One coder's way through the suggestions of a project.

    In the order of the interviews it goes on at the segment of the coder's latest answer, and comes
    back at the end to what was passed over before; the other orders are made anew whenever the
    suggestions are, and begin at their first segment. What the coder has answered is not asked
    again, nor is anything about a segment that the coder has read completely, be it in another
    window at the same time.

    Args:
        project: The study.
        coder: Whose answers they are.
        everyone: Ask about what interviewers say, too.
        at_least: Ask about suggestions of this probability and above; the others stay open. `None`
            is 0.05 in the order `'likely'`, which ends where a yes in twenty is expected, else 0.
        order: What to read next: `'document'` in the order of the interviews, `'likely'` first the
            segments with the surest suggestions, `'informative'` first those that stand for most
            others.
        code: Ask about this code only, by id or name, wherever it may apply; `''` is every code.

    Attributes:
        given: What was done in this session and not undone, in order.

    Raises:
        ProjectError: There are no suggestions, the coder has no name, or there is no such code or
            order.
        ModelError: The model that made the suggestions is not on this machine, and the order or the
            code asks for it.
    """

    def __init__(
        self,
        project: Project,
        coder: str,
        *,
        everyone: bool = False,
        at_least: float | None = None,
        order: Order = "document",
        code: str = "",
    ) -> None:
        self.project = project
        self.coder = coder_name(coder)
        if order not in ORDERS:
            raise ProjectError(f"{order!r} is no order; there is {', '.join(ORDERS)}")
        self.order = order
        self.at_least = _LEAST[order] if at_least is None else at_least
        self.codebook = project.codebook
        self.code = _code_named(code, self.codebook) if code else None
        self.transcripts = {transcript.id: transcript for transcript in project.transcripts}
        segments = segments_to_code(project)
        self.by_id = {segment.id: segment for segment in segments}
        self.segments = self._in_document = segments if everyone else offered(segments)
        self.given: list[Given] = []
        self._seen = project.state_elsewhere
        self._at = self._read_answers()
        self._take(suggestions_to_answer(project))
        if self.code is not None:
            self.renew()  # what is stored names only the most likely codes of each segment
        else:
            self._reorder()

    @property
    def n_open(self) -> int:
        """How many suggestions have not been answered, those that were skipped among them."""
        return self.count_open(0.0)

    def count_open(self, at_least: float) -> int:
        """Count the suggestions of this probability and above that have not been answered."""
        return sum(
            suggestion.probability >= at_least and not self._is_answered(suggestion)
            for segment in self.segments
            for suggestion in self._suggested[segment.id]
        )

    def question(self) -> Question | None:
        """Return the next suggestion to answer, `None` if there is none left."""
        self._catch_up()
        places = len(self.segments)
        for place in [*range(self._at, places), *range(self._at)]:
            segment = self.segments[place]
            suggested = self._suggested[segment.id]
            for rank, suggestion in enumerate(suggested, start=1):
                if suggestion.probability < self.at_least or self._is_answered(suggestion):
                    continue
                if self._is_skipped(suggestion):
                    continue
                self._at = place
                code = self.codebook.by_id(suggestion.code_id)
                return Question(suggestion, segment, code, place + 1, places, rank, len(suggested))
        return None

    def answer(self, question: Question, answer: Literal["accept", "reject"]) -> bool:
        """Store whether the suggested code applies.

        False if it was answered in another window meanwhile, or left the codebook there.
        """
        suggestion = question.suggestion
        self._catch_up()
        if self._is_answered(suggestion) or question.code.id not in self._known():
            return False
        decision = self.project.decide(
            suggestion.segment_id,
            suggestion.code_id,
            self.coder,
            answer,
            probability=suggestion.probability,
        )
        self._note(decision)
        return True

    def add(self, question: Question, code: Code) -> Kind | None:
        """Store a code that the coder chose, and return what it is; `None` if it is there already.

        What is asked, or was answered before, is no code of the coder's own but an answer to a
        suggestion, and keeps its probability.
        """
        self._catch_up()
        suggestion = question.suggestion
        earlier = self._answered.get((suggestion.segment_id, code.id))
        if earlier is not None and earlier.answer == "accept":
            return None
        is_asked = code.id == suggestion.code_id
        before = earlier.probability if earlier is not None else None
        decision = self.project.decide(
            suggestion.segment_id,
            code.id,
            self.coder,
            "accept",
            probability=suggestion.probability if is_asked else before,
        )
        self._note(decision)
        return _kind(decision)

    def skip(self, question: Question) -> None:
        """Leave a suggestion open for another session."""
        self.given.append(Given("skipped", question.segment.id, question.code.id))

    def finish(self, segment: Segment) -> bool:
        """Store that the segment was read completely; False if that was stored meanwhile.

        Codes not accepted are absent.
        """
        self._catch_up()
        if all(self._is_read_for(segment.id, code.id) for code in self.codebook):
            return False
        self._done[segment.id] = self.project.review(segment.id, self.coder)
        self.given.append(Given("done", segment.id))
        return True

    def undo(self) -> Given | None:
        """Take back what was done last and return it, `None` if there is nothing.

        When all that was done in this session is undone, it goes on with earlier ones.
        """
        last = self.given.pop() if self.given else self._given_before()
        if last is None:
            return None
        if last.kind == "done":
            self.project.review(last.segment_id, self.coder, complete=False)
        elif last.decision_id:
            self.project.withdraw(last.decision_id, self.coder)
        self._read_answers()  # an earlier answer may count again
        self._at = [segment.id for segment in self.segments].index(last.segment_id)
        if self.order != "document":
            self._begin_with(self.segments[self._at])
        return last

    @property
    def can_undo(self) -> bool:
        """Whether there is something to take back, in this session or before."""
        return bool(self.given) or self._given_before() is not None

    def _given_before(self) -> Given | None:
        """Return the latest answer in force about what this session may ask."""
        self._catch_up()
        there, known = {segment.id for segment in self.segments}, self._known()
        given = [
            (answer.decided_at, Given(_kind(answer), answer.segment_id, answer.code_id, answer.id))
            for answer in self._answered.values()
            if answer.segment_id in there and answer.code_id in known
        ]
        given += [
            (review.reviewed_at, Given("done", review.segment_id))
            for review in self._done.values()
            if review.segment_id in there
        ]
        # Of what was done in the same second the last one: that a segment is read ends it.
        return sorted(given, key=lambda each: each[0])[-1][1] if given else None

    @property
    def n_answered(self) -> int:
        """How many answers of this coder count, given in this sitting and before.

        That a segment was read completely is one, too.
        """
        return len(self._answered) + len(self._done)

    def renew(self) -> None:
        """Make the suggestions anew with what this coder taught.

        Others' answers are left out, and what is made is not stored, so that coders who are
        compared later do not steer each other; `renew_suggestions` learns from everyone.

        Raises:
            ModelError: The model that made the suggestions is not on this machine.
        """
        model, labels = self.project.suggestions_model, self.project.labels(self.coder)
        only = "" if self.code is None else self.code.id
        self._take(suggested(self.project, model, labels, only, coder=self.coder))
        self._reorder()

    def _take(self, suggestions: Sequence[Suggestion]) -> None:
        known = self._known()
        self._suggested: dict[str, list[Suggestion]] = defaultdict(list)
        for suggestion in suggestions:
            if suggestion.code_id in known:  # the codebook may have been changed since
                self._suggested[suggestion.segment_id].append(suggestion)

    def _reorder(self) -> None:
        """Put what to read next at the beginning, but first what is half read."""
        if self.order == "document" or not self.segments:
            return
        current = self.segments[self._at]
        self.segments, self._at = self._ordered(), 0
        if any(given.segment_id == current.id for given in self.given) and self._is_open(current):
            self._begin_with(current)

    def _begin_with(self, segment: Segment) -> None:
        others = (each for each in self.segments if each.id != segment.id)
        self.segments, self._at = [segment, *others], 0

    def _ordered(self) -> list[Segment]:
        if self.order == "likely":
            open_ones = [
                suggestion
                for of_segment in self._suggested.values()
                for suggestion in of_segment
                if not self._is_answered(suggestion)
            ]
            return most_likely_first(self._in_document, open_ones)
        embeddings = embed(self._in_document, model=self.project.suggestions_model or None)
        decided = {segment_id for segment_id, _ in self._answered} | set(self._done)
        return most_informative_first(self._in_document, embeddings, decided)

    def _known(self) -> set[str]:
        """Return the ids of the codes that are asked about."""
        known = {code.id for code in self.codebook}
        return known if self.code is None else known & {self.code.id}

    def _catch_up(self) -> None:
        """Take account of what was done in another window: answers, or another codebook."""
        state = self.project.state_elsewhere  # first: what is written while we read comes again
        if state != self._seen:
            self._seen = state
            if (codebook := self.project.codebook) != self.codebook:
                self.codebook = codebook
                self._take([each for of in self._suggested.values() for each in of])
            self._read_answers()

    def _read_answers(self) -> int:
        """Read what the coder has answered; return the place of the latest answer."""
        answers = [each for each in standing(self.project.decisions) if each.coder == self.coder]
        self._answered = {(answer.segment_id, answer.code_id): answer for answer in answers}
        reviews = [each for each in self.project.reviews if each.coder == self.coder]
        last = {each.segment_id: each for each in reviews}  # the latest one counts
        self._done = {id_: review for id_, review in last.items() if review.complete}
        self._since = self.project.codes_since
        times = [(answer.decided_at, answer.segment_id) for answer in answers]
        times += [(each.reviewed_at, each.segment_id) for each in reviews]
        latest = max(times, default=("", ""))[0]
        there = {segment_id for time, segment_id in times if time == latest}
        places = [place for place, each in enumerate(self.segments) if each.id in there]
        return places[-1] if places else 0

    def _is_answered(self, suggestion: Suggestion) -> bool:
        answered = (suggestion.segment_id, suggestion.code_id) in self._answered
        return answered or self._is_read_for(suggestion.segment_id, suggestion.code_id)

    def _is_read_for(self, segment_id: str, code_id: str) -> bool:
        review = self._done.get(segment_id)
        return review is not None and is_read_for(review, code_id, self._since)

    def _is_open(self, segment: Segment) -> bool:
        return any(not self._is_answered(each) for each in self._suggested[segment.id])

    def _is_skipped(self, suggestion: Suggestion) -> bool:
        return Given("skipped", suggestion.segment_id, suggestion.code_id) in self.given

    def _note(self, decision: Decision) -> None:
        self._answered[decision.segment_id, decision.code_id] = decision
        kind = _kind(decision)
        self.given.append(Given(kind, decision.segment_id, decision.code_id, decision.id))


def _kind(decision: Decision) -> Kind:
    if decision.answer == "reject":
        return "rejected"
    return "own" if decision.probability is None else "accepted"


def _code_named(name: str, codebook: Codebook) -> Code:
    wanted = folded(name)
    for code in codebook:
        if wanted == folded(code.id):
            return code
    for code in codebook:
        if wanted in {folded(version.name) for version in code.versions}:
            return code
    known = ", ".join(code.name for code in codebook)
    raise ProjectError(f"{name!r} is no code of this codebook, which has: {known}")
