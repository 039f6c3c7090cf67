"""Watching one folder: fetch, parse, correlate, one transaction, and only then tidy.

Owns the order of work, the watermark and the waiting. Must not
read mail (parsers) nor weigh it (facts.py). A reconnect is the normal path, a failure
is told in the channel's row, and every wait ends within a second of a stop.
"""

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from agent.inbound.account import Account, ImapError
from agent.inbound.backlog.ahead import Ahead, Batch, unread
from agent.inbound.backlog.handover import Answer
from agent.inbound.cursor import Cursor
from agent.inbound.hurdles import Hurdles
from agent.inbound.imap import Mail, Mailbox
from agent.inbound.ingest import Ingest
from agent.inbound.rest import Rest, put_off
from agent.inbound.tidy import Tidied, Tidy
from agent.inbound.withheld import Withheld
from agent.log import event
from parsers.read import read as read_report
from parsers.report import Report
from parsers.token import Keyring
from store import channels
from store.channels import Channel
from store.database import Ledger, LedgerError
from store.words import PolicyBook, SuppressionRule

__all__ = ["KIND", "Progress", "Watched", "Watcher", "channel_name"]

KIND = "imap"

# the channel's name, how many mails were read, and of how many as far as is known
Progress = Callable[[str, int, int], None]

_LOG = logging.getLogger("landed.watch")
_IDLE_RENEWAL = timedelta(minutes=4)  # RFC 2177 says under 29; middleboxes forget sooner
_FIRST_WAIT = timedelta(seconds=2)
_FIRST_LOGIN_WAIT = timedelta(minutes=1)  # guards against guessing count refused logins
_LONGEST_WAIT = timedelta(minutes=5)
_LONGEST_LEDGER_WAIT = timedelta(minutes=1)
_STEADY = 60.0  # seconds a connection must live for the next one to be made at once
_IDLE_FAILURES = 3  # in a row, then this folder is only polled for a while
_IDLE_REST = 1800.0  # seconds


def channel_name(account: Account, folder: str) -> str:
    """The channel's name in the ledger and in reports."""
    return f"{account.name}/{folder}"


@dataclass(frozen=True, slots=True)
class Watched:
    """What one pass did. complete: the folder was read to its end, the watermark moved."""

    held: bool  # False: somebody else watches this folder
    complete: bool = False
    read: int = 0
    matched: int = 0
    unmatched: int = 0  # forged and unreadable ones have their own counts
    forged: int = 0  # forged or foreign marks
    unreadable: int = 0
    moved: int = 0  # moved, flagged or deleted
    seconds: float = 0.0
    trouble: str = ""  # what could not be moved or flagged, and why


