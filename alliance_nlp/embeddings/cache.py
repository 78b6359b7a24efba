"""Make the cache of vectors: one file per model and prefix, one record per text.

A record is the SHA-256 of the text and its vector, of one fixed length, so that a record that was
cut off when the machine stopped is recognised by the file's length. The vectors are derived from
confidential words: the folder and its files are readable by the user alone (on Windows the user's
profile folder already is).
"""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from alliance_nlp.errors import CacheError

Vector = npt.NDArray[np.float32]

_SUFFIX = ".vectors"
_UNFINISHED = ".part"
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class CachedVectors:
    """What one file of the cache holds: the model, how many texts, how many bytes."""

    model: str
    n_texts: int
    n_bytes: int


def cache_folder() -> Path:
    """Return the folder named by `ALLIANCE_NLP_CACHE`, else the platform's cache folder."""
    from platformdirs import user_cache_path

    named = os.environ.get("ALLIANCE_NLP_CACHE")
    return Path(named) if named else user_cache_path("alliance_nlp", appauthor=False)


def read_vectors(model: str, texts: Iterable[str]) -> dict[str, Vector]:
    """Return the cached vectors of those of the texts that have one."""
    with _locked():
        path = next((path for path in _files() if _model_and_size(path)[0] == model), None)
        if path is None:
            return {}
        records = _read_records(path)
    rows = {key: row for row, key in enumerate(records["key"].tolist())}
    found = ((text, rows.get(_key(text))) for text in texts)
    return {text: records["vector"][row] for text, row in found if row is not None}


def write_vectors(model: str, vectors: Mapping[str, Vector]) -> None:
    """Add the vectors of these texts; each is unit length and of the same dimension."""
    if not vectors:
        return
    n_dimensions = len(next(iter(vectors.values())))
    record = _record(n_dimensions)
    rows = np.array([(_key(text), vector) for text, vector in vectors.items()], dtype=record)
    with _locked() as folder:
        path = folder / f"{model}-{n_dimensions}{_SUFFIX}"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            n_whole = file.seek(0, os.SEEK_END) // record.itemsize
            file.seek(n_whole * record.itemsize)  # over a record that was cut off
            file.write(rows.tobytes())


def forget_vectors(texts: Iterable[str]) -> int:
    """Remove the vectors of these texts, of every model; return how many there were.

    >>> forget_vectors(["a text that was never embedded"])
    0
    """
    keys = {_key(text) for text in texts}
    n_removed = 0
    with _locked():
        for path in _files():
            records = _read_records(path)
            keep = np.array([key not in keys for key in records["key"].tolist()], dtype=bool)
            if not keep.all():
                _replace(path, records[keep].tobytes())
                n_removed += int((~keep).sum())
    return n_removed


def list_cache() -> list[CachedVectors]:
    """List what the cache holds, one entry per model."""
    with _locked():
        return [
            CachedVectors(path.stem, len(_read_records(path)), path.stat().st_size)
            for path in _files()
        ]


def empty_cache() -> int:
    """Remove every vector; return how many there were."""
    with _locked():
        n_vectors = sum(len(_read_records(path)) for path in _files())
        for path in _files():
            path.unlink()
    return n_vectors


def make_private(folder: Path) -> None:
    """Make a folder that the user alone can read, or make it so (on Windows it is already)."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name == "posix":
        folder.chmod(0o700)


@contextmanager
def _locked() -> Iterator[Path]:
    """Keep other processes out of the cache; readers too, for whom Windows would not replace."""
    from filelock import FileLock

    folder = cache_folder()
    try:
        make_private(folder)
        with FileLock(folder / "cache.lock", mode=0o600):
            for left in folder.glob(f"*{_UNFINISHED}"):  # by a process that was stopped
                left.unlink()
            yield folder
    except OSError as error:
        raise CacheError(
            f"{folder}: the cache of vectors cannot be used ({error.strerror or error}); "
            "make room there, or name another folder in ALLIANCE_NLP_CACHE"
        ) from error


def _files() -> Sequence[Path]:
    return sorted(cache_folder().glob(f"*{_SUFFIX}"))


def _model_and_size(path: Path) -> tuple[str, int]:
    model, _, n_dimensions = path.stem.rpartition("-")
    return model, int(n_dimensions)


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _record(n_dimensions: int) -> np.dtype[np.void]:
    return np.dtype([("key", f"V{_KEY_BYTES}"), ("vector", "<f4", (n_dimensions,))])


def _read_records(path: Path) -> npt.NDArray[np.void]:
    record = _record(_model_and_size(path)[1])
    content = path.read_bytes()
    return np.frombuffer(content, record, len(content) // record.itemsize)


def _replace(path: Path, content: bytes) -> None:
    # mkstemp makes it private
    descriptor, name = tempfile.mkstemp(dir=path.parent, suffix=_UNFINISHED)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    Path(name).replace(path)
