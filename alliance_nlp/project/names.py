"""Make the names by which others may call a participant, from labels and from ids of interviews."""

import re
from collections.abc import Iterable

from alliance_nlp.transcripts.roles import role_of
from alliance_nlp.transcripts.words import WORDS

_KNOWN = frozenset(word for words in WORDS.values() for word in words)
_HAN = r"[\u3400-\u9fff]"
_AROUND = {
    word for name in ("interviewer", "participant", "header", "file") for word in WORDS[name]
}
# 王小明访谈 is the interview with 王小明; Chinese has no blanks to part the two.
_HAN_AROUND = re.compile(
    "|".join(sorted((word for word in _AROUND if re.match(_HAN, word)), key=len, reverse=True))
)
_CAMEL = re.compile(r"(?<=[a-zåäöé])(?=[A-ZÅÄÖÉ])")


def is_name(label: str) -> bool:
    """Tell a name from what is no one's.

    >>> [is_name(label) for label in ("Anna", "Patient", "P12", "Speaker 1")]
    [True, False, False, False]
    """
    return any(map(_is_unknown, re.findall(r"[^\W\d_]+", label)))


def names_in(label: str) -> set[str]:
    """Return a label and its parts, if it is a name, since people call each other by the first.

    >>> sorted(names_in("Sister Anna Berg")), names_in("Patient 3")
    (['Anna', 'Berg', 'Sister Anna Berg'], set())
    """
    return {label, *parts(label)} if is_name(label) else set()


def parts(label: str, *, shortest: int = 3) -> set[str]:
    """Return the words of a label that may be names.

    Shorter ones, small letters, titles and the words of roles stand for too much else.

    >>> sorted(parts("Patient Anna Ek (woman, 54 years)"))
    ['Anna']
    """
    words = re.findall(rf"[^\W\d_]{{{shortest},}}", label)
    return {word for word in words if not word[0].islower() and _is_unknown(word)}


def names_in_id(id_: str) -> set[str]:
    """Return the names in the id of an interview or what a header says of the participant.

    A word in small letters or in capitals is none; several are one together, in the usual letters.

    >>> sorted(names_in_id("Intervju 3 Karin Holm")), names_in_id("karin_holm")
    (['Holm', 'Karin', 'Karin Holm'], {'Karin Holm'})
    >>> names_in_id("王小明访谈"), names_in_id("p01"), names_in_id("KOD-interview3")
    ({'王小明'}, set(), set())
    """
    apart = _CAMEL.sub(" ", _HAN_AROUND.sub(" ", id_))
    words = [word for word in re.findall(r"[^\W\d_]+", apart) if _is_unknown(word)]
    if not words or (len(words) == 1 and not _is_written_as_name(words[0])):
        return set()
    together = " ".join(words)
    if not all(map(_is_written_as_name, words)):
        return {together.title()}
    return {
        together,
        *parts(together),
        *([] if _HAN_AROUND.search(id_) else _names_as_written(id_)),
    }


def _names_as_written(id_: str) -> set[str]:
    """Return an id that is a name without more, such as Anna-Karin or McDonald."""
    return {id_} if re.fullmatch(r"[^\W\d_]+(?:[ '’-][^\W\d_]+)*", id_) and is_name(id_) else set()


def telling(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names that can be looked for; 'A' and '7' stand for too much else."""
    return tuple(sorted(name for name in names if len(name) > 1 and not name.isdigit()))


def with_parts(labels: set[str]) -> set[str]:
    """Return labels and all their words, which belong to whoever is called so."""
    return labels.union(*(re.findall(r"\w+", label) for label in labels))


def _is_unknown(word: str) -> bool:
    return not role_of(word) and word.casefold() not in _KNOWN


def _is_written_as_name(word: str) -> bool:
    """Tell Karin and 王小明 from small letters, from capitals and from a single letter."""
    if re.match(_HAN, word):
        return 2 <= len(word) <= 4
    return len(word) > 1 and word[0].isupper() and not word.isupper()
