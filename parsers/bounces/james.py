"""Apache James, and Verizon's picture messages that descend from it.

Odd: the recipient stands in "RCPT TO:" among "Message details:", or below "Failed
recipient(s):"; the far server's words below "Error message below:" ("550 - ...").
Verizon's multipart/alternative has its boundary in the body, so all of it is text.
"""

import re
from collections.abc import Iterator

from parsers.bounces.finding import Form, Found
from parsers.bounces.lines import addresses, unfold
from parsers.bounces.notice import Notice
from parsers.bounces.verdict import verdict_words

__all__ = ["JAMES"]

_ERROR = re.compile(r"^[ \t]*error(?: message)?(?: below)?[ \t]*:[ \t]*\n?([^\n]*)", re.MULTILINE)
_RCPT = re.compile(r"^[ \t]*(?:rcpt to|failed recipient(?:\(s\)|s)?)[ \t]*:\s*", re.MULTILINE)


def _read(notice: Notice) -> Iterator[Found]:
    words = ""
    for error in _ERROR.finditer(notice.low):
        words = unfold(notice.above[error.start(1) : error.end(1)]) or words
    labels = list(_RCPT.finditer(notice.low))
    for at, rcpt in enumerate(labels):
        end = labels[at + 1].start() if at + 1 < len(labels) else len(notice.above)
        block = notice.above[rcpt.end() : end].partition("\n\n")[0]
        if "rcpt" in rcpt[0]:
            block = block.partition("\n")[0]
        for address in addresses(block):
            yield Found(address, diagnostic=words or verdict_words(notice))


JAMES = Form("james", ("error message below:", "failed recipient(s):", "message details:"), _read)
