"""A mailbox that answers for itself that it is closed, and that the mail was not delivered.

Odd: the sender is the recipient, and the notice names nobody: "This account is closed.
Your message was not delivered." Both must be said, by a program, of no other address;
whoever only has left, or names another place to write to, is an auto-reply.
"""

from collections.abc import Iterator

from parsers.bounces.finding import Form, Found
from parsers.bounces.gatewords import MAIL_WORDS
from parsers.bounces.lines import addresses, unfold
from parsers.bounces.notice import Notice
from parsers.bounces.senders import is_by_program, is_daemon
from parsers.bounces.verdict import holds, is_failure

__all__ = ["CLOSED"]

_LONGEST = 800  # characters; more is somebody's letter
_CLOSED = (
    "account is closed",
    "account is now closed",
    "account has been closed",
    "account was closed",
    "account closed",
    "account has been deactivated",
    "account has been discontinued",
    "account is no longer",
    "account no longer exists",
    "mailbox is closed",
    "mailbox has been closed",
    "mailbox was closed",
    "mailbox is no longer",
    "mailbox no longer exists",
    "address is closed",
    "address has been closed",
    "address has been discontinued",
    "address is no longer",
    "address no longer exists",
)


def _read(notice: Notice) -> Iterator[Found]:
    sender = addresses(notice.sender)
    if len(sender) != 1 or is_daemon(notice) or not is_by_program(notice):
        return
    words = unfold(notice.above[: _LONGEST + 1])
    if len(words) > _LONGEST or any(one.lower() != sender[0].lower() for one in addresses(words)):
        return
    low = f"{notice.subject} {words}".lower()
    if holds(low, _CLOSED) and is_failure(low) and holds(low, MAIL_WORDS):
        yield Found(sender[0], diagnostic=words)


CLOSED = Form("closed", _CLOSED, _read)
