"""Make the few words that screens, pages and paragraphs share: numbers, languages, names."""

import re
from pathlib import Path

_LANGUAGES = {"en": "English", "sv": "Swedish", "zh": "Chinese", "": "unknown"}
_LIKELIHOODS = ((0.75, "very likely"), (0.5, "likely"), (0.25, "possible"), (0.0, "tentative"))


def count(number: int, noun: str) -> str:
    """Write a number with its noun.

    >>> count(1, "segment"), count(1200, "segment")
    ('1 segment', '1,200 segments')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def language_name(code: str) -> str:
    """Return what a language is called in English.

    >>> language_name("sv"), language_name("fi"), language_name("")
    ('Swedish', 'fi', 'unknown')
    """
    return _LANGUAGES.get(code, code)


def percent(probability: float) -> str:
    """Write a probability so that nothing that is open looks certain.

    >>> percent(0.5), percent(0.999), percent(1.0)
    ('50%', '>99%', '100%')
    """
    written = f"{probability:.0%}"
    return {"0%": "<1%", "100%": ">99%"}.get(written, written) if 0 < probability < 1 else written


def likelihood(probability: float) -> str:
    """Write a probability in words that agree with its percentage.

    >>> likelihood(0.62), likelihood(0.246), likelihood(0.14)
    ('likely', 'possible', 'tentative')
    """
    return next(word for least, word in _LIKELIHOODS if round(probability, 2) >= least)


def quoted(word: str | Path) -> str:
    """Write a word of a command line so that it stays one when it is copied.

    Double quotes are understood by the shells of Windows, macOS and Linux; single ones are not.

    >>> quoted("study.alliance"), quoted("my study.alliance")
    ('study.alliance', '"my study.alliance"')
    """
    plain = re.fullmatch(r"[\w./\\:@%+~-]+", str(word))
    return str(word) if plain else f'"{word}"'
