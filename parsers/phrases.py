"""Many phrases looked for in one pass over a text: the one room that knows the library.

Owns that a table of thousands of phrases costs no more than its text is long
(Aho-Corasick). Must not hold a phrase, nor know what one means.
"""

from collections.abc import Callable, Iterable

from ahocorasick_rs import BytesAhoCorasick, Implementation, MatchKind

from parsers.lazy import lazy

__all__ = ["Phrases"]

# gives place, start and end of each
_Search = Callable[..., list[tuple[int, int, int]]]

# of so many the fastest of the library's kinds takes too long to build, and too much room
_MANY = 1_000


class Phrases:
    """A set of phrases, none empty, to be found in texts; each has its place in the order given.

    Phrases and texts are compared as they stand. Time is linear in the text.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        self._phrases = [_octets(phrase) for phrase in phrases]

    @lazy
    def _all(self) -> _Search:
        """Finds all, also those within others."""
        small = len(self._phrases) < _MANY
        kind = Implementation.DFA if small else Implementation.ContiguousNFA
        return BytesAhoCorasick(self._phrases, implementation=kind).find_matches_as_indexes

    @lazy
    def _apart(self) -> _Search:
        """Finds those that do not overlap: up to some sixty of them many times as fast."""
        return BytesAhoCorasick(
            self._phrases,
            implementation=Implementation.DFA,
            matchkind=MatchKind.LeftmostFirst,
        ).find_matches_as_indexes

    def found(self, text: str) -> set[int]:
        """The places of the phrases that stand in text."""
        met = self._all(_octets(text), overlapping=True)
        return {place for place, _, _ in met}

    def any(self, text: str) -> bool:
        """Whether one of them stands in text."""
        return bool(self._apart(_octets(text)))

    def occurrences(self, text: str) -> list[tuple[int, int, int]]:
        """Place, start and end of phrases that stand in text, in order; of those that overlap one.

        The place is that in the order given, start and end are offsets.
        """
        octets = _octets(text)
        met = self._apart(octets)
        if len(octets) == len(text):
            return met
        found, before, at = [], 0, 0
        for place, start, end in met:
            at += len(octets[before:start].decode("utf-8", "surrogatepass"))
            before = start
            length = len(octets[start:end].decode())
            found.append((place, at, at + length))
        return found


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
