"""Evidence rows: making them from facts, telling equal ones, adding them to what is known.

Owns the writing of evidence and its digest. Must not judge. The same failure
by two ways has one digest; a stronger proof of the same fact has another.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from store import bare
from store.ids import new_id
from store.instants import from_micros, to_micros
from store.known import Known
from store.texts import clean
from store.words import Assurance, Fact, FactKind

__all__ = ["INSERT", "NewFact", "add", "digest", "values"]

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


class NewFact(NamedTuple):
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


INSERT = bare.insert(
    "evidence",
    "id, delivery_id, digest, kind, occurred_at, recorded_at, assurance, attempt, report_id,"
    " clue, recipient, status, reply_code, reason, severity, diagnostic, reporting_mta,"
    " remote_mta, detail",
)
"""The statement that writes values()."""

_LIMITS = (1100, 1000, 50, 10, 50, 10, 2000, 300, 300, 1000)  # characters, from clue on


def digest(fact: NewFact) -> int:
    """What equal facts of one delivery have in common."""
    parts = (
        fact.kind.value,
        "" if fact.attempt is None or fact.attempt < 1 else str(fact.attempt),
        fact.recipient.lower(),
        fact.reporting_mta.lower(),
        str(int(fact.assurance)),
        str(to_micros(fact.at)) if fact.kind in _REPEATED else "",
    )
    text = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big", signed=True)


def values(
    fact: NewFact, marked: int, at: int, *, now: datetime, report_id: int | None = None
) -> tuple[Any, ...]:
    """The row of evidence for a fact whose digest and time (microseconds) are these."""
    texts = (
        fact.clue,
        fact.recipient,
        fact.status,
        fact.reply_code,
        fact.reason,
        fact.severity,
        fact.diagnostic,
        fact.reporting_mta,
        fact.remote_mta,
        fact.detail,
    )
    return (
        new_id(now),
        fact.delivery_id,
        marked,
        fact.kind.value,
        at,
        to_micros(now),
        int(fact.assurance),
        fact.attempt if fact.attempt is not None and fact.attempt > 0 else None,
        report_id,
        # most are empty
        *(clean(text, most) if text else text for text, most in zip(texts, _LIMITS, strict=True)),
    )


def add(
    tx: Session,
    known: dict[int, Known],
    facts: Iterable[tuple[NewFact, int | None]],
    now: datetime,
) -> list[bool]:
    """Write those (fact, report id) that are new, and add them to what is known.

    For each, whether it was new. Every delivery must be in known, that is: locked.
    """
    rows: list[tuple[Any, ...]] = []
    added: list[bool] = []
    latest = to_micros(now)
    for fact, report_id in facts:
        one = known[fact.delivery_id]
        marked = digest(fact)
        new = marked not in one.digests
        added.append(new)
        if new:
            at = min(max(to_micros(fact.at), one.row.owed_at), latest)
            row = values(fact, marked, at, now=now, report_id=report_id)
            one.digests.add(marked)
            one.facts.append(
                Fact(
                    fact.kind,
                    from_micros(at),
                    fact.assurance,
                    row[7],
                    fact.detail or fact.diagnostic,
                )
            )
            rows.append(row)
    bare.many(tx, INSERT, rows)
    return added
