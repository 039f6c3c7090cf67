"""A bar on a terminal while a backlog is read.

Owns how it looks. Where no person is watching there is none.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["reading"]


@contextmanager
def reading() -> Iterator[Callable[[str, int, int], None] | None]:
    """What is told of a folder: its name, how many were read, of how many; None without a terminal.

    Log lines written meanwhile stand above the bar, if logging was set up within.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    tasks = {}
    with Progress(*columns, console=Console(stderr=True), refresh_per_second=4) as bars:

        def tell(folder: str, done: int, of: int) -> None:
            if folder not in tasks:
                tasks[folder] = bars.add_task(folder, total=of)
            bars.update(tasks[folder], completed=done, total=of)

        yield tell
