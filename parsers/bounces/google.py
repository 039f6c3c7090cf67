"""Gmail and Google Groups in plain text.

Odd: the address stands alone, five blanks in; "Technical details of permanent
failure" holds a paragraph of advice in the reader's language, and the far server's
words in its middle ("The error that the other server returned was: 550 ...
(state 14)."). Groups name the list in X-Failed-Recipients only, say in the reader's
language that one may not post there, and sign.
"""

import re
from collections.abc import Iterator

from parsers.bounces.finding import Form, Found
from parsers.bounces.lines import addresses, listed, unfold
from parsers.bounces.notice import Notice
from parsers.bounces.verdict import is_delay
from parsers.report import Action, Reason

__all__ = ["GMAIL", "GOOGLE_GROUPS"]

_SERVER = re.compile(r"\bby ([\w-]+(?:\.[\w-]+)+)\.? \[")
_SIGNED = re.compile(r"\n[ \t]*google groups[^\n.,]{0,12}\n")
_HELP = "support.google.com/a/"  # the domain's own groups, signed by its administrators
_DETAILS = "technical details of "
_RETURNED = (
    "the error that the other server returned was:",
    "the response from the remote server was:",
    "the response was:",
)


def _gmail(notice: Notice) -> Iterator[Found]:
    action = Action.DELAYED if is_delay(notice) else Action.FAILED
    named = addresses(notice.header("x-failed-recipients"))
    if not named:
        for words in ("delivery to the following recipient", "your message wasn't delivered to"):
            named = [entry.address for entry in listed(notice.from_line(words))]
            if named:
                break
    words = _words(notice)
    host = _SERVER.search(notice.above)
    for address in named:
        yield Found(address, diagnostic=words, action=action, remote_mta=host[1] if host else "")


def _words(notice: Notice) -> str:
    """The far server's own words; else the details; else everything Gmail wrote."""
    for marker in _RETURNED:
        at = notice.low.rfind(marker)
        if at >= 0:
            return unfold(notice.above[at + len(marker) :])[:2_000]
    at = notice.low.find(_DETAILS)
    if at >= 0:
        return unfold(notice.above[at:].partition(":")[2])[:2_000]
    return unfold(notice.above)[:600]


def _groups(notice: Notice) -> Iterator[Found]:
    low = notice.low
    named = addresses(notice.header("x-failed-recipients"))
    ours = [address for address in named if address.endswith("@googlegroups.com")]
    if not ours and not ("googlegroups.com" in low or "google groups" in low or _HELP in low):
        return
    words = unfold(notice.above)[:600]
    signed = _SIGNED.search(low) is not None or (_HELP in low and _DETAILS not in low)
    for address in named:
        # of a group that is named so nothing is told but that one may not post there
        is_refused = signed or (address in ours and _DETAILS not in low)
        yield Found(address, diagnostic=words, reason=Reason.REJECTED if is_refused else None)


GMAIL = Form("gmail", ("@googlemail.com>", "@google.com>", "mailer-daemon@googlemail.com"), _gmail)
GOOGLE_GROUPS = Form("googlegroups", ("@googlemail.com>", "mailer-daemon@googlemail.com"), _groups)
