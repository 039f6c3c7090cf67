"""Suppressing by evidence: when failures put an address on the list, and when mail takes it off.

Owns that rule and calling off what still waits for such an address. Must be
called in the transaction that added the evidence, after it. The rows of the
recipients are locked in the order of their ids, so that two writers count
each other's evidence.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import Session

from store import bare, facts, judging, suppressions
from store.batches import in_batches
from store.facts import NewFact
from store.instants import to_micros
from store.known import Locked
from store.tables import DELIVERY, EVIDENCE, RECIPIENT
from store.words import Assurance, FactKind, PolicyBook, SuppressionRule

__all__ = ["call_off", "heard_from", "heard_of", "review"]

_BY = "landed"
_POLICY_STATUS = "5.7."  # RFC 3463 3.8: security or policy, which is the sender's affair

# what speaks against an address, or may
_AGAINST = (
    select(
        DELIVERY.c.recipient_id,
        EVIDENCE.c.id,
        EVIDENCE.c.delivery_id,
        EVIDENCE.c.kind,
        EVIDENCE.c.occurred_at,
        EVIDENCE.c.recipient,
        EVIDENCE.c.status,
        EVIDENCE.c.reason,
    )
    .join(EVIDENCE, EVIDENCE.c.delivery_id == DELIVERY.c.id)
    .where(
        DELIVERY.c.recipient_id.in_(bindparam("people", expanding=True)),
        EVIDENCE.c.occurred_at > bindparam("since", type_=EVIDENCE.c.occurred_at.type),
        or_(
            and_(
                EVIDENCE.c.kind.in_((FactKind.FAILED.value, FactKind.REJECTED.value)),
                EVIDENCE.c.severity == "hard",
                # no less: an id that anybody could repeat, or mere wording, counts for nothing
                EVIDENCE.c.assurance >= int(Assurance.PROOF),
            ),
            and_(
                EVIDENCE.c.kind == FactKind.COMPLAINED.value,
                EVIDENCE.c.assurance >= int(Assurance.CLAIM),
            ),
        ),
    )
    .order_by(EVIDENCE.c.occurred_at, EVIDENCE.c.id)
)
_PEOPLE = (
    "SELECT d.id FROM recipient d WHERE d.id IN"
    " (SELECT recipient_id FROM delivery WHERE id IN (?)) ORDER BY d.id"
)
# nearly nobody comes near the rule, and only those are worth a closer look
_NEAR = (
    "SELECT v.recipient_id FROM delivery v JOIN evidence e ON e.delivery_id = v.id"
    " WHERE v.recipient_id IN (?) AND e.occurred_at > ?"
    " AND (e.kind = 'complained' OR (e.kind IN ('failed', 'rejected') AND e.severity = 'hard'))"
    " GROUP BY v.recipient_id"
    " HAVING COUNT(DISTINCT CASE WHEN e.kind <> 'complained' THEN v.id END) >= ?"
    " OR COUNT(DISTINCT CASE WHEN e.kind = 'complained' THEN v.id END) >= ?"
)
_NEVER = 1 << 31
_NAMED = select(RECIPIENT.c.id, RECIPIENT.c.address, RECIPIENT.c.cleared_at).where(
    RECIPIENT.c.id.in_(bindparam("people", expanding=True))
)


@dataclass(frozen=True, slots=True)
class _Case:
    """Why an address is to be suppressed."""

    address: str
    reason: str
    evidence: tuple[int, ...]


def review(
    tx: Session,
    delivery_ids: Iterable[int],
    *,
    rule: SuppressionRule,
    policies: PolicyBook,
    now: datetime,
) -> list[str]:
    """Suppress the recipients of these deliveries where the rule asks for it; their addresses.

    delivery_ids: where failures or complaints have just been added. What still
    waits for such an address becomes a gap at once.
    """
    cases: list[_Case] = []
    since = now - rule.within
    locked = bare.rows(tx, _PEOPLE, sorted(set(delivery_ids)), lock=True)
    met = sorted({row[0] for row in locked})
    most = (rule.bounces or _NEVER, rule.complaints or _NEVER)
    near = [row[0] for row in bare.rows(tx, _NEAR, met, to_micros(since), *most)]
    for some in in_batches(near):
        people = {row.id: row for row in tx.execute(_NAMED, {"people": some})}
        known = suppressions.check(tx, [row.address for row in people.values()])
        asked = [row for row in people.values() if row.address not in known]
        if not asked:
            continue
        against: dict[int, list[Any]] = {}
        for row in tx.execute(_AGAINST, {"people": [one.id for one in asked], "since": since}):
            against.setdefault(row.recipient_id, []).append(row)
        for one in asked:
            case = _case(one, against.get(one.id, ()), rule)
            if case is not None:
                cases.append(case)
                suppressions.enter(
                    tx, case.address, reason=case.reason, by=_BY, now=now, grounds=case.evidence
                )
    call_off(tx, {case.address: case.reason for case in cases}, policies=policies, now=now)
    return [case.address for case in cases]


def _case(person: Any, against: Sequence[Any], rule: SuppressionRule) -> _Case | None:
    bounces: dict[int, Any] = {}  # by delivery: a failure reported twice counts once
    complaints: dict[int, Any] = {}
    for row in against:
        if person.cleared_at is not None and row.occurred_at <= person.cleared_at:
            continue
        if row.kind == FactKind.COMPLAINED.value:
            complaints[row.delivery_id] = row
        elif _is_about(row, person.address) and row.reason in rule.reasons:
            bounces[row.delivery_id] = row
    for found, most, words in (
        (complaints, rule.complaints, "complained about {}"),
        (bounces, rule.bounces, "{} came back for good, the address being at fault"),
    ):
        if most and len(found) >= most:
            return _Case(person.address, _words(words, found), tuple(_ids(found)))
    return None


def _ids(found: Mapping[int, Any]) -> list[int]:
    return [row.id for row in found.values()]


def _is_about(row: Any, address: str) -> bool:
    """Whether the failure is the address's own.

    Not where the sender is blamed, nor where it failed at another address that
    this one forwards to: that one can be corrected without us.
    """
    own = row.recipient.strip("<> ").casefold() in {"", address.casefold()}
    return own and not row.status.startswith(_POLICY_STATUS)


def _words(words: str, found: Mapping[int, Any]) -> str:
    notices = "one notice" if len(found) == 1 else f"{len(found)} notices"
    reasons = ", ".join(sorted({row.reason for row in found.values()} - {""}))
    return words.format(notices) + (f" ({reasons})" if reasons else "")


def call_off(
    tx: Session, reasons: Mapping[str, str], *, policies: PolicyBook, now: datetime
) -> int:
    """What is not yet sent to these newly suppressed addresses becomes a gap; how many.

    reasons: by canonical address. What is on a line at this moment may still go
    out; it is not tried again.
    """
    because: dict[int, tuple[str, str]] = {}
    for some in in_batches(sorted(reasons)):
        for number, address in tx.execute(
            select(DELIVERY.c.id, RECIPIENT.c.address)
            .join(RECIPIENT, RECIPIENT.c.id == DELIVERY.c.recipient_id)
            .where(RECIPIENT.c.address.in_(some), _UNSENT)
        ):
            because[number] = (address, reasons[address])
    known = judging.load(tx, because)
    said = [
        NewFact(FactKind.SUPPRESSED, number, now, recipient=address, detail=reason)
        for number, (address, reason) in because.items()
        if _is_unsent(known[number].row)
    ]
    facts.add(tx, known, [(fact, None) for fact in said], now)
    judging.settle(tx, known, policies=policies, now=now)
    return len(said)


_UNSENT = or_(
    DELIVERY.c.next_attempt_at.is_not(None),
    DELIVERY.c.resend_at.is_not(None),
    DELIVERY.c.lease_until.is_not(None),
)


def _is_unsent(row: Locked) -> bool:
    return any(one is not None for one in (row.next_attempt_at, row.resend_at, row.lease_until))


def heard_from(tx: Session, heard: Collection[tuple[int, datetime]]) -> list[str]:
    """The recipients of these deliveries wrote themselves, at these times: addresses set free.

    Failures before count no more, and an entry that evidence made is dropped; one
    that a person made stays, and so does one with evidence from after the mail.
    What was owed meanwhile stays a gap.
    """
    if not heard:
        return []
    ids = sorted({number for number, _ in heard})
    bare.rows(tx, _PEOPLE, ids, lock=True)
    written: list[tuple[str, datetime]] = []
    for number, at in heard:
        address = tx.scalar(
            select(RECIPIENT.c.address)
            .join(DELIVERY, DELIVERY.c.recipient_id == RECIPIENT.c.id)
            .where(DELIVERY.c.id == number)
        )
        if address is not None:
            written.append((address, at))
    return heard_of(tx, written)


def heard_of(tx: Session, written: Collection[tuple[str, datetime]]) -> list[str]:
    """heard_from() where who wrote is known by the canonical address itself."""
    freed: list[str] = []
    for address, at in sorted(written, key=lambda one: (one[1], one[0])):
        suppressions.clear(tx, [address], at)
        if suppressions.lift(tx, address, at):
            freed.append(address)
    return freed
