"""Make rows: what a file says about each code, whatever the columns are called."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

# What columns and keys are called, once case, numbers and punctuation are gone. "code" and its
# like are the name of the code, but its id where another column holds the name.
FIELDS = {
    "id": "id, code id, kod id, 编号",
    "name": "name, label, code name, namn, kodnamn, benämning, 名称, 代码名称, 编码名称",
    "code": "code, tag, path, kod, 代码, 编码",
    "definition": "definition, description, meaning, beskrivning, betydelse, 定义, 描述, 说明",
    "include": "include, inclusion, inclusion criteria, when to use, inkludera, inklusion, "
    "inklusionskriterier, när den används, 包含, 纳入, 纳入标准, 何时使用",
    "exclude": "exclude, exclusion, exclusion criteria, when not to use, exkludera, exklusion, "
    "exklusionskriterier, när den inte används, 排除, 排除标准, 何时不用, 何时不使用",
    "example": "example, examples, quote, quotes, exempel, citat, 示例, 例子, 举例",
    "parent": "parent, category, theme, överordnad, överordnad kod, kategori, tema, "
    "上级, 类别, 主题",
    "language": "language, lang, språk, 语言",
    "source": "source, källa, 来源",
}
_FIELD_OF = {word: field for field, words in FIELDS.items() for word in words.split(", ")}
_LANGUAGE_OF = {
    word: language
    for language, words in {
        "en": "en, eng, english, engelska, 英文, 英语",
        "sv": "sv, swe, swedish, svenska, 瑞典文, 瑞典语",
        "zh": "zh, chi, zho, chinese, kinesiska, 中文, 汉语",
    }.items()
    for word in words.split(", ")
}
_HAN_LANGUAGE = re.compile("|".join(word for word in _LANGUAGE_OF if not word.isascii()))


@dataclass(frozen=True, slots=True)
class Row:
    """What a file says about one code.

    Attributes:
        place: Where in the file, such as `'line 4'`.
        texts: By field and language; the language is `''` where the column names none. Several
            texts are several examples, or columns for the same thing.

    >>> row = Row("line 2", {("name", ""): ("Trust",), ("example", ""): ("I told her.", "Yes.")})
    >>> row.text("name")
    'Trust'
    """

    place: str
    texts: Mapping[tuple[str, str], tuple[str, ...]]

    def parts(self, field: str, *languages: str) -> tuple[str, ...]:
        """Return the texts of a field in these languages, `''` for those of no named language."""
        return tuple(
            part for language in languages for part in self.texts.get((field, language), ())
        )

    def text(self, field: str, *languages: str) -> str:
        """Return the texts of a field as one, `''` if there are none."""
        return "\n".join(self.parts(field, *(languages or ("",))))


def column(title: str) -> tuple[str, str] | None:
    """Return the field and language that a title stands for, `None` for an unknown title.

    >>> column("Definition:"), column("name (sv)"), column("英文定义"), column("Example 2")
    (('definition', ''), ('name', 'sv'), ('definition', 'en'), ('example', ''))
    """
    text = unicodedata.normalize("NFKC", title).casefold()
    words = re.findall(r"[^\W\d_]+", _HAN_LANGUAGE.sub(r" \g<0> ", text))
    if words and _field(words):
        return _field(words), ""
    for language, rest in ((words[-1:], words[:-1]), (words[:1], words[1:])):
        if language and language[0] in _LANGUAGE_OF and _field(rest):
            return _field(rest), _LANGUAGE_OF[language[0]]
    return None


def language_named(text: str) -> str:
    """Return the ISO 639-1 code of a language, however it is written.

    >>> language_named("Svenska"), language_named("fr")
    ('sv', 'fr')
    """
    return _LANGUAGE_OF.get(text.casefold(), text.lower())


def _field(words: list[str]) -> str:
    return _FIELD_OF.get(" ".join(words), "")
