"""The octets of a message as the MIME library gets them: bounded, light, without its traps.

Owns cutting what is too long, and masking. Two costs of fast-mail-parser grow with
the square of a hostile input: it copies each nested message/rfc822 once per level,
and decodes long runs of encoded words slowly. Both are masked in place, with equal
length, and undone where text is taken out. Most of its time goes into trace headers
that nobody asks for, so it gets the MIME fields of the header only. Must not know
MIME beyond that.
"""

import re
from typing import Protocol

from parsers.mime.headers import Headers, parse_headers
from parsers.mime.texts import decode_text

__all__ = ["View", "bounded", "halves"]

_EMBEDDED = re.compile(rb"message/rfc822", re.IGNORECASE)
_DIGEST = re.compile(rb"multipart/digest", re.IGNORECASE)
_UNMASKED, _MASKED = b"message/rfc822", b"message/rfc-22"
_WORD, _MASKED_WORD = b"=?", b"=\x0b"
_SMALL = 8_192  # octets: the square of so little is little
_FIRST_LINES = 400  # octets in which a message with CRLF shows that it has them
_SPACE = frozenset(b"\n\r\t ")


# what the library needs to know of the header to take the body apart
_MIME_FIELDS = ("content-type", "content-transfer-encoding", "content-disposition")


class _Limits(Protocol):
    @property
    def max_headers(self) -> int: ...
    @property
    def max_header_bytes(self) -> int: ...
    @property
    def max_bytes(self) -> int: ...
    @property
    def max_tail(self) -> int: ...
    @property
    def max_encoded_words(self) -> int: ...


def bounded(raw: bytes, limits: _Limits, notes: list[str]) -> bytes:
    """The octets of a message that are read, from its first header line on."""
    if len(raw) > limits.max_bytes + limits.max_tail:
        left_out = len(raw) - limits.max_bytes - limits.max_tail
        notes.append(f"{left_out} octets in the middle of the message were not read")
        raw = raw[: limits.max_bytes] + b"\n" + raw[len(raw) - limits.max_tail :]
    if raw and raw[0] in _SPACE:
        raw = raw.lstrip()
    while raw.startswith((b"From ", b">From ")):  # the line of an mbox
        raw = raw.partition(b"\n")[2]
    return raw


class View:
    """The octets to walk, how to undo what was done to them, and the header in whole."""

    __slots__ = ("_masked", "begin", "head", "raw", "words_masked")

    def __init__(self, raw: bytes, limits: _Limits, notes: list[str]) -> None:
        self.words_masked = False
        if b"\n" not in raw and b"\r" in raw:
            raw = raw.replace(b"\r", b"\n")
        self.head, raw, self.begin = _lightened(raw, limits)  # begin: where the body does
        masked = raw.replace(_UNMASKED, _MASKED)
        if len(raw) > _SMALL:
            masked = _mask_rare(masked)
            # one octet is counted in no time
            most = limits.max_encoded_words
            if masked.count(b"=") > most and masked.count(_WORD) > most:
                notes.append("encoded words were read only in headers that were needed")
                self.words_masked = True
                masked = masked.replace(_WORD, _MASKED_WORD)
        self._masked = masked is not raw
        self.raw = masked

    def unmask(self, raw: bytes) -> bytes:
        """A piece of the message as it stood."""
        if self._masked:
            raw = raw.replace(_MASKED, _UNMASKED)
            if self.words_masked:
                raw = raw.replace(_MASKED_WORD, _WORD)
        return raw


def _lightened(raw: bytes, limits: _Limits) -> tuple[Headers, bytes, int]:
    """The header's fields, the message with no others than MIME's, and where its body begins."""
    top, body = halves(raw)
    head = parse_headers(decode_text(top[: limits.max_header_bytes]), limits.max_headers)
    kept = [f"{name}: {value}\n" for name in _MIME_FIELDS if (value := head.first(name))]
    light = "".join(kept).encode("utf-8", "replace") + b"\n"
    return head, light + body, len(light)


def _mask_rare(raw: bytes) -> bytes:
    """The spellings of embedded messages that few senders use, masked."""
    low = raw.lower()
    if _UNMASKED in low:
        raw = _EMBEDDED.sub(_MASKED, raw)
    if b"multipart/digest" in low:
        raw = _DIGEST.sub(b"multipart/mixed ", raw)
    return raw


def halves(raw: bytes) -> tuple[bytes, bytes]:
    """Header and body of a message, whatever its line ends."""
    at, width = raw.find(b"\n\n"), 2
    if b"\r" in raw[:_FIRST_LINES] or at < 0:
        crlf = raw.find(b"\n\r\n", 0, at + 3 if at >= 0 else len(raw))
    else:
        crlf = -1
    if crlf >= 0 and not 0 <= at < crlf:
        at, width = crlf, 3
    return (raw[:at], raw[at + width :]) if at >= 0 else (raw, b"")
