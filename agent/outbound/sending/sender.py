"""A worker of the outbox: what is due goes out, until nothing is left or it is stopped.

Owns one pass over the outbox: what time has ended is ended, what is due is
claimed and carried out, what is left over is given back. Must not parse
replies, write SQL or read configuration.
"""

import itertools
import logging
import random
import threading
import time
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial

from agent.log import event
from agent.outbound.composing.compose import Identity
from agent.outbound.floor import share
from agent.outbound.routes import Relay
from agent.outbound.sending.carrier import Carrier
from agent.outbound.sending.gate import Gate
from agent.outbound.sending.limits import Limits
from agent.outbound.sending.means import Means, Sent
from agent.outbound.sending.pauses import Pauses, Retry
from parsers.token import Keyring
from store import outbox
from store.database import Ledger
from store.outbox import Outgoing
from store.words import PolicyBook, SuppressionRule

__all__ = ["Retry", "Sender", "Sent"]

_LOG = logging.getLogger("landed.send")
# claimed at a time: what a stop or a crash may leave for the lease to free
_LEAST, _MOST = 8, 128
# seconds for one batch: at the end of a queue the last one to have claimed works alone
_QUICK, _SLOW = 0.25, 1.0
_OCTETS = 8 << 20  # of content in one batch, more or less
_AVOIDED = 200  # domains; who has to leave more to others leaves all to them
_RUNS = itertools.count(1)


class Sender:
    """Sends what is due. Several threads may call run_once() at a time; each has its own lines."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        keyring: Keyring,
        identity: Identity,
        relays: Sequence[Relay],
        policies: PolicyBook,
        retry: Retry,
        lease: timedelta,
        worker: str,
        chance: random.Random | None = None,
        rule: SuppressionRule | None = None,
        limits: Limits | None = None,
    ) -> None:
        chance = chance or random.Random()  # noqa: S311 - jitter, no secret
        self._means = Means(
            ledger=ledger,
            keyring=keyring,
            identity=identity,
            relays=tuple(relays),
            policies=policies,
            retry=retry,
            lease=lease,
            chance=chance,
            pauses=Pauses(retry, chance),
            careful=set(),
            # a transaction ends within half of the lease
            gate=Gate(ledger, limits or Limits(), lease / 2),
            rule=rule,
        )
        self._worker = worker

    def run_once(self, now: Callable[[], datetime], stop: threading.Event) -> Sent:
        """Everything that is due now, until nothing is left or stop is set.

        What is in hand when stop is set is finished, the rest is given back.
        Raises LedgerError when the ledger cannot be worked with.
        """
        self._tidy(now())
        # a name of its own for each run: a claim that another run took over is not ours
        worker = f"{self._worker}/{next(_RUNS)}"
        carrier = Carrier(self._means, worker, now, stop)
        size = _Size()

        def claim() -> Sequence[Outgoing]:
            ended = stop.is_set() or self._all_rest(now()) or len(carrier.avoid) > _AVOIDED
            if ended:
                return ()
            return size.fitting(self._claim(worker, size.many(), now(), carrier.avoid))

        try:
            while batch := claim():
                carrier.work_off(batch, claim)
        finally:
            carrier.close()
            # while every route rests nobody claims, so what waits need not stay claimed
            if stop.is_set() or self._all_rest(now()):
                self.close()
        return carrier.sent

    def close(self) -> None:
        """Gives back what waits for a route that rests; another run may go on afterwards."""
        self._give_back(self._means.pauses.unpark(None))

    def trouble(self, route: str) -> str | None:
        """Why that route does not answer; "" for one that did when last tried, None for untried."""
        return self._means.pauses.trouble(route)

    def refuses_us(self, route: str) -> bool:
        """Whether the trouble is that its relay refuses our sender, login or host."""
        return self._means.pauses.refuses_us(route)

    def _all_rest(self, now: datetime) -> bool:
        return all(self._means.pauses.rests(relay.name, now) for relay in self._means.relays)

    def _tidy(self, now: datetime) -> None:
        """Ends what time has ended: dead workers' attempts, waits for evidence, hopeless ones."""
        policies = self._means.policies
        for what, ending in (
            ("reaped", outbox.reap),
            ("resent", outbox.resolve_ambiguous),
            ("given-up", outbox.give_up),
        ):
            count = self._means.ledger.run(partial(ending, policies=policies, now=now))
            if count:
                event(_LOG, logging.WARNING, what, deliveries=count, worker=self._worker)
        self._give_back(self._means.pauses.unpark(now))

    def _give_back(self, parked: dict[str, list[int]]) -> None:
        for worker, ids in parked.items():
            self._means.ledger.run(partial(outbox.release, delivery_ids=ids, worker=worker))

    def _claim(
        self, worker: str, many: int, now: datetime, avoid: Collection[str]
    ) -> list[Outgoing]:
        lease = self._means.lease
        work = partial(outbox.claim, worker=worker, limit=many, lease=lease, now=now, avoid=avoid)
        return share(self._means.ledger, work)


class _Size:
    """How many to claim: more while they go quickly, few while they are slow or large."""

    def __init__(self) -> None:
        self._many, self._most, self._since = 0, _LEAST, 0.0

    def many(self) -> int:
        """For the claim that comes now; the one before is nearly worked off."""
        took, self._since = time.monotonic() - self._since, time.monotonic()
        if not self._many:
            self._many = _LEAST
        elif took > _SLOW:
            self._many = max(_LEAST, self._many // 2)
        elif took < _QUICK:
            self._many = min(self._most, self._many * 2)
        return self._many

    def fitting(self, batch: Sequence[Outgoing]) -> Sequence[Outgoing]:
        """The same batch; its content says how many may be claimed at a time."""
        octets = max((len(one.content) for one in batch), default=0)
        self._most = max(_LEAST, min(_MOST, _OCTETS // max(1, octets)))
        self._many = min(self._many, self._most)
        return batch