class Watcher:
    """Watches one folder of one account. One thread; stop is an Event of anyone's."""

    def __init__(
        self,
        ledger: Ledger,
        account: Account,
        folder: str,
        keyring: Keyring,
        policies: PolicyBook,
        *,
        rule: SuppressionRule | None = None,
        read: Callable[[bytes], Report] = read_report,
        rest: Rest | None = None,
        ahead: Ahead | None = None,
        progress: Progress | None = None,
        log: logging.Logger = _LOG,
    ) -> None:
        self.name = channel_name(account, folder)
        self._lock = f"watch {self.name}"
        self._ledger = ledger
        self._account = account
        self._mailbox = Mailbox(account, folder)
        self._cursor = Cursor(ledger, self._mailbox, self._tell)
        self._tidy = Tidy(ledger, account, self._mailbox)
        self._keyring = keyring
        self._policies = policies
        self._rule = rule
        self._reader = read
        self._rest = rest or Rest()
        self._ahead = ahead
        self._progress = progress
        self._log = log
        self._hurdles = Hurdles()
        self._withheld = Withheld(ledger, self._mailbox)
        self._settled = False  # read to its end by the last pass, and no news since
        self._idle_failures = 0
        self._idle_from = 0.0
        self._connected_at: float | None = None  # since the last failure

    def __enter__(self) -> "Watcher":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the server. Never raises; the watcher can be used again."""
        self._settled = False
        self._withheld.changed()  # another agent may have the folder until it is opened again
        self._mailbox.close()

    def run_once(self, now: Callable[[], datetime], stop: threading.Event) -> Watched:
        """One pass: everything new is recorded, then tidied.

        Where another agent holds this folder nothing is done. Raises ImapError, after
        noting it on the channel, and LedgerError.
        """
        with self._ledger.hold(self._lock) as held:
            return self._noted_pass(now, stop) if held else Watched(held=False)

    def watch(self, now: Callable[[], datetime], stop: threading.Event) -> None:
        """Passes until stop, by IDLE and by poll; waits its turn where another agent watches."""
        wait = timedelta(0)
        while not stop.is_set():
            resting = self._rest.left()
            if resting:
                put_off(self._ledger, self.name, resting, now())
                stop.wait(resting.total_seconds())
                continue
            try:
                with self._ledger.hold(self._lock) as held:
                    if held:
                        self._watch_held(now, stop)
                wait = timedelta(0) if self._rest.left() else self._account.poll / 4
            except ImapError as error:
                refused = error.trouble == "login"
                wait = error.retry_after or self._next_wait(wait, login=refused)
                if error.retry_after or refused:
                    self._rest.ask(wait)
                self._tell(logging.WARNING, "failed", error=str(error), retry=wait)
                put_off(self._ledger, self.name, max(wait, self._rest.left()), now())
            except LedgerError as error:
                # it costs no server anything, and nobody hears meanwhile
                wait = min(self._next_wait(wait), _LONGEST_LEDGER_WAIT)
                self._tell(logging.ERROR, "failed", error=str(error), retry=wait)
            if not stop.is_set():
                stop.wait(wait.total_seconds())
        self.close()

    def _watch_held(self, now: Callable[[], datetime], stop: threading.Event) -> None:
        while not stop.is_set() and not self._rest.left():
            self._noted_pass(now, stop)
            if stop.is_set():
                return
            self._wait(stop)

    def _wait(self, stop: threading.Event) -> None:
        """Until there may be news: IDLE in short turns where offered, else the poll."""
        if not self._idles():
            stop.wait(self._account.poll.total_seconds())
            return
        try:
            self._mailbox.idle_wait(stop, min(self._account.poll, _IDLE_RENEWAL))
        except ImapError as error:
            self._idle_failed(error)
            if error.passing:
                raise
        else:
            self._idle_failures = 0

    def _idles(self) -> bool:
        return (
            self._account.idle
            and "IDLE" in self._mailbox.capabilities
            and time.monotonic() >= self._idle_from
        )

    def _idle_failed(self, error: ImapError) -> None:
        """The next pass connects anew, at once: only its failure is one."""
        self.close()
        self._idle_failures += 1
        if self._idle_failures >= _IDLE_FAILURES:
            self._idle_failures = 0
            self._idle_from = time.monotonic() + _IDLE_REST
        self._tell(logging.INFO, "reconnecting", error=str(error))

    def _next_wait(self, wait: timedelta, *, login: bool = False) -> timedelta:
        """Doubling with jitter, from the start again once a connection has lived long enough."""
        began, self._connected_at = self._connected_at, None
        if began is not None and time.monotonic() - began > _STEADY:
            wait = timedelta(0)
        first = _FIRST_LOGIN_WAIT if login else _FIRST_WAIT
        longer = min(max(wait * 2, first), _LONGEST_WAIT)
        return longer * random.uniform(0.75, 1.25)  # noqa: S311 - spreads load, guards nothing

    def _noted_pass(self, now: Callable[[], datetime], stop: threading.Event) -> Watched:
        try:
            return self._pass(now, stop)
        except ImapError as error:
            self.close()
            if stop.is_set():  # which cuts a line that is waited for
                return Watched(held=True)
            channel = self._ledger.run(lambda tx: channels.ensure(tx, self.name, KIND, now()))
            self._failed(channel.id, str(error), now())
            raise

    def _pass(self, now: Callable[[], datetime], stop: threading.Event) -> Watched:
        began = time.monotonic()
        channel = self._ledger.run(lambda tx: channels.ensure(tx, self.name, KIND, now()))
        self._mailbox.stop = stop
        outcomes: Counter[str] = Counter()
        settled = self._is_settled(channel, now)
        complete = settled or self._read(channel, outcomes, now, stop)
        moved, left, trouble = (
            Tidied()
            if settled
            else self._tidy.run(channel.id, now, stop, since=self._cursor.through)
        )
        if left:
            self._tell(logging.WARNING, "left alone", mails=left, why="not those of before")
        if trouble:
            self._tell(logging.WARNING, "not tidied", error=trouble)
            self._failed(channel.id, trouble, now())
        self._settled = settled or (complete and not trouble and self._leave(stop))
        watched = Watched(
            held=True,
            complete=complete,
            read=outcomes.total(),
            matched=outcomes["matched"] + outcomes["canary"],
            unmatched=outcomes["unmatched"],
            forged=outcomes["forged"] + outcomes["foreign"],
            unreadable=outcomes["unreadable"],
            moved=moved,
            seconds=round(time.monotonic() - began, 3),
            trouble=trouble,
        )
        told = asdict(watched)
        del told["held"], told["trouble"]
        self._tell(logging.INFO if outcomes or moved else logging.DEBUG, "pass", **told)
        return watched

    def _is_settled(self, channel: Channel, now: Callable[[], datetime]) -> bool:
        """Whether the folder is as the last pass left it, at the cost of one round trip."""
        before = now()
        if not self._settled or channel.uidvalidity != self._mailbox.uidvalidity:
            return False
        if self._tidy.pending(channel.id, before) or self._withheld.due(channel.id, before):
            return False
        if not self._mailbox.is_unchanged():
            return False
        self._observed(channel.id, before, now())
        return True

    def _leave(self, stop: threading.Event) -> bool:
        """Leave the folder until the next look, where no IDLE keeps it open."""
        return not self._idles() and not stop.is_set() and self._mailbox.leave()

    def _read(
        self,
        channel: Channel,
        outcomes: Counter[str],
        now: Callable[[], datetime],
        stop: threading.Event,
    ) -> bool:
        if not self._mailbox.connected:
            self._mailbox.connect()
            self._connected_at = time.monotonic()
        self._mailbox.select()
        return self._read_to_end(channel, outcomes, now, stop)

    def _read_to_end(
        self,
        channel: Channel,
        outcomes: Counter[str],
        now: Callable[[], datetime],
        stop: threading.Event,
    ) -> bool:
        """Record all there is; True if the end was reached and the watermark moved."""
        ingest = Ingest(
            ledger=self._ledger,
            channel_id=channel.id,
            channel=self.name,
            keyring=self._keyring,
            policies=self._policies,
            read=self._reader,
            tidies=self._account.tidies,
            rule=self._rule,
            log=self._log,
            authserv_id=self._account.authserv_id,
        )
        before = now()
        last_uid, found = self._cursor.first_look(channel, before)
        while not stop.is_set():
            if not found:
                for late in self._withheld.given(channel.id, now, stop):
                    self._take(ingest, late, (), outcomes, now)
                self._observed(channel.id, before, now())
                return True
            uids = self._hurdles.at_once(self._mailbox.uidvalidity, found)
            left = len(uids)
            with (
                closing(self._fetch(uids)) as fetched,
                closing(self._read_beside(fetched, left, stop)) as batches,
            ):
                for mails, answers in batches:
                    given, ghost = self._hurdles.before(self._mailbox.uidvalidity, mails)
                    if given:
                        self._take(ingest, given, answers, outcomes, now)
                        self._hurdles.taken()
                        left -= len(given)
                        self._tell_progress(outcomes.total(), left)
                    if ghost is not None:
                        raise self._not_given(ghost)
                    if stop.is_set():
                        return False
            before, last_uid = now(), uids[-1]
            found = self._mailbox.uids_after(last_uid)
        return False

    def _take(
        self,
        ingest: Ingest,
        mails: Sequence[Mail],
        answers: Sequence[Answer | None],
        outcomes: Counter[str],
        now: Callable[[], datetime],
    ) -> None:
        taken = ingest.take(mails, self._mailbox.uidvalidity, now=now(), answers=answers)
        outcomes.update(one.correlation.outcome for one in taken)
        if any(mail.raw is None for mail in mails):
            self._withheld.changed()

    def _fetch(self, uids: Sequence[int]) -> Generator[Sequence[Mail]]:
        """As the mailbox gives them; a mail that has broken the line too often is not asked for."""
        validity, first = self._mailbox.uidvalidity, uids[0]
        if self._hurdles.is_passed_by(validity, first):
            yield [Mail(first, None, note="the line broke each time that it was fetched")]
            return
        with closing(self._mailbox.fetch(uids, ahead=not self._hurdles.are_near)) as batches:
            while True:
                try:
                    mails = next(batches, None)
                except ImapError as error:
                    if error.trouble == "lost" and not error.passing:
                        self._hurdles.broke(validity, first)
                    raise
                if mails is None:
                    return
                if mails:
                    yield mails
                    first = next((uid for uid in uids if uid > mails[-1].uid), first)

    def _read_beside(
        self, fetched: Iterator[Sequence[Mail]], count: int, stop: threading.Event
    ) -> Generator[Batch]:
        """What was fetched, and of a backlog what a second process has read in it."""
        if self._ahead is None:
            yield from map(unread, fetched)
            return

        def tell(how: str) -> None:
            self._tell(logging.WARNING, "helper ended", error=how)

        yield from self._ahead.over(fetched, count, stop, tell)

    def _not_given(self, mail: Mail) -> ImapError:
        return ImapError(
            "lost",
            f'mailbox "{self._account.name}": the server lists mail {mail.uid} in '
            f'"{self._mailbox.folder}" but does not give it; it is asked again',
        )

    def _observed(self, channel_id: int, through: datetime, at: datetime) -> None:
        self._ledger.run(lambda tx: channels.observed(tx, channel_id, through, at))

    def _failed(self, channel_id: int, error: str, at: datetime) -> None:
        self._ledger.run(lambda tx: channels.failed(tx, channel_id, error, at))

    def _tell_progress(self, done: int, left: int) -> None:
        if self._progress is not None:
            self._progress(self.name, done, done + left)

    def _tell(self, level: int, what: str, **fields: object) -> None:
        event(self._log, level, what, channel=self.name, **fields)
