"""The demo's people: who they are, how their mail fares, and what must be reported of it.

Owns the programme: what `landed` has to find out is written here by hand, once,
so that the demo can check its own gap report against it. Must not look into
the ledger.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from agent.demo.letters import (
    Received,
    away,
    delivery_report,
    own_words_bounce,
    receipt,
    reply,
)

__all__ = ["CAST", "NOTICES", "Habit", "Notice", "Person", "Town", "owed_gaps"]

DOMAIN = "kontor.example"
BOUNCE_DOMAIN = f"bounces.{DOMAIN}"


class Habit(StrEnum):
    """How mail to a person fares."""

    ARRIVES = "arrives"  # 451 once (greylisting), then a success report says delivered
    READS = "reads"  # arrives, and a read receipt comes back
    ANSWERS = "answers"  # arrives, and the person writes back
    AWAY = "is away"  # an out-of-office answer comes back
    GATEWAY = "sits behind a gateway"  # relayed, and no more is ever heard
    QUIET = "is never heard of"  # accepted, then nothing at all
    UNKNOWN = "has left"  # refused in session: 550 5.1.1
    FULL = "has a full mailbox"  # accepted, then a failure report 5.2.2
    OWN_WORDS = "bounces without a standard"  # accepted, then qmail's prose
    SLOW = "has a slow server"  # accepted, then "delayed"
    REFUSES = "refuses by filter"  # a Sieve reject that looks like a receipt
    UNREAD = "deletes unread"  # Outlook's "Not read"


@dataclass(frozen=True, slots=True)
class Person:
    """One recipient."""

    name: str
    habit: Habit

    @property
    def address(self) -> str:
        """Where mail to this person goes."""
        return f"{self.name.lower()}@{DOMAIN}"


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice of the programme."""

    key: str
    notice_class: str  # "bulletin": shown delivered; "reminder": silence will do; "alarm": answered
    subject: str
    to: tuple[str, ...]  # names of the cast


CAST = (
    Person("Ada", Habit.ARRIVES),
    Person("Ben", Habit.READS),
    Person("Cleo", Habit.ANSWERS),
    Person("Dora", Habit.AWAY),
    Person("Emil", Habit.GATEWAY),
    Person("Fay", Habit.QUIET),
    Person("Gus", Habit.UNKNOWN),
    Person("Hana", Habit.FULL),
    Person("Ivan", Habit.OWN_WORDS),
    Person("Jun", Habit.SLOW),
    Person("Kira", Habit.REFUSES),
    Person("Lars", Habit.UNREAD),
)
_EVERYONE = tuple(person.name for person in CAST)

_BULLETIN, _REMINDER, _ALARM = "bulletin", "reminder", "alarm"
_SUBJECTS = (
    (_BULLETIN, "Server room closed on Friday", 7),
    (_REMINDER, "Time sheets are due", 4),
    (_ALARM, "Recall: please confirm", 3),
)


def _programme() -> tuple[Notice, ...]:
    """25 notices: each class in turn, to a rotating part of the cast; the first to everyone."""
    notices = [Notice("bulletin-01", _BULLETIN, "New opening hours", _EVERYONE)]
    for number in range(2, 26):
        notice_class, subject, size = _SUBJECTS[number % 3]
        start = number * 5 % len(_EVERYONE)
        to = tuple(_EVERYONE[(start + step) % len(_EVERYONE)] for step in range(size))
        notices.append(Notice(f"{notice_class}-{number:02}", notice_class, subject, to))
    return tuple(notices)


NOTICES = _programme()

# What must stand in the gap report, by habit, for the three classes; "" is no gap.
_EXPECTED: dict[Habit, tuple[str, str, str]] = {
    #                 bulletin       reminder       alarm
    Habit.ARRIVES: ("", "", "silent"),
    Habit.READS: ("", "", "silent"),
    Habit.ANSWERS: ("", "", ""),
    Habit.AWAY: ("", "", "silent"),
    Habit.GATEWAY: ("silent", "", "silent"),
    Habit.QUIET: ("silent", "", "silent"),
    Habit.UNKNOWN: ("rejected", "rejected", "rejected"),
    Habit.FULL: ("failed", "failed", "failed"),
    Habit.OWN_WORDS: ("failed", "failed", "failed"),
    Habit.SLOW: ("delayed", "delayed", "delayed"),
    Habit.REFUSES: ("rejected", "rejected", "rejected"),
    Habit.UNREAD: ("unconfirmed", "unconfirmed", "unconfirmed"),
}


