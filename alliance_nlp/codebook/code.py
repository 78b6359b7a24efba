"""Make the frozen records of a code and of a codebook, which is a sequence of codes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, overload
from unicodedata import normalize

from alliance_nlp.bundled import bundled
from alliance_nlp.errors import CodebookError


@dataclass(frozen=True, slots=True)
class Code:
    """One code of a codebook.

    Attributes:
        id: Short and stable, such as `'proceeding-slowly'`; unique in its codebook.
        name: What people read.
        definition: What the code means; `''` if it is not written down.
        include: When to use it.
        exclude: When not to use it.
        examples: Quotations that the code fits.
        parent: The `id` of the broader code, `''` at the top level.
        language: ISO 639-1 code of the texts above, `''` if it is not known.
        source: Where the code comes from, such as a study; `''` if it is not said.
        translations: The same code (same `id` and `parent`) in other languages.

    >>> Code("trust", "Trust", "The patient dares to confide.").name
    'Trust'
    """

    id: str
    name: str
    definition: str = ""
    include: str = ""
    exclude: str = ""
    examples: tuple[str, ...] = ()
    parent: str = ""
    language: str = ""
    source: str = ""
    translations: tuple["Code", ...] = ()

    @property
    def versions(self) -> tuple["Code", ...]:
        """The code as each language words it, its own first."""
        return (self, *self.translations)


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Codebook(Sequence[Code]):
    """The codes of a study, an immutable sequence; their order carries no meaning.

    A slice is a tuple of codes, because a part of a codebook may lack the parents of its codes.

    Args:
        codes: The codes: ids are unique, names are unique among the children of one parent
            whatever their case, parents are in the codebook.
        name: What the codebook is called.

    Raises:
        CodebookError: The codes contradict each other.

    >>> codebook = Codebook([Code("trust", "Trust"), Code("haste", "Haste")], name="pilot")
    >>> codebook
    Codebook('pilot', 2 codes)
    >>> [code.name for code in codebook]
    ['Trust', 'Haste']
    """

    codes: tuple[Code, ...]
    name: str
    _positions: dict[str, int] = field(compare=False)

    def __init__(self, codes: Iterable[Code], *, name: str = "") -> None:
        codes = tuple(codes)
        check(codes, [f"code {number}" for number in range(1, len(codes) + 1)])
        object.__setattr__(self, "codes", codes)
        object.__setattr__(self, "name", name)
        positions = {code.id: position for position, code in enumerate(codes)}
        object.__setattr__(self, "_positions", positions)

    @staticmethod
    def builtin(name: str) -> "Codebook":
        """Return a codebook that comes with the library; its first language is English.

        `'alliance'` holds the findings of two interview studies about the therapeutic alliance,
        Landberg & Nyman 2023 (health-care counsellors) and Lucas et al. 2025 (stroke teams).

        >>> alliance = Codebook.builtin("alliance")
        >>> alliance.by_id("proceeding-slowly").name
        'Proceeding slowly'
        """
        return _builtin(name)

    def by_id(self, code_id: str) -> Code:
        """Return the code with this id.

        >>> Codebook.builtin("alliance").by_id("buy-in").parent
        'beginning'
        """
        return self.codes[self.index(code_id)]

    def children(self, code_id: str) -> tuple[Code, ...]:
        """Return the codes directly below this one; those of the top level for `''`.

        >>> [code.id for code in Codebook.builtin("alliance").children("power-choice")]
        ['self-determination', 'power-dynamics', 'autonomy']
        """
        if code_id:
            self.index(code_id)
        return tuple(code for code in self.codes if code.parent == code_id)

    def in_language(self, language: str) -> "Codebook":
        """Return the codebook with the texts of this language first, the others as translations.

        A code that lacks the language stays as it is.

        >>> Codebook.builtin("alliance").in_language("sv").by_id("proceeding-slowly").name
        'Att skynda långsamt'
        """
        return Codebook([_turned(code, language) for code in self.codes], name=self.name)

    def index(self, value: Any, start: int = 0, stop: int | None = None) -> int:
        """Return the position of a code, given as its id or as the code itself.

        >>> Codebook([Code("trust", "Trust"), Code("haste", "Haste")]).index("haste")
        1
        """
        if not isinstance(value, str):
            return self.codes.index(value, start, len(self.codes) if stop is None else stop)
        if value not in self._positions:
            raise CodebookError(
                f"there is no code with the id {value!r} in {self!r}; "
                f"there is {', '.join(self._positions) or 'none at all'}"
            )
        return self._positions[value]

    def __len__(self) -> int:
        return len(self.codes)

    def __iter__(self) -> Iterator[Code]:
        return iter(self.codes)

    @overload
    def __getitem__(self, position: int) -> Code: ...

    @overload
    def __getitem__(self, position: slice) -> tuple[Code, ...]: ...

    def __getitem__(self, position: int | slice) -> Code | tuple[Code, ...]:
        return self.codes[position]

    def __repr__(self) -> str:
        return f"Codebook({self.name!r}, {len(self)} code{'' if len(self) == 1 else 's'})"


def check(codes: Sequence[Code], places: Sequence[str], where: str = "") -> None:
    """Raise a `CodebookError` if codes contradict each other.

    Args:
        codes: The codes.
        places: What to call each of them in a message, such as `'line 4'`.
        where: What stands before the places, such as the file and a comma.

    >>> check([Code("a", "Trust"), Code("b", "trust")], ["line 2", "line 3"])
    Traceback (most recent call last):
    alliance_nlp.errors.CodebookError: line 2 and line 3: two codes have the same name, 'trust'; ...
    """
    by_id: dict[str, int] = {}
    by_name: dict[tuple[str, str], int] = {}
    for position, (code, place) in enumerate(zip(codes, places, strict=True)):
        if not code.id or not code.name:
            raise CodebookError(f"{where}{place}: a code needs an id and a name, here one is empty")
        before = by_id.setdefault(code.id, position)
        if before != position:
            raise CodebookError(
                f"{where}{places[before]} and {place}: two codes have the same id, {code.id!r}; "
                "give one of them another id"
            )
        before = by_name.setdefault((code.parent, folded(code.name)), position)
        if before != position:
            raise CodebookError(
                f"{where}{places[before]} and {place}: two codes have the same name, "
                f"{code.name!r}; rename one of them or remove it"
            )
        _check_translations(code, f"{where}{place}")
    for code, place in zip(codes, places, strict=True):
        _check_parents(code, codes, by_id, f"{where}{place}")


def folded(name: str) -> str:
    """Return a name as it is compared: composed (NFC), in lower case, blanks as one.

    >>> folded("  Att   skynda LÅNGSAMT ")
    'att skynda långsamt'
    """
    return " ".join(normalize("NFC", name).split()).casefold()


def _check_translations(code: Code, where: str) -> None:
    languages = [code.language, *(translation.language for translation in code.translations)]
    if len(set(languages)) < len(languages):
        raise CodebookError(
            f"{where}: the code {code.name!r} has more than one text in the same language "
            f"({', '.join(map(repr, languages))}); keep one for each"
        )
    for translation in code.translations:
        if (translation.id, translation.parent) != (code.id, code.parent):
            raise CodebookError(
                f"{where}: a translation of the code {code.name!r} has another id or parent; "
                "give it those of the code"
            )


def _check_parents(code: Code, codes: Sequence[Code], by_id: dict[str, int], where: str) -> None:
    above = [code]
    while above[-1].parent:
        parent = above[-1].parent
        if parent not in by_id:
            raise CodebookError(
                f"{where}: the parent {parent!r} of the code {above[-1].name!r} is not in the "
                "codebook; add it or correct the id"
            )
        above.append(codes[by_id[parent]])
        if above[-1] in above[:-1]:
            raise CodebookError(
                f"{where}: the code {code.name!r} is below itself "
                f"({' in '.join(step.name for step in above)}); give one of them another parent"
            )


@cache
def _builtin(name: str) -> Codebook:
    from alliance_nlp.codebook.reading import read_codebook  # it imports this module

    files = {path.stem: path for path in sorted(bundled("codebooks").glob("*.yaml"))}
    if name not in files:
        raise CodebookError(
            f"there is no built-in codebook {name!r}; there is {', '.join(map(repr, files))}"
        )
    return read_codebook(files[name])


def _turned(code: Code, language: str) -> Code:
    """Return the code with the texts of the language first, if it has them."""
    texts = {text.language: text for text in (replace(code, translations=()), *code.translations)}
    if language not in texts:
        return code
    first = texts.pop(language)
    return replace(first, translations=tuple(texts[other] for other in sorted(texts)))
