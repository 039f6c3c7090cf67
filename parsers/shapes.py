"""The few MIME shapes that most reports have, taken apart without the MIME library.

Owns those shapes and no others: one text, or a multipart whose boundaries and part
headers are beyond doubt. Must say None to everything else, and make of the rest what
the library makes of it (a test holds the two equal). What is left to the library
here is one part at a time: undoing a transfer encoding, a file name.
"""

import re
from collections.abc import Iterator

import fast_mail_parser

from parsers.headers import Headers

__all__ = ["MAX_DEPTH", "MAX_OCTETS", "MAX_PARTS", "Shape", "shape"]

MAX_OCTETS = 131_072  # of a message; what is longer needs all the bounds of the general way
MAX_PARTS = 60  # of a message
MAX_DEPTH = 4  # multiparts within each other
_IDENTITY = ("", "7bit", "8bit", "binary")
# anchored and possessive: a value is a type, then parameters of which one matters
_KIND = re.compile(r"([\w.+-]{1,60}+/[\w.+-]{1,60}+)[ \t]*+(?:;|$)", re.ASCII)
_BOUNDARY = re.compile(
    r"(?<![\w*-])boundary=(?:\"([^\"\\\s]{1,100}+)\"|([^\s\"\\;()<>@,:/\[\]?=]{1,100}+))(?=[\s;]|$)",
    re.IGNORECASE,
)
# a part's header in which nothing is odd
_PLAIN_HEAD = re.compile(
    # once only: of two the library takes the first
    rb"(?:(?(1)(?!)|content-type:[ ]((?:[\w.+-]{1,60}/[\w.+-]{1,60})[ \t]*+"
    rb"(?:;[^\n]*+(?:\n[ \t]+[^\n]++)*+)?))\n"
    rb"|content-transfer-encoding:[ \t]*+(?:7bit|8bit|binary)[ \t]*+\n"
    rb"|content-description:[^\n]*+\n"
    rb"|content-disposition:[ ](inline|attachment)\n)*+\n",
    re.IGNORECASE,
)
_FIELDS = re.compile(rb"(?:[!-9;-~]{1,100}+:[^\n]*+(?:\n[ \t]+[^\n]++)*+(?:\n|\Z))*+")
_CONTENT_TYPE = re.compile(rb"(?:^|\n)content-type:", re.IGNORECASE)
# the library opens or splits these, and only the general way bounds that
_CONTAINER = re.compile(rb"\ncontent-type:[ \t\n]*(?:message|multipart)/", re.IGNORECASE)


class Shape:
    """A part as the library's nodes show one."""

    __slots__ = ("children", "content", "content_type", "disposition", "told")

    filename = ""

    def __init__(
        self,
        content_type: str,
        told: str,
        content: bytes | None,
        children: "list[Shape | fast_mail_parser.PyLazyMimePart] | None" = None,
        disposition: str = "",
    ) -> None:
        self.content_type = content_type
        self.told = told  # the value of Content-Type as it stood
        self.content = content
        self.children = children or []
        self.disposition = disposition

    @property
    def headers(self) -> dict[str, list[str]]:
        """The one field of a plain part that a reader asks for."""
        return {"content-type": [self.told]} if self.told else {}


class _OddError(Exception):
    """The message has none of the shapes."""


def shape(head: Headers, body: bytes) -> Shape | None:
    """The tree of a message with LF line ends, or None where it takes the general way."""
    if (
        head.first("content-transfer-encoding").strip().lower() not in _IDENTITY
        or "content-disposition" in head
        or len(head.raw("content-type")) > 1
    ):
        return None
    if "content-type" not in head:
        return Shape("text/plain", "", body)
    told = head.first("content-type").rstrip()
    found = _KIND.match(told)
    kind = found[1].lower() if found else ""
    try:
        if kind.startswith("multipart/"):
            return _multipart(kind, told, body, 0)
    except _OddError:
        return None
    plain = kind in {"text/plain", "text/html"} and "name" not in told.lower()
    return Shape(kind, told, body) if plain else None


def _multipart(kind: str, told: str, body: bytes, depth: int) -> Shape:
    boundaries = _BOUNDARY.findall(told)
    if kind == "multipart/digest" or depth > MAX_DEPTH or len(boundaries) != 1 or "=?" in told:
        raise _OddError
    quoted, bare = boundaries[0]
    children = [_part(piece, depth) for piece in _pieces(body, (quoted or bare).encode())]
    if not children or len(children) > MAX_PARTS:
        raise _OddError
    return Shape(kind, told, None, children)


def _pieces(body: bytes, boundary: bytes) -> Iterator[bytes]:
    """What stands between the boundary lines, each of which must be nothing else."""
    _preamble, *pieces = (b"\n" + body).split(b"\n--" + boundary)
    last = pieces.pop() if pieces else b""
    if not last.startswith((b"--\n", b"--")) or last[2:3] not in (b"", b"\n"):
        raise _OddError
    for piece in pieces:
        if piece[:1] != b"\n":
            raise _OddError
        yield piece[1:]


def _part(piece: bytes, depth: int) -> "Shape | fast_mail_parser.PyLazyMimePart":
    head = _PLAIN_HEAD.match(piece)
    if head is None:
        return _by_library(piece)
    content = piece[head.end() :]
    told = (head[1] or b"").decode("latin-1")
    kind = told.partition(";")[0].rstrip().lower()
    if "name" in told.lower() or "=?" in told:
        return _by_library(piece)
    if kind.startswith("multipart/"):
        return _multipart(kind, told, content, depth + 1)
    return Shape(kind or "text/plain", told, content, disposition=(head[2] or b"").decode().lower())


def _by_library(piece: bytes) -> fast_mail_parser.PyLazyMimePart:
    top, blank, _ = piece.partition(b"\n\n")
    if (
        not blank
        or not _FIELDS.fullmatch(top)
        or _CONTAINER.search(b"\n" + top)
        or len(_CONTENT_TYPE.findall(top)) != 1
    ):
        raise _OddError
    try:
        node = fast_mail_parser.parse_email_tree(piece, mode="lazy")
        node.content  # noqa: B018 - damaged base64 raises: a thing for the general way
    except fast_mail_parser.ParseError as error:
        raise _OddError from error
    return node