def owed_gaps() -> set[tuple[str, str, str]]:
    """(notice key, address, gap kind) of every delivery that the cast lets down."""
    classes = (_BULLETIN, _REMINDER, _ALARM)
    people = {person.name: person for person in CAST}
    return {
        (notice.key, people[name].address, kind)
        for notice in NOTICES
        for name in notice.to
        if (kind := _EXPECTED[people[name].habit][classes.index(notice.notice_class)])
    }


def _answers(habit: Habit, mail: Received) -> list[bytes]:
    """What comes back for one accepted message, in order."""

    def report(action: str, status: str, diagnostic: str) -> bytes:
        titles = {
            "delivered": "Successful Mail Delivery Report",
            "relayed": "Successful Mail Delivery Report",
            "delayed": "Delayed Mail (still being retried)",
        }
        title = titles.get(action, "Undelivered Mail Returned to Sender")
        return delivery_report(mail, action, status, diagnostic, status_name=title)

    delivered = report("delivered", "2.0.0", "250 2.0.0 Saved")
    answers: dict[Habit, list[bytes]] = {
        Habit.ARRIVES: [delivered],
        Habit.READS: [
            delivered,
            receipt(
                mail,
                "manual-action/MDN-sent-manually; displayed",
                agent="kontor.example; Thunderbird 128",
                subject=f"Return Receipt (displayed) - {mail.header('Subject')}",
            ),
        ],
        Habit.ANSWERS: [delivered, reply(mail)],
        Habit.AWAY: [away(mail)],
        Habit.GATEWAY: [report("relayed", "2.0.0", "250 2.0.0 Ok: queued as 4Xk2")],
        Habit.QUIET: [],
        Habit.FULL: [report("failed", "5.2.2", "552 5.2.2 Mailbox full")],
        Habit.OWN_WORDS: [own_words_bounce(mail)],
        Habit.SLOW: [report("delayed", "4.4.1", "connect to mail.example: Connection timed out")],
        Habit.REFUSES: [
            receipt(
                mail,
                "automatic-action/MDN-sent-automatically; deleted",
                agent="mx.kontor.example; Dovecot Mail Delivery Agent",
                subject="Automatically rejected mail",
            )
        ],
        Habit.UNREAD: [
            receipt(
                mail,
                "automatic-action/MDN-sent-automatically; deleted",
                agent="kontor.example; Microsoft Outlook 16.0",
                subject=f"Not read: {mail.header('Subject')}",
            )
        ],
    }
    return answers.get(habit, [])


class Town:
    """The world that the far end asks: it knows the cast and posts their answers."""

    def __init__(self, post: Callable[[bytes], None], cast: tuple[Person, ...] = CAST) -> None:
        self._post = post
        self._habits = {person.address: person.habit for person in cast}
        self._greeted: set[str] = set()
        self._lock = threading.Lock()
        self.received = 0
        self.kept: list[Received] = []  # mail to people outside the cast: the digest

    def may_enter(self, recipient: str) -> str:
        """Refuses who has left, and greylists once."""
        habit = self._habits.get(recipient.lower())
        if habit is Habit.UNKNOWN:
            return "550 5.1.1 User unknown in virtual mailbox table"
        with self._lock:
            if habit is Habit.ARRIVES and recipient not in self._greeted:
                self._greeted.add(recipient)
                return "451 4.7.1 Greylisted, try again"
        return ""

    def takes(self, mail: Received) -> bool:
        """Posts what comes back; mail to the bounce domain itself goes into its mailbox."""
        if mail.recipient.lower().endswith(f"@{BOUNCE_DOMAIN}"):
            self._post(f"Delivered-To: {mail.recipient}\r\n".encode() + mail.raw)
            return True
        habit = self._habits.get(mail.recipient.lower())
        with self._lock:
            self.received += 1
            if habit is None:
                self.kept.append(mail)
        for answer in _answers(habit, mail) if habit else []:
            self._post(answer)
        return True
