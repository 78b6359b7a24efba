"""Make speaker labels: which lines of a printed transcript begin with one."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alliance_nlp.transcripts.roles import role_of
from alliance_nlp.transcripts.words import WORDS

_SPEAKERS = frozenset(WORDS["speaker"])
_NOBODY = frozenset(WORDS["nobody"] + WORDS["header"])
_SOUNDS = frozenset(WORDS["sound"]) | _NOBODY
_PARTICLES = frozenset(WORDS["particle"])

_LABEL_AT_LEAST, _ALONE_AT_LEAST = 2, 3  # how often a label with a colon, or a bare name, is seen
_MOST_WORDS, _MOST_HAN, _MOST_HAN_ONCE = 4, 8, 4

_BOLD = r"(?:\*\*|__)?"
_NAME = (
    r"(?P<name>(?:[^\W\d_]|[\u2600-\u27bf\U0001f300-\U0001faff])[^:：?!？！。，、；;\"“”«»<>\[\]{}=…|]{0,39}?"
    r"(?:\s*[(（][^()（）:：]{1,40}[)）])?)"  # P1 (woman, 54 years)
)
_LABEL = re.compile(rf"\s*{_BOLD}{_NAME}\s*{_BOLD}\s*(?:：|:(?!//|\d)){_BOLD}\s*")
_BRACKETED = re.compile(
    rf"\s*{_BOLD}(?:\[\s*([^\[\]]+?)\s*\]|\{{\s*([^{{}}]+?)\s*\}})\s*([:：]?){_BOLD}\s*"
)
_ALONE = re.compile(rf"\s*(?:-\s)?{_BOLD}(?P<name>[^\W\d_][\w .'’()&/-]{{0,39}}?){_BOLD}\s*$")
_ASIDE = re.compile(r"[(（][^()（）]*[)）]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_REPORTED = re.compile(r".[说說道想是]$")  # 她说：“……” is a quotation
_ENDS_SENTENCE = re.compile(r"\w{4}\.\s")  # unlike Dr. Berg
_NUMBERED_SPEAKER = re.compile(r"S\d+")


@dataclass(frozen=True, slots=True)
class Label:
    """A speaker's label at the start of a line; the words begin at `end`."""

    speaker: str
    end: int


def find_labels(
    lines: Sequence[str],
    *,
    after_time: Iterable[int] = (),
    before_time: Iterable[int] = (),
    names_alone: bool = True,
) -> list[Label | None]:
    """Return the label that each line begins with, `None` where it begins with words.

    A bracketed label is a speaker. `Label:` is one if it is seen twice, if it is a known word such
    as Interviewer, if it follows a time, or if another label is evident and it may be a name. A
    name alone on its line is one if it is seen three times, if it precedes a time, or if known
    words for both roles stand alone.

    Args:
        lines: The lines, with blanks in place of time stamps.
        after_time: The indices of lines that begin with a time.
        before_time: The indices of lines that end with one.
        names_alone: Whether a name alone on its line can be a label at all.

    >>> find_labels(["Anna: Note: it was late.", "Note: she laughs", "Anna: Yes."])
    [Label(speaker='Anna', end=6), None, Label(speaker='Anna', end=6)]
    """
    matches = [_LABEL.match(line) for line in lines]
    names = [_name(match) for match in matches]
    people = _people(names, set(after_time))
    evident = len(people) > 1
    bare = [_bare_name(line) for line in lines]
    alone = _people_alone(bare, lines, set(before_time)) if names_alone and not evident else set()
    labels: list[Label | None] = []
    for line, match, name, own in zip(lines, matches, names, bare, strict=True):
        if bracketed := _bracketed(line, evident=evident):
            labels.append(bracketed)
        elif match and name.casefold() in people:
            labels.append(Label(name, match.end()))
        elif own.casefold() in alone:
            labels.append(Label(own, len(line)))
        else:
            labels.append(None)
    return labels


