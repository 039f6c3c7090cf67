"""Zoho Mail.

Odd: "address words, ERROR_CODE :550, ERROR_CODE :words" on one line; in delays
"[Status: Error, Address: <address>, ResponseCode 421, , words]".
"""

import re
from collections.abc import Iterator

from parsers.bounces.finding import Form, Found
from parsers.bounces.lines import lead
from parsers.bounces.notice import Notice
from parsers.bounces.verdict import is_delay
from parsers.report import Action

__all__ = ["ZOHO"]

_STATUS = re.compile(
    r"\[Status:[^,\n]{0,40}, Address:[ \t]*<?([^<>\s,]{1,384})>?,[ \t]*"
    r"(?:ResponseCode[ \t]*:?(\d{3})?,?)?([^\n\]]*)"
)
_CODE = re.compile(r"(?:ERROR_CODE|ResponseCode)[ \t]*:?[ \t]*(\d{3})")


def _read(notice: Notice) -> Iterator[Found]:
    action = Action.DELAYED if is_delay(notice) else Action.FAILED
    for status in _STATUS.finditer(notice.above):
        words = " ".join(status[3].replace(",", " ").split())
        yield Found(status[1], diagnostic=words, action=action, reply_code=status[2] or "")
    for line in notice.lines:
        head = lead(line)
        if head is not None and "ERROR_CODE" in head[1]:
            code = _CODE.search(head[1])
            words = re.sub(r"ERROR_CODE[ \t]*:[ \t]*(?:\d{3}[ \t]*,?)?", "", head[1])
            reply = code[1] if code else ""
            yield Found(
                head[0], diagnostic=" ".join(words.split()), action=action, reply_code=reply
            )


ZOHO = Form("zoho", ("x-mailer: zoho mail", "mailer-daemon@mail.zoho", "error_code :"), _read)
