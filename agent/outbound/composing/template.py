"""A notice's template: the whole message but for what differs from recipient to recipient.

Owns building it from parts (RFC 5322, RFC 2045 to 2047, RFC 2231). The same
parts give the same bytes, whenever and wherever they are built: the ledger
compares them to know a notice sent twice from another one of the same key.
Must not know recipients, tokens or routes; those are agent.outbound.composing.compose's.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import lru_cache

from agent.outbound.composing.fields import entries, folded, mailbox, unstructured
from parsers.addresses import parse_list

__all__ = [
    "BUILT_HERE",
    "TemplateError",
    "address_field",
    "build_body",
    "build_notice",
    "caller_field",
]

BUILT_HERE = "x-landed-template"  # marks, for compose alone, what was built from parts

_SUBJECT_CHARACTERS = 900
_HEADERS = 100
_VALUE_CHARACTERS = 10_000
_LINES = 500_000  # each costs some hundred bytes of memory while a text is encoded
_LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"  # where str.splitlines() cuts
# base64 or quoted-printable where needed: no relay must be able to carry eight bits
_POLICY = SMTP.clone(cte_type="7bit")
_ADDRESSES = frozenset({"to", "cc", "reply-to", "sender", "mail-followup-to"})
_FREE_TEXT = frozenset({"comments", "organization"})
_ELSEWHERE = {"from": "the sender has a place of its own", "subject": "the subject has its own"}
_REFUSED = frozenset(
    {"bcc", "return-path", "received", "mime-version", "dkim-signature", "resent-bcc"}
)
_LINE_SEPARATORS = frozenset("\u2028\u2029")


class TemplateError(ValueError):
    """The parts make no message; the text says which part, and what to do."""


def build_notice(
    *,
    sender: str,
    subject: str,
    text: str,
    html: str | None = None,
    headers: Sequence[tuple[str, str]] = (),
    now: datetime | None = None,
) -> bytes:
    """The template, CRLF, every line within 998 octets, seven bits but for UTF-8 addresses.

    sender is a mailbox ("Notices <notices@example.org>"). now, an aware time,
    writes a Date; without it each delivery gets the time at which it was owed.
    Raises TemplateError for a line end or control character where a header
    could be smuggled in, a header that is ours to write, and text that is no
    Unicode.
    """
    head = [
        address_field("From", sender, most=1),
        unstructured("Subject", _clean("the subject", subject, _SUBJECT_CHARACTERS)),
    ]
    if now is not None:
        head.append(f"Date: {format_datetime(now)}\r\n".encode())
    if len(headers) > _HEADERS:
        raise TemplateError(f"there are {len(headers)} headers; {_HEADERS} is the limit")
    head += [caller_field(name, value) for name, value in headers]
    head.append(f"{BUILT_HERE.title()}: parts\r\n".encode())
    return b"".join(head) + build_body(text, html)


def build_body(text: str, html: str | None) -> bytes:
    """The MIME fields, an empty line and the body, for one text or text and HTML."""
    for what, content in (("text", text), ("HTML", html or "")):
        if "\0" in content:
            raise TemplateError(f"the {what} holds a NUL character; it is no text")
        if len(content) > _LINES and sum(map(content.count, _LINE_ENDS)) > _LINES:
            raise TemplateError(f"the {what} has more than {_LINES} lines; send a link instead")
    if html is None and _encoding(text) == "7bit":
        # the same bytes as below, for a twentieth of the time
        lines = text.encode("ascii").splitlines()
        return _plain_fields() + b"\r\n".join([*lines, b""] if lines else [b"", b""])
    return _mime_body(text, html)


def _mime_body(text: str, html: str | None) -> bytes:
    message = EmailMessage(policy=_POLICY)
    try:
        message.set_content(text, cte=_encoding(text))
        if html is not None:
            message.add_alternative(html, subtype="html", cte=_encoding(html))
    except UnicodeEncodeError:
        raise TemplateError("the text is not valid Unicode (a lone surrogate); decode it") from None
    if html is not None:
        # the library's own boundary is random, and would make every build another notice
        digest = hashlib.sha256(f"{len(text)} {text}{html}".encode()).hexdigest()
        message.set_boundary(f"=_{digest[:40]}")
    return message.as_bytes()


@lru_cache(1)
def _plain_fields() -> bytes:
    """The MIME fields of text in seven bits, and the empty line."""
    head, empty, _ = _mime_body("x\n", None).partition(b"\r\n\r\n")
    return head + empty


def _encoding(text: str) -> str:
    """The transfer encoding: as it is where that is safe, else the more readable that fits."""
    lines = text.splitlines()
    if text.isascii() and all(len(line) <= 900 for line in lines):
        return "7bit"
    foreign = sum(not letter.isascii() for letter in text)
    return "base64" if foreign * 6 > len(text) else "quoted-printable"


@lru_cache(256)
def address_field(name: str, value: str, *, most: int = 100) -> bytes:
    """An address field from a list as a person writes it. Raises TemplateError."""
    clean = _clean(name, value, _VALUE_CHARACTERS)
    written = []
    for entry in entries(clean):
        addresses, refused = parse_list(entry)
        if refused or len(addresses) != 1:
            why = refused[0].reason if refused else "there is no address in it"
            raise TemplateError(f'{name}: "{entry[:100]}" cannot be used: {why}')
        display = parseaddr(entry)[0] if "<" in entry else ""
        written.append(mailbox(display, addresses[0]))
    if not 1 <= len(written) <= most:
        wanted = "exactly one address" if most == 1 else f"one to {most} addresses"
        raise TemplateError(f'{name}: "{clean[:100]}" must hold {wanted}')
    return f"{name}: {f',{chr(13)}{chr(10)} '.join(written)}\r\n".encode()


def caller_field(name: str, value: str) -> bytes:
    """A header that a caller names. Raises TemplateError for one that is ours to write."""
    low = name.lower()
    if not name or not all("!" <= letter <= "~" and letter != ":" for letter in name):
        raise TemplateError(f'"{name[:60]!a}" is no name for a header')
    if len(name) > 70:
        raise TemplateError(f"the header name {name[:60]}... is too long")
    if low in _ELSEWHERE:
        raise TemplateError(f"{name} is not given as a header: {_ELSEWHERE[low]}")
    if low in _REFUSED or low.startswith(("content-", "x-landed-")):
        raise TemplateError(f"{name} cannot be set: it is written by the program itself")
    clean = _clean(name, value, _VALUE_CHARACTERS)
    if low in _ADDRESSES:
        return address_field(name, clean)
    try:
        if clean.isascii() and low not in _FREE_TEXT and not low.startswith("x-"):
            return folded(name, clean)
        return unstructured(name, clean)
    except ValueError as error:
        raise TemplateError(str(error)) from None


def _clean(what: str, value: str, most: int) -> str:
    """The value itself. Raises TemplateError where it could begin another header."""
    if any(
        (not letter.isprintable() and letter in _LINE_SEPARATORS)
        or (letter < " " and letter != "\t")
        or "\x7f" <= letter <= "\x9f"
        or "\ud800" <= letter <= "\udfff"
        for letter in value
    ):
        raise TemplateError(
            f"{what} holds a line end or another control character; it would begin a header "
            "of its own, so it is refused: give one line of text"
        )
    if len(value) > most:
        raise TemplateError(f"{what} has {len(value)} characters; {most} is the limit")
    return value
