"""Make keywords: the words that set a group of segments apart from the rest, in each language."""

from collections.abc import Sequence

from alliance_nlp.segments import Segment
from alliance_nlp.themes.weights import ByLanguage, Weighed, is_form, weigh
from alliance_nlp.themes.words import Word

MOST_KEYWORDS = 8


def weigh_words(
    segments: Sequence[Segment], words: Sequence[Sequence[Word]], groups: Sequence[Sequence[int]]
) -> list[ByLanguage]:
    """Return all words of each group that could say what it is about, heaviest first.

    A word counts once per segment: nobody makes a keyword by saying it again.
    """
    said = [{word.key: word.form for word in row if word.kind == "content"} for row in words]
    return weigh(said, segments, groups)


def best_words(weighed: ByLanguage) -> ByLanguage:
    """Return up to eight keywords of a group in each language, most telling first.

    A word of one single segment is taken only where a group has no others, nor one that the group
    says less often than the language as a whole.  Forms of one word ("samtal", "samtalet") take
    one place.
    """
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
