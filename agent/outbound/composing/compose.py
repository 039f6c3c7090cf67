"""One delivery's message: the template, and the token in every place that may survive.

Owns which headers are added, which are replaced and which stay, and the marks
in them. Each place is lost by some system on the way, so all of them are used.
The content of a message that was handed in whole stays byte for byte below its
headers, unless it is signed here and has eight bits; no header that a signature
covers is added, changed or removed.
Must not talk to anyone and must not choose a route.
"""

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from typing import NamedTuple

from agent.outbound.composing.fields import Field, cut, folded, mailbox, signed_names, values
from agent.outbound.composing.manners import Manners, choose_manners, is_gag
from agent.outbound.composing.sevenbits import in_ascii, in_seven_bits
from agent.outbound.composing.signing import Signer, signatures
from agent.outbound.composing.template import BUILT_HERE, build_body
from agent.outbound.wire import is_plain
from parsers.addresses import domain_form
from parsers.token import AddressForm, Keyring, Purpose, sign
from store.outbox import Outgoing

__all__ = ["Composed", "Identity", "compose"]

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,900}>")
_REFERENCES = 20  # RFC 5322 sets no limit; older ones in the middle are left out
_LARGE = 65_536  # octets
_BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)
_MIME = frozenset({"mime-version", "content-type", "content-transfer-encoding"})
_UTF8_TEXT = Field("content-type", b"Content-Type: text/plain; charset=utf-8\r\n")
_EIGHT_BITS = Field("content-transfer-encoding", b"Content-Transfer-Encoding: 8bit\r\n")


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


class Composed(NamedTuple):
    """What goes over the wire for one attempt."""

    envelope_from: str
    envid: str  # RFC 3461 4.4, before xtext
    message_id: str  # without angle brackets
    raw: bytes  # CRLF, not yet dot-stuffed
    smtputf8: bool  # a header field is not ASCII (RFC 6531 3.4)
    plain: bool = False  # known to leave as it is: no bare CR or LF, no line begins with a dot


@dataclass(frozen=True, slots=True)
class _Template:
    """What is the same for every recipient of one content."""

    kept: tuple[Field, ...]  # below our own fields, as they stand
    body: bytes
    kept_raw: bytes
    signed: frozenset[str]
    present: frozenset[str]
    built_here: bool
    receipt: bool  # the content asks for one
    message_id: str  # the caller's; "" where we make one
    references: tuple[str, ...]
    ascii: bool  # the kept fields are
    plain: bool  # as Composed has it


def compose(identity: Identity, keyring: Keyring, outgoing: Outgoing, attempt: int) -> Composed:
    """The message of attempt number attempt (1, 2, ...) of a delivery.

    What a recipient sees does not change between attempts: the Date is that of
    the obligation. Raises MalformedHeader for
    a template that intake would not have let through.
    """
    bounce = sign(keyring, Purpose.BOUNCE, outgoing.delivery_id, attempt)
    ours = sign(keyring, Purpose.MESSAGE, outgoing.delivery_id)
    return_path = identity.return_path.address(bounce)
    # RFC 6376 5.3: what is signed must not have to be encoded anew on its way
    template = _template(outgoing.content, seven=bool(identity.signers))
    signed, present = template.signed, template.present
    mine = f"{ours}@{identity.message_id_domain}"

    message_id = template.message_id or outgoing.message_id or mine
    added: list[tuple[str, str]] = [
        ("X-Landed-Id", ours),
        ("X-Landed-Number", _numbered(outgoing)),
    ]
    if "date" not in present:
        added.append(("Date", _dated(outgoing.owed_at)))
    if "from" not in present:
        added.append(("From", _own_mailbox(identity.sender)))
    if "to" not in present and "cc" not in present:
        added.append(("To", _addressee(outgoing)))
    if not template.message_id and "message-id" not in signed:
        added.append(("Message-ID", f"<{message_id}>"))
    if "references" not in signed:
        ids = _shortened([*template.references, f"<{mine}>"])
        added.append(("References", " ".join(ids)))
    if identity.reply_to is not None and "reply-to" not in present:
        reply = sign(keyring, Purpose.REPLY, outgoing.delivery_id)
        added.append(("Reply-To", identity.reply_to.address(reply)))
    receipt = identity.request_receipt or template.receipt
    if receipt and "disposition-notification-to" not in present:
        added.append(("Disposition-Notification-To", return_path))
    if "mime-version" not in present:
        added.append(("MIME-Version", "1.0"))

    kept, body, plain = template.kept_raw, template.body, template.plain
    if template.built_here and identity.visible_reference and "dkim-signature" not in present:
        fields, body = _with_reference(outgoing.content, _reference(ours, outgoing))
        kept, plain = b"".join(field.raw for field in fields), False
    manners = choose_manners(identity.manners, outgoing.notice_class)
    ahead = [_written(name, value) for name, value in added]
    own = b"".join([*ahead, *manners.written(bounce, present)])
    raw = b"".join([own, kept, b"\r\n", body])
    if identity.signers:
        raw = signatures(identity.signers, raw, _author_domain(own + kept)) + raw
    return Composed(
        envelope_from=return_path,
        envid=bounce,
        message_id=message_id,
        raw=raw,
        smtputf8=not (template.ascii and own.isascii()),
        plain=plain,
    )


