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
    allowance, sender = message.allowance, message.sender
    reports = tuple([_judge(found, sender) for found in timely(finding.recipients, allowance)])
    if allowance is not None and len(reports) < len(finding.recipients):
        if not reports:
            raise OutOfTimeError(allowance.words)
        told = f"only the first {len(reports)} of {len(finding.recipients)} recipients were read"
        message.note(f"{allowance.words}: {told}")
    if finding.around and all(one.reason in _NOTHING for one in reports):
        # the words beside the addresses say nothing: whatever else the notice says, of all
        if allowance is not None:
            allowance.check()
        around = unfold(finding.around)
        wider = tuple(
            _judge(replace(found, diagnostic=f"{found.diagnostic} {around}"), sender)
            for found in finding.recipients
        )
        reports = tuple(
            new if new.reason not in _NOTHING else old
            for old, new in zip(reports, wider, strict=True)
        )
    return reports


def _judge(found: Found, sender: str) -> RecipientReport:
    diagnostic = clean(found.diagnostic)
    verdict = judge(
        diagnostic,
        status=found.status,
        reply_code=found.reply_code,
        action=found.action,
        command=found.command or None,
        remote_mta=found.remote_mta,
        reporting_mta=found.reporting_mta,
        sender=sender,
    )
    return RecipientReport(
        address=found.address,
        original_address=found.original_address,
        action=found.action,
        status=verdict.status,
        reply_code=verdict.reply_code,
        reason=found.reason or verdict.reason,
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
