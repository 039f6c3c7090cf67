"""How long an account is to be left alone: what one folder's watcher was told holds for all.

Owns that moment. Must not wait itself: whoever asks has a stop to heed.
"""

import threading
import time
from datetime import timedelta

__all__ = ["Rest"]


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
