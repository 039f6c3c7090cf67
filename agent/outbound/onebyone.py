"""Ways out that keep no line: each letter is a run or a call of its own.

Owns what such ways have in common with a Connection, so that they are called as one
is. Must not know what a run or a call is.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Self

from agent.outbound.composing.compose import Composed
from agent.outbound.floor import Waiting
from agent.outbound.smtp.envelope import NOTIFY, Letter
from agent.outbound.smtp.supply import More
from store.outbox import AttemptResult

__all__ = ["OneByOne"]


class OneByOne(ABC):
    """What send() and send_many() are where nothing is shared between letters."""

    is_open = False
    is_pipelined = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Gives back what is held."""

    @abstractmethod
    def _carry(self, letter: Letter, until: float | None) -> AttemptResult:
        """One letter, ended by until (time.monotonic()) at the latest."""

    def send(
        self,
        composed: Composed,
        recipient: str,
        *,
        notify: Sequence[str] = NOTIFY,
        within: timedelta | None = None,
    ) -> AttemptResult:
        """One letter for one recipient; within bounds it."""
        return self._carry(Letter(composed, recipient, notify), _until(within))

    def send_many(
        self,
        letters: Sequence[Letter],
        *,
        within: timedelta | None = None,
        more: More | None = None,  # noqa: ARG002 - nothing runs short where each goes by itself
    ) -> Iterator[AttemptResult]:
        """One result for each letter, in their order; within bounds them all."""
        until = _until(within)
        for letter in letters:
            with Waiting():
                result = self._carry(letter, until)
            yield result


def _until(within: timedelta | None) -> float | None:
    return None if within is None else time.monotonic() + within.total_seconds()
