"""What the reporting commands share: forms of output, spans back in time, the clock.

Owns no report. Must import nothing heavy at the top.
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

from agent.cli.context import fail
from agent.cli.exits import Exit

if TYPE_CHECKING:
    from agent.reconcile.reports import Report

__all__ = ["clock", "moment_of", "show", "write"]


def clock() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)


def moment_of(text: str, now: datetime) -> datetime | None:
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
    except ValueError:
        fail(
            f'--since: "{text}" is neither a span such as "7d" nor a date such as 2026-10-02',
            Exit.USAGE,
        )
    return named.astimezone(UTC) if named.tzinfo else named.replace(tzinfo=UTC)


def show(report: Report, form: str) -> None:
    """Prints a report as "table", "json" or "csv"."""
    if form == "table":
        from agent.reconcile.tables import write_table

        write_table(report, _out())
        return
    from agent.reconcile.reports import csv_text, json_text

    write(json_text(report.objects()) if form == "json" else csv_text(report))


def write(text: str) -> None:
    """Prints text as it is."""
    _out().write(text)


def _out() -> TextIO:
    """Standard output; characters that the terminal's encoding lacks are written out."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    return sys.stdout
