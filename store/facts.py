"""Evidence rows: making them from facts, telling equal ones, adding them to what is known.

Owns the writing of evidence and its digest. Must not judge. The same failure
by two ways has one digest; a stronger proof of the same fact has another.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from store.ids import new_id
from store.instants import to_micros
from store.judging import Known
from store.tables import EVIDENCE
from store.words import Assurance, Fact, FactKind

__all__ = ["NewFact", "add", "row"]

# these may truly happen again, so their time tells them apart
_REPEATED = frozenset(
    {
        FactKind.DEFERRED,
        FactKind.GIVEN_UP,
        FactKind.DELAYED,
        FactKind.AWAY,
        FactKind.COMPLAINED,
        FactKind.REPLIED,
        FactKind.OPENED,
        FactKind.INBOX,
        FactKind.JUNK,
        FactKind.QUARANTINED,
        FactKind.ABSENT,
        FactKind.READ,
        FactKind.SUPPRESSED,
        FactKind.CLOSED,
        FactKind.REOPENED,
    }
)


@dataclass(frozen=True, slots=True)
class NewFact:
    """One fact about one delivery. A report that says more has several.

    at is clamped between the delivery's OWED and now: remote clocks and headers
    may say anything. attempt below 1 counts as unknown.
    """

    kind: FactKind
    delivery_id: int
    at: datetime  # aware
    assurance: Assurance = Assurance.PROOF
    attempt: int | None = None
    clue: str = ""
    recipient: str = ""
    status: str = ""
    reply_code: str = ""
    reason: str = ""
    severity: str = ""
    diagnostic: str = ""
    reporting_mta: str = ""
    remote_mta: str = ""
    detail: str = ""


def _digest(fact: NewFact, attempt: int | None) -> int:
    parts = (
        fact.kind.value,
        "" if attempt is None else str(attempt),
        fact.recipient.lower(),
        fact.reporting_mta.lower(),
        str(int(fact.assurance)),
        str(to_micros(fact.at)) if fact.kind in _REPEATED else "",
    )
    text = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big", signed=True)


def row(
    fact: NewFact, *, owed_at: datetime, now: datetime, report_id: int | None = None
) -> dict[str, Any]:
    """The row of evidence for a fact."""
    attempt = fact.attempt if fact.attempt is not None and fact.attempt > 0 else None
    return {
        "id": new_id(now),
        "delivery_id": fact.delivery_id,
        "digest": _digest(fact, attempt),
        "kind": fact.kind.value,
        "occurred_at": min(max(fact.at, owed_at), now),
        "recorded_at": now,
        "assurance": int(fact.assurance),
        "attempt": attempt,
        "report_id": report_id,
        "clue": fact.clue,
        "recipient": fact.recipient,
        "status": fact.status,
        "reply_code": fact.reply_code,
        "reason": fact.reason,
        "severity": fact.severity,
        "diagnostic": fact.diagnostic,
        "reporting_mta": fact.reporting_mta,
        "remote_mta": fact.remote_mta,
        "detail": fact.detail,
    }


def add(
    tx: Session,
    known: dict[int, Known],
    facts: Iterable[tuple[NewFact, int | None]],
    now: datetime,
) -> list[bool]:
    """Write those (fact, report id) that are new, and add them to what is known.

    For each, whether it was new. Every delivery must be in known, that is: locked.
    """
    rows: list[dict[str, Any]] = []
    added: list[bool] = []
    for fact, report_id in facts:
        one = known[fact.delivery_id]
        made = row(fact, owed_at=one.row.owed_at, now=now, report_id=report_id)
        new = made["digest"] not in one.digests
        added.append(new)
        if new:
            one.digests.add(made["digest"])
            one.facts.append(
                Fact(
                    fact.kind,
                    made["occurred_at"],
                    fact.assurance,
                    made["attempt"],
                    fact.detail or fact.diagnostic,
                )
            )
            rows.append(made)
    if rows:
        tx.execute(EVIDENCE.insert(), rows)
    return added
