"""How a table is written: a reason, a strength, and phrases.

Owns the notation. Phrases are as words.fold makes texts: lower case, no
punctuation, no apostrophes ("doesnt"), no addresses; of the spellings that
words.py takes for one ("isnt", "was not", "e mail") any will do. " / " stands between
phrases, " * " for up to words.GAP characters, "#" before a comment. Every phrase
has its line in tests/data/verdict-phrases.tsv, and decides that line alone.
"""

from parsers.codes.words import Row, Strength
from parsers.report import Reason

__all__ = ["lines", "rows"]

_MARKS = {"!": Strength.CERTAIN, "?": Strength.PLAIN, "": Strength.DECISIVE}


def rows(reason: Reason, strength: Strength, phrases: str) -> tuple[Row, ...]:
    """One row for each phrase."""
    texts = (line.split("#", 1)[0] for line in phrases.splitlines())
    found = (phrase.strip() for text in texts for phrase in text.split(" / "))
    return tuple(Row(phrase, reason, strength) for phrase in found if phrase)


def lines(table: str) -> tuple[Row, ...]:
    """The short notation: "reason: phrases"; "!" after a reason is certain, "?" plain.

    Without a mark it is decisive. A line that begins with a blank goes on with the one before.
    """
    found: list[Row] = []
    reason, strength = Reason.UNDEFINED, Strength.PLAIN
    for line in table.strip("\n").splitlines():
        phrases = line
        if line[:1].isalpha():
            head, _, phrases = line.partition(":")
            name = head.rstrip("!?")
            reason, strength = Reason(name), _MARKS[head[len(name) :]]
        found += rows(reason, strength, phrases)
    return tuple(found)
