"""Waiting for what another thread or process does, at its own pace.

Owns the patience of the tests. A test that looks at the far side of a socket,
or at the log of another thread, waits here: an answer that has come does not
say that the one who sent it has done the rest.
"""

import time
from collections.abc import Callable

__all__ = ["PATIENCE", "until"]

PATIENCE = 120.0  # seconds; a loaded machine is slow, only a broken program is slower

_LOOK = 0.01  # seconds


def until(condition: Callable[[], object], what: str = "what was waited for") -> None:
    """Returns as soon as condition() holds. Raises AssertionError after PATIENCE."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"{what} did not come within {PATIENCE} s"
        time.sleep(_LOOK)
