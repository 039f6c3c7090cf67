"""Following one mail server's log: read, tie to deliveries, one transaction, go on.

Owns the order of work, the cursor and the watermark. Must not read lines (parsers)
nor weigh them (weigh.py). Evidence and cursor are written together, so that a line
counts once wherever the agent is killed; the memory of queue ids is read again.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent.inbound.known import Wanted, ask
from agent.inbound.mtalog.journal import Journal
from agent.inbound.mtalog.queue import Queue, Said
from agent.inbound.mtalog.tail import Chunk, LogError, LogLost, LogMoved, Place, Tail
from agent.inbound.mtalog.weigh import facts_of_line
from agent.log import event
from parsers.maillog import LogLine, read_exim, read_postfix
from parsers.token import Keyring
from store import channels, evidence, listing
from store.channels import Channel
from store.database import Ledger, LedgerBusy, LedgerError, LedgerUnavailable
from store.evidence import NewFact
from store.ids import made_at, tracking_id
from store.words import FactKind, PolicyBook, SuppressionRule

__all__ = ["KIND", "Followed", "Follower", "Source", "log_channel"]

KIND = "mta-log"

_LOG = logging.getLogger("landed.mtalog")
_CONTEXT = 8_000_000  # octets before the cursor that tell what the open queue ids are
_LAST_ATTEMPT = 31  # "31 or later", see parsers.token
_READERS: dict[str, Callable[[bytes, datetime], LogLine | None]] = {
    "postfix": read_postfix,
    "exim": read_exim,
}


def log_channel(name: str) -> str:
    """The channel's name in the ledger and in reports. No mailbox's has it: they have a slash."""
    return f"log:{name}"


@dataclass(frozen=True, slots=True)
class Source:
    """One log, as configured."""

    name: str
    path: Path
    kind: str  # "postfix" or "exim"
    poll: timedelta
    host: str = ""  # the server's full name, as its reports give it
    own_hosts: tuple[str, ...] = ()
    units: tuple[str, ...] = ()  # of systemd: their journal is read in the place of path
    journalctl: tuple[str, ...] = ("journalctl",)


@dataclass(frozen=True, slots=True)
class Followed:
    """What one pass did. complete: the log was read to its end, the watermark moved."""

    held: bool  # False: somebody else follows this log
    complete: bool = False
    lines: int = 0
    matched: int = 0  # lines that tell of a delivery of ours
    foreign: int = 0  # signed, but not a delivery or an attempt of this ledger
    expired: int = 0  # of a delivery that is older than answers are believed for
    facts: int = 0  # that were new


class Follower:
    """Follows one log. One thread at a time; stop is an Event of anyone's."""

    def __init__(
        self,
        ledger: Ledger,
        source: Source,
        keyring: Keyring,
        policies: PolicyBook,
        *,
        rule: SuppressionRule | None = None,
        log: logging.Logger = _LOG,
    ) -> None:
        self._rule = rule
        self.name = log_channel(source.name)
        self._ledger = ledger
        self._source = source
        self._keyring = keyring
        self._policies = policies
        self._tail = Journal(source.units, source.journalctl) if source.units else Tail(source.path)
        self._read = _READERS[source.kind]
        self._queue: Queue | None = None
        self._log = log

    def run_once(self, now: Callable[[], datetime], stop: threading.Event) -> Followed:
        """One pass: everything new is recorded.

        Where another agent follows this log nothing is done. Raises LogError, after
        noting it on the channel, and LedgerError.
        """
        with self._ledger.hold(f"watch {self.name}") as held:
            if not held:
                self._queue = None  # who holds it moves on; what was remembered is old
                return Followed(held=False)
            channel = self._ledger.run(lambda tx: channels.ensure(tx, self.name, KIND, now()))
            try:
                return self._pass(channel, now, stop)
            except LogError as error:
                told = str(error)
                self._ledger.run(lambda tx: channels.failed(tx, channel.id, told, now()))
                raise
            except LedgerError:
                self._queue = None  # it has learnt what will be read again
                raise

    def _pass(
        self, channel: Channel, now: Callable[[], datetime], stop: threading.Event
    ) -> Followed:
        before = now()
        place = Place(channel.uidvalidity, channel.last_uid)
        counts: Counter[str] = Counter()
        complete = False
        try:
            queue = self._remembered(place, before)
            for chunk in self._tail.after(place):
                self._take(channel.id, chunk, queue, counts, now())
                if stop.is_set():
                    break
            else:
                complete = True
        except LogMoved as error:
            self._tell(logging.INFO, "moved", why=str(error))
        except LogLost as error:
            self._tell(logging.WARNING, "lost", why=str(error))
            self._queue = None
            self._ledger.run(lambda tx: _start_anew(tx, channel.id, now()))
            raise
        if complete:
            self._ledger.run(lambda tx: channels.observed(tx, channel.id, before, now()))
        self._tell(logging.INFO if counts["facts"] else logging.DEBUG, "pass", **counts)
        return Followed(
            held=True,
            complete=complete,
            lines=counts["lines"],
            matched=counts["matched"],
            foreign=counts["foreign"],
            expired=counts["expired"],
            facts=counts["facts"],
        )

    def _remembered(self, place: Place, now: datetime) -> Queue:
        """The open queue ids; from the lines before the place where they are not known yet."""
        if self._queue is None:
            queue = Queue(self._keyring)
            for line in self._tail.before(place, _CONTEXT):
                self._told(line, queue, now)
            self._queue = queue
        return self._queue

    def _told(self, line: bytes, queue: Queue, now: datetime) -> Said | None:
        try:
            read = self._read(line, now)
            return None if read is None else queue.take(read)
        except Exception as error:  # noqa: BLE001 - one poison line must not stop the log
            self._tell(logging.WARNING, "unreadable", why=f"{type(error).__name__}: {error}")
            return None

    def _take(
        self, channel_id: int, chunk: Chunk, queue: Queue, counts: Counter[str], now: datetime
    ) -> None:
        said = [one for line in chunk.lines if (one := self._told(line, queue, now))]
        facts: list[NewFact] = []
        known = ask(self._ledger, Wanted(ids=frozenset(one.token.id for one in said)))
        for one in said:
            target = known.by_id(one.token.id)
            made = one.token.attempt
            if target is None or not target.attempts or _LAST_ATTEMPT > made > target.attempts:
                counts["foreign"] += 1
                continue
            # the log is our own host's, so its time is good; who made it write the line is unknown
            if not self._keyring.still_believes(made_at(target.id), one.line.when.astimezone(UTC)):
                counts["expired"] += 1
                continue
            counts["matched"] += 1
            source = self._source
            facts += facts_of_line(
                one, target, host=source.host, own_hosts=source.own_hosts, now=now
            )
        counts["lines"] += len(chunk.lines)
        counts["facts"] += self._keep(channel_id, facts, chunk.place, now)

    def _keep(self, channel_id: int, facts: Sequence[NewFact], place: Place, now: datetime) -> int:
        """All in one transaction; where one of them cannot be stored, the others are."""

        # tx is the ledger's affair: this layer does not know the database's types
        def write(tx: Any) -> int:
            new = self._record(tx, facts, now)
            channels.advance(tx, channel_id, place.file, place.offset, now)
            return new

        try:
            return self._ledger.run(write)
        except (LedgerUnavailable, LedgerBusy):
            raise
        except (LedgerError, ValueError, TypeError, OverflowError) as error:
            if not facts:
                raise
            self._tell(logging.WARNING, "kept one by one", why=_words(error))
        # killed in between, the chunk is read again: digests tell the repeats
        new = sum(self._keep_one(fact, now) for fact in facts)
        return new + self._keep(channel_id, (), place, now)

    def _record(self, tx: Any, facts: Sequence[NewFact], now: datetime) -> int:
        """How many were new; a failure counts towards suppression, as in a report."""
        new = evidence.record_facts(tx, facts, policies=self._policies, now=now)
        suspects = [fact.delivery_id for fact in facts if fact.kind is FactKind.FAILED]
        if self._rule is not None and suspects and new:
            for address in listing.review(
                tx, suspects, rule=self._rule, policies=self._policies, now=now
            ):
                self._tell(logging.WARNING, "suppressed", recipient=address)
        return new

    def _keep_one(self, fact: NewFact, now: datetime) -> int:
        try:
            return self._ledger.run(lambda tx: self._record(tx, [fact], now))
        except (LedgerUnavailable, LedgerBusy):
            raise
        except (LedgerError, ValueError, TypeError, OverflowError) as error:
            self._tell(
                logging.ERROR, "not kept", delivery=tracking_id(fact.delivery_id), why=_words(error)
            )
            return 0

    def _tell(self, level: int, what: str, **fields: object) -> None:
        event(self._log, level, what, channel=self.name, **fields)


# tx is the ledger's affair: this layer does not know the database's types
def _start_anew(tx: Any, channel_id: int, now: datetime) -> None:
    channels.lost(tx, channel_id, now)
    channels.reset(tx, channel_id, 0)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]
