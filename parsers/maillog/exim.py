"""Exim's main log: what became of which mail, line by line.

Owns the wording of "Log files" in Exim's specification: the flags <=, =>, ->, >>, **
and ==, and the fields behind them, in whatever order log_selector puts them. A
stranger's words stand in quotes or after the last field's colon.
"""

import re
from datetime import datetime
from typing import Any

from parsers.maillog.line import STAMP, Event, Hand, LogLine, text_of, when

__all__ = ["read_exim"]

_SYSLOG = re.compile(r" (?P<host>\S{1,255}) exim[\w.-]{0,30}(?:\[\d{1,10}\])?: ", re.ASCII)
# the id was 6-6-2 until Exim 4.96 and is 6-11-4 since
_HEAD = re.compile(
    r"(?:\[\d{1,10}\] )?(?P<id>[0-9A-Za-z]{6}-[0-9A-Za-z]{6}(?:[0-9A-Za-z]{5})?-"
    r"[0-9A-Za-z]{2}(?:[0-9A-Za-z]{2})?) (?P<rest>.*)$",
    re.ASCII,
)
_FIELD = re.compile(r' (?P<key>[A-Z]|id|from|for)=(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<word>\S*))')
_ORIGINAL = re.compile(r" (?:\([^)]{0,300}\) )?<(?P<original>[^<>\s]*)>")
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_EXPIRED = ("retry timeout exceeded", "retry time not reached for any host after a long failure")
_IP = re.compile(r" \[([0-9A-Fa-f.:]{2,45})\]")
_ADDRESS = 998  # characters


def read_exim(line: bytes, now: datetime) -> LogLine | None:
    """What the line says of a mail; None where it says nothing of one. Never raises.

    Read as Exim writes it itself, or as syslog passes it on. now, of any zone,
    tells the year that syslog's timestamps leave out.
    """
    text, host = text_of(line), ""
    stamp = STAMP.match(text)
    passed_on = _SYSLOG.match(text, stamp.end()) if stamp else None
    if stamp is not None and passed_on is not None:
        host, text = passed_on["host"], text[passed_on.end() :]
        own = STAMP.match(text)
        text = text[own.end() + 1 :] if own else text
        stamp = own or stamp
    elif stamp is not None:
        text = text[stamp.end() + 1 :]
    head = _HEAD.match(text) if stamp else None
    if stamp is None or head is None:
        return None
    said = _said(head["rest"])
    at = when(stamp, now) if said else None
    if said is None or at is None:
        return None
    return LogLine(when=at, host=host, queue_id=head["id"], **said)


def _said(rest: str) -> dict[str, Any] | None:
    flag, _, tail = rest.partition(" ")
    said: dict[str, Any] | None = None
    match flag:
        case "<=":
            said = _arrived(tail)
        case "=>" | "->" | ">>":
            said = _sent(tail)
        case "==":
            said = _handled(tail, Event.DEFERRED)
        case "**":
            said = _handled(tail, Event.BOUNCED)
        case "Completed":
            said = {"event": Event.DONE}
        case "removed" if tail.startswith("by "):
            said = {"event": Event.DELETED}
    return said


def _fields(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in _FIELD.finditer(text):
        # the first counts: what follows may be the words of others
        found.setdefault(one["key"], one["word"] if one["quoted"] is None else one["quoted"])
    return found


def _arrived(tail: str) -> dict[str, Any]:
    sender, _, _ = tail.partition(" ")
    fields = _fields(tail.partition(" T=")[0])  # T is the subject
    return {
        "event": Event.QUEUED,
        "sender": "" if sender == "<>" else sender[:_ADDRESS],
        "message_id": fields.get("id", "")[:_ADDRESS],
    }


def _who(tail: str) -> tuple[str, str, str]:
    """The address, the one that it came from where that is told, and the rest of the line."""
    address, _, _ = tail.partition(" ")
    end = len(address)
    address = address.removesuffix(":")
    found = _ORIGINAL.match(tail, end)
    original = ""
    if found is not None:
        original, end = found["original"], found.end()
    if "@" not in address and original:
        address = original  # a user, a file or a command of this machine
    return address[:_ADDRESS], original[:_ADDRESS], tail[end:]


def _sent(tail: str) -> dict[str, Any]:
    thrown = tail.startswith((":blackhole:", "/dev/null "))
    address, original, rest = _who(tail)
    fields = _fields(rest)
    host = fields.get("H", "")
    if thrown:
        hand = Hand.NOBODY
    elif host and "lmtp" not in fields.get("T", "").lower():
        hand = Hand.HOST
    else:
        hand = Hand.MAILBOX
    said = fields.get("C", "")
    status = _STATUS.search(said)
    return {
        "event": Event.SENT,
        "sender": _sender(fields),
        "address": address,
        "original": "" if original == address else original,
        "hand": hand,
        "relay": host,
        "relay_ip": _ip(rest) if host else "",
        "status": status[1] if status and status[1].startswith("2") else "2.0.0",
        "text": said or "delivered",
    }


def _handled(tail: str, event: Event) -> dict[str, Any]:
    address, original, rest = _who(tail)
    told, colon, words = rest.partition(": ")
    if tail.partition(" ")[0].endswith(":"):  # no field, only words
        told, words = "", rest
    fields, text = _fields(told), (words if colon or not told else told).strip()
    digit = "4" if event is Event.DEFERRED else "5"
    status = next((one for one in _STATUS.findall(text) if one.startswith(digit)), "")
    if event is Event.BOUNCED and not status and any(words in text for words in _EXPIRED):
        status = "5.4.7"  # RFC 3463 3.5: delivery time expired
    return {
        "event": event,
        "sender": _sender(fields),
        "address": address,
        "original": "" if original == address else original,
        "relay": fields.get("H", ""),
        "relay_ip": _ip(told) if "H" in fields else "",
        "status": status,
        "text": text,
    }


def _sender(fields: dict[str, str]) -> str:
    """F is the sender, P the return path; both are told only where log_selector asks."""
    for key in ("F", "P"):
        value = fields.get(key, "")
        if value.startswith("<") and value.endswith(">"):
            return value[1:-1][:_ADDRESS]
    return ""


def _ip(text: str) -> str:
    found = _IP.search(text)
    return found[1] if found else ""
