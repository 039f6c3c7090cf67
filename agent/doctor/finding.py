"""What an examination finds, and what to do about it.

Owns the two words that every examination speaks in. Must not examine.
"""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Finding", "Level"]


class Level(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    NOTE = "note"  # works, with a limit worth knowing
    FAIL = "fail"  # landed cannot do its work


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what was found, and what to do about it."""

    level: Level
    subject: str
    found: str
    todo: str = ""
