"""Make the tables that more than one command prints."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.table import Table

from alliance_nlp.cli.console import table
from alliance_nlp.wording import language_name

if TYPE_CHECKING:
    from alliance_nlp.codebook import Codebook
    from alliance_nlp.segments import Segment
    from alliance_nlp.suggestions import Suggestion
    from alliance_nlp.themes import Theme
    from alliance_nlp.transcripts import Transcript

_KEYWORDS = 6
_PAUSES = " ,;:–，、；："  # what is not said before "…"
_LONG_WORD = 20  # longer than this and it is no word but a line of Chinese


def interviews_table(
    transcripts: Sequence["Transcript"],
    segments: Sequence["Segment"],
    *,
    title: str = "Interviews",
) -> Table:
    """Show how each interview was understood."""
    from alliance_nlp.segments import count_words

    made = table(
        "Interview", "Language", "Length", "Turns", "Segments", "Words", "Interviewer",
        title=title, right=("Length", "Turns", "Segments", "Words"),
    )  # fmt: skip
    n_segments = Counter(segment.transcript_id for segment in segments)
    for transcript in transcripts:
        words = sum(count_words(transcript.text[t.start : t.end]) for t in transcript.turns)
        asks = [turn.speaker for turn in transcript.turns if turn.role == "interviewer"]
        made.add_row(
            transcript.id,
            language_name(transcript.language),
            length(transcript),
            f"{len(transcript.turns):,}",
            f"{n_segments[transcript.id]:,}",
            f"{words:,}",
            ", ".join(dict.fromkeys(asks)) or "not known",
        )
    return made


def length(transcript: "Transcript") -> str:
    """Say how long an interview took, as far as its times tell."""
    if not transcript.sync_points:
        return "–"
    seconds = transcript.sync_points[-1][1] - min(0.0, transcript.sync_points[0][1])
    return f"{max(1, round(seconds / 60))} min"


def themes_table(themes: Sequence["Theme"], segments: Sequence["Segment"]) -> Table:
    """Show each theme by its title and words, who says it, and a segment from its heart."""
    texts = {segment.id: segment for segment in segments}
    made = table(
        "Theme", "Working title, words that set it apart", "Segments", "People", "Comes back",
        "For example",
        title="Candidate themes", right=("Theme", "Segments", "People", "Comes back"),
    )  # fmt: skip
    for number, theme in enumerate(themes, start=1):
        example = texts[(theme.exemplar_ids or theme.segment_ids)[0]]
        made.add_row(
            str(number),
            f"{theme.name or theme.title}\n{theme_words(theme)}".strip(),
            str(len(theme.segment_ids)),
            "only 1" if theme.n_participants == 1 else str(theme.n_participants),
            f"{theme.stability:.0%}",
            shortened(example.text, 100),
        )
    return made


def theme_words(theme: "Theme") -> str:
    """Return the first of the words that set a theme apart."""
    return ", ".join(theme.keywords[:_KEYWORDS])


def codes_table(
    suggestions: Sequence["Suggestion"], segments: Sequence["Segment"], codebook: "Codebook"
) -> Table:
    """Show for each code where it is the first suggestion, and where it is surest."""
    texts = {segment.id: segment for segment in segments}
    by_code = defaultdict(list)
    for first in first_suggestions(suggestions):
        by_code[first.code_id].append(first)
    made = table(
        "Code", "First in", "Mean", "Surest of them", title="Suggested codes",
        right=("First in", "Mean"),
    )  # fmt: skip
    order = sorted(codebook, key=lambda code: -len(by_code[code.id]))
    for code in [code for code in order if by_code[code.id]]:
        firsts = by_code[code.id]
        best = max(firsts, key=lambda each: (each.probability, each.segment_id))
        mean = sum(each.probability for each in firsts) / len(firsts)
        said = carrying(best, texts[best.segment_id])
        made.add_row(code.name, str(len(firsts)), f"{mean:.0%}", shortened(said, 70))
    return made


def first_suggestions(suggestions: Sequence["Suggestion"]) -> list["Suggestion"]:
    """Return the most probable suggestion of each segment."""
    best: dict[str, Suggestion] = {}
    for each in suggestions:
        if each.segment_id not in best or each.probability > best[each.segment_id].probability:
            best[each.segment_id] = each
    return list(best.values())


def carrying(suggestion: "Suggestion", segment: "Segment") -> str:
    """Return the words that carry a suggestion."""
    ranges = suggestion.rationale or ((segment.start, segment.end),)
    return " … ".join(segment.text[a - segment.start : b - segment.start] for a, b in ranges)


def shortened(text: str, n_cells: int) -> str:
    """Cut a text to so many cells of a terminal, after a word; a Chinese character takes two.

    >>> shortened("我们慢慢来，不着急", 8), shortened("We, too, took our time", 11)
    ('我们慢…', 'We, too…')
    """
    whole = " ".join(text.split())
    if cell_len(whole) <= n_cells:
        return whole
    cut = set_cell_size(whole, n_cells - 1).rstrip()
    words, space, rest = cut.rpartition(" ")
    return f"{(words if space and len(rest) < _LONG_WORD else cut).rstrip(_PAUSES)}…"


def model_title(name: str) -> str:
    """Return what a reader of a paper would know a model by."""
    import tomllib

    from alliance_nlp.bundled import bundled

    listed = tomllib.loads(bundled("models/models.toml").read_text(encoding="utf-8"))
    return str(listed.get(name, {}).get("title", name)) or "none yet"
