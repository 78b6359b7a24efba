"""Make keywords: the words that set a group of segments apart from the rest, in each language."""

from collections import Counter
from collections.abc import Sequence

from alliance_nlp.segments import Segment
from alliance_nlp.themes.weights import ByLanguage, Weighed, is_form, share_out, weigh
from alliance_nlp.themes.words import Word, read_words

MOST_KEYWORDS = 8


def keywords_of(segments: Sequence[Segment], groups: Sequence[Sequence[int]]) -> list[list[str]]:
    """Return up to eight keywords of each group of rows, most telling first.

    Ranked by class-based TF-IDF, as `weights.weigh` explains.  A word counts once per segment:
    nobody makes a keyword by saying it again.  A word of one single segment is taken only where a
    group has no others, nor one that the group says less often than
    the language as a whole.  The languages of the group share the places in proportion to their
    segments, and forms of one word ("samtal", "samtalet") take one place.

    >>> talk = ["I trust my nurse", "trusting her", "no trust", "there is no time", "time is short"]
    >>> rows = [Segment(f"p01:{i}-{i + 9}", "p01", i, i + 9, t, language="en")
    ...         for i, t in enumerate(talk)]
    >>> keywords_of(rows, [[0, 1, 2], [3, 4]])
    [['trust'], ['time']]
    """
    languages = [one.language for one in segments]
    weighed = weigh_words(read_words(segments), languages, groups)
    return [
        share_out(best_words(words), Counter(languages[row] for row in group), MOST_KEYWORDS)
        for words, group in zip(weighed, groups, strict=True)
    ]


def weigh_words(
    words: Sequence[Sequence[Word]], languages: Sequence[str], groups: Sequence[Sequence[int]]
) -> list[ByLanguage]:
    """Return all words of each group that could say what it is about, heaviest first."""
    said = [{word.key: word.form for word in row if word.kind == "content"} for row in words]
    return weigh(said, languages, groups)


def best_words(weighed: ByLanguage) -> ByLanguage:
    """Return the keywords of a group in each language, each in one of its forms."""
    return {language: _best(words, language) for language, words in weighed.items()}


def _best(words: Sequence[Weighed], language: str) -> list[Weighed]:
    taken: list[Weighed] = []
    telling = [one for one in words if one.sets_apart]
    for word in [one for one in telling if one.n_anywhere > 1] or telling or words:
        if not any(is_form(word.key, other.key, language) for other in taken):
            taken.append(word)
        if len(taken) == MOST_KEYWORDS:
            break
    return taken
