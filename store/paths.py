"""Paths: a route by which mail goes out, and the channel to which its answers come back.

Owns what a missing probe says: of which path, and on which deliveries' silence nothing
may be built meanwhile. Must not judge, nor know how a channel is read.

A probe that is missing, and was not followed by one of the same path that came back, holds
that path at the moment when the last one that did come back was sent, since nobody knows when
it went deaf after that; where none ever came back, at its own. Whether the route lost it or the
channel did is unknown, so it holds every delivery at first. Another route is let go when a probe
of its own, sent no earlier, came back to the same channel: then the fault is the first one's.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import CursorResult, bindparam, func, literal, or_, select, update
from sqlalchemy.orm import Session

from store import bare
from store.picture import fallen
from store.tables import ATTEMPT, CANARY, CHANNEL, DELIVERY
from store.telling import path
from store.words import Fact, GapKind, Outcome, Verdict

__all__ = [
    "MAILBOX",
    "REPLIES",
    "Heard",
    "Hold",
    "Lost",
    "Tried",
    "doubt",
    "heard",
    "relied",
    "tried",
    "wake",
]

MAILBOX = "mailbox"
"""The kind of a channel that asks recipients' own mailboxes: due for those deliveries alone."""

REPLIES = " (replies)"
"""Ends the route of probes that go to the address of replies, not to the return path."""

# nobody can say that such an attempt came to nothing
_PERHAPS_TAKEN = ("", Outcome.ACCEPTED.value, Outcome.AMBIGUOUS.value)


class Hold(NamedTuple):
    """A path whose probe is missing."""

    route: str  # as the probes name it
    channel: str
    since: datetime  # until then it is trusted, aware UTC
    sent: datetime  # when the oldest missing probe was
    proven: frozenset[str]  # other routes whose own probe came back there, sent since then
    vouched: Mapping[str, datetime]  # until when another route is trusted, by a probe of its own

    @property
    def name(self) -> str:
        """For people; no channel has it."""
        return f"{path(self.route, self.channel)} (a probe is missing)"

    def concerns(self, routes: Collection[str]) -> bool:
        """Whether it is in doubt what was sent by these routes would be answered there."""
        return not routes or not self.proven.issuperset(routes)

    def until(self, routes: Collection[str]) -> datetime:
        """Until when it is trusted for what was sent by these routes; () by any.

        A probe of another route shows that the mailbox heard, then too.
        """
        doubted = [one for one in routes if one not in self.proven]
        return min((self.vouched.get(one, self.since) for one in doubted), default=self.since)


class Lost(NamedTuple):
    """A stretch of a channel that was gone before it was read."""

    channel: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """How far every channel was read, and the paths that are in doubt."""

    marks: Mapping[str, datetime | None]  # of channels due for every delivery, by name
    holds: tuple[Hold, ...] = ()
    lost: tuple[Lost, ...] = ()

    def through(self, routes: Collection[str] = ()) -> dict[str, datetime | None]:
        """What a delivery that went out by these routes was observed through; () by any."""
        marks = dict(self.marks)
        for hold in self.holds:
            if hold.concerns(routes):
                marks[hold.name] = hold.until(routes)
        return marks

    def missed(self, accepted: datetime) -> dict[str, datetime | None]:
        """What was lost of that a mail could be told of which was accepted then."""
        return {
            f"{one.channel} (a stretch of it was lost)": one.since
            for one in self.lost
            if accepted < one.until
        }

    @property
    def routes(self) -> frozenset[str]:
        """Those that a missing probe of another's concerns less, or not at all."""
        return frozenset().union(*(one.vouched for one in self.holds))


class Tried(NamedTuple):
    """An attempt that may have been taken."""

    number: int
    route: str


def relied(attempts: Iterable[Tried], facts: Iterable[Fact]) -> frozenset[str]:
    """The routes by which the copies went whose silence is to be judged.

    An ambiguous attempt may have gone out, so its route counts beside that of the accepted
    one. One that is known to have failed has been answered, where another followed it.
    """
    down = fallen(facts)
    everything = tuple(attempts)
    standing = [one.route for one in everything if one.number not in down]
    return frozenset(standing or [one.route for one in everything])


_MISSING = CANARY.alias("missing")
_LATER = CANARY.alias("later")
_HEARD = (
    select(
        CHANNEL.c.name,
        CHANNEL.c.watermark,
        CHANNEL.c.lost_from,
        CHANNEL.c.lost_to,
        _MISSING.c.route,
        func.min(_MISSING.c.sent_at),
    )
    .select_from(
        CHANNEL.outerjoin(
            _MISSING,
            (_MISSING.c.channel == CHANNEL.c.name)
            & _MISSING.c.returned_at.is_(None)
            & _MISSING.c.has_left
            & ~select(literal(1))
            .where(
                _LATER.c.channel == _MISSING.c.channel,
                _LATER.c.route == _MISSING.c.route,
                _LATER.c.returned_at.is_not(None),
                _LATER.c.sent_at >= _MISSING.c.sent_at,
            )
            .correlate(_MISSING)
            .exists(),
        )
    )
    .where(CHANNEL.c.enabled.is_(True), CHANNEL.c.kind != MAILBOX)
    .group_by(CHANNEL.c.id, _MISSING.c.route)
    .order_by(CHANNEL.c.name, _MISSING.c.route)
)
_RETURNED = (
    select(CANARY.c.channel, CANARY.c.route, func.max(CANARY.c.sent_at))
    .where(CANARY.c.returned_at.is_not(None))
    .group_by(CANARY.c.channel, CANARY.c.route)
)


