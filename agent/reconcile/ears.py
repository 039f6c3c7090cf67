"""A while for the channels to be read before anything is told of what was heard.

Owns that wait. Must not read a channel: whoever does notes it in the ledger. After a time in
which nothing ran, a digest would else tell of silence that lasts for one more second.
"""

import threading
import time
from datetime import datetime, timedelta

from store import channels
from store.database import Ledger

__all__ = ["wait_for_ears"]

_PAUSE = 0.25  # seconds between two looks


def wait_for_ears(
    ledger: Ledger, since: datetime, stop: threading.Event, *, at_most: timedelta
) -> None:
    """Until each channel was read to its end since then, or fails. Raises LedgerError."""
    until = time.monotonic() + at_most.total_seconds()
    while time.monotonic() < until:
        with ledger.transaction(read_only=True) as tx:
            if not channels.unread(tx, since):
                return
        if stop.wait(_PAUSE):
            return
