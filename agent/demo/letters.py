"""The reports that the demo's people and servers send back, in the forms that real ones have.

Owns their text. Must not decide who sends what (agent.demo.cast) or carry
anything (agent.demo.far_end, agent.demo.post).
"""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.utils import format_datetime, make_msgid

__all__ = ["Received", "away", "delivery_report", "own_words_bounce", "receipt", "reply"]

_MX = "mx.kontor.example"
_BOUNDARY = "=_kontor"


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
    ]
    return _report(
        {**_address(mail, f"MAILER-DAEMON@{_MX}", status_name), "Auto-Submitted": "auto-replied"},
        "delivery-status",
        [
            ("text/plain", f"This is the mail system at host {_MX}.\n\n{status_name}"),
            ("message/delivery-status", "\n".join(fields)),
            ("text/rfc822-headers", _headers_of(mail)),
        ],
    )


def own_words_bounce(mail: Received) -> bytes:
    """A failure in qmail's own form, with no machine-readable part (cr.yp.to/proto/qsbmf.txt)."""
    copy = mail.raw.decode("utf-8", "replace").replace("\r\n", "\n")
    return _plain(
        _address(mail, f"MAILER-DAEMON@{_MX}", "failure notice"),
        f"Hi. This is the qmail-send program at {_MX}.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.\n\n"
        f"<{mail.recipient}>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n"
        f"--- Below this line is a copy of the message.\n\n{copy}",
    )


def receipt(mail: Received, disposition: str, *, agent: str, subject: str) -> bytes:
    """An RFC 8098 notification to whom the message asked it to go."""
    fields = [
        f"Reporting-UA: {agent}",
        f"Final-Recipient: rfc822; {mail.recipient}",
        f"Original-Message-ID: {mail.header('Message-ID')}",
        f"Disposition: {disposition}",
    ]
    to = mail.header("Disposition-Notification-To")
    return _report(
        _address(mail, mail.recipient, subject, to=to),
        "disposition-notification",
        [
            ("text/plain", f"About your message to {mail.recipient}: {subject}"),
            ("message/disposition-notification", "\n".join(fields)),
        ],
    )


def away(mail: Received) -> bytes:
    """An out-of-office answer (RFC 3834) to the envelope sender."""
    headers = _address(mail, mail.recipient, f"Automatic reply: {mail.header('Subject')}")
    return _plain(
        {**headers, "Auto-Submitted": "auto-replied", "In-Reply-To": mail.header("Message-ID")},
        "I am out of the office until Monday. In urgent cases ask the front desk.",
    )


def reply(mail: Received) -> bytes:
    """A person's answer, to Reply-To where there is one."""
    to = mail.header("Reply-To") or mail.header("From")
    headers = _address(mail, mail.recipient, f"Re: {mail.header('Subject')}", to=to)
    return _plain(
        {
            **headers,
            "Return-Path": f"<{mail.recipient}>",  # only programs write with none
            "In-Reply-To": mail.header("Message-ID"),
        },
        "Thank you, I have seen it and will be there.\n\n> You are receiving this",
    )


def _address(mail: Received, sender: str, subject: str, to: str = "") -> dict[str, str]:
    return {
        "Return-Path": "<>",
        "Delivered-To": to or mail.sender,
        "From": sender,
        "To": to or mail.sender,
        "Subject": subject,
        "Date": format_datetime(mail.at),
        "Message-ID": make_msgid(domain=_MX),
        "MIME-Version": "1.0",
    }


def _plain(headers: dict[str, str], text: str) -> bytes:
    return _joined({**headers, "Content-Type": "text/plain; charset=utf-8"}, text)


def _report(headers: dict[str, str], report_type: str, parts: list[tuple[str, str]]) -> bytes:
    """A multipart/report by hand: the stdlib's generator wants status parts as objects."""
    body = [f"--{_BOUNDARY}\nContent-Type: {kind}\n\n{text}\n" for kind, text in parts]
    kind = f'multipart/report; report-type={report_type}; boundary="{_BOUNDARY}"'
    return _joined({**headers, "Content-Type": kind}, "\n".join(body) + f"\n--{_BOUNDARY}--\n")


def _joined(headers: dict[str, str], body: str) -> bytes:
    head = "".join(f"{name}: {value}\n" for name, value in headers.items())
    return f"{head}\n{body}".replace("\n", "\r\n").encode()


def _headers_of(mail: Received) -> str:
    head, _, _ = mail.raw.partition(b"\r\n\r\n")
    return f"Return-Path: <{mail.sender}>\n" + head.decode("utf-8", "replace").replace("\r\n", "\n")
