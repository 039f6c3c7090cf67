"""The door: what every way in hands its notices to, and the answer that it gives.

Owns folding what comes at the same time into one transaction, since a flush of
the disk costs far more than a notice does. Knows no protocol. A call that
returned has its notice on disk.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from agent.log import event
from agent.outbound.intake import (
    DEFAULT_CLASS,
    Accepted,
    Limits,
    Screened,
    accept_all,
    screen_message,
    screen_parts,
)
from store.database import Ledger
from store.errors import LedgerError, NoticeConflict
from store.ids import tracking_id
from store.words import PolicyBook

__all__ = ["Door", "answer"]

_log = logging.getLogger("landed.ingress")
_TOGETHER = 200  # notices of one transaction; a batch may have more by itself


@dataclass(slots=True)
class _Waiting:
    """What one caller wants to have taken on, and what became of it."""

    wanted: Sequence[Screened]
    answers: list[Accepted | NoticeConflict] = field(default_factory=list)
    error: Exception | None = None
    done: bool = False


class Door:
    """Takes notices on, from any thread. clock gives an aware time in UTC."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        sender: str,
        policies: PolicyBook,
        clock: Callable[[], datetime],
        limits: Limits,
        notice_class: str = DEFAULT_CLASS,
    ) -> None:
        self._ledger, self._policies, self._clock = ledger, policies, clock
        self._sender, self._notice_class = sender, notice_class
        self.limits = limits
        self._queue: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._busy = False

    def message(self, raw: bytes, *, notice_class: str = "", **given: Any) -> Screened:
        """A whole message, screened; given is what screen_message() takes. Raises IntakeError.

        notice_class counts where the message names none.
        """
        return screen_message(
            raw,
            sender=self._sender,
            now=self._clock(),
            limits=self.limits,
            default_class=notice_class or self._notice_class,
            **given,
        )

    def parts(self, *, sender: str = "", notice_class: str = "", **given: Any) -> Screened:
        """A notice in parts, screened; given is what screen_parts() takes. Raises IntakeError."""
        return screen_parts(
            sender=sender or self._sender,
            now=self._clock(),
            limits=self.limits,
            notice_class=notice_class or self._notice_class,
            **given,
        )

    def accept(self, screened: Screened) -> Accepted:
        """Takes it on for good. Raises NoticeConflict, LedgerError."""
        (found,) = self.accept_all([screened])
        if isinstance(found, NoticeConflict):
            raise found
        return found

    def accept_all(self, wanted: Sequence[Screened]) -> list[Accepted | NoticeConflict]:
        """Takes them on for good in one transaction, with what others bring meanwhile.

        Raises LedgerError: then none of them was taken on.
        """
        mine = _Waiting(wanted)
        with self._changed:
            self._queue.append(mine)
            self._changed.wait_for(lambda: mine.done or not self._busy)
            if not mine.done:
                self._busy = True
                together = self._next(mine)
        if not mine.done:
            try:
                self._commit(together)
            finally:
                with self._changed:
                    self._busy = False
                    for one in together:
                        one.done = True
                    self._changed.notify_all()
        if mine.error is not None:
            raise mine.error
        return mine.answers

    def _next(self, mine: _Waiting) -> list[_Waiting]:
        """The caller's own and those who wait beside it, in their order, up to the limit."""
        self._queue.remove(mine)
        together, count = [mine], len(mine.wanted)
        while self._queue and count + len(self._queue[0].wanted) <= _TOGETHER:
            one = self._queue.popleft()
            count += len(one.wanted)
            together.append(one)
        return together

    def _commit(self, together: list[_Waiting]) -> None:
        """Answers or an error for each. What fails together is tried one by one."""
        try:
            found = accept_all(
                self._ledger,
                [screened for one in together for screened in one.wanted],
                policies=self._policies,
                now=self._clock(),
            )
        except Exception as error:  # noqa: BLE001 - it belongs to the callers, each gets its own
            if len(together) == 1 or isinstance(error, LedgerError):
                for one in together:
                    one.error = error
                return
            for one in together:
                self._commit([one])
            return
        for one in together:
            one.answers, found = found[: len(one.wanted)], found[len(one.wanted) :]
            for answered in one.answers:
                _warn(answered)


def _warn(answered: Accepted | NoticeConflict) -> None:
    if isinstance(answered, Accepted) and answered.created:
        for warning in answered.warnings:
            event(_log, logging.WARNING, "accepted-with", notice=answered.key, warning=warning)


def answer(accepted: Accepted) -> dict[str, Any]:
    """What was taken on, as every way in tells it: IDs, numbers, what was refused, warnings."""
    return {
        "notice": accepted.key,
        "notice_id": tracking_id(accepted.notice_id),
        "created": accepted.created,
        "deliveries": [
            {
                "tracking_id": tracking_id(one.id),
                "recipient": one.address,
                "number": one.number,
                "created": one.created,
            }
            for one in accepted.deliveries
        ],
        "refused": [{"address": one.text, "reason": one.reason} for one in accepted.refused],
        "warnings": accepted.warnings,
    }
