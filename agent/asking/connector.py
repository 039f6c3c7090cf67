"""What every connector to recipients' own mailboxes is: what it is asked, what it answers.

Owns that vocabulary, the pace of questions and the errors. Must not know a protocol.
No message here ever holds a secret.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from store.words import Assurance, FactKind

__all__ = [
    "AskingError",
    "Connector",
    "Look",
    "MailboxError",
    "NobodyKnownError",
    "Pace",
    "Sighting",
    "Stopped",
    "Wanted",
]


class AskingError(Exception):
    """Nobody's mailbox can be asked; the text says what happened and what to do.

    retry_after is what the server asked for, None where it did not.
    """

    def __init__(self, message: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NobodyKnownError(AskingError):
    """Nothing can be tried yet, since no recipient of the domains is known."""


class MailboxError(AskingError):
    """One mailbox cannot be asked; others may be."""


class Stopped(Exception):
    """The agent is ending; nothing more is asked."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One mail that is looked for."""

    delivery_id: int
    message_id: str  # without angle brackets
    mark: str  # the signed token, as it stands in X-Landed-Id
    sender: str  # the address in From, "" where that is unknown
    since: datetime  # it cannot have arrived before; aware UTC


@dataclass(frozen=True, slots=True)
class Sighting:
    """One thing that is so of one mail. detail is stable: it names places, no moments."""

    delivery_id: int
    kind: FactKind
    at: datetime  # aware UTC: of the event where that is told, else of the look
    detail: str
    assurance: Assurance = Assurance.PROOF


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at one mailbox showed.

    through: all that there is was seen as of then, so what was not sighted is absent;
    None where only a part was seen. absent: says so, in words for a person.
    """

    sightings: tuple[Sighting, ...]
    through: datetime | None
    absent: str = ""


class Connector(Protocol):
    """A way to ask. Not for two threads at once."""

    name: str
    lag: timedelta  # how late what it tells may be

    def look(
        self, mailbox: str, wanted: Sequence[Wanted], now: datetime, stop: threading.Event
    ) -> Look:
        """Look for these mails of one recipient, whose address mailbox is.

        Raises MailboxError, AskingError, and Stopped once stop is set.
        """

    def check(self, mailbox: str, now: datetime) -> str:
        """One harmless question; what is well, in words. Raises AskingError.

        mailbox: an address to ask about, "" where none is known.
        """

    def close(self) -> None:
        """Let go of connections. Never raises."""


class Pace:
    """At most so many questions a minute, evenly spaced."""

    def __init__(self, per_minute: int) -> None:
        self._every = 60 / per_minute
        self._next = 0.0

    def wait(self, stop: threading.Event) -> None:
        """Until the next question may be asked. Raises Stopped."""
        left = self._next - time.monotonic()
        if stop.wait(max(left, 0)):
            raise Stopped
        self._next = time.monotonic() + self._every
