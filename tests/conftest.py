"""A small deterministic encoder stands in for the model in tests that are not about the model."""

import re
import zlib

import numpy as np
import pytest
import refuse_network  # noqa: F401  no test may reach another machine
from hypothesis import settings

# A test fails for what it finds and never for the time that a busy machine takes over it.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


class HashEncoder:
    """Words and character trigrams hashed into 64 dimensions; equal texts are equal vectors."""

    def encode(self, texts):
        rows = np.zeros((len(texts), 64), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            lowered = text.lower()
            pieces = re.findall(r"\w+", lowered)
            pieces += [lowered[i : i + 3] for i in range(len(lowered) - 2)]
            for piece in pieces or [lowered]:
                row[zlib.crc32(piece.encode()) % 64] += 1.0
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


@pytest.fixture(scope="session")
def encoder():
    return HashEncoder()


@pytest.fixture(autouse=True)
def private_cache(tmp_path, monkeypatch):
    """Keep each test's vectors apart from the user's."""
    monkeypatch.setenv("ALLIANCE_NLP_CACHE", str(tmp_path / "cache"))
