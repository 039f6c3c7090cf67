"""Slots: how many messages a limit lets go within its span, whoever sends them.

Owns the rows of slot. A limit of N has N slots; one that is taken is free again a
whole span after its message has gone, so that no span of that length ever sees more
than N. Must not know what a limit is of. Taken like work is: by conditional update,
with a time at which one that nobody gave back is free.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from store.batches import in_batches
from store.tables import SLOT

__all__ = ["Use", "free", "prune", "take", "times", "usage"]


@dataclass(frozen=True, slots=True)
class Use:
    """How much of a limit is taken, and when the first of that is free again."""

    taken: int
    next_free: datetime


def take(
    tx: Session, name: str, *, many: int, most: int, until: datetime, now: datetime
) -> list[int]:
    """Up to many free ones of the limit's slots, taken until then; the longest free first.

    A slot has no row before it is first taken. Breaks the schema's promise (LedgerBusy)
    where somebody else takes a new one at the same moment: to be done again.
    """
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
    fresh = _without_row(tx, name, most, many - len(found))
    if fresh:
        rows = [{"name": name, "number": number, "free_at": until} for number in fresh]
        tx.execute(insert(SLOT), rows)
    return [*found, *fresh]


def _without_row(tx: Session, name: str, most: int, many: int) -> list[int]:
    """The first slots of the limit that were never taken, or not for long."""
    if not many:
        return []
    ours = (SLOT.c.name == name, SLOT.c.number < most)
    count = tx.scalar(select(func.count()).where(*ours)) or 0
    if count >= most:
        return []
    there = set(tx.scalars(select(SLOT.c.number).where(*ours)))
    return list(islice((number for number in range(most) if number not in there), many))


def prune(tx: Session, *, before: datetime) -> None:
    """Forgets slots that have been free since before that moment: nobody needs their rows."""
    tx.execute(delete(SLOT).where(SLOT.c.free_at <= before))


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
    """By name, how much of each limit is taken; none of which nothing is."""
    found = tx.execute(
        select(SLOT.c.name, func.count(), func.min(SLOT.c.free_at))
        .where(SLOT.c.free_at > now)
        .group_by(SLOT.c.name)
        .order_by(SLOT.c.name)
    )
    return {name: Use(int(taken), earliest) for name, taken, earliest in found}
