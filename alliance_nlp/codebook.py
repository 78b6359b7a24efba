"""Make codebooks: the codes of a study, with definition, include, exclude and examples."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload


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
