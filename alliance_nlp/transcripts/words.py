"""Make the lists of words by which labels and columns are known, from `words.toml` beside it."""

import tomllib
from pathlib import Path

_BY_LANGUAGE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))

WORDS: dict[str, tuple[str, ...]] = {
    name: tuple(word for words in languages.values() for word in words.split())
    for name, languages in _BY_LANGUAGE.items()
}
"""The words of each section in all languages, in the order of the file."""
