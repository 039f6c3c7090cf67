"""Works of several threads in one transaction, since a flush of the disk costs more than a work.

Owns who of those that wait does the work of all. A call that returned is on
disk. Where one of them fails, each is done again in a transaction of its own,
so that nobody's failure is another's. Must not know what a work does.
"""

import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy.orm import Session

__all__ = ["Together"]

T = TypeVar("T")
Work = Callable[[Session], Any]

_MOST = 16  # works of one transaction: others wait for its lock meanwhile


@dataclass(slots=True)
class _Job:
    work: Work
    found: Any = None
    error: Exception | None = None
    done: bool = False


class Together:
    """For the threads of one process. alone does one work in a transaction of its own."""

    def __init__(
        self,
        transaction: Callable[[], AbstractContextManager[Session]],
        alone: Callable[[Work], Any],
    ) -> None:
        self._transaction, self._alone = transaction, alone
        self._queue: deque[_Job] = deque()
        self._changed = threading.Condition()
        self._busy = False

    def run(self, work: Callable[[Session], T]) -> T:
        """What work gives, with those that came while another transaction ran."""
        mine = _Job(work)
        with self._changed:
            self._queue.append(mine)
            self._changed.wait_for(lambda: mine.done or not self._busy)
            if not mine.done:
                self._busy = True
                self._queue.remove(mine)
                jobs = [mine, *(self._queue.popleft() for _ in range(self._others()))]
        if not mine.done:
            try:
                self._do(jobs)
            finally:
                with self._changed:
                    self._busy = False
                    # those without an end, where this thread was interrupted, wait for the next
                    self._queue.extendleft(one for one in jobs[1:] if not one.done)
                    self._changed.notify_all()
        if mine.error is not None:
            raise mine.error
        found: T = mine.found
        return found

    def _others(self) -> int:
        return min(_MOST - 1, len(self._queue))

    def _do(self, jobs: list[_Job]) -> None:
        if len(jobs) > 1 and self._all_at_once(jobs):
            return
        for one in jobs:
            try:
                one.found = self._alone(one.work)
            except Exception as error:  # noqa: BLE001 - it belongs to the caller, who gets it
                one.error = error
            one.done = True

    def _all_at_once(self, jobs: list[_Job]) -> bool:
        try:
            with self._transaction() as tx:
                found = [one.work(tx) for one in jobs]
        except Exception:  # noqa: BLE001 - whose it was shows when each is done alone
            return False
        for one, its in zip(jobs, found, strict=True):
            one.found, one.done = its, True
        return True
