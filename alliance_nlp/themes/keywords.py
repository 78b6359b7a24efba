"""Make keywords: the words that set a group of segments apart from the rest, in each language."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib import import_module

from alliance_nlp.segments import Segment

MOST_KEYWORDS = 8

_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_CLITIC = re.compile(r"(?:n't|'(?:s|re|ve|ll|d|m))$")

# Words of talking rather than of its subject, which lists made from writing lack.
_SPOKEN = {
    "en": "actually ah basically bit cause cos eh er erm exactly feel get gets getting go "
    "goes going gonna got gotta guess guy guys hmm huh kind kinda know like literally look lot "
    "lots mean mhm mm mmm obviously oh ok okay probably really right said say saying says see "
    "sort sorta stuff sure tell thing things think thinking thought uh uhm um wanna want way well "
    "went won't yeah yep yes inaudible laugh laughs laughing laughter pause pauses",
    "sv": "ah aha asså ba bara bli blev dom då där eh ehm faktiskt fast fattar får ganska ge gör "
    "ha hmm hej i ihop iväg ja jaa jaha javisst jo ju just kanske kände känner känns "
    "känna klart liksom lär man mej mm mycket nja nog nä nån nånting nåt nåra ok okej oj "
    "precis sa sade sak saker sen ser sitta sitter skulle såg så sån såna sånt tog tror trodde "
    "tycker tyckte typ vart vet visst väl va å ändå är åh öh även ohörbart paus skratt skrattar",
    "zh": "那个 这个 就是 就是说 然后 的话 其实 反正 觉得 感觉 知道 可能 应该 什么 怎么 这样 "
    "那样 这种 那种 一个 一下 一些 有点 有些 时候 东西 事情 没有 不是 还是 比如 比如说 "
    "所以 因为 但是 现在 真的 特别 他们 我们 你们 自己 对吧 是吧 不会 不能 不要 出来 起来 "
    "过来 过去 下来 上来 回来 回去 进去 出去 一点 一直 一样 之后 以后 后来 里面 两个 几个 "
    "说话 咱们 人家 大家 有个 笑声",
}
_ENDINGS = {
    "en": ("", "s", "es", "'s", "e", "ed", "d", "ing", "er", "ers", "y", "ies", "ly"),
    "sv": (
        "", "s", "n", "en", "et", "t", "a", "e", "ar", "er", "or", "r", "na", "arna", "erna",
        "orna", "ens", "ets", "ade", "at", "de", "te", "ande", "ende", "are", "aren",
    ),
}  # fmt: skip
_SHORTEST_STEM = 4


def keywords_of(segments: Sequence[Segment], groups: Sequence[Sequence[int]]) -> list[list[str]]:
    """Return up to eight keywords of each group of rows, most telling first.

    Class-based TF-IDF (Grootendorst 2022, arXiv:2203.05794): the uses of a word in the group times
    `log(1 + A / f)`, where `f` counts its uses in all segments of the language and `A` is the mean
    number of words per group there.  Rows in no group are one more group.  A word counts once per
    segment: nobody makes a keyword by saying it again.  A word of one single segment is taken only
    where a group has no others.  The languages of the group share the places in proportion to
    their segments (Sainte-Laguë), and forms of one word ("samtal", "samtalet") take one place.

    >>> talk = ["I trust my nurse", "trusting her", "no trust", "there is no time", "time is short"]
    >>> rows = [Segment(f"p01:{i}-{i + 9}", "p01", i, i + 9, t, language="en")
    ...         for i, t in enumerate(talk)]
    >>> keywords_of(rows, [[0, 1, 2], [3, 4]])
    [['trust'], ['time']]
    """
    words = [_words(one.text, one.language) for one in segments]
    totals: dict[str, Counter[str]] = {}
    for one, said in zip(segments, words, strict=True):
        totals.setdefault(one.language, Counter()).update(said)
    keywords = []
    for group in groups:
        sizes = Counter(segments[row].language for row in group)
        ranked = {}
        for language in sorted(sizes):
            uses = Counter(
                word for row in group if segments[row].language == language for word in words[row]
            )
            mean_size = totals[language].total() / (len(groups) + 1)
            ranked[language] = _ranked(uses, totals[language], mean_size, language)
        keywords.append(_shared_out(ranked, sizes))
    return keywords


def _words(text: str, language: str) -> set[str]:
    """Return the words that could say what a segment is about, each once."""
    unwanted = _stop_words(language)
    return {
        word
        for match in _WORD.finditer(unicodedata.normalize("NFC", text).lower().replace("’", "'"))
        for word in _split(match.group())
        if len(word) > 1 and word not in unwanted and _CLITIC.sub("", word) not in unwanted
    }


def _split(word: str) -> Iterator[str]:
    """Cut what is written in Han characters, which no spaces divide, into words."""
    import rjieba

    if not _HAN.search(word):
        yield word
        return
    for piece in rjieba.cut(word):
        yield piece.strip("-'")


@lru_cache(maxsize=64)
def _stop_words(language: str) -> frozenset[str]:
    """Return the stop words of a language; of three where the language is not known."""
    try:
        listed = import_module(f"spacy.lang.{language}.stop_words").STOP_WORDS
    except ImportError:
        return frozenset[str]().union(*map(_stop_words, _SPOKEN))
    return frozenset(listed) | frozenset(_SPOKEN.get(language, "").split())


def _ranked(
    uses: Counter[str], totals: Counter[str], mean_size: float, language: str
) -> list[tuple[float, str]]:
    """Return weights and words, heaviest first, each word in one of its forms."""
    weighed = sorted((-uses[word] * math.log1p(mean_size / totals[word]), word) for word in uses)
    repeated = [(weight, word) for weight, word in weighed if totals[word] > 1]
    taken: list[tuple[float, str]] = []
    for weight, word in repeated or weighed:
        if not any(_is_form(word, other, language) for _, other in taken):
            taken.append((-weight, word))
        if len(taken) == MOST_KEYWORDS:
            break
    return taken


def _is_form(word: str, other: str, language: str) -> bool:
    """Say whether two words have one beginning, and endings that inflect words."""
    endings = _ENDINGS.get(language, ("", "s"))
    return any(
        word[:cut] == other[:cut] and word[cut:] in endings and other[cut:] in endings
        for cut in range(_SHORTEST_STEM, min(len(word), len(other)) + 1)
    )


def _shared_out(ranked: dict[str, list[tuple[float, str]]], sizes: Counter[str]) -> list[str]:
    """Give each place in turn to the language that has fewest for its size."""
    left = {language: list(words) for language, words in ranked.items()}
    given = dict.fromkeys(left, 0)
    chosen: list[tuple[float, str]] = []
    while len(chosen) < MOST_KEYWORDS and any(left.values()):
        language = max(
            (name for name in left if left[name]),
            key=lambda name: (sizes[name] / (2 * given[name] + 1), name),
        )
        chosen.append(left[language].pop(0))
        given[language] += 1
    ordered = sorted(chosen, key=lambda pair: (-pair[0], pair[1]))
    return list(dict.fromkeys(word for _, word in ordered))
