"""The floor: of the threads that send, one works at a time and gives it up while it waits.

Owns that turn, and working with the ledger in it. Python runs one thread at a time
anyway, but lets another one in at every call of the system, and that costs more than
the call: eight lines spent a third of their time on it. Where a thread has not taken
the floor, waiting changes nothing, so that whatever waits may say so.
"""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar

from store.database import Ledger

__all__ = ["Waiting", "Working", "share"]

T = TypeVar("T")

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
    """Has the floor within the block."""

    __slots__ = ("_had",)

    def __enter__(self) -> None:
        self._had = _MINE.has_floor
        if not self._had:
            _take()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._had:
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


def share(ledger: Ledger, work: Callable[[Any], T]) -> T:
    """ledger.share(work): waits for the ledger and its disk without the floor, works with it.

    So never call the ledger otherwise while having the floor: two would wait for each
    other. Raises what ledger.share() and work raise.
    """

    def turn(tx: Any) -> T:
        with Working():
            return work(tx)

    with Waiting():
        return ledger.share(turn)
