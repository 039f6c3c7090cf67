"""Seven bits instead of eight, for relays that carry no more (RFC 6152 3) and before signing.

Owns writing fields and bodies anew in ASCII so that they decode to the same, and knowing
where a signature forbids that. Pure: must not know what a relay offers.
"""

import base64
import binascii
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

__all__ = ["in_ascii", "in_seven_bits"]

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
_NESTED = 100  # multiparts and messages in one another
_POLICY = compat32.clone(linesep="\r\n", max_line_length=None)


class _Fixed(ValueError):
    """Something depends on these very octets."""


def in_ascii(field: Field, charset: str = "") -> Field:
    """The same field by encoded words (RFC 2047) or parameters in ASCII (RFC 2231).

    charset: what the message says of its text, for a field that is no UTF-8. A field
    whose address or id is not ASCII stays as it is: no encoding is there for that.
    """
    if field.raw.isascii() or field.name in _IDS:
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
    if raw.isascii():
        return raw
    return _remembered(raw) if len(raw) <= 65_536 else _in_seven_bits(raw)


def _in_seven_bits(raw: bytes) -> bytes | None:
    try:
        fields, body = cut(raw)
    except MalformedHeader:
        return None
    if SIGNATURES & {field.name for field in fields}:
        return None
    mime = b"".join(field.raw for field in fields if field.name.startswith("content-"))
    charset = ""
    if not body.isascii() or not mime.isascii():
        lower = body.lower()
        if lower.count(b"multipart/") + lower.count(b"message/") > _NESTED:
            return None
        try:
            message = message_from_bytes(mime + b"\r\n" + body)
            charset = str(message.get_content_charset() or "")
            _rewrite(message)
            made, body = cut(message.as_bytes(policy=_POLICY))
        except Exception:  # noqa: BLE001 - what the library cannot take apart stays as it came
            return None
        mime = b"".join(field.raw for field in made)
    head = [
        in_ascii(field, charset).raw for field in fields if not field.name.startswith("content-")
    ]
    whole = b"".join([*head, mime, b"\r\n", body])
    fits = whole.isascii() and max(map(len, whole.split(b"\r\n"))) <= LINE_LIMIT
    return whole if fits else None


_remembered = lru_cache(8)(_in_seven_bits)


def _rewrite(part: Message) -> None:
    """A part and all within it. Raises _Fixed."""
    within = cast("list[Message]", part.get_payload()) if part.is_multipart() else None
    if within is not None and not _is_ascii(part):
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
        if not (getattr(part, edge) or "").isascii():
            setattr(part, edge, "")
    for one in within:
        _rewrite(one)


def _rewrite_fields(part: Message) -> None:
    charset = str(part.get_content_charset() or "")
    pairs = list(part.raw_items())
    if all(value.isascii() for _, value in pairs):
        return
    for name, _ in pairs:
        del part[name]
    for name, value in pairs:
        said = value.encode("ascii", "surrogateescape")
        raw = in_ascii(Field(name.lower(), b"%b: %b\r\n" % (name.encode(), said)), charset).raw
        part[name] = raw.partition(b": ")[2].decode("ascii").removesuffix("\r\n")


def _rewrite_leaf(part: Message) -> None:
    if str(part.get_payload()).isascii():
        _say_seven(part)
        return
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)  # noqa: S101 - no multipart has got here
    is_text = part.get_content_maintype() == "text"
    if is_text and str(part.get_content_charset() or "us-ascii") == "us-ascii":
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


def _is_ascii(part: Message) -> bool:
    return not any(
        not all(value.isascii() for _, value in one.raw_items())
        or (not one.is_multipart() and not str(one.get_payload()).isascii())
        for one in part.walk()
    )


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
