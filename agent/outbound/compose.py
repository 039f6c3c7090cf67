"""One delivery's message: the template, and the token in every place that may survive.

Owns which headers are added, which are replaced and which stay, and the marks
in them. Each place is lost by some system on the way, so all of them are used.
The content of a message that was handed in whole stays byte for byte below its
headers, and no header that a signature covers is added, changed or removed.
Must not talk to anyone and must not choose a route.
"""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from agent.outbound.fields import Field, cut, folded, mailbox, signed_names, values
from agent.outbound.manners import Manners, choose_manners, is_gag
from agent.outbound.signing import Signer, signatures
from agent.outbound.template import BUILT_HERE, build_body
from parsers.token import AddressForm, Keyring, Purpose, sign
from store.outbox import Outgoing

__all__ = ["Composed", "Identity", "compose"]

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,900}>")
_REFERENCES = 20  # RFC 5322 sets no limit; older ones in the middle are left out
_BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)
_MIME = frozenset({"mime-version", "content-type", "content-transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the mail is from and where answers come back."""

    sender: str  # the From mailbox, where a message has none
    return_path: AddressForm
    reply_to: AddressForm | None  # None: answers go to the From address
    message_id_domain: str
    request_receipt: bool  # ask for a disposition notification (RFC 8098)
    visible_reference: bool  # a reference line in texts that were built here
    manners: tuple[Manners, ...] = ()  # by notice class
    signers: tuple[Signer, ...] = ()  # keys of DKIM


@dataclass(frozen=True, slots=True)
class Composed:
    """What goes over the wire for one attempt."""

    envelope_from: str
    envid: str  # RFC 3461 4.4, before xtext
    message_id: str  # without angle brackets
    raw: bytes  # CRLF, not yet dot-stuffed
    smtputf8: bool  # a header field is not ASCII (RFC 6531 3.4)


def compose(
    identity: Identity, keyring: Keyring, outgoing: Outgoing, attempt: int, *, now: datetime
) -> Composed:
    """The message of attempt number attempt (1, 2, ...) of a delivery.

    What a recipient sees does not change between attempts: the Date is that of
    the obligation, now only where that is unknown. Raises MalformedHeader for
    a template that intake would not have let through.
    """
    bounce = sign(keyring, Purpose.BOUNCE, outgoing.delivery_id, attempt)
    ours = sign(keyring, Purpose.MESSAGE, outgoing.delivery_id)
    return_path = identity.return_path.address(bounce)
    fields, body = cut(outgoing.content)
    signed = signed_names(fields)
    built_here = any(field.name == BUILT_HERE for field in fields)
    receipt = identity.request_receipt or bool(values(fields, "disposition-notification-to"))
    kept = [field for field in fields if not _is_replaced(field, signed)]
    present = {field.name for field in kept} | signed

    brought = _first_id(values(kept, "message-id"))
    message_id = brought or outgoing.message_id or f"{ours}@{identity.message_id_domain}"
    added: list[tuple[str, str]] = [
        ("X-Landed-Id", ours),
        ("X-Landed-Number", _numbered(outgoing)),
    ]
    if "date" not in present:
        added.append(("Date", format_datetime(outgoing.owed_at or now)))
    if "from" not in present:
        added.append(("From", mailbox(*parseaddr(identity.sender))))
    if not {"to", "cc"} & present:
        added.append(("To", _addressee(outgoing)))
    if "message-id" not in present or not brought:
        kept = [field for field in kept if field.name != "message-id" or "message-id" in signed]
        if "message-id" not in signed:
            added.append(("Message-ID", f"<{message_id}>"))
    if "references" not in signed:
        mine = f"{ours}@{identity.message_id_domain}"
        earlier = [one for text in values(kept, "references") for one in _MESSAGE_ID.findall(text)]
        kept = [field for field in kept if field.name != "references"]
        added.append(("References", " ".join(_shortened([*earlier, f"<{mine}>"]))))
    if identity.reply_to is not None and "reply-to" not in present:
        reply = sign(keyring, Purpose.REPLY, outgoing.delivery_id)
        added.append(("Reply-To", identity.reply_to.address(reply)))
    if receipt and "disposition-notification-to" not in present:
        added.append(("Disposition-Notification-To", return_path))
    if "mime-version" not in present:
        added.append(("MIME-Version", "1.0"))

    if built_here and identity.visible_reference and "dkim-signature" not in present:
        kept, body = _with_reference(kept, body, _reference(ours, outgoing))
    head = b"".join(_written(name, value) for name, value in added)
    manners = choose_manners(identity.manners, outgoing.notice_class)
    head += b"".join(manners.written(bounce, frozenset(present)))
    head += b"".join(field.raw for field in kept)
    raw = head + b"\r\n" + body
    if identity.signers:
        raw = signatures(identity.signers, raw, _author_domain(head)) + raw
    return Composed(
        envelope_from=return_path,
        envid=bounce,
        message_id=message_id,
        raw=raw,
        smtputf8=not head.isascii(),
    )


def _is_replaced(field: Field, signed: frozenset[str]) -> bool:
    name = field.name
    if name in {"bcc", "resent-bcc", "return-path", "x-landed-id"}:
        return True  # the first two would tell others, the last two are ours alone
    if name in signed:
        return False
    return name.startswith("x-landed-") or name == "disposition-notification-to" or is_gag(field)


def _author_domain(head: bytes) -> str:
    """Where the first author is at home; "" where that cannot be told."""
    authors = values(cut(head + b"\r\n")[0], "from")
    domain = parseaddr(authors[0])[1].rpartition("@")[2] if authors else ""
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def _first_id(found: Iterable[str]) -> str:
    """The caller's Message-ID without brackets; "" where there is none that can be one."""
    for text in found:
        one = _MESSAGE_ID.search(text)
        if one:
            return one[0][1:-1]
    return ""


def _shortened(ids: list[str]) -> list[str]:
    """No repeats; the first one and the latest, since threads hang on those."""
    unique = list(dict.fromkeys(ids))
    return unique if len(unique) <= _REFERENCES else [unique[0], *unique[1 - _REFERENCES :]]


def _addressee(outgoing: Outgoing) -> str:
    return mailbox(outgoing.name if outgoing.name.isprintable() else "", outgoing.address)


def _written(name: str, value: str) -> bytes:
    """A field of ours; the values with CRLF in them come folded from mailbox()."""
    if "\r\n " in value or not value.isascii():
        return f"{name}: {value}\r\n".encode()
    return folded(name, value)


def _numbered(outgoing: Outgoing) -> str:
    """The running number, so that the recipient too can see a hole."""
    if outgoing.previous_number is None:
        return f"{outgoing.number} for you, the first one"
    before = f"{outgoing.number} for you, the one before was {outgoing.previous_number}"
    if outgoing.previous_at is None:
        return before
    day = outgoing.previous_at
    return f"{before} of {day.day} {_MONTHS[day.month - 1]} {day.year}"


def _reference(ours: str, outgoing: Outgoing) -> str:
    return f"Reference {ours}: number {_numbered(outgoing)}."


def _with_reference(fields: list[Field], body: bytes, line: str) -> tuple[list[Field], bytes]:
    """The same text and HTML with the line beneath; only for what build_notice() built."""
    mime = b"".join(field.raw for field in fields if field.name in _MIME)
    message = message_from_bytes(mime + b"\r\n" + body, policy=SMTP)
    texts = {part.get_content_type(): part for part in message.walk() if not part.is_multipart()}
    plain = texts["text/plain"].get_content()
    page = texts["text/html"].get_content() if "text/html" in texts else None
    if page is not None:
        paragraph = f"<p>{html.escape(line)}</p>"
        page, met = _BODY_END.subn(lambda end: paragraph + end[0], page, count=1)
        page = page if met else page + paragraph
    built = build_body(f"{plain.rstrip()}\n\n{line}\n", page)
    mime_fields, body = cut(built)
    rest = [field for field in fields if field.name not in _MIME]
    return [*rest, *mime_fields], body
