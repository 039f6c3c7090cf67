"""Notices: taking on what must arrive, and closing it by hand.

Owns the rows of notice, recipient and the making of deliveries. Must not send.
What accept() returned is durable once the transaction has ended, and asking
again with the same key changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from store.errors import NoticeConflict
from store.words import PolicyBook, State

__all__ = [
    "Accepted",
    "DeliveryRef",
    "DeliveryView",
    "NewNotice",
    "NewRecipient",
    "NoticeConflict",
    "NoticeView",
    "accept",
    "close",
    "delivery",
    "find",
    "reopen",
]


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
class DeliveryRef:
    """A delivery, named."""

    id: int
    address: str  # of the recipient, canonical
    number: int  # the recipient's running number
    created: bool  # by this call
    notice_class: str = ""
    attempts: int = 0


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


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A delivery as it is now."""

    id: int
    notice_id: int
    key: str
    notice_class: str
    address: str
    domain: str
    as_given: str
    number: int
    message_id: str
    attempts: int
    owed_at: datetime
    next_attempt_at: datetime | None
    state: State


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
    raise NotImplementedError


def find(tx: Session, key: str) -> NoticeView | None:
    """The notice of that key."""
    raise NotImplementedError


def delivery(tx: Session, delivery_id: int) -> DeliveryView | None:
    """One delivery."""
    raise NotImplementedError


def close(
    tx: Session, delivery_id: int, *, by: str, why: str, now: datetime, policies: PolicyBook
) -> State:
    """A person ends it: nothing more is sent, no evidence changes it. Raises LedgerError."""
    raise NotImplementedError


def reopen(
    tx: Session, delivery_id: int, *, by: str, why: str, now: datetime, policies: PolicyBook
) -> State:
    """A person takes a closing back; it is sent again when it never was. Raises LedgerError."""
    raise NotImplementedError
