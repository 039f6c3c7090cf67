"""Whether judging keeps up: without it, "no gaps" would be silence taken for success.

Owns how late is too late, and the words for it. Must not ask the ledger.
"""

from datetime import datetime, timedelta

from agent.reconcile.plain import span
from store.backlog import Backlog

__all__ = ["lateness"]

_LATE = timedelta(minutes=10)  # a sweep may be that late before it is worth a word


def lateness(waits: Backlog, every: timedelta, now: datetime) -> str:
    """How late the judging is, "" when it keeps up; every is the time between sweeps."""
    if waits.unjudged_since is None or now - waits.unjudged_since < every + _LATE:
        return ""
    return f"judging is up to {span(now - waits.unjudged_since)} late ({waits.unjudged} waiting)"
