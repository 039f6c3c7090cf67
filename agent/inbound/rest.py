"""How long an account is to be left alone: what one folder's watcher was told holds for all.

Owns that moment, and that it is told to whoever asks for the status. Must not wait itself:
whoever asks has a stop to heed.
"""

import threading
import time
from contextlib import suppress
from datetime import datetime, timedelta

from store import channels
from store.database import Ledger, LedgerError

__all__ = ["Rest", "put_off"]

_SOON = timedelta(seconds=10)  # over before anybody has read it


def put_off(ledger: Ledger, channel: str, wait: timedelta, now: datetime) -> None:
    """Note for people that the channel, which is known already, is tried again only then."""
    if wait >= _SOON:
        with suppress(LedgerError):  # which stops the watcher elsewhere, in words
            ledger.run(lambda tx: channels.put_off(tx, channel, now + wait))


class Rest:
    """Shared by the watchers of one account; safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until = 0.0

    def ask(self, wait: timedelta) -> None:
        """Leave it alone for so long from now, or longer where that was asked before."""
        with self._lock:
            self._until = max(self._until, time.monotonic() + wait.total_seconds())

    def left(self) -> timedelta:
        """How long still; nothing where it may be used."""
        with self._lock:
            return timedelta(seconds=max(0.0, self._until - time.monotonic()))
