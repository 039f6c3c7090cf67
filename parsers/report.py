"""The vocabulary of what comes back: frozen values, one line of meaning each.

Owns the words that every reader writes and every consumer reads. Must not
parse, decide or import anything of this project: whoever only wants to talk
about a report imports this file and nothing else.
"""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

__all__ = [
    "Action",
    "Basis",
    "Clue",
    "ClueKind",
    "Disposition",
    "Kind",
    "Reason",
    "RecipientReport",
    "Report",
    "Severity",
]


class Kind(StrEnum):
    """What a message read from a channel is."""

    DSN = "dsn"  # RFC 3464 / RFC 6533: has a machine-readable delivery status
    MDN = "mdn"  # RFC 8098: a disposition notification, or a sender's imitation of one
    ARF = "arf"  # RFC 5965: a complaint or authentication failure report
    BOUNCE = "bounce"  # a delivery report in a sender's own words
    AUTOREPLY = "autoreply"  # RFC 3834: out of office, acknowledgement, challenge
    REPLY = "reply"  # a person wrote back
    UNKNOWN = "unknown"  # none of these, or unreadable; kept for a human


class Action(StrEnum):
    """RFC 3464 2.3.3: what the reporting MTA did for one recipient."""

    FAILED = "failed"  # final: it will not be delivered, whatever the status class says
    DELAYED = "delayed"  # not yet; the MTA goes on trying
    DELIVERED = "delivered"  # final: in the mailbox, or given to a list exploder
    RELAYED = "relayed"  # accepted by a host that promises no further report
    EXPANDED = "expanded"  # delivered and forwarded to several; later reports may come


class Disposition(StrEnum):
    """RFC 8098 3.2.6.2, and the two that only RFC 2298 had."""

    DISPLAYED = "displayed"  # shown to someone, perhaps not read
    DISPATCHED = "dispatched"  # sent on somewhere without being shown
    PROCESSED = "processed"  # handled by a program without being shown
    DELETED = "deleted"  # removed unread, or refused by a filter: look at the sender
    DENIED = "denied"  # RFC 2298: the user does not want to say
    FAILED = "failed"  # RFC 2298: the user agent could not produce a disposition


class Severity(StrEnum):
    """Whether the address itself is at fault for good."""

    HARD = "hard"  # permanent and about the address or its domain
    SOFT = "soft"  # temporary, or about this message or its sender
    NONE = "none"  # not a failure


class Basis(StrEnum):
    """Where a verdict came from, most dependable first."""

    FIELD = "field"  # a machine-readable field said so
    CODE = "code"  # an SMTP reply code or enhanced status code said so
    WORDS = "words"  # only the wording said so


class Reason(StrEnum):
    """Why: the reason names that Sisimai publishes, so that tools agree on words."""

    AUTHFAILURE = "authfailure"  # SPF, DKIM or DMARC of the message failed
    BADREPUTATION = "badreputation"  # the sending host or domain has a bad name
    BLOCKED = "blocked"  # the sending host is on a blocklist or refused by policy
    CONTENTERROR = "contenterror"  # the content is malformed or of a refused kind
    DELIVERED = "delivered"  # arrived
    EXCEEDLIMIT = "exceedlimit"  # too large for this recipient's limit
    EXPIRED = "expired"  # retries were given up, or are still going on
    FAILEDSTARTTLS = "failedstarttls"  # TLS could not be agreed on
    FEEDBACK = "feedback"  # a complaint came back
    FILTERED = "filtered"  # the recipient's own filter refused it after DATA
    HASMOVED = "hasmoved"  # the address has moved
    HOSTUNKNOWN = "hostunknown"  # the domain does not exist
    MAILBOXFULL = "mailboxfull"  # over quota
    MAILERERROR = "mailererror"  # the program behind the mailbox failed
    MESGTOOBIG = "mesgtoobig"  # too large for the server
    NETWORKERROR = "networkerror"  # DNS, routing, or connection trouble
    NOTACCEPT = "notaccept"  # the domain takes no mail (null MX, closed)
    NOTCOMPLIANTRFC = "notcompliantrfc"  # the message breaks a rule of RFC 5322
    NORELAYING = "norelaying"  # the server is not responsible for that domain
    ONHOLD = "onhold"  # undecidable from what was said
    POLICYVIOLATION = "policyviolation"  # the receiving site's policy
    REJECTED = "rejected"  # the envelope sender was refused
    REQUIREPTR = "requireptr"  # the sending host has no reverse DNS
    SECURITYERROR = "securityerror"  # authentication or other security failure
    SPAMDETECTED = "spamdetected"  # taken for spam
    SPEEDING = "speeding"  # sent too fast
    SUPPRESSED = "suppressed"  # never sent: on somebody's suppression list
    SUSPEND = "suspend"  # the mailbox is disabled for now
    SYNTAXERROR = "syntaxerror"  # a command was not understood
    SYSTEMERROR = "systemerror"  # the receiving system is broken or misconfigured
    SYSTEMFULL = "systemfull"  # the receiving system's disk is full
    TOOMANYCONN = "toomanyconn"  # too many connections or recipients at once
    UNDEFINED = "undefined"  # nothing was said that can be read
    USERUNKNOWN = "userunknown"  # no such user
    VACATION = "vacation"  # out of office
    VIRUSDETECTED = "virusdetected"  # taken for malware


