"""One delivery: how it stands, and a person's closing or reopening of it.

Owns the view of a single delivery. Must not make or send any.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from store import facts, judging
from store.errors import LedgerError
from store.facts import NewFact
from store.ids import tracking_id
from store.tables import DELIVERY, NOTICE, RECIPIENT
from store.words import Assurance, FactKind, GapKind, PolicyBook, Stage, State, Verdict

__all__ = ["DeliveryView", "close", "delivery", "reopen"]


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A delivery as it is now."""

    id: int
    notice_id: int
    key: str
    notice_class: str
    address: str
    domain: str
    as_given: str
    number: int
    message_id: str
    attempts: int
    owed_at: datetime
    next_attempt_at: datetime | None
    state: State


def delivery(tx: Session, delivery_id: int) -> DeliveryView | None:
    """One delivery."""
    row = tx.execute(
        select(
            DELIVERY,
            NOTICE.c.key,
            NOTICE.c.notice_class,
            RECIPIENT.c.address,
            RECIPIENT.c.domain,
        )
        .join(NOTICE, NOTICE.c.id == DELIVERY.c.notice_id)
        .join(RECIPIENT, RECIPIENT.c.id == DELIVERY.c.recipient_id)
        .where(DELIVERY.c.id == delivery_id)
    ).one_or_none()
    if row is None:
        return None
    return DeliveryView(
        id=row.id,
        notice_id=row.notice_id,
        key=row.key,
        notice_class=row.notice_class,
        address=row.address,
        domain=row.domain,
        as_given=row.as_given,
        number=row.number,
        message_id=row.message_id,
        attempts=row.attempts,
        owed_at=row.owed_at,
        next_attempt_at=row.next_attempt_at,
        state=State(
            verdict=Verdict(row.verdict),
            stage=Stage(row.stage),
            assurance=None if row.assurance is None else Assurance(row.assurance),
            gap=None if row.gap is None else GapKind(row.gap),
            why=row.why,
            deadline=row.deadline,
            next_look_at=row.next_look_at,
            needs_watermark=row.needs_watermark,
        ),
    )


def close(
    tx: Session, delivery_id: int, *, by: str, why: str, now: datetime, policies: PolicyBook
) -> State:
    """A person ends it: nothing more is sent, no evidence changes it. Raises LedgerError."""
    fact = NewFact(FactKind.CLOSED, delivery_id, now, detail=f"{by}: {why}")
    return _by_hand(tx, fact, policies, now)


def reopen(
    tx: Session, delivery_id: int, *, by: str, why: str, now: datetime, policies: PolicyBook
) -> State:
    """A person takes a closing back; it is sent when it never was. Raises LedgerError."""
    fact = NewFact(FactKind.REOPENED, delivery_id, now, detail=f"{by}: {why}")
    return _by_hand(tx, fact, policies, now)


def _by_hand(tx: Session, fact: NewFact, policies: PolicyBook, now: datetime) -> State:
    number = fact.delivery_id
    known = judging.load(tx, [number])
    if number not in known:
        raise LedgerError(f"the ledger has no delivery {tracking_id(number)}")
    again = fact.kind is FactKind.REOPENED and _unsent(known[number])
    facts.add(tx, known, [(fact, None)], now)
    also = {number: {"next_attempt_at": now}} if again else {}
    return judging.settle(tx, known, policies=policies, now=now, also=also).only(number)


def _unsent(one: judging.Known) -> bool:
    """Whether sending was cut short by the closing: nothing under way, taken or doubtful."""
    stopped = one.row.next_attempt_at is None and one.row.lease_until is None
    kinds = {fact.kind for fact in one.facts}
    return stopped and not kinds & {FactKind.ACCEPTED, FactKind.AMBIGUOUS, FactKind.SUPPRESSED}
