"""Give transcripts other ids, in every table that holds them or the ids of their segments."""

from collections.abc import Mapping
from sqlite3 import Connection

_OF_TRANSCRIPTS = (
    ("transcripts", "id"),
    ("turns", "transcript_id"),
    ("sync_points", "transcript_id"),
    ("attributes", "transcript_id"),
    ("segments", "transcript_id"),
    ("theme_name_interviews", "transcript_id"),
    ("theme_name_members", "transcript_id"),
)
_OF_SEGMENTS = (
    ("theme_members", "segment_id"),
    ("suggestions", "segment_id"),
    ("suggestions", "accepted_id"),
    ("suggestions", "rejected_id"),
    ("decisions", "segment_id"),
    ("reviews", "segment_id"),
    ("segments", "id"),  # last, because the others are found by it
)


def rename_transcripts(connection: Connection, renamed: Mapping[str, str]) -> None:
    """Rename transcripts, given by old id, and their segments; the guards must be away."""
    connection.execute("PRAGMA defer_foreign_keys = ON")  # whole again when it is committed
    for old, new in renamed.items():
        ids = {"old": old, "new": new}
        for table, column in _OF_TRANSCRIPTS:
            connection.execute(f"UPDATE {table} SET {column} = :new WHERE {column} = :old", ids)
        connection.execute(
            "UPDATE memos SET target_id = :new WHERE target = 'transcript' AND target_id = :old",
            ids,
        )
        theirs = """(SELECT id FROM segments
            WHERE transcript_id = :new AND substr(id, 1, length(:old)) = :old)"""
        connection.execute(
            f"""
            UPDATE memos SET target_id = :new || substr(target_id, length(:old) + 1)
            WHERE target = 'segment' AND target_id IN {theirs}
            """,
            ids,
        )
        connection.execute(  # also of what is no segment any more since it was cut anew
            """
            UPDATE theme_name_members SET segment_id = :new || substr(segment_id, length(:old) + 1)
            WHERE transcript_id = :new AND substr(segment_id, 1, length(:old)) = :old
            """,
            ids,
        )
        for table, column in _OF_SEGMENTS:
            connection.execute(
                f"""
                UPDATE {table} SET {column} = :new || substr({column}, length(:old) + 1)
                WHERE {column} IN {theirs}
                """,
                ids,
            )
