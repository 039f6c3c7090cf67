"""The second process as the agent sees it: started, given batches, asked, and ended.

Owns the child and the line to it, and every limit on waiting for it. Must not decide what
becomes of a batch over which it died (ahead.py), nor read mail (helper.py).
"""

import contextlib
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Sequence

from agent.inbound.backlog.handover import Answer, answers, receive, send
from agent.inbound.backlog.helper import READY

__all__ = ["TOO_LONG", "Ended", "Process", "Stopped"]

TOO_LONG = "it took too long"

_GLANCE = 0.2  # seconds between two looks at stop
_GRACE = 1.0  # seconds that it has left once a stop is asked for


class Ended(Exception):
    """The process is gone; the text says how."""


class Stopped(Exception):
    """A stop was asked for while it was reading."""


class Process:
    """A helper. Not for use by two threads at once. patience: seconds for one answer."""

    def __init__(self, command: Sequence[str], patience: float) -> None:
        """Start it. Raises OSError."""
        self._patience = patience
        self._listens = False
        # neither end is inherited by other children, so the line ends with either of us
        self._line, theirs = socket.socketpair()
        try:
            with theirs:
                self._child = subprocess.Popen(  # noqa: S603 - our own program
                    command,
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
        except OSError:
            self._line.close()
            raise

    def listens(self, wait: float = 0.0) -> bool:
        """Whether it is there, by now or within so many seconds. Raises Ended."""
        if not self._listens:
            self._line.settimeout(wait)
            told = b""
            try:
                told = self._line.recv(len(READY))
            except (BlockingIOError, TimeoutError):
                return False
            except OSError:
                pass
            if told != READY:
                raise Ended(self.close())
            self._listens = True
        return True

    def give(self, raws: Sequence[bytes]) -> None:
        """Hand over a batch. Where nobody takes it any more, take() says so."""
        with contextlib.suppress(OSError):
            send(self._line, raws)

    def take(self, stop: threading.Event) -> list[Answer | None]:
        """What it read in the oldest batch that was given. Raises Ended and Stopped."""
        until = time.monotonic() + self._patience
        self._line.settimeout(_GLANCE)
        while True:
            try:
                content = receive(self._line)
            except TimeoutError:
                if stop.is_set():
                    until = min(until, time.monotonic() + _GRACE)
                if time.monotonic() >= until:
                    self._child.kill()
                    self.close()
                    raise Stopped if stop.is_set() else Ended(TOO_LONG) from None
            except OSError:
                raise Ended(self.close()) from None
            else:
                if content is None:
                    raise Ended(self.close())
                return answers(content)

    def close(self) -> str:
        """End it for good, by closing the line; how it ended."""
        self._line.close()
        try:
            code = self._child.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._child.kill()
            code = self._child.wait()
        if code == -signal.SIGPROF:
            return TOO_LONG
        return f"signal {-code}" if code < 0 else f"exit code {code}"
