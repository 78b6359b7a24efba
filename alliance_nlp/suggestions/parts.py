"""Make the parts of a code that can speak for it, and one vector of them all."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from alliance_nlp.codebook import Code, Codebook
from alliance_nlp.embeddings import Model, embed
from alliance_nlp.suggestions.rows import Floats, unit


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
    """
    parts = []
    for version in (code, *code.translations):
        name, definition, language = version.name, version.definition, version.language
        if definition:
            parts.append(Part("definition", definition, f"{name}: {definition}", language, 1.0))
        else:
            parts.append(Part("name", name, name, language, 1.0))
        if version.include:
            parts.append(Part("include", version.include, version.include, language, 0.5))
        share = 0.5 / len(version.examples) if version.examples else 0.0
        parts += [Part("example", text, text, language, share) for text in version.examples]
    return tuple(parts)


def code_vectors(codebook: Codebook, model: Model) -> Floats:
    """Return (n_codes, d) unit rows: the weighted means of the codes' parts."""
    parts = [parts_of(code) for code in codebook]
    vectors = embed([part.text for of_code in parts for part in of_code], model=model)
    rows, at = [], 0
    for of_code in parts:
        weights = np.array([part.weight for part in of_code])
        rows.append(weights @ vectors[at : at + len(of_code)])
        at += len(of_code)
    return unit(np.stack(rows))
