"""The ledger's vocabulary: the words that tables, judging and reports share.

Owns the enumerations and the values that cross the package's border. Must
not import the database: reports and policies talk in these words cheaply.
Each string is what stands in the tables, in JSON and on the terminal.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import NamedTuple

__all__ = [
    "AfterAmbiguous",
    "Assurance",
    "Fact",
    "FactKind",
    "GapKind",
    "Outcome",
    "Phase",
    "Policy",
    "PolicyBook",
    "Stage",
    "State",
    "SuppressionRule",
    "Verdict",
]


class Stage(IntEnum):
    """How far a delivery is shown to have come. Each includes those before it."""

    QUEUED = 0  # in the ledger, not yet taken by a relay
    ACCEPTED = 1  # our own relay said 250
    RELAYED = 2  # a remote host said 250 and promised no further report
    DELIVERED = 3  # in the mailbox
    DISPLAYED = 4  # shown to someone
    ACTED = 5  # a person answered or confirmed

    __hash__ = int.__hash__  # Enum's own is written in Python, and judging looks up much

    @property
    def word(self) -> str:
        """The lower-case name, as users write and read it."""
        return self.name.lower()


class Assurance(IntEnum):
    """How much one piece of evidence proves."""

    HINT = 1  # a gateway or program may have caused it
    CLAIM = 2  # somebody says so, and could be wrong or lie
    PROOF = 3  # a party with the duty to know said so, with our token

    __hash__ = int.__hash__

    @property
    def word(self) -> str:
        """The lower-case name, as users write and read it."""
        return self.name.lower()


class FactKind(StrEnum):
    """What one piece of evidence says of one delivery."""

    OWED = "owed"  # the obligation was accepted; its time starts the policy's clock
    STARTED = "started"  # an SMTP transaction began
    ACCEPTED = "accepted"  # our relay took it (final 250)
    DEFERRED = "deferred"  # 4xx or no connection: will be tried again
    REJECTED = "rejected"  # 5xx from our relay, or the far host in session
    AMBIGUOUS = "ambiguous"  # the line died between the final dot and the reply
    GIVEN_UP = "given-up"  # our own retries ended without acceptance
    RELAYED = "relayed"  # DSN: remote 250, no more to come
    EXPANDED = "expanded"  # DSN: went to several; not final
    DELAYED = "delayed"  # DSN: not yet, still trying
    DELIVERED = "delivered"  # DSN or far mailbox: in the mailbox
    FAILED = "failed"  # DSN or bounce: final failure
    REFUSED = "refused"  # a recipient-side filter refused it (Sieve reject)
    DISPLAYED = "displayed"  # MDN displayed
    UNREAD = "unread"  # MDN deleted, dispatched, processed, denied: reached, not shown; look
    AWAY = "away"  # auto-reply with our token: reached the mailbox, nobody reads it now
    COMPLAINED = "complained"  # ARF complaint: reached a mailbox, unwanted
    REPLIED = "replied"  # a person answered
    CONFIRMED = "confirmed"  # a person confirmed (link, acknowledgement)
    OPENED = "opened"  # a pixel or link was fetched, by whom is unknown
    INBOX = "inbox"  # asked its own mailbox: it lies there, not in Junk
    JUNK = "junk"  # asked its own mailbox: it lies in Junk, where few look
    QUARANTINED = "quarantined"  # asked its own system: held back, in no mailbox
    ABSENT = "absent"  # asked its own mailbox, all of it: not there, whyever
    READ = "read"  # asked its own mailbox: marked as read, by whom is unknown
    SUPPRESSED = "suppressed"  # never sent: on our suppression list
    CLOSED = "closed"  # a human closed it
    REOPENED = "reopened"  # a human took that back

    __hash__ = str.__hash__


class GapKind(StrEnum):
    """Why a delivery's policy is not met."""

    UNSENT = "unsent"  # no relay has taken it
    REJECTED = "rejected"  # refused in session, or by the recipient's filter
    FAILED = "failed"  # a final failure report came back
    QUARANTINED = "quarantined"  # the recipient's own system holds it back
    DELAYED = "delayed"  # an MTA said "not yet" and nothing since
    SILENT = "silent"  # accepted, observed through the deadline, nothing heard
    UNCONFIRMED = "unconfirmed"  # only evidence weaker than the policy asks for
    CONTESTED = "contested"  # evidence of failure and of success: for a human
    SUPPRESSED = "suppressed"  # deliberately not sent
    AMBIGUOUS = "ambiguous"  # it may have been sent: the line died before the reply
    BLIND = "blind"  # the channel that would have told us was not observed

    __hash__ = str.__hash__


