"""The gate before every way out: who may go now, and when the others come again.

Owns the turn of messages under a limit, and the count of this agent's lines. Never
waits: who may not go is told a time, or is left to whoever has the line. The
messages themselves are counted in the ledger, by all agents together. Safe for
several threads.
"""

import threading
from collections import Counter, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from agent.outbound.sending.limits import Limits, Meter
from store import slots
from store.database import Ledger
from store.outbox import Outgoing

__all__ = ["Admission", "Gate", "Permit"]

_SOON = timedelta(seconds=1)  # no turn comes earlier than this
_BACK = timedelta(minutes=1)  # the clock was set back; by less the threads' moments may differ
_AHEAD = 1_000  # slots whose time is looked at


@dataclass(frozen=True, slots=True)
class _Taken:
    meter: Meter
    number: int
    until: datetime


@dataclass(slots=True)
class Permit:
    """What some messages have taken; Gate.done() gives it back."""

    slots: dict[int, list[_Taken]] = field(default_factory=dict)  # by delivery
    seats: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Admission:
    """Which of the waiting may go now; which at what time; and for which there is no line."""

    go: list[Outgoing]
    later: dict[int, datetime]
    crowded: list[Outgoing]
    permit: Permit

    @property
    def decided(self) -> set[int]:
        """The deliveries of which this answer tells; the others wait for the next."""
        return {*self.later, *(one.delivery_id for one in (*self.go, *self.crowded))}


