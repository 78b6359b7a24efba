"""Read and write what people wrote: decisions, reviews, memos, and the notes of what is gone."""

from collections.abc import Iterable
from dataclasses import asdict
from sqlite3 import Connection

from alliance_nlp.codings import Memo
from alliance_nlp.decisions import Decision, Review


def time_of_answer(connection: Connection, now: str) -> str:
    """Return `now`, or the time of the latest answer if the clock was set back since then.

    Answers are in force by their time, which is all that two merged files have in common.
    """
    (latest,) = connection.execute(
        """
        SELECT max(coalesce((SELECT max(decided_at) FROM decisions), ''),
                   coalesce((SELECT max(reviewed_at) FROM reviews), ''))
        """
    ).fetchone()
    return max(now, str(latest))


def read_decisions(connection: Connection) -> list[Decision]:
    """Read all answers, earlier ones first."""
    return [
        Decision(*row)
        for row in connection.execute(
            """
            SELECT id, segment_id, code_id, coder, answer, decided_at, probability, withdraws
            FROM decisions ORDER BY decided_at, position
            """
        )
    ]


def write_decisions(connection: Connection, decisions: Iterable[Decision]) -> None:
    """Add answers."""
    connection.executemany(
        """
        INSERT INTO decisions
            (id, segment_id, code_id, coder, answer, decided_at, probability, withdraws)
        VALUES (:id, :segment_id, :code_id, :coder, :answer, :decided_at, :probability, :withdraws)
        """,
        [asdict(decision) for decision in decisions],
    )


def read_reviews(connection: Connection) -> list[Review]:
    """Read all reviews, earlier ones first."""
    return [
        Review(id_, segment_id, coder, bool(complete), reviewed_at)
        for id_, segment_id, coder, complete, reviewed_at in connection.execute(
            """
            SELECT id, segment_id, coder, complete, reviewed_at
            FROM reviews ORDER BY reviewed_at, position
            """
        )
    ]


def write_reviews(connection: Connection, reviews: Iterable[Review]) -> None:
    """Add reviews."""
    connection.executemany(
        """
        INSERT INTO reviews (id, segment_id, coder, complete, reviewed_at)
        VALUES (:id, :segment_id, :coder, :complete, :reviewed_at)
        """,
        [asdict(review) for review in reviews],
    )


def read_memos(connection: Connection) -> list[Memo]:
    """Read all memos, earlier ones first."""
    return [
        Memo(*row)
        for row in connection.execute(
            """
            SELECT id, target, target_id, text, coder, created_at
            FROM memos ORDER BY created_at, position
            """
        )
    ]


def write_memos(connection: Connection, memos: Iterable[Memo]) -> None:
    """Add memos."""
    connection.executemany(
        """
        INSERT INTO memos (id, target, target_id, text, coder, created_at)
        VALUES (:id, :target, :target_id, :text, :coder, :created_at)
        """,
        [asdict(memo) for memo in memos],
    )


def read_removals(connection: Connection) -> list[str]:
    """Read the notes that something was removed, earlier ones first."""
    return [note for (note,) in connection.execute("SELECT note FROM removals ORDER BY position")]


def read_removed_texts(connection: Connection) -> dict[str, str]:
    """Read when each text was removed, by its SHA-256."""
    return dict(connection.execute("SELECT sha256, removed_at FROM removed_texts").fetchall())


def write_removal(
    connection: Connection, note: str, removed_at: str, fingerprints: Iterable[str]
) -> None:
    """Add a note that something was removed, with the SHA-256 of each text as it was."""
    connection.execute("INSERT INTO removals (note, removed_at) VALUES (?, ?)", [note, removed_at])
    connection.executemany(
        "INSERT OR IGNORE INTO removed_texts (sha256, removed_at) VALUES (?, ?)",
        [(fingerprint, removed_at) for fingerprint in fingerprints],
    )
