"""Carrying claimed deliveries out, one by one, each attempt written down before and after.

Owns one thread's lines to the relays and the order in which a crash at any
point loses nothing and doubles nothing silently: the attempt is in the ledger
before a byte leaves, its end right after. Must not claim, and must not know
when a route rests longer than it is told.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from agent.log import event
from agent.outbound.compose import Composed, Identity, compose
from agent.outbound.pauses import Pauses, Retry
from agent.outbound.replies import clean
from agent.outbound.routes import NoRoute, Relay, choose
from agent.outbound.smtp import Connection
from parsers.token import Keyring
from store import outbox
from store.database import Ledger
from store.errors import AttemptFinished, ClaimLost, LedgerError
from store.ids import tracking_id
from store.outbox import AttemptResult, Outgoing
from store.words import Outcome, Phase, PolicyBook

__all__ = ["Carrier", "Means", "Sent"]

_LOG = logging.getLogger("landed.send")
_MESSAGES_PER_LINE = 100
_LINE_AGE = 300.0  # seconds
_TRIES_TO_WRITE = 5
_UNWRITTEN_WAIT = 1.0  # seconds between them
_NO_ROUTE = "-"


@dataclass(frozen=True, slots=True)
class Means:
    """What all threads of a sender work with."""

    ledger: Ledger
    keyring: Keyring
    identity: Identity
    relays: tuple[Relay, ...]
    policies: PolicyBook
    retry: Retry
    lease: timedelta
    chance: random.Random
    pauses: Pauses


@dataclass(frozen=True, slots=True)
class Sent:
    """What one run did: attempts made, and how they ended."""

    tried: int = 0
    accepted: int = 0
    deferred: int = 0
    rejected: int = 0
    ambiguous: int = 0
    unreached: int = 0
    waiting: int = 0  # put aside, since their route does not answer

    def __add__(self, other: "Sent") -> "Sent":
        return Sent(
            self.tried + other.tried,
            self.accepted + other.accepted,
            self.deferred + other.deferred,
            self.rejected + other.rejected,
            self.ambiguous + other.ambiguous,
            self.unreached + other.unreached,
            self.waiting + other.waiting,
        )


class Carrier:
    """One thread's pass: its lines, and what it has counted. worker holds the claims."""

    def __init__(
        self, means: Means, worker: str, now: Callable[[], datetime], stop: threading.Event
    ) -> None:
        self._of = means
        self._worker = worker
        self._now = now
        self._stop = stop
        self._lines: dict[str, Connection] = {}
        self.sent = Sent()

    def close(self) -> None:
        """Ends the lines."""
        for line in self._lines.values():
            line.close()
        self._lines.clear()

    def work_off(self, batch: Sequence[Outgoing]) -> None:
        """Sends these one by one; gives back what stop leaves over."""
        left = list(batch)
        try:
            while left and not self._stop.is_set():
                self._one(left.pop(0))
        finally:
            if left:
                ids = [one.delivery_id for one in left]
                self._of.ledger.run(partial(outbox.release, delivery_ids=ids, worker=self._worker))

    def _one(self, outgoing: Outgoing) -> None:
        of = self._of
        domain = outgoing.address.rpartition("@")[2]
        try:
            relay = choose(of.relays, domain, outgoing.notice_class)
        except NoRoute as error:
            self._try(outgoing, _NO_ROUTE, _unsendable(Outcome.UNREACHED, str(error)))
            return
        if not of.pauses.may_use(relay.name, self._now()):
            of.pauses.park(relay.name, outgoing.delivery_id, self._worker)
            self.sent += Sent(waiting=1)
            return
        try:
            self._try(outgoing, relay.name, self._carrier(relay))
        finally:
            of.pauses.abandoned(relay.name)

    def _try(self, outgoing: Outgoing, route: str, carry: "_Carry") -> None:
        """One attempt: written down, made, written down."""
        of = self._of
        number = outgoing.attempts_so_far + 1
        composed: Composed | None = None
        try:
            composed = compose(of.identity, of.keyring, outgoing, number, now=self._now())
        except Exception as error:  # noqa: BLE001 - one poisonous notice must not stop the others
            why = f"this notice could not be composed ({type(error).__name__}: {error})"
            carry = _unsendable(Outcome.DEFERRED, why)
        try:
            started = of.ledger.run(
                partial(
                    outbox.start_attempt,
                    delivery_id=outgoing.delivery_id,
                    worker=self._worker,
                    route=route,
                    envelope_from=composed.envelope_from if composed else "",
                    message_id=composed.message_id if composed else "",
                    envelope_id=composed.envid if composed else "",
                    now=self._now(),
                    lease=of.lease,
                    policies=of.policies,
                )
            )
        except ClaimLost as lost:
            event(_LOG, logging.INFO, "claim-lost", delivery=_name(outgoing), why=lost)
            return
        result = carry(composed, outgoing)
        self._write_down(outgoing, started, route, result)

    def _carrier(self, relay: Relay) -> "_Carry":
        def carry(composed: Composed | None, outgoing: Outgoing) -> AttemptResult:
            assert composed is not None  # noqa: S101 - what cannot be composed has another carrier
            line = self._line(relay)
            within = self._of.lease / 2  # well before somebody else may take it for dead
            return line.send(composed, outgoing.address, within=within)

        return carry

    def _line(self, relay: Relay) -> Connection:
        """The line of this thread to a relay, a new one when the old has served long enough."""
        line = self._lines.get(relay.name)
        if line is None:
            line = self._lines[relay.name] = Connection(relay)
        elif line.sent >= _MESSAGES_PER_LINE or time.monotonic() - line.opened_at > _LINE_AGE:
            line.close()
        return line

    def _write_down(
        self, outgoing: Outgoing, number: int, route: str, result: AttemptResult
    ) -> None:
        """The attempt's end into the ledger, tried for a while: losing it makes it ambiguous."""
        of, now = self._of, self._now()
        retry_at = self._retry_at(route, number, result, now)
        finish = partial(
            outbox.finish_attempt,
            delivery_id=outgoing.delivery_id,
            number=number,
            result=result,
            retry_at=retry_at,
            policies=of.policies,
            now=now,
        )
        self._tell(outgoing, number, route, result, retry_at)
        self.sent += _counted(result)
        for tries_left in reversed(range(_TRIES_TO_WRITE)):
            try:
                of.ledger.run(finish)
            except AttemptFinished as other:
                event(_LOG, logging.WARNING, "finished-otherwise", why=other)
                return
            except LedgerError as error:
                event(
                    _LOG,
                    logging.ERROR,
                    "not-written",
                    delivery=_name(outgoing),
                    attempt=number,
                    outcome=result.outcome.value,
                    tries_left=tries_left,
                    why=error,
                )
                if not tries_left:
                    raise
                self._stop.wait(_UNWRITTEN_WAIT)
            else:
                return

    def _retry_at(
        self, route: str, number: int, result: AttemptResult, now: datetime
    ) -> datetime | None:
        of = self._of
        if result.outcome is Outcome.UNREACHED and route != _NO_ROUTE:
            until = of.pauses.missed(route, now)
            event(_LOG, logging.WARNING, "route-rests", route=route, until=until.isoformat())
            return until
        if route != _NO_ROUTE and result.reply_code and of.pauses.reached(route):
            event(_LOG, logging.INFO, "route-answers", route=route)
        if result.outcome in {Outcome.DEFERRED, Outcome.UNREACHED}:
            return now + of.retry.wait(number, of.chance.random)
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


_Carry = Callable[[Composed | None, Outgoing], AttemptResult]


def _unsendable(outcome: Outcome, why: str) -> _Carry:
    """A carrier that sends nothing and says why: so the reason stands in the trace."""
    result = AttemptResult(outcome=outcome, phase=Phase.CONNECT, reply_text=clean(why))
    return lambda _composed, _outgoing: result


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
