"""Read and write what was brought in and what can be computed again, table by table."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from sqlite3 import Connection
from typing import Any

from alliance_nlp.codebook import Code, Codebook
from alliance_nlp.codings import MemoTarget
from alliance_nlp.segments import Segment
from alliance_nlp.suggestions import Suggestion
from alliance_nlp.transcripts import Transcript, Turn


def read_transcripts(connection: Connection) -> list[Transcript]:
    """Read all transcripts, by id."""
    turns = _grouped(connection, 'SELECT transcript_id, start, "end", speaker, role FROM turns')
    times = _grouped(connection, 'SELECT transcript_id, "offset", seconds FROM sync_points')
    attributes = _grouped(connection, "SELECT transcript_id, name, value FROM attributes")
    return [
        Transcript(
            id=id_,
            text=text,
            turns=tuple(Turn(*turn) for turn in turns.get(id_, ())),
            language=language,
            source=source,
            sha256=sha256,
            sync_points=tuple(times.get(id_, ())),
            attributes=tuple(attributes.get(id_, ())),
        )
        for id_, text, language, source, sha256 in connection.execute(
            "SELECT id, text, language, source, sha256 FROM transcripts ORDER BY id"
        )
    ]


def write_transcript(connection: Connection, transcript: Transcript) -> None:
    """Add a transcript, or bring everything but the text of one up to date."""
    connection.execute(
        """
        INSERT INTO transcripts (id, text, language, source, sha256) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET
            language = excluded.language, source = excluded.source, sha256 = excluded.sha256
        """,
        [
            transcript.id,
            transcript.text,
            transcript.language,
            transcript.source,
            transcript.sha256,
        ],
    )
    _write_parts(
        connection,
        "turns",
        transcript.id,
        [(turn.start, turn.end, turn.speaker, turn.role) for turn in transcript.turns],
    )
    connection.execute(  # what a better reading knows of a turn holds for its segments, too
        """
        UPDATE segments SET speaker = turns.speaker, role = turns.role, language = ?2 FROM turns
        WHERE segments.transcript_id = ?1 AND turns.transcript_id = ?1
            AND turns.start <= segments.start AND segments."end" <= turns."end"
        """,
        [transcript.id, transcript.language],
    )
    _write_parts(connection, "sync_points", transcript.id, transcript.sync_points)
    add_attributes(connection, transcript.id, dict(transcript.attributes))


def add_attributes(
    connection: Connection, transcript_id: str, attributes: Mapping[str, str]
) -> None:
    """Add attributes of a transcript, or give those that are here another value."""
    before = connection.execute(
        "SELECT name, value FROM attributes WHERE transcript_id = ? ORDER BY position",
        [transcript_id],
    )
    _write_parts(
        connection,
        "attributes",
        transcript_id,
        list({**dict(before.fetchall()), **attributes}.items()),
    )


def read_segments(connection: Connection, *, current_only: bool = True) -> list[Segment]:
    """Read the segments, by transcript and place."""
    texts = dict(connection.execute("SELECT id, text FROM transcripts").fetchall())
    return [
        Segment(id_, transcript_id, start, end, texts[transcript_id][start:end], *rest)
        for id_, transcript_id, start, end, *rest in connection.execute(
            """
            SELECT id, transcript_id, start, "end", context, speaker, role, language FROM segments
            WHERE current >= ? ORDER BY transcript_id, start, "end", id
            """,
            [int(current_only)],
        )
    ]


def write_segments(
    connection: Connection, segments: Iterable[Segment], *, current: bool = True
) -> None:
    """Add segments; of those that are here already, bring all but the place up to date."""
    connection.executemany(
        """
        INSERT INTO segments
            (id, transcript_id, start, "end", context, speaker, role, language, current)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET
            context = excluded.context, speaker = excluded.speaker, role = excluded.role,
            language = excluded.language, current = excluded.current
        """,
        [
            (
                segment.id,
                segment.transcript_id,
                segment.start,
                segment.end,
                segment.context,
                segment.speaker,
                segment.role,
                segment.language,
                int(current),
            )
            for segment in segments
        ],
    )


def replace_segments(connection: Connection, segments: Iterable[Segment]) -> None:
    """Make these the current segments; of the others keep those that somebody wrote about."""
    connection.execute("UPDATE segments SET current = 0")
    write_segments(connection, segments)
    connection.execute(
        "DELETE FROM suggestions WHERE segment_id IN (SELECT id FROM segments WHERE NOT current)"
    )
    connection.execute(
        """
        DELETE FROM themes WHERE id IN (
            SELECT theme_id FROM theme_members JOIN segments ON segments.id = segment_id
            WHERE NOT current
        )
        """
    )
    connection.execute(
        """
        DELETE FROM segments WHERE NOT current AND id NOT IN (
            SELECT segment_id FROM decisions
            UNION SELECT segment_id FROM reviews
            UNION SELECT target_id FROM memos WHERE target = 'segment'
        )
        """
    )


def codes_to_json(codes: Iterable[Code]) -> str:
    """Write codes as JSON."""
    return json.dumps([asdict(code) for code in codes], ensure_ascii=False)


def codes_from_json(text: str) -> list[Code]:
    """Read the codes that `codes_to_json` wrote."""
    return [_code(fields) for fields in json.loads(text)]


def read_codebook(connection: Connection) -> tuple[int, Codebook]:
    """Read the newest version of the codebook and its number; 0 and an empty one at first."""
    row = connection.execute(
        "SELECT version, name, codes FROM codebook_versions ORDER BY version DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return 0, Codebook([])
    version, name, codes = row
    return version, Codebook(codes_from_json(codes), name=name)


def write_codebook(connection: Connection, codebook: Codebook, saved_at: str) -> int:
    """Add a version of the codebook, unless the newest one is the same; return its number.

    Suggestions of codes that it leaves out go: nobody could be asked about them.
    """
    version, newest = read_codebook(connection)
    if version and newest == codebook:
        return version
    connection.execute(
        "INSERT INTO codebook_versions (version, name, codes, saved_at) VALUES (?, ?, ?, ?)",
        [version + 1, codebook.name, codes_to_json(codebook), saved_at],
    )
    suggested = connection.execute("SELECT DISTINCT code_id FROM suggestions").fetchall()
    known = {code.id for code in codebook}
    connection.executemany(
        "DELETE FROM suggestions WHERE code_id = ?",
        [(code_id,) for (code_id,) in suggested if code_id not in known],
    )
    return version + 1


def read_suggestions(connection: Connection) -> list[Suggestion]:
    """Read the suggestions by transcript and place, the most probable first."""
    return [
        Suggestion(
            segment_id,
            code_id,
            probability,
            tuple((start, end) for start, end in json.loads(rationale)),
            *rest,
        )
        for segment_id, code_id, probability, rationale, *rest in connection.execute(
            """
            SELECT segment_id, code_id, probability, rationale,
                   matched, accepted_id, rejected_id, polarity
            FROM suggestions JOIN segments ON segments.id = segment_id
            ORDER BY transcript_id, start, "end", segment_id, probability DESC, code_id
            """
        )
    ]


def write_suggestions(
    connection: Connection, suggestions: Iterable[Suggestion], model: str
) -> None:
    """Put these suggestions in the place of those that are here."""
    connection.execute("DELETE FROM suggestions")
    add_suggestions(connection, suggestions, model)


def add_suggestions(connection: Connection, suggestions: Iterable[Suggestion], model: str) -> None:
    """Add suggestions to those that are here."""
    connection.executemany(
        """
        INSERT INTO suggestions (segment_id, code_id, probability, rationale,
                                 matched, accepted_id, rejected_id, polarity, model)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
            (
                suggestion.segment_id,
                suggestion.code_id,
                float(suggestion.probability),
                json.dumps([[int(start), int(end)] for start, end in suggestion.rationale]),
                suggestion.matched,
                suggestion.accepted_id,
                suggestion.rejected_id,
                suggestion.polarity,
                model,
            )
            for suggestion in suggestions
        ],
    )


