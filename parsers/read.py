"""Bytes to a report: the order in which the readers are asked, and the envelope around them.

Owns the one list of readers, most authoritative first, and the promise that
reading never raises. Must not read any form itself.
"""

from collections.abc import Callable
from dataclasses import dataclass

from parsers.addresses import bare
from parsers.allowance import Clock, OutOfTimeError, allowed
from parsers.arf import read_feedback
from parsers.autoreply import read_autoreply
from parsers.bounce import read_bounce
from parsers.bounces.registry import attempts
from parsers.certified import read_certified
from parsers.clues import find_clues, first_mark, message_ids
from parsers.dates import parse_date
from parsers.delivery import read_delivery_status
from parsers.draft import Draft
from parsers.enclosed import read_enclosed
from parsers.mdn import read_disposition
from parsers.mime.message import DEFAULT, Limits, Message
from parsers.nameless import read_nameless
from parsers.receipts import read_receipt
from parsers.reply import read_reply
from parsers.report import Kind, Report

__all__ = ["READERS", "Reader", "Step", "explain", "read"]

_REPORTS = (Kind.DSN, Kind.MDN, Kind.ARF, Kind.BOUNCE)  # a tuple: compared by identity
_SUBJECT = 998  # characters, the longest line of RFC 5322 2.1.1
_NOTES = 20


@dataclass(frozen=True, slots=True)
class Reader:
    """One entry of the list: what it is called, and what it makes of a message."""

    name: str
    read: Callable[[Message], Draft | None]


@dataclass(frozen=True, slots=True)
class Step:
    """One reader's turn, for --explain."""

    reader: str
    spoke: bool
    words: str = ""  # on which words, if it spoke


# The first that makes something of a message has spoken.
READERS: tuple[Reader, ...] = (
    # machine-readable parts: a report says what it is
    Reader("delivery status (RFC 3464)", read_delivery_status),
    Reader("disposition notification (RFC 8098)", read_disposition),
    Reader("feedback report (RFC 5965)", read_feedback),
    Reader("receipt of certified mail (RFC 6109)", read_certified),
    # known senders' own words: structure before headers that bounces share with auto-replies
    Reader("bounce of a known form", read_bounce),
    # second hand: a gateway passes one on
    Reader("bounce attached whole", read_enclosed),
    # nobody is named: before auto-replies, which a mail system does not write
    Reader("bounce that names nobody", read_nameless),
    # receipts that are no report: before auto-replies, which some of them claim to be
    Reader("receipt in words or TNEF", read_receipt),
    # nobody's report: a program's answer, then a person's
    Reader("auto-reply (RFC 3834)", read_autoreply),
    Reader("reply of a person", read_reply),
)


def read(raw: bytes, limits: Limits | None = None, clock: Clock | None = None) -> Report:
    """What raw is and says. Never raises: the unreadable is Kind.UNKNOWN, and notes say why.

    clock gives seconds, and with it Limits.seconds holds: when they are over, what was read
    in whole is given, the rest is left out, and notes say so; Kind.UNKNOWN where no reader
    had spoken. Without a clock, and for the little that can last no such time, there is no
    bound but that of the size. time.thread_time is a good clock: a machine that slept, or
    had other work, must not make a bounce unreadable.
    """
    return _read(raw, limits or DEFAULT, clock, None)


def explain(
    raw: bytes, limits: Limits | None = None, clock: Clock | None = None
) -> tuple[Report, tuple[Step, ...]]:
    """What read() gives, and each reader that was asked until one spoke. Never raises."""
    steps: list[Step] = []
    report = _read(raw, limits or DEFAULT, clock, steps)
    return report, tuple(steps)


def _read(raw: bytes, limits: Limits, clock: Clock | None, steps: list[Step] | None) -> Report:
    try:
        message = Message(raw, limits, allowed(raw, limits.seconds, clock))
        return _report(message, _draft(message, steps))
    except Exception as error:  # noqa: BLE001 - one poison message must never stop a mailbox
        return Report(Kind.UNKNOWN, notes=(f"unreadable: {type(error).__name__}: {error}"[:200],))


def _draft(message: Message, steps: list[Step] | None) -> Draft:
    allowance = message.allowance
    for reader in READERS:
        try:
            if allowance is not None:
                allowance.check()
            draft = reader.read(message)
        except OutOfTimeError as error:
            # whoever would be asked next may take it for something else
            message.note(f'{error}: "{reader.name}" was not finished, and none before it spoke')
            break
        if steps is not None:
            words = f"{draft.detector}: {draft.words}" if draft else ""
            steps.append(Step(reader.name, draft is not None, words))
            if reader.read is read_bounce:
                steps += _detectors(message)
        if draft is not None:
            return draft
    return Draft(Kind.UNKNOWN, "")


def _detectors(message: Message) -> list[Step]:
    """The turns of the bounce detectors whose marks stand in the message."""
    return [
        Step(
            f"  {attempt.detector}",
            attempt.finding is not None,
            attempt.finding.words if attempt.finding else f"called by {attempt.mark!r}",
        )
        for attempt in attempts(message)
        if attempt.called
    ]


def _report(message: Message, draft: Draft) -> Report:
    header = message.header
    hurried = _is_over(message)
    original = draft.original_message_id
    if not original and draft.kind is not Kind.UNKNOWN:
        original = _original_id(message)
    # a report that names its mail needs no reference in words
    text = "" if hurried or (original and draft.kind in _REPORTS) else message.full_text
    clues = find_clues(
        message, envelope_id=draft.envelope_id, original_message_id=original, text=text
    )
    own = message_ids(header("message-id"))
    return Report(
        kind=draft.kind,
        original_message_id=original,
        envelope_id=draft.envelope_id,
        token=first_mark(clues),
        feedback_type=draft.feedback_type,
        recipients=draft.recipients,
        clues=clues,
        message_id=own[0] if own else "",
        sender=bare(message.sender),
        subject=message.subject[:_SUBJECT],
        date=parse_date(header("date")),
        detector=draft.detector,
        text=draft.text,
        until=draft.until,
        deputy=draft.deputy,
        notes=(*message.notes, *draft.notes)[:_NOTES],
    )


def _is_over(message: Message) -> bool:
    """Whether there is no time for clues beneath the header, which is noted."""
    if (allowance := message.allowance) is None:
        return False
    try:
        allowance.check()
    except OutOfTimeError as error:
        message.note(f"{error}: clues were looked for in the header only")
    return allowance.is_over


def _original_id(message: Message) -> str:
    """The Message-ID of the mail that is answered: the returned copy's, or what is replied to."""
    found = message_ids(message.returned.only("message-id"))
    if found:
        return found[-1]
    for name in ("x-original-message-id", "in-reply-to", "references"):
        if found := message_ids(message.header(name)):
            return found[-1]
    return ""
