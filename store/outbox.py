"""The outbox: which deliveries must be sent now, and how each attempt went.

Owns the claiming and starting; how attempts end stands in store.attempts, and
is offered from here too. Must not speak SMTP. An attempt is started in the
ledger before a byte leaves, so that a crash leaves a trace.
"""

import zlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from store import bare, facts, judging
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
from store.ids import new_ids, tracking_id
from store.instants import from_micros, to_micros
from store.tables import DELIVERY, RECIPIENT
from store.texts import clean
from store.words import Assurance, FactKind, PolicyBook

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
    "put_off",
    "reap",
    "release",
    "resolve_ambiguous",
    "start_attempt",
    "start_attempts",
]


class Outgoing(NamedTuple):
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
    due_at: datetime | None = None  # later than owed_at where it has waited for its turn


class _Held(NamedTuple):
    """A delivery as it lies in the table, of which an attempt is to begin."""

    id: int
    claimed_by: str
    lease_until: int | None
    next_attempt_at: int | None
    attempts: int
    message_id: str
    why: str
    gap: str | None
    resend_at: int | None


class Start(NamedTuple):
    """One attempt that is about to begin."""

    delivery_id: int
    route: str
    envelope_from: str
    message_id: str
    envelope_id: str = ""


def claim(
    tx: Session,
    *,
    worker: str,
    limit: int,
    lease: timedelta,
    now: datetime,
    avoid: Collection[str] = (),
) -> list[Outgoing]:
    """Take up to limit due deliveries, longest due first, for lease; nobody else gets them.

    avoid: recipient domains, as they lie in the ledger, whose mail is left to others.
    """
    wanted = _DUE
    if avoid:
        # one look for each row, since such a domain may have very many recipients
        theirs = RECIPIENT.c.id == DELIVERY.c.recipient_id
        elsewhere = select(RECIPIENT.c.id).where(theirs, RECIPIENT.c.domain.not_in(sorted(avoid)))
        wanted = _DUE.where(elsewhere.exists())
    due = tx.scalars(wanted, {"now": now, "most": limit}).all()
    holder, until = clean(worker, 200), to_micros(now + lease)
    bare.many(tx, _CLAIMED, [(holder, until, number) for number in due])
    return _outgoing(tx, due)


_DUE = (
    select(DELIVERY.c.id)
    .where(
        DELIVERY.c.next_attempt_at <= bindparam("now"),
        or_(DELIVERY.c.lease_until.is_(None), DELIVERY.c.lease_until <= bindparam("now")),
        or_(DELIVERY.c.give_up_at.is_(None), DELIVERY.c.give_up_at > bindparam("now")),
    )
    .order_by(DELIVERY.c.next_attempt_at, DELIVERY.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, key_share=True)
)
_CLAIMED = "UPDATE delivery SET claimed_by = ?, lease_until = ? WHERE id = ?"
# in the order of Outgoing, but for the content
_OUTGOING = (
    "SELECT d.id, d.notice_id, n.notice_class, n.subject, n.sender, r.address, d.as_given,"
    " d.number, d.previous_number, d.previous_at, d.attempts, d.message_id, d.owed_at, n.key,"
    " r.name, d.next_attempt_at FROM delivery d JOIN notice n ON n.id = d.notice_id"
    " JOIN recipient r ON r.id = d.recipient_id WHERE d.id IN (?)"
)
_CONTENT = "SELECT id, content FROM notice WHERE id IN (?)"


def _outgoing(tx: Session, ids: Sequence[int]) -> list[Outgoing]:
    """These deliveries in this order; a notice's content is read and unpacked once."""
    found = {row[0]: row for row in bare.rows(tx, _OUTGOING, ids)}
    packed = bare.rows(tx, _CONTENT, sorted({row[1] for row in found.values()}))
    contents = {number: zlib.decompress(content) for number, content in packed}
    made = []
    for one in ids:
        number, notice, kind, *texts, before, tries, message_id, owed, key, name, due = found[one]
        previous_at = None if before is None else from_micros(before)
        due_at = None if due is None else from_micros(due)
        told = (previous_at, tries, message_id or None, from_micros(owed), key, name, due_at)
        made.append(Outgoing._make((number, notice, kind, contents[notice], *texts, *told)))
    return made


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


def put_off(tx: Session, due: Mapping[int, datetime], *, worker: str) -> None:
    """Give claimed and not started deliveries back until these times: no attempt was made."""
    if due:
        rows = [{"at_id": one, "due": at, "worker": worker} for one, at in sorted(due.items())]
        tx.execute(_PUT_OFF, rows)


