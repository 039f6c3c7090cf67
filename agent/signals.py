"""Signals as requests: SIGTERM and SIGINT ask for the end, SIGHUP for a new configuration.

Owns the handlers while the agent runs, and puts the old ones back. Must not
act: the main loop waits here and decides. A handler that set a threading.Event
could deadlock with the very wait that it interrupts, so signals arrive as bytes
on a socket pair (signal.set_wakeup_fd).
"""

import select
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from enum import StrEnum

__all__ = ["Request", "Requests", "listening"]


class Request(StrEnum):
    """What is asked of the agent."""

    STOP = "stop"
    RELOAD = "reload"


_MEANING = {
    signal.SIGTERM: Request.STOP,
    signal.SIGINT: Request.STOP,
    signal.SIGHUP: Request.RELOAD,
}


class Requests:
    """A queue of requests that signals, threads and tests may fill and one loop empties."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reader.settimeout(0)
        self._writer.settimeout(0)

    def fileno(self) -> int:
        """Where signal.set_wakeup_fd may write."""
        return self._writer.fileno()

    def ask(self, request: Request) -> None:
        """Makes a request without a signal; from any thread."""
        number = next(number for number, meaning in _MEANING.items() if meaning is request)
        self._writer.send(bytes([number]))

    def wait(self, at_most: timedelta) -> set[Request]:
        """What was asked since the last call; empty when the time is over."""
        ready, _, _ = select.select([self._reader], [], [], max(at_most.total_seconds(), 0))
        if not ready:
            return set()
        return {_MEANING[number] for number in map(_signal, self._reader.recv(4096)) if number}

    def close(self) -> None:
        """Gives the sockets back."""
        self._reader.close()
        self._writer.close()


def _signal(byte: int) -> signal.Signals | None:
    return next((number for number in _MEANING if number == byte), None)


@contextmanager
def listening() -> Iterator[Requests]:
    """Turns signals into requests; call it in the main thread."""
    requests = Requests()
    before = {number: signal.signal(number, _heard) for number in _MEANING}
    wakeup = signal.set_wakeup_fd(requests.fileno(), warn_on_full_buffer=False)
    try:
        yield requests
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler)
        requests.close()


def _heard(_number: int, _frame: object) -> None:
    """The byte on the socket pair is the message; this only keeps the default from acting."""
