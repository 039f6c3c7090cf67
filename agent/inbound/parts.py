"""Where in a long mail the report stands: the parts that a cut would lose.

Owns reading BODYSTRUCTURE (RFC 3501 7.4.2), and a mail of its beginning and these. Must not
talk to a server, nor read what a part says. A server's words are hostile: what is nested
deeply, or has too many parts, has none.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Part", "parts_behind", "shortened"]

_PART_OCTETS = 65_536  # read of one part; a report on a thousand recipients has about as many
_DEPTH = 8
_PARTS = 4  # that are read
_LOOKED_AT = 500
_SLACK = 1_000  # octets of headers and delimiters for each part, which no size tells

_REPORTS = frozenset(
    {
        b"message/delivery-status",
        b"message/global-delivery-status",
        b"message/disposition-notification",
        b"message/global-disposition-notification",
        b"message/feedback-report",
    }
)
_HEADERS = frozenset({b"text/rfc822-headers", b"message/rfc822-headers", b"message/global-headers"})
_RETURNED = frozenset({b"message/rfc822", b"message/global"})


@dataclass(frozen=True, slots=True)
class Part:
    """One part to read. section: as it stands in BODY[...]."""

    section: str
    kind: str  # its media type
    returned: bool  # of a returned message only the header is read
    octets: int  # to be read of it, and of its own header

    @property
    def header(self) -> str:
        """The section of its own header."""
        return f"{self.section}.MIME"

    @property
    def content(self) -> str:
        """The section of what it says."""
        return f"{self.section}.HEADER" if self.returned else self.section

    @property
    def items(self) -> str:
        """What to FETCH for it."""
        return " ".join(f"BODY.PEEK[{one}]<0.{self.octets}>" for one in (self.header, self.content))


def parts_behind(structure: Any, limit: int) -> tuple[bytes, list[Part]]:
    """The outer boundary, and the parts of a report that do not end within limit octets.

    Nothing where the mail is no multipart. Never raises on what imapclient's parser gives.
    """
    if not isinstance(structure, tuple) or not structure or not isinstance(structure[0], list):
        return b"", []
    boundary = _boundary(structure)
    most = min(_PART_OCTETS, limit // (4 * _PARTS))
    found: list[Part] = []
    reached = 0
    for number, (section, kind, octets) in enumerate(_leaves(structure, "", 0), 1):
        if number > _LOOKED_AT or len(found) == _PARTS:
            break
        reached += octets + _SLACK
        returned = kind in _RETURNED
        if reached > limit and (returned or kind in _REPORTS or kind in _HEADERS):
            found.append(Part(section, kind.decode("ascii", "replace"), returned, most))
    return boundary, found if boundary else []


def _leaves(structure: Any, above: str, depth: int) -> Iterator[tuple[str, bytes, int]]:
    if depth > _DEPTH or not isinstance(structure, tuple) or not structure:
        return
    if isinstance(structure[0], list):
        for number, part in enumerate(structure[0], 1):
            yield from _leaves(part, f"{above}.{number}" if above else str(number), depth + 1)
        return
    if len(structure) < 7 or not all(isinstance(word, bytes) for word in structure[:2]):
        return
    octets = structure[6]
    yield above, b"/".join(structure[:2]).lower(), octets if isinstance(octets, int) else 0


def _boundary(structure: tuple[Any, ...]) -> bytes:
    words = structure[2] if len(structure) > 2 else None
    if not isinstance(words, tuple):
        return b""
    for name, value in zip(words[::2], words[1::2], strict=False):
        if isinstance(name, bytes) and name.lower() == b"boundary" and isinstance(value, bytes):
            return value if 0 < len(value) <= 70 else b""  # RFC 2046 5.1.1
    return b""


def shortened(
    beginning: bytes, boundary: bytes, parts: Sequence[tuple[Part, bytes, bytes]], limit: int
) -> bytes:
    """The beginning, then each part with its header and content, at most limit octets in all."""
    tail = b""
    for part, header, content in parts:
        own = header.strip(b"\r\n") or b"Content-Type: " + part.kind.encode("ascii", "replace")
        tail += b"\r\n--" + boundary + b"\r\n" + own + b"\r\n\r\n" + content
    tail += b"\r\n--" + boundary + b"--\r\n"
    return beginning[: max(limit - len(tail), 0)] + tail