_PUT_OFF = (
    update(DELIVERY)
    .where(
        DELIVERY.c.id == bindparam("at_id"),
        DELIVERY.c.claimed_by == bindparam("worker"),
        DELIVERY.c.next_attempt_at.is_not(None),
    )
    .values(
        claimed_by="",
        lease_until=None,
        next_attempt_at=bindparam("due", type_=DELIVERY.c.next_attempt_at.type),
    )
)


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
    held = {row[0]: _Held._make(row) for row in bare.rows(tx, _HELD, _ids(starts), lock=True)}
    begun: dict[int, int | ClaimLost] = {}
    attempts: list[tuple[Any, ...]] = []
    said: list[tuple[Any, ...]] = []
    plain: list[tuple[Any, ...]] = []
    others: dict[int, dict[str, Any]] = {}
    at_now, holder = to_micros(now), clean(worker, 200)
    until = None if lease is None else to_micros(now + lease)
    fresh = iter(new_ids(now, 2 * len(starts)))
    for one in starts:
        row = held.get(one.delivery_id)
        number = begun[one.delivery_id] = _number(row, one.delivery_id, worker, at_now)
        if isinstance(number, ClaimLost) or row is None:
            continue
        attempts.append(
            (
                *(next(fresh), one.delivery_id, number, holder, clean(one.route, 300)),
                *(clean(one.envelope_from, 1000), clean(one.envelope_id, 500), at_now),
            )
        )
        said.append(
            (
                *(next(fresh), one.delivery_id, _digest(number), _STARTED_KIND),
                *(at_now, at_now, _PROOF, number, clean(f"through {one.route}", 1000)),
            )
        )
        message_id = row.message_id or clean(one.message_id, 998)
        leased = row.lease_until if until is None else until
        # of most nothing was said that a start could change: the attempt's end is judged
        if row.gap is None and row.resend_at is None:
            plain.append((number, message_id, leased, one.delivery_id))
        else:
            others[one.delivery_id] = {
                "attempts": number,
                "next_attempt_at": None,
                "resend_at": None,
                "message_id": message_id,
                "lease_until": from_micros(leased),
            }
    bare.many(tx, _ATTEMPT, attempts)
    bare.many(tx, _SAID, said)
    bare.many(tx, _STARTED, plain)
    if others and policies is not None:
        judging.settle(tx, judging.load(tx, others), policies=policies, now=now, also=others)
    for number, changed in others.items() if policies is None else ():
        looked_at = {**changed, "next_look_at": now}
        tx.execute(update(DELIVERY).where(DELIVERY.c.id == number).values(**looked_at))
    return begun


_HELD = (
    "SELECT d.id, d.claimed_by, d.lease_until, d.next_attempt_at, d.attempts, d.message_id,"
    " d.why, d.gap, d.resend_at FROM delivery d WHERE d.id IN (?) ORDER BY d.id"
)
_ATTEMPT = bare.insert(
    "attempt", "id, delivery_id, number, worker, route, envelope_from, envelope_id, started_at"
)
_SAID = bare.insert(
    "evidence",
    "id, delivery_id, digest, kind, occurred_at, recorded_at, assurance, attempt, detail",
)
# where judging is not needed resend_at is NULL already; each index named here is written again
_STARTED = (
    "UPDATE delivery SET attempts = ?, message_id = ?, lease_until = ?, next_attempt_at = NULL"
    " WHERE id = ?"
)
_STARTED_KIND = FactKind.STARTED.value
_PROOF = int(Assurance.PROOF)


def _ids(starts: Sequence[Start]) -> list[int]:
    # a forged number may be larger than any column
    return sorted(one.delivery_id for one in starts if 0 <= one.delivery_id < 1 << 63)


@lru_cache(64)
def _digest(attempt: int) -> int:
    """Of STARTED: a digest is within one delivery, so this is the same for all."""
    return facts.digest(NewFact(FactKind.STARTED, 0, from_micros(0), attempt=attempt))


def _number(row: _Held | None, delivery_id: int, worker: str, now: int) -> int | ClaimLost:
    """The number of the attempt that worker may start now."""
    if row is None:
        return ClaimLost(f"the ledger has no delivery {tracking_id(delivery_id)}")
    if row.claimed_by != worker or row.lease_until is None or row.lease_until <= now:
        name = tracking_id(delivery_id)
        return ClaimLost(f"delivery {name} is not claimed by {worker} any more")
    if row.next_attempt_at is None:
        return ClaimLost(f"delivery {tracking_id(delivery_id)} need not be sent: {row.why}")
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
