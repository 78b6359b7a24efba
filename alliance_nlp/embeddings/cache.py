"""Make the cache of vectors: one file per model and prefix, one record per text.

A record is the SHA-256 of the text and its vector, of one fixed length, so that a record that was
cut off when the machine stopped is recognised by the file's length. The vectors are derived from
confidential words: the folder and its files are readable by the user alone (on Windows the user's
profile folder already is).
"""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float32]

_SUFFIX = ".vectors"
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
    path = _find(model)
    if path is None:
        return {}
    records = _read_records(path)
    rows = {key: row for row, key in enumerate(records["key"].tolist())}
    found = ((text, rows.get(_key(text))) for text in texts)
    return {text: records["vector"][row] for text, row in found if row is not None}


def write_vectors(model: str, vectors: Mapping[str, Vector]) -> None:
    """Add the vectors of these texts; each is unit length and of the same dimension."""
    from filelock import FileLock

    if not vectors:
        return
    n_dimensions = len(next(iter(vectors.values())))
    record = _record(n_dimensions)
    path = _private_folder() / f"{model}-{n_dimensions}{_SUFFIX}"
    rows = np.array([(_key(text), vector) for text, vector in vectors.items()], dtype=record)
    with FileLock(path.with_suffix(".lock")):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            whole = file.seek(0, os.SEEK_END) // record.itemsize * record.itemsize
            file.truncate(whole)  # a record that was cut off
            file.seek(whole)
            file.write(rows.tobytes())


def forget_vectors(texts: Iterable[str]) -> int:
    """Remove the vectors of these texts, of every model; return how many there were.

    >>> forget_vectors(["a text that was never embedded"])
    0
    """
    from filelock import FileLock

    keys = {_key(text) for text in texts}
    n_removed = 0
    for path in _files():
        with FileLock(path.with_suffix(".lock")):
            records = _read_records(path)
            keep = np.array([key not in keys for key in records["key"].tolist()], dtype=bool)
            if not keep.all():
                _replace(path, records[keep].tobytes())
                n_removed += int((~keep).sum())
    return n_removed


def list_cache() -> list[CachedVectors]:
    """List what the cache holds, one entry per model."""
    return [
        CachedVectors(path.stem, len(_read_records(path)), path.stat().st_size) for path in _files()
    ]


def empty_cache() -> int:
    """Remove every vector; return how many there were."""
    n_vectors = sum(entry.n_texts for entry in list_cache())
    for path in _files():
        path.unlink()
        path.with_suffix(".lock").unlink(missing_ok=True)
    return n_vectors


def _private_folder() -> Path:
    folder = cache_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _files() -> Sequence[Path]:
    return sorted(cache_folder().glob(f"*{_SUFFIX}"))


def _find(model: str) -> Path | None:
    return next((path for path in _files() if path.stem.rpartition("-")[0] == model), None)


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _record(n_dimensions: int) -> np.dtype[np.void]:
    return np.dtype([("key", f"V{_KEY_BYTES}"), ("vector", "<f4", (n_dimensions,))])


def _read_records(path: Path) -> npt.NDArray[np.void]:
    record = _record(int(path.stem.rpartition("-")[2]))
    content = path.read_bytes()
    return np.frombuffer(content, record, len(content) // record.itemsize)


def _replace(path: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent)  # mkstemp makes it private
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    Path(name).replace(path)
