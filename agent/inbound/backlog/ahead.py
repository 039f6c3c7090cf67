"""Reading a backlog ahead: a second process reads one batch while the last is recorded.

Owns when there is such a process, and what becomes of a batch over which it died. Must not
read or record mail. Batches keep their order. What goes wrong there costs time only: where
there is no process the caller reads, and a mail that ends each one is told as unreadable.
"""

import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from math import ceil

from msgspec import json

from agent.inbound.account import ImapError
from agent.inbound.backlog.handover import Answer
from agent.inbound.backlog.process import TOO_LONG, Ended, Process, Stopped
from agent.inbound.imap import Mail
from parsers.mime.message import Limits
from store.packing import pack

__all__ = ["Ahead", "Batch", "Tell", "unread"]

# each mail with what was read in it; None: nobody has read it yet
Batch = tuple[Sequence[Mail], Sequence[Answer | None]]
Tell = Callable[[str], None]  # how the process ended before its time

_PROGRAM = ("-m", "agent.inbound.backlog.helper")
_SECONDS = 15  # of processor time for a batch, and then for each mail of it alone
_PATIENCE = 60.0  # seconds for the same by the clock, on a busy machine
_MOST = 32 << 20  # octets of a batch that it is given: its memory is bounded
_START = 30.0  # seconds in which a process must listen that is waited for


def _octets(mail: Mail) -> int:
    return len(mail.raw or b"")


def unread(mails: Sequence[Mail]) -> Batch:
    """A batch that nobody has read yet."""
    return mails, [None] * len(mails)


class Ahead:
    """Shared by all watchers of an agent: one of them at a time has the process.

    at_least: so many mails must be waiting; 0: never. seconds: of processor time that a batch
    may take, and patience: of waiting for it, beyond what the limits give to one mail.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        at_least: int,
        seconds: int = _SECONDS,
        patience: float = _PATIENCE,
        program: Sequence[str] = _PROGRAM,
    ) -> None:
        self._at_least = at_least
        self._patience = patience + 4 * limits.seconds
        # -P: no module of the folder that the agent happens to run in
        arguments = (json.encode(limits).decode("ascii"), str(seconds + ceil(limits.seconds)))
        self._command = (sys.executable, "-P", *program, *arguments)
        self._free = threading.Lock()

    def over(
        self, batches: Iterator[Sequence[Mail]], count: int, stop: threading.Event, tell: Tell
    ) -> Generator[Batch]:
        """The batches with what was read in them. count: of how many mails.

        Where batches raises ImapError, those before it are given first. Ends early where a
        stop is asked for. Close it to end the process.
        """
        if not 0 < self._at_least <= count or not self._free.acquire(blocking=False):
            yield from map(unread, batches)
            return
        try:
            with closing(_Backlog(self._start, stop, tell)) as backlog:
                yield from backlog.read(batches)
        except Stopped:
            return
        finally:
            self._free.release()

    def _start(self) -> Process:
        return Process(self._command, self._patience)


class _Backlog:
    """One backlog: what the process was given and has not answered yet."""

    def __init__(self, start: Callable[[], Process], stop: threading.Event, tell: Tell) -> None:
        self._start, self._stop, self._tell = start, stop, tell
        self._given: deque[Sequence[Mail]] = deque()
        self._process: Process | None = None
        self._is_hopeless = False
        self._begin()

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.close()

    def read(self, batches: Iterator[Sequence[Mail]]) -> Iterator[Batch]:
        """As Ahead.over(). Raises Stopped."""
        try:
            for mails in batches:
                if self._has_helper() and sum(map(_octets, mails)) <= _MOST:
                    self._give(mails)
                    if len(self._given) > 1:
                        yield self._take()
                else:  # it may be starting yet
                    yield from self._rest()
                    yield unread(mails)
        except ImapError:
            yield from self._rest()
            raise
        yield from self._rest()

    def _rest(self) -> Iterator[Batch]:
        while self._given:
            yield self._take()

    def _give(self, mails: Sequence[Mail]) -> None:
        self._given.append(mails)
        if self._process is not None:
            self._process.give([mail.raw or b"" for mail in mails])

    def _take(self) -> Batch:
        mails = self._given.popleft()
        if self._process is None:
            return unread(mails)
        try:
            return mails, self._process.take(self._stop)
        except Ended as ended:
            self._lost(ended)
        told = [self._alone(mail) for mail in mails]
        later, self._given = self._given, deque()
        self._is_back()
        for others in later:
            self._give(others)
        return mails, told

    def _alone(self, mail: Mail) -> Answer | None:
        """The answer for one mail of a batch over which the process died; None: there is none."""
        raw, how = mail.raw or b"", ""
        for _ in range(2):  # somebody else may have ended it
            if not self._is_back() or self._process is None:
                return None
            self._process.give([raw])
            try:
                return self._process.take(self._stop)[0]
            except Ended as ended:
                self._lost(ended)
                how = str(ended)
                if how == TOO_LONG:
                    break
        return Answer(None, pack(raw), f"it ended the process that read it ({how})")

    def _begin(self) -> None:
        try:
            self._process = self._start()
        except OSError as error:
            self._tell(f"it cannot be started: {error.strerror}")

    def _is_back(self) -> bool:
        """Whether there is one again after one has died; where it does not start, none is tried."""
        if self._process is None and not self._is_hopeless:
            self._begin()
        if self._has_helper(_START):
            return True
        self._is_hopeless = True
        self.close()
        return False

    def _has_helper(self, wait: float = 0.0) -> bool:
        try:
            return self._process is not None and self._process.listens(wait)
        except Ended as ended:
            self._lost(ended)
            return False

    def _lost(self, ended: Ended) -> None:
        self._process = None
        self._tell(str(ended))
