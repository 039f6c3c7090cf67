"""The octets of a message as the MIME library gets them: bounded, and without its two traps.

Owns cutting what is too long, and masking. Two costs of fast-mail-parser grow with
the square of a hostile input: it copies each nested message/rfc822 once per level,
and decodes long runs of encoded words slowly. Both are masked in place, with equal
length, and undone where text is taken out. Must not know MIME beyond that.
"""

import re
from typing import Protocol

__all__ = ["View", "halves"]

_EMBEDDED = re.compile(rb"message/rfc822", re.IGNORECASE)
_DIGEST = re.compile(rb"multipart/digest", re.IGNORECASE)
_UNMASKED, _MASKED = b"message/rfc822", b"message/rfc-22"
_WORD, _MASKED_WORD = b"=?", b"=\x0b"
_BLANK_LINE = re.compile(rb"\n\r?\n")
_SMALL = 8_192  # octets: the square of so little is little
_SPACE = frozenset(b"\n\r\t ")


class _Limits(Protocol):
    @property
    def max_bytes(self) -> int: ...
    @property
    def max_tail(self) -> int: ...
    @property
    def max_encoded_words(self) -> int: ...


class View:
    """The octets to walk, and how to undo what was done to them."""

    __slots__ = ("_masked", "notes", "raw", "words_masked")

    def __init__(self, raw: bytes, limits: _Limits) -> None:
        self.notes: list[str] = []
        self.words_masked = False
        if len(raw) > limits.max_bytes + limits.max_tail:
            left_out = len(raw) - limits.max_bytes - limits.max_tail
            self.notes.append(f"{left_out} octets in the middle of the message were not read")
            raw = raw[: limits.max_bytes] + b"\n" + raw[len(raw) - limits.max_tail :]
        if raw and raw[0] in _SPACE:
            raw = raw.lstrip()
        while raw.startswith((b"From ", b">From ")):  # the line of an mbox
            raw = raw.partition(b"\n")[2]
        if b"\n" not in raw and b"\r" in raw:
            raw = raw.replace(b"\r", b"\n")
        masked = raw.replace(_UNMASKED, _MASKED)
        if len(raw) > _SMALL:
            masked = _mask_rare(masked)
            if masked.count(_WORD) > limits.max_encoded_words:
                self.notes.append("encoded words were read only in headers that were needed")
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
    found = _BLANK_LINE.search(raw)
    return (raw[: found.start()], raw[found.end() :]) if found else (raw, b"")
