"""Signals as events: SIGTERM and SIGINT ask for the end, SIGHUP for a new configuration.

Owns the handlers while the agent runs, and puts the old ones back. Must not
act: a handler only sets an event that the main loop waits for.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from types import FrameType

__all__ = ["Requests", "listening"]


@dataclass(frozen=True)
class Requests:
    """What was asked of the agent. changed is set with either of the others, to be waited for."""

    stop: Event = field(default_factory=Event)
    reload: Event = field(default_factory=Event)
    changed: Event = field(default_factory=Event)

    def ask_stop(self) -> None:
        """Asks for the end; from any thread, any number of times."""
        self.stop.set()
        self.changed.set()

    def ask_reload(self) -> None:
        """Asks for the configuration to be read again; from any thread."""
        self.reload.set()
        self.changed.set()


@contextmanager
def listening(requests: Requests) -> Iterator[None]:
    """Turns signals into requests; call it in the main thread."""

    def on_stop(_number: int, _frame: FrameType | None) -> None:
        requests.ask_stop()

    def on_reload(_number: int, _frame: FrameType | None) -> None:
        requests.ask_reload()

    wanted = {signal.SIGTERM: on_stop, signal.SIGINT: on_stop, signal.SIGHUP: on_reload}
    before = {number: signal.signal(number, handler) for number, handler in wanted.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
