"""Turning the drivers' errors into ours.

Owns translate(). Must not retry or hide anything: when an error rises here,
the transaction is already rolled back.
"""

from sqlalchemy import exc

from store.errors import LedgerBusy, LedgerError, LedgerUnavailable

__all__ = ["translate"]

# SQLSTATE: lock not available, deadlock, serialization failure, unique violation, foreign key
_BUSY_STATES = frozenset({"55P03", "40P01", "40001", "23505", "23503"})


def translate(error: exc.SQLAlchemyError, where: str) -> LedgerError:
    """The error of ours for a driver's error. where names the ledger, without a password."""
    cause = getattr(error, "orig", None)
    said = " ".join(str(cause if cause is not None else error).split())[:300]
    state = str(getattr(cause, "sqlstate", None) or "")
    name = str(getattr(cause, "sqlite_errorname", None) or "")
    if "no such table" in said or state == "42P01":
        return LedgerUnavailable(
            f"the ledger {where} has no tables of ours; `landed run` makes them"
        )
    if (
        isinstance(error, exc.IntegrityError)
        or state in _BUSY_STATES
        or name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
    ):
        return LedgerBusy(
            f"the ledger {where} was changed by somebody else at the same moment ({said}); "
            "nothing was written, try again"
        )
    if _out_of_reach(error, name):
        return LedgerUnavailable(
            f"the ledger {where} does not answer ({said}); nothing was written: check that the "
            "disk has room and may be written, or that the database server runs"
        )
    return LedgerError(f"the ledger {where} refused a statement ({said}); nothing was written")


def _out_of_reach(error: exc.SQLAlchemyError, name: str) -> bool:
    """Whether the file, the disk or the server is at fault, not what was asked."""
    if name:
        return name != "SQLITE_ERROR"  # I/O, full, read-only, corrupt, not a database
    if isinstance(error, exc.TimeoutError):  # of the pool of connections
        return True
    lost = isinstance(error, exc.OperationalError | exc.InterfaceError)
    return lost or (isinstance(error, exc.DBAPIError) and error.connection_invalidated)
