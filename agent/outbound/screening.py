"""Screening: what is not taken on, in words for whoever handed it in.

Owns the limits and the checks on a whole message, a key and a class; parts are
checked where they are built (agent.outbound.composing.template). Pure: must not touch
the ledger.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from agent.outbound.composing.fields import LINE_LIMIT, Field, MalformedHeader, cut, values
from agent.outbound.composing.sevenbits import in_seven_bits, long_line
from agent.outbound.composing.template import BUILT_HERE
from agent.outbound.wire import crlf
from parsers.addresses import Refused, parse_list

__all__ = [
    "IntakeError",
    "Limits",
    "check_message",
    "check_size",
    "checked_class",
    "checked_key",
    "destinations",
    "hides_a_field",
    "normalized",
    "own_key",
    "parsed",
]

_REMEMBERED = 8_192  # entries of address lists; the same people are owed again and again
_KEY_CHARACTERS = 500
_CLASS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")
_LONE_CR = re.compile(rb"\r(?!\n)")
_EMPTY_LINE = re.compile(rb"\n\r?\n")
_MBOX_LINE = re.compile(rb"From [^\n]*\n")
_ONCE = ("from", "to", "cc", "subject", "date", "message-id", "content-type", "reply-to")


_DESTINATIONS = ("to", "cc", "bcc")


class IntakeError(ValueError):
    """Nothing was accepted; the text says why and what to do. refused: address by address."""

    def __init__(self, why: str, refused: tuple[Refused, ...] = ()) -> None:
        super().__init__(why)
        self.refused = refused


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken on at once."""

    max_bytes: int = 25_000_000  # of the whole message
    max_recipients: int = 1_000
    max_received: int = 30  # Received fields; more is a loop, RFC 5321 6.3


def normalized(raw: bytes) -> tuple[bytes, list[Field]]:
    """A message with CRLF line ends and without an mbox line, and its header fields.

    Its body is otherwise left as it is, but for lines that are too long for mail where
    no signature depends on them. Raises IntakeError for what is no
    message, and for a header in which another one hides behind a lone CR.
    """
    if hides_a_field(raw):
        raise IntakeError(
            "a header of the message holds a carriage return by itself; it would begin a header "
            "of its own, so it is refused"
        )
    content = crlf(_MBOX_LINE.sub(b"", raw, count=1) if raw[:5] == b"From " else raw)
    if long_line(content):
        content = in_seven_bits(content) or content
    try:
        fields, _ = cut(content)
    except MalformedHeader as error:
        raise IntakeError(f"this is no mail message: {error}") from None
    return content, fields


def check_message(content: bytes, fields: list[Field], limits: Limits) -> None:
    """Raises IntakeError for what no relay should be given, or what has been here before."""
    names = [field.name for field in fields]
    if not {"from", "to", "cc", "bcc", "subject", "message-id"} & set(names):
        raise IntakeError(
            "this is no mail message: it begins without From, To, Subject or Message-ID; "
            "for a text without headers use --body-file"
        )
    for name in _ONCE:
        if names.count(name) > 1:
            raise IntakeError(f"the message has more than one {name.title()} field; keep one")
    if b"\0" in content:
        raise IntakeError("the message holds NUL bytes; encode binary content as base64")
    long = long_line(content)
    if long is not None:
        raise IntakeError(
            f"line {long[0]} of the message has {long[1]} octets, {LINE_LIMIT} is the "
            "limit of mail (RFC 5322 2.1.1), and it is signed or of no form that can be changed "
            "here: encode the part as quoted-printable or base64"
        )
    hops = names.count("received")
    if hops > limits.max_received:
        raise IntakeError(
            f"the message has {hops} Received fields: it is running in a circle, look for a "
            "forwarding that leads back here"
        )
    if "x-landed-id" in names:
        raise IntakeError(
            "the message carries X-Landed-Id: it is a tracked notice that came back, and sending "
            "it on would be a loop; look for a route or forwarding that leads back here, or take "
            "the field out"
        )
    if BUILT_HERE in names:
        raise IntakeError(f"the field {BUILT_HERE.title()} is the program's own; remove it")


def destinations(fields: list[Field]) -> list[str]:
    """Who a message is for by its own words: To, Cc and Bcc, or those of its latest resending."""
    again = _resent(fields)
    those = [field for field in again if field.name.removeprefix("resent-") in _DESTINATIONS]
    names = {f"resent-{name}" for name in _DESTINATIONS} if those else set(_DESTINATIONS)
    found = again if those else fields
    # in the order of their names, as people read them
    ordered = sorted((one for one in found if one.name in names), key=lambda one: _place(one.name))
    return [text for one in ordered for text in values([one], one.name) if text.strip()]


def own_key(fields: list[Field]) -> str:
    """The key that a message brings; "" where it has none."""
    for name, those in (
        ("x-landed-notice", fields),
        ("resent-message-id", _resent(fields)),
        ("message-id", fields),
    ):
        found = "".join(values(those, name)[:1]).strip()
        found = found if name == "x-landed-notice" else found.strip("<> \t")
        if found:
            return found
    return ""


def _resent(fields: list[Field]) -> list[Field]:
    """The fields of the latest resending, which stand above earlier ones (RFC 5322 3.6.6)."""
    found: dict[str, Field] = {}
    for field in fields:
        if field.name.startswith("resent-"):
            if field.name in found:
                break
            found[field.name] = field
    return list(found.values())


def _place(name: str) -> int:
    return _DESTINATIONS.index(name.removeprefix("resent-"))


def check_size(content: bytes, limits: Limits) -> None:
    """Raises IntakeError for a message that is too large."""
    if len(content) > limits.max_bytes:
        # who reads it does not read more than that, so how long it is is not known
        raise IntakeError(
            f"the message is too large, {limits.max_bytes} is the limit in bytes: send a link "
            "instead of the content"
        )


def hides_a_field(raw: bytes) -> bool:
    """Whether a carriage return stands by itself in the header: what follows would be a field."""
    return _LONE_CR.search(raw[: _head_end(raw)]) is not None


def _head_end(raw: bytes) -> int:
    """Where the headers end; at the beginning where CR alone ends the lines (old Macintosh)."""
    if b"\n" not in raw:
        return 0
    found = _EMPTY_LINE.search(raw)
    return found.start() + 1 if found else len(raw)


def checked_key(key: str) -> str:
    """The key without blanks around it. Raises IntakeError for what cannot be one."""
    key = key.strip()
    if not key or len(key) > _KEY_CHARACTERS or not key.isprintable():
        raise IntakeError(
            f"a notice's key is one line of 1 to {_KEY_CHARACTERS} printable characters"
        )
    return key


def checked_class(notice_class: str) -> str:
    """The class itself. Raises IntakeError for what cannot be one."""
    if not _CLASS.fullmatch(notice_class):
        raise IntakeError(
            f'"{notice_class[:60]}" is no class: letters, digits and . _ : -, at most 100'
        )
    return notice_class


def parsed(text: str) -> tuple[tuple[str, ...], tuple[Refused, ...]]:
    """The canonical addresses of an entry and what is none, as parse_list() finds them."""
    # what nobody would write twice is not worth the memory
    return _remembered(text) if len(text) <= 320 else _parsed(text)


def _parsed(text: str) -> tuple[tuple[str, ...], tuple[Refused, ...]]:
    addresses, refused = parse_list(text)
    return tuple(addresses), tuple(refused)


_remembered = lru_cache(_REMEMBERED)(_parsed)
