"""The digest: a mail to the admins with what is undelivered, once for each period.

Owns when one is due, its key, and its way into the ledger. Must not send: a
digest is a notice like any other, tracked like any other. Its key names the
period, so however many agents run, and however often each asks, there is one.
"""

import logging
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from agent.log import event
from agent.outbound.intake import Accepted, accept_parts
from agent.reconcile import findings, letter
from agent.reconcile.findings import Findings
from agent.reconcile.late import lateness
from agent.reconcile.letter import Letter
from agent.reconcile.period import Period, period
from store import notices, suppressions
from store.database import Ledger
from store.errors import LedgerBusy, NoticeConflict
from store.reading import Reader
from store.words import PolicyBook

__all__ = ["Plan", "compose", "send_due", "send_now"]

# RFC 3834 5: no vacation responder answers it, and so no reply of one is taken for a person's
_HEADERS = (("Auto-Submitted", "auto-generated"),)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the digests of one installation look like."""

    to: tuple[str, ...]  # nobody: none is sent
    sender: str  # a mailbox: "Notices <notices@example.org>"
    schedule: str  # cron, UTC; see agent.reconcile.period
    when_empty: Literal["silent", "all-clear"]
    subject: str  # how the subject begins
    notice_class: str  # of digests, which are notices too
    most: int  # gaps listed
    sweep_every: timedelta  # judging that is much later than this is told
    read: Callable[[], Reader]  # opens the ledger for reading


def compose(plan: Plan, now: datetime) -> tuple[Findings, Letter]:
    """What a digest would say now, new being what opened in the current period.

    Raises ValueError for a schedule that cannot be read.
    """
    return _compose(plan, period(plan.schedule, now).start, now)


def send_due(
    ledger: Ledger,
    plan: Plan,
    policies: PolicyBook,
    now: datetime,
    log: logging.Logger,
    *,
    beforehand: Callable[[], bool] | None = None,
) -> Accepted | None:
    """Takes on the digest of the current period; None when it is there, or is not wanted.

    beforehand: has the ledger as it should be before anything is told of it; False: not now.

    May be called at any time and by any number of agents. When nothing was to
    be told at the period's start and such digests are silent, none comes in
    this period any more. Raises ValueError for a schedule that cannot be read,
    IntakeError, LedgerError.
    """
    due = period(plan.schedule, now)
    if not plan.to or _is_there(ledger, due.key):
        return None
    found, written = _compose(plan, due.previous, now)
    if found.is_before_the_start:
        return None
    if beforehand is not None:
        if not beforehand():
            return None
        found, written = _compose(plan, due.previous, now)
    if plan.when_empty == "silent" and found.empty_before(due.start):
        return None
    return _accept(ledger, plan, due, written, policies=policies, now=now, log=log)


def send_now(
    ledger: Ledger, plan: Plan, policies: PolicyBook, now: datetime, log: logging.Logger
) -> Accepted | None:
    """Takes on a digest outside the schedule, whatever there is to tell; one a second at most.

    Raises as send_due() does. None when one of this very second is there.
    """
    current = period(plan.schedule, now)
    extra = Period(now.replace(microsecond=0), current.start, "digest:now:")
    _, written = _compose(plan, current.start, now)
    return _accept(ledger, plan, extra, written, policies=policies, now=now, log=log)


def _compose(plan: Plan, since: datetime, now: datetime) -> tuple[Findings, Letter]:
    with closing(plan.read()) as reader:
        late = lateness(reader.backlog(now), plan.sweep_every, now)
        found = findings.look(
            reader, own_class=plan.notice_class, since=since, most=plan.most, late=late
        )
    return found, letter.write(found, subject=plan.subject, now=now)


def _accept(
    ledger: Ledger,
    plan: Plan,
    due: Period,
    written: Letter,
    *,
    policies: PolicyBook,
    now: datetime,
    log: logging.Logger,
) -> Accepted | None:
    try:
        accepted = accept_parts(
            ledger,
            key=due.key,
            recipients=plan.to,
            sender=plan.sender,
            subject=written.subject,
            text=written.text,
            html=written.html,
            headers=_HEADERS,
            notice_class=plan.notice_class,
            policies=policies,
            now=now,
        )
    except (NoticeConflict, LedgerBusy):
        # another agent was quicker, and its findings were a moment older than ours
        if _is_there(ledger, due.key):
            return None
        raise
    with ledger.transaction(read_only=True) as tx:
        kept_back = suppressions.check(tx, [one.address for one in accepted.deliveries])
    for address, entry in kept_back.items():
        event(log, logging.ERROR, "digest-suppressed", recipient=address, why=entry.reason)
    for one in accepted.refused:
        event(log, logging.ERROR, "digest-refused", recipient=one.text, why=one.reason)
    event(log, logging.INFO, "digest", key=due.key, recipients=len(accepted.deliveries))
    return accepted


def _is_there(ledger: Ledger, key: str) -> bool:
    with ledger.transaction(read_only=True) as tx:
        return notices.find(tx, key) is not None
