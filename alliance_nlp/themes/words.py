"""Make words: each with its place in a segment's text, and what it may do in a phrase."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from alliance_nlp.segments import HAN, Segment
from alliance_nlp.themes.lemmas import lemmas_of
from alliance_nlp.themes.stop_words import inner_words, stop_words

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Kind = Literal["content", "inner"]
Reader = Callable[[str], tuple[str, Kind | None]]

# Letters and digits with their combining marks, and what hyphens and apostrophes hold together.
_PART = r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*"
_WORD = re.compile(rf"{_PART}(?:['’\-‐‑]{_PART})*")
_SIGNS = str.maketrans({"’": "'", "‐": "-", "‑": "-"})
# What a transcriber adds: [laughter], <name of ward>, 【笑声】.
_ADDED = re.compile(r"\[[^\]\n]*\]|<[^>\n]*>|【[^】\n]*】")
_CLITIC = re.compile(r"(?:n't|'(?:s|re|ve|ll|d|m))$")
_DRAWN_OUT = re.compile(r"(.)\1{2,}")  # sååå, mmmm
_HUMMED = re.compile(r"[hmu]+|a+h+|u+h+|o+h+|e+h+")
# One of these, that time, three years: 一个, 那天, 三年.
_COUNTED = re.compile(
    r"[这那哪每].*|[一二两三四五六七八九十百千几半第]+(?:多|个|回|本|次|天|年|月|句|看|点|些|下|种|位|名|条|间|张|件|"
    r"遍|趟|阵|块|岁|号|分钟|小时|钟头|礼拜|星期)*"
)
_LINE_END = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


class Word(NamedTuple):
    """A word at its place in the text of a segment.

    Attributes:
        start: Its first code point there.
        end: The code point after its last one.
        form: In lower case, composed (NFC), with straight apostrophes.
        key: What it is counted as: its lemma where a pipeline knows it, else its form.
        kind: Whether it could say what a segment is about (`'content'`), or may stand in a phrase
            between such words (`'inner'`).
        continues: Nothing, or nothing but space, lies between the word before and this one.
    """

    start: int
    end: int
    form: str
    key: str
    kind: Kind
    continues: bool


def read_words(segments: Sequence[Segment]) -> list[list[Word]]:
    """Return the words of each segment that may stand in a phrase, in order.

    Chinese is cut into words by rjieba.  Forms of one word are counted as one where a spaCy
    pipeline for the language is installed.  What stands in square or angle brackets was not said.

    >>> [words] = read_words([Segment("p01:0-15", "p01", 0, 15, "Tid, så på Öst.", language="sv")])
    >>> [(word.form, word.kind, word.continues) for word in words]
    [('tid', 'content', False), ('på', 'inner', False), ('öst', 'content', True)]
    """
    reader_of = {language: _reader(language) for language in {one.language for one in segments}}
    read = [list(_words(one.text, reader_of[one.language])) for one in segments]
    forms: dict[str, set[str]] = {}
    for one, words in zip(segments, read, strict=True):
        forms.setdefault(one.language, set()).update(
            word.form for word in words if word.kind == "content"
        )
    for language, distinct in forms.items():
        lemmas = lemmas_of(distinct, language)
        for row, one in enumerate(segments):
            if lemmas and one.language == language:
                read[row] = [_counted_as(lemmas, word) for word in read[row]]
    return read


def uses_of(segments: Sequence[Segment], words: Sequence[Sequence[Word]]) -> "csr_array":
    """Return (n_segments, n_words), 1 where a segment holds a word that another one holds, too.

    What is said again word for word counts once.
    """
    from scipy.sparse import csr_array
    from sklearn.feature_extraction.text import CountVectorizer

    first = {one.text: row for row, one in reversed(list(enumerate(segments)))}
    told = [
        {word.key for word in said if word.kind == "content"} if first[one.text] == row else ()
        for row, (one, said) in enumerate(zip(segments, words, strict=True))
    ]
    counter = CountVectorizer(analyzer=list, min_df=2, dtype=float)
    try:
        return csr_array(counter.fit_transform(told))
    except ValueError:  # no word is said twice
        return csr_array((len(segments), 1))


def _reader(language: str) -> Reader:
    """Return what says the form and the kind of a word, and remembers it."""
    unwanted, inner = stop_words(language), inner_words(language)

    @cache
    def form_and_kind(said: str) -> tuple[str, Kind | None]:
        form = unicodedata.normalize("NFC", said).lower().translate(_SIGNS)
        if _says_something(form, unwanted):
            return form, "content"
        return form, "inner" if form in inner or form[0].isdecimal() else None

    return form_and_kind


def _says_something(form: str, unwanted: Set[str]) -> bool:
    parts = [_CLITIC.sub("", _DRAWN_OUT.sub(_first, part)) for part in form.split("-")]
    plain, whole = "-".join(parts), parts[-1]
    if len(plain) < 2 or form[0].isdecimal() or form in unwanted or plain in unwanted:
        return False
    if _COUNTED.fullmatch(form) or all(map(_HUMMED.fullmatch, parts)):
        return False
    # Stuttered: "i'm-i'm", "th-the"; unlike "well-being".
    return len(whole) > 1 and not (whole in unwanted and all(map(whole.startswith, parts)))


def _first(repeated: re.Match[str]) -> str:
    return repeated.group()[0]


def _words(text: str, form_and_kind: Reader) -> Iterator[Word]:
    end = -1  # of the word before, if it may stand in a phrase
    text = _ADDED.sub(lambda added: "|" * len(added.group()), text)
    for start, stop in _ranges(text):
        form, kind = form_and_kind(text[start:stop])
        if kind is None or text.startswith("-", stop):  # "väntrums- och ...", "I wai- waited"
            end = -1
            continue
        yield Word(start, stop, form, form, kind, end >= 0 and _in_a_row(text[end:start]))
        end = stop


def _in_a_row(between: str) -> bool:
    return between in ("", " ") or (between.isspace() and not _LINE_END.search(between))


def _ranges(text: str) -> Iterator[tuple[int, int]]:
    """Yield the place of each word; what is written in Han characters is cut into words."""
    if not HAN.search(text):
        yield from (match.span() for match in _WORD.finditer(text))
        return
    import rjieba

    for match in _WORD.finditer(text):
        start, end = match.span()
        if not HAN.search(text, start, end):
            yield start, end
            continue
        for piece in rjieba.cut(match.group()):
            end = start + len(piece)
            if piece.strip("-'’‐‑"):
                yield start, end
            start = end


def _counted_as(lemmas: Mapping[str, str], word: Word) -> Word:
    return word._replace(key=lemmas.get(word.form, word.form))
