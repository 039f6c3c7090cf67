"""Amazon SES through an SNS topic with an e-mail subscription: JSON in plain text.

Odd: the mail is one JSON object, wrapped at any width, with a footer in English below
it; its notificationType may be Bounce, Complaint or Delivery, its dates are ISO 8601. A
complaint also shows that the mail arrived.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from email.utils import format_datetime

from parsers.bounces.finding import Form, Found
from parsers.bounces.lines import unfold
from parsers.bounces.notice import Notice
from parsers.report import Action, Reason

__all__ = ["SES_NOTIFICATION"]


def _read(notice: Notice) -> Iterator[Found]:
    event = _event(notice.text)
    kind = event.get("notificationType") or event.get("eventType")
    if kind == "Bounce":
        yield from _bounce(_mapping(event.get("bounce")))
    elif kind == "Delivery":
        delivery = _mapping(event.get("delivery"))
        for address in _list(delivery.get("recipients")):
            yield Found(
                str(address),
                diagnostic=unfold(str(delivery.get("smtpResponse", ""))),
                action=Action.DELIVERED,
                reporting_mta=str(delivery.get("reportingMTA", "")),
                date=_date(delivery),
            )
    elif kind == "Complaint":
        complaint = _mapping(event.get("complaint"))
        words = f"complaint: {complaint.get('complaintFeedbackType') or 'of no told type'}"
        for recipient in map(_mapping, _list(complaint.get("complainedRecipients"))):
            yield Found(
                str(recipient.get("emailAddress", "")).strip("<>"),
                diagnostic=words,
                action=Action.DELIVERED,
                date=_date(complaint),
                reason=Reason.FEEDBACK,
            )


def _bounce(bounce: Mapping[str, object]) -> Iterator[Found]:
    reporting = str(bounce.get("reportingMTA", "")).rpartition(";")[2].strip()
    for recipient in map(_mapping, _list(bounce.get("bouncedRecipients"))):
        address = str(recipient.get("emailAddress", ""))
        if "@" in address:
            delayed = recipient.get("action") == "delayed"
            kind = f"{bounce.get('bounceType', '')} {bounce.get('bounceSubType', '')}".strip()
            yield Found(
                address.strip("<>"),
                diagnostic=unfold(str(recipient.get("diagnosticCode") or kind)),
                action=Action.DELAYED if delayed else Action.FAILED,
                status=str(recipient.get("status", "")),
                reporting_mta=reporting,
                date=_date(bounce),
            )


def _date(event: Mapping[str, object]) -> str:
    """The event's timestamp as a mail would write it, or ""."""
    try:
        return format_datetime(datetime.fromisoformat(str(event.get("timestamp", ""))))
    except ValueError:
        return ""


def _event(text: str) -> Mapping[str, object]:
    start = text.find("{")
    end = text.rfind("}") + 1
    if start < 0 or end <= start:
        return {}
    wrapped = text[start:end]
    # a line break inside a string is the wrapping's, not the sender's
    for body in (wrapped.replace("\n ", "").replace("\n", ""), wrapped):
        try:
            return _mapping(json.loads(body, strict=False))
        except (ValueError, RecursionError):
            continue
    return {}


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


SES_NOTIFICATION = Form("ses-notification", ('"notificationtype"', '"eventtype"'), _read)
