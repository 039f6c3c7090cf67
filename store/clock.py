"""A clock that was set back: what was put off by the one that was ahead waits no longer for it.

Owns what becomes of the waits in the ledger then, and how it is noticed: an agent's last sign of
life lies in the future. Must not touch facts: what was said, and when by which clock, stays as
it was said.
"""

from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from store import channels
from store.ids import first_id
from store.instants import to_micros
from store.tables import COMPONENT

__all__ = ["set_back"]

_STEP = timedelta(minutes=1)  # by less a wait is not much longer
_LONGEST = timedelta(hours=1)  # a lease or a limit's span, where it is not known how long it was

_DUE = (
    text("UPDATE delivery SET next_attempt_at = :now WHERE next_attempt_at > :now"),
    # what somebody had taken until then. Of what was free by the clock ahead nobody can say
    text(
        "UPDATE delivery SET lease_until = CASE WHEN lease_until > :ahead THEN lease_until - :step"
        " WHEN lease_until > :longest THEN :longest ELSE lease_until END WHERE lease_until > :now"
    ),
    text(
        "UPDATE slot SET free_at = CASE WHEN free_at > :ahead THEN free_at - :step"
        " WHEN free_at > :longest THEN :longest ELSE free_at END WHERE free_at > :now"
    ),
    # the last look is not spent before the deadline
    text(
        "UPDATE asking SET next_at = (SELECT CASE WHEN d.deadline > :now THEN d.deadline"
        " ELSE :now END FROM delivery d WHERE d.id = asking.delivery_id) WHERE next_at > :now"
        " AND next_at > (SELECT d.deadline FROM delivery d WHERE d.id = asking.delivery_id)"
    ),
    text("UPDATE channel SET next_try_at = NULL WHERE next_try_at > :now"),
    # tidying, and asking again for what was withheld, count from here
    text("UPDATE report SET recorded_at = :now WHERE id >= :first AND recorded_at > :now"),
)


def set_back(tx: Session, *, agent: str, now: datetime) -> timedelta | None:
    """By how much the clock of agent was set back since it was seen last; None: it was not.

    What waits for another try is due now, what was taken is free when it would have been, and
    what was judged after now is judged again. To be called before the agent is seen again.
    """
    seen: datetime | None = tx.scalar(
        select(func.max(COMPONENT.c.seen_at)).where(COMPONENT.c.agent == agent)
    )
    if seen is None or seen <= now + _STEP:
        return None
    moments = {
        "now": to_micros(now),
        "ahead": to_micros(seen),
        "step": (seen - now) // timedelta(microseconds=1),
        "longest": to_micros(now + _LONGEST),
        "first": first_id(now),
    }
    for statement in _DUE:
        wanted = {name: moments[name] for name in statement.compile().params}
        tx.execute(statement, wanted)
    channels.judge_again(tx, now)
    return seen - now
