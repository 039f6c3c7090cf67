"""Threads that come back: a component that fails is restarted with backoff, and says so.

Owns the life of one component: start, failure, backoff, end. Must not know what
the component does; whoever wants to be told of failures passes a Witness.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from agent.log import event

__all__ = ["Component", "Witness", "guarded", "resting"]

_log = logging.getLogger("landed.agent")
_FIRST_PAUSE = timedelta(seconds=1)
_LONGEST_PAUSE = timedelta(minutes=5)
_LONGEST_REST = timedelta(hours=1)
_AGAIN = timedelta(hours=1)  # until a trouble that stays is logged once more


class Witness(Protocol):
    """Is told how components fare, to show it to people."""

    def fared(self, name: str, trouble: str) -> None:
        """Component name worked (trouble "") or failed (one sentence why)."""


def guarded(
    name: str, work: Callable[[], object], witness: Witness, *, again: timedelta = _AGAIN
) -> Callable[[], bool]:
    """Work that never raises: True when it went well; a failure is logged and witnessed.

    The same trouble the next time is no news: it is logged once more when again is over,
    and its end is logged.
    """
    last, at = "", 0.0

    def run() -> bool:
        nonlocal last, at
        try:
            work()
        except Exception as error:  # noqa: BLE001 - one failing part must not end the others
            trouble, now = _words(error), time.monotonic()
            is_news = trouble != last or now - at >= again.total_seconds()
            if is_news:
                last, at = trouble, now
            level = logging.ERROR if is_news else logging.DEBUG
            event(_log, level, "component-failed", component=name, why=trouble)
            _log.debug("%s", name, exc_info=True)
            _tell(witness, name, trouble)
            return False
        if last:
            event(_log, logging.INFO, "component-works", component=name)
        last = ""
        _tell(witness, name, "")
        return True

    return run


def _words(error: Exception) -> str:
    """What our own errors say is for people; any other one is named, for whoever reports it."""
    kind = type(error)
    if not str(error):
        return kind.__name__
    ours = kind.__module__.partition(".")[0] in {"agent", "store"}
    return str(error) if ours else f"{kind.__name__}: {error}"


def resting(
    work: Callable[[], object], now: Callable[[], datetime], *, first: timedelta
) -> Callable[[], object]:
    """Work for a timetable that, once it failed, is left alone for longer each time.

    Until it may be tried again it raises what it raised last, so that it shows as failing;
    what asks for a longer rest by retry_after gets that.
    """
    since: datetime | None = None
    until: datetime | None = None
    failed: Exception | None = None
    rest = first

    def run() -> object:
        nonlocal since, until, failed, rest
        # before it failed: the clock was set back
        if (
            failed is not None
            and since is not None
            and until is not None
            and since <= now() < until
        ):
            raise failed
        try:
            done = work()
        except Exception as error:
            asked = getattr(error, "retry_after", None)
            since = now()
            until = since + max(rest, asked or timedelta())
            failed, rest = error, min(rest * 2, _LONGEST_REST)
            raise
        failed, rest = None, first
        return done

    return run


def _tell(witness: Witness, name: str, trouble: str) -> None:
    try:
        witness.fared(name, trouble)
    except Exception as error:  # noqa: BLE001 - the ledger may be what is failing
        event(_log, logging.ERROR, "status-not-kept", component=name, why=str(error))


@dataclass
class Component:
    """One thread that runs work again and again until stop is set.

    work gets the stop event and returns when it has done one round; between
    rounds the thread waits for every. After a failure it waits longer each
    time, up to five minutes. stop ends every wait at once.
    """

    name: str
    work: Callable[[threading.Event], object]
    every: timedelta
    stop: threading.Event
    witness: Witness
    first_pause: timedelta = _FIRST_PAUSE
    restarts: int = field(default=0, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)

    def start(self) -> None:
        """Starts the thread."""
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        self._thread.start()

    def is_alive(self) -> bool:
        """Whether the thread still runs."""
        return self._thread is not None and self._thread.is_alive()

    def join(self, within: timedelta) -> bool:
        """Waits for the end of what is in hand; False when it did not end within the time."""
        if self._thread is not None:
            self._thread.join(max(within.total_seconds(), 0))
        return not self.is_alive()

    def _run(self) -> None:
        round_of_work = guarded(self.name, lambda: self.work(self.stop), self.witness)
        pause = self.first_pause
        while not self.stop.is_set():
            if round_of_work():
                pause = self.first_pause
                self.stop.wait(self.every.total_seconds())
                continue
            self.restarts += 1
            self.stop.wait(pause.total_seconds())
            pause = min(pause * 2, _LONGEST_PAUSE)
