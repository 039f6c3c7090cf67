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
    "no_ledger",
    "other_schema",
]


class LedgerError(Exception):
    """Something is wrong with the ledger; the message says what to do."""


class LedgerBusy(LedgerError):
    """Somebody else was faster. Nothing was written; do the same again."""


class LedgerUnavailable(LedgerError):
    """The ledger cannot be reached, read or written. Nothing was written."""


def no_ledger(where: str) -> LedgerUnavailable:
    """There is none where ("at /path") it is looked for, and whoever only reads makes none."""
    return LedgerUnavailable(
        f"there is no ledger {where}: the first `landed send` or `landed run` makes it; "
        "if there should be one, look at `ledger` in the configuration"
    )


def other_schema(where: str, *, found: str, wanted: str) -> LedgerUnavailable:
    """The ledger has tables of another version than those that this program works with."""
    todo = (
        "a newer program made it, so use that one"
        if found > wanted
        else "`landed run` brings it up to date"
    )
    return LedgerUnavailable(
        f"the ledger {where} has schema {found}, this program works with {wanted}: {todo}"
    )


class NoticeConflict(LedgerError):
    """The same notice key with other content."""


class AttemptFinished(LedgerError):
    """The attempt already ended otherwise; its record never changes."""


class ClaimLost(LedgerError):
    """The delivery is no longer this worker's to send: skip it, nothing was written."""