def key_of(line: str) -> tuple[str, str]:
    """Return the two sides of a line such as `Date: 12 May`, empty if it is none.

    >>> key_of("Datum：12 maj")
    ('Datum', '12 maj')
    """
    match = _LABEL.match(line)
    return (match["name"].strip(), line[match.end() :].strip()) if match else ("", "")


def _name(match: re.Match[str] | None) -> str:
    """Return what stands before the colon if it could be a person at all."""
    name = " ".join(match["name"].split()) if match else ""
    return name if name.casefold() not in _NOBODY and _is_name(name) else ""


def _is_name(name: str) -> bool:
    """Tell a name, or a word for a person, from a sentence that runs up to a colon."""
    outside = _ASIDE.sub("", name)
    if "," in outside or _REPORTED.search(outside) or _ENDS_SENTENCE.search(outside):
        return False
    words = outside.split()
    return (
        0 < len(words) <= _MOST_WORDS
        and len(_HAN.findall(outside)) <= _MOST_HAN
        and all(_may_follow(word) for word in words[1:])
    )


def _may_follow(word: str) -> bool:
    return not word[0].islower() or word in _PARTICLES or bool(role_of(word))


def _is_known(name: str) -> bool:
    """Tell the words for a speaker, with or without a number, and the S00 of noScribe."""
    first = re.split(r"[\s_#.-]*\d|[\s_]", name.casefold(), maxsplit=1)[0]
    return bool(role_of(name)) or first in _SPEAKERS or bool(_NUMBERED_SPEAKER.fullmatch(name))


def _people(names: Sequence[str], after_time: set[int]) -> set[str]:
    """Return the labels to believe, in lower case."""
    seen = Counter(name.casefold() for name in names if name)
    people = {name for name, times in seen.items() if times >= _LABEL_AT_LEAST}
    people |= {
        name.casefold()
        for index, name in enumerate(names)
        if name and (index in after_time or _is_known(name))
    }
    if people:  # labels are evident: somebody may speak once
        people |= {
            name.casefold()
            for name in names
            if name
            and name[0].isalpha()
            and not name[0].islower()
            and len(_HAN.findall(name)) <= _MOST_HAN_ONCE
        }
    return people


def _bare_name(line: str) -> str:
    """Return the line if it is nothing but a name."""
    name = _name(_ALONE.match(line))
    return "" if name.endswith(".") or name[:1].islower() else name


def _people_alone(bare: Sequence[str], lines: Sequence[str], before_time: set[int]) -> set[str]:
    """Return the names to believe, in lower case, that stand alone with words below them."""
    headings = [
        (index, name)
        for index, name in enumerate(bare)
        if name and any(line.strip() for line in lines[index + 1 : index + 3])
    ]
    seen = Counter(name.casefold() for _, name in headings)
    people = {name for name, times in seen.items() if times >= _ALONE_AT_LEAST}
    people |= {name.casefold() for index, name in headings if index in before_time}
    with_role = {name.casefold(): role_of(name) for _, name in headings if role_of(name)}
    if len(set(with_role.values())) > 1:
        people |= with_role.keys()
    return people


def _bracketed(line: str, *, evident: bool) -> Label | None:
    """Return `[Name]` or `{Name}`, unless it is a sound or stands among labels with colons."""
    match = _BRACKETED.match(line)
    if not match:
        return None
    inside = " ".join((match[1] or match[2]).split())
    name = inside.rstrip(":：").rstrip()
    words = name.split()
    if not 0 < len(words) <= _MOST_WORDS or not any(map(str.isalpha, name)):
        return None
    has_colon = bool(match[3]) or name != inside
    is_sound = not _SOUNDS.isdisjoint(map(str.casefold, words))
    if not has_colon and (evident or is_sound or (name[0].islower() and not _is_known(name))):
        return None
    return Label(name, match.end())
