"""A small deterministic encoder stands in for the model in tests that are not about the model."""

import re
import shutil
import zlib

import numpy as np
import pytest
import refuse_network  # noqa: F401  no test may reach another machine
from hypothesis import settings
from offline import run_offline

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
    return tmp_path / "cache"


@pytest.fixture(scope="session")
def real_cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def real_demo(real_cache, tmp_path_factory):
    """Run the demo with the bundled model in an empty folder, once for all tests."""
    folder = tmp_path_factory.mktemp("real")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALLIANCE_NLP_CACHE", str(real_cache))
        done = run_offline(folder, "-m", "alliance_nlp", "demo")
    assert done.returncode == 0, done.stderr
    return folder, done


@pytest.fixture
def embedded(real_demo, real_cache, private_cache):
    """Begin with the vectors that the real demo left, as a user does who has run it."""
    shutil.copytree(real_cache, private_cache)
