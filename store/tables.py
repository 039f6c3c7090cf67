"""The ledger's tables: one class each, every column with one line of meaning.

Owns the schema, its uniqueness and its indexes. Must not hold behaviour: the
questions asked of these tables live in one module each. Evidence and attempts
are only ever added; the state columns of delivery are derived from them and
kept current in the same transaction.
"""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from store.columns import CleanText, Identity, UtcMicros

__all__ = [
    "ASKING",
    "ATTEMPT",
    "CANARY",
    "CHANNEL",
    "COMPONENT",
    "DELIVERY",
    "EVIDENCE",
    "GAP",
    "GROUND",
    "METADATA",
    "NOTICE",
    "RECIPIENT",
    "REPORT",
    "SLOT",
    "SUPPRESSION",
    "Asking",
    "Attempt",
    "Canary",
    "Channel",
    "Component",
    "Delivery",
    "Evidence",
    "Gap",
    "Ground",
    "Notice",
    "Recipient",
    "Report",
    "Slot",
    "Suppression",
]

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _column(kind: Any, *, null: bool = False, default: str | None = None) -> Any:
    return Field(
        default=None,
        sa_column=Column(
            kind, nullable=null, server_default=None if default is None else text(default)
        ),
    )


def _key() -> Any:
    return Field(sa_column=Column(Identity, primary_key=True, autoincrement=False))


def _parent(target: str, *, null: bool = False) -> Any:
    return Field(default=None, sa_column=Column(BigInteger, ForeignKey(target), nullable=null))


def _part(target: str) -> Any:
    """A parent that is part of the key."""
    return Field(
        sa_column=Column(BigInteger, ForeignKey(target), primary_key=True, autoincrement=False)
    )


def _text(limit: int = 2000) -> Any:
    return Field(
        default="", sa_column=Column(CleanText(limit), nullable=False, server_default=text("''"))
    )