class Gate:
    """One for all threads of a sender. within: the longest that a message can take to go."""

    def __init__(self, ledger: Ledger, limits: Limits, within: timedelta) -> None:
        self._ledger = ledger
        self._limits = limits
        self._within = within
        self._lock = threading.Lock()
        self._lines: Counter[str] = Counter()
        # given out and still to come, by meter, of those that have waited and those that have not
        self._turns: dict[tuple[str, bool], deque[datetime]] = {}
        self._given_at: datetime | None = None  # the last of them
        self._is_open = not limits

    def is_free(self, route: str, one: Outgoing) -> bool:
        """Whether no limit is on that message by route."""
        limits = self._limits
        return self._is_open or not (
            limits.lines(route)
            or limits.meters(route, _domain(one))
            or limits.lines_to(_domain(one))[1]
        )

    def is_counted(self, route: str) -> bool:
        """Whether lines to that route are counted."""
        return bool(self._limits.lines(route))

    def enter(self, route: str) -> bool:
        """Whether there may be one more line to that route; leave() when it is closed."""
        most = self._limits.lines(route)
        return not most or self._sit(f"route {route}", most)

    def leave(self, route: str) -> None:
        """A line to that route, for which enter() was True, is closed."""
        if self._limits.lines(route):
            self._rise([f"route {route}"])

    def admit(self, route: str, waiting: Sequence[Outgoing], most: int, now: datetime) -> Admission:
        """Who of waiting goes by route now, at most so many, in their order.

        Those in no part of the answer wait for the next call.
        """
        chosen, crowded, seats = self._seated(waiting, most)
        permit = Permit(seats=seats)
        try:
            go, later = self._metered(route, waiting, chosen, permit, now)
        except BaseException:
            self._rise(seats)
            raise
        needed = {self._limits.lines_to(_domain(one))[0] for one in go}
        self._rise(seats - needed)
        permit.seats = seats & needed
        return Admission(
            go, later, [one for one in crowded if one.delivery_id not in later], permit
        )

    def done(self, permit: Permit, sent: Collection[int], now: datetime) -> None:
        """These messages are over; sent: those of which the server may have heard."""
        self._rise(permit.seats)
        self._give_back(
            (one, now + one.meter.span if number in sent else now)
            for number, those in permit.slots.items()
            for one in those
        )

    def _seated(
        self, waiting: Sequence[Outgoing], most: int
    ) -> tuple[list[Outgoing], list[Outgoing], set[str]]:
        """The first for whose domains there is a line; all for whom there is none; the lines."""
        chosen: list[Outgoing] = []
        crowded: list[Outgoing] = []
        seats: set[str] = set()
        full: set[str] = set()
        for one in waiting:
            name, lines = self._limits.lines_to(_domain(one))
            if name in full:
                crowded.append(one)
                continue
            if len(chosen) == most:
                continue
            if lines and name not in seats:
                if not self._sit(name, lines):
                    full.add(name)
                    crowded.append(one)
                    continue
                seats.add(name)
            chosen.append(one)
        return chosen, crowded, seats

    def _metered(
        self,
        route: str,
        waiting: Sequence[Outgoing],
        chosen: list[Outgoing],
        permit: Permit,
        now: datetime,
    ) -> tuple[list[Outgoing], dict[int, datetime]]:
        """Those of chosen that no limit holds back, and a time for all whom one does."""
        under = {one.delivery_id: self._limits.meters(route, _domain(one)) for one in waiting}
        wanted = Counter(meter for one in chosen for meter in under[one.delivery_id])
        if not wanted:
            return chosen, {}
        given, times = self._ledger.run(partial(self._take, wanted=wanted, now=now))
        go: list[Outgoing] = []
        for one in chosen:
            meters = under[one.delivery_id]
            if all(given[meter] for meter in meters):
                permit.slots[one.delivery_id] = [given[meter].popleft() for meter in meters]
                go.append(one)
        later: dict[int, datetime] = {}
        gone = {one.delivery_id for one in go}
        for one in waiting:
            # not the chosen alone: the others would find no more than they did
            short = [m for m in under[one.delivery_id] if m in times and not given[m]]
            if short and one.delivery_id not in gone:
                later[one.delivery_id] = self._turn(one, short, times, now)
        self._give_back((taken, now) for those in given.values() for taken in those)
        return go, later

    def _take(
        self, tx: Any, *, wanted: Mapping[Meter, int], now: datetime
    ) -> tuple[dict[Meter, deque[_Taken]], dict[Meter, list[datetime]]]:
        """Slots for the wanted; and of each meter that had not enough, when the next are free."""
        given: dict[Meter, deque[_Taken]] = {}
        times: dict[Meter, list[datetime]] = {}
        for meter, many in sorted(wanted.items(), key=lambda item: item[0].name):
            name, most = meter.name, meter.most
            until = now + self._within + meter.span
            found = slots.take(tx, name, many=many, most=most, until=until, now=now)
            given[meter] = deque(_Taken(meter, number, until) for number in found)
            if len(found) < many:
                # what is on its way now will be gone in a moment
                next_ones = slots.times(tx, name, most=most, limit=_AHEAD)
                times[meter] = [max(min(at, now + meter.span), now + _SOON) for at in next_ones]
        return given, times

    def _turn(
        self,
        one: Outgoing,
        short: Sequence[Meter],
        times: Mapping[Meter, list[datetime]],
        now: datetime,
    ) -> datetime:
        """When one comes again: as slots become free, each for one of those that wait.

        Who comes for the first time is behind all that did so before; who has waited
        already is counted apart, and so is not.
        """
        has_waited = one.due_at is not None and one.due_at > one.owed_at
        due = now
        with self._lock:
            if self._given_at is not None and now < self._given_at - _BACK:
                self._turns.clear()
            self._given_at = now
            for meter in short:
                turns = self._turns.setdefault((meter.name, has_waited), deque(maxlen=meter.most))
                while turns and turns[0] <= now:
                    turns.popleft()
                if len(turns) < len(times[meter]):
                    turn = times[meter][len(turns)]
                elif len(turns) == meter.most:
                    turn = turns[0] + meter.span
                else:
                    turn = turns[-1] + meter.span / meter.most
                due = max(due, turn)
            for meter in short:
                self._turns[meter.name, has_waited].append(due)
        return due

    def _give_back(self, those: Iterable[tuple[_Taken, datetime]]) -> None:
        rows = [(one.meter.name, one.number, one.until, at) for one, at in those]
        if rows:
            self._ledger.run(partial(slots.free, taken=rows))

    def _sit(self, name: str, most: int) -> bool:
        with self._lock:
            if self._lines[name] >= most:
                return False
            self._lines[name] += 1
            return True

    def _rise(self, names: Collection[str]) -> None:
        with self._lock:
            self._lines.subtract(names)


def _domain(one: Outgoing) -> str:
    return one.address.rpartition("@")[2]
