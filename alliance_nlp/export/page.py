"""Make one HTML page that shows the first pass: themes, suggestions and the codebook."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from alliance_nlp import __version__
from alliance_nlp.codebook import Code
from alliance_nlp.decisions import Decision, standing
from alliance_nlp.errors import ExportError
from alliance_nlp.export.inline import page_environment, template_text
from alliance_nlp.export.tables import clock, code_name
from alliance_nlp.files import replacing
from alliance_nlp.segments import Segment, offered
from alliance_nlp.suggestions import Suggestion, match_of
from alliance_nlp.themes import Theme
from alliance_nlp.transcripts import Transcript
from alliance_nlp.wording import language_name, likelihood, percent

if TYPE_CHECKING:
    from jinja2 import Environment

_PACKAGE = "alliance_nlp.export"
_AT_ONCE = 3  # suggestions that are seen without a click
_EXEMPLARS = 3
_ALL_OPEN = 60  # segments on a page that needs no folding


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of a passage and the proposals that rest on it, by their numbers."""

    text: str
    carries: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Proposal:
    """A code beside a passage: suggested, answered, or both."""

    number: int
    code_id: str
    suggestion: Suggestion | None
    answers: tuple[Decision, ...]

    @property
    def at_once(self) -> bool:
        return self.number <= _AT_ONCE or bool(self.answers)


@dataclass(frozen=True, slots=True)
class _Passage:
    """A segment with all that stands beside it."""

    segment: Segment
    number: int
    time: str
    context: str
    pieces: tuple[_Piece, ...]
    proposals: tuple[_Proposal, ...]
    themes: tuple[int, ...]

    @property
    def suggested(self) -> bool:
        return any(proposal.suggestion for proposal in self.proposals)

    @property
    def answered(self) -> bool:
        return any(proposal.answers for proposal in self.proposals)


@dataclass(frozen=True, slots=True)
class _Interview:
    """A transcript with its passages in the order of the text."""

    transcript: Transcript
    passages: tuple[_Passage, ...]

    @property
    def participants(self) -> str:
        spoken = [passage.segment for passage in self.passages]
        return ", ".join(dict.fromkeys(s.speaker for s in spoken if s.role != "interviewer"))


@dataclass(frozen=True, slots=True)
class _ThemeCard:
    """A theme with its passages, each with its membership, and those in the same broader theme."""

    theme: Theme
    members: tuple[tuple[_Passage, float], ...]
    exemplars: tuple[_Passage, ...]
    siblings: tuple[int, ...]

    @property
    def n_interviews(self) -> int:
        return len({passage.segment.transcript_id for passage, _ in self.members})


