"""When the recipient's own mailbox is looked into for a delivery, and how far it was seen.

Owns the rows of asking but for what was found (store.asked). Must not know how a mailbox
is asked, nor judge. A row is made when a policy that asks begins to wait for evidence, in
the transaction that says so.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from store.batches import in_batches
from store.judge import later
from store.tables import ASKING, DELIVERY, NOTICE, RECIPIENT
from store.words import GapKind, Policy, Verdict

__all__ = ["OWN_MAILBOX", "Open", "begin", "due", "forget", "next_look", "seen", "somebody"]

OWN_MAILBOX = "the recipient's own mailbox"
"""The name under which it is a channel of its own delivery's judgement."""

_DOUBLINGS = 20  # more would be years
_LONGEST = timedelta(days=36_500)
_OLDEST = timedelta(days=30)  # since it was owed: no log that is asked goes back further
_MOST = 500  # deliveries of one mailbox looked for at a time
_WORTH = (Verdict.WAITING.value, Verdict.GAP.value)
_HOPELESS = (GapKind.FAILED.value, GapKind.REJECTED.value, GapKind.SUPPRESSED.value)


@dataclass(frozen=True, slots=True)
class Open:
    """A delivery for which its recipient's mailbox is to be asked. Datetimes are aware UTC."""

    delivery_id: int
    address: str  # of the recipient, canonical
    message_id: str  # without angle brackets
    sender: str  # as the notice has it
    owed_at: datetime
    due: bool  # False: its mailbox is asked anyway, for another


def next_look(policy: Policy, *, looks: int, now: datetime, deadline: datetime) -> datetime | None:
    """When to look again after so many looks; None: that were enough.

    Waits double, the deadline is always one of the moments, and the last look is not
    spent before it.
    """
    if looks >= policy.ask_times:
        return None
    if looks == policy.ask_times - 1 and now < deadline:
        return deadline
    doubled = 1 << min(looks, _DOUBLINGS)
    wait = policy.ask_after * doubled if policy.ask_after < _LONGEST / doubled else _LONGEST
    following = later(now, wait)
    return min(following, deadline) if now < deadline else following


_SEEN = select(ASKING.c.delivery_id, ASKING.c.through).where(
    ASKING.c.delivery_id.in_(bindparam("ids", expanding=True))
)


def seen(tx: Session, delivery_ids: Iterable[int]) -> dict[int, datetime | None]:
    """Through when the whole mailbox was seen, for each of these deliveries that has a row."""
    found: dict[int, datetime | None] = {}
    for some in in_batches(sorted(delivery_ids)):
        found.update((number, through) for number, through in tx.execute(_SEEN, {"ids": some}))
    return found


def begin(tx: Session, first: Mapping[int, datetime]) -> None:
    """Deliveries (locked, without a row) and when their mailbox is to be asked first."""
    if first:
        tx.execute(
            ASKING.insert(), [{"delivery_id": one, "next_at": at} for one, at in first.items()]
        )


def due(
    tx: Session, domains: Collection[str], *, now: datetime, most: int
) -> dict[str, list[Open]]:
    """The open deliveries of at most so many mailboxes, by address, the longest due first.

    Where a mailbox is due, all that is open for it comes along.
    """
    if not domains:
        return {}
    waiting = (
        select(DELIVERY.c.recipient_id)
        .join(ASKING, ASKING.c.delivery_id == DELIVERY.c.id)
        .join(RECIPIENT, RECIPIENT.c.id == DELIVERY.c.recipient_id)
        .where(ASKING.c.next_at <= now, RECIPIENT.c.domain.in_(sorted(domains)))
        .group_by(DELIVERY.c.recipient_id)
        .order_by(func.min(ASKING.c.next_at))
        .limit(most)
    )
    mailboxes: Sequence[int] = tx.scalars(waiting).all()
    found: dict[int, list[Open]] = {number: [] for number in mailboxes}
    for some in in_batches(mailboxes):
        rows = tx.execute(
            select(*_OPEN)
            .join(DELIVERY, DELIVERY.c.id == ASKING.c.delivery_id)
            .join(NOTICE, NOTICE.c.id == DELIVERY.c.notice_id)
            .join(RECIPIENT, RECIPIENT.c.id == DELIVERY.c.recipient_id)
            .where(ASKING.c.next_at.is_not(None), DELIVERY.c.recipient_id.in_(some))
            .order_by(ASKING.c.next_at)
        )
        for recipient, next_at, delivery, address, message_id, sender, owed_at in rows:
            if len(found[recipient]) < _MOST:
                due_now = next_at <= now
                one = Open(delivery, address, message_id, sender, owed_at, due_now)
                found[recipient].append(one)
    return {ones[0].address: ones for ones in found.values() if ones}


_OPEN: list[Any] = [
    DELIVERY.c.recipient_id,
    ASKING.c.next_at,
    ASKING.c.delivery_id,
    RECIPIENT.c.address,
    DELIVERY.c.message_id,
    NOTICE.c.sender,
    DELIVERY.c.owed_at,
]


def forget(tx: Session, domains: Collection[str], *, now: datetime) -> None:
    """Look no more for what has landed, was closed, has failed for good or is very old.

    In these domains only: whoever asks in others must not wait for these rows.
    """
    settled = (
        select(ASKING.c.delivery_id)
        .join(DELIVERY, DELIVERY.c.id == ASKING.c.delivery_id)
        .join(RECIPIENT, RECIPIENT.c.id == DELIVERY.c.recipient_id)
        .where(
            ASKING.c.next_at <= now,
            RECIPIENT.c.domain.in_(sorted(domains)),
            DELIVERY.c.verdict.not_in(_WORTH)
            | DELIVERY.c.gap.in_(_HOPELESS)
            | (DELIVERY.c.owed_at < now - _OLDEST),
        )
    )
    tx.execute(update(ASKING).where(ASKING.c.delivery_id.in_(settled)).values(next_at=None))


def somebody(tx: Session, domains: Collection[str]) -> str:
    """A recipient in one of these domains, the one that was written to last; "" for none."""
    found = tx.scalar(
        select(RECIPIENT.c.address)
        .where(RECIPIENT.c.domain.in_(sorted(domains)))
        .order_by(RECIPIENT.c.last_owed_at.desc())
        .limit(1)
    )
    return found or ""
