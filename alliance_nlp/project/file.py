"""Open the project file: whose it is, which version it has, who may read it, how it fails."""

import os
import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from datetime import UTC, datetime
from errno import EROFS
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from alliance_nlp import __version__
from alliance_nlp.errors import ProjectError, ProjectWarning
from alliance_nlp.project.folders import synchronised_folder

APPLICATION_ID = 1095519824  # as in schema.sql
MIGRATIONS = (
    "schema.sql",
    "schema_2.sql",
)  # the n-th brings a file from version n - 1 to version n
LOCK_TIMEOUT_SECONDS = 5.0
SQLITE_NEEDED = (3, 37)  # STRICT tables

_SMALLEST_DATABASE_BYTES = 512

_DAMAGED = "{path} is damaged: go back to your latest copy of it"
_FOREIGN = "{path} is not a project file: name one that alliance-nlp made, or a new one"
_LOCKED = "another program is writing to {path}: wait until it is done, or close it"
_PROTECTED = (
    "{path} may not be written: choose a folder of your own, or take the write protection away "
    "from the file and its folder"
)
_SENTENCES = {  # by the beginning of SQLite's name for the error
    "SQLITE_BUSY": _LOCKED,
    "SQLITE_LOCKED": _LOCKED,
    "SQLITE_FULL": "the disk is full; {path} keeps everything that was stored before: make room "
    "and do the last step again",
    "SQLITE_READONLY": _PROTECTED,
    "SQLITE_CANTOPEN": _PROTECTED,
    "SQLITE_NOTADB": _FOREIGN,
    "SQLITE_CORRUPT": _DAMAGED,
    "SQLITE_IOERR": "the disk does not answer for {path}: see whether it is still connected and "
    "has room, and do the last step again",
}


class ProjectFile:
    """An open project file; every step is done whole or not at all.

    Args:
        path: The file.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._connection = _open(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r})"

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @property
    def state_elsewhere(self) -> int:
        """A number that is another one as soon as another program or window wrote to the file."""
        with plain_errors(self.path):
            (state,) = self._connection.execute("PRAGMA data_version").fetchone()
        return int(state)

    def _reading(self) -> AbstractContextManager[None]:
        return _transaction(self._connection, self.path, "DEFERRED")

    def _writing(self) -> AbstractContextManager[None]:
        return _transaction(self._connection, self.path, "IMMEDIATE")


def now() -> str:
    """Return the time as it is written in the file."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _open(path: Path) -> sqlite3.Connection:
    """Open or make the project file at `path`; SQLite opens one that is protected for reading."""
    if sqlite3.sqlite_version_info < SQLITE_NEEDED:
        needed = ".".join(map(str, SQLITE_NEEDED))
        raise ProjectError(
            f"this Python brings SQLite {sqlite3.sqlite_version}, and a project file needs "
            f"{needed} or newer: install Python from python.org"
        )
    _warn_if_synchronised(path)
    _make_or_check(path)
    with plain_errors(path):
        connection = sqlite3.connect(
            path, timeout=LOCK_TIMEOUT_SECONDS, isolation_level=None, cached_statements=256
        )
        try:
            _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def copied(path: Path) -> sqlite3.Connection:
    """Copy a project file into memory, brought to the newest version; it stays as it is itself.

    Raises:
        ProjectError: It is empty, damaged, or no project file.
    """
    _warn_if_synchronised(path)
    _check_there(path)
    memory = sqlite3.connect(":memory:", isolation_level=None)
    try:
        with plain_errors(path):
            _copy(path, memory)
            _refuse_damaged(memory, path)
            _migrate(memory)
    except BaseException:
        memory.close()
        raise
    return memory


@contextmanager
def _transaction(
    connection: sqlite3.Connection, path: Path, kind: Literal["IMMEDIATE", "DEFERRED"]
) -> Iterator[None]:
    """Do all of it or none; `'IMMEDIATE'` to write, `'DEFERRED'` to read one state of the file."""
    with plain_errors(path):
        connection.execute(f"BEGIN {kind}")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # SQLite itself rolls back when the disk is full
                connection.execute("ROLLBACK")
            raise


@contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite says into one sentence for the user."""
    try:
        yield
    except sqlite3.ProgrammingError as error:
        if "closed database" in str(error):
            raise ProjectError(f"{path} is closed: open it again with Project(...)") from error
        raise
    except sqlite3.Error as error:
        raise ProjectError(_sentence(error, path)) from error
    except UnicodeDecodeError as error:  # SQLite's message quotes a damaged name or statement
        raise ProjectError(_DAMAGED.format(path=path)) from error


def _warn_if_synchronised(path: Path) -> None:
    service = synchronised_folder(path)
    if service is not None:
        warnings.warn(
            f"{path} lies in a folder that {service} copies to other computers: confidential "
            "interviews belong in a folder that stays on this one",
            ProjectWarning,
            stacklevel=4,  # the line that says Project(...)
        )


def _make_or_check(path: Path) -> None:
    """Make the file, readable by the user alone, before SQLite would make it for everyone.

    Windows ignores the mode: there the user's profile folder already keeps others out. A file
    that is there is not opened, because closing it would end the locks that another thread of
    this process holds on it (a rule of POSIX).
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileNotFoundError as error:
        raise ProjectError(f"{path}: there is no folder {path.parent}: make it first") from error
    except OSError as error:
        if os.access(path, os.F_OK):  # where nothing can be made, the error is not always "exists"
            _check_there(path)
        elif isinstance(error, PermissionError) or error.errno == EROFS:
            raise ProjectError(_PROTECTED.format(path=path)) from error
        else:
            raise ProjectError(f"{path} cannot be made: {error.strerror}") from error


def _check_there(path: Path) -> None:
    if path.is_dir():
        raise ProjectError(f"{path} is a folder: name a file, such as study.alliance")
    if not os.access(path, os.R_OK):
        raise ProjectError(f"{path} may not be read: ask whoever it belongs to")
    # Empty is what an interrupted beginning leaves behind. What is shorter than any database
    # SQLite would write over; what is longer it tells apart itself.
    if 0 < path.stat().st_size < _SMALLEST_DATABASE_BYTES:
        raise ProjectError(_FOREIGN.format(path=path))


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    _refuse_others(connection, path)
    if os.name == "posix":
        # Another user's file is theirs to protect; on a disc that is only read, nothing is to do.
        with suppress(OSError):
            path.chmod(path.stat().st_mode & 0o600)  # one that is write-protected stays so
    for pragma in (
        # A rollback journal, not WAL: the file is complete in itself whenever nobody writes, so
        # that it can be copied, and it works on network drives.
        "journal_mode = DELETE",
        # An answer is on the disk before the next question is asked; EXTRA also waits for the
        # folder to forget the journal, so that a power cut cannot bring the old state back.
        "synchronous = EXTRA",
        "secure_delete = ON",  # what is deleted is overwritten with zeros
        "temp_store = MEMORY",  # no confidential text in the temporary folder
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")
    if _version(connection) < len(MIGRATIONS):
        with _transaction(connection, path, "IMMEDIATE"):
            _migrate(connection)


def _refuse_others(connection: sqlite3.Connection, path: Path) -> None:
    # In this order: another process may be making the file at this moment.
    (is_empty,) = connection.execute("SELECT count(*) = 0 FROM sqlite_master").fetchone()
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    if application_id != APPLICATION_ID and not is_empty:
        raise ProjectError(
            f"{path} is a database of another program, not a project file: name one that "
            "alliance-nlp made, or a new one"
        )
    if _version(connection) > len(MIGRATIONS):
        (release,) = connection.execute("SELECT max(release) FROM written_by").fetchone()
        raise ProjectError(
            f"{path} was written by a newer version of alliance-nlp ({release or 'unknown'}), and "
            f"this is {__version__}: upgrade alliance-nlp to open it"
        )


def _copy(path: Path, memory: sqlite3.Connection) -> None:
    given = sqlite3.connect(path, timeout=LOCK_TIMEOUT_SECONDS, isolation_level=None)
    with closing(given):
        given.execute("PRAGMA query_only = ON")
        # Without a transaction, `backup` would wait for another program for ever.
        with _transaction(given, path, "DEFERRED"):
            _refuse_others(given, path)
            if not _version(given):
                raise ProjectError(f"{path} is empty: name a project file with answers in it")
            given.backup(memory)


def _refuse_damaged(connection: sqlite3.Connection, path: Path) -> None:
    sound = connection.execute("PRAGMA integrity_check(1)").fetchall() == [("ok",)]
    if not sound or connection.execute("PRAGMA foreign_key_check").fetchone():
        raise ProjectError(_DAMAGED.format(path=path))


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _migrate(connection: sqlite3.Connection) -> None:
    """Bring the file to the newest version; another process may have done so meanwhile."""
    for version in range(_version(connection) + 1, len(MIGRATIONS) + 1):
        script = files(__package__).joinpath(MIGRATIONS[version - 1]).read_text(encoding="utf-8")
        for statement in _statements(script):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("DELETE FROM written_by")
        connection.execute("INSERT INTO written_by VALUES (?)", [__version__])


def _statements(script: str) -> Iterator[str]:
    """Cut a script into statements; `executescript` would end the transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _sentence(error: sqlite3.Error, path: Path) -> str:
    # Such as SQLITE_BUSY or SQLITE_BUSY_SNAPSHOT. What Python finds itself has none: bytes that are
    # no text, which its message would quote.
    kind = getattr(error, "sqlite_errorname", "SQLITE_CORRUPT")
    for name, sentence in _SENTENCES.items():
        if kind.startswith(name):
            return sentence.format(path=path)
    return f"{path}: the project refuses this step: {error}"
