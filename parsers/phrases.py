"""Many phrases looked for in one pass over a text: the one room that knows the library.

Owns that a table of thousands of phrases costs no more than its text is long
(Aho-Corasick). Must not hold a phrase, nor know what one means.
"""

from collections.abc import Iterable

from ahocorasick_rs import AhoCorasick, Implementation

__all__ = ["Phrases"]

# of so many the fastest of the library's kinds takes too long to build, and too much room
_MANY = 1_000


class Phrases:
    """A set of phrases, none empty, to be found in texts; each has its place in the order given.

    Phrases and texts are compared as they stand. Time is linear in the text.
    """

    __slots__ = ("_search",)

    def __init__(self, phrases: Iterable[str]) -> None:
        phrases = tuple(phrases)
        small = len(phrases) < _MANY
        self._search = AhoCorasick(
            phrases,
            store_patterns=False,
            implementation=Implementation.DFA if small else Implementation.ContiguousNFA,
        ).find_matches_as_indexes

    def places(self, text: str) -> list[tuple[int, int, int]]:
        """Each occurrence of a phrase in text, in the order of their ends: place, start, end."""
        return self._search(text, overlapping=True)

    def found(self, text: str) -> set[int]:
        """The places of the phrases that stand in text."""
        return {place for place, _, _ in self._search(text, overlapping=True)}

    def any(self, text: str) -> bool:
        """Whether one of them stands in text."""
        return bool(self._search(text))
