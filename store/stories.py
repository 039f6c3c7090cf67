"""What reports are told: frozen rows of the ledger, one class per kind of answer.

Owns the values that store.reading returns. Datetimes are aware UTC. Must not
import the database.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from store.telling import path
from store.words import Assurance, GapKind, Stage, State, Verdict

__all__ = [
    "AttemptRow",
    "ChannelRow",
    "DeliveryRow",
    "DigestGroup",
    "EvidenceRow",
    "GapRow",
    "GapSpan",
    "MissingProbe",
    "NoticeStory",
    "RecipientStory",
    "Stats",
    "Trace",
    "Unread",
]


@dataclass(frozen=True, slots=True)
class GapRow:
    """One open gap."""

    delivery_id: int  # also the key for `after`
    tracking_id: str
    notice: str  # its key
    recipient: str
    number: int
    notice_class: str
    kind: GapKind
    why: str
    stage: Stage
    owed_at: datetime
    deadline: datetime
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One delivery in a list."""

    delivery_id: int
    tracking_id: str
    notice: str
    notice_class: str
    subject: str
    recipient: str
    number: int
    verdict: Verdict
    gap: GapKind | None
    stage: Stage
    assurance: Assurance | None
    why: str
    owed_at: datetime
    deadline: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One SMTP transaction."""

    number: int
    worker: str
    route: str
    envelope_from: str
    envelope_id: str
    started_at: datetime
    finished_at: datetime | None
    reaped_at: datetime | None
    outcome: str  # empty: not finished
    phase: str
    reply_code: str
    status: str
    reply_text: str
    remote_queue_id: str
    dsn_offered: bool


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One fact, and the report that it came in (report_id None: without one)."""

    kind: str
    at: datetime
    recorded_at: datetime
    assurance: Assurance
    attempt: int | None
    clue: str
    recipient: str
    status: str
    reply_code: str
    reason: str
    severity: str
    diagnostic: str
    reporting_mta: str
    remote_mta: str
    detail: str
    report_id: int | None
    report_kind: str
    report_sender: str
    report_subject: str
    report_channel: str
    report_uid: int | None


@dataclass(frozen=True, slots=True)
class GapSpan:
    """One gap that was or is open."""

    kind: GapKind
    why: str
    opened_at: datetime
    closed_at: datetime | None
    closed_why: str


@dataclass(frozen=True, slots=True)
class Trace:
    """The whole story of one delivery."""

    delivery: DeliveryRow
    sender: str
    name: str  # of the recipient
    as_given: str
    previous_number: int | None
    previous_at: datetime | None
    message_id: str
    next_attempt_at: datetime | None
    claimed_by: str
    state: State
    judged_at: datetime
    attempts: tuple[AttemptRow, ...]
    evidence: tuple[EvidenceRow, ...]  # by the time it happened
    gaps: tuple[GapSpan, ...]  # oldest first


@dataclass(frozen=True, slots=True)
class NoticeStory:
    """One notice and all its deliveries, holes first."""

    key: str
    notice_class: str
    subject: str
    sender: str
    created_at: datetime
    deliveries: tuple[DeliveryRow, ...]


@dataclass(frozen=True, slots=True)
class RecipientStory:
    """One address and all that was owed to it: holes first, then by running number."""

    address: str
    name: str
    suppressed: str  # why, empty when it is not
    deliveries: tuple[DeliveryRow, ...]


@dataclass(frozen=True, slots=True)
class MissingProbe:
    """A probe that is not back, and no later one by its route is."""

    route: str
    channel: str
    since: datetime  # when it was sent
    trusted: datetime  # when the last one by its route was sent that came back; else since
    cause: str = ""  # what was found when it was missed

    @property
    def path(self) -> str:
        """What is in doubt."""
        return path(self.route, self.channel)


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """One channel's state."""

    name: str
    kind: str
    enabled: bool
    uidvalidity: int
    last_uid: int
    watermark: datetime | None
    last_success_at: datetime | None
    last_error: str
    failing_since: datetime | None
    reports: int
    probes: tuple[MissingProbe, ...] = ()  # the oldest of each route, by route
    lost: tuple[datetime, datetime] | None = None  # the stretch that was gone before it was read
    next_try_at: datetime | None = None  # left alone till then

    @property
    def probe_since(self) -> datetime | None:
        """When the oldest missing probe was sent."""
        return min((one.since for one in self.probes), default=None)

    @property
    def probe_routes(self) -> tuple[str, ...]:
        """The routes by which one is missing."""
        return tuple(one.route for one in self.probes)


@dataclass(frozen=True, slots=True)
class Stats:
    """Counts over deliveries owed since a moment."""

    notices: int
    recipients: int
    deliveries: int
    attempts: int
    reports: int
    unmatched: int
    by_verdict: Mapping[str, int]
    by_gap: Mapping[str, int]
    by_stage: Mapping[str, int]
    by_class: Mapping[str, Mapping[str, int]]  # class -> verdict -> deliveries


@dataclass(frozen=True, slots=True)
class DigestGroup:
    """Open gaps of one kind at one recipient domain, oldest owed first."""

    kind: GapKind
    domain: str
    total: int
    rows: tuple[GapRow, ...]  # at most as many as asked for


@dataclass(frozen=True, slots=True)
class Unread:
    """Mails of one channel that could not be read."""

    channel: str
    count: int
    first: datetime  # when the first of them was recorded
    withheld: int  # of which the server never gave the content, and may yet
    until: datetime | None  # the last of those is asked for again until then
