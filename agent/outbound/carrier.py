"""Carrying claimed deliveries out, each attempt written down before and after.

Owns one thread's lines to the relays and the order in which a crash at any
point loses nothing and doubles nothing silently: the attempt is in the ledger
before a byte leaves, its end right after. Must not claim, and must not know
when a route rests longer than it is told.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import takewhile

from agent.log import event
from agent.outbound import ends
from agent.outbound.compose import compose
from agent.outbound.means import Means, Sent
from agent.outbound.program import Program, way_out
from agent.outbound.replies import clean
from agent.outbound.routes import NoRoute, Relay, choose
from agent.outbound.smtp import Connection, Letter
from agent.outbound.turns import Turns
from store import outbox
from store.errors import AttemptFinished, ClaimLost, LedgerError
from store.ids import tracking_id
from store.outbox import AttemptResult, Outgoing
from store.words import Outcome, Phase

__all__ = ["Carrier", "Sent"]

_LOG = logging.getLogger("landed.send")
_MESSAGES_PER_LINE = 1_000
_BEGUN = 64  # attempts written down as started in one commit
_ENDED = 64  # and as ended
_MOMENT = 0.25  # seconds
_LINE_AGE = 300.0  # seconds
_TRIES_TO_WRITE = 5
_UNWRITTEN_WAIT = 1.0  # seconds between them
_NO_ROUTE = "-"


class Carrier:
    """One thread's pass: its lines, and what it has counted. worker holds the claims."""

    def __init__(
        self, means: Means, worker: str, now: Callable[[], datetime], stop: threading.Event
    ) -> None:
        self._of = means
        self._worker = worker
        self._now = now
        self._stop = stop
        self._lines: dict[str, Connection | Program] = {}
        self._rates: dict[str, float] = {}  # by route, messages a second of late
        self._turns = Turns(means.gate, means.ledger, worker, now)
        self.sent = Sent()

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

    def work_off(self, batch: Sequence[Outgoing]) -> None:
        """Sends these, route by route; gives back what stop leaves over."""
        left = deque(self._routed(batch))
        try:
            while left and not self._stop.is_set():
                self._some(left)
        finally:
            if left:
                ids = [one.delivery_id for _, one in left]
                self._of.ledger.run(partial(outbox.release, delivery_ids=ids, worker=self._worker))

    def _routed(self, batch: Sequence[Outgoing]) -> list["_Routed"]:
        """The same, those of one route together."""
        by_route: dict[str, list[_Routed]] = {}
        for outgoing in batch:
            way = self._way(outgoing)
            by_route.setdefault(_route(way), []).append((way, outgoing))
        return [one for those in by_route.values() for one in those]

    def _way(self, outgoing: Outgoing) -> Relay | NoRoute:
        of, now = self._of, self._now()
        try:
            return choose(
                of.relays,
                outgoing.address.rpartition("@")[2],
                outgoing.notice_class,
                rests=lambda name: of.pauses.rests(name, now),
                draw=of.chance.random,
            )
        except NoRoute as error:
            return error

    def _detour(self, outgoing: Outgoing, route: str) -> Relay | None:
        """Another way for what cannot go by route, where one does not rest."""
        way = self._way(outgoing)
        if isinstance(way, NoRoute) or way.name == route:
            return None
        return None if self._of.pauses.rests(way.name, self._now()) else way

    def _some(self, left: deque["_Routed"]) -> None:
        """Takes as many from left as may be begun at once, and carries them out."""
        of = self._of
        way, first = left[0]
        route = _route(way)
        if isinstance(way, NoRoute):
            left.popleft()
            self._carry(route, [first], _unsendable(Outcome.UNREACHED, str(way)))
            return
        if not self._turns.take_seat(route, self._lines):
            self._turns.leave_to_others(self._out_of(left, route))
            return
        if not of.pauses.may_use(route, self._now()):
            detour = self._detour(first, route)
            if detour is not None:
                left[0] = (detour, first)
                return
            of.pauses.park(route, first.delivery_id, self._worker)
            left.popleft()
            self.sent += Sent(waiting=1)
            return
        try:
            line = self._line(way)
            pace = self._pace(line)
            if self._turns.are_free:
                self._send(line, self._out_of(left, route, pace))
            else:
                self._send_admitted(line, left, pace)
        finally:
            of.pauses.abandoned(route)

    def _send(self, line: Connection | Program, some: Sequence[Outgoing]) -> set[int]:
        """By that line; the deliveries of which the server may have heard."""
        route, began = line.relay.name, time.monotonic()
        heard = self._carry(route, some, partial(line.send_many, within=self._of.lease / 2))
        took = max(time.monotonic() - began, 1e-4)
        self._rates[route] = min(len(some) / took, 2 * self._rates.get(route, 1.0) + 16)
        return heard

    def _send_admitted(self, line: Connection | Program, left: deque["_Routed"], pace: int) -> None:
        """Those whose turn it is; the others are given back, or stay in left."""
        route = line.relay.name
        waiting = [one for _, one in takewhile(lambda those: _route(those[0]) == route, left)]
        admission = self._turns.ask(route, waiting, pace)
        heard: set[int] | None = None
        try:
            over = admission.decided
            stay = [one for one in self._out_of(left, route) if one.delivery_id not in over]
            left.extendleft((line.relay, one) for one in reversed(stay))
            self.sent += Sent(limited=len(admission.later))
            heard = self._send(line, admission.go) if admission.go else set()
        finally:
            self._turns.over(admission, heard)

    @staticmethod
    def _out_of(left: deque["_Routed"], route: str, most: int | None = None) -> list[Outgoing]:
        """Takes the next ones by route from left, at most so many."""
        some: list[Outgoing] = []
        while left and len(some) != most and _route(left[0][0]) == route:
            some.append(left.popleft()[1])
        return some

    def _pace(self, line: Connection | Program) -> int:
        """How many attempts to begin at once: a crash leaves all of those open.

        One, unless the line is open and pipelined; then what lately went out in a
        moment, so that one commit serves many where the relay is quick.
        """
        if not line.is_pipelined:
            return 1
        rate = self._rates.get(line.relay.name, 0.0)
        left = _MESSAGES_PER_LINE - line.sent
        return max(1, min(_BEGUN, left, int(rate * _MOMENT)))

    def _carry(self, route: str, some: Sequence[Outgoing], carry: "_Carry") -> set[int]:
        """One attempt for each: all written down, made, written down as they end.

        The deliveries of which the server may have heard.
        """
        letters: dict[int, Letter] = {}
        broken: dict[int, str] = {}
        starts = []
        for one in some:
            try:
                letter = self._letter(one)
            except Exception as error:  # noqa: BLE001 - one poisonous notice must not stop the others
                why = f"this notice could not be composed ({type(error).__name__}: {error})"
                broken[one.delivery_id] = why
                starts.append(outbox.Start(one.delivery_id, route, "", ""))
            else:
                letters[one.delivery_id] = letter
                mail = letter.composed
                starts.append(
                    outbox.Start(
                        one.delivery_id, route, mail.envelope_from, mail.message_id, mail.envid
                    )
                )
        begun = self._begin(some, starts)
        self._finish(
            [
                _Made(one, number, route, _undone(broken[one.delivery_id]))
                for one, number in begun
                if one.delivery_id in broken
            ]
        )
        sendable = [(one, number) for one, number in begun if one.delivery_id in letters]
        results = carry([letters[one.delivery_id] for one, _ in sendable])
        heard: set[int] = set()
        made: list[_Made] = []
        since = time.monotonic()
        try:
            for (one, number), result in zip(sendable, results, strict=True):
                made.append(_Made(one, number, route, result))
                if result.outcome is not Outcome.UNREACHED:
                    heard.add(one.delivery_id)
                if len(made) >= _ENDED or time.monotonic() - since > _MOMENT:
                    ready, made = made, []
                    self._finish(ready)
                    since = time.monotonic()
        finally:
            self._finish(made)
        return heard

    def _letter(self, outgoing: Outgoing) -> Letter:
        of = self._of
        number = outgoing.attempts_so_far + 1
        composed = compose(of.identity, of.keyring, outgoing, number, now=self._now())
        return Letter(composed, outgoing.address)

    def _begin(
        self, some: Sequence[Outgoing], starts: Sequence[outbox.Start]
    ) -> list[tuple[Outgoing, int]]:
        """Those of some that were still ours, with the numbers of their attempts."""
        of = self._of
        numbers = of.ledger.run(
            partial(
                outbox.start_attempts,
                starts=starts,
                worker=self._worker,
                now=self._now(),
                lease=of.lease,
                policies=of.policies,
            )
        )
        begun: list[tuple[Outgoing, int]] = []
        for one in some:
            number = numbers[one.delivery_id]
            if isinstance(number, ClaimLost):
                event(_LOG, logging.INFO, "claim-lost", delivery=_name(one), why=number)
            else:
                begun.append((one, number))
        return begun

    def _line(self, relay: Relay) -> Connection | Program:
        """The line of this thread to a relay, a new one when the old has served long enough."""
        line = self._lines.get(relay.name)
        if line is None:
            line = self._lines[relay.name] = way_out(relay, self._of.careful)
        elif line.sent >= _MESSAGES_PER_LINE or time.monotonic() - line.opened_at > _LINE_AGE:
            line.close()
        return line

    def _finish(self, made: Sequence["_Made"]) -> None:
        """The attempts' ends into the ledger, tried for a while: one lost becomes ambiguous."""
        if not made:
            return
        of, now = self._of, self._now()
        ended = []
        for one in made:
            retry_at = self._retry_at(one, now)
            ended.append(
                outbox.Ended(one.outgoing.delivery_id, one.number, one.result, now, retry_at)
            )
            self._tell(one.outgoing, one.number, one.route, one.result, retry_at)
            self.sent += _counted(one.result)
        finish = partial(ends.write, ended=ended, policies=of.policies, rule=of.rule, now=now)
        for tries_left in reversed(range(_TRIES_TO_WRITE)):
            try:
                written = of.ledger.run(finish)
            except LedgerError as error:
                for one in made:
                    event(
                        _LOG,
                        logging.ERROR,
                        "not-written",
                        delivery=_name(one.outgoing),
                        attempt=one.number,
                        outcome=one.result.outcome.value,
                        tries_left=tries_left,
                        why=error,
                    )
                if not tries_left:
                    raise
                self._stop.wait(_UNWRITTEN_WAIT)
            else:
                for address in written.suppressed:
                    event(_LOG, logging.WARNING, "suppressed", recipient=address)
                for why in written.refused.values():
                    other = isinstance(why, AttemptFinished)
                    action = "finished-otherwise" if other else "not-judged"
                    event(_LOG, logging.WARNING, action, why=why)
                return

    def _retry_at(self, made: "_Made", now: datetime) -> datetime | None:
        of, route, result = self._of, made.route, made.result
        if result.outcome is Outcome.UNREACHED and route != _NO_ROUTE:
            until = of.pauses.missed(route, now)
            event(_LOG, logging.WARNING, "route-rests", route=route, until=until.isoformat())
            return now if self._detour(made.outgoing, route) else until
        if route != _NO_ROUTE and result.reply_code and of.pauses.reached(route):
            event(_LOG, logging.INFO, "route-answers", route=route)
        if result.outcome in {Outcome.DEFERRED, Outcome.UNREACHED}:
            return now + of.retry.wait(made.number, of.chance.random)
        return None

    def _tell(
        self,
        outgoing: Outgoing,
        number: int,
        route: str,
        result: AttemptResult,
        retry_at: datetime | None,
    ) -> None:
        good = result.outcome is Outcome.ACCEPTED
        event(
            _LOG,
            logging.INFO if good else logging.WARNING,
            result.outcome.value,
            delivery=_name(outgoing),
            notice=outgoing.key,
            recipient=outgoing.address,
            attempt=number,
            route=route,
            phase=result.phase.value if result.phase else "",
            code=result.reply_code,
            reply=result.reply_text,
            dsn=result.dsn_offered,
            **({"retry": retry_at.isoformat()} if retry_at else {}),
        )


