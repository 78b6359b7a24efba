"""Make the parts of a code that can speak for it, and one vector of them all."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from alliance_nlp.codebook import Code
from alliance_nlp.embeddings import Model, embed
from alliance_nlp.segments import HAN, count_words
from alliance_nlp.suggestions.rows import Floats, unit

# Chosen on the corpora that parameters may be learned from, but for what long definitions want:
# none of those has any.
_NAME = 0.3  # the weight of the name beside a long definition, in which it is lost
_LONG = 50  # words of a definition that is long
_SPOKEN_OF = 2.0  # the weight of a sentence about the name beside a bare name
_SPEAKS_OF = {"sv": "någon talar om {}", "zh": "有人在谈论{}"}
_SPEAKS_OF_IN_ENGLISH = "somebody speaks of {}"
# As tools write a code that lies within others; 12:30, http:// and -> are something else.
_LEVELS = re.compile(r"\s*[:：]+(?![\d/])\s*|\s+>\s+|\s*\\+\s*")
# Not "problem", which Chinese writes as it writes "question", and no headings ("Question 2").
_ASKING = re.compile(
    r"\b(question(s|ing)?|ask(s|ed|ing)?|(följd|ut)?fråg(a|or|ar|ade|ande|orna)\w*)\b(?!\s*\d)"
    r"|提[问問]|[询詢追发發][问問]|问句",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of what a codebook says about a code, in one language.

    Attributes:
        kind: Which part.
        said: Its words, as the codebook has them.
        text: What is embedded: a definition is clearer with the name before it.
        language: ISO 639-1 code, `''` if it is not known.
        weight: How much it counts beside the others.
    """

    kind: Literal["name", "definition", "include", "example"]
    said: str
    text: str
    language: str
    weight: float


def parts_of(code: Code) -> tuple[Part, ...]:
    """List what a code says for itself, in every language that it has.

    What to exclude is not listed: it names the neighbouring code and would speak for it.

    >>> [part.text for part in parts_of(Code(id="trust", name="Trust", definition="Feeling safe."))]
    ['Trust: Feeling safe.']
    >>> [part.text for part in parts_of(Code(id="trust", name="Alliance > Trust"))]
    ['Alliance: Trust']
    """
    parts = []
    for version in code.versions:
        name, definition, language = version.name, version.definition, version.language
        read = ": ".join(levels_of(name))
        if definition:
            parts.append(Part("definition", definition, f"{read}: {definition}", language, 1.0))
        else:
            parts.append(Part("name", name, read, language, 1.0))
        if version.include:
            parts.append(Part("include", version.include, version.include, language, 0.5))
        share = 0.5 / len(version.examples) if version.examples else 0.0
        parts += [Part("example", text, text, language, share) for text in version.examples]
    return tuple(parts)


def more_of_names(codebook: Sequence[Code]) -> list[tuple[Part, ...]]:
    """List for each code what is embedded of its name beside its parts.

    In a long definition the name is lost: it counts beside it. About a word alone a model of
    sentences is vague: where nothing but a name is given, it stands in a sentence, too (prompts for
    bare names: Radford et al. 2021), with its last level if no other code has the same.

    >>> codes = Code(id="t", name="Alliance > Trust"), Code(id="h", name="Alliance > Hope")
    >>> [part.text for (part,) in more_of_names(codes)]
    ['somebody speaks of Trust', 'somebody speaks of Hope']
    """
    uses = Counter(
        name for code in codebook for name in {levels_of(one.name)[-1] for one in code.versions}
    )
    more = []
    for code in codebook:
        parts, bare = [], _is_bare(code)
        for version in code.versions:
            levels, language = levels_of(version.name), version.language
            if bare:
                about = levels[-1] if uses[levels[-1]] == 1 else ": ".join(levels)
                spoken = language or ("zh" if HAN.search(about) else "")
                sentence = _SPEAKS_OF.get(spoken, _SPEAKS_OF_IN_ENGLISH).format(about)
                parts.append(Part("name", version.name, sentence, language, _SPOKEN_OF))
            elif version.definition:
                share = min(1.0, count_words(version.definition) / _LONG)
                parts.append(Part("name", version.name, ": ".join(levels), language, _NAME * share))
        more.append(tuple(parts))
    return more


def _is_bare(code: Code) -> bool:
    return all(part.kind == "name" for part in parts_of(code))


def levels_of(name: str) -> list[str]:
    """Take a name apart that says which codes it lies within, the broadest first.

    >>> levels_of("Strategy:Goal"), levels_of("At 12:30")
    (['Strategy', 'Goal'], ['At 12:30'])
    """
    levels = [level for level in _LEVELS.split(name) if level]
    return levels if levels and all(any(map(str.isalnum, level)) for level in levels) else [name]


def code_vectors(codebook: Sequence[Code], model: Model) -> Floats:
    """Return (n_codes, d) unit rows: the weighted means of the codes' parts and of their names."""
    parts = [
        (*parts_of(code), *more)
        for code, more in zip(codebook, more_of_names(codebook), strict=True)
    ]
    vectors = embed([part.text for of_code in parts for part in of_code], model=model)
    rows, at = [], 0
    for of_code in parts:
        weights = np.array([part.weight for part in of_code])
        rows.append(weights @ vectors[at : at + len(of_code)])
        at += len(of_code)
    return unit(np.stack(rows))


def code_centres(codebook: Sequence[Code], vectors: Floats, model: Model) -> Floats:
    """Return (n_codes, d): what the vector of each code shares with all codes told in its way.

    Bare names resemble each other whatever they are about, and so do definitions, so that one
    definition among bare names would match everything that is told at length. How much a
    definition adds to any name is seen in the codes that have one, and the more of them there are,
    the more of it is what they share.
    """
    bare = np.array([_is_bare(code) for code in codebook])
    if bare.all() or not bare.any():
        return np.broadcast_to(vectors.mean(axis=0), vectors.shape)
    names = code_vectors([_as_bare(code) for code in codebook], model)
    added = (vectors - names)[~bare].sum(axis=0) / (1 + (~bare).sum())
    centres: Floats = names.mean(axis=0) + np.outer(~bare, added)
    return centres


def _as_bare(code: Code) -> Code:
    translations = tuple(_as_bare(translation) for translation in code.translations)
    return replace(code, definition="", include="", examples=(), translations=translations)


def is_asking(code: Code) -> bool:
    """Say whether a code is about asking, by its name in any language.

    >>> is_asking(Code(id="q", name="Open question")), is_asking(Code(id="trust", name="Trust"))
    (True, False)
    """
    return any(_ASKING.search(version.name) for version in code.versions)
