"""A bounce that a person passed on by hand.

Odd: the notice is quoted ("> ") or indented under "Begin forwarded message:", with the mail
system named in a "From:" line of it. A reply that merely quotes a bounce has no such lead
and is not read: its author means to say something else. So does who asks or tells something above
it, or passes it on to a list: that is no news about a mail of ours.
"""

import re
from collections.abc import Iterator

from parsers.bounces.finding import Form, Found
from parsers.bounces.lines import listed, unfold
from parsers.bounces.notice import Notice
from parsers.bounces.qmail import HEAD

__all__ = ["FORWARD", "FORWARDED", "forwarded"]

FORWARD = re.compile(r"\s*(?:fw|fwd|wg|tr|rv|enc|i|vs|vb|转发)[ \t]*[:：]", re.IGNORECASE)
_FROM_DAEMON = re.compile(
    r"^[ \t>|]*(?:from|von|de|da|van|od|差出人)[ \t]*[:：][^\n]*(?:mailer-daemon|postmaster"
    r"|mail delivery)",
    re.MULTILINE | re.IGNORECASE,
)
_BEGIN = re.compile(r"^[ \t>]*(?:-{2,}|_{3,}|begin forwarded)", re.MULTILINE | re.IGNORECASE)
_SHORT = 60  # characters that say no more than that it came
_LIST = re.compile(
    r"(?:addresses had|recipients?|address(?:\(es\)|es)?)[^\n]{0,60}(?:errors|failed|:)"
)
_REASON = re.compile(r"\(?reason:[ \t]*(.*)", re.DOTALL)


def forwarded(notice: Notice) -> tuple[str, str]:
    """The header and the text of a mail system's notice that somebody passes on; "" if nobody."""
    if not FORWARD.match(notice.subject) or notice.header("list-id"):
        return "", ""
    origin = _FROM_DAEMON.search(notice.text)
    if origin is None:
        return "", ""
    comment = _BEGIN.split(notice.text[: origin.start()], maxsplit=1)[0]
    if "?" in comment or len(comment.strip()) > _SHORT:
        return "", ""
    lines = [line.lstrip(">").removeprefix(" ") for line in notice.text[origin.end() :].split("\n")]
    return origin[0].lstrip("\n> "), "\n".join(lines)


def _read(notice: Notice) -> Iterator[Found]:
    _, text = forwarded(notice)
    intro = _LIST.search(text.lower())
    if intro is not None:
        for entry in listed(text[intro.end() :].partition("\n")[2].split("\n"), named=True):
            stated = _REASON.match(entry.text)
            words = stated[1].removesuffix(")") if stated else entry.text
            yield Found(entry.address, diagnostic=words)
        return
    heads = list(HEAD.finditer(text))
    for at, head in enumerate(heads):
        end = heads[at + 1].start() if at + 1 < len(heads) else len(text)
        words = text[head.end() : end].partition("\n\n")[0]
        yield Found(head[1], head[2] or "", unfold(words))


FORWARDED = Form(
    "forwarded", ("subject: fwd:", "subject: fw:", "subject: wg:", "subject: tr:"), _read
)
