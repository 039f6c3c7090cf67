"""Mail bytes to a lazy view of their parts: what readers of reports ask of a message.

Owns finding the three things a report is made of: the human text, the
machine-readable parts, and the headers of the returned message. Must not know
what any of them means.
"""

import re

from parsers.allowance import Allowance
from parsers.lazy import lazy
from parsers.mime.headers import Headers, parse_headers
from parsers.mime.limits import DEFAULT, Limits
from parsers.mime.masking import bounded
from parsers.mime.parts import BLANK_LINE, LongPart, Part
from parsers.mime.quoted import copied_headers, find_copy
from parsers.mime.shapes import common_shape
from parsers.mime.texts import decode_octets, decode_text, html_to_text, lowered
from parsers.mime.walk import Walk
from parsers.phrases import Signs

__all__ = ["DEFAULT", "Limits", "Message", "Part", "parse"]

# the last is nobody's registered type, and some gateways'
_STATUS = frozenset(
    {"message/delivery-status", "message/global-delivery-status", "text/delivery-status"}
)
_DISPOSITION = frozenset(
    {"message/disposition-notification", "message/global-disposition-notification"}
)
_FEEDBACK = frozenset({"message/feedback-report"})
_MESSAGE = frozenset({"message/rfc822", "message/global", "message/partial"})
_HEADERS_ONLY = frozenset(
    {"text/rfc822-headers", "message/rfc822-headers", "message/global-headers", "text/rfc822"}
)
_RETURNED = _MESSAGE | _HEADERS_ONLY
_PLAIN = frozenset({"text/plain"})

_STATUS_FIELD = re.compile(
    r"^(?:Reporting-MTA|Final-Recipient|Original-Envelope-Id)[ \t]{0,2}:",
    re.MULTILINE | re.IGNORECASE,
)
_ACTION_FIELD = re.compile(r"^(?:Action|Status)[ \t]{0,2}:", re.MULTILINE | re.IGNORECASE)
_ROOMY = DEFAULT.max_bytes  # octets
_LONE_CR = re.compile(rb"\r(?!\n)")
_ODD_STARTS = (b" ", b"\n", b"\r", b"\t", b"From ", b">From ")
_MAIL_FILES = (".eml", ".msg")


