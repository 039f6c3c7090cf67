"""Seven bits instead of eight (RFC 6152 3), and lines that are no longer than mail can carry.

Owns writing fields and bodies anew so that they decode to the same, and knowing where a
signature forbids that. Pure: must not know what a relay offers.
"""

import base64
import binascii
import re
from email import message_from_bytes
from email.message import Message
from email.policy import compat32, default
from functools import lru_cache
from typing import cast

from agent.outbound.composing.fields import (
    LINE_LIMIT,
    SIGNATURES,
    Field,
    MalformedHeader,
    cut,
    decoded,
    folded,
    mailbox,
    phrase,
    unstructured,
)
from parsers.mime.texts import decode_text

__all__ = ["in_ascii", "in_seven_bits", "long_line"]

_IDS = frozenset({"message-id", "references", "in-reply-to", "content-id"})
_ADDRESSES = frozenset(
    {
        *("from", "sender", "reply-to", "to", "cc", "bcc", "mail-followup-to", "return-path"),
        *("resent-from", "resent-sender", "resent-to", "resent-cc", "resent-reply-to"),
        *("disposition-notification-to", "return-receipt-to", "errors-to"),
    }
)
_WITH_PARAMETERS = frozenset({"content-type", "content-disposition"})
# RFC 1847 2.1, RFC 2046 5.2.2: what is within may not be written in another way
_FIXED = frozenset({"multipart/signed", "multipart/encrypted", "message/partial"})
_STRUCTURED = 32_768  # octets of a field that is taken apart: longer ones take seconds
_NESTED = 100  # multiparts and messages in one another
_LINES = 500_000  # each costs the library some hundred bytes of memory
_EDGES = 10_000  # lines that may part one thing from another
# from the beginning of a line on, so that each octet is looked at once
_LONG = re.compile(rb"^[^\r\n]{%d}" % (LINE_LIMIT + 1), re.MULTILINE)
_POLICY = compat32.clone(linesep="\r\n", max_line_length=None)


class _Fixed(ValueError):
    """Something depends on these very octets."""


def in_ascii(field: Field, charset: str = "") -> Field:
    """The same field by encoded words (RFC 2047) or parameters in ASCII (RFC 2231).

    charset: what the message says of its text, for a field that is no UTF-8. A field
    whose address or id is not ASCII stays as it is: no encoding is there for that. So
    does a list of very many addresses.
    """
    if field.raw.isascii() or field.name in _IDS:
        return field
    is_structured = field.name in _ADDRESSES or field.name in _WITH_PARAMETERS
    if is_structured and len(field.raw) > _STRUCTURED:
        return field
    name = field.raw.partition(b":")[0].strip().decode("ascii")
    text = " ".join(decode_text(field.value, "" if _is_utf8(field.value) else charset).split())
    try:
        if field.name in _ADDRESSES:
            raw = _addresses(name, text)
        elif field.name in _WITH_PARAMETERS:
            raw = _parameters(name, text)
        else:
            raw = unstructured(name, decoded(text))
    except Exception:  # noqa: BLE001 - whatever a field does to the library, it stays as it came
        return field
    return Field(field.name, raw)


def in_seven_bits(raw: bytes) -> bytes | None:
    """A CRLF message whose parts decode to the same in ASCII, its lines within 998 octets.

    None where that cannot be: a signature depends on its octets, an address is not
    ASCII, or it is no message.
    """
    if raw.isascii() and not long_line(raw):
        return raw
    return _remembered(raw) if len(raw) <= 65_536 else _in_seven_bits(raw)


def long_line(raw: bytes) -> tuple[int, int] | None:
    """Number and octets of the first line that is longer than mail can carry (RFC 5322 2.1.1)."""
    found = _LONG.search(raw)
    if found is None:
        return None
    end = raw.find(b"\r\n", found.start())
    octets = (len(raw) if end < 0 else end) - found.start()
    return raw.count(b"\n", 0, found.start()) + 1, octets


def _in_seven_bits(raw: bytes) -> bytes | None:
    try:
        fields, body = cut(raw)
    except MalformedHeader:
        return None
    if SIGNATURES & {field.name for field in fields}:
        return None
    mime = b"".join(field.raw for field in fields if field.name.startswith("content-"))
    charset = ""
    if not _is_fit(body) or not _is_fit(mime):
        lower = body.lower()
        nested = lower.count(b"multipart/") + lower.count(b"message/")
        lines, edges = lower.count(b"\n"), lower.count(b"\n--")
        if nested > _NESTED or edges > _EDGES or lines > _LINES:
            return None
        try:
            message = message_from_bytes(mime + b"\r\n" + body)
            charset = str(message.get_content_charset() or "")
            _rewrite(message)
            made, body = cut(message.as_bytes(policy=_POLICY))
        except Exception:  # noqa: BLE001 - what the library cannot take apart stays as it came
            return None
        mime = b"".join(field.raw for field in made)
    head = [_fit(field, charset).raw for field in fields if not field.name.startswith("content-")]
    whole = b"".join([*head, mime, b"\r\n", body])
    return whole if _is_fit(whole) else None


