"""Make polarity: does a sentence speak of something, or of its absence, and was it turned around?

A word list, not an understanding: a negation anywhere in the carrying sentence marks it. It is
shown to the reader and never used to drop a suggestion, since "I did not trust her" is about trust.
"""

import re
from typing import Literal

from alliance_nlp.segments import HAN

_NEGATIONS = {
    "en": re.compile(
        r"\b(?:not|never|no|none|nobody|nothing|nowhere|neither|nor|without|cannot|hardly|barely|"
        r"lack(?:s|ed|ing)?|(?:do|does|did|is|are|was|were|ca|wo|could|would|should|has|have|had)nt)"
        r"\b|\w+n['’]t\b",
        re.IGNORECASE,
    ),
    "sv": re.compile(
        r"\b(?:inte|aldrig|ingen|inget|inga|ingenting|ingenstans|icke|utan|saknar|saknade|saknas|"
        r"saknat|knappt|knappast|varken|ej|brist(?:en)? på|bristande|avsaknad(?:en)? av)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(r"不|没|沒|无法|無法|未曾|从未|從未|缺乏|缺少"),
}
# Where such a word negates nothing.
_HARMLESS = {
    "en": re.compile(
        r"\b(?:not only|not just|no doubt|no problem|no wonder|not to mention|or not|why not|"
        r"(?:do|does|did)(?:n['’]t| not) know)\b"
        r"|\b(?:is|are|was|were|do|does|did|wo|ca|could|would|should|has|have|had)"
        r"n['’]t (?:it|they|he|she|you|we|that)\b|^no[,.]\s",
        re.IGNORECASE,
    ),
    "sv": re.compile(
        r"\b(?:inte bara|inte minst|inga problem|ingen fara|ingen aning|ingen tvekan|"
        r"utan tvekan|vet inte|eller inte|inte sant(?=\?)|utan också)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"(.)[不没沒]\1|不仅|不僅|不只|不但|不过|不過|不错|不錯|没错|沒錯|不同(?!意)|不断|不斷|不少|"
        r"不好意思|不管|不论|不論|不得不|不知道|差不多|说不定|說不定|忍不住|对不起|對不起|没关系|沒關係|"
        r"没问题|沒問題|没事|沒事|要不|有没有|有沒有"
    ),
}

# Where something else is said, that may be negated or not by itself.
_BREAK = re.compile(
    r"[.!?;:,()\n。！？；：，（）]|但是|而且|并且|並且|以及|但|而|或|"
    r"\b(?:and|but|or|who|which|that|what|when|where|if|because|"
    r"och|men|eller|som|att|vad|när|där|om|för)\b|"
    r"(?=\b(?:without|utan)\b)",
    re.IGNORECASE,
)
_WORD = re.compile(rf"{HAN.pattern}|[^\W_]+")
_OPPOSITE = re.compile(r"^(?:un|dis|miss|mis|in|im|non|o|icke)(?=\w{3})")  # English, Swedish
_STEM = 4  # letters at the beginning that words of one stem have in common
_MOST = 0.8  # of the words of the shorter of two statements are in both if they say the same
_HALF = 0.5  # and of the longer one

_Statement = tuple[frozenset[str], bool]


def polarity_of(text: str, language: str) -> Literal["affirmed", "negated"]:
    """Say whether a sentence negates something; a language without a word list is affirmed.

    >>> polarity_of("I did not trust her.", "en"), polarity_of("我不信任她。", "zh")
    ('negated', 'negated')
    >>> polarity_of("Hon var inte bara snäll, hon lyssnade.", "sv")
    'affirmed'
    """
    if language not in _NEGATIONS:
        return "affirmed"
    remaining = _HARMLESS[language].sub(" ", text)
    return "negated" if _NEGATIONS[language].search(remaining) else "affirmed"


def is_turned_around(before: str, after: str, language: str) -> bool:
    """Say whether a rewording negates what was said before, or no longer does.

    Statements are compared, not texts: what is added in other words, negated or not, turns nothing
    around, nor does one half of "trust, or lack of trust". A language without a word list is read
    with all of them.

    >>> is_turned_around("The patient trusts the nurse.", "The patient distrusts the nurse.", "en")
    True
    >>> is_turned_around("Att våga.", "Att våga, och att inte bli lämnad.", "sv")
    False
    """
    for each in [language] if language in _NEGATIONS else _NEGATIONS:
        was, now = _statements(before, each), _statements(after, each)
        for statement in was:
            besides = [other for other in was if other != statement]
            if _turns(statement, now) and not _turns(statement, besides):
                return True
    return False


def _statements(text: str, language: str) -> list[_Statement]:
    """Return the words of each statement but for its negations, and whether there is one."""
    found = []
    for piece in _BREAK.split(_HARMLESS[language].sub(" ", text)):
        affirmed, n_negations = _NEGATIONS[language].subn(" ", piece)
        if words := frozenset(_WORD.findall(affirmed.casefold())):
            found.append((words, n_negations > 0))
    return found


def _turns(statement: _Statement, others: list[_Statement]) -> bool:
    """Say whether a statement is denied by others, and by none of them said still."""
    words, is_negated = statement
    is_denied = False
    for other, other_is_negated in others:
        here = {word for word in words if not any(_alike(word, one) for one in other)}
        there = {word for word in other if not any(_alike(word, one) for one in words)}
        opposed = any(_are_opposites(a, b) for a in here for b in there)
        shared = min(len(words) - len(here), len(other) - len(there)) + opposed
        if (is_negated != other_is_negated) == opposed:
            if shared >= _MOST * len(words):
                return False
        elif shared >= max(
            _MOST * min(len(words), len(other)), _HALF * max(len(words), len(other))
        ):
            is_denied = True
    return is_denied


def _are_opposites(word: str, other: str) -> bool:
    """Say whether one of the words is the other with a prefix that denies it."""
    return _alike(_OPPOSITE.sub("", word), other) or _alike(word, _OPPOSITE.sub("", other))


def _alike(word: str, other: str) -> bool:
    return word == other or (len(word) >= _STEM and word[:_STEM] == other[:_STEM])
