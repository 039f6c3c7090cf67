"""Notices: taking on what must arrive, and closing it by hand.

Owns the rows of notice, recipient and the making of deliveries. Must not send.
What accept() returned is durable once the transaction has ended, and asking
again with the same key changes nothing.
"""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from store import channels, facts, judging, suppressions
from store.batches import in_batches
from store.deliveries import DeliveryView, close, delivery, reopen
from store.errors import NoticeConflict
from store.facts import NewFact
from store.ids import new_id
from store.judge import decide
from store.picture import draw
from store.references import REFERENCES, DeliveryRef, reference
from store.tables import DELIVERY, EVIDENCE, NOTICE, RECIPIENT
from store.telling import moment
from store.texts import clean
from store.words import (
    Assurance,
    Fact,
    FactKind,
    Policy,
    PolicyBook,
    State,
)

__all__ = [
    "Accepted",
    "DeliveryRef",
    "DeliveryView",
    "NewNotice",
    "NewRecipient",
    "NoticeConflict",
    "NoticeView",
    "accept",
    "accept_all",
    "close",
    "delivery",
    "find",
    "reopen",
]


_KEY_LIMIT = 500
_ADDRESS_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class NewNotice:
    """One thing to tell."""

    key: str  # the sender's own name for it, at most 500 characters
    notice_class: str
    subject: str
    sender: str
    content: bytes  # the whole RFC 5322 template, without per-recipient headers
    created_at: datetime | None = None  # aware; None: now


@dataclass(frozen=True, slots=True)
class NewRecipient:
    """One address to tell it to."""

    address: str  # canonical: local part as it is, domain in lower-case A-labels
    as_given: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What accept() has made or found. deliveries stand in the order asked for."""

    notice_id: int
    key: str
    created: bool
    deliveries: tuple[DeliveryRef, ...]


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice as it is stored."""

    id: int
    key: str
    notice_class: str
    subject: str
    sender: str
    digest: str
    created_at: datetime


def accept(
    tx: Session,
    notice: NewNotice,
    recipients: Sequence[NewRecipient],
    *,
    policies: PolicyBook,
    now: datetime,
) -> Accepted:
    """Owe the notice to these recipients; idempotent by key.

    The same key with more recipients adds only the new deliveries. A suppressed
    recipient gets a delivery whose gap is visible at once, and nothing is sent.
    Raises NoticeConflict for the same key with other content, ValueError for a
    key that is empty or over 500 characters.
    """
    _check(notice, recipients)
    notice_id, created = _notice(tx, notice, now)
    wanted: dict[str, NewRecipient] = {}
    for one in recipients:
        wanted.setdefault(one.address, one)
    people = _people(tx, wanted, now)
    present = _present(tx, notice_id, [row.id for row in people.values()])
    missing = [who for address, who in wanted.items() if people[address].id not in present]
    made = _owe(
        tx,
        notice_id=notice_id,
        notice_class=notice.notice_class,
        missing=missing,
        people=people,
        policies=policies,
        now=now,
    )
    refs = {address: made.get(address) or present[people[address].id] for address in wanted}
    return Accepted(notice_id, notice.key, created, tuple(refs.values()))


def accept_all(
    tx: Session,
    wanted: Sequence[tuple[NewNotice, Sequence[NewRecipient]]],
    *,
    policies: PolicyBook,
    now: datetime,
) -> list[Accepted | NoticeConflict]:
    """accept() for many notices in one transaction; a conflict is an answer like others.

    A conflict is found before anything of its notice is written, so the rest
    goes on. Raises ValueError as accept() does.
    """
    answers: list[Accepted | NoticeConflict] = []
    for notice, recipients in wanted:
        try:
            answers.append(accept(tx, notice, recipients, policies=policies, now=now))
        except NoticeConflict as conflict:
            answers.append(conflict)
    return answers


def _check(notice: NewNotice, recipients: Sequence[NewRecipient]) -> None:
    if not notice.key or clean(notice.key, _KEY_LIMIT) != notice.key:
        raise ValueError(f"a notice key has 1 to {_KEY_LIMIT} characters and no NUL")
    if not recipients:
        raise ValueError(f"notice {notice.key!r} has no recipient")
    for one in recipients:
        if "@" not in one.address or clean(one.address, _ADDRESS_LIMIT) != one.address:
            raise ValueError(f"{one.address!r} is not an address")


def _digest(notice: NewNotice) -> str:
    heading = f"{notice.notice_class}\x1f{notice.sender}\x1f{notice.subject}".encode(
        "utf-8", "surrogatepass"
    )
    return hashlib.sha256(heading + b"\x1f" + notice.content).hexdigest()


def _notice(tx: Session, notice: NewNotice, now: datetime) -> tuple[int, bool]:
    """The notice's row, made when new. Raises NoticeConflict."""
    digest = _digest(notice)
    row = tx.execute(
        select(NOTICE.c.id, NOTICE.c.digest, NOTICE.c.created_at)
        .where(NOTICE.c.key == notice.key)
        .with_for_update(key_share=True)
    ).one_or_none()
    if row is not None:
        if row.digest != digest:
            raise NoticeConflict(
                f"notice {notice.key!r} is in the ledger since {moment(row.created_at)} with other "
                f"content (digest {row.digest[:12]}, now {digest[:12]}): give this one another key"
            )
        return row.id, False
    number = new_id(now)
    tx.execute(
        NOTICE.insert(),
        [
            {
                "id": number,
                "key": notice.key,
                "notice_class": notice.notice_class,
                "subject": notice.subject,
                "sender": notice.sender,
                "content": zlib.compress(notice.content),
                "digest": digest,
                "created_at": notice.created_at or now,
            }
        ],
    )
    return number, True


