"""Delivery status reports as they come: fields first, then whatever else the message knows.

Owns bringing together the status parts of a message with its human text, for
the many senders whose fields leave the reason out. Must not read fields
(parsers.dsn does) nor any one sender's words (parsers.bounces does).
"""

import re

from parsers.allowance import OutOfTimeError, timely
from parsers.bounce import judged
from parsers.bounces.finding import Finding, Found
from parsers.bounces.gate import is_personal
from parsers.bounces.notice import Notice
from parsers.bounces.places import Places
from parsers.bounces.registry import detect
from parsers.bounces.verdict import is_failure, is_refusal
from parsers.codes import clean, find_command
from parsers.draft import Draft
from parsers.dsn import Lent, Status, read_status
from parsers.lazy import lazy
from parsers.mime.message import Message
from parsers.nameless import NOTE, unnamed
from parsers.phrases import Signs
from parsers.report import Kind, RecipientReport

__all__ = ["read_delivery_status"]

_CODE = re.compile(r"[245](?<![\d.][245])(?:\d\d[ -]|\.\d{1,3}\.\d{1,3}(?![\d.]))")
_BEFORE, _AFTER = 200, 600  # characters around an address in which its reason stands
_REPLY = 20  # lines of one, no server's is longer
_TRANSCRIPT = 3_000  # characters after an address in which its transcript stands
# an HTML text without these words has no command to tell
_COMMAND_WORDS = Signs(("reply", "after", "command", ">>>", "&gt;"))
_MAX_TEXT = 48_000  # characters of the human text that are searched
_WORDS = 200
_OWN = 1_500  # characters in which a notice says that it is one


def read_delivery_status(message: Message) -> Draft | None:
    """The recipients of every status part of a message; None if it has none.

    A part that names no recipient is helped out by the human text. Raises OutOfTimeError
    where time is over before one recipient is sure.
    """
    parts = message.status_parts
    if not parts or (message.content_type != "multipart/report" and _is_shown(message)):
        return None
    lender = _Lender(message)
    sender = message.sender
    allowance = message.allowance
    statuses = [read_status(part, sender, lender, allowance) for part in timely(parts, allowance)]
    recipients = tuple(
        one
        for status in statuses
        for one in status.recipients
        if "@" in one.address[1:] or len(parts) > 1 or lender.has_nothing
    )
    notes = tuple(note for status in statuses for note in status.notes)
    if len(recipients) > 1:
        recipients = _distinct(recipients)
    if not recipients:
        finding = lender.finding
        if finding is not None:
            recipients = judged(finding, message)
            notes += ("the recipients are taken from the text: the status part names none",)
        else:
            told = next((one.unnamed for one in statuses if one.unnamed), None) or unnamed(message)
            recipients = (told,) if told else ()
            notes += (NOTE,) if told else ("the status part names no recipient",)
    return Draft(
        Kind.DSN,
        _standard(message),
        words=parts[0][:_WORDS],
        recipients=recipients,
        original_message_id=_first(statuses, message),
        envelope_id=next((status.envelope_id for status in statuses if status.envelope_id), ""),
        notes=notes,
    )


def _is_shown(message: Message) -> bool:
    """Whether a person attached the fields to what he writes."""
    notice = Notice(message)
    words = message.full_text.strip()
    return bool(words) and is_personal(notice) and not is_failure(notice.low[:_OWN])


def _distinct(recipients: tuple[RecipientReport, ...]) -> tuple[RecipientReport, ...]:
    """Without those of which the same is told again: some gateways report twice."""
    told: dict[tuple[object, ...], RecipientReport] = {}
    for one in recipients:
        told.setdefault((one.address.lower(), one.action, one.status, one.diagnostic), one)
    return tuple(told.values())


def _standard(message: Message) -> str:
    return "rfc6533" if "message/global-delivery-status" in message.kinds else "rfc3464"


def _first(statuses: list[Status], message: Message) -> str:
    """Only what the returned message does not tell better."""
    told = next((s.original_message_id for s in statuses if s.original_message_id), "")
    return "" if told and message.returned.only("message-id") else told


