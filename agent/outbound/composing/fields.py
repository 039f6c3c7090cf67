"""A message's header fields as bytes: taking them apart, writing new ones.

Owns the form of a header on the wire (RFC 5322 2.2, RFC 2047) and nothing of
its meaning. Must not decode a body: what stands below the headers is never
touched, since a signature may depend on every byte of it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import Header, decode_header, make_header

__all__ = [
    "LINE_LIMIT",
    "SIGNATURES",
    "Field",
    "MalformedHeader",
    "cut",
    "decoded",
    "entries",
    "folded",
    "mailbox",
    "phrase",
    "signed_names",
    "unstructured",
    "values",
]

LINE_LIMIT = 998  # octets without CRLF, RFC 5322 2.1.1

# fields that hold a signature over a message, RFC 6376 and RFC 8617 4.1.2
SIGNATURES = frozenset({"dkim-signature", "arc-message-signature"})

_HEAD_LIMIT = 1_000_000  # octets: each of a million fields would cost a hundred of memory
_PREFERRED = 78  # octets without CRLF, RFC 5322 2.1.1
_WORD = 200  # longer words become encoded words, which may be cut anywhere
_NAME = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_CHUNKS = re.compile(r"[ \t]*[^ \t]+")
_SAFE_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_ENCODED_WORD = re.compile(r"=\?[!->@-~]{1,60}\?[bBqQ]\?[!->@-~]{0,400}\?=")
_SIGNED = re.compile(rb"(?:^|;)\s*h\s*=([^;]*)", re.IGNORECASE)


class MalformedHeader(ValueError):
    """The bytes are no header block; the message says which line is wrong."""


@dataclass(frozen=True, slots=True)
class Field:
    """One header field as it stands: lower-case name, raw with its continuation lines and CRLF."""

    name: str
    raw: bytes

    @property
    def value(self) -> bytes:
        """What stands behind the colon, unfolded, without the white space around it."""
        return self.raw.partition(b":")[2].replace(b"\r\n", b"").strip()


def cut(raw: bytes) -> tuple[list[Field], bytes]:
    """The fields of a CRLF message, and everything below the empty line behind them.

    Raises MalformedHeader for a line that is neither a field nor a continuation, and
    for a header without end.
    """
    if raw.startswith(b"\r\n"):
        return [], raw[2:]
    if raw.find(b"\r\n\r\n", 0, _HEAD_LIMIT) < 0 and len(raw) > _HEAD_LIMIT:
        raise MalformedHeader(f"its header has more than {_HEAD_LIMIT} octets")
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.removesuffix(b"\r\n").split(b"\r\n") if head else []
    fields: list[Field] = []
    open_lines: list[bytes] = []
    name = ""
    for number, line in enumerate(lines, 1):
        if line[:1] in {b" ", b"\t"} and open_lines:
            open_lines.append(line)
            continue
        found = _NAME.match(line)
        if found is None:
            raise MalformedHeader(f"line {number} of the message is not a header field")
        if open_lines:
            fields.append(Field(name, b"\r\n".join(open_lines) + b"\r\n"))
        name, open_lines = found[1].decode("ascii").lower(), [line]
    if open_lines:
        fields.append(Field(name, b"\r\n".join(open_lines) + b"\r\n"))
    return fields, body


def values(fields: Iterable[Field], name: str) -> list[str]:
    """Every value of the fields called name (lower case), undecoded, bad UTF-8 replaced."""
    return [field.value.decode("utf-8", "replace") for field in fields if field.name == name]


def decoded(value: str) -> str:
    """A value with its encoded words (RFC 2047) undone; as it is where they are broken."""
    if "=?" not in value:
        return value
    if not value.isascii():  # the library would not know what stands between the words
        return _ENCODED_WORD.sub(lambda word: decoded(word[0]), value)
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError):
        return value


def signed_names(fields: Iterable[Field]) -> frozenset[str]:
    """Names of the fields that a signature covers (RFC 6376 3.5, tag h), lower case.

    A name stands there even where the field does not exist yet: adding it would
    break the signature.
    """
    names: set[str] = set()
    for field in fields:
        if field.name not in SIGNATURES:
            continue
        found = _SIGNED.search(field.value)
        if found:
            names.update(
                name.strip().decode("ascii", "replace").lower() for name in found[1].split(b":")
            )
    return frozenset(names - {""})


def folded(name: str, value: str) -> bytes:
    """A field whose value is ASCII and already in its wire form, folded, with its CRLF.

    Raises ValueError for a line end, anything but printable ASCII, or a word
    that no line can hold.
    """
    if not value.isascii() or not value.replace("\t", " ").isprintable():
        raise ValueError(f"the value of {name} has characters that a header cannot hold")
    value = value.strip()
    if len(name) + 2 + len(value) <= _PREFERRED:
        return f"{name}: {value}\r\n".encode("ascii") if value else f"{name}:\r\n".encode("ascii")
    line, lines = f"{name}:", []
    for at, chunk in enumerate(_CHUNKS.findall(value)):
        if len(chunk) > LINE_LIMIT - len(name) - 2:
            raise ValueError(f"a word in the value of {name} is longer than a line may be")
        if at and len(line) + len(chunk) > _PREFERRED:
            lines.append(line)
            line = ""
        line += chunk if at else f" {chunk}"
    return "\r\n".join([*lines, line, ""]).encode("ascii")


def unstructured(name: str, value: str) -> bytes:
    """A field of free text, encoded where it needs to be, folded, with its CRLF.

    The value comes back exactly when it is unfolded and decoded. Raises
    ValueError for a line end in it.
    """
    if "\r" in value or "\n" in value:
        raise ValueError(f"a line end in the value of {name} would begin another header")
    plain = value.isascii() and value.isprintable() and "=?" not in value
    if plain and value == value.strip() and max(map(len, value.split(" "))) <= _WORD:
        return folded(name, value)
    text = Header(value, "utf-8", maxlinelen=75, header_name=name).encode(linesep="\r\n")
    return f"{name}: {text}\r\n".encode("ascii")


def phrase(name: str) -> str:
    """A display name, quoted or encoded as it needs, perhaps folded (CRLF and a space)."""
    if name.isascii() and name.isprintable() and len(name) <= _PREFERRED and "=?" not in name:
        if _SAFE_PHRASE.fullmatch(name):
            return name
        return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return Header(name, "utf-8", maxlinelen=75).encode(linesep="\r\n")


def mailbox(name: str, address: str) -> str:
    """One mailbox for an address field (RFC 5322 3.4); the address may be UTF-8 (RFC 6532)."""
    if not name:
        return address
    written = phrase(name)
    fold = "\r\n" if len(written) + len(address) > _PREFERRED - 20 else ""
    return f"{written}{fold} <{address}>"


def entries(value: str) -> list[str]:
    """A list of mailboxes, cut at the commas outside quotes and angle brackets."""
    if "," not in value:
        return [value.strip()] if value.strip() else []
    found, current, quoted, angle, escaped = [], "", False, False, False
    for letter in value:
        if letter == "," and not quoted and not angle:
            found.append(current)
            current = ""
            continue
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter == '"':
            quoted = not quoted
        elif letter in "<>" and not quoted:
            angle = letter == "<"
        current += letter
    return [entry.strip() for entry in [*found, current] if entry.strip()]
