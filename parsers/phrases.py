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


class Phrases:
    """A set of phrases, none empty, to be found in texts; each has its place in the order given.

    Phrases and texts are compared as they stand. Time is linear in the text.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        self._phrases = [phrase.encode() for phrase in phrases]

    @lazy
    def _all(self) -> _Search:
        """Finds all, also those within others."""
        return self._search(MatchKind.Standard)

    @lazy
    def _apart(self) -> _Search:
        """Finds those that do not overlap: up to some sixty of them many times as fast."""
        return self._search(MatchKind.LeftmostFirst)

    def _search(self, kind: MatchKind) -> _Search:
        # of the library's forms the smallest: a larger one is faster only if nothing else runs
        form = Implementation.ContiguousNFA
        automaton = BytesAhoCorasick(self._phrases, implementation=form, matchkind=kind)
        return automaton.find_matches_as_indexes

    def found(self, text: str) -> set[int]:
        """The places of the phrases that stand in text."""
        octets = text.encode("utf-8", "surrogatepass")
        return {place for place, _, _ in self._all(octets, overlapping=True)}

    def any(self, text: str) -> bool:
        """Whether one of them stands in text."""
        return bool(self._apart(text.encode("utf-8", "surrogatepass")))

    def occurrences(self, text: str) -> list[tuple[int, int, int]]:
        """Place, start and end of phrases that stand in text, in order; of those that overlap one.

        start and end are offsets. The phrases must be ASCII, and have no question mark.
        """
        # one octet for each letter, so that offsets hold
        return self._apart(text.encode("ascii", "replace"))
