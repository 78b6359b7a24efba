"""Make polarity: does a sentence speak of something, or of its absence?

A word list, not an understanding: a negation anywhere in the carrying sentence marks it. It is
shown to the reader and never used to drop a suggestion, since "I did not trust her" is about trust.
"""

import re
from typing import Literal

_NEGATIONS = {
    "en": re.compile(
        r"\b(?:not|never|no|none|nobody|nothing|nowhere|neither|nor|without|cannot|hardly|barely|"
        r"lack(?:s|ed|ing)?|(?:do|does|did|is|are|was|were|ca|wo|could|would|should|has|have|had)nt)"
        r"\b|\w+n['’]t\b",
        re.IGNORECASE,
    ),
    "sv": re.compile(
        r"\b(?:inte|aldrig|ingen|inget|inga|ingenting|ingenstans|icke|utan|saknar|saknade|saknas|"
        r"saknat|knappt|knappast|varken|ej)\b",
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
