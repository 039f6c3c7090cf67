"""What attempts leave in the ledger and in the log: begun before a byte leaves, ended right after.

Owns that order for one thread, and what it has counted. Must not send, and must
not claim.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from agent.log import event
from agent.outbound.floor import Waiting, share
from agent.outbound.replies import clean
from agent.outbound.routes import Relay
from agent.outbound.sending import ends
from agent.outbound.sending.means import Means, Sent
from agent.outbound.sending.pauses import Blame
from agent.outbound.unwelcome import advice, masked
from store import outbox
from store.errors import AttemptFinished, ClaimLost, LedgerError
from store.ids import tracking_id
from store.outbox import AttemptResult, Ended, Outgoing, Start
from store.words import Outcome, Phase

__all__ = ["NO_ROUTE", "Bookkeeper", "Made"]

NO_ROUTE = "-"

_LOG = logging.getLogger("landed.send")
_TRIES_TO_WRITE = 5
_UNWRITTEN_WAIT = 1.0  # seconds between them


class Made(NamedTuple):
    """One attempt that was made, and how it ended."""

    outgoing: Outgoing
    number: int
    route: str
    result: AttemptResult


class Bookkeeper:
    """worker holds the claims. detour says whether another route can take a delivery at once."""

    def __init__(
        self,
        means: Means,
        worker: str,
        now: Callable[[], datetime],
        stop: threading.Event,
        detour: Callable[[Outgoing, str], bool],
    ) -> None:
        self._of, self._worker, self._now, self._stop = means, worker, now, stop
        self._detour = detour
        self._relays = {one.name: one for one in means.relays}
        self.sent = Sent()

    def begin(
        self, some: Sequence[Outgoing], starts: Sequence[Start], over: Sequence[Made] = ()
    ) -> list[tuple[Outgoing, int]]:
        """Those of some that were still ours, with the numbers of their attempts.

        over: attempts that have ended meanwhile; their ends are written too, even
        where the beginnings cannot be. Raises LedgerError.
        """
        of, now = self._of, self._now()
        ended = self._ended(over, now)

        def work(tx: Any) -> tuple[ends.Written | None, dict[int, int | ClaimLost]]:
            written = self._write(tx, ended, now) if ended else None
            return written, outbox.start_attempts(
                tx,
                starts,
                worker=self._worker,
                now=now,
                lease=of.lease,
                policies=of.policies,
            )

        try:
            written, numbers = share(of.ledger, work)
        except LedgerError:
            self._insist(over, ended, now)
            raise
        if written is not None:
            self._tell_of(written)
        begun: list[tuple[Outgoing, int]] = []
        for one in some:
            number = numbers[one.delivery_id]
            if isinstance(number, ClaimLost):
                event(_LOG, logging.INFO, "claim-lost", delivery=_name(one), why=number)
            else:
                begun.append((one, number))
        return begun

    def finish(self, made: Sequence[Made]) -> None:
        """The attempts' ends into the ledger, tried for a while: one lost becomes ambiguous."""
        if made:
            now = self._now()
            self._insist(made, self._ended(made, now), now)

    def _ended(self, made: Sequence[Made], now: datetime) -> list[Ended]:
        """The same for the ledger; told and counted here, once."""
        ended = []
        made = [self._weighed(one) for one in made]
        for one in made:
            retry_at = self._retry_at(one, now)
            ended.append(Ended(one.outgoing.delivery_id, one.number, one.result, now, retry_at))
            self._tell(one, retry_at)
        self.sent += _counted(made)
        return ended

    def _weighed(self, made: Made) -> Made:
        """What a refusal of us comes to, beside what else that route has said; with advice."""
        result = made.result
        if not result.of_us:
            return made
        if result.outcome is Outcome.REJECTED:
            blame = self._of.pauses.refused(made.route, again=made.number > 1)
            if blame is Blame.DELIVERY:
                return made
            rests = blame is Blame.ROUTE
            outcome = Outcome.UNREACHED if rests else Outcome.DEFERRED
            result = result._replace(outcome=outcome)
        relay = self._relays[made.route]
        told = advice(
            result.reason,
            result.reply_code,
            server=relay.server,
            route=relay.name,
            domain=self._of.identity.return_path.domain,
        )
        said = f"{result.reply_code} {result.reply_text}".strip()
        return made._replace(result=result._replace(reply_text=clean(f"{told} ({said})")))

    def _write(self, tx: Any, ended: Sequence[Ended], now: datetime) -> ends.Written:
        of = self._of
        return ends.write(tx, ended=ended, policies=of.policies, rule=of.rule, now=now)

    def _insist(self, made: Sequence[Made], ended: Sequence[Ended], now: datetime) -> None:
        if not ended:
            return
        for tries_left in reversed(range(_TRIES_TO_WRITE)):
            try:
                written = share(self._of.ledger, partial(self._write, ended=ended, now=now))
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
                with Waiting():
                    self._stop.wait(_UNWRITTEN_WAIT)
            else:
                self._tell_of(written)
                return

    @staticmethod
    def _tell_of(written: ends.Written) -> None:
        for address in written.suppressed:
            event(_LOG, logging.WARNING, "suppressed", recipient=address)
        for why in written.refused.values():
            other = isinstance(why, AttemptFinished)
            action = "finished-otherwise" if other else "not-judged"
            event(_LOG, logging.WARNING, action, why=why)

    def _retry_at(self, made: Made, now: datetime) -> datetime | None:
        of, route, result = self._of, made.route, made.result
        if result.outcome is Outcome.UNREACHED and route != NO_ROUTE:
            why = masked(result.reply_text, of.identity.return_path.domain)
            of_us = _is_of_us(result, self._relays[route])
            until = of.pauses.missed(route, now, why, of_us=of_us)
            event(_LOG, logging.WARNING, "route-rests", route=route, until=until, why=why)
            return now if self._detour(made.outgoing, route) else until
        took = result.outcome is Outcome.ACCEPTED
        if route != NO_ROUTE and result.reply_code and of.pauses.reached(route, took=took):
            event(_LOG, logging.INFO, "route-answers", route=route)
        if result.outcome in {Outcome.DEFERRED, Outcome.UNREACHED}:
            return now + of.retry.wait(made.number, of.chance.random)
        return None

    @staticmethod
    def _tell(made: Made, retry_at: datetime | None) -> None:
        outgoing, result = made.outgoing, made.result
        level = logging.INFO if result.outcome is Outcome.ACCEPTED else logging.WARNING
        if not _LOG.isEnabledFor(level):
            return
        event(
            _LOG,
            level,
            result.outcome.value,
            delivery=_name(outgoing),
            notice=outgoing.key,
            recipient=outgoing.address,
            attempt=made.number,
            route=made.route,
            phase=result.phase.value if result.phase else "",
            code=result.reply_code,
            reply=result.reply_text,
            dsn=result.dsn_offered,
            **({"retry": retry_at} if retry_at else {}),
        )


def _is_of_us(result: AttemptResult, relay: Relay) -> bool:
    """Whether somebody answered, and will not have us: what time alone does not mend."""
    if result.phase is Phase.AUTH:
        return bool(result.reply_code)
    # what a service says in these places is a status of HTTP
    return result.of_us or (relay.kind != "service" and result.reply_code.startswith("5"))


def _counted(made: Sequence[Made]) -> Sent:
    count = Counter(one.result.outcome for one in made)
    return Sent(
        tried=len(made),
        accepted=count[Outcome.ACCEPTED],
        deferred=count[Outcome.DEFERRED],
        rejected=count[Outcome.REJECTED],
        ambiguous=count[Outcome.AMBIGUOUS],
        unreached=count[Outcome.UNREACHED],
    )


def _name(outgoing: Outgoing) -> str:
    return tracking_id(outgoing.delivery_id)
