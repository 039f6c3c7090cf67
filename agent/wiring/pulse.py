"""Whether the ledger can be written now: asked for the API's health, warned of in the log.

Owns that wiring. Must not make room.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from agent.config import Config
from agent.log import event
from agent.reconcile.room import shortage
from agent.wall import Wall
from agent.wiring.ledger import ledger_url
from store.database import Ledger
from store.errors import LedgerError, LedgerUnavailable
from store.room import look

__all__ = ["Pulse", "Shortages"]

_log = logging.getLogger("landed.agent")
_FOR = 5.0  # seconds for which an answer holds: whoever asks often costs no write each time


class Pulse:
    """Writes the least that there is into the ledger, for whoever asks. For several threads."""

    def __init__(
        self, config: Config, ledger: Ledger, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._url, self._clock = ledger_url(config), clock
        self._wall = Wall(ledger, lambda: datetime.now(UTC))
        self._lock = threading.Lock()
        self._until, self._trouble = -_FOR, LedgerError("")

    def check(self) -> None:
        """Raises LedgerError where nothing can be written down now."""
        with self._lock:
            if self._clock() >= self._until:
                self._trouble = self._beat()
                self._until = self._clock() + _FOR
            trouble = self._trouble
        if str(trouble):
            raise trouble

    def _beat(self) -> LedgerError:
        try:
            self._wall.alive()
        except LedgerError as error:
            return error
        # what was just written may have found room where a mail would not
        room = look(self._url)
        return LedgerUnavailable(shortage(room, 0) if room is not None else "")


class Shortages:
    """Says in the log when room gets short, once."""

    def __init__(self, config: Config) -> None:
        self._url, self._least = ledger_url(config), config.daemon.least_room << 20
        self._told = False

    def tell(self) -> None:
        """To be called now and then."""
        room = look(self._url)
        short = shortage(room, self._least) if room is not None else ""
        if short and not self._told:
            event(_log, logging.WARNING, "ledger-room", why=short)
        self._told = bool(short)
