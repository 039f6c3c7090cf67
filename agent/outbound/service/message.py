"""From a composed message to what a service's API takes: texts, attachments, headers.

Owns what survives that way and what is refused instead of being changed unseen. Must
not call anybody. A service writes the message anew, so no signature over it can hold.
"""

import mimetypes
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import default
from email.utils import getaddresses
from typing import Any, cast

from django.core.mail import EmailMultiAlternatives

from agent.outbound.composing.fields import Field, cut, decoded
from agent.outbound.service.catalogue import Service
from agent.outbound.smtp.envelope import Letter
from parsers.mime.texts import decode_text

__all__ = ["Unsendable", "for_service"]

_PARTS, _DEPTH = 200, 20
# the service writes these itself, or they would be untrue of what it writes
_NOT_OURS = frozenset(
    {
        *("from", "to", "cc", "bcc", "subject", "reply-to", "sender", "date", "mime-version"),
        *("received", "return-path", "delivered-to", "authentication-results"),
        *("dkim-signature", "domainkey-signature", "x-landed-template"),
    }
)
_NOT_OURS_EITHER = ("content-", "arc-", "resent-")
_CHANGED = frozenset({"multipart/signed", "multipart/encrypted"})
_SMIME = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})


class Unsendable(ValueError):
    """No API can carry this message as it is; the text says why."""


def for_service(
    letter: Letter, service: Service, *, with_return_path: bool
) -> EmailMultiAlternatives:
    """The same message for one call. Raises Unsendable, and ValueError for what is no message."""
    raw = letter.wire
    fields, _ = cut(raw)
    author = _mailboxes(fields, "from")
    if not author:
        raise Unsendable("it has no From")
    made = EmailMultiAlternatives(
        subject=_one(fields, "subject"),
        from_email=author,
        to=[_addressee(fields, letter.recipient)],
        reply_to=[each] if (each := _mailboxes(fields, "reply-to")) else None,
        headers={**_headers(fields, service.refused), **dict(service.headers)},
    )
    _fill(made, message_from_bytes(raw, policy=default))
    mark = letter.composed.envid
    if service.metadata:
        made.metadata = {"landed": mark}
    else:
        made.tags = [mark]
    if with_return_path:
        made.envelope_sender = letter.composed.envelope_from
    return made


def _one(fields: list[Field], name: str) -> str:
    """The first field's value, decoded, on one line."""
    found = next((field for field in fields if field.name == name), None)
    return "" if found is None else " ".join(decoded(_text(found)).split())


def _text(field: Field) -> str:
    return field.value.decode("utf-8", "replace")


def _headers(fields: list[Field], refused: frozenset[str]) -> dict[str, str]:
    """Encoded words stay as they are: ASCII is what every service lets through."""
    found: dict[str, str] = {}
    for field in fields:
        if field.name in _NOT_OURS | refused or field.name.startswith(_NOT_OURS_EITHER):
            continue
        name = field.raw.partition(b":")[0].strip().decode("ascii")
        found.setdefault(name, " ".join(_text(field).split()))
    return found


def _mailboxes(fields: list[Field], name: str) -> str:
    found = getaddresses([_text(field) for field in fields if field.name == name])
    return ", ".join(_mailbox(decoded(word), address) for word, address in found if address)


def _addressee(fields: list[Field], recipient: str) -> str:
    """Nobody else is named: a service would write to whoever stands in To or Cc."""
    found = getaddresses([_text(field) for field in fields if field.name == "to"])
    names = [word for word, address in found if address.casefold() == recipient.casefold()]
    return _mailbox(decoded(names[0]) if names else "", recipient)


def _mailbox(name: str, address: str) -> str:
    if not name.isprintable() or not name:
        return address
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{address}>'


def _fill(made: EmailMultiAlternatives, message: EmailMessage) -> None:
    text: str | None = None
    html: str | None = None
    for number, part in enumerate(_leaves(message, 0), 1):
        if number > _PARTS:
            raise Unsendable(f"it has more than {_PARTS} parts")
        kind, content = part.get_content_type(), _content(part)
        loose = part.get_content_disposition() != "attachment" and not part.get_filename()
        if loose and kind == "text/plain" and text is None:
            text = decode_text(content, part.get_content_charset() or "")
        elif loose and kind == "text/html" and html is None:
            html = decode_text(content, part.get_content_charset() or "")
        else:
            made.attachments.append(_attachment(part, kind, content, number))
    if html is not None and text is None:
        made.body, made.content_subtype = html, "html"
        return
    made.body = text or ""
    if html is not None:
        made.attach_alternative(html, "text/html")


def _leaves(part: EmailMessage, depth: int) -> Iterator[EmailMessage]:
    kind = part.get_content_type()
    if kind in _CHANGED or kind in _SMIME:
        raise Unsendable(
            "it is signed or encrypted (S/MIME or PGP), and a service writes every message anew: "
            "send its class by a relay"
        )
    if depth > _DEPTH:
        raise Unsendable(f"its parts are nested deeper than {_DEPTH}")
    if not part.is_multipart() or kind == "message/rfc822":
        yield part
        return
    for child in part.iter_parts():
        yield from _leaves(cast(EmailMessage, child), depth + 1)


def _content(part: EmailMessage) -> bytes:
    if part.get_content_maintype() == "message":
        inner: Any = part.get_payload()
        return bytes(inner[0].as_bytes()) if isinstance(inner, list) else str(inner).encode()
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _attachment(
    part: EmailMessage, kind: str, content: bytes, number: int
) -> MIMEPart | tuple[str, str | bytes, str]:
    name = " ".join((part.get_filename() or "").split())
    name = "".join(one for one in name if one.isprintable())
    if not name:  # some services refuse what has none
        name = f"attachment-{number}{mimetypes.guess_extension(kind) or ''}"
    cid = "".join(str(part.get("Content-ID", "")).split())
    inline = part.get_content_disposition() != "attachment" and cid
    if kind.startswith("text/"):
        return name, decode_text(content, part.get_content_charset() or ""), kind
    if not inline:
        return name, content, kind
    made = MIMEPart()
    made.set_content(content, *kind.split("/", 1), disposition="inline", cid=cid, filename=name)
    return made
