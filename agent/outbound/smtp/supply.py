"""The letters of one way out, in their order: waiting, in the air, and where more come from.

Owns that order, so that a line is kept full while the next letters are still
being written down. Must not send.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence

from agent.outbound.smtp.envelope import Letter

__all__ = ["More", "Supply"]

More = Callable[[], Sequence[Letter]]


class Supply:
    """Letters, each of which leaves by take() and is over by done(). Not for several threads."""

    def __init__(self, letters: Iterable[Letter], more: More | None = None) -> None:
        self._left = deque(letters)  # without a result
        self._aloft = 0  # so many of these were taken
        self._more = more
        self.fits: Callable[[Letter], bool] = lambda _letter: True  # set for each line

    def __len__(self) -> int:
        """How many have no result yet."""
        return len(self._left)

    def first(self) -> Letter:
        """The first one without a result. Raises IndexError where there is none."""
        return self._left[0]

    def take(self) -> Letter | None:
        """The next one to leave; None where none waits, or it does not fit this line."""
        if self._aloft == len(self._left) or not self.fits(self._left[self._aloft]):
            return None
        self._aloft += 1
        return self._left[self._aloft - 1]

    def done(self) -> None:
        """The first one has its result."""
        self._left.popleft()
        self._aloft = max(0, self._aloft - 1)

    def rewind(self) -> None:
        """What was in the air was not sent: it goes over another line."""
        self._aloft = 0

    def top_up(self, least: int) -> None:
        """Asks for more where fewer than least wait; the first time there are none is the last."""
        if self._more is not None and len(self._left) - self._aloft < least:
            more = self._more()
            self._left.extend(more)
            if not more:
                self._more = None
