"""Overwrite names and quotations in a text, code point for code point, so that offsets stay."""

import re
from collections.abc import Iterable

BLOCK = "█"

# A letter or digit of a script with spaces between words; Chinese has none to look for.
_IN_WORD = r"[^\W_\u3400-\u9fff]"
# So many bytes of letters in a row, about seven English words or ten Chinese characters, are a
# quotation and no longer a turn of phrase that two people share; so is a whole shorter sentence.
_QUOTATION_BYTES = 30
_SENTENCE_BYTES = 20


def overwrite(text: str, start: int = 0, end: int | None = None) -> str:
    r"""Overwrite `text[start:end]`, lines apart.

    >>> overwrite("Eva: Nej.\nOk.", 5)
    'Eva: ████\n███'
    """
    end = len(text) if end is None else end
    return text[:start] + re.sub(r"[^\n]", BLOCK, text[start:end]) + text[end:]


class Names:
    """The names of a participant, found as whole words, as written or in capitals.

    >>> Names(["Anna"]).overwrite("ANNA och Annas mamma: Annandag.")
    '████ och ████s mamma: Annandag.'
    >>> Names(["李明"]).overwrite("我和李明说过。")
    '我和██说过。'
    """

    def __init__(self, names: Iterable[str]) -> None:
        forms = {form for name in names for form in (name, name.upper(), name.title())}
        longest_first = sorted(filter(None, forms), key=lambda form: (-len(form), form))
        words = "|".join(map(_as_word, longest_first))
        self._pattern = re.compile(words or r"(?!)")  # no names: nothing is found

    def overwrite(self, text: str) -> str:
        """Overwrite the names in a text."""
        return self._pattern.sub(lambda found: overwrite(found[0]), text)


class Quotations:
    """Passages of what a participant said, found whatever their case, spacing and punctuation.

    >>> said = Quotations(["Jag vågade inte säga något till henne då."])
    >>> said.overwrite("Stark: 'jag vågade inte säga något till henne', första samtalet.")
    "Stark: '█████████████████████████████████████', första samtalet."
    """

    def __init__(self, passages: Iterable[str]) -> None:
        self._known: dict[int, set[bytes]] = {}  # by length
        for passage in passages:
            letters, _ = _letters(passage)
            size = min(len(letters), _QUOTATION_BYTES)
            if size >= _SENTENCE_BYTES:
                known = self._known.setdefault(size, set())
                known.update(letters[at : at + size] for at in range(len(letters) - size + 1))

    def overwrite(self, text: str) -> str:
        """Overwrite the quotations in a text."""
        letters, places = _letters(text)
        for size, known in self._known.items():
            for at in range(len(letters) - size + 1):
                if letters[at : at + size] in known:
                    text = overwrite(text, places[at], places[at + size - 1] + 1)
        return text


def _as_word(name: str) -> str:
    before = rf"(?<!{_IN_WORD})" if re.match(_IN_WORD, name[0]) else ""
    # The genitive is the name too: Anna's, Annas.
    after = rf"(?=(?:['’]?s)?(?!{_IN_WORD}))" if re.match(_IN_WORD, name[-1]) else ""
    return before + re.escape(name) + after


def _letters(text: str) -> tuple[bytes, list[int]]:
    """Return the letters of a text in lower case as bytes, and the place of each byte."""
    letters = bytearray()
    places: list[int] = []
    for place, character in enumerate(text):
        if character.isalnum():
            encoded = character.casefold().encode()
            letters += encoded
            places += [place] * len(encoded)
    return bytes(letters), places