class Message:
    """A whole message, and the views of it that readers of reports ask for.

    Raises nothing, whatever raw holds: what cannot be taken apart is one
    text/plain part, and notes says why. parts holds every part, depth first, the
    root first; kinds their content types; fields the header. allowance is the time
    for all that is done with it, None if that is not bounded.
    """

    def __init__(
        self, raw: bytes, limits: Limits = DEFAULT, allowance: Allowance | None = None
    ) -> None:
        self.limits = limits
        self.allowance = allowance
        self.notes: list[str] = []
        self._walk: Walk | None = None  # of a message that took the general way
        if len(raw) > _ROOMY or limits is not DEFAULT or raw.startswith(_ODD_STARTS):
            raw = bounded(raw, limits, self.notes)
        if not self._simply(raw):
            self._generally(raw)
        parts, fields = self.parts, self.fields
        self.content_type = parts[0].content_type
        self.kinds = frozenset([part.content_type for part in parts])
        # the text of each delivery-status (RFC 3464, RFC 6533), disposition-notification
        # (RFC 8098) and feedback-report part (RFC 5965), in order
        self.status_parts: list[str] = []
        self.disposition_parts: list[str] = []
        self.feedback_parts: list[str] = []
        self._status: list[Part] = []
        if self.kinds != _PLAIN:  # which is nearly half of all mail
            self._find_reports()
        self.header = header = fields.header
        self.headers = fields.headers
        self.sender = header("from")  # as written: name and address
        self.subject = header("subject")

    def _simply(self, raw: bytes) -> bool:
        """Takes a message apart, if it is of a common shape."""
        limits = self.limits
        if b"\r" in raw:
            lines = raw.translate(None, b"\r")
            if len(raw) - len(lines) != lines.count(b"\n") or _LONE_CR.search(raw):
                return False  # line ends of several kinds
            raw = lines
        octets = raw.decode("latin-1")
        blank = BLANK_LINE.search(octets)
        end = blank.start() if blank else len(octets)
        top, below = octets[: min(end, limits.max_header_bytes)], octets[end + 1 :] or "\n"
        fields = parse_headers(decode_octets(top), limits.max_headers)
        parts = common_shape(fields, below, limits, self.notes)
        if parts is None:
            return False
        if len(below) > limits.max_text:
            parts = [LongPart(part, limits.max_text, self.note) for part in parts]
        self.fields, self.parts, self._octets = fields, parts, below
        return True

    def _generally(self, raw: bytes) -> None:
        self._walk = walk = Walk(raw, self.limits, self.allowance)
        walk.notes[:0] = self.notes
        self.notes = walk.notes  # one list: parts are read later, and may have remarks
        self.fields, self.parts, self._octets = walk.fields, [*walk.parts], ""

    @property
    def took_general_way(self) -> bool:
        """Whether the MIME library took it apart, and not parsers.mime.shapes."""
        return self._walk is not None

    @property
    def is_over(self) -> bool:
        """Whether a step was not begun for want of time."""
        return self.allowance is not None and self.allowance.is_over

    def note(self, text: str) -> None:
        """Adds a remark on what was cut, odd or unreadable; each is kept once."""
        if text not in self.notes:
            self.notes.append(text)

    def says(self, words: Signs) -> bool:
        """Whether one of words may stand in full_text: a quick look, before HTML is made text."""
        if "text/html" not in self.kinds or "text/plain" in self.kinds:
            return True
        pages = [part for part in self.parts if part.content_type == "text/html"]
        return any(page.holds(words) for page in pages)

    @lazy
    def full_text(self) -> str:
        """The human text, a copy of the returned message in it included."""
        if self.kinds == _PLAIN and self.parts[0].disposition != "attachment":
            return self.parts[0].text or self.body
        plain: list[str] = []
        html: list[str] = []
        for part in self.parts:
            kind = part.content_type
            if kind in _RETURNED:
                break
            if not kind.startswith("text/") or part.disposition == "attachment":
                if kind in _STATUS and part not in self._status:
                    plain.append(part.text)
                continue
            if part.naked:
                break
            if kind == "text/plain" and part not in self._status:
                plain.append(part.text)
            elif kind == "text/html" and not html:
                html.append(part.text)
        text = "\n".join(plain)
        if html and not text.strip():
            return html_to_text(html[0])
        if not self.parts[0].encloses and self.content_type not in _RETURNED | {"text/html"}:
            return text or self.body
        return text

    @lazy
    def low(self) -> str:
        """full_text in lower case, of the same length."""
        return lowered(self.full_text)

    @lazy
    def _copy(self) -> int:
        return find_copy(self.low)

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
        if self._walk is None:
            return decode_octets(self._octets[1 : self.limits.max_text + 1])
        return decode_text(self._walk.body)

    def _find_reports(self) -> None:
        kinds = self.kinds
        if not _STATUS.isdisjoint(kinds):
            self._status = [part for part in self.parts if part.content_type in _STATUS]
            if len(self._status) > 1:
                # InterMail calls its human text a status, too
                told = [part for part in self._status if _ACTION_FIELD.search(part.text)]
                self._status = told or self._status
        elif len(self.parts) > 1:
            # those that say they are text only where none says what it is
            self._status = [part for part in self.parts[1:] if _is_status(part)]
        self.status_parts = [part.text for part in self._status]
        if not _DISPOSITION.isdisjoint(kinds):
            self.disposition_parts = self._texts(_DISPOSITION)
        if not _FEEDBACK.isdisjoint(kinds):
            self.feedback_parts = self._texts(_FEEDBACK)

    def _texts(self, kinds: frozenset[str]) -> list[str]:
        return [part.text for part in self.parts if part.content_type in kinds]

    @lazy
    def returned(self) -> Headers:
        """The header fields of the returned message, wherever they stand; empty if nowhere.

        Not looked for once time is over.
        """
        if self.is_over:
            return Headers({})
        if not _RETURNED.isdisjoint(self.kinds):
            for part in self.parts:
                if part.content_type in _RETURNED and (found := self._header_block(part)):
                    return found
        for part in self.parts[1:]:
            if part.naked:
                return part.fields
            if part.disposition == "attachment" or part.filename.lower().endswith(_MAIL_FILES):
                found = self._header_block(part)
                if "received" in found or "message-id" in found or "from" in found:
                    return found
        return copied_headers(self.full_text, self.low, self.limits.max_headers)

    def _header_block(self, part: Part) -> Headers:
        limits = self.limits
        return parse_headers(part.header_block(limits.max_header_bytes), limits.max_headers)


def parse(raw: bytes, limits: Limits = DEFAULT) -> Message:
    """Takes a message apart, lazily. Never raises."""
    return Message(raw, limits)


def _is_status(part: Part) -> bool:
    """A delivery status that says it is plain text."""
    if part.content_type not in {"text/plain", "application/octet-stream"}:
        return False
    text = part.text
    return bool(_STATUS_FIELD.match(text[:2_000].lstrip()) and _ACTION_FIELD.search(text))
