"""Make one text with plain line ends from the bytes of a file, whatever program wrote it."""

import codecs
import re
from collections import Counter

from alliance_nlp.errors import TranscriptError

# The first bytes of files that are not text, and what to do about each.
_FOREIGN = {
    b"PK\x03\x04": "it is a zip archive or an Office document, not text; "
    "give it its own ending, such as .docx",
    b"%PDF": "it is a PDF, not text; save its text as .txt or .docx",
    b"{\\rtf": "it is rich text (RTF), not plain text; save it as .docx",
    b"\xd0\xcf\x11\xe0": "it is an old Word document or protected by a password; "
    "save it as .docx without a password",
}
# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# What a language of western Europe needs beyond ASCII.
_WESTERN = frozenset("åäöÅÄÖéÉèÈêàáâüÜæøÆØßçëïíóúñ’‘“”„–—…«»´°§½€• \u00a0")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f]")
_CONTROL_SHARE = 0.01
# Text in UTF-16 has hardly any other characters than everyday ones. Taken for UTF-16, the pairs of
# bytes of another encoding are Chinese characters at random, of which one in five is everyday.
_EVERYDAY_SHARE_UTF16 = 0.75
# In UTF-16 valid UTF-8 is as good as always Western, and every second byte a zero.
_ZERO_SHARE_UTF16 = 0.25


def decode(content: bytes, where: str) -> tuple[str, tuple[str, ...]]:
    r"""Return the text of a file with `\n` line ends, and what had to be repaired.

    A byte order mark or valid UTF-8 settles the encoding. Otherwise the candidates compete: the
    one under which most characters beyond ASCII are everyday ones wins. General detectors need
    more text than an interview of three lines has.

    Args:
        content: The bytes of the file.
        where: The name of the file in messages.

    >>> decode("Kurator: Hur mår du?\r\n".encode("cp1252"), "p01.txt")
    ('Kurator: Hur mår du?\n', ())
    """
    if not content:
        raise TranscriptError(f"{where}: the file is empty; copy or save the transcript again")
    for magic, remedy in _FOREIGN.items():
        if content.startswith(magic):
            raise TranscriptError(f"{where}: {remedy}")
    encoding, bare = _encoding(content)
    repairs: tuple[str, ...] = ()
    try:
        text = bare.decode(encoding)
    except UnicodeDecodeError:
        text = bare.decode(encoding, errors="replace")
        repairs = ("bytes that cannot be decoded were replaced by \ufffd",)
    if len(_CONTROL.findall(text)) > max(1, _CONTROL_SHARE * len(text)):
        raise TranscriptError(
            f"{where}: the file holds binary data, not text; save the transcript as .txt or .docx"
        )
    if "\0" in text:
        text = text.replace("\0", "")
        repairs += ("stray NUL bytes were removed",)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise TranscriptError(f"{where}: the file holds only blank space; save it again")
    return text, repairs


def _encoding(content: bytes) -> tuple[str, bytes]:
    """Return the encoding and the bytes without their mark."""
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            return encoding, content[len(mark) :]
    if _is_utf8(content) and content.count(0) < _ZERO_SHARE_UTF16 * len(content):
        return "utf-8", content
    return _unmarked_utf16(content) or _likeliest(content), content


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _unmarked_utf16(content: bytes) -> str:
    """Return the UTF-16 that zeros may betray, the high halves of letters and line ends."""
    if b"\0" not in content:
        return ""
    shares = {encoding: _utf16_share(content, encoding) for encoding in ("utf-16-le", "utf-16-be")}
    likeliest = max(shares, key=lambda encoding: shares[encoding])
    return likeliest if shares[likeliest] >= _EVERYDAY_SHARE_UTF16 else ""


def _utf16_share(content: bytes, encoding: str) -> float:
    """Return the share of everyday characters, which a NUL is not; 0 for what is no UTF-16."""
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return 0.0
    everyday = sum(
        n
        for character, n in Counter(text).items()
        if (character.isascii() and character != "\0")
        or any(_is_everyday(character, known) for known in ("cp1252", "gb18030", "big5"))
    )
    return everyday / len(text)


def _likeliest(content: bytes) -> str:
    """Return the candidate under which most characters beyond ASCII are everyday ones."""
    candidates = ("utf-8", "cp1252", "gb18030", "big5", "mac_roman")
    return max(candidates, key=lambda encoding: _everyday_share(content, encoding))


def _everyday_share(content: bytes, encoding: str) -> float:
    text = content.decode(encoding, errors="replace")
    seen = Counter(character for character in text if not character.isascii())
    everyday = sum(n for character, n in seen.items() if _is_everyday(character, encoding))
    return everyday / max(1, seen.total())


def _is_everyday(character: str, encoding: str) -> bool:
    if encoding == "utf-8":
        return character != "\ufffd"
    if encoding in ("cp1252", "mac_roman"):
        return character in _WESTERN
    # Both Chinese sets begin with punctuation and go on with the common characters.
    table, last = ("gb2312", 0xD7) if encoding == "gb18030" else ("big5", 0xC6)
    try:
        return character.encode(table)[0] <= last
    except UnicodeEncodeError:
        return False
