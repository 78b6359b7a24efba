"""Make XML elements, identifiers and texts that the tools on the other side can read."""

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from alliance_nlp import __version__

ORIGIN = f"alliance_nlp {__version__}"
_GUIDS = uuid.UUID("f1e471cd-bb8d-508d-bc84-2ffd2ce67e46")  # never changes: files out there use it
_NOT_XML = re.compile(r"[^\t\n -~\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What tools count differently or cannot read in a plain text: a mark at the start, CR, half pairs.
_NOT_PLAIN = re.compile(r"\A\ufeff|[\r\ud800-\udfff]")


def element(
    tag: str, *children: ET.Element, text: str | None = None, **attributes: str | None
) -> ET.Element:
    """Make an element; an attribute that is `None` is left out."""
    made = ET.Element(tag, {key: value for key, value in attributes.items() if value is not None})
    made.extend(children)
    made.text = text
    return made


def box(tag: str, children: Sequence[ET.Element]) -> list[ET.Element]:
    """Return the container with its children, or nothing: empty containers are invalid."""
    return [element(tag, *children)] if children else []


def references(notes: Iterable[str]) -> list[ET.Element]:
    """Refer to notes by their identifiers."""
    return [element("NoteRef", targetGUID=note) for note in notes]


def guid(*parts: str) -> str:
    """Derive an identifier from what it stands for."""
    # The parts are joined by a character that none of them ought to have.
    return str(uuid.uuid5(_GUIDS, _NOT_PLAIN.sub(" ", "\x1f".join(parts))))


def one_line(text: str) -> str:
    """Return a text as one line without characters that XML or other tools refuse."""
    return " ".join(filter(None, (_NOT_XML.sub("", word) for word in text.split())))


def clean_lines(text: str) -> str:
    """Return a text of several lines without characters that XML refuses."""
    return _NOT_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def plain(text: str) -> str:
    """Replace what tools would count differently by one space each, so that offsets stay."""
    return _NOT_PLAIN.sub(" ", text)


def utc(moment: str) -> str | None:
    """Write a time as the schema has it, `None` if it is not ISO 8601."""
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    at = at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def to_bytes(root: ET.Element) -> bytes:
    """Write an XML file."""
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written


def sentences(found: Mapping[str, Sequence[bool]]) -> list[str]:
    """Say how often each thing was found that the format cannot carry."""
    return [f"{sentence}: {sum(each):,}." for sentence, each in found.items() if any(each)]
