"""The backlog: what should have been sent or judged by now.

Owns that one question, over the plain DB-API. Must not do the work. A gap is
only found by a sweep: without it "no gaps" would be silence taken for success.
"""

from dataclasses import dataclass
from datetime import datetime

from store.instants import from_micros, to_micros
from store.plain import Plain

__all__ = ["Backlog", "backlog"]


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits. Datetimes are aware UTC; None where nothing waits."""

    waiting: int  # deliveries that are to be tried, now or later
    due: int  # of these, now
    next_try: datetime | None  # the earliest; in the past when it is late
    unjudged: int  # deliveries that a sweep should have looked at
    unjudged_since: datetime | None


def backlog(plain: Plain, now: datetime) -> Backlog:
    """What waits at now. Raises LedgerUnavailable."""
    moment = to_micros(now)
    with plain.snapshot():
        ((waiting, due, next_try),) = plain.rows(
            """SELECT count(*), coalesce(sum(CASE WHEN next_attempt_at <= ? THEN 1 ELSE 0 END),
            0), min(next_attempt_at) FROM delivery WHERE next_attempt_at IS NOT NULL""",
            [moment],
        )
        ((unjudged, since),) = plain.rows(
            """SELECT count(*), min(next_look_at) FROM delivery
            WHERE next_look_at IS NOT NULL AND next_look_at <= ?""",
            [moment],
        )
    return Backlog(waiting, int(due), _at(next_try), unjudged, _at(since))


def _at(number: int | None) -> datetime | None:
    return None if number is None else from_micros(number)
