"""Values and bytes as they stand on the wire: xtext, ORCPT, line ends, dots.

Owns those forms. Pure: must not hold a line or know what a server offers.
"""

import re

__all__ = ["crlf", "dot_stuffed", "is_plain", "on_the_wire", "orcpt", "xtext"]

_NOT_XCHAR = re.compile(r"[^!-*,-<>-~]")
_NOT_QCHAR = re.compile(r"[\x00-\x20+=\\\x7f]")


def xtext(text: str) -> str:
    """RFC 3461 4: printable ASCII, with "+", "=" and all else as "+" and two upper hex digits."""
    return _NOT_XCHAR.sub(lambda found: f"+{ord(found[0]):02X}", text)


def orcpt(address: str) -> str:
    r"""Address type and address of ORCPT: RFC 3461 4.2, or RFC 6533 3 for a non-ASCII one."""
    if address.isascii():
        return f"rfc822;{xtext(address)}"
    return "utf-8;" + _NOT_QCHAR.sub(lambda found: rf"\x{{{ord(found[0]):02X}}}", address)


def crlf(raw: bytes) -> bytes:
    """CRLF for each line end, of whatever kind it was."""
    ends = raw.count(b"\r\n")
    if raw.count(b"\n") == ends and raw.count(b"\r") == ends:
        return raw
    # by whole replacements: a pattern would remember each line end, a gigabyte for 20 MB
    return raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")


def on_the_wire(raw: bytes) -> bytes:
    """CRLF everywhere: a bare CR or LF could end the message early for a lax server."""
    raw = crlf(raw)
    return raw if raw.endswith(b"\r\n") else raw + b"\r\n"


def is_plain(raw: bytes) -> bool:
    """Whether both on_the_wire() and dot_stuffed() leave it, and what is put before it, alone."""
    return on_the_wire(raw) == raw and b"\r\n." not in b"\r\n" + raw


def dot_stuffed(raw: bytes) -> bytes:
    """A CRLF message with every leading dot doubled (RFC 5321 4.5.2), without the final dot."""
    stuffed = raw.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed
