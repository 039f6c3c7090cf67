"""Postfix without a status part, and "Postfix SMTP server: errors from ...".

Odd: "<address> (expanded from <alias>): host mx[192.0.2.1] said: 550 ... (in reply to
RCPT TO command)", folded at any blank. Providers put their own prose, in their own
language, before it. The second form is a transcript for the postmaster; in it the
recipient is the last RCPT TO that the server accepted before it failed. Reports of
success have the same layout and come only where they were asked for.
"""

import re
from collections.abc import Iterator

from parsers.bounces.finding import Form, Found
from parsers.bounces.lines import bracketed
from parsers.bounces.notice import Notice
from parsers.bounces.qmail import paragraphs
from parsers.bounces.verdict import is_delay
from parsers.report import Action

__all__ = ["POSTFIX", "POSTFIX_SESSION"]

_SUCCESS = ("delivery report that you requested", "your message was successfully delivered")
_REPLIES = 20  # lines of one, no server's is longer
_ANSWERED = re.compile(r"delivery via [^:]{1,200}(?::\d+)?: 2\d\d")
_HOST = re.compile(
    r"\b(?:host|connect to|lost connection with|conversation with|delivery via) ([\w.-]+)\["
)


def _read(notice: Notice) -> Iterator[Found]:
    success = any(words in notice.low for words in _SUCCESS)
    action = Action.DELAYED if not success and is_delay(notice) else Action.FAILED
    for address, original, words in paragraphs(notice):
        host = _HOST.search(words)
        if success:
            action = Action.RELAYED if _ANSWERED.search(words) else Action.DELIVERED
        yield Found(
            address,
            original,
            words,
            action,
            reporting_mta=notice.reporter,
            remote_mta=host[1] if host else "",
        )


def _session(notice: Notice) -> Iterator[Found]:
    recipients: list[str] = []
    command = ""
    replies: list[str] = []  # to the command that ends the transaction, for all of its recipients
    # the lines of a folded command or reply are indented deeper than " Out: "
    lines = re.sub(r"\n {5}", " ", notice.text).split("\n")
    for line in [*lines, "In:"]:
        side, _, said = line.strip().partition(":")
        said = said.strip()
        if side == "In":
            if replies:
                told = " ".join(replies)
                yield from (Found(one, diagnostic=told, command=command) for one in recipients)
                recipients, replies = [], []
            command = said.partition(" ")[0].upper()
            if command == "RCPT" and (address := bracketed(said)):
                recipients.append(address)
        elif side == "Out" and said[:1] in {"4", "5"}:
            if command == "RCPT" and recipients:
                yield Found(recipients.pop(), diagnostic=said, command=command)
            elif command in {"DATA", "."} and len(replies) < _REPLIES:
                replies.append(said)


POSTFIX = Form(
    "postfix",
    (
        "this is the postfix program",
        "this is the mail system at host",
        "the postfix",
        "<postmaster>\n\nif you do so, please include this problem report",
        "please include this problem report",
        "(mail delivery system)",
        "mail delivery system <",
        "undelivered mail returned to sender",
    ),
    _read,
)
POSTFIX_SESSION = Form(
    "postfix-session", ("smtp server: errors from", "smtp client: errors"), _session
)
