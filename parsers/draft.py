"""What one reader made of a message, before the envelope of the report is put around it.

Owns the value that readers hand to read.py. Must not decide anything.
"""

from datetime import datetime

from msgspec import Struct

from parsers.report import Kind, RecipientReport

__all__ = ["Draft"]


class Draft(Struct, frozen=True):
    """One reader's reading. Absent things are "" (or None)."""

    kind: Kind
    detector: str  # which reader, or which sender's form
    words: str = ""  # on which words it spoke, for --explain
    recipients: tuple[RecipientReport, ...] = ()
    original_message_id: str = ""
    envelope_id: str = ""
    feedback_type: str = ""
    text: str = ""  # a person's or a responder's own words
    until: datetime | None = None
    deputy: str = ""
    notes: tuple[str, ...] = ()
