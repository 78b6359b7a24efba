"""Make key phrases: what a group of segments says in so many words, as it was said."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from alliance_nlp.segments import HAN, Segment
from alliance_nlp.themes.weights import ByLanguage, Weighed, is_form, weigh
from alliance_nlp.themes.words import Word

MOST_PHRASES = 5

_MOST_WORDS = 4
_MOST_HAN_CHARACTERS = 10
_FRAGMENT_SHARE = 0.75


def weigh_phrases(
    segments: Sequence[Segment], words: Sequence[Sequence[Word]], groups: Sequence[Sequence[int]]
) -> list[ByLanguage]:
    """Return all phrases of each group, heaviest first.

    A phrase is two to four words, of Chinese at most ten characters, cut out of a text as they
    stand there, in their commonest wording.  It begins and ends with a word that could say what
    a segment is about, and crosses no punctuation, line end or transcriber's note.
    """
    said = [dict(_phrases(one.text, row)) for one, row in zip(segments, words, strict=True)]
    return weigh(said, segments, groups)


def _phrases(text: str, words: Sequence[Word]) -> Iterator[tuple[str, str]]:
    """Yield each phrase of a text: what it is counted as, and its wording."""
    for i, first in enumerate(words):
        if first.kind != "content":
            continue
        key = first.key
        for last in words[i + 1 : i + _MOST_WORDS]:
            if not last.continues:
                break
            key += f" {last.key}"
            if last.kind == "content" and last.key != first.key and not last.form.endswith("'s"):
                wording = text[first.start : last.end]
                if len(wording) > _MOST_HAN_CHARACTERS and HAN.search(wording):
                    break
                yield key, wording


def best_phrases(weighed: ByLanguage, words: ByLanguage) -> ByLanguage:
    """Return up to five phrases of a group in each language, none contained in another of any.

    They are ranked by the geometric mean of their class-based TF-IDF and the mean of that of their
    words.  A phrase of one single segment is taken only where the group has no others, none whose
    words are all in a better one, and in the place of one that is hardly ever said by itself the
    longer phrase that holds it.
    """
    best: ByLanguage = {}
    for language, phrases in weighed.items():
        word_weights = {word.key: word.weight for word in words[language]}
        earlier = [phrase for others in best.values() for phrase in others]
        best[language] = _best(phrases, word_weights, language, earlier)
    return best


def _best(
    phrases: Sequence[Weighed],
    word_weights: Mapping[str, float],
    language: str,
    earlier: Sequence[Weighed],
) -> list[Weighed]:
    repeated = [one for one in phrases if one.n_here > 1 and one.sets_apart]
    telling = [_with_weight_of_words(one, word_weights) for one in repeated or phrases]
    wholes = _wholes(repeated)
    taken: list[Weighed] = []
    for phrase in sorted(telling, key=lambda one: (-one.weight, one.text)):
        if _is_new(phrase, (*earlier, *taken), language):
            whole = wholes.get(phrase.key, phrase)._replace(weight=phrase.weight)
            taken.append(whole if _is_new(whole, (*earlier, *taken), language) else phrase)
        if len(taken) == MOST_PHRASES:
            break
    return taken


def _wholes(phrases: Iterable[Weighed]) -> dict[str, Weighed]:
    """Return the longest phrase around each one that is hardly ever said but as a part of it."""
    n_of = {phrase.key: phrase.n_here for phrase in phrases}
    wholes: dict[str, Weighed] = {}
    for phrase in sorted(phrases, key=lambda one: (len(one.key.split(" ")), one.n_here, one.text)):
        words = phrase.key.split(" ")
        for n_words in range(2, len(words)):
            for i in range(len(words) - n_words + 1):
                part = " ".join(words[i : i + n_words])
                if phrase.n_here >= _FRAGMENT_SHARE * n_of.get(part, math.inf):
                    wholes[part] = phrase
    return wholes


def _with_weight_of_words(phrase: Weighed, word_weights: Mapping[str, float]) -> Weighed:
    """Weigh a phrase by the geometric mean of its own weight and the mean weight of its words.

    By its own weight alone, a rare phrase that two segments of a large group happen to share
    would come before what the group is about.
    """
    weights = [word_weights[key] for key in phrase.key.split(" ") if key in word_weights]
    weight = math.sqrt(phrase.weight * sum(weights) / len(weights))
    return phrase._replace(weight=round(weight, 9))  # the last digits would break ties by chance


def _is_new(phrase: Weighed, taken: Iterable[Weighed], language: str) -> bool:
    """Say whether no phrase taken holds all words of this one, or the other way about."""
    words = phrase.key.split(" ")
    for other in taken:
        fewer, more = sorted((words, other.key.split(" ")), key=len)
        if all(any(is_form(word, one, language) for one in more) for word in fewer):
            return False
    return True
