"""Where addresses stand in a text, however many of them are asked for.

Owns that a report of a thousand recipients is read in time linear in its length: to
search the text for each takes the square of it. Must not know what stands there.
"""

import re

from parsers.lazy import lazy

__all__ = ["Places"]

# what stands with a sign of addresses between the blanks and brackets around one
_WORD = re.compile(r"(?<![^\s<>()\[\]\",;:])[^\s<>()\[\]\",;:@]*+@[^\s<>()\[\]\",;:]*+")
_FEW = 50  # addresses, each of which is looked for


class Places:
    """The first place of each address in one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._asked = 0

    def find(self, address: str) -> int:
        """The offset at which address (not empty) stands first, or -1.

        Beyond the first few to be asked for, it must stand there as a word of its own.
        """
        self._asked += 1
        if self._asked > _FEW:
            return self._words.get(address, -1)
        return self._text.find(address)

    @lazy
    def _words(self) -> dict[str, int]:
        places: dict[str, int] = {}
        for found in _WORD.finditer(self._text):
            word = found[0]
            bare = word.strip("'")
            places.setdefault(bare.rstrip("."), found.start() + word.find(bare))
        return places
