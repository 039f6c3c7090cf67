"""The outbox: which deliveries must be sent now, and how each attempt went.

Owns the rows of attempt and the sending columns of delivery. Must not speak
SMTP. An attempt is started in the ledger before a byte leaves, and finished
once; one that was started and never finished is ambiguous, never forgotten.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from store.errors import AttemptFinished
from store.words import Outcome, Phase, PolicyBook, State

__all__ = [
    "AttemptFinished",
    "AttemptResult",
    "Outgoing",
    "claim",
    "finish_attempt",
    "give_up",
    "next_due",
    "reap",
    "release",
    "resolve_ambiguous",
    "start_attempt",
]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One delivery to be sent now, with all that composing needs."""

    delivery_id: int
    notice_id: int
    notice_class: str
    content: bytes
    subject: str
    sender: str
    address: str  # of the recipient, canonical
    as_given: str
    number: int
    previous_number: int | None
    previous_at: datetime | None
    attempts_so_far: int
    message_id: str | None  # of the first attempt; a resend must use it again
    owed_at: datetime
    key: str  # of the notice
    name: str  # of the recipient


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """How one SMTP transaction ended."""

    outcome: Outcome
    phase: Phase | None = None
    reply_code: str = ""
    status: str = ""  # RFC 3463
    reply_text: str = ""
    remote_queue_id: str = ""
    dsn_offered: bool = False


def claim(
    tx: Session, *, worker: str, limit: int, lease: timedelta, now: datetime
) -> list[Outgoing]:
    """Take up to limit due deliveries, oldest due first, for lease; nobody else gets them."""
    raise NotImplementedError


def release(tx: Session, delivery_ids: list[int], *, worker: str) -> int:
    """Give claimed and not started deliveries back, as when stopping; how many."""
    raise NotImplementedError


def start_attempt(
    tx: Session,
    delivery_id: int,
    *,
    worker: str,
    route: str,
    envelope_from: str,
    message_id: str,
    now: datetime,
    envelope_id: str = "",
    lease: timedelta | None = None,
    policies: PolicyBook | None = None,
) -> int:
    """Write the attempt down before anything is sent; its number, from 1.

    The first message_id stays; later ones are ignored. lease, when given, counts
    anew from now. Raises LedgerError unless worker holds the claim.
    """
    raise NotImplementedError


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
    """Write the reply down, once; the same result again changes nothing.

    retry_at: when to try again, for DEFERRED and UNREACHED only. An attempt
    that was reaped as ambiguous may still be finished: knowing is better.
    Raises AttemptFinished when it already ended otherwise, LedgerError when
    there is no such attempt.
    """
    raise NotImplementedError


def reap(tx: Session, *, policies: PolicyBook, now: datetime, limit: int = 500) -> int:
    """Attempts whose worker is gone (lease over) become ambiguous, once; how many."""
    raise NotImplementedError


def resolve_ambiguous(tx: Session, *, policies: PolicyBook, now: datetime, limit: int = 500) -> int:
    """Ambiguous long enough without evidence: send again, or leave a gap; how many resends.

    A resend is due at now and visible as evidence.
    """
    raise NotImplementedError


def give_up(tx: Session, *, policies: PolicyBook, now: datetime, limit: int = 500) -> int:
    """Stop trying what is past its policy's give_up_after; how many."""
    raise NotImplementedError


def next_due(tx: Session) -> datetime | None:
    """When the next delivery becomes due (it may be in the past); None: nothing to send."""
    raise NotImplementedError
