"""The reports that the demo's people and servers send back, in the forms that real ones have.

Owns their text. Must not decide who sends what (agent.demo.cast) or carry
anything (agent.demo.far_end, agent.demo.post).
"""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.utils import format_datetime, make_msgid

__all__ = ["Received", "away", "delivery_report", "own_words_bounce", "receipt", "reply"]

_MX = "mx.kontor.example"


@dataclass(frozen=True, slots=True)
class Received:
    """What the far end was handed: the envelope and the message."""

    sender: str
    recipient: str
    envelope_id: str  # ENVID as given, "" where the sender named none
    raw: bytes
    at: datetime

    def header(self, name: str) -> str:
        """One header of the message, "" where it is missing."""
        return str(message_from_bytes(self.raw, policy=policy.SMTP).get(name, ""))


def delivery_report(
    mail: Received, action: str, status: str, diagnostic: str, *, status_name: str
) -> bytes:
    """An RFC 3464 report to the envelope sender, as a Postfix relay words it."""
    report = _begin(mail, f"MAILER-DAEMON@{_MX}", status_name)
    report["Auto-Submitted"] = "auto-replied"
    report["Content-Type"] = 'multipart/report; report-type="delivery-status"'
    report.attach(_part("text/plain", f"This is the mail system at host {_MX}.\n\n{status_name}\n"))
    fields = [f"Reporting-MTA: dns; {_MX}"]
    if mail.envelope_id:
        fields.append(f"Original-Envelope-Id: {mail.envelope_id}")
    fields += [
        f"Arrival-Date: {format_datetime(mail.at)}",
        "",
        f"Final-Recipient: rfc822; {mail.recipient}",
        f"Original-Recipient: rfc822;{mail.recipient}",
        f"Action: {action}",
        f"Status: {status}",
        f"Remote-MTA: dns; {_MX}",
        f"Diagnostic-Code: smtp; {diagnostic}",
        "",
    ]
    report.attach(_part("message/delivery-status", "\n".join(fields)))
    report.attach(_part("text/rfc822-headers", _headers_of(mail)))
    return _done(report)


def own_words_bounce(mail: Received) -> bytes:
    """A failure in qmail's own form, with no machine-readable part (cr.yp.to/proto/qsbmf.txt)."""
    report = EmailMessage(policy=policy.SMTP)
    _address(report, mail, f"MAILER-DAEMON@{_MX}", "failure notice")
    copy = mail.raw.decode("utf-8", "replace").replace("\r\n", "\n")
    report.set_content(
        f"Hi. This is the qmail-send program at {_MX}.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.\n\n"
        f"<{mail.recipient}>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n"
        f"--- Below this line is a copy of the message.\n\n{copy}\n"
    )
    return report.as_bytes()


def receipt(mail: Received, disposition: str, *, agent: str, subject: str) -> bytes:
    """An RFC 8098 notification to whom the message asked it to go."""
    report = _begin(mail, mail.recipient, subject, to=mail.header("Disposition-Notification-To"))
    report["Content-Type"] = 'multipart/report; report-type="disposition-notification"'
    report.attach(_part("text/plain", f"About your message to {mail.recipient}: {subject}\n"))
    fields = [
        f"Reporting-UA: {agent}",
        f"Final-Recipient: rfc822; {mail.recipient}",
        f"Original-Message-ID: {mail.header('Message-ID')}",
        f"Disposition: {disposition}",
        "",
    ]
    report.attach(_part("message/disposition-notification", "\n".join(fields)))
    return _done(report)


def away(mail: Received) -> bytes:
    """An out-of-office answer (RFC 3834) to the envelope sender."""
    report = EmailMessage(policy=policy.SMTP)
    _address(report, mail, mail.recipient, f"Automatic reply: {mail.header('Subject')}")
    report["Auto-Submitted"] = "auto-replied"
    report["In-Reply-To"] = mail.header("Message-ID")
    report.set_content("I am out of the office until Monday. In urgent cases ask the front desk.\n")
    return report.as_bytes()


def reply(mail: Received) -> bytes:
    """A person's answer, to Reply-To where there is one."""
    to = mail.header("Reply-To") or mail.header("From")
    answer = EmailMessage(policy=policy.SMTP)
    _address(answer, mail, mail.recipient, f"Re: {mail.header('Subject')}", to=to)
    answer["In-Reply-To"] = mail.header("Message-ID")
    answer["References"] = mail.header("Message-ID")
    answer.set_content("Thank you, I have seen it and will be there.\n\n> You are receiving this\n")
    return answer.as_bytes()


def _begin(mail: Received, sender: str, subject: str, to: str = "") -> Message:
    report = Message(policy=policy.compat32)
    _address(report, mail, sender, subject, to=to)
    report["MIME-Version"] = "1.0"
    return report


def _address(
    report: Message | EmailMessage, mail: Received, sender: str, subject: str, to: str = ""
) -> None:
    report["Return-Path"] = "<>"
    report["Delivered-To"] = to or mail.sender
    report["From"] = sender
    report["To"] = to or mail.sender
    report["Subject"] = subject
    report["Date"] = format_datetime(mail.at)
    report["Message-ID"] = make_msgid(domain=_MX)


def _part(content_type: str, text: str) -> Message:
    part = Message(policy=policy.compat32)
    part["Content-Type"] = f"{content_type}; charset=utf-8"
    part.set_payload(text.encode())
    return part


def _headers_of(mail: Received) -> str:
    head, _, _ = mail.raw.partition(b"\r\n\r\n")
    return f"Return-Path: <{mail.sender}>\n" + head.decode("utf-8", "replace").replace("\r\n", "\n")


def _done(report: Message) -> bytes:
    return report.as_bytes(policy=policy.SMTP)