def write_page(
    path: str | Path,
    *,
    title: str,
    transcripts: Sequence[Transcript],
    segments: Sequence[Segment],
    codebook: Iterable[Code],
    themes: Sequence[Theme] = (),
    suggestions: Iterable[Suggestion] = (),
    decisions: Iterable[Decision] = (),
) -> None:
    """Write one HTML page with the themes, the suggestions and the sentences that carry them.

    The page needs no other file and loads nothing from any network. Of the answers it shows those
    in force. It holds what people said in confidence: a new file is readable by the user alone.

    Raises:
        ExportError: The file cannot be written (an earlier one is then untouched), or a segment
            is of a transcript, a theme or a suggestion of a segment, that is not given.

    >>> import tempfile
    >>> transcript = Transcript(id="p01", text="We took our time. It helped.")
    >>> segment = Segment("p01:0-28", "p01", 0, 28, transcript.text)
    >>> suggestion = Suggestion(segment.id, "slow", 0.81, rationale=((0, 17),))
    >>> path = Path(tempfile.mkdtemp(), "index.html")
    >>> write_page(path, title="Two clinics", transcripts=[transcript], segments=[segment],
    ...            codebook=[Code("slow", "Proceeding slowly")], suggestions=[suggestion])
    >>> '<mark class="r1">We took our time.</mark>' in path.read_text(encoding="utf-8")
    True
    """
    codes = {code.id: code for code in codebook}
    suggestions, answers = list(suggestions), standing(decisions)
    _check(transcripts, segments, themes, suggestions)
    suggestions = _put_to_coders(suggestions, segments, answers)
    passages = _passages(transcripts, segments, themes, _proposals(suggestions, answers))
    interviews = [
        _Interview(each, tuple(p for p in passages.values() if p.segment.transcript_id == each.id))
        for each in transcripts
    ]
    accepted = {(each.segment_id, each.code_id) for each in answers if each.answer == "accept"}
    tree = list(_tree(codes))
    numbers = {code.id: number for number, (code, _) in enumerate(tree, start=1)}
    html = (
        _environment()
        .get_template("page.html")
        .render(
            title=title,
            version=__version__,
            interviews=interviews,
            all_open=len(passages) <= _ALL_OPEN,
            passages=passages,
            themes=list(_theme_cards(themes, passages)),
            tree=tree,
            codes=codes,
            code_numbers=numbers,
            anchors={code.id: _anchors(code, numbers[code.id]) for code, _ in tree},
            firsts=Counter(p.proposals[0].code_id for p in passages.values() if p.suggested),
            accepted=Counter(code_id for _, code_id in accepted),
            answers=answers,
            answers_elsewhere=sum(each.segment_id not in passages for each in answers),
        )
    )
    with replacing(Path(path)) as file:
        file.write(html.encode("utf-8", errors="replace"))


def _check(
    transcripts: Sequence[Transcript],
    segments: Sequence[Segment],
    themes: Sequence[Theme],
    suggestions: Sequence[Suggestion],
) -> None:
    missing = {s.transcript_id for s in segments} - {t.id for t in transcripts}
    if missing:
        raise ExportError(f"segments are of a transcript that is not given: {min(missing)}")
    used = {each.segment_id for each in suggestions}
    used.update(segment_id for theme in themes for segment_id in theme.segment_ids)
    used.update(segment_id for theme in themes for segment_id in theme.exemplar_ids)
    missing = used - {segment.id for segment in segments}
    if missing:
        raise ExportError(
            f"a theme or suggestion is about a segment that is not given: {min(missing)}; find "
            "themes and suggestions anew for these segments"
        )


def _put_to_coders(
    suggestions: Iterable[Suggestion], segments: Sequence[Segment], answers: Iterable[Decision]
) -> list[Suggestion]:
    """Return what is offered, and what was answered although an interviewer said it."""
    said = {segment.id for segment in offered(segments)}
    answered = {(answer.segment_id, answer.code_id) for answer in answers}
    return [
        each
        for each in suggestions
        if each.segment_id in said or (each.segment_id, each.code_id) in answered
    ]


def _proposals(
    suggestions: Iterable[Suggestion], answers: Iterable[Decision]
) -> dict[str, tuple[_Proposal, ...]]:
    """Gather what stands beside each segment, the most probable first, own codes last."""
    suggested: dict[str, dict[str, Suggestion]] = defaultdict(dict)
    for each in sorted(suggestions, key=lambda each: (-each.probability, each.code_id)):
        suggested[each.segment_id][each.code_id] = each
    answered: dict[str, dict[str, list[Decision]]] = defaultdict(lambda: defaultdict(list))
    for answer in answers:
        answered[answer.segment_id][answer.code_id].append(answer)
    return {
        segment_id: tuple(
            _Proposal(
                number,
                code_id,
                suggested[segment_id].get(code_id),
                tuple(answered[segment_id].get(code_id, ())),
            )
            for number, code_id in enumerate(
                dict.fromkeys([*suggested[segment_id], *answered[segment_id]]), start=1
            )
        )
        for segment_id in {**suggested, **answered}
    }


