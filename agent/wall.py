"""Keeps in the ledger how each part of an agent fares, for `landed status`."""

import socket
from datetime import UTC, datetime

from store import components
from store.database import Ledger

__all__ = ["Wall"]


class Wall:
    """A Witness (agent.supervise) that every part of one process shares."""

    def __init__(self, ledger: Ledger) -> None:
        # the host, not the process: a restarted agent takes its old rows over
        self._ledger, self._agent = ledger, socket.gethostname()
        self._known: dict[str, str] = {}

    def fared(self, name: str, trouble: str) -> None:
        """Writes only changes: a success after a success is no news."""
        if self._known.get(name) == trouble:
            return
        with self._ledger.transaction() as tx:
            components.fared(
                tx, agent=self._agent, name=name, trouble=trouble, now=datetime.now(UTC)
            )
        self._known[name] = trouble
