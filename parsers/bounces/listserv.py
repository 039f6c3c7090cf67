"""LMail, LISTSERV and their imitators.

Odd: fields in the text, "Error-For:", "Error-Code:", "Error-Text:", a block per recipient;
the numeric codes are of no use to anyone else.
"""

import re
from collections.abc import Iterator

from parsers.bounces.finding import Form, Found
from parsers.bounces.lines import addresses, unfold
from parsers.bounces.notice import Notice

__all__ = ["LISTSERV"]

_FOR = re.compile(r"^[ \t]*error-for:[ \t]*([^\n]+)", re.MULTILINE | re.IGNORECASE)
_TEXT = re.compile(
    r"^[ \t]*error-text:[ \t]*([^\n]*(?:\n[ \t]+\S[^\n]*)*)", re.MULTILINE | re.IGNORECASE
)


def _read(notice: Notice) -> Iterator[Found]:
    heads = list(_FOR.finditer(notice.above))
    for at, head in enumerate(heads):
        end = heads[at + 1].start() if at + 1 < len(heads) else len(notice.above)
        text = _TEXT.search(notice.above, head.end(), end)
        for address in addresses(head[1])[:1]:
            yield Found(address, diagnostic=unfold(text[1]) if text else "")


LISTSERV = Form("listserv", ("error-for:", "a list of\nthe affected recipients follows"), _read)
