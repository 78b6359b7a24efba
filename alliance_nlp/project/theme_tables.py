"""Read and write themes, and the names that people gave, which outlive their being found anew."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from sqlite3 import Connection
from typing import Any

from alliance_nlp.themes import Theme, ThemeName, match_names


@dataclass(frozen=True, slots=True)
class Naming:
    """A row of what was ever said about what a theme is called.

    Attributes:
        position: The number of the row.
        replaces: That of the earlier name whose place it takes.
        told: What was said.
        places: Where each of `told.segment_ids` is: transcript, start and end.
    """

    position: int
    replaces: int | None
    told: ThemeName
    places: tuple[tuple[str, int, int], ...]


def read_themes(connection: Connection) -> list[Theme]:
    """Read the themes in the order in which they were found, with the names people gave."""
    members: dict[str, list[tuple[Any, ...]]] = {}
    for theme_id, *member in connection.execute(
        """
        SELECT theme_id, segment_id, probability, exemplar, contrast, also FROM theme_members
        ORDER BY theme_id, position
        """
    ):
        members.setdefault(theme_id, []).append(tuple(member))
    return [
        Theme(
            id=id_,
            name=name,
            keywords=tuple(json.loads(keywords)),
            title=title,
            phrases=tuple(json.loads(phrases)),
            stability=stability,
            parent_id=parent_id,
            n_participants=n_participants,
            **_member_fields(members.get(id_, [])),
        )
        for id_, name, keywords, title, phrases, stability, parent_id, n_participants in (
            connection.execute(
                """
                SELECT id, coalesce(name, ''), keywords, title, phrases, stability, parent_id,
                       n_participants
                FROM themes LEFT JOIN theme_names ON theme_names.position = named_by
                ORDER BY themes.position
                """
            ).fetchall()
        )
    ]


def write_themes(connection: Connection, themes: Sequence[Theme]) -> None:
    """Put these themes in the place of those that are here; each gets the name that is its own."""
    connection.execute("DELETE FROM themes")
    for theme in themes:
        connection.execute(
            """
            INSERT INTO themes
                (id, keywords, title, phrases, stability, parent_id, n_participants)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                theme.id,
                json.dumps(theme.keywords, ensure_ascii=False),
                theme.title,
                json.dumps(theme.phrases, ensure_ascii=False),
                float(theme.stability),
                theme.parent_id,
                int(theme.n_participants),
            ],
        )
        _write_members(connection, theme)
    bear_names(connection, read_namings(connection), themes)


def bear_names(connection: Connection, namings: Iterable[Naming], themes: Iterable[Theme]) -> None:
    """Let each theme bear the name that was given to its members, if one was."""
    rows = in_force(namings)
    interviews = dict(
        connection.execute("SELECT id, transcript_id FROM segments WHERE current").fetchall()
    )
    borne = match_names([row.told for row in rows], themes, interviews)
    connection.executemany(
        "UPDATE themes SET named_by = ? WHERE id = ?",
        [(rows[row].position, theme_id) for row, theme_id in borne.items()],
    )


def read_namings(connection: Connection) -> list[Naming]:
    """Read all that was ever said about what themes are called, earlier ones first."""
    members = _grouped(
        connection,
        'SELECT naming, segment_id, transcript_id, start, "end" FROM theme_name_members',
    )
    interviews = _grouped(connection, "SELECT naming, transcript_id FROM theme_name_interviews")
    return [
        Naming(
            position,
            replaces,
            ThemeName(
                name,
                coder,
                named_at,
                named_id,
                segment_ids=tuple(id_ for id_, *_ in members.get(position, ())),
                transcript_ids=tuple(id_ for (id_,) in interviews.get(position, ())),
                theme_id=theme_id,
            ),
            tuple((id_, start, end) for _, id_, start, end in members.get(position, ())),
        )
        for position, replaces, theme_id, name, coder, named_at, named_id in connection.execute(
            """
            SELECT theme_names.position, replaces, coalesce(themes.id, ''),
                   name, coder, named_at, theme_id
            FROM theme_names LEFT JOIN themes ON themes.named_by = theme_names.position
            ORDER BY theme_names.position
            """
        ).fetchall()
    ]


def in_force(namings: Iterable[Naming]) -> list[Naming]:
    """Return the names that were neither replaced nor taken back."""
    namings = list(namings)
    replaced = {naming.replaces for naming in namings}
    return [one for one in namings if one.told.name and one.position not in replaced]


