"""Disposition notifications: RFC 8098, its forerunner RFC 2298, and their real senders.

Owns reading the machine-readable part. Must not judge what a disposition is worth:
"displayed" is a claim, and "deleted" has two opposite senders, which is all that
is told apart here.
"""

import re

from parsers.addresses import bare, typed
from parsers.clues import message_ids
from parsers.codes import clean, judge
from parsers.draft import Draft
from parsers.mime.headers import Headers, parse_headers
from parsers.mime.message import Message
from parsers.report import Action, Disposition, Kind, Reason, RecipientReport, Severity

__all__ = ["is_disposition_report", "read_disposition"]

_TYPE = re.compile(r"[a-z]{1,20}")
_TYPES = {
    **{str(word): word for word in Disposition},
    "display": Disposition.DISPLAYED,
    "read": Disposition.DISPLAYED,
    "opened": Disposition.DISPLAYED,
    "forwarded": Disposition.DISPATCHED,
}
# RFC 5429 reject and its kin: they delete because they refuse
_REFUSERS = ("dovecot", "sieve", "pigeonhole", "cyrus", "imapsieve")
_REFUSAL_SUBJECTS = ("automatically rejected mail", "rejected:", "mail rejected")
_MODES = ("automatic-action", "manual-action", "mdn-sent-manually", "mdn-sent-automatically")
_MAX_WORDS = 1_000


def is_disposition_report(message: Message) -> bool:
    """Whether a message claims to be a disposition notification, part or no part."""
    if message.disposition_parts:
        return True
    return (
        message.content_type == "multipart/report"
        and "disposition-notification" in message.header("content-type").lower()
    )


def read_disposition(message: Message) -> Draft | None:
    """The disposition that message reports, or None; what its fields leave out comes from around.

    Exchange sends neither Original-Message-ID nor a third part: In-Reply-To says it.
    A notification without a Disposition field has disposition None, and a note.
    """
    if not is_disposition_report(message):
        return None
    text = next((part for part in message.disposition_parts if ":" in part), "")
    # a blank line within the part ends nothing: KMime puts one first
    fields = parse_headers(text)
    notes: list[str] = []
    told = fields.header("disposition")
    disposition = _disposition(told)
    if not told:
        notes.append("a disposition notification that states no disposition")
    elif disposition is None:
        notes.append(f'the disposition "{told[:80]}" is in no standard')
    address = typed(_value(fields, "final-recipient"))[1]
    original = typed(_value(fields, "original-recipient"))[1]
    if not (address or original):
        address = bare(message.sender)
        notes.append("the recipient is taken from the sender of the notification")
    recipient = _recipient(message, fields, disposition, address or original, original)
    return Draft(
        Kind.MDN,
        "rfc8098",
        words=f"Disposition: {told}" if told else message.header("content-type"),
        recipients=(recipient,) if recipient.address else (),
        original_message_id=_original_id(message, fields),
        notes=tuple(notes),
    )


def _recipient(
    message: Message,
    fields: Headers,
    disposition: Disposition | None,
    address: str,
    original: str,
) -> RecipientReport:
    agent = fields.header("reporting-ua")
    refused = disposition is Disposition.DELETED and _is_refusal(message, fields, agent)
    words = clean(message.text[:_MAX_WORDS]) if refused else ""
    reason, severity = Reason.UNDEFINED, Severity.NONE
    if refused:
        severity = Severity.SOFT
        reason = judge(words, action=Action.FAILED).reason
        if reason in {Reason.ONHOLD, Reason.UNDEFINED}:
            reason = Reason.FILTERED
    elif disposition is not None:
        reason = Reason.DELIVERED
    told = fields.header("disposition").lower()
    errors = [
        f"{name}: {value[:200]}"
        for name in ("failure", "error", "warning")
        if (value := fields.header(name))
    ]
    if "/error" in told.rpartition(";")[2]:
        errors.insert(0, "the disposition carries the modifier error")
    return RecipientReport(
        address=address,
        original_address=original,
        disposition=disposition,
        reason=reason,
        severity=severity,
        diagnostic=words,
        reporting_mta=agent.partition(";")[0].strip(),
        refused=refused,
        contradictions=tuple(errors),
    )


def _value(fields: Headers, name: str) -> str:
    values = fields.raw(name)
    return " ".join(values[0].split()) if values else ""


def _disposition(told: str) -> Disposition | None:
    """The type: after the semicolon by the grammar, anywhere for those who leave the mode out."""
    low = told.lower()
    after = low.rpartition(";")[2].partition("(")[0]
    for text in (after, low):
        for word in _TYPE.findall(text.partition("/")[0] if text is after else text):
            if word in _TYPES:
                return _TYPES[word]
    return None


def _is_refusal(message: Message, fields: Headers, agent: str) -> bool:
    """Whether "deleted" is a filter's refusal and not "deleted without being read"."""
    low = agent.lower()
    if any(name in low for name in _REFUSERS):
        return True
    if "manual-action" in fields.header("disposition").lower():
        return False
    subject = message.subject.lower()
    if any(subject.startswith(words) for words in _REFUSAL_SUBJECTS):
        return True
    text = message.text[:_MAX_WORDS].lower()
    return ("refused" in text or "rejected" in text) and "without being read" not in text


def _original_id(message: Message, fields: Headers) -> str:
    candidates = (
        fields.header("original-message-id"),
        message.returned.header("message-id"),
        message.header("in-reply-to"),
        message.header("x-original-message-id"),
        message.header("references"),
    )
    for value in candidates:
        if identifiers := message_ids(value):
            return identifiers[-1]
    return ""
