"""What the reporting commands share: the reader, forms of output, spans back in time.

Owns no report. Must import nothing heavy at the top.
"""

from __future__ import annotations

import io
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

from agent.cli.context import fail, load_config, open_reader
from agent.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.reconcile.reports import Report
    from store.reading import Reader

__all__ = ["clock", "columns", "reading", "show", "since_moment", "table", "who", "write"]


def clock() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)


def who() -> str:
    """The person at the keyboard, as the system knows them."""
    from getpass import getuser

    try:
        return getuser()
    except (OSError, KeyError):
        return "unknown"


@contextmanager
def reading() -> Iterator[Reader]:
    """The ledger in force, for reading. Raises ConfigError and what Reader.open() raises."""
    reader = open_reader(load_config())
    try:
        yield reader
    finally:
        reader.close()


def since_moment(text: str, now: datetime) -> datetime | None:
    """When "7d" ago was, or the moment that a date such as 2026-10-02 names; None for ""."""
    from agent.config import Duration

    if not text:
        return None
    try:
        return now - Duration.parse(text)
    except (ValueError, OverflowError):
        pass
    try:
        named = datetime.fromisoformat(text)
        return named.astimezone(UTC) if named.tzinfo else named.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        fail(
            f'--since: "{text}" is neither a span such as "7d" nor a date such as 2026-10-02',
            Exit.USAGE,
        )


def show(report: Report, form: str) -> None:
    """Prints a report as "table", "json" or "csv"."""
    if form == "table":
        table(report)
        return
    from agent.reconcile.reports import csv_text, json_text

    write(json_text(report.objects()) if form == "json" else csv_text(report))


def table(report: Report) -> None:
    """Prints a report as people read it."""
    out = _out()
    if not out.isatty():
        # a program reads: nothing may wrap, and rich need not be loaded
        from agent.reconcile.reports import aligned_text

        out.write(aligned_text(report))
        return
    from agent.reconcile.tables import write_table

    write_table(report, out)


def write(text: str) -> None:
    """Prints text as it is; who calls has made it harmless."""
    _out().write(text)


def columns() -> int:
    """How wide the terminal is; 0 where a program reads, for which nothing may wrap."""
    if not _out().isatty():
        return 0
    from shutil import get_terminal_size

    return get_terminal_size().columns


def _out() -> TextIO:
    """Standard output; characters that the terminal's encoding lacks are written out."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    return sys.stdout
