"""Canaries: probe mails of our own that must come back.

Owns the rows of canary. Must not send or recognise them. What a missing one
does to a channel's watermark stands in store.channels.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, delete, func, literal, or_, select, update
from sqlalchemy.orm import Session

from store.batches import in_batches
from store.columns import UtcMicros
from store.ids import new_id
from store.tables import CANARY

__all__ = [
    "Canary",
    "explain",
    "forget",
    "get",
    "last_back",
    "latest",
    "left",
    "missing",
    "new",
    "overdue",
    "prune",
    "recent",
    "refused",
    "returned",
    "set_back",
    "stays_since",
    "ways",
    "withdraw",
]


_MICROSECOND = timedelta(microseconds=1)


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
    has_left: bool  # False: no relay took it, so that it is not missing yet
    cause: str  # what was found when it was missed; empty: nothing, or it was not missed


_FIELDS = [CANARY.c[name] for name in Canary.__dataclass_fields__]


def new(tx: Session, *, route: str, channel: str, now: datetime) -> int:
    """Note that a probe is about to be sent; its id goes into the token."""
    number = new_id(now)
    tx.execute(
        CANARY.insert(), [{"id": number, "route": route, "channel": channel, "sent_at": now}]
    )
    return number


def withdraw(tx: Session, canary_id: int, why: str = "") -> None:
    """The probe never left, so its absence says nothing of the channel.

    why: it is kept, where none of its way ever left: since then nobody knows of any answer.
    """
    probe = get(tx, canary_id)
    if probe is None or probe.returned_at is not None:
        return
    mine, others = CANARY.c.id == canary_id, (*_of(probe), CANARY.c.id != canary_id)
    first = tx.execute(select(CANARY.c.id).where(*others).limit(1)).one_or_none()
    if why and probe.channel and first is None:
        tx.execute(update(CANARY).where(mine).values(has_left=False, refusal=why))
        return
    tx.execute(delete(CANARY).where(mine))
    if why:
        stayed = (*_of(probe), CANARY.c.has_left.is_(False))
        tx.execute(update(CANARY).where(*stayed).values(refusal=why))


def left(tx: Session, canary_id: int) -> None:
    """A relay took the probe: those of its way that none took are of no account any more."""
    probe = get(tx, canary_id)
    if probe is not None:
        tx.execute(delete(CANARY).where(*_of(probe), CANARY.c.has_left.is_(False)))


def refused(tx: Session, canary_id: int, why: str) -> None:
    """No answer would arrive, so the probe is missing; where none ever left, since the first."""
    probe = get(tx, canary_id)
    if probe is None:
        return
    stayed = (*_of(probe), CANARY.c.has_left.is_(False))
    first = tx.execute(select(CANARY.c.id).where(*stayed).limit(1)).one_or_none()
    number = canary_id if first is None else first.id
    tx.execute(update(CANARY).where(CANARY.c.id == number).values(has_left=True, refusal=why))
    if number != canary_id:
        tx.execute(delete(CANARY).where(CANARY.c.id == canary_id))


def explain(tx: Session, canary_id: int, why: str) -> None:
    """The probe was missed, and that was found."""
    tx.execute(update(CANARY).where(CANARY.c.id == canary_id).values(cause=why))


def _of(probe: Canary) -> tuple[ColumnElement[bool], ...]:
    return (CANARY.c.route == probe.route, CANARY.c.channel == probe.channel)


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
        .where(CANARY.c.route == route, CANARY.c.channel == channel, CANARY.c.has_left)
        .order_by(CANARY.c.sent_at.desc(), CANARY.c.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else Canary(*row)


def stays_since(tx: Session, *, route: str, channel: str) -> datetime | None:
    """Since when no probe of that way could leave, where none ever did."""
    return tx.scalar(
        select(CANARY.c.sent_at).where(
            CANARY.c.route == route, CANARY.c.channel == channel, CANARY.c.has_left.is_(False)
        )
    )


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
        .where(CANARY.c.returned_at.is_(None), CANARY.c.has_left, CANARY.c.sent_at < sent_before)
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
            CANARY.c.has_left,
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
        .where(CANARY.c.route == route, CANARY.c.channel == channel, CANARY.c.has_left)
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

    Else it would make up for every probe until then, and none would be due. One that is out
    stays later than those that came back.
    """
    before = now - _MICROSECOND
    tx.execute(
        update(CANARY)
        .where(CANARY.c.sent_at > now)
        .values(
            sent_at=case(
                (CANARY.c.returned_at.is_(None), literal(now, UtcMicros())),
                else_=literal(before, UtcMicros()),
            )
        )
    )
    tx.execute(update(CANARY).where(CANARY.c.returned_at > now).values(returned_at=now))


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
        .order_by(CANARY.c.channel, CANARY.c.route, CANARY.c.id)
    )
    return list({(row.route, row.channel): Canary(*row) for row in rows}.values())
