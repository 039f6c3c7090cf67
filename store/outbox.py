"""The outbox: which deliveries must be sent now, and how each attempt went.

Owns the claiming and starting; how attempts end stands in store.attempts, and
is offered from here too. Must not speak SMTP. An attempt is started in the
ledger before a byte leaves, so that a crash leaves a trace.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from store import facts, judging
from store.attempts import (
    AttemptFinished,
    AttemptResult,
    Ended,
    finish_attempt,
    finish_attempts,
    reap,
    resolve_ambiguous,
)
from store.batches import in_batches
from store.errors import ClaimLost
from store.facts import NewFact
from store.ids import new_id, tracking_id
from store.tables import ATTEMPT, DELIVERY, NOTICE, RECIPIENT
from store.words import FactKind, PolicyBook

__all__ = [
    "AttemptFinished",
    "AttemptResult",
    "ClaimLost",
    "Ended",
    "Outgoing",
    "Start",
    "claim",
    "finish_attempt",
    "finish_attempts",
    "give_up",
    "next_due",
    "reap",
    "release",
    "resolve_ambiguous",
    "start_attempt",
    "start_attempts",
]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One delivery to be sent now, with all that composing needs."""

    delivery_id: int
    notice_id: int
    notice_class: str
    content: bytes
    subject: str
    sender: str
    address: str  # of the recipient, canonical
    as_given: str
    number: int
    previous_number: int | None
    previous_at: datetime | None
    attempts_so_far: int
    message_id: str | None  # of the first attempt; a resend must use it again
    owed_at: datetime
    key: str  # of the notice
    name: str  # of the recipient


@dataclass(frozen=True, slots=True)
class Start:
    """One attempt that is about to begin."""

    delivery_id: int
    route: str
    envelope_from: str
    message_id: str
    envelope_id: str = ""


