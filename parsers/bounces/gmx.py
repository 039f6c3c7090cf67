"""GMX, mail.com, 1&1 and IONOS ("Nemesis").

Odd: the prose of Exim, but the address stands at the margin, quoted, bracketed or with
a colon; below it "SMTP error from remote server after RCPT command:" and "host: mx",
or "Reason:" and a line.
"""

import re
from collections.abc import Iterator

from parsers.bounces.finding import Form, Found
from parsers.bounces.lines import lead, unfold
from parsers.bounces.notice import Notice
from parsers.bounces.verdict import is_delay
from parsers.bounces.view import undivided
from parsers.report import Action

__all__ = ["GMX"]

_HOST = re.compile(r"\bhost: ?([\w.-]+)")


def _read(notice: Notice) -> Iterator[Found]:
    action = Action.DELAYED if is_delay(notice) else Action.FAILED
    address, words = "", [""]
    lines = [line.rstrip() for line in notice.from_line("failed")] or notice.lines
    for line in lines[: undivided(lines)]:
        head = lead(line) if line[:1].strip() else None
        if head is not None and not head[1]:
            if address:
                yield _found(address, words, action)
            address, words = head[0], []
        elif address:
            words.append(line)
    if address:
        yield _found(address, words, action)


def _found(address: str, words: list[str], action: Action) -> Found:
    text = unfold(" ".join(words)).removeprefix("Reason: ")
    host = _HOST.search(text)
    return Found(address, diagnostic=text, action=action, remote_mta=host[1] if host else "")


GMX = Form(
    "gmx",
    (
        "mailer-daemon@mail.gmx",
        "mailer-daemon@kundenserver",
        "mailer-daemon@gmx",
        "mailer-daemon@perfora",
        "mailer-daemon@mail.com\n",
        "mailer-daemon@mail.com>",
        "smtp error from remote server",
    ),
    _read,
)
