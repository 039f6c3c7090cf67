"""How a table is written: a reason, a strength, and phrases.

Owns the notation. Phrases are as words.fold makes texts: lower case, no
punctuation, no apostrophes ("doesnt"), no addresses. " / " stands between
phrases, " * " for up to words.GAP characters, "#" before a comment.
"""

from parsers.codes.words import Row, Strength
from parsers.report import Reason

__all__ = ["rows"]


def rows(reason: Reason, strength: Strength, phrases: str) -> tuple[Row, ...]:
    """One row for each phrase."""
    lines = (line.split("#", 1)[0] for line in phrases.splitlines())
    found = (phrase.strip() for line in lines for phrase in line.split(" / "))
    return tuple(Row(phrase, reason, strength) for phrase in found if phrase)
