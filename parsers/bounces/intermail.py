"""InterMail, Post.Office, Netscape Messaging Server and the mail of au (ezweb).

Odd: the reason comes first, in a paragraph ("This Message was undeliverable due to the
following reason:"), then the addresses between angle brackets, alone on their lines and
sometimes after "SMTP"; or "Recipient:" and "Reason:" in pairs. "Please reply to <Postmaster@...>"
ends it, and is no recipient. au adds Japanese before and after.
"""

import re
from collections.abc import Iterator

from parsers.bounces.finding import Form, Found
from parsers.bounces.lines import addresses, lead, unfold
from parsers.bounces.notice import Notice
from parsers.bounces.verdict import is_delay, verdict_words
from parsers.report import Action

__all__ = ["INTERMAIL"]

_PAIR = re.compile(
    r"^[ \t]*recipient:[ \t]*<?([^<>\s]{1,384})>?[ \t]*(?:\n[ \t]*reason:[ \t]*(.*(?:\n[ \t]+.*)*))?",
    re.MULTILINE | re.IGNORECASE,
)
_SIGNED = ("please reply to", "if you feel", "please contact", "questions or comments")


def _read(notice: Notice) -> Iterator[Found]:
    action = Action.DELAYED if is_delay(notice) else Action.FAILED
    paired = False
    for pair in _PAIR.finditer(notice.above):
        if "@" in pair[1]:
            paired = True
            yield Found(pair[1], diagnostic=unfold(pair[2] or "") or verdict_words(notice))
    if paired:
        return
    words: list[str] = []
    found: list[str] = []
    asked = ""
    for line in notice.lines:
        stripped = line.strip()
        if stripped.lower().startswith(_SIGNED):
            break
        head = lead(stripped)
        if head is not None and not head[1]:
            found.append(head[0])
        elif stripped.startswith((">>>", "<<<")):
            words.append(stripped[3:].strip())
            asked = asked or (addresses(stripped) or [""])[0]
        elif stripped.isascii() and stripped:
            words.append(stripped)
    diagnostic = unfold(" ".join(words))[:1_000]
    for address in found or [asked] * bool(asked):
        yield Found(address, diagnostic=diagnostic, action=action)


INTERMAIL = Form(
    "intermail",
    (
        "from: postmaster@ezweb.ne.jp",
        "mail system error - returned mail",
        "this message was undeliverable due to the following reason",
        "the following recipients did not receive",
        "the following destination addresses were unknown",
        "the user(s) account is",
        "each of the following recipients was rejected",
        "your message was not delivered because",
        "your message was not delivered within",
    ),
    _read,
)
