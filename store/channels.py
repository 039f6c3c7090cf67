"""Channels: where evidence comes from, how far each was read, and what to tidy there.

Owns the rows of channel, and the after-commit work of report. Must not know
how a channel is read, nor judge. A watermark says "observed through this
moment"; it only moves forward, but where the clock was set back. What a probe
that is missing takes from it stands in store.paths.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, case, func, literal, or_, select, update
from sqlalchemy.orm import Session

from store import bare, paths
from store.columns import UtcMicros
from store.ids import new_id
from store.instants import from_micros, to_micros
from store.paths import MAILBOX
from store.tables import CHANNEL, DELIVERY, REPORT
from store.words import Verdict

__all__ = [
    "MAILBOX",
    "Channel",
    "Kept",
    "PendingMove",
    "advance",
    "all",
    "ensure",
    "failed",
    "get",
    "judge_again",
    "kept",
    "lost",
    "moved",
    "numbering",
    "observed",
    "pending_but",
    "pending_moves",
    "put_off",
    "reset",
    "retire",
    "stood",
    "unread",
]


_SERVED = 1 << 32  # what is above it tells numberings of one UIDVALIDITY apart
_LONG_AGO = timedelta(days=60)  # what was accepted before is mostly settled
_STEP = timedelta(minutes=1)  # by less the clocks of several agents may differ


@dataclass(frozen=True, slots=True)
class Channel:
    """One mailbox folder, log or webhook. Datetimes are aware UTC."""

    id: int
    name: str
    kind: str
    enabled: bool  # still configured
    uidvalidity: int  # 0: not yet read
    last_uid: int
    watermark: datetime | None  # observed through
    last_success_at: datetime | None
    last_error: str
    failing_since: datetime | None


class PendingMove(NamedTuple):
    """A report that is recorded and whose mail was not yet moved or flagged."""

    report_id: int
    uidvalidity: int
    uid: int
    outcome: str  # as recorded: "matched", "unmatched", ...
    kind: str  # of report
    recorded_at: datetime


class Kept(NamedTuple):
    """What a recorded mail is known again by; None and "" where it was not told."""

    internal_date: datetime | None
    message_id: str


_FIELDS = [CHANNEL.c[name] for name in Channel.__dataclass_fields__]


def ensure(tx: Session, name: str, kind: str, now: datetime) -> Channel:
    """The channel of that name, made when new, enabled again when it was retired.

    A watermark after now comes down to it: the clock was set back. What was judged by
    that clock is due again, for it may have waited for a time that did not come.
    """
    found = tx.execute(select(*_FIELDS).where(CHANNEL.c.name == name)).one_or_none()
    if found is None:
        tx.execute(CHANNEL.insert(), [{"id": new_id(now), "name": name, "kind": kind}])
    elif not found.enabled or found.kind != kind:
        tx.execute(update(CHANNEL).where(CHANNEL.c.name == name).values(enabled=True, kind=kind))
    if found is not None and found.watermark is not None and found.watermark > now:
        if found.watermark > now + _STEP:
            judge_again(tx, now)
        tx.execute(update(CHANNEL).where(CHANNEL.c.name == name).values(watermark=now))
    return Channel(*tx.execute(select(*_FIELDS).where(CHANNEL.c.name == name)).one())


def judge_again(tx: Session, now: datetime) -> None:
    """What was judged after now is due: the clock was set back."""
    tx.execute(_AGAIN, {"at": now})


_AGAIN = (
    update(DELIVERY)
    .where(
        DELIVERY.c.id.in_(
            select(DELIVERY.c.id)
            .where(
                DELIVERY.c.judged_at > bindparam("at"),
                DELIVERY.c.verdict != Verdict.CLOSED.value,
            )
            .with_for_update(skip_locked=True, key_share=True)
        )
    )
    .values(next_look_at=bindparam("at"))
)


def get(tx: Session, channel_id: int) -> Channel | None:
    """One channel."""
    row = tx.execute(select(*_FIELDS).where(CHANNEL.c.id == channel_id)).one_or_none()
    return None if row is None else Channel(*row)


def all(tx: Session) -> list[Channel]:  # noqa: A001 - channels.all(tx) reads well
    """Every channel ever known, by name."""
    return [Channel(*row) for row in tx.execute(select(*_FIELDS).order_by(CHANNEL.c.name))]


def advance(tx: Session, channel_id: int, uidvalidity: int, last_uid: int, now: datetime) -> None:
    """Move the cursor; call it in the transaction that records the reports up to it.

    A cursor of the same UIDVALIDITY never moves back.
    """
    tx.execute(
        _ADVANCE,
        {"channel": channel_id, "validity": uidvalidity, "uid": last_uid, "at": now},
    )


_GOOD: dict[str, Any] = {
    "last_success_at": bindparam("at"),
    "failing_since": None,
    "last_error": "",
    "next_try_at": None,
}
_ADVANCE = (
    update(CHANNEL)
    .where(CHANNEL.c.id == bindparam("channel"))
    .values(
        uidvalidity=bindparam("validity"),
        last_uid=case(
            (
                and_(
                    CHANNEL.c.uidvalidity == bindparam("validity"),
                    CHANNEL.c.last_uid > bindparam("uid"),
                ),
                CHANNEL.c.last_uid,
            ),
            else_=bindparam("uid"),
        ),
        **_GOOD,
    )
)


def observed(tx: Session, channel_id: int, through: datetime, now: datetime) -> int:
    """The channel was read to its end as of through; the watermark only moves forward.

    How many deliveries have waited for their channels to come this far: the next
    sweep looks at them.
    """
    tx.execute(_OBSERVED, {"channel": channel_id, "through": through, "at": now})
    return paths.wake(tx, now)


_OBSERVED = (
    update(CHANNEL)
    .where(CHANNEL.c.id == bindparam("channel"))
    .values(
        watermark=case(
            (CHANNEL.c.watermark > bindparam("through", type_=UtcMicros()), CHANNEL.c.watermark),
            else_=bindparam("through", type_=UtcMicros()),
        ),
        **_GOOD,
    )
)


def failed(tx: Session, channel_id: int, error: str, now: datetime) -> None:
    """The channel could not be read; failing_since keeps the first time."""
    tx.execute(
        update(CHANNEL)
        .where(CHANNEL.c.id == channel_id)
        .values(
            last_error=error,
            failing_since=func.coalesce(CHANNEL.c.failing_since, literal(now, UtcMicros())),
        )
    )


def put_off(tx: Session, name: str, until: datetime) -> None:
    """The channel is tried again only then, for people to see; until it can be read."""
    tx.execute(update(CHANNEL).where(CHANNEL.c.name == name).values(next_try_at=until))


def lost(tx: Session, channel_id: int, now: datetime) -> None:
    """What was there since the channel was observed last is gone, and was not read.

    Of several such stretches the span of all is kept, but of what ended long ago: some that was
    heard in between passes for lost.
    """
    since = func.coalesce(CHANNEL.c.watermark, literal(from_micros(0), UtcMicros()))
    long_ago = literal(now - _LONG_AGO, UtcMicros())
    old = or_(CHANNEL.c.lost_to.is_(None), CHANNEL.c.lost_to < long_ago)
    tx.execute(
        update(CHANNEL)
        .where(CHANNEL.c.id == channel_id)
        .values(lost_from=case((old, since), else_=CHANNEL.c.lost_from), lost_to=now)
    )


def reset(tx: Session, channel_id: int, uidvalidity: int) -> None:
    """The server renumbered the folder (RFC 3501 2.3.1.1): read it from the start.

    What is pending of the old numbering can no longer be addressed and is let go.
    """
    tx.execute(
        update(CHANNEL)
        .where(CHANNEL.c.id == channel_id)
        .values(uidvalidity=uidvalidity, last_uid=0)
    )
    tx.execute(
        update(REPORT)
        .where(
            REPORT.c.channel_id == channel_id,
            REPORT.c.uidvalidity != uidvalidity,
            REPORT.c.moved_at.is_(None),
        )
        .values(moved_at=REPORT.c.recorded_at)
    )


def numbering(tx: Session, channel_id: int, uidvalidity: int) -> tuple[int, int] | None:
    """The newest numbering of that UIDVALIDITY (32 bits), in full, and the last UID recorded in it.

    None where nothing was recorded in one. Reads every report of the channel.
    """
    found = tx.execute(
        select(REPORT.c.uidvalidity, func.max(REPORT.c.uid))
        .where(REPORT.c.channel_id == channel_id, REPORT.c.uidvalidity % _SERVED == uidvalidity)
        .group_by(REPORT.c.uidvalidity)
        .order_by(REPORT.c.uidvalidity.desc())
        .limit(1)
    ).one_or_none()
    return None if found is None else (found[0], found[1])


_KEPT = (
    "SELECT uid, internal_date, message_id FROM report"
    " WHERE uid IN (?) AND channel_id = ? AND uidvalidity = ?"
)


def kept(tx: Session, channel_id: int, uidvalidity: int, uids: Sequence[int]) -> dict[int, Kept]:
    """Of these UIDs those that are recorded, and what their mail is known again by."""
    rows = bare.rows(tx, _KEPT, uids, channel_id, uidvalidity)
    return {
        uid: Kept(None if date is None else from_micros(date), message_id)
        for uid, date, message_id in rows
    }


def stood(tx: Session, channel_id: int, uidvalidity: int, most: int) -> list[tuple[str, str, Kept]]:
    """Outcome and kind of the last mails recorded in that numbering, and what each is known by."""
    rows = tx.execute(
        select(REPORT.c.outcome, REPORT.c.kind, REPORT.c.internal_date, REPORT.c.message_id)
        .where(REPORT.c.channel_id == channel_id, REPORT.c.uidvalidity == uidvalidity)
        .order_by(REPORT.c.uid.desc())
        .limit(most)
    )
    return [(outcome, kind, Kept(date, message_id)) for outcome, kind, date, message_id in rows]


def unread(tx: Session, since: datetime) -> list[str]:
    """The channels that were not read to their end since then, though nothing is known to fail."""
    return list(
        tx.scalars(
            select(CHANNEL.c.name)
            .where(
                CHANNEL.c.enabled.is_(True),
                CHANNEL.c.kind != MAILBOX,
                CHANNEL.c.failing_since.is_(None),
                or_(CHANNEL.c.watermark.is_(None), CHANNEL.c.watermark < since),
            )
            .order_by(CHANNEL.c.name)
        )
    )


def retire(tx: Session, configured: Collection[str]) -> int:
    """Disable every channel whose name is not configured any more; how many that were."""
    done = tx.execute(
        update(CHANNEL)
        .where(CHANNEL.c.enabled.is_(True), CHANNEL.c.name.not_in(list(configured)))
        .values(enabled=False)
        .returning(CHANNEL.c.id)
    )
    return len(done.all())


_PENDING = (
    "SELECT id, uidvalidity, uid, outcome, kind, recorded_at FROM report"
    " WHERE channel_id IN (?) AND moved_at IS NULL ORDER BY uid LIMIT ?"
)
_MOVED = "UPDATE report SET moved_at = ? WHERE id = ?"


def pending_moves(tx: Session, channel_id: int, limit: int = 1000) -> list[PendingMove]:
    """Reports that are safe in the ledger and whose mail is still where it was, by UID."""
    return [
        PendingMove(number, validity, uid, outcome, kind, from_micros(at))
        for number, validity, uid, outcome, kind, at in bare.rows(tx, _PENDING, [channel_id], limit)
    ]


def pending_but(
    tx: Session, channel_id: int, waiting: Collection[str], before: datetime, limit: int = 1000
) -> list[PendingMove]:
    """The same without those of the kinds in waiting that were recorded after before.

    A probe of our own is of the kind "canary", whatever it was taken for.
    """
    kind = case((REPORT.c.outcome == "canary", "canary"), else_=REPORT.c.kind)
    rows = tx.execute(
        select(
            REPORT.c.id, REPORT.c.uidvalidity, REPORT.c.uid, REPORT.c.outcome, REPORT.c.kind,
            REPORT.c.recorded_at,
        )
        .where(
            REPORT.c.channel_id == channel_id,
            REPORT.c.moved_at.is_(None),
            or_(kind.not_in(waiting), REPORT.c.recorded_at <= before),
        )
        .order_by(REPORT.c.uid)
        .limit(limit)
    )  # fmt: skip
    return [PendingMove(*row) for row in rows]


def moved(tx: Session, report_id: int | Collection[int], now: datetime) -> None:
    """The mail of these reports was moved or flagged as configured, or is gone."""
    ids = [report_id] if isinstance(report_id, int) else report_id
    at = to_micros(now)
    bare.many(tx, _MOVED, [(at, number) for number in ids])
