"""The levels of the log, as they were before a test: what it set up is not the next one's.

Owns that alone. A program that a test runs in this process sets its log up for good.
"""

import logging
from collections.abc import Iterator

import pytest

__all__ = ["log_levels"]


@pytest.fixture(autouse=True)
def log_levels() -> Iterator[None]:
    """Puts back the levels of the root and of ours."""
    loggers = [logging.getLogger(), logging.getLogger("landed")]
    before = [one.level for one in loggers]
    yield
    for one, level in zip(loggers, before, strict=True):
        one.setLevel(level)