class Verdict(StrEnum):
    """What the ledger says of a delivery now."""

    WAITING = "waiting"  # not yet due, nothing against it
    LANDED = "landed"  # the policy is met by evidence
    PRESUMED = "presumed"  # the policy lets silence count, and we were listening
    GAP = "gap"  # see the gap kind
    CLOSED = "closed"  # a human ended it

    __hash__ = str.__hash__


class Outcome(StrEnum):
    """How an attempt ended."""

    ACCEPTED = "accepted"  # final 250
    REJECTED = "rejected"  # 5xx: permanent
    DEFERRED = "deferred"  # 4xx: temporary
    UNREACHED = "unreached"  # no connection, TLS or AUTH, or the relay refuses us: nothing went
    AMBIGUOUS = "ambiguous"  # died after the final dot
    SUPPRESSED = "suppressed"  # not tried


class Phase(StrEnum):
    """Where in the SMTP conversation an attempt ended."""

    CONNECT = "connect"
    TLS = "tls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    FINAL = "final"  # waiting for the reply to the whole message


class AfterAmbiguous(StrEnum):
    """What to do with an ambiguous attempt once its waiting time is over."""

    RESEND = "resend"  # again, same Message-ID: at worst twice, never lost
    HOLD = "hold"  # a gap for a human: at worst lost, never twice


@dataclass(frozen=True, slots=True)
class Policy:
    """What is expected of one class of notices to one domain of recipients."""

    name: str
    stage: Stage = Stage.DELIVERED
    assurance: Assurance = Assurance.CLAIM
    within: timedelta = timedelta(days=2)  # from OWED to the deadline
    silence_is_good: bool = False  # no bad news by then counts as landed, if we listened
    silence_after: timedelta = timedelta(days=2)  # from ACCEPTED to that presumption
    delayed_after: timedelta = timedelta(hours=4)  # from the first DELAYED to its gap
    ambiguous_wait: timedelta = timedelta(hours=1)  # for evidence before acting
    after_ambiguous: AfterAmbiguous = AfterAmbiguous.RESEND
    give_up_after: timedelta = timedelta(days=2)  # from OWED: no attempt starts later
    blind_grace: timedelta = timedelta(minutes=15)  # a channel may lag this far
    ask: bool = False  # look into the recipient's own mailbox, which is then a channel that is due
    ask_after: timedelta = timedelta(minutes=15)  # from ACCEPTED to the first look
    ask_times: int = 6  # looks at most, one of them at the deadline


@dataclass(frozen=True, slots=True)
class SuppressionRule:
    """When evidence alone stops us from writing to an address. 0: never for that.

    Only failures count that are about the address for good (severity hard), never
    5.7.x, and only where a mark of ours proves that the report is an answer.
    """

    bounces: int = 3  # notices that came back
    complaints: int = 1  # notices that were complained about
    within: timedelta = timedelta(days=30)
    reasons: frozenset[str] = frozenset({"userunknown", "hostunknown", "hasmoved", "notaccept"})


class Fact(NamedTuple):
    """One immutable fact about one delivery, as judging sees it.

    attempt is the attempt's number, None where the evidence does not tell.
    """

    kind: FactKind
    at: datetime  # aware UTC, when it happened
    assurance: Assurance = Assurance.PROOF
    attempt: int | None = None
    detail: str = ""  # one line for a person: the reply, the diagnostic


@dataclass(frozen=True, slots=True)
class State:
    """The judgement over all facts of one delivery."""

    verdict: Verdict
    stage: Stage  # the furthest that any evidence of at least the asked assurance shows
    assurance: Assurance | None  # of the evidence for that stage; None at QUEUED
    gap: GapKind | None
    why: str  # one sentence for a person, naming the deciding evidence
    deadline: datetime  # aware UTC
    next_look_at: datetime | None  # when time alone may change this; None: only evidence can
    needs_watermark: datetime | None = None  # silence counts once all channels are seen to here


PolicyBook = Callable[[str, str], Policy]
"""(notice class, recipient domain) -> policy; given into every call that judges."""