def claim(
    tx: Session, *, worker: str, limit: int, lease: timedelta, now: datetime
) -> list[Outgoing]:
    """Take up to limit due deliveries, longest due first, for lease; nobody else gets them."""
    due = tx.scalars(
        select(DELIVERY.c.id)
        .where(
            DELIVERY.c.next_attempt_at <= now,
            or_(DELIVERY.c.lease_until.is_(None), DELIVERY.c.lease_until <= now),
            or_(DELIVERY.c.give_up_at.is_(None), DELIVERY.c.give_up_at > now),
        )
        .order_by(DELIVERY.c.next_attempt_at, DELIVERY.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    ).all()
    for some in in_batches(due):
        tx.execute(
            update(DELIVERY)
            .where(DELIVERY.c.id.in_(some))
            .values(claimed_by=worker, lease_until=now + lease)
        )
    return _outgoing(tx, due)


def _outgoing(tx: Session, ids: Sequence[int]) -> list[Outgoing]:
    """These deliveries in this order; a notice's content is read and unpacked once."""
    rows: dict[int, Any] = {}
    for some in in_batches(ids):
        found = tx.execute(
            select(
                DELIVERY,
                NOTICE.c.key,
                NOTICE.c.notice_class,
                NOTICE.c.subject,
                NOTICE.c.sender,
                RECIPIENT.c.address,
                RECIPIENT.c.name,
            )
            .join(NOTICE, NOTICE.c.id == DELIVERY.c.notice_id)
            .join(RECIPIENT, RECIPIENT.c.id == DELIVERY.c.recipient_id)
            .where(DELIVERY.c.id.in_(some))
        )
        rows.update((row.id, row) for row in found)
    contents: dict[int, bytes] = {}
    for some in in_batches(sorted({row.notice_id for row in rows.values()})):
        packed = tx.execute(select(NOTICE.c.id, NOTICE.c.content).where(NOTICE.c.id.in_(some)))
        contents.update((row.id, zlib.decompress(row.content)) for row in packed)
    return [
        Outgoing(
            delivery_id=row.id,
            notice_id=row.notice_id,
            notice_class=row.notice_class,
            content=contents[row.notice_id],
            subject=row.subject,
            sender=row.sender,
            address=row.address,
            as_given=row.as_given,
            number=row.number,
            previous_number=row.previous_number,
            previous_at=row.previous_at,
            attempts_so_far=row.attempts,
            message_id=row.message_id or None,
            owed_at=row.owed_at,
            key=row.key,
            name=row.name,
        )
        for row in (rows[number] for number in ids)
    ]


def release(tx: Session, delivery_ids: Sequence[int], *, worker: str) -> int:
    """Give claimed and not started deliveries back, as when stopping; how many."""
    freed = 0
    for some in in_batches(delivery_ids):
        done = tx.execute(
            update(DELIVERY)
            .where(
                DELIVERY.c.id.in_(some),
                DELIVERY.c.claimed_by == worker,
                DELIVERY.c.next_attempt_at.is_not(None),
            )
            .values(claimed_by="", lease_until=None)
            .returning(DELIVERY.c.id)
        )
        freed += len(done.all())
    return freed


def start_attempt(
    tx: Session,
    delivery_id: int,
    *,
    worker: str,
    route: str,
    envelope_from: str,
    message_id: str,
    now: datetime,
    envelope_id: str = "",
    lease: timedelta | None = None,
    policies: PolicyBook | None = None,
) -> int:
    """Write the attempt down before anything is sent; its number, from 1.

    The first message_id stays; later ones are ignored. lease, when given, counts
    anew from now. Without policies the state is judged by the next sweep. Raises
    ClaimLost when the delivery is not claimed by worker, or need not be sent any
    more because evidence or a person was faster.
    """
    start = Start(delivery_id, route, envelope_from, message_id, envelope_id)
    begun = start_attempts(tx, [start], worker=worker, now=now, lease=lease, policies=policies)[
        delivery_id
    ]
    if isinstance(begun, ClaimLost):
        raise begun
    return begun


def start_attempts(
    tx: Session,
    starts: Sequence[Start],
    *,
    worker: str,
    now: datetime,
    lease: timedelta | None = None,
    policies: PolicyBook | None = None,
) -> dict[int, int | ClaimLost]:
    """start_attempt() for several deliveries at once: each one's number, or why it has none."""
    known = judging.load(tx, [one.delivery_id for one in starts], said=False)
    begun: dict[int, int | ClaimLost] = {}
    rows: list[dict[str, Any]] = []
    said: list[tuple[NewFact, int | None]] = []
    also: dict[int, dict[str, Any]] = {}
    for one in starts:
        held = _held(known, one.delivery_id, worker, now)
        begun[one.delivery_id] = held
        if isinstance(held, ClaimLost):
            continue
        row = known[one.delivery_id].row
        rows.append(
            {
                "id": new_id(now),
                "delivery_id": one.delivery_id,
                "number": held,
                "worker": worker,
                "route": one.route,
                "envelope_from": one.envelope_from,
                "envelope_id": one.envelope_id,
                "started_at": now,
            }
        )
        detail = f"through {one.route}"
        said.append(
            (NewFact(FactKind.STARTED, one.delivery_id, now, attempt=held, detail=detail), None)
        )
        also[one.delivery_id] = {
            "attempts": held,
            "next_attempt_at": None,
            "resend_at": None,
            "message_id": row.message_id or one.message_id,
            "lease_until": row.lease_until if lease is None else now + lease,
        }
    if not rows:
        return begun
    tx.execute(ATTEMPT.insert(), rows)
    facts.add(tx, known, said, now)
    # nothing was said of these that a start could change: the attempt's end is judged
    plain = [number for number in also if not _needs_judging(known[number].row)]
    if plain:
        tx.execute(_STARTED, [{"at_id": number, **also[number]} for number in plain])
    others = [number for number in also if _needs_judging(known[number].row)]
    if others and policies is not None:
        judging.settle(tx, judging.load(tx, others), policies=policies, now=now, also=also)
    for number in others if policies is None else ():
        looked_at = {**also[number], "next_look_at": now}
        tx.execute(update(DELIVERY).where(DELIVERY.c.id == number).values(**looked_at))
    return begun


_STARTED = (
    update(DELIVERY)
    .where(DELIVERY.c.id == bindparam("at_id"))
    .values(
        {
            name: bindparam(name)
            for name in ("attempts", "next_attempt_at", "resend_at", "message_id", "lease_until")
        }
    )
)


def _needs_judging(row: Row[Any]) -> bool:
    return row.gap is not None or row.resend_at is not None


def _held(
    known: dict[int, judging.Known], delivery_id: int, worker: str, now: datetime
) -> int | ClaimLost:
    """The number of the attempt that worker may start now."""
    name = f"delivery {tracking_id(delivery_id)}"
    if delivery_id not in known:
        return ClaimLost(f"the ledger has no {name}")
    row = known[delivery_id].row
    if row.claimed_by != worker or row.lease_until is None or row.lease_until <= now:
        return ClaimLost(f"{name} is not claimed by {worker} any more")
    if row.next_attempt_at is None:
        return ClaimLost(f"{name} need not be sent: {row.why}")
    number: int = row.attempts + 1
    return number


def give_up(tx: Session, *, policies: PolicyBook, now: datetime, limit: int = 500) -> int:
    """Stop trying what is past its policy's give_up_after; how many."""
    past = tx.scalars(
        select(DELIVERY.c.id)
        .where(
            DELIVERY.c.next_attempt_at.is_not(None),
            DELIVERY.c.give_up_at <= now,
            or_(DELIVERY.c.lease_until.is_(None), DELIVERY.c.lease_until <= now),
        )
        .order_by(DELIVERY.c.give_up_at)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    ).all()
    known = judging.load(tx, past)
    said = [
        (
            NewFact(FactKind.GIVEN_UP, number, now, detail=f"after {one.row.attempts} attempt(s)"),
            None,
        )
        for number, one in known.items()
    ]
    facts.add(tx, known, said, now)
    judging.settle(
        tx,
        known,
        policies=policies,
        now=now,
        also={
            number: {"next_attempt_at": None, "claimed_by": "", "lease_until": None}
            for number in known
        },
    )
    return len(known)


def next_due(tx: Session) -> datetime | None:
    """When the next delivery becomes due (it may be in the past); None: nothing to send.

    A claimed one counts as due again when its lease ends.
    """
    free = select(func.min(DELIVERY.c.next_attempt_at)).where(
        DELIVERY.c.next_attempt_at.is_not(None), DELIVERY.c.lease_until.is_(None)
    )
    held = select(func.min(DELIVERY.c.lease_until)).where(
        DELIVERY.c.next_attempt_at.is_not(None), DELIVERY.c.lease_until.is_not(None)
    )
    moments = [at for at in (tx.scalar(free), tx.scalar(held)) if at is not None]
    return min(moments, default=None)
