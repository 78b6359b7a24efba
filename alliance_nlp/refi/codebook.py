"""Write codebooks as .qdc, and make the codes of a project."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from alliance_nlp.codebook import Code
from alliance_nlp.errors import ExportError
from alliance_nlp.files import replacing
from alliance_nlp.refi.elements import (
    ORIGIN,
    clean_lines,
    element,
    guid,
    one_line,
    references,
    sentences,
    to_bytes,
)

_CODEBOOK = "urn:QDA-XML:codebook:1.0"
_HEADINGS = ("Include:", "Exclude:", "Examples:", "Source:")
_COLOURS = (
    "#332288", "#CC6677", "#117733", "#B8860B", "#0077BB", "#AA4499",
    "#44AA99", "#882255", "#999933", "#EE7733", "#661100", "#6699CC",
)  # fmt: skip


def write_codebook_qdc(path: str | Path, codebook: Iterable[Code]) -> list[str]:
    """Write a codebook as .qdc and return what could not be carried, one sentence each.

    Include, exclude, examples and source are put into the description, each below a heading on a
    line of its own.  Parents stay codable.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> write_codebook_qdc(folder / "study.qdc", [Code("trust", "Trust", "Feeling safe.")])
    []
    """
    codes = list(codebook)
    if not codes:
        raise ExportError(f"{path}: the codebook has no codes, and a .qdc file needs at least one")
    root = element("CodeBook", codes_element(codes, {}), xmlns=_CODEBOOK, origin=ORIGIN)
    with replacing(Path(path)) as file:
        file.write(to_bytes(root))
    return codebook_losses(codes)


def codes_element(codes: Sequence[Code], notes: Mapping[str, list[str]]) -> ET.Element:
    """Make the tree of codes, each with references to its notes."""
    ids = {code.id for code in codes}
    elements = {
        code.id: _code(code, _COLOURS[index % len(_COLOURS)], notes.get(code.id, []))
        for index, code in enumerate(codes)
    }
    top = element("Codes")
    for code in codes:
        parent = elements[code.parent] if code.parent in ids else top
        parent.append(elements[code.id])
    return top


def codebook_losses(codes: Sequence[Code]) -> list[str]:
    """Say what of a codebook the format cannot carry."""
    return sentences(
        {
            "Translations are not written; codes": [bool(one.translations) for one in codes],
            "Include, exclude, examples and source stand in the description; codes":
                [bool(one.include or one.exclude or one.examples or one.source) for one in codes],
            "The name is written on one line without control characters; codes":
                [one.name != one_line(one.name) for one in codes],
        }
    )  # fmt: skip


def _code(code: Code, colour: str, notes: Sequence[str]) -> ET.Element:
    description = _description(code)
    return element(
        "Code",
        *([element("Description", text=description)] if description else []),
        *references(notes),
        guid=guid("code", code.id),
        name=one_line(code.name) or one_line(code.id),
        isCodable="true",
        color=colour,
    )


def _description(code: Code) -> str:
    """Return all texts of a code, each but the definition below its heading.

    A line that looks like a heading is set in by a space, further lines of an example by two, so
    that the parts can be told apart again.
    """
    examples = "\n".join("- " + clean_lines(one).replace("\n", "\n  ") for one in code.examples)
    below = zip(_HEADINGS, (code.include, code.exclude, examples, code.source), strict=True)
    parts = [_set_in(code.definition)]
    parts += [f"{heading}\n{text}" for heading, each in below if (text := _set_in(each))]
    return "\n\n".join(filter(None, parts))


def _set_in(text: str) -> str:
    written = clean_lines(text).split("\n")
    return "\n".join(f" {line}" if line in _HEADINGS else line for line in written)