def _passages(
    transcripts: Sequence[Transcript],
    segments: Iterable[Segment],
    themes: Iterable[Theme],
    proposals: Mapping[str, tuple[_Proposal, ...]],
) -> dict[str, _Passage]:
    """Return the passages by segment id, in the order in which they are read."""
    by_id = {transcript.id: transcript for transcript in transcripts}
    order = {transcript_id: number for number, transcript_id in enumerate(by_id)}
    in_themes = defaultdict(list)
    for number, theme in enumerate(themes, start=1):
        for segment_id in theme.segment_ids:
            in_themes[segment_id].append(number)
    passages: dict[str, _Passage] = {}
    before: Segment | None = None
    reading_order = sorted(segments, key=lambda s: (order[s.transcript_id], s.start, s.end))
    for number, segment in enumerate(reading_order, start=1):
        beside = proposals.get(segment.id, ())
        passages[segment.id] = _Passage(
            segment,
            number,
            clock(by_id[segment.transcript_id].seconds(segment.start, segment.end)[0]),
            _context(segment, before),
            tuple(_pieces(segment, beside)),
            beside,
            tuple(in_themes[segment.id]),
        )
        before = segment
    return passages


def _context(segment: Segment, before: Segment | None) -> str:
    """Return the question, unless the reader has just read it."""
    if before is None or before.transcript_id != segment.transcript_id:
        return segment.context
    just_read = segment.context == before.context or before.text in segment.context
    return "" if just_read else segment.context


def _pieces(segment: Segment, proposals: Iterable[_Proposal]) -> Iterator[_Piece]:
    """Cut the text wherever what carries a suggestion begins or ends."""
    ranges = [
        (proposal.number, max(start, segment.start), min(end, segment.end))
        for proposal in proposals
        if proposal.suggestion
        for start, end in proposal.suggestion.rationale
        if max(start, segment.start) < min(end, segment.end)
    ]
    edges = {edge for _, start, end in ranges for edge in (start, end)}
    for left, right in pairwise(sorted(edges | {segment.start, segment.end})):
        carries = {number for number, start, end in ranges if start <= left and right <= end}
        text = segment.text[left - segment.start : right - segment.start]
        yield _Piece(text, tuple(sorted(carries)))


def _theme_cards(themes: Sequence[Theme], passages: Mapping[str, _Passage]) -> Iterator[_ThemeCard]:
    children = defaultdict(list)
    for number, theme in enumerate(themes, start=1):
        children[theme.parent_id].append(number)
    for number, theme in enumerate(themes, start=1):
        family = children[theme.parent_id] if theme.parent_id else []
        membership = dict(zip(theme.segment_ids, theme.probabilities, strict=True))
        yield _ThemeCard(
            theme,
            tuple((passages[segment_id], value) for segment_id, value in membership.items()),
            tuple(passages[segment_id] for segment_id in theme.exemplar_ids[:_EXEMPLARS]),
            tuple(other for other in family if other != number),
        )


def _tree(
    codes: Mapping[str, Code], parent: str = "", depth: int = 0
) -> Iterator[tuple[Code, int]]:
    """Walk through the codebook, each code before its narrower ones, with its depth."""
    for code in codes.values():
        if code.parent == parent or (not parent and code.parent not in codes):
            yield code, depth
            yield from _tree(codes, code.id, depth + 1)


def _anchors(code: Code, number: int) -> dict[str, str]:
    """Return where in the codebook each part of a code stands, by `Suggestion.matched`.

    A definition is long and matched often: so it stands once on the page, and is referred to.
    """
    anchors: dict[str, str] = {}
    for version_number, version in enumerate(code.versions):
        parts = [
            f"name: {version.name}",
            f"definition: {version.definition}",
            f"include: {version.include}",
            *(f"example: {example}" for example in version.examples),
        ]
        for part_number, part in enumerate(parts):
            anchors.setdefault(part, f"c{number}-{version_number}-{part_number}")
    return anchors


@cache
def _environment() -> "Environment":
    style, script = (template_text(_PACKAGE, name) for name in ("page.css", "page.js"))
    environment = page_environment(_PACKAGE, style=style, script=script)
    environment.globals.update(code_name=code_name, match_of=match_of)
    environment.filters.update(percent=percent, likelihood=likelihood, language=language_name)
    return environment
