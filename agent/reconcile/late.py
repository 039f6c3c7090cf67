"""Whether judging keeps up, and anybody listens: else "no gaps" is silence taken for success.

Owns how late is too late, and the words for it. Must not ask the ledger.
"""

from datetime import datetime, timedelta

from agent.reconcile.plain import moment, span
from store.backlog import Backlog

__all__ = ["absence", "lateness"]

_LATE = timedelta(minutes=10)  # a sweep may be that late, as at a restart


def lateness(waits: Backlog, every: timedelta, now: datetime) -> str:
    """How late the judging is, "" when it keeps up; every is the time between sweeps."""
    if waits.unjudged_since is None or now - waits.unjudged_since < every + _LATE:
        return ""
    return f"judging is up to {span(now - waits.unjudged_since)} late ({waits.unjudged} waiting)"


def absence(last: datetime | None, every: timedelta, now: datetime) -> str:
    """For how long no agent was seen, "" where one was lately, or none ever."""
    if last is None or now - last < every + _LATE:
        return ""
    return f"no agent was seen for {span(now - last)} (since {moment(last)})"
