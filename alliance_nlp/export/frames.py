"""Make tables of themes: of the themes, of their segments, and of who says them how often."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, get_args

from alliance_nlp.errors import ExportError
from alliance_nlp.segments import Segment, offered, participant_of
from alliance_nlp.themes import Theme

if TYPE_CHECKING:
    import pandas as pd

By = Literal["participant", "language"]
Participant = tuple[str, str]  # transcript and speaker

IN_NONE = "in no theme"
_EXAMPLES = 3
_KEYWORDS_IN_A_LABEL = 3
_PARTS = re.compile(r"\d+|\D+")


def themes_to_frame(themes: Sequence[Theme], segments: Sequence[Segment]) -> "pd.DataFrame":
    r"""Return the themes as a DataFrame with one row per theme, and a last one for the others.

    The columns are `theme` (its number in the order given, as in the pictures; 0 in the last row),
    `count` (of segments), `name`, `title`, `keywords` and `phrases` (joined by `', '` and `'; '`),
    `participants` and `interviews` (how many of them say it), `languages` (with the number of
    segments, `'en 12; sv 10'`), `stability`, `examples` (up to three quotations, one per line),
    `theme_id`, `parent` (the id of the theme that this one is part of) and `contrasts` (up to three
    quotations from its edges, one per line).  What interviewers say counts in the last row only if
    nobody else speaks.

    Raises:
        ExportError: A theme is about a segment that is not given.

    >>> segments = [Segment(f"p01:{i}-{i + 1}", "p01", i, i + 1, "abc"[i]) for i in range(3)]
    >>> theme = Theme("theme-1", "", ("p01:1-2", "p01:0-1"), (1.0, 0.5), keywords=("b", "a"))
    >>> frame = themes_to_frame([theme], segments)
    >>> frame[["theme", "count", "keywords", "interviews"]].values.tolist()
    [[1, 2, 'b, a', 1], [0, 1, '', 1]]
    """
    import pandas as pd

    numbers, by_id = theme_numbers(themes, segments), {each.id: each for each in segments}
    rows: list[dict[str, object]] = []
    for number, theme in enumerate(themes, start=1):
        members = [by_id[each] for each in theme.segment_ids]
        chosen = theme.exemplar_ids or theme.segment_ids
        rows.append(
            {
                "theme": number,
                "count": len(members),
                "name": theme.name,
                "title": theme.title,
                "keywords": ", ".join(theme.keywords),
                "phrases": "; ".join(theme.phrases),
                **_said_by(members),
                "stability": theme.stability,
                "examples": _quoted(by_id[each] for each in chosen[:_EXAMPLES]),
                "theme_id": theme.id,
                "parent": theme.parent_id,
                "contrasts": _quoted(by_id[each] for each in theme.contrast_ids[:_EXAMPLES]),
            }
        )
    others = [each for each in candidates(themes, segments) if not numbers.get(each.id)]
    nothing: dict[str, object] = dict.fromkeys(
        ("title", "keywords", "phrases", "examples", "theme_id", "parent", "contrasts"), ""
    )
    last = {"theme": 0, "count": len(others), "name": IN_NONE, "stability": float("nan")}
    rows.append({**last, **_said_by(others), **nothing})
    columns = ["theme", "count", "name", "title", "keywords", "phrases", "participants"]
    columns += ["interviews", "languages", "stability", "examples", "theme_id", "parent"]
    columns += ["contrasts"]
    return pd.DataFrame(rows, columns=columns)


def segments_to_frame(themes: Sequence[Theme], segments: Sequence[Segment]) -> "pd.DataFrame":
    """Return the segments as a DataFrame: row *i* is segment *i*, with the theme it belongs to.

    The columns are `segment` (its id), `transcript`, `speaker`, `role`, `language`, `quotation`,
    `theme` (its number in the order given, 0 for none), `theme_name` (the name, else the title,
    else the first keywords), `probability` (of membership, 0 for none), `exemplar`, `also_in`
    (numbers of other themes, joined by `'; '`), `theme_id`, `start` and `end`.

    Raises:
        ExportError: A theme is about a segment that is not given.

    >>> segments = [Segment(f"p01:{i}-{i + 1}", "p01", i, i + 1, "ab"[i]) for i in range(2)]
    >>> theme = Theme("theme-1", "Waiting", ("p01:1-2",), (0.9,), exemplar_ids=("p01:1-2",))
    >>> frame = segments_to_frame([theme], segments)
    >>> frame[["theme", "theme_name", "probability", "exemplar"]].values.tolist()
    [[0, '', 0.0, False], [1, 'Waiting', 0.9, True]]
    """
    import pandas as pd

    numbers = theme_numbers(themes, segments)
    membership = {
        segment_id: probability
        for theme in themes[::-1]
        for segment_id, probability in zip(theme.segment_ids, theme.probabilities, strict=True)
    }
    exemplars = {segment_id for theme in themes for segment_id in theme.exemplar_ids}
    also_in: dict[str, list[str]] = {}
    for number, theme in enumerate(themes, start=1):
        for segment_id in theme.also_ids:
            also_in.setdefault(segment_id, []).append(str(number))
    rows = []
    for each in segments:
        number = numbers.get(each.id, 0)
        rows.append(
            {
                "segment": each.id,
                "transcript": each.transcript_id,
                "speaker": each.speaker,
                "role": each.role,
                "language": each.language,
                "quotation": each.text,
                "theme": number,
                "theme_name": theme_label(themes[number - 1], number) if number else "",
                "probability": membership.get(each.id, 0.0),
                "exemplar": each.id in exemplars,
                "also_in": "; ".join(also_in.get(each.id, ())),
                "theme_id": themes[number - 1].id if number else "",
                "start": each.start,
                "end": each.end,
            }
        )
    columns = ["segment", "transcript", "speaker", "role", "language", "quotation", "theme"]
    columns += ["theme_name", "probability", "exemplar", "also_in", "theme_id", "start", "end"]
    return pd.DataFrame(rows, columns=columns)


def spread_to_frame(
    themes: Sequence[Theme],
    segments: Sequence[Segment],
    *,
    by: By = "participant",
    shares: bool = False,
) -> "pd.DataFrame":
    """Return how often who says what: themes in rows, participants or languages in columns.

    A participant is a speaker of a transcript, or the transcript where nobody is named; who is
    alone in a transcript is called like it.  The last row holds what is in no theme.  What
    interviewers say counts only where it is in a theme, or nobody else speaks.

    Args:
        themes: The rows, in this order.
        segments: What the themes were found in.
        by: `'participant'` or `'language'` (as codes; the most frequent first).
        shares: Shares of all that a participant says instead of counts, so that a long interview
            does not weigh more than a short one; each column adds up to 1.

    Raises:
        ExportError: A theme is about a segment that is not given.
        ValueError: `by` is something else.

    >>> segments = [Segment(f"p0{n}:{i}-{i + 1}", f"p0{n}", i, i + 1, "a") for n, i in
    ...             [(1, 0), (1, 1), (2, 0)]]
    >>> theme = Theme("theme-1", "Waiting", ("p01:0-1", "p02:0-1"), (1.0, 1.0))
    >>> spread_to_frame([theme], segments, shares=True).to_dict("list")
    {'p01': [0.5, 0.5], 'p02': [1.0, 0.0]}
    """
    import pandas as pd

    if by not in get_args(By):
        raise ValueError(f"by={by!r}: themes are counted by {' or '.join(get_args(By))}")
    numbers, said = theme_numbers(themes, segments), candidates(themes, segments)
    if by == "participant":
        keys: list[Participant | str] = [participant_of(each) for each in said]
        columns: dict[Participant | str, str] = dict(participant_names(said).items())
    else:
        spoken = Counter(each.language for each in said)
        columns = {code: code for code in sorted(spoken, key=lambda code: (-spoken[code], code))}
        keys = [each.language for each in said]
    counts = Counter((numbers.get(each.id, 0), key) for each, key in zip(said, keys, strict=True))
    order = [*range(1, len(themes) + 1), 0]
    labels = [f"{number}. {theme_label(themes[number - 1], number)}" for number in order[:-1]]
    frame = pd.DataFrame(
        [[counts[number, key] for key in columns] for number in order],
        index=pd.Index([*labels, IN_NONE], name="theme"),
        columns=list(columns.values()),
        dtype="int64",
    )
    return frame / frame.sum() if shares else frame


def theme_label(theme: Theme, number: int) -> str:
    """Return what to call a theme: its name, else its title, else its first keywords.

    >>> theme_label(Theme("theme-1", "", (), (), keywords=("time", "short")), 1)
    'time · short'
    >>> theme_label(Theme("theme-1", "", (), ()), 4)
    'Theme 4'
    """
    keywords = " · ".join(theme.keywords[:_KEYWORDS_IN_A_LABEL])
    return " ".join((theme.name or theme.title or keywords).split()) or f"Theme {number}"


def theme_numbers(themes: Iterable[Theme], segments: Iterable[Segment]) -> dict[str, int]:
    """Return the number of its theme, from 1, for each segment that belongs to one."""
    numbers: dict[str, int] = {}
    used: set[str] = set()
    for number, theme in enumerate(themes, start=1):
        for segment_id in theme.segment_ids:
            numbers.setdefault(segment_id, number)
        used.update(theme.segment_ids, theme.exemplar_ids, theme.contrast_ids)
    missing = used - {each.id for each in segments}
    if missing:
        raise ExportError(
            f"a theme is about a segment that is not given: {min(missing)}; find themes anew for "
            "these segments"
        )
    return numbers


def candidates(themes: Iterable[Theme], segments: Sequence[Segment]) -> list[Segment]:
    """Return what could be in a theme: not what interviewers say, unless it is, or nobody else."""
    inside = {segment_id for theme in themes for segment_id in theme.segment_ids}
    if not offered(segments):
        return list(segments)
    return [each for each in segments if each.role != "interviewer" or each.id in inside]


def participant_names(segments: Iterable[Segment]) -> Mapping[Participant, str]:
    """Return what to call each participant, p2 before p10.

    >>> segments = [Segment("a:0-1", "a", 0, 1, "x", speaker="Bo"),
    ...             Segment("b:0-1", "b", 0, 1, "x", speaker="Bo"),
    ...             Segment("b:1-2", "b", 1, 2, "x", speaker="Li")]
    >>> list(participant_names(segments).values())
    ['a', 'b, Bo', 'b, Li']
    """
    people = sorted(set(map(participant_of, segments)), key=_reading_order)
    together = Counter(transcript_id for transcript_id, _ in people)
    return {
        (transcript_id, speaker): f"{transcript_id}, {speaker or 'unnamed'}"
        if together[transcript_id] > 1
        else transcript_id
        for transcript_id, speaker in people
    }


def _quoted(segments: Iterable[Segment]) -> str:
    return "\n".join(each.text for each in segments)


def _said_by(segments: Sequence[Segment]) -> dict[str, object]:
    languages = Counter(each.language for each in segments)
    ranked = sorted(languages, key=lambda code: (-languages[code], code))
    return {
        "participants": len(set(map(participant_of, segments))),
        "interviews": len({each.transcript_id for each in segments}),
        "languages": "; ".join(f"{code or 'unknown'} {languages[code]}" for code in ranked),
    }


def _reading_order(participant: Participant) -> list[list[tuple[int, int, str]]]:
    """Sort p2 before p10."""
    return [
        [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in _PARTS.findall(name)]
        for name in participant
    ]
