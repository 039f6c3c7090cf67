"""Slots: how many messages a limit lets go within its span, whoever sends them.

Owns the rows of slot. A limit of N has N slots; one that is taken is free again a
whole span after its message has gone, so that no span of that length ever sees more
than N. Must not know what a limit is of. Taken like work is: by conditional update,
with a time at which one that nobody gave back is free.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, case, delete, func, insert, select, update
from sqlalchemy.orm import Session

from store.batches import in_batches
from store.tables import SLOT

__all__ = ["Use", "ensure", "free", "take", "times", "usage"]


@dataclass(frozen=True, slots=True)
class Use:
    """How much of a limit is taken. next_free: None where a slot is free now."""

    taken: int
    most: int
    next_free: datetime | None


def ensure(tx: Session, name: str, most: int, *, now: datetime) -> None:
    """Makes the slots of a limit that are not there yet; free ones beyond it are gone."""
    tx.execute(
        delete(SLOT).where(SLOT.c.name == name, SLOT.c.number >= most, SLOT.c.free_at <= now)
    )
    there = set(tx.scalars(select(SLOT.c.number).where(SLOT.c.name == name)))
    missing = [number for number in range(most) if number not in there]
    for some in in_batches(missing):
        rows = [{"name": name, "number": number, "free_at": now} for number in some]
        tx.execute(insert(SLOT), rows)


def take(
    tx: Session, name: str, *, many: int, most: int, until: datetime, now: datetime
) -> list[int]:
    """Up to many free ones of the limit's slots, taken until then; the longest free first."""
    found = tx.scalars(
        select(SLOT.c.number)
        .where(SLOT.c.name == name, SLOT.c.number < most, SLOT.c.free_at <= now)
        .order_by(SLOT.c.free_at, SLOT.c.number)
        .limit(many)
        .with_for_update(skip_locked=True, key_share=True)
    ).all()
    for some in in_batches(found):
        tx.execute(
            update(SLOT).where(SLOT.c.name == name, SLOT.c.number.in_(some)).values(free_at=until)
        )
    return list(found)


def free(tx: Session, taken: Iterable[tuple[str, int, datetime, datetime]]) -> None:
    """Each (name, number, until as taken, at) is free from that moment on.

    One that ran out and that somebody else has taken since is left alone.
    """
    rows = [
        {"of": name, "which": number, "until": until, "at": at}
        for name, number, until, at in sorted(taken)
    ]
    if rows:
        tx.execute(_FREE, rows)


_FREE = (
    update(SLOT)
    .where(
        SLOT.c.name == bindparam("of"),
        SLOT.c.number == bindparam("which"),
        SLOT.c.free_at == bindparam("until", type_=SLOT.c.free_at.type),
    )
    .values(free_at=bindparam("at", type_=SLOT.c.free_at.type))
)


def times(tx: Session, name: str, *, most: int, limit: int) -> list[datetime]:
    """When the first slots of the limit are free, earliest first; it may be in the past."""
    return list(
        tx.scalars(
            select(SLOT.c.free_at)
            .where(SLOT.c.name == name, SLOT.c.number < most)
            .order_by(SLOT.c.free_at)
            .limit(limit)
        )
    )


def usage(tx: Session, *, now: datetime) -> dict[str, Use]:
    """By name, how much of each limit is taken; none that is quite free."""
    busy = func.sum(case((SLOT.c.free_at > now, 1), else_=0))
    found = tx.execute(
        select(SLOT.c.name, func.count(), busy, func.min(SLOT.c.free_at))
        .group_by(SLOT.c.name)
        .having(busy > 0)
        .order_by(SLOT.c.name)
    )
    return {
        name: Use(int(taken), int(most), earliest if earliest > now else None)
        for name, most, taken, earliest in found
    }
