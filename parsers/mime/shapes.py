"""The few MIME shapes that most reports have, taken apart without the MIME library.

Owns those shapes and no others: one text, or a multipart whose boundaries and part
headers are beyond doubt. Must say None to everything else, and make of the rest what
the library makes of it (a test holds the two equal). What is left to the library
here is one part at a time: undoing a transfer encoding, a file name.
"""

import re
from functools import lru_cache

import fast_mail_parser

from parsers.lazy import lazy
from parsers.mime.headers import Headers
from parsers.mime.limits import Limits
from parsers.mime.masking import halves
from parsers.mime.parts import Part, charset
from parsers.mime.texts import SUPERSETS, decode_text
from parsers.phrases import Signs

__all__ = ["common_shape"]

_IDENTITY = ("7bit", "8bit", "binary")
_ENCODINGS = ("quoted-printable", "base64")
_TEXT = ("text/plain", "text/html")
_KIND = re.compile(r"([\w.+-]{1,60}+/[\w.+-]{1,60}+)[ \t]*+(?:;|$)", re.ASCII)
_BOUNDARY = re.compile(
    r";[ \t\n]*+boundary=(?:\"([^\"\\\s]{1,100}+)\"|([^\s\"\\;()<>@,:/\[\]?=]{1,100}+))"
    r"(?=[ \t]*(?:;|\Z))",
    re.IGNORECASE,
)
# a part's header in which nothing is odd
_PLAIN_HEAD = re.compile(
    # once only: of two the library takes the first
    r"(?:(?(1)(?!)|content-type:[ ]((?:[\w.+-]{1,60}/[\w.+-]{1,60})[ \t]*+"
    r"(?:;[^\n]*+(?:\n[ \t]+[^\n]++)*+)?))\n"
    r"|content-transfer-encoding:[ \t]*+(?:7bit|8bit|binary|(quoted-printable))[ \t]*+\n"
    r"|(?(3)(?!)|content-disposition:[ ](inline|attachment))\n"
    # what no reader asks a part for
    r"|(?!content-t|content-di|received)[!-9;-~]{1,100}+:[^\n]*+(?:\n[ \t]+[^\n]++)*+\n)*+\n",
    re.IGNORECASE | re.ASCII,
)
_FIELDS = re.compile(r"(?:[!-9;-~]{1,100}+:[^\n]*+(?:\n[ \t]+[^\n]++)*+(?:\n|\Z))*+")
_CONTENT_TYPE = re.compile(r"(?:^|\n)content-type:", re.IGNORECASE | re.ASCII)
# the library opens or splits these, and only the general way bounds that
_CONTAINER = re.compile(
    r"(?:^|\n)content-type:[ \t\n]*(?:message|multipart)/", re.IGNORECASE | re.ASCII
)
_MAX_HEAD = 1_000  # octets of a part's header that are remembered
_REMEMBERED = 256  # the programs of one host write the same heads again and again


class _Encoded(Part):
    """A part of which the library undoes the transfer encoding, once somebody asks.

    Its octets have its header before them.
    """

    @lazy
    def node(self) -> fast_mail_parser.PyLazyMimePart:
        """The part as the library has it."""
        return fast_mail_parser.parse_email_tree(self._octets.encode("latin-1"), mode="lazy")

    @lazy
    def content(self) -> bytes:
        """The content."""
        return self.node.content or b""

    @lazy
    def text(self) -> str:
        """The content as text with LF line ends."""
        return decode_text(self.content, self.charset)

    def is_longer_than(self, limit: int) -> bool:
        """Whether the content has more than limit octets."""
        return len(self.content) > limit

    def beginning(self, limit: int) -> str:
        """The text of the first limit octets."""
        return decode_text(self.content[:limit], self.charset)

    def holds(self, words: Signs) -> bool:
        """Whether one of words, which are ASCII, may stand in the text."""
        if self.charset.lower() not in SUPERSETS:
            return super().holds(words)
        return words.any(self.content.decode("latin-1"))

    def header_block(self, limit: int) -> str:
        """The header of the message that the content is, at most limit octets."""
        return decode_text(halves(self.content[:limit].lstrip(b"\r\n"))[0])


class _OddError(Exception):
    """The message has none of the shapes."""


def common_shape(head: Headers, below: str, limits: Limits, notes: list[str]) -> list[Part] | None:
    """Every part of a message with LF line ends, depth first, the root first.

    below is the body and the blank line before it, its octets read as Latin-1. notes is told
    which parts are left out. None where the message must take the general way.
    """
    kinds = head.raw("content-type")
    if "content-disposition" in head or len(kinds) > 1:
        return None
    told = kinds[0].rstrip() if kinds else ""
    encoding = head.first("content-transfer-encoding").strip().lower()
    if encoding and encoding not in _IDENTITY:
        return _encoded(told, encoding, below, limits)
    if not told:
        return None if kinds else [Part("text/plain", "", below[1:])]
    found = _KIND.match(told)
    kind = found[1].lower() if found else ""
    if kind.startswith("multipart/"):
        taking = _Taking(limits)
        try:
            taking.multipart(kind, told, below, 0, 0)
        except _OddError:
            return None
        notes += taking.notes
        return taking.parts
    plain = kind in _TEXT and "name" not in told.lower()
    return [Part(kind, told, below[1:], charset(told))] if plain else None


