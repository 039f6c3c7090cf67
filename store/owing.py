"""Owing: the rows of recipients and deliveries of notices that are taken on, many at once.

Owns running numbers, and what a delivery looks like when it is new. Must not
make notices, and must be called in the transaction that made them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from store import bare, facts, judging, paths, suppressions
from store.batches import in_batches
from store.facts import NewFact
from store.ids import new_ids
from store.instants import from_micros, to_micros
from store.judge import decide
from store.known import JUDGED
from store.picture import draw
from store.references import DeliveryRef
from store.texts import clean
from store.words import Assurance, Fact, FactKind, Policy, PolicyBook, State

__all__ = ["NewRecipient", "Owed", "Person", "owe", "people"]

_LOCKED = (
    "SELECT d.id, d.address, d.domain, d.last_number, d.last_owed_at FROM recipient d"
    " WHERE d.address IN (?) ORDER BY d.address"
)
_KNOWN = "SELECT address FROM recipient WHERE address IN (?)"
_PERSON = bare.insert("recipient", "id, address, domain, name")
_NUMBERED = "UPDATE recipient SET last_number = ?, last_owed_at = ? WHERE id = ?"
_DELIVERY = bare.insert(
    "delivery",
    "id, notice_id, recipient_id, as_given, number, previous_number, previous_at, owed_at,"
    " next_attempt_at, judged_at, " + ", ".join(JUDGED),
)
# what is said of every new delivery; a digest is within one delivery, so it is the same for all
_SAID = bare.insert(
    "evidence", "id, delivery_id, digest, kind, occurred_at, recorded_at, assurance"
)
_OWED = facts.digest(NewFact(FactKind.OWED, 0, from_micros(0)))
_KIND, _PROOF = FactKind.OWED.value, int(Assurance.PROOF)
_AS_GIVEN, _DOMAIN, _NAME = 1000, 300, 500  # characters, as the tables have them


@dataclass(frozen=True, slots=True)
class NewRecipient:
    """One address to tell it to."""

    address: str  # canonical: local part as it is, domain in lower-case A-labels
    as_given: str
    name: str = ""


@dataclass(slots=True)
class Person:
    """A recipient's locked row; the last two change with each delivery that is made."""

    id: int
    domain: str
    last_number: int
    last_owed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Owed:
    """One delivery to be made."""

    notice_id: int
    notice_class: str
    recipient: NewRecipient


@dataclass(frozen=True, slots=True)
class _Beginning:
    """What is true of every new delivery of one policy."""

    state: State
    columns: tuple[Any, ...]  # as JUDGED names them


def people(tx: Session, wanted: dict[str, NewRecipient], now: datetime) -> dict[str, Person]:
    """The locked rows of these recipients by address, made when new."""
    # in one order everywhere: two that owe the same people must not wait in a circle
    addresses = sorted(wanted)
    known = {row[0] for row in bare.rows(tx, _KNOWN, addresses)}
    fresh = iter(new_ids(now, len(addresses)))
    new = [
        (
            next(fresh),
            address,
            clean(address.rpartition("@")[2].lower(), _DOMAIN),
            clean(wanted[address].name, _NAME),
        )
        for address in addresses
        if address not in known
    ]
    bare.many(tx, _PERSON, new)
    rows: dict[str, Person] = {}
    for number, address, domain, last, owed_at in bare.rows(tx, _LOCKED, addresses, lock=True):
        at = None if owed_at is None else from_micros(owed_at)
        rows[address] = Person(number, domain, last, at)
    return rows


def owe(
    tx: Session,
    wanted: Sequence[Owed],
    known: dict[str, Person],
    *,
    policies: PolicyBook,
    now: datetime,
) -> list[DeliveryRef]:
    """Makes these deliveries, none of which may exist, in this order."""
    if not wanted:
        return []
    marks = paths.heard(tx).through()
    kept_back: dict[str, suppressions.Suppressed] = {}
    for some in in_batches(list({one.recipient.address for one in wanted})):
        kept_back.update(suppressions.check(tx, some))
    book: dict[tuple[str, str, str | None], _Beginning] = {}
    deliveries: list[tuple[Any, ...]] = []
    owed: list[tuple[Any, ...]] = []
    evidence: list[tuple[Any, ...]] = []
    at_now = to_micros(now)
    states: dict[int, State] = {}
    made: list[DeliveryRef] = []
    fresh = iter(new_ids(now, 2 * len(wanted)))
    for one in wanted:
        address = one.recipient.address
        person, number = known[address], next(fresh)
        reason = kept_back[address].reason if address in kept_back else None
        owed.append((next(fresh), number, _OWED, _KIND, at_now, at_now, _PROOF))
        if reason is not None:
            held = _suppressed(number, address, reason, now)
            evidence.append(facts.values(held, facts.digest(held), at_now, now=now))
        at = (one.notice_class, person.domain, reason)
        beginning = book.get(at)
        if beginning is None:
            said = [NewFact(FactKind.OWED, number, now)]
            if reason is not None:
                said.append(_suppressed(number, address, reason, now))
            policy = policies(one.notice_class, person.domain)
            beginning = _beginning(policy, said, marks, now)
            book[at] = beginning
        states[number] = beginning.state
        deliveries.append(
            (
                *(number, one.notice_id, person.id, clean(one.recipient.as_given, _AS_GIVEN)),
                *(person.last_number + 1, person.last_number or None),
                None if person.last_owed_at is None else to_micros(person.last_owed_at),
                *(at_now, None if reason is not None else at_now, at_now),
                *beginning.columns,
            )
        )
        person.last_number, person.last_owed_at = person.last_number + 1, now
        made.append(
            DeliveryRef(
                number, address, person.last_number, created=True, notice_class=one.notice_class
            )
        )
    bare.many(tx, _DELIVERY, deliveries)
    bare.many(tx, _SAID, owed)
    bare.many(tx, facts.INSERT, evidence)
    met = {known[one.recipient.address].id: known[one.recipient.address] for one in wanted}
    bare.many(tx, _NUMBERED, [(one.last_number, at_now, one.id) for one in met.values()])
    judging.open_gaps(tx, states, now)
    return made


def _beginning(
    policy: Policy, said: Sequence[NewFact], marks: Mapping[str, datetime | None], now: datetime
) -> _Beginning:
    """How deliveries of one policy of which this is said begin, whosever they are."""
    picture = draw(Fact(one.kind, now, Assurance.PROOF, None, one.detail) for one in said)
    state = decide(policy, picture, marks, now)
    return _Beginning(state, judging.columns(state, policy, picture, now))


def _suppressed(number: int, address: str, reason: str, now: datetime) -> NewFact:
    return NewFact(FactKind.SUPPRESSED, number, now, recipient=address, detail=reason)
