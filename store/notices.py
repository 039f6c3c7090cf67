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

from sqlalchemy import select
from sqlalchemy.orm import Session

from store import bare
from store.batches import in_batches
from store.deliveries import DeliveryView, close, delivery, reopen
from store.errors import NoticeConflict
from store.ids import new_id
from store.instants import from_micros, to_micros
from store.owing import NewRecipient, Owed, Person, owe, people
from store.references import REFERENCES, DeliveryRef, reference
from store.tables import DELIVERY, NOTICE
from store.telling import moment
from store.texts import clean
from store.words import PolicyBook

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
_BY_KEY = (
    "SELECT d.key, d.id, d.digest, d.created_at FROM notice d WHERE d.key IN (?) ORDER BY d.key"
)
_INSERT = bare.insert(
    "notice", "id, key, notice_class, subject, sender, content, digest, created_at"
)
_CLASS, _SUBJECT, _SENDER = 200, 998, 1000  # characters, as the table has them


@dataclass(frozen=True, slots=True)
class NewNotice:
    """One thing to tell."""

    key: str  # the sender's own name for it, at most 500 characters
    notice_class: str
    subject: str
    sender: str
    content: bytes  # the whole RFC 5322 template, without per-recipient headers
    created_at: datetime | None = None  # aware; None: now
    likeness: bytes = b""  # what of content tells it from another one, where that is not all


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
    (found,) = accept_all(tx, [(notice, recipients)], policies=policies, now=now)
    if isinstance(found, NoticeConflict):
        raise found
    return found


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
    for notice, recipients in wanted:
        _check(notice, recipients)
    heads = _heads(tx, [notice for notice, _ in wanted], now)
    told = {
        one.address: one
        for (_, recipients), head in zip(wanted, heads, strict=True)
        for one in reversed(recipients)
        if not isinstance(head, NoticeConflict)
    }
    known = people(tx, told, now)
    present: dict[tuple[int, str], DeliveryRef | None] = {}
    for head in heads:
        if not isinstance(head, NoticeConflict) and not head.created:
            present |= _present(tx, head.id, known)
    missing: list[Owed] = []
    for (notice, recipients), head in zip(wanted, heads, strict=True):
        if isinstance(head, NoticeConflict):
            continue
        for one in recipients:
            if (head.id, one.address) not in present:
                present[head.id, one.address] = None  # until it is made, below
                missing.append(Owed(head.id, notice.notice_class, one))
    made = owe(tx, missing, known, policies=policies, now=now)
    new = {
        (one.notice_id, one.recipient.address): ref for one, ref in zip(missing, made, strict=True)
    }
    answers: list[Accepted | NoticeConflict] = []
    for (notice, recipients), head in zip(wanted, heads, strict=True):
        if isinstance(head, NoticeConflict):
            answers.append(head)
            continue
        addresses = dict.fromkeys(one.address for one in recipients)
        refs = [new.get((head.id, one)) or present[head.id, one] for one in addresses]
        answers.append(
            Accepted(head.id, notice.key, head.created, tuple(one for one in refs if one))
        )
    return answers


def _check(notice: NewNotice, recipients: Sequence[NewRecipient]) -> None:
    if not notice.key or clean(notice.key, _KEY_LIMIT) != notice.key:
        raise ValueError(f"a notice key has 1 to {_KEY_LIMIT} characters and no NUL")
    if not recipients:
        raise ValueError(f"notice {notice.key!r} has no recipient")
    for one in recipients:
        if "@" not in one.address or clean(one.address, _ADDRESS_LIMIT) != one.address:
            raise ValueError(f"{one.address!r} is not an address")


def _digest(notice: NewNotice, compared: bytes) -> str:
    heading = f"{notice.notice_class}\x1f{notice.sender}\x1f{notice.subject}".encode(
        "utf-8", "surrogatepass"
    )
    return hashlib.sha256(heading + b"\x1f" + compared).hexdigest()


@dataclass(frozen=True, slots=True)
class _Head:
    """A notice's row: found, or made by this call."""

    id: int
    created: bool
    digest: str


def _heads(tx: Session, wanted: Sequence[NewNotice], now: datetime) -> list[_Head | NoticeConflict]:
    """The rows of these notices, made when new, or why not."""
    keys = sorted({one.key for one in wanted})
    rows = {row[0]: row[1:] for row in bare.rows(tx, _BY_KEY, keys, lock=True)}
    found: list[_Head | NoticeConflict] = []
    new: list[tuple[Any, ...]] = []
    begun: dict[str, tuple[int, str]] = {}
    for one in wanted:
        digest = _digest(one, one.likeness or one.content)
        number, other, since = _known(rows.get(one.key), begun.get(one.key), now)
        if not number:
            number = new_id(now)
            begun[one.key] = number, digest
            new.append(_row(one, number, digest, now))
            found.append(_Head(number, created=True, digest=digest))
        elif other not in {digest, _digest(one, one.content)}:  # an older program's is of it all
            found.append(
                NoticeConflict(
                    f"notice {one.key!r} is in the ledger since {moment(since)} with other "
                    f"content (digest {other[:12]}, now {digest[:12]}): give this one another key"
                )
            )
        else:
            found.append(_Head(number, created=False, digest=digest))
    bare.many(tx, _INSERT, new)
    return found


def _known(row: Any, begun: tuple[int, str] | None, now: datetime) -> tuple[int, str, datetime]:
    """Id, digest and age of the notice that has the key already; 0 where there is none."""
    if row is not None:
        return row[0], row[1], from_micros(row[2])
    return (*begun, now) if begun else (0, "", now)


def _row(notice: NewNotice, number: int, digest: str, now: datetime) -> tuple[Any, ...]:
    return (
        number,
        notice.key,
        clean(notice.notice_class, _CLASS),
        clean(notice.subject, _SUBJECT),
        clean(notice.sender, _SENDER),
        zlib.compress(notice.content),
        digest,
        to_micros(notice.created_at or now),
    )


def _present(
    tx: Session, notice_id: int, known: dict[str, Person]
) -> dict[tuple[int, str], DeliveryRef | None]:
    """The notice's deliveries to these people that exist, by notice and address."""
    found: dict[tuple[int, str], DeliveryRef | None] = {}
    for some in in_batches([person.id for person in known.values()]):
        rows = tx.execute(
            REFERENCES.where(DELIVERY.c.notice_id == notice_id, DELIVERY.c.recipient_id.in_(some))
        )
        found.update(((notice_id, row.address), reference(row)) for row in rows)
    return found


def find(tx: Session, key: str) -> NoticeView | None:
    """The notice of that key."""
    row = tx.execute(
        select(*(NOTICE.c[name] for name in NoticeView.__dataclass_fields__)).where(
            NOTICE.c.key == key
        )
    ).one_or_none()
    return None if row is None else NoticeView(*row)
