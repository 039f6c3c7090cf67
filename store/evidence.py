"""Evidence: reports and facts go in, once each, and the state follows at once.

Owns the rows of report and evidence. Must not read mail: facts come as plain
strings. Everything happens in the caller's transaction, which also moves the
channel's cursor (channels.advance), so a report is never seen and then lost.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from store.notices import DeliveryRef
from store.words import Assurance, FactKind, PolicyBook, State

__all__ = [
    "NewFact",
    "NewReport",
    "Recorded",
    "UnmatchedReport",
    "by_envelope_id",
    "by_ids",
    "by_message_id",
    "purge_raw",
    "raw",
    "record",
    "record_fact",
    "record_many",
    "unmatched",
]


@dataclass(frozen=True, slots=True)
class NewFact:
    """One fact about one delivery. A report that says more has several.

    at is clamped between the delivery's OWED and now: remote clocks and headers
    may say anything.
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


@dataclass(frozen=True, slots=True)
class NewReport:
    """One message read from a channel."""

    channel_id: int
    uidvalidity: int
    uid: int
    raw: bytes
    kind: str
    message_id: str
    sender: str
    subject: str
    received_at: datetime
    outcome: str  # matched, unmatched, forged, foreign, unreadable, canary
    tried: str  # one line per clue tried and what came of it
    summary: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of one report. states: of the deliveries it touched, after judging."""

    report_id: int
    new: bool  # False: this mail had been recorded before, nothing was added
    facts_added: int
    states: Mapping[int, State] = field(default_factory=dict)
    unknown: tuple[int, ...] = ()  # delivery ids that this ledger does not have


@dataclass(frozen=True, slots=True)
class UnmatchedReport:
    """A report that changed no delivery."""

    id: int
    channel_id: int
    uid: int
    kind: str
    sender: str
    subject: str
    received_at: datetime
    outcome: str
    tried: str
    summary: str


def record(
    tx: Session,
    report: NewReport,
    facts: Sequence[NewFact],
    *,
    policies: PolicyBook,
    now: datetime,
) -> Recorded:
    """Keep one report and what it proves; the same (channel, UIDVALIDITY, UID) counts once."""
    return record_many(tx, [(report, facts)], policies=policies, now=now)[0]


def record_many(
    tx: Session,
    reports: Sequence[tuple[NewReport, Sequence[NewFact]]],
    *,
    policies: PolicyBook,
    now: datetime,
) -> list[Recorded]:
    """record() for a batch, in order; each touched delivery is judged once, at the end."""
    raise NotImplementedError


def record_fact(tx: Session, fact: NewFact, *, policies: PolicyBook, now: datetime) -> State | None:
    """Evidence that came without a report; None when the ledger has no such delivery."""
    raise NotImplementedError


def by_message_id(tx: Session, message_id: str) -> list[DeliveryRef]:
    """The deliveries that were sent with this Message-ID (without angle brackets)."""
    raise NotImplementedError


def by_envelope_id(tx: Session, envelope_id: str) -> list[DeliveryRef]:
    """The deliveries with an attempt that was sent with this ENVID (decoded)."""
    raise NotImplementedError


def by_ids(tx: Session, delivery_ids: Sequence[int]) -> dict[int, DeliveryRef]:
    """Those of these deliveries that exist."""
    raise NotImplementedError


def unmatched(tx: Session, limit: int = 100) -> list[UnmatchedReport]:
    """The newest reports that changed no delivery, newest first."""
    raise NotImplementedError


def raw(tx: Session, report_id: int) -> bytes | None:
    """The report's mail as it came; None when purged or unknown."""
    raise NotImplementedError


def purge_raw(tx: Session, *, before: datetime, limit: int = 1000) -> int:
    """Drop the mails of reports recorded before that moment; evidence stays. How many."""
    raise NotImplementedError
