"""Any message taken apart by the MIME library, within bounds: the general way.

Owns the walk of the library's tree and what is made of a damaged one. Must not know what
the parts mean. The library is fast-mail-parser (Rust); what it must not see is masked before.
"""

import binascii
import re

import fast_mail_parser

from parsers.allowance import Allowance, OutOfTimeError
from parsers.lazy import lazy
from parsers.mime.headers import Headers
from parsers.mime.limits import Limits
from parsers.mime.masking import View, halves
from parsers.mime.nesting import shallow
from parsers.mime.parts import Part, charset
from parsers.mime.texts import decode_text

__all__ = ["Walk"]

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_BASE64 = re.compile(rb"(encoding:[ \t]{0,40})base64", re.IGNORECASE)
_BOUNDARY_LINE = re.compile(
    rb"^--([^\s\"]{1,200})[ \t]{0,8}\r?\n(?=Content-)", re.MULTILINE | re.IGNORECASE
)
_TOO_DEEP = "parts nested deeper than {} were not read"
# the usual ones, so that most parts need no second look
_KINDS = {
    **{kind: kind for kind in ("text/plain", "text/html", "multipart/report", "multipart/mixed")},
    "message/delivery-status": "message/delivery-status",
    "message/rfc-22": "message/rfc822",
    "": "text/plain",
    "text": "text/plain",
}


class _Context:
    """What all parts of one message share. Holds no part, so that nothing here is a cycle."""

    __slots__ = ("limits", "notes", "twins", "view")

    def __init__(self, raw: bytes, limits: Limits) -> None:
        self.limits = limits
        self.notes: list[str] = []
        self.view = View(raw, limits, self.notes)
        self.twins: list[Walked] | None = None  # the parts once more, base64 left as it is

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


