"""Gaps: looking again at deliveries whose time has come.

Owns the sweep over next_look_at. Must not decide: store.judge does.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from store import judging, paths
from store.tables import DELIVERY
from store.words import PolicyBook, Verdict

__all__ = ["Failure", "Swept", "rejudge_all", "rejudge_channel", "sweep"]


@dataclass(frozen=True, slots=True)
class Failure:
    """A delivery that could not be judged; it is looked at again in an hour."""

    delivery_id: int
    error: str


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did. looked == limit means that there may be more."""

    looked: int
    opened: int  # gaps
    closed: int
    failed: tuple[Failure, ...]


def sweep(tx: Session, *, policies: PolicyBook, now: datetime, limit: int = 500) -> Swept:
    """Claim up to limit deliveries whose next look is due, judge, write their gaps.

    They stay locked until the transaction ends; what another sweep holds is skipped.
    """
    due = tx.scalars(
        select(DELIVERY.c.id)
        .where(DELIVERY.c.next_look_at <= now)
        .order_by(DELIVERY.c.next_look_at)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    ).all()
    known = judging.load(tx, due)
    judged = judging.settle(tx, known, policies=policies, now=now, heard=False)
    failures = tuple(Failure(number, error) for number, error in judged.failed.items())
    return Swept(len(due), judged.opened, judged.closed, failures)


def rejudge_channel(tx: Session, *, now: datetime) -> int:
    """What waits for no more than every channel has observed is due now; how many.

    channels.observed() does this itself; this is for after a channel was retired.
    """
    return paths.wake(tx, now)


def rejudge_all(tx: Session, *, now: datetime) -> int:
    """After policies changed: everything that is not closed is due now; how many."""
    done = tx.execute(
        update(DELIVERY)
        .where(
            DELIVERY.c.id.in_(
                select(DELIVERY.c.id)
                .where(
                    DELIVERY.c.verdict != Verdict.CLOSED.value,
                    or_(DELIVERY.c.next_look_at.is_(None), DELIVERY.c.next_look_at > now),
                )
                .with_for_update(skip_locked=True, key_share=True)
            )
        )
        .values(next_look_at=now)
    )
    return cast("CursorResult[Any]", done).rowcount
