"""Canaries: probe mails of our own that must come back.

Owns the rows of canary. Must not send or recognise them. What a missing one
does to a channel's watermark stands in store.channels.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, literal, or_, select, update
from sqlalchemy.orm import Session

from store.batches import in_batches
from store.ids import new_id
from store.tables import CANARY

__all__ = [
    "Canary",
    "forget",
    "get",
    "last_back",
    "latest",
    "missing",
    "new",
    "overdue",
    "prune",
    "recent",
    "refused",
    "returned",
    "set_back",
    "ways",
    "withdraw",
]


@dataclass(frozen=True, slots=True)
class Canary:
    """One probe. returned_at is None while it is missing."""

    id: int
    route: str
    channel: str  # where it is expected; "": it must not come back at all
    sent_at: datetime
    returned_at: datetime | None
    returned_by: str
    refusal: str  # why no mail reaches that mailbox at all; empty: it was taken


_FIELDS = [CANARY.c[name] for name in Canary.__dataclass_fields__]


def new(tx: Session, *, route: str, channel: str, now: datetime) -> int:
    """Note that a probe is about to be sent; its id goes into the token."""
    number = new_id(now)
    tx.execute(
        CANARY.insert(), [{"id": number, "route": route, "channel": channel, "sent_at": now}]
    )
    return number


def withdraw(tx: Session, canary_id: int) -> None:
    """The probe never left, so its absence says nothing of the channel."""
    tx.execute(delete(CANARY).where(CANARY.c.id == canary_id, CANARY.c.returned_at.is_(None)))


def refused(tx: Session, canary_id: int, why: str) -> None:
    """The mailbox was refused in session: the probe will not come back, nor would an answer."""
    tx.execute(update(CANARY).where(CANARY.c.id == canary_id).values(refusal=why))


def returned(
    tx: Session, canary_id: int, now: datetime, channel: str, *, refused: bool = True
) -> bool:
    """The probe came back; False when it is unknown or had come back before.

    refused: it bounced for good. Where it must not come back at all, nothing else counts:
    a notice of delay, or an answer to it, says nothing against that address.
    """
    done = tx.execute(
        update(CANARY)
        .where(
            CANARY.c.id == canary_id,
            CANARY.c.returned_at.is_(None),
            (CANARY.c.channel != "") | literal(refused),
        )
        .values(returned_at=now, returned_by=channel)
        .returning(CANARY.c.id)
    )
    return bool(done.all())


def get(tx: Session, canary_id: int) -> Canary | None:
    """One probe."""
    row = tx.execute(select(*_FIELDS).where(CANARY.c.id == canary_id)).one_or_none()
    return None if row is None else Canary(*row)


def latest(tx: Session, *, route: str, channel: str) -> Canary | None:
    """The newest probe of that way, for whoever decides whether the next is due."""
    row = tx.execute(
        select(*_FIELDS)
        .where(CANARY.c.route == route, CANARY.c.channel == channel)
        .order_by(CANARY.c.sent_at.desc(), CANARY.c.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else Canary(*row)


def last_back(tx: Session, *, route: str, channel: str) -> datetime | None:
    """When the newest probe of that way was sent that came back."""
    return tx.scalar(
        select(CANARY.c.sent_at)
        .where(
            CANARY.c.route == route,
            CANARY.c.channel == channel,
            CANARY.c.returned_at.is_not(None),
        )
        .order_by(CANARY.c.sent_at.desc())
        .limit(1)
    )


def missing(tx: Session, *, sent_before: datetime) -> list[Canary]:
    """Probes sent before that moment and not back yet, oldest first."""
    rows = tx.execute(
        select(*_FIELDS)
        .where(CANARY.c.returned_at.is_(None), CANARY.c.sent_at < sent_before)
        .order_by(CANARY.c.sent_at)
    )
    return [Canary(*row) for row in rows]


def overdue(tx: Session, *, route: str, channel: str, sent_before: datetime) -> list[Canary]:
    """Missing probes of a way that no later one has made up for, oldest first."""
    proven = (
        select(func.max(CANARY.c.sent_at))
        .where(
            CANARY.c.route == route,
            CANARY.c.channel == channel,
            CANARY.c.returned_at.is_not(None),
        )
        .scalar_subquery()
    )
    rows = tx.execute(
        select(*_FIELDS)
        .where(
            CANARY.c.route == route,
            CANARY.c.channel == channel,
            CANARY.c.returned_at.is_(None),
            CANARY.c.sent_at < sent_before,
            or_(proven.is_(None), CANARY.c.sent_at > proven),
        )
        .order_by(CANARY.c.sent_at, CANARY.c.id)
    )
    return [Canary(*row) for row in rows]


def recent(tx: Session, *, route: str, channel: str, limit: int = 100) -> list[Canary]:
    """The newest probes of a way, newest first."""
    rows = tx.execute(
        select(*_FIELDS)
        .where(CANARY.c.route == route, CANARY.c.channel == channel)
        .order_by(CANARY.c.sent_at.desc(), CANARY.c.id.desc())
        .limit(limit)
    )
    return [Canary(*row) for row in rows]


def forget(tx: Session, *, but: Collection[tuple[str, str]]) -> int:
    """Let the missing probes of every way go but of these, by route and channel; how many.

    No later probe makes up for one of a way that is not gone any more.
    """
    missing = tx.execute(
        select(CANARY.c.id, CANARY.c.route, CANARY.c.channel).where(CANARY.c.returned_at.is_(None))
    )
    gone = [number for number, route, channel in missing if (route, channel) not in but]
    for some in in_batches(gone):
        tx.execute(delete(CANARY).where(CANARY.c.id.in_(some)))
    return len(gone)


def set_back(tx: Session, now: datetime) -> None:
    """Where the clock was set back: what was sent after now was sent now.

    Else it would make up for every probe until then, and none would be due.
    """
    tx.execute(update(CANARY).where(CANARY.c.sent_at > now).values(sent_at=now))


def prune(tx: Session, *, before: datetime) -> int:
    """Drop probes sent before that moment which a later one has made up for; how many.

    Those that must not come back are made up for by any later one.
    """
    later = CANARY.alias("later")
    done = tx.execute(
        delete(CANARY)
        .where(
            CANARY.c.sent_at < before,
            select(literal(1))
            .where(
                later.c.route == CANARY.c.route,
                later.c.channel == CANARY.c.channel,
                or_(later.c.returned_at.is_not(None), CANARY.c.channel == ""),
                later.c.sent_at > CANARY.c.sent_at,
            )
            .correlate(CANARY)
            .exists(),
        )
        .returning(CANARY.c.id)
    )
    return len(done.all())


def ways(tx: Session) -> list[Canary]:
    """The newest probe of every way that probes ever took, by channel and route."""
    newest = (
        select(func.max(CANARY.c.sent_at).label("sent_at"), CANARY.c.route, CANARY.c.channel)
        .group_by(CANARY.c.route, CANARY.c.channel)
        .subquery()
    )
    rows = tx.execute(
        select(*_FIELDS)
        .join(
            newest,
            (CANARY.c.route == newest.c.route)
            & (CANARY.c.channel == newest.c.channel)
            & (CANARY.c.sent_at == newest.c.sent_at),
        )
        .order_by(CANARY.c.channel, CANARY.c.route)
    )
    return [Canary(*row) for row in rows]
