"""Attempts: how each one ended, and those of which nobody can say.

Owns the ending of rows of attempt. Must not speak SMTP. An attempt ends once;
one that was started and never finished is ambiguous, never forgotten.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, select, update
from sqlalchemy.orm import Session

from store import facts, firsts, judging
from store.batches import in_batches
from store.endings import AttemptResult, Ended, detail
from store.errors import AttemptFinished, LedgerError
from store.facts import NewFact
from store.ids import tracking_id
from store.known import Locked
from store.tables import ATTEMPT, DELIVERY
from store.words import FactKind, Outcome, PolicyBook, State

__all__ = [
    "AttemptFinished",
    "AttemptResult",
    "Ended",
    "finish_attempt",
    "finish_attempts",
    "reap",
    "resolve_ambiguous",
]

_KINDS = {
    Outcome.ACCEPTED: FactKind.ACCEPTED,
    Outcome.REJECTED: FactKind.REJECTED,
    Outcome.DEFERRED: FactKind.DEFERRED,
    Outcome.UNREACHED: FactKind.DEFERRED,
    Outcome.AMBIGUOUS: FactKind.AMBIGUOUS,
    Outcome.SUPPRESSED: FactKind.SUPPRESSED,
}
_AGAIN = frozenset({Outcome.DEFERRED, Outcome.UNREACHED})


def finish_attempt(
    tx: Session,
    delivery_id: int,
    number: int,
    result: AttemptResult,
    *,
    retry_at: datetime | None,
    policies: PolicyBook,
    now: datetime,
) -> State:
    """Write the reply down, once; the same outcome again changes nothing.

    retry_at: when to try again, for DEFERRED and UNREACHED only. An attempt
    that was reaped as ambiguous may still be finished: knowing is better.
    Raises AttemptFinished when it already ended otherwise, LedgerError when
    there is no such attempt.
    """
    ended = Ended(delivery_id, number, result, now, retry_at)
    refused, judged = _finish(tx, [ended], policies, now)
    for error in refused.values():
        raise error
    return judged.only(delivery_id)


def finish_attempts(
    tx: Session, ended: Sequence[Ended], *, policies: PolicyBook, now: datetime
) -> dict[int, LedgerError]:
    """finish_attempt() for attempts of several deliveries at once; by delivery, what failed.

    At most one attempt of each delivery. now is when it is written.
    """
    usual = firsts.finish(tx, ended, policies=policies, now=now)
    rest = [one for one in ended if one.delivery_id not in usual]
    if not rest:
        return {}
    refused, judged = _finish(tx, rest, policies, now)
    for number in judged.failed:
        try:
            judged.only(number)
        except LedgerError as error:
            refused[number] = error
    return refused


def _finish(
    tx: Session, ended: Sequence[Ended], policies: PolicyBook, now: datetime
) -> tuple[dict[int, LedgerError], judging.Judged]:
    known = judging.load(tx, [one.delivery_id for one in ended])
    begun = _begun(tx, ended)
    refused: dict[int, LedgerError] = {}
    rows: list[dict[str, Any]] = []
    said: list[tuple[NewFact, int | None]] = []
    also: dict[int, dict[str, Any]] = {}
    for one in ended:
        name = f"attempt {one.number} of delivery {tracking_id(one.delivery_id)}"
        outcome = begun.get((one.delivery_id, one.number))
        if outcome is None or one.delivery_id not in known:
            refused[one.delivery_id] = LedgerError(f"{name} was never started")
        elif outcome and outcome != one.result.outcome:
            why = f"{name} already ended as {outcome}, not {one.result.outcome.value}"
            refused[one.delivery_id] = AttemptFinished(why)
        elif outcome:
            also[one.delivery_id] = {}
        else:
            rows.append(_row(one))
            fact = _fact(one.delivery_id, one.number, one.result, one.at)
            said.append((fact, None))
            if one.result.delivered:
                said.append((fact._replace(kind=FactKind.DELIVERED), None))
            row = known[one.delivery_id].row
            also[one.delivery_id] = _afterwards(row, one.number, one.result, one.retry_at)
    if rows:
        tx.execute(_FINISH, rows)
        facts.add(tx, known, said, now)
    ours = {number: known[number] for number in also}
    return refused, judging.settle(tx, ours, policies=policies, now=now, also=also)


def _begun(tx: Session, ended: Sequence[Ended]) -> dict[tuple[int, int], str]:
    """By delivery and number, the outcome of these attempts; "" where there is none yet."""
    begun: dict[tuple[int, int], str] = {}
    for some in in_batches([one.delivery_id for one in ended]):
        for row in tx.execute(_OUTCOMES, {"ids": some}):
            begun[row.delivery_id, row.number] = row.outcome
    return begun


def _row(one: Ended) -> dict[str, Any]:
    result = one.result
    return {
        "of": one.delivery_id,
        "which": one.number,
        "finished_at": one.at,
        "outcome": result.outcome.value,
        "phase": "" if result.phase is None else result.phase.value,
        "reply_code": result.reply_code,
        "status": result.status,
        "reply_text": result.reply_text,
        "remote_queue_id": result.remote_queue_id,
        "dsn_offered": result.dsn_offered,
    }


_THIS = and_(ATTEMPT.c.delivery_id == bindparam("of"), ATTEMPT.c.number == bindparam("which"))
_OUTCOMES = select(ATTEMPT.c.delivery_id, ATTEMPT.c.number, ATTEMPT.c.outcome).where(
    ATTEMPT.c.delivery_id.in_(bindparam("ids", expanding=True))
)
_FINISH = (
    update(ATTEMPT)
    .where(_THIS)
    .values(
        {
            name: bindparam(name)
            for name in (
                *("finished_at", "outcome", "phase", "reply_code", "status"),
                *("reply_text", "remote_queue_id", "dsn_offered"),
            )
        }
    )
)


def _fact(delivery_id: int, number: int, result: AttemptResult, now: datetime) -> NewFact:
    return NewFact(
        kind=_KINDS[result.outcome],
        delivery_id=delivery_id,
        at=now,
        attempt=number,
        status=result.status,
        reply_code=result.reply_code,
        reason=result.reason,
        severity=result.severity,
        diagnostic=result.reply_text,
        detail=detail(result),
    )


def _afterwards(
    row: Locked, number: int, result: AttemptResult, retry_at: datetime | None
) -> dict[str, Any]:
    """The sending columns; a later attempt's are left alone."""
    if row.attempts != number:
        return {}
    return {
        "next_attempt_at": retry_at if result.outcome in _AGAIN else None,
        "claimed_by": "",
        "lease_until": None,
    }


