"""Trend Micro InterScan (VirusWall, Messaging Security Suite).

Odd: either one sentence, "Unable to deliver message to <address> (and other recipients
in the same domain)", or the dialogue as "Sent >>> RCPT TO:<address>" and "Received <<< 550 ...".
"""

import re
from collections.abc import Iterator

from parsers.bounces.finding import Form, Found
from parsers.bounces.lines import unfold
from parsers.bounces.notice import Notice
from parsers.bounces.verdict import verdict_words

__all__ = ["INTERSCAN"]

_UNABLE = re.compile(r"unable to deliver message to[ \t\n]*<?([^<>\s]{1,384})>?", re.IGNORECASE)
_DIALOGUE = re.compile(
    r"sent[ \t]*(?:>>>|<<<)[ \t]*rcpt to:[ \t]*<([^<>\s]{1,384})>[^\n]*\n\s*"
    r"received[ \t]*(?:<<<|>>>)[ \t]*([45]\d\d[^\n]*)",
    re.IGNORECASE,
)


def _read(notice: Notice) -> Iterator[Found]:
    asked = False
    for dialogue in _DIALOGUE.finditer(notice.above):
        asked = True
        yield Found(dialogue[1], diagnostic=unfold(dialogue[2]), command="RCPT")
    if asked:
        return
    for unable in _UNABLE.finditer(notice.above):
        if "@" in unable[1]:
            yield Found(unable[1].rstrip(".,;"), diagnostic=verdict_words(notice))


INTERSCAN = Form(
    "interscan", ("interscan", "unable to deliver message to <", "sent >>>", "sent <<<"), _read
)
