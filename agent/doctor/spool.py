"""What lies in the spool folder and is not taken.

Owns that finding. Must not take, open or move a file: the agent does, by its own rights.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from agent.doctor.finding import Finding, Level
from agent.ingress.spool import SpoolError, waiting

if TYPE_CHECKING:
    from agent.config import Config

__all__ = ["examine_spool"]

_LEAST = timedelta(minutes=1)
_LOOKS = 10  # that a file may have lain through, on a busy day
_SHOWN = 3


def examine_spool(config: Config, now: datetime) -> Iterator[Finding]:
    """Whether files lie there for longer than it takes to take them."""
    if not config.spool.folder:
        return
    folder = Path(config.spool.folder)
    since = (now - max(config.spool.every * _LOOKS, _LEAST)).timestamp()
    try:
        names = [name for name in waiting(folder) if _came(folder / name) < since]
    except SpoolError as error:
        yield Finding(Level.FAIL, "spool", str(error), "give its owner and permissions back")
        return
    if not names:
        yield Finding(Level.OK, "spool", "no file lies there untaken")
        return
    shown = ", ".join(f"{name!a}" for name in names[:_SHOWN])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    yield Finding(
        Level.FAIL,
        "spool",
        f"{len(names)} file(s) lie in {folder} and are not taken: {shown}{more}",
        'look why in "landed status", or let "landed run" run where it does not',
    )


def _came(path: Path) -> float:
    """When it got its name, seconds since 1970; what is gone by now came never."""
    try:
        return path.lstat().st_ctime
    except OSError:
        return float("inf")
