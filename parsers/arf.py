"""Complaints and authentication failure reports: RFC 5965, 6591, 9477, and imitations.

Owns reading the feedback part and filling its gaps from the mail it carries. Must
not treat "not-spam" as a complaint: it is the opposite.
"""

import re

from parsers.addresses import bare
from parsers.dates import parse_date
from parsers.draft import Draft
from parsers.dsn import host
from parsers.mime.headers import Headers, parse_headers
from parsers.mime.message import Message
from parsers.report import Kind, Reason, RecipientReport, Severity

__all__ = ["read_feedback"]

# where complaint loops name the complaining recipient, most telling first
_RECIPIENT_FIELDS = (
    "original-rcpt-to",
    "removal-recipient",
    "original-recipient",
    "final-recipient",
    "redacted-address",
)
_RETURNED_RECIPIENTS = (
    "x-hmxmroriginalrecipient",  # Microsoft's junk mail reports
    "x-original-to",
    "envelope-to",
    "delivered-to",
    "to",
)
_TYPE = re.compile(r"[a-z0-9-]{1,60}")
_MICROSOFT_SUBJECT = "complaint about message from"
_MAX_RECIPIENTS = 100


def read_feedback(message: Message) -> Draft | None:
    """The complaint that message makes, or None if it makes none.

    Without a feedback part: Microsoft's junk mail reports (a mail in a mail, told
    by its private header or subject) and Apple's unsubscribe mails.
    """
    if message.feedback_parts:
        return _standard(message, parse_headers(message.feedback_parts[0].strip()))
    if (
        message.content_type == "multipart/report"
        and "feedback-report" in message.header("content-type").lower()
    ):
        return _standard(message, Headers({}))
    apple = "x-apple-unsubscribe" in message.fields
    if apple and message.header("x-apple-unsubscribe").lower() == "true":
        return Draft(
            Kind.ARF,
            "apple-unsubscribe",
            words="X-Apple-Unsubscribe: true",
            recipients=_recipients([bare(message.sender)], Headers({}), "opt-out"),
            feedback_type="opt-out",
        )
    if _MICROSOFT_SUBJECT in message.subject.lower() and message.returned:
        return Draft(
            Kind.ARF,
            "microsoft-jmrp",
            words=message.subject,
            recipients=_recipients(_returned_recipients(message), Headers({}), "abuse"),
            feedback_type="abuse",
        )
    return None


def _standard(message: Message, fields: Headers) -> Draft:
    told = _TYPE.search(fields.header("feedback-type").lower())
    feedback = told[0] if told else ""
    notes: list[str] = []
    addresses = [
        address
        for name in _RECIPIENT_FIELDS
        for value in fields.headers(name)
        if "@" in (address := bare(value)) and not address.endswith("@")
    ]
    if not addresses:
        addresses = _returned_recipients(message)
        if addresses:
            notes.append("the recipient is taken from the mail complained about")
    if feedback == "not-spam":
        notes.append("not-spam: the recipient took the mail out of junk, which is no complaint")
    return Draft(
        Kind.ARF,
        "rfc5965",
        words=f"Feedback-Type: {feedback}",
        recipients=_recipients(addresses, fields, feedback),
        envelope_id=fields.header("original-envelope-id"),
        feedback_type=feedback,
        notes=tuple(notes),
    )


def _returned_recipients(message: Message) -> list[str]:
    for name in _RETURNED_RECIPIENTS:
        for value in message.returned.headers(name):
            if "@" in (address := bare(value)):
                return [address]
    return []


def _recipients(
    addresses: list[str], fields: Headers, feedback: str
) -> tuple[RecipientReport, ...]:
    complained = feedback != "not-spam"
    # RFC 6591: what was wrong with the mail's authentication
    failure = fields.header("auth-failure")
    diagnostic = f"auth-failure: {failure}" if failure else ""
    date = parse_date(fields.header("arrival-date") or fields.header("received-date"))
    reporter = host(fields.header("reporting-mta"))
    return tuple(
        RecipientReport(
            address=address,
            reason=Reason.FEEDBACK if complained else Reason.UNDEFINED,
            severity=Severity.NONE,
            diagnostic=diagnostic,
            reporting_mta=reporter,
            date=date,
        )
        for address in dict.fromkeys(addresses[:_MAX_RECIPIENTS])
    )
