"""Letters as programs hand them in: made whole where something that a notice needs is missing.

Owns adding a Message-ID, a From and a domain to names without one. Pure: the
random part comes in as an argument. What stands in the message already is left
as it is, but for From and recipients without a domain.
"""

import re
from email.utils import parseaddr

from agent.outbound.composing.fields import (
    Field,
    MalformedHeader,
    cut,
    decoded,
    entries,
    folded,
    mailbox,
    values,
)
from agent.outbound.screening import destinations, hides_a_field
from agent.outbound.wire import crlf

__all__ = ["completed", "listed", "qualified", "with_domain"]

_FIELD = re.compile(rb"[!-9;-~]{1,200}[ \t]*:")
_BARE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_KEYS = ("message-id", "x-landed-notice")


def completed(raw: bytes, *, message_id: str, sender: bytes = b"", domain: str = "") -> bytes:
    """The message with a Message-ID, where it has neither that nor a key of its own.

    sender is a whole From field for a message that has none; a text without a
    header gets one. domain, where given, is put behind a name alone in From.
    Line ends become CRLF where anything is added. A broken header is left for
    screening to refuse.
    """
    if raw[:5] == b"From " and b"\n" in raw:
        raw = raw.partition(b"\n")[2]
    if not _FIELD.match(raw):
        raw = b"\r\n" + raw
    elif hides_a_field(raw):
        return raw
    content = crlf(raw)
    try:
        fields, body = cut(content)
    except MalformedHeader:
        return raw
    kept = [_with_domain(field, domain) for field in fields]
    added = b""
    if not any(field.name == "from" for field in fields) and sender:
        added += sender
    keyed = any("".join(values(fields, name)[:1]).strip("<> \t") for name in _KEYS)
    if not keyed:
        added += folded("Message-ID", f"<{message_id}>")
        kept = [field for field in kept if field.name != "message-id"]
    if not added and kept == fields:
        return raw
    return added + b"".join(field.raw for field in kept) + b"\r\n" + body


def _with_domain(field: Field, domain: str) -> Field:
    """A From of a name alone ("root (Cron Daemon)") with its domain."""
    if field.name != "from" or not domain:
        return field
    name, address = parseaddr(field.value.decode("utf-8", "replace"))
    if not _BARE.fullmatch(address):
        return field
    return Field("from", f"From: {mailbox(decoded(name), f'{address}@{domain}')}\r\n".encode())


def with_domain(text: str, domain: str) -> str:
    """An entry of an address list, with domain where it is a name alone."""
    name, address = parseaddr(text)
    alone = "<" in text or text.strip() == address
    return mailbox(name, f"{address}@{domain}") if alone and _BARE.fullmatch(address) else text


def qualified(texts: list[str], domain: str) -> list[str]:
    """Entries of address lists, each name alone with domain behind it."""
    return [with_domain(entry, domain) for text in texts for entry in entries(text) or [text]]


def listed(raw: bytes) -> list[str]:
    """Who the message is for by its own words; [] where the header cannot be read."""
    try:
        fields, _ = cut(crlf(raw))
    except MalformedHeader:
        return []
    return destinations(fields)
