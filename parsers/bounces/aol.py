"""AOL's old gateway, and others who name a mailbox without its domain.

Odd: the recipient is a screen name, alone and indented; its domain is that of the
notice's own sender. CompuServe and the "ph" directory servers of universities do the same.
"""

import re
from collections.abc import Iterator

from parsers.bounces.finding import Form, Found
from parsers.bounces.lines import lead, unfold
from parsers.bounces.notice import Notice
from parsers.bounces.verdict import is_failure, verdict_words

__all__ = ["AOL", "PH"]

_SCREEN_NAME = re.compile(r"^[ \t]{1,16}([A-Za-z0-9][A-Za-z0-9._-]{1,48})[ \t]*$")
_ROW = re.compile(
    r"^[ \t]{0,16}<?([A-Za-z][A-Za-z0-9._'-]{1,48})>?(?:[ \t]{2,}|\t|:[ \t]+|[ \t]+-+[ \t]+)(\S.*)$"
)


def _aol(notice: Notice) -> Iterator[Found]:
    words = unfold(notice.above)[:600]
    for line in notice.lines:
        name = _SCREEN_NAME.match(line)
        if name is not None and (address := notice.whole(name[1])):
            yield Found(address, diagnostic=words)
        elif line[:1] in " \t" and (head := lead(line)) is not None and not head[1]:
            yield Found(head[0], diagnostic=words)


def _ph(notice: Notice) -> Iterator[Found]:
    started = False
    for line in notice.lines:
        if not line:
            continue
        if not started:
            started = is_failure(line.lower()) and line.rstrip().endswith(":")
            continue
        row = _ROW.match(line)
        if row is not None and ("match" in row[2].lower() or "unknown" in row[2].lower()):
            address = notice.whole(row[1])
            if address:
                yield Found(address, diagnostic=unfold(row[2]) or verdict_words(notice))
        elif line.strip().startswith("---"):
            return


AOL = Form(
    "aol",
    (
        "your mail to the following recipients could not be delivered because",
        "the following screen name",
        "the screen name",
        "screenname",
    ),
    _aol,
)
PH = Form("ph", ("no matches to nameserver query", "phquery", "nameserver query"), _ph)
