"""One thread's turns under the limits: what it claimed goes now, later, or by others.

Owns giving back what may not go, and the one counted line that a thread has at a
time. Must not send, and decides nothing: the gate does.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Protocol, TypeVar

from agent.log import event
from agent.outbound.sending.gate import Admission, Gate
from store import outbox
from store.database import Ledger
from store.outbox import Outgoing

__all__ = ["Turns"]

_LOG = logging.getLogger("landed.send")


class _Line(Protocol):
    def close(self) -> None: ...


L = TypeVar("L", bound=_Line)


class Turns:
    """worker holds the claims. Not for several threads."""

    def __init__(
        self, gate: Gate, ledger: Ledger, worker: str, now: Callable[[], datetime]
    ) -> None:
        self._gate = gate
        self._ledger = ledger
        self._worker = worker
        self._now = now
        self._seat = ""  # the route to which this thread has a counted line
        self.avoid: set[str] = set()  # recipient domains whose mail others carry

    def is_free(self, route: str, one: Outgoing) -> bool:
        """Whether no limit is on that message by route, so that it need not ask."""
        return self._gate.is_free(route, one)

    def take_seat(self, route: str, lines: dict[str, L]) -> bool:
        """Whether there may be a line to route; a counted one to another route is closed."""
        if self._seat == route:
            return True
        self.stand_up(lines)
        if not self._gate.is_counted(route):
            return True
        if not self._gate.enter(route):
            return False
        self._seat = route
        return True

    def stand_up(self, lines: dict[str, L]) -> None:
        """Ends the counted line, where there is one, and leaves its place to others."""
        if self._seat:
            line = lines.pop(self._seat, None)
            if line is not None:
                line.close()
            self._gate.leave(self._seat)
            self._seat = ""

    def ask(self, route: str, waiting: Sequence[Outgoing], most: int) -> Admission:
        """Who of waiting goes by route now; what may not is given back."""
        admission = self._gate.admit(route, waiting, most, self._now())
        if admission.later:
            due = admission.later
            self._ledger.run(partial(outbox.put_off, due=due, worker=self._worker))
            until = min(due.values())
            event(_LOG, logging.INFO, "limited", route=route, deliveries=len(due), until=until)
        self.leave_to_others(admission.crowded)
        return admission

    def leave_to_others(self, those: Sequence[Outgoing]) -> None:
        """Gives back what only a line could carry that another thread has."""
        if those:
            ids = [one.delivery_id for one in those]
            self._ledger.run(partial(outbox.release, delivery_ids=ids, worker=self._worker))
            self.avoid.update(one.address.rpartition("@")[2] for one in those)

    def over(self, admission: Admission, heard: set[int] | None) -> None:
        """Those who went are through; heard: of these the server may know, None: of all."""
        gone = {one.delivery_id for one in admission.go}
        self._gate.done(admission.permit, gone if heard is None else heard, self._now())