class _Lender:
    """Asks the readers of words, once, and only if a recipient's fields leave something out."""

    def __init__(self, message: Message) -> None:
        self._message = message

    @lazy
    def finding(self) -> Finding | None:
        """What a detector of bounces without standard makes of the human text."""
        return detect(self._message)

    @property
    def has_nothing(self) -> bool:
        """Whether no detector made anything of the text; not once time is over."""
        try:
            return self.finding is None
        except OutOfTimeError:
            return False

    @lazy
    def _by_address(self) -> dict[str, Found]:
        recipients = self.finding.recipients if self.finding else ()
        return {found.address.lower(): found for found in reversed(recipients)}

    @lazy
    def _text(self) -> str:
        """The human text in which addresses are looked for; a report of a thousand asks often."""
        return self._message.text[:_MAX_TEXT]

    @lazy
    def _low(self) -> Places:
        low = self._text.lower()
        return Places(low if len(low) == len(self._text) else self._text)

    @lazy
    def _full(self) -> Places:
        """The same with a copy of the returned message, as it stands."""
        return Places(self._message.full_text[:_MAX_TEXT])

    @lazy
    def _tells_commands(self) -> bool:
        return self._message.says(_COMMAND_WORDS)

    @lazy
    def _has_transcript(self) -> bool:
        return ">>> " in self._message.full_text

    def words(self, address: str) -> Lent | None:
        """See dsn.Lender: a detector's words, or the paragraph around the address."""
        found = self._found(address)
        near = ""
        if found is None or not _CODE.search(found.diagnostic):
            near = self._near(address)
        if found is None:
            near = near or self._refused(address)
            return Lent(clean(near)) if near else None
        return Lent(
            clean(near or found.diagnostic),
            found.command,
            found.reporting_mta,
            found.remote_mta,
            found.original_address,
        )

    def command(self, address: str) -> str:
        """The command that the text tells in the paragraph of address, or in its transcript."""
        if not self._tells_commands:
            return ""
        text = self._message.full_text
        at = self._full.find(address)
        if at < 0:
            return ""
        end = text.find("\n\n", at, at + _AFTER)
        near = text[at : end if end >= 0 else at + _AFTER]
        # without one of these no text tells a command
        marked = "in reply to " in near or ">>> " in near or " after " in near or " command" in near
        if marked and (command := find_command(near)):
            return command
        return find_command(text[at : at + _TRANSCRIPT]) if self._has_transcript else ""

    def whole(self, first: str) -> str:
        """See dsn.Lender: the lines of the transcript from first to the one without a hyphen."""
        if not self._has_transcript:
            return ""
        text = self._message.full_text
        at = text.find(f"<<< {first.rstrip()}\n")
        lines: list[str] = []
        for line in text[at : at + _TRANSCRIPT].split("\n")[:_REPLY] if at >= 0 else ():
            if line[4:7] != first[:3]:
                break
            lines.append(line[4:])
            if line[7:8] != "-":
                break
        return "\n".join(lines)

    def _found(self, address: str) -> Found | None:
        known = self._by_address
        if found := known.get(address.lower()):
            return found
        return next(iter(known.values())) if len(known) == 1 else None

    def _refused(self, address: str) -> str:
        """The paragraph around an address, if it is short and words in it refuse."""
        at = self._low.find(address.lower())
        if at < 0:
            return ""
        begin = self._text.rfind("\n\n", 0, at) + 1
        end = self._text.find("\n\n", at)
        words = self._text[begin : end if end >= 0 else len(self._text)].strip()
        return words if len(words) <= _AFTER and is_refusal(words) else ""

    def _near(self, address: str) -> str:
        """The paragraph of the human text around an address, if a code stands in it."""
        text = self._text
        at = self._low.find(address.lower()) if address else -1
        window = text[max(0, at - _BEFORE) : at + _AFTER] if at >= 0 else text[: 2 * _AFTER]
        found = _CODE.search(window)
        if found is None:
            return ""
        begin = window.rfind("\n\n", 0, found.start()) + 1
        end = window.find("\n\n", found.end())
        return window[begin : end if end >= 0 else len(window)].strip()