def reap(tx: Session, *, policies: PolicyBook, now: datetime, limit: int = 500) -> int:
    """Attempts whose worker is gone (lease over) become ambiguous, once; how many."""
    lost = tx.execute(
        select(ATTEMPT.c.id, ATTEMPT.c.delivery_id, ATTEMPT.c.number, ATTEMPT.c.worker)
        .join(DELIVERY, DELIVERY.c.id == ATTEMPT.c.delivery_id)
        .where(
            ATTEMPT.c.outcome == "",
            ATTEMPT.c.reaped_at.is_(None),
            DELIVERY.c.lease_until <= now,
        )
        .order_by(ATTEMPT.c.delivery_id)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    ).all()
    if not lost:
        return 0
    tx.execute(
        update(ATTEMPT).where(ATTEMPT.c.id.in_([row.id for row in lost])).values(reaped_at=now)
    )
    known = judging.load(tx, [row.delivery_id for row in lost])
    said = [
        (
            NewFact(
                FactKind.AMBIGUOUS,
                row.delivery_id,
                now,
                attempt=row.number,
                detail=f"started by {row.worker}, which never told how it ended",
            ),
            None,
        )
        for row in lost
    ]
    facts.add(tx, known, said, now)
    free = {"claimed_by": "", "lease_until": None, "next_attempt_at": None}
    judging.settle(tx, known, policies=policies, now=now, also=dict.fromkeys(known, free))
    return len(lost)


def resolve_ambiguous(tx: Session, *, policies: PolicyBook, now: datetime, limit: int = 500) -> int:
    """Ambiguous long enough without evidence: send again, where the policy says so; how many.

    A resend is due at now and is written down as evidence. HOLD stays a gap.
    """
    stuck = tx.scalars(
        select(DELIVERY.c.id)
        .where(
            DELIVERY.c.resend_at <= now,
            DELIVERY.c.next_attempt_at.is_(None),
            DELIVERY.c.lease_until.is_(None),
        )
        .order_by(DELIVERY.c.resend_at)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    ).all()
    known = judging.load(tx, stuck)
    said = [
        (
            NewFact(
                FactKind.DEFERRED,
                number,
                now,
                detail=f"nothing was heard of attempt {one.row.attempts}: "
                "to be sent again with the same Message-ID",
            ),
            None,
        )
        for number, one in known.items()
    ]
    facts.add(tx, known, said, now)
    again = {"next_attempt_at": now}
    judging.settle(tx, known, policies=policies, now=now, also=dict.fromkeys(known, again))
    return len(known)