class Walked(Part):
    """A part as the library found it. All but the content type is worked out when asked for."""

    def __init__(self, node: fast_mail_parser.PyLazyMimePart, context: _Context) -> None:
        self.node = node
        self.index = 0  # in Message.parts
        self._context = context
        kind = node.content_type
        self.content_type = _KINDS.get(kind) or _kind(kind)

    @lazy
    def fields(self) -> Headers:
        """The part's own header fields."""
        fields: dict[str, list[str]] = {}
        for name, values in self.node.headers.items():
            key = name.strip().lower()
            fields[key] = fields[key] + values if key in fields else values
        if self._context.view.words_masked:
            for key, values in fields.items():
                fields[key] = [value.replace("=\x0b", "=?") for value in values]
        return Headers(fields)

    @lazy
    def filename(self) -> str:
        """The name the sender gave the part, or ""."""
        return self.node.filename

    @lazy
    def disposition(self) -> str:
        """The Content-Disposition word in lower case: attachment, inline, or ""."""
        return (self.node.disposition or "").lower()

    @lazy
    def naked(self) -> bool:
        """Whether it is a returned message without a part around it (Mail2000, OpenMail)."""
        return self.index > 0 and "received" in self.fields

    @lazy
    def encloses(self) -> bool:
        """Whether parts are beneath it."""
        return bool(self.node.children)

    @lazy
    def children(self) -> "list[Walked]":
        """The parts directly beneath; an embedded message is not opened."""
        return [
            Walked(node, self._context)
            # one more than is read, so that the walk knows that there are more
            for node in self.node.children[: self._context.limits.max_parts + 1]
        ]

    @lazy
    def content(self) -> bytes:
        """The content, transfer encoding undone. b"" for a container."""
        try:
            raw = self.node.content or b""
        except fast_mail_parser.ParseError:
            raw = self._leniently()
        return self._context.view.unmask(raw)

    def _leniently(self) -> bytes:
        """What can be read of damaged base64."""
        context = self._context
        context.note(f"a {self.content_type} part has damaged base64")
        if context.twins is None:
            plain = _BASE64.sub(rb"\1binary", context.view.raw)
            context.twins = Walk(plain, context.limits).parts
        if self.index >= len(context.twins):
            return b""
        try:
            raw = context.twins[self.index].node.content or b""
        except fast_mail_parser.ParseError:
            return b""  # an encoding that is told in no form that could be changed
        kept = _NOT_BASE64.sub(b"", raw.partition(b"=")[0])
        return binascii.a2b_base64(kept[: len(kept) // 4 * 4])

    def header_block(self, limit: int) -> str:
        """The header of the message that the content is, at most limit octets."""
        return decode_text(halves(self.content[:limit].lstrip(b"\r\n"))[0])

    @lazy
    def text(self) -> str:
        """The content as text with LF line ends, at most Limits.max_text characters."""
        raw = self.content
        limit = self._context.limits.max_text
        if len(raw) > limit:
            self._context.note(
                f"only the first {limit} octets of a {self.content_type} part were read"
            )
            raw = raw[:limit]
        return decode_text(raw, charset(self.fields.first("content-type")))


class Walk:
    """Any message taken apart by the library, within bounds."""

    def __init__(self, raw: bytes, limits: Limits, allowance: Allowance | None = None) -> None:
        self._context = context = _Context(raw, limits)
        self._allowance = allowance
        self.fields: Headers = context.view.head
        self.notes = context.notes
        self.raw = context.view.raw  # as the library saw it
        root = Walked(self._open(), context)
        root.__dict__["fields"] = self.fields  # the library has seen the MIME fields only
        self.parts = self._walk(root)

    @property
    def body(self) -> bytes:
        """Everything beneath the header, as it stood."""
        view = self._context.view
        return view.unmask(view.raw[view.begin : view.begin + self._context.limits.max_text])

    def _open(self) -> fast_mail_parser.PyLazyMimePart:
        view = self._context.view
        try:
            # a level more than is read, so that the walk knows that there are more
            limits = self._context.limits
            raw = shallow(view.raw, limits.max_depth + 2)
            if len(raw) < len(view.raw):
                self._context.note(_TOO_DEEP.format(limits.max_depth))
            return fast_mail_parser.parse_email_tree(raw, mode="lazy")
        except fast_mail_parser.ParseError as error:
            self._context.note(f"the MIME structure could not be read: {error}")
        return fast_mail_parser.parse_email_tree(b"\n" + halves(view.raw)[1], mode="lazy")

    def _walk(self, root: Walked) -> list[Walked]:
        """Every part, depth first, the root first; at most Limits.max_parts and max_depth."""
        limits, allowance = self._context.limits, self._allowance
        found: list[Walked] = []
        stack: list[tuple[Walked, int]] = [(root, 0)]
        while stack:
            if allowance is not None and found:
                try:
                    allowance.check()
                except OutOfTimeError as error:
                    self._context.note(f"{error}: only the first {len(found)} parts were found")
                    break
            part, depth = stack.pop()
            part.index = len(found)
            found.append(part)
            if not part.content_type.startswith("multipart/"):
                continue
            children = part.children or (self._repaired() if part is root else [])
            if not children:
                continue
            if depth >= limits.max_depth:
                self._context.note(_TOO_DEEP.format(limits.max_depth))
                continue
            room = limits.max_parts - len(found) - len(stack)
            if len(children) > room:
                self._context.note(f"only the first {limits.max_parts} parts were read")
                children = children[: max(0, room)]
            stack += [(child, depth + 1) for child in reversed(children)]
        return found

    def _repaired(self) -> list[Walked]:
        """The parts of a multipart whose boundary is missing or not the one in its body."""
        context = self._context
        body = halves(context.view.raw)[1]
        found = _BOUNDARY_LINE.search(body[: context.limits.max_bytes])
        if found is None:
            return []
        context.note("the boundary of the parts is not the one that the header names")
        opened = b'Content-Type: multipart/mixed; boundary="' + found[1] + b'"\n\n' + body
        try:
            node = fast_mail_parser.parse_email_tree(opened, mode="lazy")
        except fast_mail_parser.ParseError:
            return []
        return [Walked(child, context) for child in node.children]


def _kind(told: str) -> str:
    """A content type in lower case, unmasked."""
    return told.lower().replace("rfc-22", "rfc822").strip()
