"""The sweep: looks again at what has become due, until nothing is.

Owns the order of that work, its bounds and its log lines. Must not judge or
know tables: store.gaps and store.outbox do each batch in one transaction.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from agent.log import event
from store import canaries, components, evidence, gaps, outbox, slots
from store.database import Ledger
from store.ids import tracking_id
from store.reading import Reader
from store.words import PolicyBook

__all__ = ["Swept", "purge_once", "sweep_once"]

_BATCH = 500
_OLD = timedelta(days=1)  # longer than any limit's span, and than any agent is silent
_PROBES = timedelta(days=90)  # what became of them is of interest to a person for so long
_LINES = 1000  # gaps named in the log by one sweep
_BATCHES = 1000  # a bound on one call; what is left is due at the next


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did."""

    reaped: int  # attempts whose worker is gone
    given_up: int  # deliveries that are not tried any more
    looked: int  # deliveries judged again
    opened: int  # gaps
    closed: int
    failed: int  # could not be judged, put off


def sweep_once(
    ledger: Ledger,
    policies: PolicyBook,
    now: datetime,
    log: logging.Logger,
    *,
    batch: int = _BATCH,
) -> Swept:
    """Judges everything overdue at now, batch by batch, a transaction each.

    A delivery that cannot be judged is put off and logged; it stops no other.
    Raises LedgerError, with every finished batch kept.
    """
    reaped = _repeat(
        ledger, batch, lambda tx: outbox.reap(tx, policies=policies, now=now, limit=batch)
    )
    opened = closed = failed = 0

    def look(tx: Any) -> int:
        nonlocal opened, closed, failed
        swept = gaps.sweep(tx, policies=policies, now=now, limit=batch)
        opened += swept.opened
        closed += swept.closed
        failed += len(swept.failed)
        for one in swept.failed:
            named = tracking_id(one.delivery_id)
            event(log, logging.ERROR, "not-judged", delivery=named, why=one.error)
        return swept.looked

    looked = _repeat(ledger, batch, look)
    given_up = _repeat(
        ledger, batch, lambda tx: outbox.give_up(tx, policies=policies, now=now, limit=batch)
    )
    done = Swept(reaped, given_up, looked, opened, closed, failed)
    _tell(log, done)
    if opened or reaped or given_up:
        _name(ledger, now, log)
    return done


def _tell(log: logging.Logger, done: Swept) -> None:
    """One line per kind of change; a sweep that changed nothing is no news."""
    for what, count in (
        ("attempts-reaped", done.reaped),
        ("given-up", done.given_up),
        ("gaps-opened", done.opened),
        ("gaps-closed", done.closed),
    ):
        if count:
            event(log, logging.INFO, what, deliveries=count)


def _name(ledger: Ledger, now: datetime, log: logging.Logger) -> None:
    """One line per gap that this sweep opened, up to a bound; reports list them all."""
    with Reader.open(ledger.url) as reader:
        for row in reader.gaps(since=now, limit=_LINES):
            event(
                log,
                logging.WARNING,
                "gap-opened",
                delivery=row.tracking_id,
                kind=row.kind,
                notice=row.notice,
                recipient=row.recipient,
                why=row.why,
            )


def purge_once(
    ledger: Ledger, keep: timedelta, now: datetime, log: logging.Logger, *, batch: int = _BATCH
) -> int:
    """Drops the raw mail of reports older than keep; their evidence stays. How many.

    What limits took long ago goes too, probes that are of no account any more, and what
    agents said that are gone.
    """
    ledger.run(lambda tx: slots.prune(tx, before=now - _OLD))
    ledger.run(lambda tx: components.forget(tx, before=now - _OLD))
    ledger.run(lambda tx: canaries.prune(tx, before=now - _PROBES))
    gone = _repeat(ledger, batch, lambda tx: evidence.purge_raw(tx, before=now - keep, limit=batch))
    if gone:
        event(log, logging.INFO, "reports-purged", reports=gone, older_than=keep)
    return gone


def _repeat(ledger: Ledger, batch: int, work: Callable[[Any], int]) -> int:
    """Work in one transaction after the other, until one finds less than a whole batch."""
    total = 0
    for _ in range(_BATCHES):
        with ledger.transaction() as tx:
            count = work(tx)
        total += count
        if count < batch:
            break
    return total
