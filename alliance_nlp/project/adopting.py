"""Make a code out of a theme: a new version of the codebook, and suggestions to answer."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from sqlite3 import Connection

from alliance_nlp.codebook import Code, Codebook
from alliance_nlp.decisions import Decision, standing
from alliance_nlp.errors import ProjectError
from alliance_nlp.project import tables
from alliance_nlp.project.theme_tables import read_themes
from alliance_nlp.segments import Range, Segment, sentences
from alliance_nlp.suggestions import Suggestion
from alliance_nlp.suggestions.polarity import polarity_of
from alliance_nlp.themes import Theme, draft_code
from alliance_nlp.themes.drafts import common, words_in_a_row

_FEW_ANSWERS = 5
_OF_A_THEME = "theme: "


def adopt_theme(
    connection: Connection,
    theme_id: str,
    *,
    coder: str,
    name: str,
    definition: str,
    model: str,
    now: str,
) -> Code:
    """Add a code that is about a theme, and suggest it for what is in the theme."""
    theme = next(one for one in read_themes(connection) if one.id == theme_id)
    segments = tables.read_segments(connection)
    _, codebook = tables.read_codebook(connection)
    code = draft_code(theme, segments, name=name, taken=_ids_ever_used(connection))
    if not code.name:
        raise ProjectError(
            "the theme has no name that the code could have (its title is taken only where two "
            "interviews say it): name the theme, or say what the code is called"
        )
    _check_is_new(code.name, codebook)
    code = replace(
        code, definition=definition.strip() or code.definition, source=f"{theme_id} ({coder})"
    )
    tables.write_codebook(connection, Codebook([*codebook, code], name=codebook.name), now)
    write_adopted(connection, [(code.id, theme_id, coder, now)])
    suggested_by = tables.read_suggestions_model(connection) or model
    tables.add_suggestions(connection, _suggestions(theme, code, segments), suggested_by)
    return code


def read_adopted(connection: Connection) -> list[tuple[str, str, str, str]]:
    """Read which codes were made from themes: code, theme, coder and time."""
    return connection.execute(
        "SELECT code_id, theme_id, coder, made_at FROM codes_from_themes ORDER BY code_id"
    ).fetchall()


def write_adopted(connection: Connection, rows: Iterable[tuple[str, str, str, str]]) -> None:
    """Add codes that were made from themes; those that are here stay as they are."""
    connection.executemany("INSERT OR IGNORE INTO codes_from_themes VALUES (?, ?, ?, ?)", rows)


def read_since(connection: Connection) -> dict[str, str]:
    """Read since when there are codes for which earlier reviews say nothing."""
    return {code_id: made_at for code_id, _, _, made_at in read_adopted(connection)}


def waiting_for_answers(
    suggestions: Iterable[Suggestion], given: Iterable[Decision], coder: str | None
) -> list[Suggestion]:
    """Return what themes suggest the codes for that were made from them and have few answers.

    From fewer than five answers nothing can be learned that says more than the theme does.

    Args:
        suggestions: Those that are stored.
        given: All decisions, earlier ones first.
        coder: Whose answers count; `None` means everyone's.
    """
    answered = {
        (one.segment_id, one.code_id) for one in standing(given) if coder in (None, one.coder)
    }
    n_answers = Counter(code_id for _, code_id in answered)
    told = [
        one
        for one in suggestions
        if one.matched.startswith(_OF_A_THEME) and n_answers[one.code_id] < _FEW_ANSWERS
    ]
    open_ = {one.code_id for one in told if (one.segment_id, one.code_id) not in answered}
    return [one for one in told if one.code_id in open_]


def _ids_ever_used(connection: Connection) -> set[str]:
    """Return the ids of all codes there ever were, so that no earlier answer fits a new code."""
    used = {
        code.id
        for (codes,) in connection.execute("SELECT codes FROM codebook_versions")
        for code in tables.codes_from_json(codes)
    }
    answered = connection.execute("SELECT DISTINCT code_id FROM decisions").fetchall()
    return used.union(code_id for (code_id,) in answered)


def _check_is_new(name: str, codebook: Codebook) -> None:
    for code in codebook:
        for text in code.versions:
            if words_in_a_row(text.name) == words_in_a_row(name):
                raise ProjectError(
                    f"there is a code {text.name!r} already: give the new one another name"
                )


def _suggestions(theme: Theme, code: Code, segments: Sequence[Segment]) -> list[Suggestion]:
    by_id = {segment.id: segment for segment in segments}
    members = [by_id[id_] for id_ in theme.segment_ids]
    shared = common(theme.keywords, members)
    suggestions = []
    for id_, probability in chain(
        zip(theme.segment_ids, theme.probabilities, strict=True),
        zip(theme.also_ids, theme.also_probabilities, strict=True),
    ):
        segment = by_id[id_]
        start, end = _carrying(segment, (*theme.keywords, *theme.phrases))
        said = segment.text[start:end]
        suggestions.append(
            Suggestion(
                segment_id=id_,
                code_id=code.id,
                probability=probability,
                rationale=((segment.start + start, segment.start + end),),
                matched=f"{_OF_A_THEME}{theme.name or ', '.join(shared) or theme.id}",
                polarity=polarity_of(said, segment.language),
            )
        )
    return suggestions


def _carrying(segment: Segment, words: Sequence[str]) -> Range:
    """Return where the sentence is in which most words of the theme are said; the first of them."""
    wanted = [words_in_a_row(word) for word in words]
    ranges = sentences(segment.text, segment.language) or [(0, len(segment.text))]

    def n_said(place: Range) -> int:
        said = words_in_a_row(segment.text[place[0] : place[1]])
        return sum(word in said for word in wanted)

    return max(ranges, key=n_said)
