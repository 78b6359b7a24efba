"""Make lemmas: the dictionary form of a word, by a spaCy pipeline where one is installed."""

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.language import Language

# Smallest first: a lemma of a single word gains nothing from vectors or a transformer.
_SIZES = ("sm", "md", "lg", "trf")
# Neither a tagger nor a lemmatizer looks at what these say.
_NOT_NEEDED = ("parser", "senter", "sentencizer", "ner", "entity_ruler", "entity_linker", "textcat")
_LEMMATIZERS = ("lemmatizer", "trainable_lemmatizer")


def lemmas_of(forms: Iterable[str], language: str) -> dict[str, str]:
    """Return the lemma of each form, in lower case; nothing where no pipeline is installed.

    Nothing is downloaded.  Each form is looked at by itself, once, so that 100,000 segments cost no
    more than their vocabulary; of several readings the pipeline's first guess counts.

    >>> lemmas_of(["samtalen"], "qq")
    {}
    """
    name = _installed(language)
    nlp = name and _pipeline(name)
    if not nlp:
        return {}
    from spacy.tokens import Doc

    ordered = sorted(forms)
    docs = nlp.pipe(Doc(nlp.vocab, words=[form]) for form in ordered)
    lemmas = ("".join(doc[0].lemma_.lower().split()) for doc in docs)
    return {form: lemma or form for form, lemma in zip(ordered, lemmas, strict=True)}


def _installed(language: str) -> str:
    """Return the name of the smallest installed pipeline of a language, `''` if there is none."""
    from spacy.util import get_installed_models

    names = [name for name in get_installed_models() if name.startswith(f"{language}_")]
    return min(names, key=_by_size, default="")


def _by_size(name: str) -> tuple[int, str]:
    size = name.rpartition("_")[2]
    return (_SIZES.index(size) if size in _SIZES else len(_SIZES), name)


@lru_cache(maxsize=8)
def _pipeline(name: str) -> "Language | None":
    """Load what lemmas need of a pipeline; None if it has no lemmas, as Chinese ones have not."""
    import spacy

    nlp = spacy.load(name, exclude=_NOT_NEEDED)
    return nlp if any(map(nlp.has_pipe, _LEMMATIZERS)) else None
