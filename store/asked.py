"""What asking a recipient's own mailbox found: each finding once, and when to look again.

Owns the writing of it, evidence included, in the caller's transaction. Must not know how
a mailbox is asked. A finding that is known already adds nothing; another one, and one
that comes back after another, is new evidence.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from store import asking, facts, judging
from store.batches import in_batches
from store.facts import NewFact
from store.judge import later
from store.judging import Known
from store.tables import ASKING
from store.words import PolicyBook

__all__ = ["Answer", "record"]

_RETRY = timedelta(minutes=5)  # for a delivery whose policy cannot be asked


@dataclass(frozen=True, slots=True)
class Answer:
    """What one look at one mailbox says of one delivery.

    facts: what is there now, none where nothing is known. through: the whole mailbox was
    seen to this moment; None where it was not. lag: how long after the deadline the last
    look waits, since what is asked may itself be late.
    """

    delivery_id: int
    facts: tuple[NewFact, ...]
    through: datetime | None
    counts: bool = True  # as one of the looks that the policy allows
    lag: timedelta = timedelta()


def record(tx: Session, answers: Sequence[Answer], *, policies: PolicyBook, now: datetime) -> int:
    """Keep what is new and judge those deliveries; how many facts were new.

    Deliveries that this ledger does not have, or never asked for, are left out.
    """
    known = judging.load(tx, [answer.delivery_id for answer in answers])
    rows = _rows(tx, known)
    plan: list[NewFact] = []
    updates: list[dict[str, Any]] = []
    for answer in answers:
        row = rows.get(answer.delivery_id)
        if row is None:
            continue
        before = set(row.found.split("\n"))
        plan += [fact for fact in answer.facts if _mark(fact) not in before]
        updates.append(_update(answer, row, known[answer.delivery_id], policies, now))
    if updates:
        tx.execute(_UPDATE, updates)
    added = facts.add(tx, known, [(fact, None) for fact in plan], now)
    touched = {number: known[number] for number in rows}
    judging.settle(tx, touched, policies=policies, now=now)
    return sum(added)


_ROWS = select(
    ASKING.c.delivery_id, ASKING.c.looks, ASKING.c.through, ASKING.c.found, ASKING.c.next_at
).where(ASKING.c.delivery_id.in_(bindparam("ids", expanding=True)))
_UPDATE = (
    update(ASKING)
    .where(ASKING.c.delivery_id == bindparam("at_id"))
    .values({name: bindparam(name) for name in ("looks", "through", "found", "next_at")})
)


def _rows(tx: Session, known: Mapping[int, Known]) -> dict[int, Any]:
    rows: dict[int, Any] = {}
    for some in in_batches(sorted(known)):
        rows.update((row.delivery_id, row) for row in tx.execute(_ROWS, {"ids": some}))
    return rows


def _mark(fact: NewFact) -> str:
    """What tells findings apart: kind and place, never the moment of looking."""
    said = f"{fact.kind}\x1f{fact.detail}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(said, digest_size=8).hexdigest()


def _update(
    answer: Answer, row: Any, known: Known, policies: PolicyBook, now: datetime
) -> dict[str, Any]:
    looks = row.looks + 1 if answer.counts else row.looks
    next_at = row.next_at
    if answer.counts:
        next_at = _next(known, policies, looks=looks, now=now, lag=answer.lag)
    through = max(filter(None, (row.through, answer.through)), default=None)
    marks = "\n".join(dict.fromkeys(_mark(fact) for fact in answer.facts))
    return {
        "at_id": answer.delivery_id,
        "looks": looks,
        "through": through,
        "found": marks or row.found,
        "next_at": next_at,
    }


def _next(
    known: Known, policies: PolicyBook, *, looks: int, now: datetime, lag: timedelta
) -> datetime | None:
    try:
        policy = policies(known.row.notice_class, known.row.domain)
    except Exception:  # noqa: BLE001 - settle() tells of it; this one must not stop the others
        return now + _RETRY
    deadline = later(later(known.owed_at, policy.within), lag)
    return asking.next_look(policy, looks=looks, now=now, deadline=deadline)
