"""Make descriptions: keywords, key phrases and a working title for each group of segments."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from alliance_nlp.segments import Segment
from alliance_nlp.themes.keywords import MOST_KEYWORDS, best_words, weigh_words
from alliance_nlp.themes.phrases import MOST_PHRASES, best_phrases, weigh_phrases
from alliance_nlp.themes.weights import ByLanguage, Weighed, is_form, share_out
from alliance_nlp.themes.words import Word


@dataclass(frozen=True, slots=True)
class Description:
    """What a group of segments is about, in words of the material.

    Attributes:
        keywords: Most telling first, in lower case.
        phrases: Most telling first, as they were said.
        title: A proposal to be replaced by a person; `''` where nothing is said.
    """

    keywords: tuple[str, ...]
    phrases: tuple[str, ...]
    title: str


def describe(
    segments: Sequence[Segment], words: Sequence[Sequence[Word]], groups: Sequence[Sequence[int]]
) -> list[Description]:
    """Return what each group of rows is about; the order of rows makes no difference.

    Keywords are ranked by class-based TF-IDF (`weights.weigh`), phrases by that and by their words.
    The languages of the group share the places in proportion to their segments.  A title is the
    best phrase in the language of most of them that several say, whole or two of its words, or else
    the best keyword.  Where groups have the same best, the larger group takes it, and the others
    their next; only a group that has nothing else shares a title.

    Args:
        segments: All of them, not only those in groups.
        words: What `read_words` returns for the segments.
        groups: The rows of each group, most typical first.

    >>> from alliance_nlp.themes.words import read_words
    >>> talk = ["no open access", "open access costs", "So little time.", "little time, no money"]
    >>> rows = [Segment(f"p01:{i}-{i + 9}", "p01", i, i + 9, t, language="en")
    ...         for i, t in enumerate(talk)]
    >>> for one in describe(rows, read_words(rows), [[0, 1], [2, 3]]):
    ...     print(one.title, one.phrases, one.keywords)
    Open access ('open access',) ('access', 'open')
    Little time ('little time',) ('little', 'time')
    """
    languages = [one.language for one in segments]
    sizes = [Counter(languages[row] for row in group) for group in groups]
    weighed = weigh_words(segments, words, groups)
    keywords = [best_words(one) for one in weighed]
    phrases = [
        best_phrases(of_group, heavy)
        for of_group, heavy in zip(weigh_phrases(segments, words, groups), weighed, strict=True)
    ]
    titles = _titles(
        [_candidates(*one) for one in zip(phrases, keywords, weighed, sizes, strict=True)],
        [_main_language(one) for one in sizes],
        [(-len(group), sorted(segments[row].id for row in group)) for group in groups],
    )
    return [
        Description(
            keywords=tuple(share_out(keywords[k], size, MOST_KEYWORDS)),
            phrases=tuple(share_out(phrases[k], size, MOST_PHRASES)),
            title=titles[k],
        )
        for k, size in enumerate(sizes)
    ]


def _main_language(sizes: Counter[str]) -> str:
    return min(sizes, key=lambda language: (-sizes[language], language), default="")


def _candidates(
    phrases: ByLanguage, keywords: ByLanguage, words: ByLanguage, sizes: Counter[str]
) -> list[str]:
    """Return what could be a group's title, best first, other languages last.

    What only one segment says is about that segment, unless others say two of its words, too: what
    several say comes before it.
    """
    candidates: list[str] = []
    for language in sorted(sizes, key=lambda name: (-sizes[name], name)):
        of_several = {word.key for word in words[language] if word.n_here > 1}
        both = (*phrases[language], *keywords[language])
        ranked = sorted(both, key=lambda one: not _is_shared(one, of_several))
        candidates += [one.text for one in ranked]
    return candidates


def _is_shared(one: Weighed, of_several: set[str]) -> bool:
    return one.n_here > 1 or len(of_several.intersection(one.key.split(" "))) > 1


def _titles(
    candidates: Sequence[Sequence[str]],
    languages: Sequence[str],
    ranks: Sequence[tuple[int, list[str]]],
) -> list[str]:
    """Give each group in turn the first of its candidates that no other has in any form."""
    titles = [""] * len(candidates)
    for k in sorted(range(len(candidates)), key=ranks.__getitem__):
        given = [title.split() for title in titles if title]
        free = (
            text
            for text in candidates[k]
            if not any(_same(text.split(), title, languages[k]) for title in given)
        )
        title = next(free, next(iter(candidates[k]), ""))
        titles[k] = title if title[1:2].isupper() else title[:1].upper() + title[1:]
    return titles


def _same(words: Sequence[str], others: Sequence[str], language: str) -> bool:
    return len(words) == len(others) and all(
        is_form(word.lower(), other.lower(), language)
        for word, other in zip(words, others, strict=True)
    )
