"""The floor: of the threads that send, one works at a time and gives it up while it waits.

Owns that turn, nothing else. Python runs one thread at a time anyway, but lets
another one in at every call of the system, and that costs more than the call: eight
lines spent a third of their time on it. Where a thread has not taken the floor,
waiting changes nothing, so that whatever waits may say so.
"""

import threading
from types import TracebackType

__all__ = ["Waiting", "Working"]

_LOCK = threading.Lock()


class _Mine(threading.local):
    has_floor = False


_MINE = _Mine()


def _take() -> None:
    _LOCK.acquire()
    _MINE.has_floor = True


def _leave() -> None:
    # an interrupt may have come before the floor was taken
    if _MINE.has_floor:
        _MINE.has_floor = False
        _LOCK.release()


class Working:
    """Has the floor within the block. Not within another."""

    def __enter__(self) -> None:
        _take()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _leave()


class Waiting:
    """Others may have the floor within the block, which is a wait."""

    __slots__ = ("_had",)

    def __enter__(self) -> None:
        self._had = _MINE.has_floor
        _leave()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._had:
            _take()
