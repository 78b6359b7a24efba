"""Make files that are either whole or as they were before."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from alliance_nlp.errors import ExportError


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that takes the place of `path` when the block has ended without an error.

    Until then it lies beside `path` under another name, so that a full disk or a file that is
    open in a spreadsheet costs nothing. A new file is readable by the user alone, because it
    holds what people said in confidence; one that is replaced keeps its permissions.

    Raises:
        ExportError: The file cannot be written; what was at `path` is as it was.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "codings.csv")
    >>> with replacing(path) as file:
    ...     _ = file.write(b"transcript,quotation")
    >>> path.read_bytes()
    b'transcript,quotation'
    """
    temporary = None
    try:
        with NamedTemporaryFile(dir=path.parent, prefix=".alliance-", delete=False) as file:
            temporary = Path(file.name)
            yield file
        if path.exists():
            shutil.copymode(path, temporary)  # on Windows only the read-only flag
        temporary.replace(path)
    except OSError as error:
        raise ExportError(f"{path}: {_reason(path, error)}") from error
    finally:
        if temporary:
            temporary.unlink(missing_ok=True)


def _reason(path: Path, error: OSError) -> str:
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}; make it or choose another one"
    if path.is_dir():
        return "this is a folder; add the name of a file"
    if error.errno == errno.ENOSPC:
        return "the disk is full; make room and do it again"
    if isinstance(error, PermissionError):
        return (
            "the file is open in another program, or you may not write there; close it there or "
            "choose another name"
        )
    return f"the file cannot be written ({error.strerror or error}); choose another place"
