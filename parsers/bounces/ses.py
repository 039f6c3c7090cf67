"""Amazon SES through an SNS topic with an e-mail subscription: JSON in plain text.

Odd: the mail is one JSON object, wrapped at any width, with a footer in English below
it; its notificationType may be Bounce, Complaint or Delivery. Only bounces and deliveries
name recipients here; a complaint is for the feedback reader.
"""

import json
from collections.abc import Iterator, Mapping

from parsers.bounces.finding import Form, Found
from parsers.bounces.lines import unfold
from parsers.bounces.notice import Notice
from parsers.report import Action

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
                date=str(delivery.get("timestamp", "")),
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
                date=str(bounce.get("timestamp", "")),
            )


def _event(text: str) -> Mapping[str, object]:
    start = text.find("{")
    end = text.rfind("}") + 1
    if start < 0 or end <= start:
        return {}
    wrapped = text[start:end]
    # a line break inside a string is the wrapping's, not the sender's
    for body in (wrapped, wrapped.replace("\n ", "").replace("\n", "")):
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