class ClueKind(StrEnum):
    """How a message names the delivery it answers, strongest first."""

    ADDRESSED = "addressed"  # the token in the address it was delivered to (VERP, reply)
    ENVELOPE_ID = "envelope-id"  # RFC 3464 Original-Envelope-Id
    RETURN_PATH = "return-path"  # the token in the returned headers' Return-Path
    HEADER = "header"  # our private header, in the report or in the returned headers
    MESSAGE_ID = "message-id"  # a Message-ID: of the returned mail, or Original-Message-ID
    REFERENCES = "references"  # In-Reply-To or References of the report
    VISIBLE = "visible"  # the short reference in subject or text


class Clue(Struct, frozen=True):
    """One way in which a message names a delivery.

    value is either a mark of our codec (a purpose letter and 24 base32 letters,
    see parsers.token) in lower case, or a Message-ID / envelope id as it stood,
    without angle brackets and xtext decoded.
    """

    kind: ClueKind
    value: str


class RecipientReport(Struct, frozen=True):
    """What a report says of one recipient. Absent things are "" (or None)."""

    # as the reporting MTA knew it (Final-Recipient), without type; "": the report names nobody
    address: str
    original_address: str = ""  # as we wrote it (Original-Recipient / ORCPT), where told
    action: Action | None = None
    disposition: Disposition | None = None
    status: str = ""  # RFC 3463 "5.1.1"
    reply_code: str = ""  # RFC 5321 "550"
    reason: Reason = Reason.UNDEFINED
    severity: Severity = Severity.NONE
    diagnostic: str = ""  # the remote's words, unfolded, type removed
    command: str = ""  # the SMTP command that was answered: "RCPT", "DATA", ...
    reporting_mta: str = ""  # host name, type removed
    remote_mta: str = ""  # host name, type removed
    date: datetime | None = None  # Last-Attempt-Date or Arrival-Date, aware
    retry_until: datetime | None = None  # Will-Retry-Until, aware
    basis: Basis = Basis.FIELD
    refused: bool = False  # an MDN "deleted" that is a filter's refusal (RFC 5429)
    contradictions: tuple[str, ...] = ()  # what in the report disagrees with the verdict


class Report(Struct, frozen=True):
    """One message, read. Never partial: what could not be read says so in notes."""

    kind: Kind
    original_message_id: str = ""  # of the mail it answers, without angle brackets
    envelope_id: str = ""  # Original-Envelope-Id, xtext decoded
    token: str = ""  # the strongest mark of our codec found anywhere, unverified
    feedback_type: str = ""  # RFC 5965 Feedback-Type, lower case
    recipients: tuple[RecipientReport, ...] = ()
    clues: tuple[Clue, ...] = ()  # strongest first, no repeats
    message_id: str = ""  # of the report itself, without angle brackets
    sender: str = ""  # From address of the report, lower-cased domain
    subject: str = ""  # decoded, unfolded, at most 998 characters
    date: datetime | None = None  # Date header, aware UTC
    detector: str = ""  # which reader spoke: "rfc3464", "qmail", ...
    text: str = ""  # for replies and auto-replies: their own words, unquoted, bounded
    until: datetime | None = None  # auto-reply: until when, where the text says so
    deputy: str = ""  # auto-reply: whom to write to instead, where the text says so
    notes: tuple[str, ...] = ()  # what was cut, odd or unreadable