_Routed = tuple[Relay | NoRoute, Outgoing]
_Carry = Callable[[Sequence[Letter]], Iterable[AttemptResult]]


@dataclass(frozen=True, slots=True)
class _Made:
    """One attempt that was made, and how it ended."""

    outgoing: Outgoing
    number: int
    route: str
    result: AttemptResult


def _route(way: Relay | NoRoute) -> str:
    return way.name if isinstance(way, Relay) else _NO_ROUTE


def _undone(why: str, outcome: Outcome = Outcome.DEFERRED) -> AttemptResult:
    """The result of an attempt that sent nothing, so that the reason stands in the trace."""
    return AttemptResult(outcome=outcome, phase=Phase.CONNECT, reply_text=clean(why))


def _unsendable(outcome: Outcome, why: str) -> _Carry:
    return lambda letters: [_undone(why, outcome) for _ in letters]


def _counted(result: AttemptResult) -> Sent:
    return Sent(
        tried=1,
        accepted=result.outcome is Outcome.ACCEPTED,
        deferred=result.outcome is Outcome.DEFERRED,
        rejected=result.outcome is Outcome.REJECTED,
        ambiguous=result.outcome is Outcome.AMBIGUOUS,
        unreached=result.outcome is Outcome.UNREACHED,
    )


def _name(outgoing: Outgoing) -> str:
    return tracking_id(outgoing.delivery_id)