def heard(tx: Session) -> Heard:
    """How far every channel that is due for every delivery was observed, and what is in doubt."""
    rows = tx.execute(_HEARD).all()
    marks: dict[str, datetime | None] = {row.name: row.watermark for row in rows}
    lost = {Lost(row.name, row.lost_from, row.lost_to) for row in rows if row.lost_to is not None}
    missing = [(row.route, row.name, row[-1]) for row in rows if row.route is not None]
    if not missing:
        return Heard(marks, (), tuple(sorted(lost)))
    back = [tuple(row) for row in tx.execute(_RETURNED)]
    return Heard(marks, tuple(_hold(*one, back) for one in missing), tuple(sorted(lost)))


def _hold(route: str, channel: str, sent: datetime, back: Iterable[tuple[Any, ...]]) -> Hold:
    plain, ending = _split(route)
    # a probe of replies says nothing of the return path, nor the other way round
    last = {
        name: sent_at
        for name, end, sent_at in (
            (*_split(other), at) for place, other, at in back if place == channel
        )
        if end == ending
    }
    since = last.pop(plain, sent)
    return Hold(
        route,
        channel,
        since,
        sent,
        frozenset(name for name, sent_at in last.items() if sent_at >= sent),
        {name: max(since, sent_at) for name, sent_at in last.items()},
    )


def _split(route: str) -> tuple[str, str]:
    plain = route.removesuffix(REPLIES)
    return plain, route[len(plain) :]


_TRIED = (
    "SELECT delivery_id, number, route FROM attempt WHERE delivery_id IN (?)"
    " AND outcome IN (?, ?, ?)"
)


def tried(tx: Session, delivery_ids: Iterable[int]) -> dict[int, list[Tried]]:
    """The attempts of these deliveries that may have been taken."""
    found: dict[int, list[Tried]] = {}
    for delivery, number, route in bare.rows(tx, _TRIED, sorted(delivery_ids), *_PERHAPS_TAKEN):
        found.setdefault(delivery, []).append(Tried(number, route))
    return found


def doubt(tx: Session, hold: Hold, now: datetime) -> int:
    """Silence that was believed since the hold's path is trusted no more is due to be judged again.

    How many deliveries that are.
    """
    return _due(tx, _DOUBT, {"since": hold.since, "at": now})


_DOUBT = (
    update(DELIVERY)
    .where(
        DELIVERY.c.id.in_(
            select(DELIVERY.c.id)
            .where(
                DELIVERY.c.judged_at > bindparam("since"),
                or_(
                    DELIVERY.c.verdict == Verdict.PRESUMED.value,
                    DELIVERY.c.gap == GapKind.SILENT.value,
                ),
            )
            .with_for_update(skip_locked=True, key_share=True)
        )
    )
    .values(next_look_at=bindparam("at"))
)


def wake(tx: Session, now: datetime) -> int:
    """Deliveries that need no more than what was observed for them are due now; how many.

    One that went out by several routes is left to its next look, unless it needs so little
    that any would do.
    """
    known = heard(tx)
    strict = _lowest(known.through())
    if strict is None:
        return 0
    woken = _due(tx, _WAKE, {"low": strict, "at": now})
    for route in sorted(known.routes):
        low = _lowest(known.through([route]))
        if low is not None and low > strict:
            woken += _due(tx, _WAKE_OF_ROUTE, {"low": low, "at": now, "route": route})
    return woken


def _lowest(marks: Mapping[str, datetime | None]) -> datetime | None:
    seen = [mark for mark in marks.values() if mark is not None]
    return min(seen) if seen and len(seen) == len(marks) else None


def _due(tx: Session, statement: Any, values: dict[str, Any]) -> int:
    return cast("CursorResult[Any]", tx.execute(statement, values)).rowcount


def _waking(*further: Any) -> Any:
    # one that is locked is just being judged; waiting for it could be waiting in a circle
    return (
        update(DELIVERY)
        .where(
            DELIVERY.c.id.in_(
                select(DELIVERY.c.id)
                .where(
                    DELIVERY.c.needs_watermark <= bindparam("low"),
                    or_(
                        DELIVERY.c.next_look_at.is_(None), DELIVERY.c.next_look_at > bindparam("at")
                    ),
                    *further,
                )
                .with_for_update(skip_locked=True, key_share=True)
            )
        )
        .values(next_look_at=bindparam("at"))
    )


_TAKEN = select(literal(1)).where(
    ATTEMPT.c.delivery_id == DELIVERY.c.id, ATTEMPT.c.outcome.in_(_PERHAPS_TAKEN)
)
_BY_IT = ATTEMPT.c.route == bindparam("route")
_WAKE = _waking()
_WAKE_OF_ROUTE = _waking(
    _TAKEN.where(_BY_IT).correlate(DELIVERY).exists(),
    ~_TAKEN.where(~_BY_IT).correlate(DELIVERY).exists(),
)
