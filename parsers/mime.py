"""Mail bytes to a lazy tree of parts: the one room that knows the MIME libraries.

Owns taking a message apart within bounds, undoing transfer encodings and
charsets, and finding the three things a report is made of: the human text, the
machine-readable parts, and the headers of the returned message. Must not know
what any of them means.

The walk is fast-mail-parser's (Rust); what it must not see is masked before.
"""

import binascii
import re
from dataclasses import dataclass

import fast_mail_parser

from parsers.headers import Headers, parse_headers
from parsers.lazy import lazy
from parsers.masking import View, bounded, halves
from parsers.quoted import copied_headers, find_copy
from parsers.shapes import MAX_DEPTH, MAX_OCTETS, MAX_PARTS, Shape, shape
from parsers.texts import decode_text, html_to_text

__all__ = ["DEFAULT", "Limits", "Message", "Part", "parse"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a message is read. What is beyond is left out, and notes say so."""

    max_bytes: int = 262_144  # of the message: the head; its last max_tail octets stay too
    max_tail: int = 65_536  # of a longer message: the end, where status parts may stand
    max_depth: int = 12  # multiparts and messages within each other
    max_parts: int = 500
    max_headers: int = 2_000  # values looked at, per part
    max_header_bytes: int = 131_072  # of one returned message's header block
    max_text: int = 262_144  # characters of one text part
    max_encoded_words: int = 500  # beyond, the library decodes none of them


DEFAULT = Limits()

_STATUS = frozenset({"message/delivery-status", "message/global-delivery-status"})
_DISPOSITION = frozenset(
    {"message/disposition-notification", "message/global-disposition-notification"}
)
_FEEDBACK = frozenset({"message/feedback-report"})
_MESSAGE = frozenset({"message/rfc822", "message/global", "message/partial"})
_HEADERS_ONLY = frozenset(
    {"text/rfc822-headers", "message/rfc822-headers", "message/global-headers", "text/rfc822"}
)
_RETURNED = _MESSAGE | _HEADERS_ONLY

_STATUS_FIELD = re.compile(
    r"^(?:Reporting-MTA|Final-Recipient)[ \t]{0,2}:", re.MULTILINE | re.IGNORECASE
)
_ACTION_FIELD = re.compile(r"^(?:Action|Status)[ \t]{0,2}:", re.MULTILINE | re.IGNORECASE)
_FIRST_LINES = 400  # octets in which a message with CRLF shows that it has them
_MAIL_FILES = (".eml", ".msg")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_BASE64 = re.compile(rb"(encoding:[ \t]{0,4})base64", re.IGNORECASE)
_BOUNDARY_LINE = re.compile(
    rb"^--([^\s\"]{1,200})[ \t]{0,8}\r?\n(?=Content-)", re.MULTILINE | re.IGNORECASE
)
# the usual ones, so that most parts need no second look
_KINDS = {
    **{kind: kind for kind in ("text/plain", "text/html", "multipart/report", "multipart/mixed")},
    "message/delivery-status": "message/delivery-status",
    "message/rfc-22": "message/rfc822",
    "": "text/plain",
    "text": "text/plain",
}
_CHARSET = re.compile(r"charset\s{0,4}=\s{0,4}\"?'?([^\s\"';]{1,60})", re.IGNORECASE)


class _Context:
    """What all parts of one message share. Holds no part, so that nothing here is a cycle."""

    __slots__ = ("depth", "limits", "notes", "twins", "view")

    def __init__(self, limits: Limits, depth: int) -> None:
        self.view: View | None = None  # of what took the general way
        self.limits = limits
        self.depth = depth
        self.notes: list[str] = []
        self.twins: list[Part] | None = None  # the parts once more, base64 left as it is

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


class Part:
    """One node of the message. Everything but the content type is worked out when asked for."""

    def __init__(
        self, node: Shape | fast_mail_parser.PyLazyMimePart, context: _Context, index: int = 0
    ) -> None:
        self.node = node
        self.index = index  # in Message.parts
        self._context = context
        kind = node.content_type
        self.content_type: str = _KINDS.get(kind) or _kind(kind)

    @lazy
    def fields(self) -> Headers:
        """The part's own header fields."""
        fields: dict[str, list[str]] = {}
        for name, values in self.node.headers.items():
            key = name.strip().lower()
            fields[key] = fields[key] + values if key in fields else values
        if (view := self._context.view) is not None and view.words_masked:
            for key, values in fields.items():
                fields[key] = [value.replace("=\x0b", "=?") for value in values]
        return Headers(fields)

    def header(self, name: str) -> str:
        """The first value of a header of this part, unfolded and decoded, or ""."""
        return self.fields.header(name)

    def headers(self, name: str) -> list[str]:
        """Every value of a header of this part, unfolded and decoded."""
        return self.fields.headers(name)

    @property
    def filename(self) -> str:
        """The name the sender gave the part, or ""."""
        return self.node.filename

    @property
    def disposition(self) -> str:
        """The Content-Disposition word in lower case: attachment, inline, or ""."""
        return (self.node.disposition or "").lower()

    @lazy
    def children(self) -> "list[Part]":
        """The parts directly beneath; an embedded message is not opened, see embedded()."""
        return [
            Part(node, self._context)
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
        view = self._context.view
        return raw if view is None else view.unmask(raw)

    def _leniently(self) -> bytes:
        """What can be read of damaged base64."""
        context = self._context
        if context.view is None:
            return b""
        context.note(f"a {self.content_type} part has damaged base64")
        if context.twins is None:
            plain = _BASE64.sub(rb"\1binary", context.view.raw)
            context.twins = Message(plain, context.limits, context.depth).parts
        if self.index >= len(context.twins):
            return b""
        raw = context.twins[self.index].node.content or b""
        kept = _NOT_BASE64.sub(b"", raw.partition(b"=")[0])
        return binascii.a2b_base64(kept[: len(kept) // 4 * 4])

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
        found = _CHARSET.search(self.fields.first("content-type"))
        return decode_text(raw, found[1] if found else "")

    def embedded(self) -> "Message | None":
        """The message inside a message/rfc822 part, opened; None for any other part."""
        context = self._context
        if self.content_type not in _MESSAGE or context.depth >= context.limits.max_depth:
            return None
        return Message(self.content, context.limits, context.depth + 1)


class Message:
    """A whole message, and the views of it that readers of reports ask for.

    Raises nothing, whatever raw holds: what cannot be taken apart is one
    text/plain part, and notes says why.
    """

    def __init__(self, raw: bytes, limits: Limits = DEFAULT, depth: int = 0) -> None:
        self.limits = limits
        self._context = context = _Context(limits, depth)
        self.notes = context.notes
        self._raw = raw = bounded(raw, limits, self.notes)
        self.fields, node = self._simply(raw) or self._generally(raw)
        self.root = Part(node, context)
        self.root.__dict__["fields"] = self.fields  # the walk has seen the MIME fields only
        self.content_type = self.root.content_type
        self.header = self.fields.header
        self.headers = self.fields.headers

    def _simply(self, raw: bytes) -> tuple[Headers, Shape] | None:
        """Header and tree of a message of a common shape that no bound concerns."""
        limits = self.limits
        if len(raw) > MAX_OCTETS or not (limits is DEFAULT or _is_roomy(limits)):
            return None
        if b"\r" in raw:
            raw = raw.replace(b"\r\n", b"\n") if b"\r" in raw[:_FIRST_LINES] else raw
            if b"\r" in raw:
                return None
        top, _, body = raw.partition(b"\n\n")
        head = parse_headers(decode_text(top), limits.max_headers)
        tree = shape(head, body)
        if tree is None:
            return None
        self._raw = body
        return head, tree

    def _generally(self, raw: bytes) -> tuple[Headers, fast_mail_parser.PyLazyMimePart]:
        """Header and tree of any message."""
        self._context.view = view = View(raw, self.limits, self.notes)
        self._raw = view.raw
        try:
            return view.head, fast_mail_parser.parse_email_tree(view.raw, mode="lazy")
        except fast_mail_parser.ParseError as error:
            self.note(f"the MIME structure could not be read: {error}")
        body = b"\n" + halves(view.raw)[1]
        return view.head, fast_mail_parser.parse_email_tree(body, mode="lazy")

    def note(self, text: str) -> None:
        """Adds a remark on what was cut, odd or unreadable; each is kept once."""
        self._context.note(text)

    @lazy
    def parts(self) -> list[Part]:
        """Every part, depth first, the root first; at most Limits.max_parts and max_depth."""
        limits = self.limits
        found: list[Part] = []
        stack: list[tuple[Part, int]] = [(self.root, 0)]
        while stack:
            part, depth = stack.pop()
            part.index = len(found)
            found.append(part)
            if not part.content_type.startswith("multipart/"):
                continue
            children = part.children or (self._repaired if part is self.root else [])
            if not children:
                continue
            if depth >= limits.max_depth:
                self.note(f"parts nested deeper than {limits.max_depth} were not read")
                continue
            room = limits.max_parts - len(found) - len(stack)
            if len(children) > room:
                self.note(f"only the first {limits.max_parts} parts were read")
                children = children[: max(0, room)]
            stack += [(child, depth + 1) for child in reversed(children)]
        return found

    @lazy
    def _repaired(self) -> list[Part]:
        """The parts of a multipart whose boundary is missing or not the one in its body."""
        if self._context.view is None:
            return []
        body = halves(self._raw)[1]
        found = _BOUNDARY_LINE.search(body[: self.limits.max_bytes])
        if found is None:
            return []
        self.note("the boundary of the parts is not the one that the header names")
        opened = b'Content-Type: multipart/mixed; boundary="' + found[1] + b'"\n\n' + body
        try:
            node = fast_mail_parser.parse_email_tree(opened, mode="lazy")
        except fast_mail_parser.ParseError:
            return []
        return [Part(child, self._context) for child in node.children]

    @lazy
    def kinds(self) -> frozenset[str]:
        """The content types of all parts."""
        return frozenset([part.content_type for part in self.parts])

    def mentions(self, *words: bytes) -> bool:
        """Whether one of words stands in the message as it came: a quick look before a long one."""
        raw = self._raw
        return any(word in raw for word in words)

    @lazy
    def full_text(self) -> str:
        """The human text, a copy of the returned message in it included."""
        plain: list[str] = []
        html: list[str] = []
        for part in self.parts:
            kind = part.content_type
            if kind in _RETURNED:
                break
            if not kind.startswith("text/") or part.disposition == "attachment":
                continue
            if _is_naked(part):
                break
            if kind == "text/plain" and part not in self._status:
                plain.append(part.text)
            elif kind == "text/html" and not html:
                html.append(part.text)
        text = "\n".join(plain)
        if html and not text.strip():
            return html_to_text(html[0])
        if not self.root.node.children and self.content_type not in _RETURNED | {"text/html"}:
            return text or self.body
        return text

    @lazy
    def _copy(self) -> int:
        return find_copy(self.full_text)

    @property
    def text(self) -> str:
        """The human text above the returned message."""
        return self.full_text if self._copy < 0 else self.full_text[: self._copy]

    @property
    def quoted(self) -> str:
        """The copy of the returned message in the human text, its announcement first, or ""."""
        return "" if self._copy < 0 else self.full_text[self._copy :]

    @lazy
    def body(self) -> str:
        """Everything beneath the root's header, undecoded: for what is no MIME at all."""
        view = self._context.view
        if view is None:
            return decode_text(self._raw)
        return decode_text(view.unmask(halves(view.raw)[1][: self.limits.max_text]))

    @lazy
    def _status(self) -> list[Part]:
        """The status parts; those that say they are text only where none says what it is."""
        if not _STATUS.isdisjoint(self.kinds):
            return [part for part in self.parts if part.content_type in _STATUS]
        if len(self.parts) == 1 or not self.mentions(b"-MTA", b"-mta", b"ecipient"):
            return []
        return [part for part in self.parts[1:] if _is_status(part)]

    @lazy
    def status_parts(self) -> list[str]:
        """The text of each delivery-status part (RFC 3464, RFC 6533), in order."""
        return [part.text for part in self._status]

    @lazy
    def disposition_parts(self) -> list[str]:
        """The text of each disposition-notification part (RFC 8098), in order."""
        if _DISPOSITION.isdisjoint(self.kinds):
            return []
        return [part.text for part in self.parts if part.content_type in _DISPOSITION]

    @lazy
    def feedback_parts(self) -> list[str]:
        """The text of each feedback-report part (RFC 5965), in order."""
        if _FEEDBACK.isdisjoint(self.kinds):
            return []
        return [part.text for part in self.parts if part.content_type in _FEEDBACK]

    @lazy
    def returned(self) -> Headers:
        """The header fields of the returned message, wherever they stand; empty if nowhere."""
        if not _RETURNED.isdisjoint(self.kinds):
            for part in self.parts:
                if part.content_type in _RETURNED and (found := self._header_block(part)):
                    return found
        for part in self.parts[1:]:
            if _is_naked(part):
                return part.fields
            if part.disposition == "attachment" or part.filename.lower().endswith(_MAIL_FILES):
                found = self._header_block(part)
                if "received" in found or "message-id" in found or "from" in found:
                    return found
        return copied_headers(self.full_text, self.limits.max_headers)

    def _header_block(self, part: Part) -> Headers:
        limits = self.limits
        raw = part.content[: limits.max_header_bytes].lstrip(b"\r\n")
        return parse_headers(decode_text(halves(raw)[0]), limits.max_headers)


def parse(raw: bytes, limits: Limits = DEFAULT) -> Message:
    """Takes a message apart, lazily. Never raises."""
    return Message(raw, limits)


def _is_roomy(limits: Limits) -> bool:
    """Whether no bound could tell on a message of a common shape."""
    return (
        min(limits.max_bytes, limits.max_text, limits.max_header_bytes) >= MAX_OCTETS
        and limits.max_parts > MAX_PARTS
        and limits.max_depth > MAX_DEPTH
    )


def _is_naked(part: Part) -> bool:
    """A returned message that was put in without a part around it (Mail2000, OpenMail)."""
    return part.index > 0 and "received" in part.fields


def _is_status(part: Part) -> bool:
    """A delivery status that says it is plain text."""
    if part.content_type not in {"text/plain", "application/octet-stream"}:
        return False
    text = part.text
    return bool(_STATUS_FIELD.match(text[:2_000].lstrip()) and _ACTION_FIELD.search(text))


def _kind(told: str) -> str:
    """A content type in lower case, unmasked."""
    return told.lower().replace("rfc-22", "rfc822").strip()