def _template(content: bytes, *, seven: bool = False) -> _Template:
    # what is large costs more to remember than to read again
    return _remembered(content, seven) if len(content) <= _LARGE else _read(content, seven)


def _read(content: bytes, seven: bool) -> _Template:  # noqa: FBT001 - by place, to be remembered
    if seven:
        content = in_seven_bits(content) or content
    fields, body = cut(content)
    signed = signed_names(fields)
    charset = _charset(fields)
    kept = [
        field if field.name in signed else in_ascii(field, charset)
        for field in fields
        if not _is_replaced(field, signed)
    ]
    present = frozenset(field.name for field in kept) | signed
    if not _MIME & (present | {field.name for field in fields}) and _is_foreign_text(body):
        kept += [_UTF8_TEXT, _EIGHT_BITS]
    message_id = _first_id(values(kept, "message-id"))
    references = [one for text in values(kept, "references") for one in _MESSAGE_ID.findall(text)]
    again = {"references"} if message_id else {"references", "message-id"}
    kept = [field for field in kept if field.name not in again - signed]
    raw = b"".join(field.raw for field in kept)
    return _Template(
        kept=tuple(kept),
        body=body,
        kept_raw=raw,
        signed=signed,
        present=present,
        built_here=any(field.name == BUILT_HERE for field in fields),
        receipt=any(field.name == "disposition-notification-to" for field in fields),
        message_id=message_id,
        references=tuple(references),
        ascii=raw.isascii(),
        plain=is_plain(b"\r\n".join((raw, body))),
    )


_remembered = lru_cache(32)(_read)


def _is_foreign_text(body: bytes) -> bool:
    """Whether a body without any MIME field is UTF-8: without one it would count as ASCII."""
    try:
        return not body.isascii() and bool(body.decode())
    except UnicodeDecodeError:
        return False


def _charset(fields: Sequence[Field]) -> str:
    """What the message says of its text, for fields that are not ASCII; "" where all are."""
    if all(field.raw.isascii() for field in fields):
        return ""
    mime = b"".join(one.raw for one in fields if one.name == "content-type")
    return str(message_from_bytes(mime + b"\r\n").get_content_charset() or "")


_dated = lru_cache(256)(format_datetime)


@lru_cache(64)
def _own_mailbox(sender: str) -> str:
    return mailbox(*parseaddr(sender))


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
    return domain_form(domain)


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
        if not {"\r", "\n"}.isdisjoint(value.replace("\r\n ", "")):
            raise ValueError(f"a line end in the value of {name} would begin another header")
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


def _with_reference(content: bytes, line: str) -> tuple[list[Field], bytes]:
    """The fields and body with the line beneath; only for what build_notice() built."""
    plain, page = _texts(content)
    if page is not None:
        paragraph = f"<p>{html.escape(line)}</p>"
        page, met = _BODY_END.subn(lambda end: paragraph + end[0], page, count=1)
        page = page if met else page + paragraph
    built = build_body(f"{plain.rstrip()}\n\n{line}\n", page)
    mime_fields, body = cut(built)
    rest = [field for field in _template(content).kept if field.name not in _MIME]
    return [*rest, *mime_fields], body


@lru_cache(8)
def _texts(content: bytes) -> tuple[str, str | None]:
    """The plain text, and the HTML where there is any."""
    template = _template(content)
    mime = b"".join(field.raw for field in template.kept if field.name in _MIME)
    message = message_from_bytes(mime + b"\r\n" + template.body, policy=SMTP)
    texts = {part.get_content_type(): part for part in message.walk() if not part.is_multipart()}
    page = texts["text/html"].get_content() if "text/html" in texts else None
    return texts["text/plain"].get_content(), page
