"""Carrying claimed deliveries out, each attempt written down before and after.

Owns one thread's lines to the relays and the order in which a crash at any
point loses nothing and doubles nothing silently: the attempt is in the ledger
before a byte leaves, its end right after. Must not claim, and must not know
when a route rests longer than it is told.
"""

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from itertools import takewhile

from agent.outbound.composing.compose import compose
from agent.outbound.routes import NoRoute, Relay, choose, pools
from agent.outbound.sending.bookkeeper import NO_ROUTE, Bookkeeper, Made
from agent.outbound.sending.means import Means, Sent
from agent.outbound.sending.trip import Pace, Trip, is_spent, undone
from agent.outbound.sending.turns import Turns
from agent.outbound.smtp.envelope import Letter
from agent.outbound.ways import Way, way_out
from store import outbox
from store.outbox import Outgoing
from store.words import Outcome

__all__ = ["Carrier"]


class Carrier:
    """One thread's pass: its lines, and what it has counted. worker holds the claims."""

    def __init__(
        self, means: Means, worker: str, now: Callable[[], datetime], stop: threading.Event
    ) -> None:
        self._of = means
        self._worker = worker
        self._now = now
        self._stop = stop
        self._lines: dict[str, Way] = {}
        self._paces: defaultdict[str, Pace] = defaultdict(Pace)  # by route
        self._books = Bookkeeper(means, worker, now, stop, self._has_detour)
        self._turns = Turns(means.gate, means.ledger, worker, now)
        self._waiting = self._limited = 0
        self._more: Callable[[], Sequence[Outgoing]] | None = None

    @property
    def sent(self) -> Sent:
        """What became of all of it."""
        return self._books.sent + Sent(waiting=self._waiting, limited=self._limited)

    @property
    def avoid(self) -> Collection[str]:
        """Recipient domains whose mail is left to those who have the lines for it."""
        return self._turns.avoid

    def close(self) -> None:
        """Ends the lines."""
        self._turns.stand_up(self._lines)
        for line in self._lines.values():
            line.close()
        self._lines.clear()

    def work_off(
        self, batch: Sequence[Outgoing], more: Callable[[], Sequence[Outgoing]] | None = None
    ) -> None:
        """Sends these, route by route, and more where a line runs short of them.

        Gives back what stop leaves over. Raises LedgerError.
        """
        self._more = more
        left = deque(self._routed(batch))
        try:
            while left and not self._stop.is_set():
                self._some(left)
        finally:
            if left:
                ids = [one.delivery_id for _, one in left]
                self._of.ledger.run(partial(outbox.release, delivery_ids=ids, worker=self._worker))

    def _routed(self, batch: Sequence[Outgoing]) -> list["_Routed"]:
        """The same, those of one route together, and those that no limit is on."""
        by_route: dict[tuple[str, bool], list[_Routed]] = {}
        known: _Pools = {}
        now = self._now()
        for outgoing in batch:
            way = self._way(outgoing, now, known)
            is_free = self._turns.is_free(_route(way), outgoing)
            by_route.setdefault((_route(way), is_free), []).append((way, outgoing))
        return [one for those in by_route.values() for one in those]

    def _way(self, outgoing: Outgoing, now: datetime, known: "_Pools") -> Relay | NoRoute:
        of = self._of
        asked = outgoing.address.rpartition("@")[2], outgoing.notice_class
        try:
            if asked not in known:
                known[asked] = pools(of.relays, *asked)
            return choose(
                known[asked],
                rests=lambda name: of.pauses.rests(name, now),
                draw=of.chance.random,
            )
        except NoRoute as error:
            return error

    def _detour(self, outgoing: Outgoing, route: str) -> Relay | None:
        """Another way for what cannot go by route, where one does not rest."""
        now = self._now()
        way = self._way(outgoing, now, {})
        if isinstance(way, NoRoute) or way.name == route:
            return None
        return None if self._of.pauses.rests(way.name, now) else way

    def _has_detour(self, outgoing: Outgoing, route: str) -> bool:
        return self._detour(outgoing, route) is not None

    def _some(self, left: deque["_Routed"]) -> None:
        """Carries out the first of left and those behind it that go by the same line."""
        of = self._of
        way, first = left[0]
        if isinstance(way, NoRoute):
            left.popleft()
            self._refuse(first, str(way))
            return
        route = way.name
        if not self._turns.take_seat(route, self._lines):
            self._turns.leave_to_others(_out_of(left, route))
            return
        if not of.pauses.may_use(route, self._now(), self._worker):
            detour = self._detour(first, route)
            if detour is not None:
                left[0] = (detour, first)
                return
            of.pauses.park(route, first.delivery_id, self._worker)
            left.popleft()
            self._hang_up(route)
            self._waiting += 1
            return
        try:
            line = self._line(way)
            if self._turns.is_free(route, first):
                self._send(line, partial(self._take, left, route))
            else:
                self._send_admitted(line, left)
        finally:
            of.pauses.abandoned(route, self._worker)

    def _send(self, line: Way, take: Callable[[int], Sequence[Outgoing]]) -> set[int]:
        """By that line, as long as take gives some; of these the server may have heard."""
        trip = Trip(
            line,
            self._books,
            self._stop,
            write=self._letter,
            take=take,
            pace=self._paces[line.relay.name],
        )
        trip.run(self._of.lease / 2)
        return trip.heard

    def _send_admitted(self, line: Way, left: deque["_Routed"]) -> None:
        """Those whose turn it is; the others are given back, or stay in left."""
        route = line.relay.name
        waiting = [one for _, one in takewhile(lambda those: _route(those[0]) == route, left)]
        most = self._paces[route].many if line.is_pipelined else 1
        admission = self._turns.ask(route, waiting, most)
        go = deque(admission.go)
        heard: set[int] | None = None
        try:
            over = admission.decided
            stay = [one for one in _out_of(left, route) if one.delivery_id not in over]
            left.extendleft((line.relay, one) for one in reversed(stay))
            self._limited += len(admission.later)
            heard = self._send(line, partial(self._admitted, go, route))
        finally:
            self._turns.over(admission, heard)
            left.extendleft((line.relay, one) for one in reversed(go))

    def _admitted(self, go: deque[Outgoing], route: str, most: int) -> list[Outgoing]:
        """The next ones of those whose turn it is, at most so many."""
        most = self._of.pauses.room(route, min(most, len(go)), self._worker)
        return [go.popleft() for _ in range(most)]

    def _take(self, left: deque["_Routed"], route: str, most: int) -> list[Outgoing]:
        """The next ones by route without a limit, at most so many; claimed when there are none."""
        if not left and self._more is not None:
            left.extend(self._routed(self._more()))
        most = self._of.pauses.room(route, most, self._worker)
        return _out_of(left, route, most, partial(self._turns.is_free, route))

    def _refuse(self, outgoing: Outgoing, why: str) -> None:
        """An attempt that goes nowhere, so that the reason stands in the trace."""
        result = undone(why, Outcome.UNREACHED)
        starts = [outbox.Start(outgoing.delivery_id, NO_ROUTE, "", "")]
        begun = self._books.begin([outgoing], starts)
        self._books.finish([Made(one, number, NO_ROUTE, result) for one, number in begun])

    def _letter(self, outgoing: Outgoing) -> Letter:
        of = self._of
        number = outgoing.attempts_so_far + 1
        composed = compose(of.identity, of.keyring, outgoing, number)
        return Letter(composed, outgoing.address)

    def _hang_up(self, route: str) -> None:
        """Whoever mends a server that refuses us does so for new lines."""
        line = self._lines.get(route)
        if line is not None:
            line.close()

    def _line(self, relay: Relay) -> Way:
        """The line of this thread to a relay, a new one when the old has served long enough."""
        line = self._lines.get(relay.name)
        if line is None:
            line = self._lines[relay.name] = way_out(relay, self._of.careful)
        elif is_spent(line):
            line.close()
        return line


_Routed = tuple[Relay | NoRoute, Outgoing]
_Pools = dict[tuple[str, str], Sequence[Sequence[Relay]]]  # by recipient domain and class


def _out_of(
    left: deque[_Routed],
    route: str,
    most: int | None = None,
    fits: Callable[[Outgoing], bool] = lambda _one: True,
) -> list[Outgoing]:
    """Takes the next ones by route from left that fit, at most so many."""
    some: list[Outgoing] = []
    while left and len(some) != most and _route(left[0][0]) == route and fits(left[0][1]):
        some.append(left.popleft()[1])
    return some


def _route(way: Relay | NoRoute) -> str:
    return way.name if isinstance(way, Relay) else NO_ROUTE
