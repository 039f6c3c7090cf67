"""Many phrases looked for in one pass over a text: the one room that knows the library.

Owns that a table of thousands of phrases costs no more than its text is long
(Aho-Corasick). Must not hold a phrase, nor know what one means.
"""

from collections.abc import Iterable

from ahocorasick_rs import AhoCorasick, Implementation

__all__ = ["Phrases"]


class Phrases:
    """A set of phrases, none empty, to be found in texts; each has its place in the order given.

    Phrases and texts are compared as they stand. Time is linear in the text.
    """

    __slots__ = ("_search",)

    def __init__(self, phrases: Iterable[str]) -> None:
        self._search = AhoCorasick(
            # of the library's kinds the fastest here to build, and as fast as any to search
            phrases, store_patterns=False, implementation=Implementation.ContiguousNFA
        ).find_matches_as_indexes  # fmt: skip

    def found(self, text: str) -> set[int]:
        """The places of the phrases that stand in text."""
        return {place for place, _, _ in self._search(text, overlapping=True)}

    def any(self, text: str) -> bool:
        """Whether one of them stands in text."""
        return bool(self._search(text))
