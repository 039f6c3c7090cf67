"""How the parts of this agent fare, written where `landed status` reads it.

Owns which of it is news. Must not run a part or decide what becomes of one that fails.
"""

import logging
import socket
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from agent.log import event
from store import clock, components
from store.database import Ledger

__all__ = ["Wall"]

_log = logging.getLogger("landed.agent")


class Wall:
    """Keeps in the ledger how each component fares. Safe for several threads."""

    def __init__(self, ledger: Ledger, now: Callable[[], datetime]) -> None:
        # the host, not the process: a restarted agent takes its old rows over
        self._ledger, self._now, self._agent = ledger, now, socket.gethostname()
        self._known: dict[str, str] = {}

    def fared(self, name: str, trouble: str) -> None:
        """Writes only changes: a success after a success is no news."""
        if self._known.get(name) == trouble:
            return
        of = {"agent": self._agent, "name": name, "trouble": trouble}
        # two threads, or agents, may have the same news at a time
        self._ledger.run(lambda tx: components.fared(tx, **of, now=self._now()))
        self._known[name] = trouble

    def alive(self) -> None:
        """Says that this agent runs, whatever its parts do; notices a clock that was set back."""
        step = self._ledger.run(self._seen)
        if step is not None:
            event(_log, logging.WARNING, "clock-set-back", by=step, done="what waited is due now")

    # tx is the ledger's affair: this layer does not know the database's types
    def _seen(self, tx: Any) -> timedelta | None:
        now = self._now()
        step = clock.set_back(tx, agent=self._agent, now=now)
        components.seen(tx, agent=self._agent, now=now)
        return step

    def has_only(self, names: Collection[str]) -> None:
        """Forgets the parts of an earlier configuration, whose troubles would stand for ever."""
        self._ledger.run(lambda tx: components.retire(tx, agent=self._agent, keep=names))