def read_suggestions_model(connection: Connection) -> str:
    """Read what embedded the segments when the suggestions were made."""
    row = connection.execute("SELECT model FROM suggestions LIMIT 1").fetchone()
    return str(row[0]) if row else ""


def has(connection: Connection, target: MemoTarget, target_id: str) -> bool:
    """Tell whether there is such a thing; a code must be in the newest codebook."""
    if target == "code":
        return any(code.id == target_id for code in read_codebook(connection)[1])
    table = {"coding": "decisions"}.get(target, f"{target}s")
    found = connection.execute(f"SELECT 1 FROM {table} WHERE id = ?", [target_id]).fetchone()
    return found is not None


def _grouped(connection: Connection, select: str) -> dict[str, list[tuple[Any, ...]]]:
    """Read the parts of something, in their order, by the id of what they belong to."""
    groups: dict[str, list[tuple[Any, ...]]] = {}
    for owner, *part in connection.execute(f"{select} ORDER BY 1, position"):
        groups.setdefault(owner, []).append(tuple(part))
    return groups


def _write_parts(
    connection: Connection, table: str, transcript_id: str, parts: Sequence[tuple[Any, ...]]
) -> None:
    connection.execute(f"DELETE FROM {table} WHERE transcript_id = ?", [transcript_id])
    rows = [(transcript_id, position, *part) for position, part in enumerate(parts)]
    if rows:
        places = ", ".join("?" * len(rows[0]))
        connection.executemany(f"INSERT INTO {table} VALUES ({places})", rows)


def _code(fields: dict[str, Any]) -> Code:
    translations = tuple(_code(translation) for translation in fields.pop("translations"))
    return Code(**{**fields, "examples": tuple(fields["examples"])}, translations=translations)
