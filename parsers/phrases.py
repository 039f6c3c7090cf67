"""Many phrases looked for in one pass over a text: the one room that knows the library.

Owns that a table of thousands of phrases costs no more than its text is long
(Aho-Corasick). Must not hold a phrase, nor know what one means.
"""

from collections.abc import Iterable

from ahocorasick_rs import BytesAhoCorasick, Implementation, MatchKind

__all__ = ["Phrases", "Signs"]

# of the library's forms the smallest: a larger one is faster only if nothing else runs
_FORM = Implementation.ContiguousNFA


class Phrases:
    """A set of phrases, none empty, to be found in texts; each has its place in the order given.

    Phrases and texts are compared as they stand. Time is linear in the text.
    """

    __slots__ = ("_search",)

    def __init__(self, phrases: Iterable[str]) -> None:
        self._search = BytesAhoCorasick(
            [phrase.encode() for phrase in phrases], implementation=_FORM
        ).find_matches_as_indexes

    def found(self, text: str) -> set[int]:
        """The places of the phrases that stand in text, also of those within others."""
        met = self._search(text.encode("utf-8", "surrogatepass"), overlapping=True)
        return {place for place, _, _ in met} if met else set()


class Signs:
    """Phrases of which one tells. Up to some sixty are looked for many times as fast."""

    __slots__ = ("_search",)

    def __init__(self, phrases: Iterable[str]) -> None:
        self._search = BytesAhoCorasick(
            [phrase.encode() for phrase in phrases],
            implementation=_FORM,
            matchkind=MatchKind.LeftmostFirst,
        ).find_matches_as_indexes

    def any(self, text: str) -> bool:
        """Whether one of them stands in text."""
        return bool(self._search(text.encode("utf-8", "surrogatepass")))

    def occurrences(self, text: str) -> list[tuple[int, int, int]]:
        """Place, start and end of phrases that stand in text, in order; of those that overlap one.

        start and end are offsets. The phrases must be ASCII, and have no question mark.
        """
        # one octet for each letter, so that offsets hold
        return self._search(text.encode("ascii", "replace"))
