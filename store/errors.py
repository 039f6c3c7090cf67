"""What can go wrong with the ledger, in words for whoever must act.

Owns the exceptions. Must not import the database: reports talk of these cheaply.
"""

__all__ = [
    "AttemptFinished",
    "ClaimLost",
    "LedgerBusy",
    "LedgerError",
    "LedgerUnavailable",
    "NoticeConflict",
]


class LedgerError(Exception):
    """Something is wrong with the ledger; the message says what to do."""


class LedgerBusy(LedgerError):
    """Somebody else was faster. Nothing was written; do the same again."""


class LedgerUnavailable(LedgerError):
    """The ledger cannot be reached, read or written. Nothing was written."""


class NoticeConflict(LedgerError):
    """The same notice key with other content."""


class AttemptFinished(LedgerError):
    """The attempt already ended otherwise; its record never changes."""


class ClaimLost(LedgerError):
    """The delivery is no longer this worker's to send: skip it, nothing was written."""
