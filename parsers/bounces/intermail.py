"""InterMail, Post.Office, Netscape Messaging Server and the mail of au (ezweb).

Odd: the reason comes first, in a paragraph ("This Message was undeliverable due to the
following reason:"), then the addresses between angle brackets, alone on their lines and
sometimes after "SMTP"; or "Recipient:" and "Reason:" in pairs. "Please reply to <Postmaster@...>"
ends it, and is no recipient. au adds Japanese before and after.
"""

import re
from collections.abc import Iterator

from parsers.bounces.finding import Form, Found
from parsers.bounces.lines import REACHED, addresses, lead, unfold
from parsers.bounces.notice import Notice
from parsers.bounces.verdict import is_delay, is_refusal, verdict_words
from parsers.bounces.view import undivided
from parsers.report import Action

__all__ = ["INTERMAIL"]

_LABEL = re.compile(r"^[ \t]*(recipient|reason):[ \t]*(.*)$", re.MULTILINE | re.IGNORECASE)
_TYPED = re.compile(r"\bSMTP[ \t]+<([^<>\s]{1,384})>")
_QUOTES = "was rejected by"
_SIGNED = ("please reply to", "if you feel", "please contact", "questions or comments")


def _read(notice: Notice) -> Iterator[Found]:
    action = Action.DELAYED if is_delay(notice) else Action.FAILED
    pairs = list(_pairs(notice))
    for address, reason in pairs:
        yield Found(address, diagnostic=reason or verdict_words(notice), action=action)
    if pairs:
        return
    words: list[str] = []
    found: list[str] = []
    asked: list[str] = []
    got = False
    for line in notice.lines[: undivided(notice.lines)]:
        stripped = line.strip()
        if stripped.lower().startswith(_SIGNED):
            break
        head = lead(stripped)
        got = REACHED.match(stripped) is not None or (got and head is not None)
        if got:
            continue
        typed = _TYPED.search(stripped)
        if head is not None and (not head[1] or is_refusal(head[1])):
            found.append(head[0])
            words.append(head[1])
        elif typed is not None:
            found.append(typed[1])
            words.append(stripped[: typed.start()])
        elif stripped.startswith((">>>", "<<<")):
            words.append(stripped[3:].strip())
            asked += addresses(stripped) if "rcpt" in stripped.lower() else ()
        elif stripped.isascii() and stripped:
            words.append(stripped)
    said = unfold(" ".join(words))
    # a long explanation of what may be wrong, then what the far side said
    own = said.rpartition(_QUOTES)[2]
    diagnostic = (own if is_refusal(own) else said)[:1_000]
    for address in found or asked:
        yield Found(address, diagnostic=diagnostic, action=action)


def _pairs(notice: Notice) -> Iterator[tuple[str, str]]:
    """Address and reason of each "Recipient:" with what stands up to the next."""
    labels = list(_LABEL.finditer(notice.above))
    for at, label in enumerate(labels):
        if label[1].lower() != "recipient" or "@" not in label[2]:
            continue
        reason = ""
        if at + 1 < len(labels) and labels[at + 1][1].lower() == "reason":
            start = labels[at + 1].start(2)
            end = labels[at + 2].start() if at + 2 < len(labels) else len(notice.above)
            reason = unfold(notice.above[start:end].partition("\n\n")[0])
        yield label[2].strip("<> \t"), reason


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
