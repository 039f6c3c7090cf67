"""What one line of a mail log says, and when.

Owns the words that all readers share, and the two ways in which logs write the
time. Must not know any server's wording.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

__all__ = ["LINE_LIMIT", "STAMP", "Event", "Hand", "LogLine", "text_of", "when"]

LINE_LIMIT = 16_384  # octets; Postfix cuts its own lines at 2,000, Exim at 8,192
_TOMORROW = timedelta(days=1)

# RFC 3164 4.1.2 without a year, RFC 3339, and Exim's own form with or without a zone
STAMP = re.compile(
    r"(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}(?P<day>\d{1,2}) "
    r"(?P<clock>\d\d:\d\d:\d\d)(?:\.\d{1,9})?(?= )"
    r"|(?P<iso>\d{4}-\d\d-\d\d)[T ](?P<time>\d\d:\d\d:\d\d(?:[.,]\d{1,9})?)"
    r"(?: ?(?P<zone>Z|[+-]\d\d:?\d\d))?(?= )",
    re.ASCII,
)
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


class Event(StrEnum):
    """What the server did with a mail."""

    QUEUED = "queued"  # it is in the queue, under this id
    SENT = "sent"  # handed on for one recipient; hand says to whom
    DEFERRED = "deferred"  # not yet for one recipient; will be tried again
    BOUNCED = "bounced"  # given up for one recipient
    EXPIRED = "expired"  # the whole mail was too long in the queue: given up
    DELETED = "deleted"  # an administrator took it out of the queue
    DONE = "done"  # it left the queue, everything about it has been said


class Hand(StrEnum):
    """Who has a mail that was sent."""

    HOST = "host"  # another server, by SMTP
    MAILBOX = "mailbox"  # LMTP, a mailbox on this machine, or the program that is one
    QUEUE = "queue"  # this server again, for the addresses that an alias leads to
    NOBODY = "nobody"  # it was thrown away as configured


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line. What it does not tell is "" (or None)."""

    when: datetime  # aware where the line told a zone; else naive, as the machine's clock stood
    queue_id: str
    event: Event
    host: str = ""  # of the server, as the log calls it
    sender: str = ""  # envelope sender
    message_id: str = ""  # without angle brackets
    recipients: int | None = None  # in the queue, after aliases
    address: str = ""  # of the recipient, after aliases
    original: str = ""  # of the recipient, as it was handed in, where that differs
    hand: Hand | None = None  # of SENT
    relay: str = ""  # the next host's name
    relay_ip: str = ""  # and its address
    status: str = ""  # RFC 3463
    text: str = ""  # the next host's reply, or this server's own words


def text_of(line: bytes) -> str:
    """The line as text, its end removed; "" for one that no server writes."""
    return "" if len(line) > LINE_LIMIT else line.decode("utf-8", "replace").rstrip("\r\n\0 ")


def when(found: re.Match[str], now: datetime) -> datetime | None:
    """The moment that a match of STAMP names; None where there is no such moment.

    A year that is not told is that of now, or the one before where that lay ahead.
    """
    try:
        if found["iso"]:
            zone = found["zone"] or ""
            return datetime.fromisoformat(f"{found['iso']}T{found['time'].replace(',', '.')}{zone}")
        month, day = _MONTHS.index(found["month"]) + 1, int(found["day"])
        clock = datetime.strptime(found["clock"], "%H:%M:%S")  # noqa: DTZ007 - only the time of day
        for year in (now.year, now.year - 1):
            if (month, day) == (2, 29) and year % 4:
                continue
            said = clock.replace(year=year, month=month, day=day)
            if said <= now.replace(tzinfo=None) + _TOMORROW:
                return said
    except ValueError:
        pass
    return None
