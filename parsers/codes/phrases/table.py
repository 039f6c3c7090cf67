"""How a table is written: a reason, a strength, and one phrase a line."""

from parsers.codes.words import Row, Strength
from parsers.report import Reason

__all__ = ["rows"]


def rows(reason: Reason, strength: Strength, phrases: str) -> tuple[Row, ...]:
    """One row for each line of phrases; empty lines and what follows "#" do not count."""
    lines = (line.split("#", 1)[0].strip() for line in phrases.splitlines())
    return tuple(Row(line, reason, strength) for line in lines if line)