def _encoded(told: str, encoding: str, below: str, limits: Limits) -> list[Part] | None:
    """The one part of an encoded text."""
    if encoding not in _ENCODINGS or not told.isascii() or not told.lower().startswith(_TEXT):
        return None
    fields = f"Content-Type: {told}\nContent-Transfer-Encoding: {encoding}\n"
    try:
        return [_by_library(fields + below, limits)]
    except _OddError:
        return None


class _Taking:
    """The parts of a multipart, as they are taken apart, and what is told of those left out."""

    def __init__(self, limits: Limits) -> None:
        self.parts: list[Part] = []
        self.notes: list[str] = []
        self._limits = limits

    def multipart(self, kind: str, told: str, below: str, depth: int, waiting: int) -> None:
        """Appends a multipart and all beneath it; waiting parts stand behind it."""
        limits = self._limits
        found, low = _BOUNDARY.search(told), told.lower()
        if (
            found is None
            or kind == "multipart/digest"
            or low.count("boundary=") > 1
            or told.count('"', 0, found.start()) % 2
            or "=?" in told
            or "name" in low
            or not told.isascii()
        ):
            raise _OddError
        root = Part(kind, told, "")
        root.encloses = True
        self.parts.append(root)
        room = max(0, limits.max_parts - len(self.parts) - waiting)
        # what stands between the boundary lines, each of which must be nothing else
        line = f"\n--{found[1] or found[2]}"
        _preamble, *pieces = below.split(line, room + 2 if depth < limits.max_depth else 2)
        last = len(pieces) - 1
        if pieces and pieces[-1][:2] == "--" and pieces[-1][2:3] in ("", "\n"):
            pieces.pop()  # what stands behind the closing line; many notices are cut before it
        if not pieces:
            raise _OddError
        for at, piece in enumerate(pieces[: room + 1]):
            # a boundary line right below another ends a part of nothing, but the last is none
            if (piece in ("", "\n") and at == last) or (piece and piece[0] != "\n"):
                raise _OddError
        if depth >= limits.max_depth:
            self._note(f"parts nested deeper than {limits.max_depth} were not read")
            return
        if len(pieces) > room:
            self._note(f"only the first {limits.max_parts} parts were read")
            del pieces[room:]
        waiting += len(pieces)
        for piece in pieces:
            waiting -= 1
            self._part(piece or "\n\n", depth, waiting)

    def _part(self, piece: str, depth: int, waiting: int) -> None:
        """Appends the part, and those beneath it, of a piece that begins with a line end."""
        end = 2 if piece[1:2] == "\n" else piece.find("\n\n") + 2
        head = _head(piece[1:end]) if end > 1 else None
        if head is None:
            self.parts.append(_by_library(piece[1:], self._limits))
            return
        kind, told, quoted, disposition, named = head
        if kind.startswith("multipart/"):
            self.multipart(kind, told, piece[end - 1 :], depth + 1, waiting)
            return
        if quoted:
            part: Part = _Encoded(kind, told, piece[1:], named)
        else:
            part = Part(kind, told, piece[end:], named)
        if disposition:
            part.disposition = disposition
        self.parts.append(part)

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def _head(head: str) -> tuple[str, str, bool, str, str] | None:
    """What a part's header tells, or None if anything is odd.

    That is the content type, the value that tells it, whether the content is
    quoted-printable, disposition and charset.
    """
    return (_plain_head if len(head) < _MAX_HEAD else _plain_head.__wrapped__)(head)


@lru_cache(_REMEMBERED)
def _plain_head(head: str) -> tuple[str, str, bool, str, str] | None:
    found = _PLAIN_HEAD.fullmatch(head)
    if found is None:
        return None
    told, quoted, disposition = found.groups(default="")
    if "name" in told.lower() or "=?" in told:
        return None
    kind = told.partition(";")[0].rstrip().lower() or "text/plain"
    if quoted and (kind not in _TEXT or head.lower().count("content-transfer-encoding:") > 1):
        return None
    return kind, told, bool(quoted), disposition.lower(), charset(told)


def _by_library(piece: str, limits: Limits) -> Part:
    top, blank, _ = piece.partition("\n\n")
    if (
        not blank
        or top.count("=?") > limits.max_encoded_words  # which the general way masks
        or not _FIELDS.fullmatch(top)
        or _CONTAINER.search(top)
        or len(_CONTENT_TYPE.findall(top)) != 1
    ):
        raise _OddError
    part = _Encoded("", "", piece)
    try:
        node = part.node
        if "base64" in top.lower():
            part.content  # noqa: B018 - damaged, it raises: that is for the general way
    except fast_mail_parser.ParseError as error:
        raise _OddError from error
    fields = {name.strip().lower(): values for name, values in node.headers.items()}
    kind = node.content_type
    if len(fields) != len(node.headers) or "received" in fields or not _KIND.fullmatch(kind):
        raise _OddError
    part.content_type, part.told = kind, fields["content-type"][0]
    part.charset = charset(part.told)
    part.filename, part.disposition = node.filename, (node.disposition or "").lower()
    return part