def write_name(connection: Connection, theme_id: str, name: str, coder: str, named_at: str) -> None:
    """Add a name of a theme, in the place of the one that it bears."""
    (before,) = connection.execute(
        "SELECT named_by FROM themes WHERE id = ?", [theme_id]
    ).fetchone()
    position = _write_row(connection, (theme_id, name, coder, named_at), before)
    connection.execute(
        """
        INSERT INTO theme_name_members
        SELECT ?, segment_id, transcript_id, start, "end"
        FROM theme_members JOIN segments ON segments.id = segment_id
        WHERE theme_id = ? AND NOT also
        """,
        [position, theme_id],
    )
    connection.execute(
        """
        INSERT INTO theme_name_interviews
        SELECT DISTINCT ?, transcript_id
        FROM theme_members JOIN segments ON segments.id = segment_id
        """,
        [position],
    )
    connection.execute("UPDATE themes SET named_by = ? WHERE id = ?", [position, theme_id])


def add_namings(connection: Connection, namings: Iterable[Naming]) -> None:
    """Add what was said in another file, each after what it replaces; themes may bear it then."""
    positions: dict[int | None, int | None] = {None: None}
    added = []
    for naming in namings:
        told = naming.told
        positions[naming.position] = position = _write_row(
            connection,
            (told.named_id, told.name, told.coder, told.named_at),
            positions.get(naming.replaces),
        )
        connection.executemany(
            "INSERT INTO theme_name_members VALUES (?, ?, ?, ?, ?)",
            [
                (position, segment_id, *place)
                for segment_id, place in zip(told.segment_ids, naming.places, strict=True)
            ],
        )
        connection.executemany(
            "INSERT INTO theme_name_interviews SELECT ?, id FROM transcripts WHERE id = ?",
            [(position, transcript_id) for transcript_id in told.transcript_ids],
        )
        added.append(replace(naming, position=position, replaces=positions.get(naming.replaces)))
    unnamed = {id_ for (id_,) in connection.execute("SELECT id FROM themes WHERE named_by IS NULL")}
    themes = [theme for theme in read_themes(connection) if theme.id in unnamed]
    bear_names(connection, added, themes)


def _write_row(connection: Connection, said: tuple[str, str, str, str], before: int | None) -> int:
    (position,) = connection.execute(
        """
        INSERT INTO theme_names (theme_id, name, coder, named_at, replaces)
        VALUES (?, ?, ?, ?, ?) RETURNING position
        """,
        [*said, before],
    ).fetchone()
    return int(position)


def _write_members(connection: Connection, theme: Theme) -> None:
    exemplars = {segment_id: place for place, segment_id in enumerate(theme.exemplar_ids)}
    contrasts = {segment_id: place for place, segment_id in enumerate(theme.contrast_ids)}
    first = [(*pair, 0) for pair in zip(theme.segment_ids, theme.probabilities, strict=True)]
    also = [(*pair, 1) for pair in zip(theme.also_ids, theme.also_probabilities, strict=True)]
    connection.executemany(
        """
        INSERT INTO theme_members
            (theme_id, position, segment_id, probability, exemplar, contrast, also)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
        [
            (
                theme.id,
                position,
                segment_id,
                float(probability),
                exemplars.get(segment_id),
                contrasts.get(segment_id),
                is_also,
            )
            for position, (segment_id, probability, is_also) in enumerate([*first, *also])
        ],
    )


def _member_fields(members: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
    return {
        "segment_ids": tuple(id_ for id_, _, _, _, also in members if not also),
        "probabilities": tuple(p for _, p, _, _, also in members if not also),
        "exemplar_ids": _placed((place, id_) for id_, _, place, _, _ in members),
        "contrast_ids": _placed((place, id_) for id_, _, _, place, _ in members),
        "also_ids": tuple(id_ for id_, _, _, _, also in members if also),
        "also_probabilities": tuple(p for _, p, _, _, also in members if also),
    }


def _placed(places: Iterable[tuple[int | None, str]]) -> tuple[str, ...]:
    ranked = sorted((place, id_) for place, id_ in places if place is not None)
    return tuple(id_ for _, id_ in ranked)


def _grouped(connection: Connection, select: str) -> dict[int, list[tuple[Any, ...]]]:
    groups: dict[int, list[tuple[Any, ...]]] = {}
    for owner, *part in connection.execute(f"{select} ORDER BY 1, 2"):
        groups.setdefault(owner, []).append(tuple(part))
    return groups
