"""Make the attributes of an interview from the header that stands above the talk."""

import re
from collections.abc import Sequence

from alliance_nlp.transcripts.speakers import key_of
from alliance_nlp.transcripts.words import WORDS

_HEADER_WORDS = frozenset(WORDS["header"])
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’»)）]*\s*$")


def ends_sentence(line: str) -> bool:
    """Tell whether a line ends as a sentence does; titles and dates do not.

    >>> ends_sentence("Yes, I was."), ends_sentence("Interview 3")
    (True, False)
    """
    return bool(_SENTENCE_END.search(line))


def read_header(lines: Sequence[str]) -> tuple[int, tuple[tuple[str, str], ...]]:
    """Return how many lines are header, and what it says.

    A header names each thing once, in lines such as `Date: 12 May`; at least one of them names
    what only a header has, a date or a place, so that the first answers are not taken for one.
    What follows up to a blank line belongs to it.

    >>> read_header(["Interviewer: AS", "Date: 12 May", "Age: 54", "", "Interviewer: So?"])
    (3, (('Interviewer', 'AS'), ('Date', '12 May'), ('Age', '54')))
    """
    found: dict[str, str] = {}
    length, in_block = 0, False
    for index, line in enumerate(lines):
        if not line.strip():
            length, in_block = index if in_block else length, False
            continue
        key, value = key_of(line)
        if key in found or ends_sentence(line):
            break
        if key:
            found[key] = value
        if key.casefold() in _HEADER_WORDS:
            length, in_block = index + 1, True
    kept = {key for key, _ in map(key_of, lines[:length])}
    return length, tuple((key, value) for key, value in found.items() if key in kept and value)
