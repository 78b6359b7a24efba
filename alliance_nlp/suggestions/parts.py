"""Make the parts of a code that can speak for it, and one vector of them all."""

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np

from alliance_nlp.codebook import Code, Codebook
from alliance_nlp.embeddings import Model, embed
from alliance_nlp.segments import count_words
from alliance_nlp.suggestions.rows import Floats, unit

# Chosen on the corpora that parameters may be learned from, but for what long definitions want:
# none of those has any.
_NAME = 0.3  # the weight of the name beside a long definition, in which it is lost
_LONG = 50  # words of a definition that is long
_SPOKEN_OF = 2.0  # the weight of a sentence about the name beside a bare name
_SENTENCES = {"sv": "någon talar om {}", "zh": "有人在谈论{}"}
_SENTENCE = "somebody speaks of {}"
_LEVELS = re.compile(r"\s*[:：>\\]+\s*")  # as tools write a code that lies within others
_ASKING = re.compile(r"question|\bask|fråg|[问問]", re.IGNORECASE)


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


def parts_of(code: Code, bare: float = 0.0) -> tuple[Part, ...]:
    """List what a code says for itself, in every language that it has.

    What to exclude is not listed: it names the neighbouring code and would speak for it. A model
    of sentences is vague about a word alone, so that a name without a definition stands in a
    sentence, too (prompts for bare names: Radford et al. 2021).

    Args:
        code: The code.
        bare: The share of codes in its codebook that have nothing but a name. What stands in such
            a sentence can be compared with its like only.

    >>> [part.text for part in parts_of(Code(id="trust", name="Trust", definition="Feeling safe."))]
    ['Trust: Feeling safe.', 'Trust']
    >>> [part.text for part in parts_of(Code(id="t1", name="Alliance:Trust"), bare=1.0)]
    ['Alliance: Trust', 'somebody speaks of Trust']
    """
    parts = []
    for version in (code, *code.translations):
        levels = [level for level in _LEVELS.split(version.name) if level] or [version.name]
        name, definition, language = ": ".join(levels), version.definition, version.language
        if definition:
            parts.append(Part("definition", definition, f"{name}: {definition}", language, 1.0))
            share = _NAME * min(1.0, count_words(definition) / _LONG)
            parts.append(Part("definition", definition, name, language, share))
        else:
            parts.append(Part("name", version.name, name, language, 1.0))
            if bare:
                sentence = _SENTENCES.get(language, _SENTENCE).format(levels[-1])
                parts.append(Part("name", version.name, sentence, language, _SPOKEN_OF * bare))
        if version.include:
            parts.append(Part("include", version.include, version.include, language, 0.5))
        share = 0.5 / len(version.examples) if version.examples else 0.0
        parts += [Part("example", text, text, language, share) for text in version.examples]
    return tuple(parts)


def code_vectors(codebook: Codebook, model: Model) -> Floats:
    """Return (n_codes, d) unit rows: the weighted means of the codes' parts."""
    bare = sum(not code.definition for code in codebook) / len(codebook)
    parts = [parts_of(code, bare) for code in codebook]
    vectors = embed([part.text for of_code in parts for part in of_code], model=model)
    rows, at = [], 0
    for of_code in parts:
        weights = np.array([part.weight for part in of_code])
        rows.append(weights @ vectors[at : at + len(of_code)])
        at += len(of_code)
    return unit(np.stack(rows))


def is_asking(code: Code) -> bool:
    """Say whether a code is about asking, by its name in any language.

    >>> is_asking(Code(id="q", name="Open question")), is_asking(Code(id="trust", name="Trust"))
    (True, False)
    """
    return any(_ASKING.search(version.name) for version in (code, *code.translations))
