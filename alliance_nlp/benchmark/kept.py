"""Make kept results: what was measured once is read again, so that a stopped run goes on."""

import inspect
import zlib
from collections.abc import Callable, Mapping
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from alliance_nlp.benchmark.baselines import Make
from alliance_nlp.benchmark.corpus import Corpus
from alliance_nlp.bundled import bundled
from alliance_nlp.files import replacing
from alliance_nlp.suggestions.rows import Floats

# What results depend on, beside the corpus and the method's own file.
_SOURCES = (
    "benchmark/baselines.py",
    "benchmark/evaluation.py",
    "benchmark/labour.py",
    "benchmark/measures.py",
    "codebook",
    "embeddings",
    "models",
    "segments.py",
    "suggestions",
)

Arrays = Mapping[str, npt.NDArray[np.floating]]


class Kept:
    """A folder of results of one corpus; one that holds nothing if there is no folder.

    A result is found again only for the same segments, vectors, codes and labels, and while the
    source of the library and of the method, and the method's options, stay what they were. An
    option that is written in another way each time, as an object of one's own, is never found.

    Args:
        folder: Where results are kept; made when the first one is.
        corpus: What is measured.
        embeddings: Of its segments.
    """

    def __init__(self, folder: str | Path | None, corpus: Corpus, embeddings: Floats) -> None:
        self._folder = None if folder is None else Path(folder)
        self._digest = sha256()
        if self._folder is not None:
            said = (corpus.segments, list(corpus.codebook))
            self._digest.update(repr(said).encode("utf-8", "surrogatepass"))
            self._digest.update(corpus.labels.tobytes())
            self._digest.update(np.ascontiguousarray(embeddings).tobytes())
            self._digest.update(_source())

    def found(self, place: str, make: Make, measure: Callable[[], Arrays]) -> Arrays:
        """Return what was kept under a name; if there is nothing, what is measured now.

        Raises:
            ValueError: Results are kept, and the method is in no file to tell a changed one by.
        """
        known = self._read(place, make)
        return self._write(place, make, measure()) if known is None else known

    def _read(self, place: str, make: Make) -> Arrays | None:
        """Return what was kept; `None` if there is nothing, or half of it."""
        if self._folder is None:
            return None
        try:
            with self._path(place, make).open("rb") as file:
                return dict(np.load(file, allow_pickle=False))
        except (OSError, EOFError, ValueError, BadZipFile, zlib.error):
            return None

    def _write(self, place: str, make: Make, arrays: Arrays) -> Arrays:
        """Keep arrays, whole or not at all, and return them."""
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            with replacing(self._path(place, make)) as file:
                np.savez_compressed(file, allow_pickle=False, **arrays)
        return arrays

    def _path(self, place: str, make: Make) -> Path:
        assert self._folder is not None  # read and write have asked
        digest = self._digest.copy()
        digest.update(place.encode())
        digest.update(_identity(make))
        return self._folder / f"{digest.hexdigest()[:32]}.npz"


@cache
def _source() -> bytes:
    """Return a digest of the source files and parameters that results depend on."""
    digest = sha256()
    for name in _SOURCES:
        found = bundled(name)
        for path in sorted(found.rglob("*")) if found.is_dir() else [found]:
            if path.suffix in (".py", ".json", ".toml"):
                digest.update(path.read_bytes())
    return digest.digest()


def _identity(make: Make) -> bytes:
    """Return a digest of what a method is: its source files, and the options it is made with."""
    options = dict(make.keywords) if isinstance(make, partial) else {}
    made = make.func if isinstance(make, partial) else make
    if inspect.isfunction(made):
        known = (made.__defaults__, made.__kwdefaults__, inspect.getclosurevars(made).nonlocals)
        options |= {"": known}
    if not isinstance(options.get("model"), str | Path | None):
        del options["model"]  # the vectors that it made of the segments stand for it
    digest = sha256(getattr(made, "__qualname__", "").encode())
    for path in _source_files(made):
        digest.update(path.read_bytes())
    for name, value in sorted(options.items()):
        digest.update(f"{name}={value!r}".encode("utf-8", "surrogatepass"))
        if isinstance(value, str | Path) and Path(value).is_file():
            digest.update(Path(value).read_bytes())
    return digest.digest()


def _source_files(made: object) -> list[Path]:
    """Return the files of a function, or of a class and of those that it inherits from."""
    described: list[Any] = [made] if inspect.isfunction(made) else []
    if inspect.isclass(made):
        described = [each for each in inspect.getmro(made) if each is not object]
    try:
        paths = sorted({Path(inspect.getfile(each)) for each in described})
    except (OSError, TypeError):
        paths = []
    if not paths or not all(path.is_file() for path in paths):
        raise ValueError(
            f"{made!r} is no class or function of a file, so that after a change its old results "
            "would be taken for new ones; write it into a module, or keep no results"
        )
    return paths
