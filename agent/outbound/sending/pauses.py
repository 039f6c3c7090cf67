"""Routes that do not answer, or refuse us: paused, and tried by one probe at a time.

Owns how long a route rests, who may try it next, and whose a refusal of us is. A
relay that is down costs one attempt per pause, not one per delivery. Lives in
memory: another process finds out by itself. Safe for several threads.
"""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

__all__ = ["Blame", "Pauses", "Retry"]

_BACK = timedelta(minutes=1)  # by less the moments of several threads may differ
_DOUBLINGS = 20  # a million times the first wait; more could overflow


@dataclass(frozen=True, slots=True)
class Retry:
    """Waits that double from first to longest, each drawn from its upper half."""

    first: timedelta
    longest: timedelta

    def wait(self, failures: int, draw: Callable[[], float]) -> timedelta:
        """How long to wait after that many failures (1, 2, ...); draw gives 0 <= x < 1.

        Many that failed together do not come back together.
        """
        whole: timedelta = min(
            self.first * 2 ** min(max(failures, 1) - 1, _DOUBLINGS), self.longest
        )
        return whole * (0.5 + 0.5 * draw())


class Blame(Enum):
    """Whose a refusal of us is, once it is seen beside the others by that route."""

    ROUTE = "route"  # nothing was taken since the one before: everybody fares so
    DOUBT = "doubt"  # right after other mail was taken: this one is tried once more
    DELIVERY = "delivery"  # tried again, and other mail is taken still: it is this one's


@dataclass(slots=True)
class _Route:
    since: datetime | None = None  # resting
    until: datetime | None = None  # till then
    why: str = ""
    tried: bool = False
    failures: int = 0
    prober: str = ""  # the worker that is trying it now
    begun: bool = False  # and has begun its one attempt
    takes: bool = False  # mail was taken, and no refusal of us came since
    of_us: bool = False  # it rests since it refuses us
    parked: dict[int, str] = field(default_factory=dict)  # delivery and the worker it waits with

    def rests(self, now: datetime) -> bool:
        if self.since is None or self.until is None:
            return False
        # long before it began to rest: the clock was set back
        return bool(self.prober) or self.since - _BACK <= now < self.until


class Pauses:
    """Which routes rest, and the deliveries that wait for them."""

    def __init__(self, retry: Retry, chance: random.Random) -> None:
        self._retry = retry
        self._chance = chance
        self._lock = threading.Lock()
        self._routes: dict[str, _Route] = {}

    def rests(self, route: str, now: datetime) -> bool:
        """Whether nothing should be sent by route now."""
        with self._lock:
            known = self._routes.get(route)
            return known is not None and known.rests(now)

    def may_use(self, route: str, now: datetime, worker: str) -> bool:
        """Whether worker may try route now. True once for one that has rested: that one probes.

        Whoever got True tells the end by reached(), missed() or abandoned().
        """
        with self._lock:
            known = self._routes.get(route)
            if known is None or known.until is None:
                return True
            if known.rests(now):
                return False
            known.prober, known.begun = worker, False
            return True

    def room(self, route: str, most: int, worker: str) -> int:
        """How many of most worker may begin: one where it probes the route, none while it rests."""
        with self._lock:
            known = self._routes.get(route)
            if known is None or known.until is None:
                return most
            if known.prober != worker or known.begun or not most:
                return 0
            known.begun = True
            return 1

    def refused(self, route: str, *, again: bool) -> Blame:
        """A relay that answers refuses us. again: it was not the delivery's first attempt.

        Of one that takes other mail a single such refusal says little: some do not let
        us write to one recipient, and say it in the words by which they refuse a sender.
        """
        with self._lock:
            known = self._routes.setdefault(route, _Route())
            if not known.takes:
                return Blame.ROUTE
            known.takes = again
            return Blame.DELIVERY if again else Blame.DOUBT

    def reached(self, route: str, *, took: bool = False) -> bool:
        """The route answered, and took a message or not. True when it had been resting."""
        with self._lock:
            known = self._routes.get(route)
            if known is None:
                known = self._routes[route] = _Route()
            known.tried = True
            known.takes = took or known.takes
            if known.until is None:
                return False
            known.until, known.failures, known.prober = None, 0, ""
            return True

    def trouble(self, route: str) -> str | None:
        """Why the route does not answer; "" for one that did when last tried, None for untried."""
        with self._lock:
            known = self._routes.get(route)
            if known is None or not known.tried:
                return None
            return "" if known.until is None else known.why

    def refuses_us(self, route: str) -> bool:
        """Whether it rests since its relay refuses us."""
        with self._lock:
            known = self._routes.get(route)
            return known is not None and known.until is not None and known.of_us

    def missed(self, route: str, now: datetime, why: str = "", *, of_us: bool = False) -> datetime:
        """The route did not answer, or refuses us, for this reason; until when it rests."""
        with self._lock:
            known = self._routes.setdefault(route, _Route())
            known.why, known.tried, known.of_us = why, True, of_us
            if known.prober or known.until is None:
                known.failures += 1
                known.since = now
                known.until = now + self._retry.wait(known.failures, self._chance.random)
                known.prober = ""
            return known.until

    def abandoned(self, route: str, worker: str) -> None:
        """What worker tried ended without an answer either way: was it the probe, the next one may.

        One that was on its way since before the rest ends nobody else's probe.
        """
        with self._lock:
            known = self._routes.get(route)
            if known is not None and known.prober == worker:
                known.prober = ""

    def park(self, route: str, delivery_id: int, worker: str) -> None:
        """Keeps a delivery that worker has claimed aside until the route is usable."""
        with self._lock:
            self._routes.setdefault(route, _Route()).parked[delivery_id] = worker

    def unpark(self, now: datetime | None) -> dict[str, list[int]]:
        """By worker, the deliveries whose route may be tried now, or (None) all of them."""
        freed: dict[str, list[int]] = {}
        with self._lock:
            for known in self._routes.values():
                if now is None or not known.rests(now):
                    for delivery_id, worker in known.parked.items():
                        freed.setdefault(worker, []).append(delivery_id)
                    known.parked = {}
        return freed
