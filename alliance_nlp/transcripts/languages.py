"""Make the language of a transcript, from the words that were spoken."""

import re
from functools import cache
from typing import Any

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_KANA_OR_HANGUL = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")
_LETTER = re.compile(r"[^\W\d_]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_SHORT = 200  # letters; with fewer, relatives of Swedish and English win too often
_ENOUGH = 20_000  # characters; more change nothing
_HAN_SHARE = 0.2  # one Chinese character is a word, one letter is not
_SCANDINAVIAN = {"sv", "da", "no", "nb", "nn"}


def language_of(words: str) -> str:
    """Return the ISO 639-1 code of the language, `''` if there are no letters.

    >>> [language_of(words) for words in ("我觉得信任很重要。", "Det är viktigt.", "…")]
    ['zh', 'sv', '']
    """
    words = words[:_ENOUGH]
    letters = len(_LETTER.findall(words))
    if not letters:
        return ""
    if len(_HAN.findall(words)) > _HAN_SHARE * letters and not _KANA_OR_HANGUL.search(words):
        return "zh"
    latin = len(_LATIN.findall(words)) > letters / 2
    if letters < _SHORT and latin:
        ranked = _identifier().rank(words)
        return next(str(language) for language, _ in ranked if language in ("en", "sv"))
    language = str(_identifier().classify(words)[0])
    if language in _SCANDINAVIAN:
        return _scandinavian(words.casefold(), language)
    return language


@cache
def _identifier() -> Any:
    """Load the identifier once, when it is first needed."""
    from py3langid import langid

    return langid


def _scandinavian(words: str, language: str) -> str:
    """Let the letters decide between Swedish and its neighbours."""
    swedish = sum(map(words.count, "äö"))
    neighbouring = sum(map(words.count, "æø"))
    if swedish > neighbouring:
        return "sv"
    return "no" if language == "sv" and neighbouring else language
