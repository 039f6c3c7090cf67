"""The matching engine: which phrases of the tables a diagnostic contains, fast.

Owns how texts and phrases are folded to comparable form, and the index from
words to phrases. Must not know any phrase: rows come from the tables.

A phrase is looked for only when its rarest pair of words occurs in the text, so that
hundreds of phrases cost no more than the words of the text.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from enum import IntEnum
from itertools import compress, pairwise
from typing import NamedTuple

from parsers.report import Reason

__all__ = ["GAP", "MAX_TRIED", "Finder", "Row", "Strength", "fold"]

GAP = 120  # characters that may stand for "*" in a phrase
MAX_TRIED = 400  # phrases looked for in one text, front words first; real ones need under 100


class Strength(IntEnum):
    """How much a phrase decides; the even numbers between are iana.Weight's."""

    FAINT = 1  # used for anything: counts only where code and other words say nothing
    PLAIN = 3  # means what it says; a precise code is stronger
    DECISIVE = 5  # nothing else is ever meant by it
    CERTAIN = 7  # a whole sentence of one system: goes before other words in the same text


class Row(NamedTuple):
    """One line of a table. " * " in the phrase stands for at most GAP characters."""

    phrase: str
    reason: Reason
    strength: Strength


# Apostrophes, what NFKD splits off (accents, Japanese sound marks, Arabic vowel signs), and
# what has no width.
_NOTHING = re.compile("['’‘`\u0300-\u036f\u3099\u309a\u064b-\u065f\u200b-\u200f]+")
_PUNCTUATION = re.compile(r"[^\w\s]+|_+")
# The same for pure ASCII, which is nearly everything, several times as fast.
_ASCII = bytes(i if chr(i).isalnum() else 32 for i in range(128)) + bytes(128)
_DROPPED = b"'`"


def _after_address(word: str) -> str:
    """What is left without an address: Barracuda writes "(a@b.example:blocked)"."""
    if "@" not in word:
        return word
    rest = word.rpartition(":")[2]
    return "" if "@" in rest else rest


def fold(text: str) -> str:
    """Text in comparable form: lower case, no accents, words apart by one blank, no addresses.

    A blank stands at both ends, so that a phrase matches whole words only.
    """
    text = text.lower()
    if "@" in text:
        text = " ".join([_after_address(word) for word in text.split()])
    if text.isascii():
        text = text.encode().translate(_ASCII, _DROPPED).decode()
    else:
        text = _NOTHING.sub("", unicodedata.normalize("NFKD", text).casefold())
        text = _PUNCTUATION.sub(" ", text)
    return f" {' '.join(text.split())} "


# So common in notices that they make poor anchors: a phrase that has another takes that.
_COMMON_WORDS = """
a about account address again and are at be been by can cannot client com connection could
data delivered delivery did do does domain email error failed failure for from google has
have he help host http https if in information invalid ip is it its mail mailbox message
more net no not of on or org our out outlook please policy reason recipient rejected
remote reply said see sender sending server smtp sorry space support system that the their
this to try unable user visit was we will with you your 5 550 554 7 1 0 2
"""
_COMMON = frozenset(_COMMON_WORDS.split())


class _Entry(NamedTuple):
    first: str
    rest: tuple[str, ...]
    place: int


class Finder:
    """An index over rows, which come in order of precedence, the strongest first.

    A phrase hangs on the rarest pair of words that follow each other in it, or on its
    rarest word where no two do: few phrases share a pair, many a word.
    """

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = tuple(rows)
        self._pairs: dict[str, dict[str, list[_Entry]]] = {}  # by a word, then by the next
        self._single: dict[str, list[_Entry]] = {}
        self._unspaced: list[_Entry] = []
        spaced: list[tuple[_Entry, list[tuple[str, str]]]] = []
        for place, row in enumerate(rows):
            parts = [fold(part) for part in row.phrase.split(" * ")]
            if max(parts[0]) >= "\u0e00":  # written without blanks between words
                self._unspaced.append(_Entry(parts[0].strip(), (), place))
            else:
                spaced.append((_Entry(parts[0], tuple(parts[1:]), place), _anchors(parts)))
        count = Counter(pair for _, pairs in spaced for pair in pairs)
        for entry, pairs in spaced:
            first, second = min(
                pairs, key=lambda pair: (pair[0] in _COMMON and not pair[1], count[pair])
            )
            anchored = self._pairs.setdefault(first, {}) if second else self._single
            anchored.setdefault(second or first, []).append(entry)

    def find(self, folded: str) -> list[Row]:
        """Every row whose phrase stands in folded (see fold), in order of precedence."""
        return [self._rows[place] for place in sorted(set(self._places(folded)))]

    def first(self, folded: str) -> Row | None:
        """The row that goes before all others whose phrases stand in folded."""
        places = self._places(folded)
        return self._rows[min(places)] if places else None

    def _places(self, folded: str) -> list[int]:
        pairs, single = self._pairs, self._single
        words = folded.split()
        met: list[_Entry] = []
        # the words that begin no pair are left out by a loop in C
        for word, after in compress(pairwise(words), map(pairs.__contains__, words)):
            if (entries := pairs[word].get(after)) is not None:
                met += entries
        for word in filter(single.__contains__, words):
            met += single[word]
        found = [
            place
            for first, rest, place in met[:MAX_TRIED]
            if first in folded and (not rest or _follows(first, rest, folded))
        ]
        if not folded.isascii():
            found += [place for first, _, place in self._unspaced if first in folded]
        return found


def _anchors(parts: list[str]) -> list[tuple[str, str]]:
    """The pairs of words that follow each other within a part; without any, the words alone."""
    split = [part.split() for part in parts]
    pairs = [pair for words in split for pair in pairwise(words)]
    return pairs or [(word, "") for words in split for word in words]


def _follows(first: str, rest: tuple[str, ...], folded: str) -> bool:
    """Whether the other parts come after some occurrence of the first, each within GAP."""
    start = folded.find(first)
    for _ in range(4):  # occurrences of the first part that are tried
        at = start + len(first)
        for part in rest:
            at = folded.find(part, at - 1, at + GAP + len(part))
            if at < 0:
                break
            at += len(part)
        else:
            return True
        start = folded.find(first, start + 1)
        if start < 0:
            return False
    return False
