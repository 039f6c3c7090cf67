"""Bounces in a sender's own words, judged.

Owns turning what a detector found into reports of recipients. Must not know any
sender: parsers.bounces does.
"""

from msgspec.structs import replace

from parsers.allowance import OutOfTimeError, timely
from parsers.bounces.finding import Finding, Found
from parsers.bounces.lines import unfold
from parsers.bounces.registry import detect
from parsers.codes import clean, judge
from parsers.dates import parse_date
from parsers.draft import Draft
from parsers.mime.message import Message
from parsers.report import Basis, Kind, Reason, RecipientReport

__all__ = ["judged", "read_bounce"]

_NOTHING = (Reason.ONHOLD, Reason.UNDEFINED)
_ANYBODY = "x@"
_MOST_WORDS = 10  # told of as many recipients apart, a notice says nothing of all of them


def read_bounce(message: Message) -> Draft | None:
    """What the first detector made of a message that found a recipient, or None."""
    finding = detect(message)
    if finding is None:
        return None
    return Draft(
        Kind.BOUNCE,
        finding.detector,
        words=finding.words,
        recipients=judged(finding, message),
    )


def judged(finding: Finding, message: Message) -> tuple[RecipientReport, ...]:
    """The recipients of what a detector found in message, with reason and severity.

    Fewer where time is over meanwhile, which message then notes. Raises OutOfTimeError if
    there is not one of whom everything was asked.
    """
    allowance = message.allowance
    judges = _Judges(message.sender, alone=len(finding.recipients) == 1)
    reports = tuple(
        [judges.judge(found, found.diagnostic) for found in timely(finding.recipients, allowance)]
    )
    if allowance is not None and len(reports) < len(finding.recipients):
        if not reports:
            raise OutOfTimeError(allowance.words)
        told = f"only the first {len(reports)} of {len(finding.recipients)} recipients were read"
        message.note(f"{allowance.words}: {told}")
    if finding.around and all(one.reason in _NOTHING for one in reports):
        # the words beside the addresses say nothing: whatever else the notice says, of all
        if allowance is not None:
            allowance.check()
        return _widened(finding, reports, judges)
    return reports


class _Judges:
    """Judges recipients; those of whom the same is said, once. sender is the notice's From."""

    def __init__(self, sender: str, *, alone: bool) -> None:
        self._sender = sender
        self._alone = alone  # of whom nobody will ask again
        self._known: dict[Found, RecipientReport] = {}

    def __len__(self) -> int:
        return len(self._known)

    def judge(self, found: Found, words: str) -> RecipientReport:
        """The recipient by words, which stand in for its own."""
        if self._alone:
            return _judge(found, words, self._sender)
        alike = words
        if words.count("@") == 1:
            # what is said of each by name is the same but for the names, which tell no reason
            alike = words.replace(found.address, _ANYBODY + found.address.rpartition("@")[2])
        said = replace(found, address="", original_address="", diagnostic=alike)
        if (known := self._known.get(said)) is None:
            known = self._known[said] = _judge(said, alike, self._sender)
        return replace(
            known,
            address=found.address,
            original_address=found.original_address,
            diagnostic=known.diagnostic if alike == words else clean(words),
        )


def _widened(
    finding: Finding, reports: tuple[RecipientReport, ...], judges: _Judges
) -> tuple[RecipientReport, ...]:
    """Reports, or what the words around make of them."""
    around = unfold(finding.around)
    before = len(judges)
    wider: list[RecipientReport] = []
    for found, report in zip(finding.recipients, reports, strict=True):
        new = judges.judge(found, f"{found.diagnostic} {around}")
        if len(judges) > before + _MOST_WORDS:
            return reports
        wider.append(report if new.reason in _NOTHING else new)
    return tuple(wider)


def _judge(found: Found, words: str, sender: str) -> RecipientReport:
    diagnostic = clean(words)
    verdict = judge(
        diagnostic,
        status=found.status,
        reply_code=found.reply_code,
        action=found.action,
        command=found.command or None,
        remote_mta=found.remote_mta,
        reporting_mta=found.reporting_mta,
        sender=sender,
        known=found.reason,
    )
    return RecipientReport(
        address=found.address,
        original_address=found.original_address,
        action=found.action,
        status=verdict.status,
        reply_code=verdict.reply_code,
        reason=verdict.reason,
        severity=verdict.severity,
        diagnostic=diagnostic,
        command=verdict.command,
        reporting_mta=found.reporting_mta,
        remote_mta=found.remote_mta,
        date=parse_date(found.date),
        # nothing of such a notice is a field: the best it has is a code
        basis=Basis.WORDS if verdict.basis is Basis.FIELD else verdict.basis,
        contradictions=verdict.contradictions,
    )
