"""The disk beneath a SQLite ledger: how much room it has, and whether it could be written last.

Owns the file beside the ledger that says when a write failed: what cannot be
written down cannot be told in the ledger. Must not open the ledger.
"""

import contextlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

__all__ = ["NO_ROOM", "Room", "failed", "look", "worked"]

NO_ROOM = 1 << 20
"""Octets below which no mail of usual size can be taken on for sure."""

_SERVERS = ("postgresql:", "postgres:", "postgresql+psycopg:")


@dataclass(frozen=True, slots=True)
class Room:
    """What a look at the disk shows."""

    path: str
    free: int  # octets that we may use
    failed_at: datetime | None  # aware UTC: a write failed then, and none was seen to work since

    @property
    def is_out(self) -> bool:
        """Whether the ledger cannot be written, as far as can be seen from outside."""
        return self.failed_at is not None or self.free < NO_ROOM


def look(url_or_path: str | Path) -> Room | None:
    """The room of a SQLite ledger; None for a database server, or where there is no folder."""
    given = str(url_or_path)
    if given.startswith(_SERVERS):
        return None
    path = Path(given.removeprefix("sqlite:///")).expanduser()
    try:
        found = os.statvfs(path.parent)
    except OSError:
        return None
    return Room(str(path), found.f_bavail * found.f_frsize, _failed_at(path))


def failed(path: Path) -> None:
    """A write has just failed. Raises nothing: the disk may be full for this file too."""
    with contextlib.suppress(OSError):
        _mark(path).touch()


def worked(path: Path) -> None:
    """Writing works again."""
    with contextlib.suppress(OSError):
        _mark(path).unlink(missing_ok=True)


def _mark(path: Path) -> Path:
    return path.with_name(f"{path.name}.unwritten")


def _failed_at(path: Path) -> datetime | None:
    failure = _changed(_mark(path))
    # another process may have had the failure, and has ended before it could write again
    if failure is None or failure < (_changed(path.with_name(f"{path.name}-wal")) or 0):
        return None
    return datetime.fromtimestamp(failure / 1e9, UTC)


def _changed(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None