def _people(tx: Session, wanted: dict[str, NewRecipient], now: datetime) -> dict[str, Any]:
    """The locked rows of these recipients, made when new."""
    known: set[str] = set()
    for some in in_batches(list(wanted)):
        known.update(tx.scalars(select(RECIPIENT.c.address).where(RECIPIENT.c.address.in_(some))))
    new = [
        {
            "id": new_id(now),
            "address": address,
            "domain": address.rpartition("@")[2].lower(),
            "name": one.name,
        }
        # in one order everywhere: two that owe the same people must not wait in a circle
        for address, one in sorted(wanted.items())
        if address not in known
    ]
    if new:
        tx.execute(RECIPIENT.insert(), new)
    rows: dict[str, Any] = {}
    for some in in_batches(sorted(wanted)):
        found = tx.execute(
            select(
                RECIPIENT.c.id,
                RECIPIENT.c.address,
                RECIPIENT.c.domain,
                RECIPIENT.c.last_number,
                RECIPIENT.c.last_owed_at,
            )
            .where(RECIPIENT.c.address.in_(some))
            .order_by(RECIPIENT.c.address)
            .with_for_update(key_share=True)
        )
        rows.update((row.address, row) for row in found)
    return rows


def _present(tx: Session, notice_id: int, recipient_ids: Sequence[int]) -> dict[int, DeliveryRef]:
    """The notice's deliveries that exist, by recipient id."""
    found: dict[int, DeliveryRef] = {}
    for some in in_batches(recipient_ids):
        rows = tx.execute(
            REFERENCES.add_columns(DELIVERY.c.recipient_id).where(
                DELIVERY.c.notice_id == notice_id, DELIVERY.c.recipient_id.in_(some)
            )
        )
        found.update((row.recipient_id, reference(row)) for row in rows)
    return found


def _owe(
    tx: Session,
    *,
    notice_id: int,
    notice_class: str,
    missing: Sequence[NewRecipient],
    people: dict[str, Any],
    policies: PolicyBook,
    now: datetime,
) -> dict[str, DeliveryRef]:
    """Make the deliveries that are not there yet."""
    if not missing:
        return {}
    marks = channels.watermarks(tx)
    kept_back: dict[str, suppressions.Suppressed] = {}
    for some in in_batches([one.address for one in missing]):
        kept_back.update(suppressions.check(tx, some))
    book: dict[str, Policy] = {}
    deliveries: list[dict[str, Any]] = []
    evidence: list[dict[str, Any]] = []
    states: dict[int, State] = {}
    made: dict[str, DeliveryRef] = {}
    for one in missing:
        person = people[one.address]
        number = new_id(now)
        policy = book.get(person.domain)
        if policy is None:
            policy = book[person.domain] = policies(notice_class, person.domain)
        said = [NewFact(FactKind.OWED, number, now)]
        reason = kept_back.get(one.address)
        if reason is not None:
            said.append(
                NewFact(
                    FactKind.SUPPRESSED, number, now, recipient=one.address, detail=reason.reason
                )
            )
        evidence.extend(facts.row(fact, owed_at=now, now=now) for fact in said)
        picture = draw(Fact(fact.kind, now, Assurance.PROOF, None, fact.detail) for fact in said)
        state = states[number] = decide(policy, picture, marks, now)
        deliveries.append(
            {
                "id": number,
                "notice_id": notice_id,
                "recipient_id": person.id,
                "as_given": one.as_given,
                "number": person.last_number + 1,
                "previous_number": person.last_number or None,
                "previous_at": person.last_owed_at,
                "owed_at": now,
                "next_attempt_at": None if reason is not None else now,
                "judged_at": now,
                **judging.columns(state, policy, picture, now),
            }
        )
        made[one.address] = DeliveryRef(
            number, one.address, person.last_number + 1, created=True, notice_class=notice_class
        )
    tx.execute(DELIVERY.insert(), deliveries)
    tx.execute(EVIDENCE.insert(), evidence)
    tx.execute(
        update(RECIPIENT)
        .where(RECIPIENT.c.id == bindparam("at_id"))
        .values(last_number=bindparam("number"), last_owed_at=bindparam("owed_at")),
        [
            {"at_id": row["recipient_id"], "number": row["number"], "owed_at": now}
            for row in deliveries
        ],
    )
    judging.open_gaps(tx, states, now)
    return made


def find(tx: Session, key: str) -> NoticeView | None:
    """The notice of that key."""
    row = tx.execute(
        select(*(NOTICE.c[name] for name in NoticeView.__dataclass_fields__)).where(
            NOTICE.c.key == key
        )
    ).one_or_none()
    return None if row is None else NoticeView(*row)
