"""Make the draft of a code out of a theme, for a person to rewrite."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import chain, count

from alliance_nlp.codebook import Code
from alliance_nlp.segments import Segment
from alliance_nlp.themes.theme import Theme

MOST_EXAMPLES = 3
_KEYWORDS = 6
_PHRASES = 3

# What stands around keywords and around phrases.
_DRAFTS = {
    "en": (
        "Draft, to be rewritten.",
        "What is said about {}.",
        "In their words: {}.",
        ", ",
        "“{}”",
    ),
    "sv": ("Utkast, att skriva om.", "Det som sägs om {}.", "Med deras ord: {}.", ", ", "”{}”"),
    "zh": ("草稿，待改写。", "谈到{}的内容。", "原话：{}。", "、", "“{}”"),
}


def draft_code(
    theme: Theme, segments: Sequence[Segment], *, name: str = "", taken: Collection[str] = ()
) -> Code:
    """Draft a code that is about a theme, in the language that most of its members speak.

    The definition says that it is a draft, and what words and phrases set the theme apart.  Only
    words of two interviews or more are taken into name and definition, so that they point at
    nobody, and nobody who is forgotten leaves them behind.  Examples are the exemplars.

    Args:
        theme: The theme.
        segments: Those of the project; the members are among them.
        name: What to call the code; `''` is the name of the theme or else its title.
        taken: Ids that the code must not have.

    Returns:
        A code at the top level.  Its name is `''` if the theme has neither name nor title.

    >>> said = ["I had to wait outside.", "We wait and wait."]
    >>> segments = [Segment(f"p{i}:0-9", f"p{i}", 0, 9, text, language="en")
    ...             for i, text in enumerate(said)]
    >>> theme = Theme("theme-1", "To wait", ("p0:0-9", "p1:0-9"), (1.0, 0.9), ("wait", "outside"))
    >>> code = draft_code(theme, segments)
    >>> code.id, code.definition
    ('to-wait', 'Draft, to be rewritten. What is said about wait.')
    >>> code.examples
    ('I had to wait outside.', 'We wait and wait.')
    """
    by_id = {segment.id: segment for segment in segments}
    members = [by_id[id_] for id_ in theme.segment_ids if id_ in by_id]
    language = _main_language(members)
    exemplars = [by_id[id_] for id_ in theme.exemplar_ids if id_ in by_id] or members
    name = " ".join((name.strip() or theme.name or _shared_title(theme, members)).split())
    return Code(
        id=_free_id(name, taken),
        name=name,
        definition=_definition(theme, members, language),
        examples=tuple(dict.fromkeys(one.text for one in exemplars))[:MOST_EXAMPLES],
        language=language,
        source=theme.id,
    )


def _main_language(members: Iterable[Segment]) -> str:
    spoken = Counter(segment.language for segment in members)
    return min(spoken, key=lambda language: (-spoken[language], language), default="")


def _definition(theme: Theme, members: Sequence[Segment], language: str) -> str:
    draft, about, words, comma, marks = _DRAFTS.get(language, _DRAFTS["en"])
    keywords = common(theme.keywords, members, _KEYWORDS)
    phrases = common(theme.phrases, members, _PHRASES)
    sentences = [draft]
    if keywords:
        sentences.append(about.format(comma.join(keywords)))
    if phrases:
        sentences.append(words.format(comma.join(marks.format(phrase) for phrase in phrases)))
    return ("" if language == "zh" else " ").join(sentences)


def words_in_a_row(text: str) -> str:
    """Return the words of a text in small letters between blanks, each Chinese character for one.

    >>> words_in_a_row("Slowly, 慢慢来!")
    ' slowly 慢 慢 来 '
    """
    found = re.findall(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+", text.casefold())
    return f" {' '.join(found)} "


def common(texts: Iterable[str], members: Iterable[Segment], most: int | None = None) -> list[str]:
    """Return the texts that are said in two interviews at least, so many of them at most.

    >>> members = [Segment(f"p{i}:0-9", f"p{i}", 0, 9, "I wait") for i in range(2)]
    >>> common(["wait", "trust"], members)
    ['wait']
    """
    said = [(one.transcript_id, words_in_a_row(one.text)) for one in members]
    common = [
        text
        for text in texts
        if len({id_ for id_, words in said if words_in_a_row(text) in words}) > 1
    ]
    return common[:most]


def _shared_title(theme: Theme, members: Sequence[Segment]) -> str:
    words = words_in_a_row(theme.title).split()
    return theme.title if len(common(words, members, len(words))) == len(words) else ""


def _free_id(name: str, taken: Collection[str]) -> str:
    """Return an id that says the name, as `read_codebook` makes them."""
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFC", name).lower())
    slug = "-".join(words) or "code"
    numbered = (f"{slug}-{number}" for number in count(2))
    return next(one for one in chain([slug], numbered) if one not in taken)
