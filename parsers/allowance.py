"""How long one message may be read: a bound in time, asked about between steps.

Owns the bound only. Must not look at a clock of its own: whoever wants the bound hands
one in. A step that was begun is finished and none is begun once time is over, so each
thing that was read was read in whole.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

__all__ = ["Allowance", "Clock", "OutOfTimeError", "allowed", "timely"]

T = TypeVar("T")

# seconds from any moment on, which never go back
Clock = Callable[[], float]

# Octets of a message that is read without a look at the clock: of all hostile forms that
# are known none makes so few last a tenth of a second, and most mail is shorter.
UNTIMED = 32_768


class OutOfTimeError(Exception):
    """No further step may be begun. Says so in words for the notes; ends in parsers.read."""


class Allowance:
    """The time that is left for one message."""

    __slots__ = ("_clock", "_end", "is_over", "words")

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._end = clock() + seconds
        self.is_over = False  # whether a step was not begun; from then on for good
        self.words = f"reading was given up after {seconds:g} s"  # for the notes

    def check(self) -> None:
        """Before a step. Raises OutOfTimeError if it may not be begun."""
        if self.is_over or self._clock() > self._end:
            self.is_over = True
            raise OutOfTimeError(self.words)


def allowed(raw: bytes, seconds: float, clock: Clock | None) -> Allowance | None:
    """The time for raw; None where it is not bounded: no clock, no seconds, or little to read."""
    if clock is None or len(raw) <= UNTIMED or not seconds:
        return None
    return Allowance(clock, seconds)


def timely(items: Iterable[T], allowance: Allowance | None) -> Iterable[T]:
    """Items, of which no further one is given once time is over."""
    return items if allowance is None else _timely(items, allowance)


def _timely(items: Iterable[T], allowance: Allowance) -> Iterator[T]:
    for item in items:
        try:
            allowance.check()
        except OutOfTimeError:
            return
        yield item
