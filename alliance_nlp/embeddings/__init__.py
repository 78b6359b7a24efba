"""Make embeddings: one unit vector per segment or text."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from alliance_nlp.embeddings.cache import (
    CachedVectors,
    cache_folder,
    empty_cache,
    forget_vectors,
    list_cache,
    read_vectors,
    write_vectors,
)
from alliance_nlp.embeddings.models import (
    Encoder,
    KnownModel,
    Model,
    Source,
    download_model,
    find_model,
    known_models,
    take_from_wheel,
)
from alliance_nlp.errors import ModelError

__all__ = [
    "CachedVectors",
    "Encoder",
    "KnownModel",
    "Model",
    "cache_folder",
    "download_model",
    "embed",
    "empty_cache",
    "find_model",
    "forget_vectors",
    "known_models",
    "list_cache",
    "take_from_wheel",
]

# Vectors are kept in the cache after so many texts, so that little is lost when work is stopped.
_KEEP_EVERY = 256


class _HasText(Protocol):
    @property
    def text(self) -> str: ...


def embed(texts: Sequence[str | _HasText], *, model: Model = None) -> npt.NDArray[np.float32]:
    """Embed segments or texts, each once; what was embedded before comes from the cache.

    Args:
        texts: Strings, or segments (their `context` is not included).
        model: None for the bundled multilingual model; the name or the folder of any
            sentence-transformers model that is on this machine; or your own encoder, an object
            with `encode(texts)`, whose vectors are not cached.

    Returns:
        float32 of shape (n_texts, n_dimensions), in the order of `texts`; rows have length 1.

    Raises:
        ModelError: The model is not on this machine, is damaged, or returns no vectors.

    >>> class Lengths:
    ...     def encode(self, texts):
    ...         return [[len(text), 1.0] for text in texts]
    >>> embed(["trust", "time limits"], model=Lengths()).shape
    (2, 2)
    """
    words = [text if isinstance(text, str) else text.text for text in texts]
    source = find_model(model)
    known = read_vectors(source.cache_key, set(words)) if source.cache_key else {}
    # Equal lengths together waste no padding; equal lengths in order of text, so that the same
    # texts make the same batches whatever order they came in.
    missing = sorted(set(words) - known.keys(), key=lambda text: (-len(text), text))
    for batch, vectors in _encode(missing, source):
        fresh = dict(zip(batch, vectors, strict=True))
        if source.cache_key:
            write_vectors(source.cache_key, fresh)
        known |= fresh
    if not words:
        return np.zeros((0, _rows([""], source).shape[1]), np.float32)
    if len(sizes := {len(vector) for vector in known.values()}) > 1:
        raise ModelError(
            f"{source.name}: encode gave rows of {sorted(sizes)} numbers; all must be equally long"
        )
    return np.stack([known[text] for text in words])


def _encode(
    texts: list[str], source: Source
) -> Iterator[tuple[list[str], npt.NDArray[np.float32]]]:
    from tqdm import tqdm

    # disable=None shows the bar only where somebody watches: on a terminal.
    quiet = None if len(texts) > _KEEP_EVERY else True
    with tqdm(total=len(texts), desc="Embedding", unit="text", disable=quiet) as progress:
        for start in range(0, len(texts), _KEEP_EVERY):
            batch = texts[start : start + _KEEP_EVERY]
            yield batch, _unit_rows(batch, source)
            progress.update(len(batch))


def _unit_rows(texts: list[str], source: Source) -> npt.NDArray[np.float32]:
    rows = _rows(texts, source)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not lengths.all():
        raise ModelError(f"{source.name}: encode gave a row without direction (zero or not finite)")
    unit: npt.NDArray[np.float32] = (rows / lengths).astype(np.float32)
    return unit


def _rows(texts: list[str], source: Source) -> npt.NDArray[np.float64]:
    given = source.load().encode(texts)
    try:
        rows = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError, RuntimeError) as error:  # ragged, no numbers, a tensor on a GPU
        raise ModelError(f"{source.name}: encode gave no rows of numbers ({error})") from error
    if rows.ndim != 2 or len(rows) != len(texts):
        raise ModelError(
            f"{source.name}: encode gave an array of shape {rows.shape} for {len(texts)} texts; "
            "one row per text is needed"
        )
    return rows