def _is_fit(raw: bytes) -> bool:
    return raw.isascii() and not long_line(raw)


def _fit(field: Field, charset: str) -> Field:
    """The field in ASCII, and in lines that are short enough where it can be folded."""
    made = in_ascii(field, charset)
    if not _is_fit(made.raw) and made.raw.isascii():
        name = made.raw.partition(b":")[0].strip().decode("ascii")
        try:
            return Field(made.name, folded(name, made.value.decode("ascii")))
        except ValueError:
            return made
    return made


_remembered = lru_cache(8)(_in_seven_bits)


def _rewrite(part: Message) -> None:
    """A part and all within it. Raises _Fixed."""
    within = cast("list[Message]", part.get_payload()) if part.is_multipart() else None
    if within is not None and not _is_plain(part):
        names = {name.lower() for one in within for name, _ in one.raw_items()}
        nested = part.get_content_maintype() == "message" and SIGNATURES & names
        if nested or part.get_content_type() in _FIXED:
            raise _Fixed
    _rewrite_fields(part)
    if within is None:
        _rewrite_leaf(part)
        return
    _say_seven(part)
    for edge in ("preamble", "epilogue"):  # RFC 2046 5.1.1: nobody is shown these
        if not _is_fit(_octets(getattr(part, edge) or "")):
            setattr(part, edge, "")
    for one in within:
        _rewrite(one)


def _rewrite_fields(part: Message) -> None:
    charset = str(part.get_content_charset() or "")
    pairs = list(part.raw_items())
    if all(_is_fit(_octets(value)) for _, value in pairs):
        return
    for name, _ in pairs:
        del part[name]
    for name, value in pairs:
        whole = b"%b: %b\r\n" % (name.encode(), _octets(value))
        raw = _fit(Field(name.lower(), whole), charset).raw
        part[name] = raw.partition(b": ")[2].decode("ascii").removesuffix("\r\n")


def _rewrite_leaf(part: Message) -> None:
    if _is_fit(_octets(str(part.get_payload()))):
        _say_seven(part)
        return
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)  # noqa: S101 - no multipart has got here
    is_text = part.get_content_maintype() == "text"
    said = str(part.get_content_charset() or "us-ascii")
    if is_text and said == "us-ascii" and not data.isascii():
        charset = "utf-8" if _is_utf8(data) else "unknown-8bit"  # RFC 1428 3
        if "content-type" not in part:
            part["Content-Type"] = "text/plain"
        part.set_param("charset", charset)
    del part["Content-Transfer-Encoding"]
    foreign = len(data) - len(data.decode("ascii", "ignore"))
    if is_text and foreign * 6 <= len(data):
        part["Content-Transfer-Encoding"] = "quoted-printable"
        coded = binascii.b2a_qp(data, istext=True)
    else:
        part["Content-Transfer-Encoding"] = "base64"
        coded = base64.encodebytes(data)
    part.set_payload(coded.decode("ascii"))


def _say_seven(part: Message) -> None:
    said = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if said in {"8bit", "binary"}:
        part.replace_header("Content-Transfer-Encoding", "7bit")


def _is_plain(part: Message) -> bool:
    return all(
        all(_is_fit(_octets(value)) for _, value in one.raw_items())
        and (one.is_multipart() or _is_fit(_octets(str(one.get_payload()))))
        for one in part.walk()
    )


def _octets(text: str) -> bytes:
    """What the library made text of, or something that is not ASCII either."""
    return text.encode("utf-8", "surrogateescape")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _addresses(name: str, text: str) -> bytes:
    """Raises ValueError where something is not ASCII that is no name."""
    groups = []
    header = default.header_factory(name, text)
    if any(not one.addr_spec.strip("<>") for one in header.addresses):
        raise ValueError(name)
    for group in header.groups:
        boxes = [mailbox(one.display_name, one.addr_spec) for one in group.addresses]
        those = ",\r\n ".join(boxes)
        named = group.display_name is not None
        groups.append(f"{phrase(group.display_name)}: {those};" if named else those)
    whole = ",\r\n ".join(groups)
    if not groups or not whole.isascii():
        raise ValueError(name)
    return f"{name}: {whole}\r\n".encode("ascii")


def _parameters(name: str, text: str) -> bytes:
    holder = Message()
    holder[name] = text
    for key, value in holder.get_params(failobj=[], header=name)[1:]:
        if isinstance(value, str) and not value.isascii():
            holder.set_param(key, decoded(value), header=name, charset="utf-8")
    return folded(name, str(holder[name]))
