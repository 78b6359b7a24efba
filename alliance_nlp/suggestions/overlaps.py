"""Make overlaps: how many words, or pieces of words, a text shares with each code.

Embeddings know what a text is about, and are vague about the words it uses: a code named "Parking"
wants the comments that say "parking".  So pieces of two to five characters are compared, weighed by
how rare they are (tf-idf; Spärck Jones 1972).  Pieces find compounds and inflected words without a
dictionary, and the two-character words of Chinese without spaces.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from alliance_nlp.codebook import Code
from alliance_nlp.suggestions.parts import parts_of
from alliance_nlp.suggestions.rows import Floats, steady_mean

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfVectorizer

_PIECES = (2, 5)


@dataclass(frozen=True, slots=True, eq=False)
class Overlaps:
    """The pieces of words in a study and in its codebook.

    Attributes:
        rarity: What turns texts into weighed pieces.
        codes: The pieces of the codes, as worded for each language of the study; `''` in their own.
        common: (n_codes,) what a text of the study shares with each code on average.
    """

    rarity: "TfidfVectorizer"
    codes: dict[str, "csr_matrix"]
    common: Floats

    def of(self, texts: Sequence[str], languages: Sequence[str]) -> Floats:
        """Return (n_texts, n_codes): the cosine of what is shared, less what is on average."""
        return _shared(self.rarity, self.codes, texts, languages) - self.common


def overlaps_in(
    texts: Sequence[str], languages: Sequence[str], codebook: Sequence[Code]
) -> Overlaps:
    """Take a study and a codebook apart.

    >>> from alliance_nlp import Code, Codebook
    >>> codebook = Codebook([Code(id="park", name="Parkering"), Code(id="food", name="Mat")])
    >>> said = ["Parkeringsplatsen var full.", "Maten var god."]
    >>> shared = overlaps_in(said, ["sv", "sv"], codebook).of(said, ["sv", "sv"])
    >>> shared.argmax(axis=1).tolist()
    [0, 1]
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    worded = {
        language: [_wording(code, language) for code in codebook]
        for language in sorted({"", *languages})
    }
    rarity = TfidfVectorizer(analyzer="char_wb", ngram_range=_PIECES, sublinear_tf=True)
    rarity.fit([*texts, *worded[""]])
    codes = {language: rarity.transform(wordings) for language, wordings in worded.items()}
    shared = _shared(rarity, codes, texts, languages)
    return Overlaps(rarity, codes, steady_mean(shared, 0.0))


def _wording(code: Code, language: str) -> str:
    """Return what a code says for itself in a language, or in its own."""
    parts = parts_of(code)
    spoken = {part.language for part in parts}
    wanted = language if language in spoken else code.language
    return " ".join(part.text for part in parts if part.language == wanted)


def _shared(
    rarity: "TfidfVectorizer",
    codes: dict[str, "csr_matrix"],
    texts: Sequence[str],
    languages: Sequence[str],
) -> Floats:
    shared = np.zeros((len(texts), codes[""].shape[0]))
    names = np.array([name if name in codes else "" for name in languages])
    for language in np.unique(names):
        rows = np.flatnonzero(names == language).tolist()
        pieces = rarity.transform([texts[row] for row in rows])
        shared[rows] = (pieces @ codes[language].T).toarray()
    return shared
