"""Postfix's log: what became of which mail, line by line.

Owns the wording of qmgr, cleanup, the delivery agents and postsuper. Postfix
writes a stranger's words only at the end of a line or between angle brackets, so
every pattern is anchored at the line's start. Lines of the SMTP server's refusals
(NOQUEUE) are left alone: whoever was refused knows.
"""

import re
from datetime import datetime
from typing import Any

from parsers.maillog.line import STAMP, Event, Hand, LogLine, text_of, when

__all__ = ["read_postfix"]

_HEAD = re.compile(
    r" (?P<host>\S{1,255}) (?P<program>[\w.-]{1,64}(?:/[\w.-]{1,64}){1,4})\[\d{1,10}\]: "
    r"(?P<id>[0-9A-Za-z]{5,40}): ",
    re.ASCII,
)
_FROM = re.compile(
    r"from=<(?P<sender>.{0,998}?)>, (?:size=\d+, nrcpt=(?P<nrcpt>\d{1,9}) |"
    r"status=(?P<status>(?:force-)?expired), )"
)
_MESSAGE_ID = re.compile(r"(?:resent-)?message-id=<?(?P<id>[^\s<>]{1,998})>?$")
_TO = re.compile(
    r"to=<(?P<to>.{0,998}?)>, (?:orig_to=<(?P<orig>.{0,998}?)>, )?relay=(?P<relay>[^\s,]{1,300}), "
    r"(?:conn_use=\d+, )?delay=[\d.]+, delays=[\d./]+, "
    r"dsn=(?P<dsn>[245]\.\d{1,3}\.\d{1,3}), status=(?P<status>\w{1,20}) \((?P<text>.*)\)$"
)
_EVENTS = {"sent": Event.SENT, "deferred": Event.DEFERRED, "bounced": Event.BOUNCED}
_MAILBOXES = frozenset({"lmtp", "local", "virtual", "pipe"})
_HOSTS = frozenset({"smtp", "relay", "smtps"})


def read_postfix(line: bytes, now: datetime) -> LogLine | None:
    """What the line says of a mail; None where it says nothing of one. Never raises.

    now, of any zone, tells the year that traditional timestamps leave out.
    """
    text = text_of(line)
    stamp = STAMP.match(text)
    head = _HEAD.match(text, stamp.end()) if stamp else None
    if stamp is None or head is None:
        return None
    program = head["program"].rpartition("/")[2]
    rest = text[head.end() :]
    said = _said(rest, program)
    at = when(stamp, now) if said else None
    if said is None or at is None:
        return None
    return LogLine(when=at, host=head["host"], queue_id=head["id"], **said)


def _said(rest: str, program: str) -> dict[str, Any] | None:
    if rest.startswith("to=<"):
        return _handled(rest, program)
    if rest.startswith("from=<") and program in {"qmgr", "nqmgr"}:
        found = _FROM.match(rest)
        if found is None:
            return None
        if found["status"]:
            words = f"the queue's time limit was reached ({found['status']})"
            return {"event": Event.EXPIRED, "sender": found["sender"], "text": words}
        count = int(found["nrcpt"])
        return {"event": Event.QUEUED, "sender": found["sender"], "recipients": count}
    if rest == "removed":
        return {"event": Event.DELETED if program == "postsuper" else Event.DONE}
    found = _MESSAGE_ID.match(rest) if program == "cleanup" else None
    return {"event": Event.QUEUED, "message_id": found["id"]} if found else None


def _handled(rest: str, program: str) -> dict[str, Any] | None:
    found = _TO.match(rest)
    event = _EVENTS.get(found["status"]) if found else None
    if found is None or event is None:
        return None
    hand = _hand(program, found["text"]) if event is Event.SENT else None
    if event is Event.SENT and hand is None:
        return None
    relay, _, ip = found["relay"].partition("[")
    return {
        "event": event,
        "address": found["to"],
        "original": found["orig"] or "",
        "hand": hand,
        "relay": "" if relay in {"none", "local", "virtual"} else relay,
        "relay_ip": ip.partition("]")[0],
        "status": found["dsn"],
        "text": found["text"],
    }


def _hand(program: str, text: str) -> Hand | None:
    """Who took it, by the program that speaks. None: it was not a mail on its way."""
    if program in _HOSTS:
        return Hand.HOST
    if program == "discard" or text == "delivered to file: /dev/null":
        return Hand.NOBODY
    if program in _MAILBOXES:
        return Hand.QUEUE if text.startswith("forwarded as ") else Hand.MAILBOX
    return None
