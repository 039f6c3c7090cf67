"""Which queue ids are mails of ours: learnt from the log's own lines.

Owns the memory of open queue ids, in bounds, and the check of the marks that tie
them to deliveries. Must not ask the ledger. It can be thrown away at any time: the
lines just before the cursor bring it back, since Postfix names the sender again
whenever it takes a mail up, and Exim where log_selector has +sender_on_delivery.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from agent.inbound.facts import Link, Strength
from parsers.maillog import Event, LogLine
from parsers.report import Clue, ClueKind
from parsers.token import InvalidToken, Keyring, Purpose, Token, find_marks, verify

__all__ = ["Queue", "Said"]

_MOST = 100_000  # open mails of ours
_RECIPIENTS = 50  # remembered of one mail
_LAST_ATTEMPT = 31  # "31 or later", see parsers.token
_DELAY_AGAIN = timedelta(hours=1)  # a deferral of the same recipient is told this often
_TOLD = frozenset({Event.SENT, Event.DEFERRED, Event.BOUNCED, Event.EXPIRED, Event.DELETED})


@dataclass(frozen=True, slots=True)
class Said:
    """A line that tells the fate of a delivery."""

    line: LogLine
    token: Token
    link: Link
    alone: bool = True  # False: an alias led to several addresses
    waiting: tuple[tuple[str, str], ...] = ()  # (address, original) that were deferred before


@dataclass(slots=True)
class _Open:
    token: Token
    link: Link
    recipients: int | None = None
    deferred: dict[tuple[str, str], datetime] = field(default_factory=dict)  # when it was told


class Queue:
    """The open queue ids of one log."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._open: OrderedDict[str, _Open] = OrderedDict()

    def __len__(self) -> int:
        return len(self._open)

    def take(self, line: LogLine) -> Said | None:
        """Learn from a line, in the log's order; what it tells of a delivery of ours."""
        if line.event is Event.QUEUED:
            self._learn(line)
            return None
        known = self._open.get(line.queue_id)
        if line.event is Event.DONE:
            self._open.pop(line.queue_id, None)
            return None
        if line.sender and (known is None or known.link.clue.kind is not ClueKind.RETURN_PATH):
            self._learn(line)
            known = self._open.get(line.queue_id)
        if known is None or line.event not in _TOLD:
            return None
        return self._told(line, known)

    def _told(self, line: LogLine, known: _Open) -> Said | None:
        self._open.move_to_end(line.queue_id)
        who = (line.address, line.original)
        waiting: tuple[tuple[str, str], ...] = ()
        if line.event is Event.DEFERRED:
            before = known.deferred.get(who)
            if before is not None and _near(before, line.when):
                return None
            if len(known.deferred) < _RECIPIENTS:
                known.deferred[who] = line.when
        elif line.event in {Event.SENT, Event.BOUNCED}:
            known.deferred.pop(who, None)
        else:
            waiting = tuple(known.deferred)
            del self._open[line.queue_id]
        alone = known.recipients is None or known.recipients < 2
        return Said(line, known.token, known.link, alone, waiting)

    def _learn(self, line: LogLine) -> None:
        found = self._mark(line)
        known = self._open.get(line.queue_id)
        if found is None:
            if known is not None and _is_another(line, known):
                del self._open[line.queue_id]
            elif known is not None and line.recipients is not None:
                known.recipients = line.recipients
            return
        token, link = found
        if known is None or known.token.id != token.id:
            known = self._open[line.queue_id] = _Open(token, link)
        elif link.clue.kind is ClueKind.RETURN_PATH:
            known.token, known.link = token, link
        if line.recipients is not None:
            known.recipients = line.recipients
        self._open.move_to_end(line.queue_id)
        while len(self._open) > _MOST:
            self._open.popitem(last=False)

    def _mark(self, line: LogLine) -> tuple[Token, Link] | None:
        """The return path tells the attempt too; the Message-ID is there when it was rewritten."""
        places = (
            (ClueKind.RETURN_PATH, Purpose.BOUNCE, line.sender),
            (ClueKind.MESSAGE_ID, Purpose.MESSAGE, line.message_id),
        )
        for kind, purpose, text in places:
            for mark in find_marks(text):
                try:
                    token = verify(self._keyring, mark)
                except InvalidToken:
                    continue
                if token.purpose is purpose:
                    known = 0 < token.attempt < _LAST_ATTEMPT
                    attempt = token.attempt if known else None
                    return token, Link(Clue(kind, mark), Strength.SIGNED, purpose, attempt)
        return None


def _is_another(line: LogLine, known: _Open) -> bool:
    """Whether the id was given to another mail: servers use their ids again and again."""
    if line.message_id:
        return True
    return not line.sender or known.link.clue.kind is ClueKind.RETURN_PATH


def _near(one: datetime, other: datetime) -> bool:
    if (one.tzinfo is None) is not (other.tzinfo is None):
        return False  # the log began to write zones
    return abs(other - one) < _DELAY_AGAIN
