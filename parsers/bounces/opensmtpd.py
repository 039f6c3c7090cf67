"""OpenSMTPD before it wrote standard reports, and their text since.

Odd: "address: words" at the margin below an indented greeting; the same greeting
tells of errors, of delays and of deliveries, in one sentence that differs.
"""

from collections.abc import Iterator

from parsers.bounces.finding import Form, Found
from parsers.bounces.lines import listed
from parsers.bounces.notice import Notice
from parsers.report import Action

__all__ = ["OPENSMTPD"]


def _read(notice: Notice) -> Iterator[Found]:
    lines = notice.from_line("list of recipients:") or notice.from_line("these recipients")
    low = notice.low
    if "successfully delivered" in low:
        action = Action.DELIVERED
    elif "is delayed" in low or "has been delayed" in low or "delayed for more" in low:
        action = Action.DELAYED
    else:
        action = Action.FAILED
    for entry in listed(lines):
        yield Found(entry.address, diagnostic=entry.text, action=action)


OPENSMTPD = Form("opensmtpd", ("this is the mailer-daemon, please do not reply",), _read)
