"""The list servers fml 4 and fml 8: the list itself refuses a post.

Odd: what failed is the list's address, and it may stand nowhere but in one pair of
brackets, or in the administrator's address ("cats-admin@" of the list "cats@").
"""

import re
from collections.abc import Iterator

from parsers.bounces.finding import Form, Found
from parsers.bounces.lines import addresses, bracketed, unfold
from parsers.bounces.notice import Notice

__all__ = ["FML"]

_ADMIN = re.compile(r"-(?:admin|request|ctl|owner)@")


def _read(notice: Notice) -> Iterator[Found]:
    subject = notice.subject
    if not notice.header("x-mlserver").lower().startswith("fml"):
        return
    low = f"{subject}\n{notice.low[:600]}".lower()
    if not any(
        words in low for words in ("loop alert", "duplicated", "not member", "reject", "error")
    ):
        return
    admin = (addresses(notice.sender) or [""])[0]
    the_list = _ADMIN.sub("@", admin)
    address = the_list if the_list != admin else bracketed(notice.above) or admin
    if address:
        yield Found(address, diagnostic=unfold(f"{subject}. {notice.above[:400]}"))


FML = Form("fml", ("loop alert:", "not member article", "duplicated message-id", "fml"), _read)