def _where(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """A partial index: only the rows that somebody will look for."""
    condition = text(where)
    return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


class _Row(SQLModel):
    metadata: ClassVar[MetaData] = METADATA


class Notice(_Row, table=True):
    """One thing to tell, stored once however many it is told to."""

    __table_args__ = (UniqueConstraint("key"),)
    id: int = _key()
    key: str = _text(500)  # the sender's own name for it
    notice_class: str = _text(200)  # chooses the policy
    subject: str = _text(998)
    sender: str = _text(1000)
    content: bytes = _column(LargeBinary)  # the whole template message, zlib
    digest: str = _text(64)  # SHA-256 of sender, subject and content: same key, same notice?
    created_at: datetime = _column(UtcMicros)


class Recipient(_Row, table=True):
    """One address that is owed notices."""

    __table_args__ = (UniqueConstraint("address"), Index("ix_recipient_domain", "domain"))
    id: int = _key()
    address: str = _text(1000)  # canonical
    domain: str = _text(300)
    name: str = _text(500)
    last_number: int = _column(Integer, default="0")  # running number of the newest delivery
    last_owed_at: datetime | None = _column(UtcMicros, null=True)  # and when it was owed
    cleared_at: datetime | None = _column(UtcMicros, null=True)  # earlier failures count no more


class Delivery(_Row, table=True):
    """The obligation: one notice to one recipient. Its id is the tracking ID."""

    __table_args__ = (
        UniqueConstraint("notice_id", "recipient_id"),
        UniqueConstraint("recipient_id", "number"),
        _where("ix_delivery_next_look_at", "next_look_at", where="next_look_at IS NOT NULL"),
        _where(
            "ix_delivery_next_attempt_at", "next_attempt_at", where="next_attempt_at IS NOT NULL"
        ),
        _where("ix_delivery_give_up_at", "give_up_at", where="next_attempt_at IS NOT NULL"),
        _where(
            "ix_delivery_needs_watermark", "needs_watermark", where="needs_watermark IS NOT NULL"
        ),
        _where("ix_delivery_resend_at", "resend_at", where="resend_at IS NOT NULL"),
        _where("ix_delivery_message_id", "message_id", where="message_id <> ''"),
    )
    id: int = _key()
    notice_id: int = _parent("notice.id")
    recipient_id: int = _parent("recipient.id")
    as_given: str = _text(1000)  # the address as the sender wrote it
    number: int = _column(Integer)  # "number 17 for you"
    previous_number: int | None = _column(Integer, null=True)  # "the one before was 16"
    previous_at: datetime | None = _column(UtcMicros, null=True)  # "of 2 October"
    owed_at: datetime = _column(UtcMicros)
    # sending
    message_id: str = _text(998)  # set by the first attempt, never changed
    attempts: int = _column(Integer, default="0")  # made so far
    next_attempt_at: datetime | None = _column(UtcMicros, null=True)  # None: nothing to send
    give_up_at: datetime | None = _column(UtcMicros, null=True)  # no attempt starts later
    claimed_by: str = _text(200)  # the worker that holds it
    lease_until: datetime | None = _column(UtcMicros, null=True)  # and until when
    # judged state
    verdict: str = _text(20)
    stage: int = _column(Integer, default="0")
    assurance: int | None = _column(Integer, null=True)
    gap: str | None = _column(Text, null=True)
    why: str = _text(1000)
    deadline: datetime = _column(UtcMicros)
    next_look_at: datetime | None = _column(UtcMicros, null=True)  # None: only evidence can
    needs_watermark: datetime | None = _column(UtcMicros, null=True)  # channels seen to here
    resend_at: datetime | None = _column(UtcMicros, null=True)  # an ambiguous one goes again
    judged_at: datetime = _column(UtcMicros)


class Attempt(_Row, table=True):
    """One SMTP transaction. outcome is empty until it is finished, then never changes."""

    __table_args__ = (
        UniqueConstraint("delivery_id", "number"),
        _where("ix_attempt_open", "delivery_id", where="outcome = '' AND reaped_at IS NULL"),
        _where("ix_attempt_envelope_id", "envelope_id", where="envelope_id <> ''"),
    )
    id: int = _key()
    delivery_id: int = _parent("delivery.id")
    number: int = _column(Integer)  # 1, 2, ...
    worker: str = _text(200)
    route: str = _text(300)  # which relay
    envelope_from: str = _text(1000)
    envelope_id: str = _text(500)  # ENVID as sent
    started_at: datetime = _column(UtcMicros)
    finished_at: datetime | None = _column(UtcMicros, null=True)
    reaped_at: datetime | None = _column(UtcMicros, null=True)  # given up as ambiguous
    outcome: str = _text(20)
    phase: str = _text(20)
    reply_code: str = _text(10)
    status: str = _text(20)
    reply_text: str = _text(2000)
    remote_queue_id: str = _text(200)
    dsn_offered: bool = _column(Boolean, default="false")


class Channel(_Row, table=True):
    """Where evidence comes from, and how far it was read."""

    __table_args__ = (UniqueConstraint("name"),)
    id: int = _key()
    name: str = _text(300)
    kind: str = _text(50)
    enabled: bool = _column(Boolean, default="true")  # False: no longer configured
    uidvalidity: int = _column(BigInteger, default="0")
    last_uid: int = _column(BigInteger, default="0")
    watermark: datetime | None = _column(UtcMicros, null=True)  # observed through
    last_success_at: datetime | None = _column(UtcMicros, null=True)
    last_error: str = _text(1000)
    failing_since: datetime | None = _column(UtcMicros, null=True)
    lost_from: datetime | None = _column(UtcMicros, null=True)  # what was there from then
    lost_to: datetime | None = _column(UtcMicros, null=True)  # to then was lost unread
    next_try_at: datetime | None = _column(UtcMicros, null=True)  # left alone till then


class Report(_Row, table=True):
    """One message read from a channel."""

    __table_args__ = (
        UniqueConstraint("channel_id", "uidvalidity", "uid"),
        _where("ix_report_pending_move", "channel_id", "uid", where="moved_at IS NULL"),
        _where("ix_report_unmatched", "outcome", "id", where="outcome <> 'matched'"),
        _where("ix_report_raw", "recorded_at", where="raw IS NOT NULL"),
    )
    id: int = _key()
    channel_id: int = _parent("channel.id")
    uidvalidity: int = _column(BigInteger)
    uid: int = _column(BigInteger)
    raw: bytes | None = _column(LargeBinary, null=True)  # zlib; None once purged
    raw_size: int = _column(BigInteger)  # octets before compression
    kind: str = _text(50)
    message_id: str = _text(998)
    sender: str = _text(1000)
    subject: str = _text(998)
    received_at: datetime = _column(UtcMicros)
    recorded_at: datetime = _column(UtcMicros)
    outcome: str = _text(50)
    tried: str = _text(4000)  # one line per clue and what came of it
    summary: str = _text(2000)
    moved_at: datetime | None = _column(UtcMicros, null=True)
    internal_date: datetime | None = _column(UtcMicros, null=True)  # None: the server told none


class Evidence(_Row, table=True):
    """One immutable fact about one delivery. Equal facts have equal digests."""

    __table_args__ = (
        UniqueConstraint("delivery_id", "digest"),
        _where("ix_evidence_report_id", "report_id", where="report_id IS NOT NULL"),
    )
    id: int = _key()
    delivery_id: int = _parent("delivery.id")
    digest: int = _column(BigInteger)
    kind: str = _text(30)
    occurred_at: datetime = _column(UtcMicros)
    recorded_at: datetime = _column(UtcMicros)
    assurance: int = _column(Integer)
    attempt: int | None = _column(BigInteger, null=True)
    report_id: int | None = _parent("report.id", null=True)
    clue: str = _text(1100)  # which clue tied the report to the delivery
    recipient: str = _text(1000)  # as the reporting side wrote it
    status: str = _text(50)
    reply_code: str = _text(10)
    reason: str = _text(50)
    severity: str = _text(10)
    diagnostic: str = _text(2000)
    reporting_mta: str = _text(300)
    remote_mta: str = _text(300)
    detail: str = _text(1000)  # one line for a person


class Gap(_Row, table=True):
    """A stretch of time in which a delivery's policy was not met, and why."""

    __table_args__ = (
        _where("uq_gap_open", "delivery_id", where="closed_at IS NULL", unique=True),
        _where("ix_gap_open_kind", "kind", "delivery_id", where="closed_at IS NULL"),
        Index("ix_gap_delivery_id", "delivery_id"),
    )
    id: int = _key()
    delivery_id: int = _parent("delivery.id")
    kind: str = _text(20)
    why: str = _text(1000)  # as it was when the gap opened
    opened_at: datetime = _column(UtcMicros)
    closed_at: datetime | None = _column(UtcMicros, null=True)
    closed_why: str = _text(1000)


class Suppression(_Row, table=True):
    """An address that is deliberately not written to."""

    __table_args__ = (UniqueConstraint("address"),)
    id: int = _key()
    address: str = _text(1000)
    reason: str = _text(1000)
    added_by: str = _text(300)
    added_at: datetime = _column(UtcMicros)
    automatic: bool = _column(Boolean, default="false")  # evidence put it there, no person


class Ground(_Row, table=True):
    """One piece of evidence for which an address is suppressed."""

    suppression_id: int = _part("suppression.id")
    evidence_id: int = _part("evidence.id")


class Slot(_Row, table=True):
    """One of the messages that a limit lets go within its span of time."""

    __table_args__ = (Index("ix_slot_free_at", "name", "free_at"),)
    name: str = Field(sa_column=Column(CleanText(300), primary_key=True))  # of the limit
    number: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    free_at: datetime = _column(UtcMicros)  # until then somebody has it


class Canary(_Row, table=True):
    """A probe mail of our own: while it is missing, its channel cannot be trusted."""

    __table_args__ = (Index("ix_canary_channel", "channel", "sent_at"),)
    id: int = _key()
    route: str = _text(300)
    channel: str = _text(300)  # where it is expected
    sent_at: datetime = _column(UtcMicros)
    returned_at: datetime | None = _column(UtcMicros, null=True)
    returned_by: str = _text(300)  # where it came back
    refusal: str = _text(1000)  # the mailbox was refused in session, so no answer would arrive
    has_left: bool = _column(Boolean, default="true")  # False: none could leave since, nor before
    cause: str = _text(1000)  # what was found when it was missed


class Component(_Row, table=True):
    """How one part of one running agent fares; the newest word only."""

    __table_args__ = (UniqueConstraint("agent", "name"),)
    id: int = _key()
    agent: str = _text(300)  # names the process
    name: str = _text(300)  # the part: "sweep", "watch bounces/INBOX"
    trouble: str = _text()  # empty: it works
    since: datetime = _column(UtcMicros)  # that it fares so
    failures: int = _column(Integer, default="0")  # of this agent, ever
    seen_at: datetime = _column(UtcMicros, default="0")  # when that agent last wrote here


class Asking(_Row, table=True):
    """The looks into the recipient's own mailbox for one delivery: made so far, and the next."""

    __table_args__ = (_where("ix_asking_next_at", "next_at", where="next_at IS NOT NULL"),)
    delivery_id: int = _part("delivery.id")
    next_at: datetime | None = _column(UtcMicros, null=True)  # None: looked often enough
    looks: int = _column(Integer, default="0")  # made so far
    through: datetime | None = _column(UtcMicros, null=True)  # the whole mailbox was seen to here
    found: str = _text(4000)  # what is known already, one line each


def _table(row: type[SQLModel]) -> Table:
    return METADATA.tables[str(row.__tablename__)]


ASKING = _table(Asking)
NOTICE = _table(Notice)
RECIPIENT = _table(Recipient)
DELIVERY = _table(Delivery)
ATTEMPT = _table(Attempt)
CHANNEL = _table(Channel)
REPORT = _table(Report)
EVIDENCE = _table(Evidence)
GAP = _table(Gap)
SUPPRESSION = _table(Suppression)
GROUND = _table(Ground)
SLOT = _table(Slot)
CANARY = _table(Canary)
COMPONENT = _table(Component)
