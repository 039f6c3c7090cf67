"""Ipswitch IMail ("SMTP32").

Odd: one line per recipient, the reason before the colon: "User mailbox exceeds allowed
size: cat@example.com". A rejection names the address in "undeliverable to", and the far
server's words below "Body of message generated response:".
"""

import re
from collections.abc import Iterator

from parsers.bounces.finding import Form, Found
from parsers.bounces.lines import unfold
from parsers.bounces.notice import Notice

__all__ = ["IMAIL"]

_LINE = re.compile(
    r"^[ \t]*(?!to:|from:|cc:|subject:|date:)([A-Za-z][^:\n@]{2,80}?)"
    r"(?::[ \t]*|(?<=undeliverable to)[ \t]+)"
    r"[<'\"]?([^\s<>:'\"()]{1,128}@[^\s<>:'\"()]{1,255})[>'\"]?[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)


def _read(notice: Notice) -> Iterator[Found]:
    response = notice.low.find("generated response:")
    said = unfold(notice.above[response:].partition(":")[2]) if response >= 0 else ""
    for line in _LINE.finditer(notice.above):
        yield Found(line[2], diagnostic=said or line[1].strip())


IMAIL = Form("imail", ("<smtp32",), _read)
