"""What reports look like: stable columns, and their way to JSON, CSV and pipes.

Owns the names of columns (docs/reports.md explains each; a test holds the two
equal) and the forms for programs; agent.reconcile.tables has the one for terminals.
Must not ask the ledger, and must stay light: `landed gaps` pays for its imports.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from agent.reconcile.plain import moment, plain, span

__all__ = ["COLUMNS", "Report", "aligned_text", "cell", "csv_text", "json_text", "jsonable"]

COLUMNS: dict[str, tuple[str, ...]] = {
    "gaps": (
        "tracking_id",
        "kind",
        "recipient",
        "number",
        "notice",
        "notice_class",
        "stage",
        "owed_at",
        "deadline",
        "opened_at",
        "why",
    ),
    "notice": (
        "tracking_id",
        "recipient",
        "number",
        "verdict",
        "gap",
        "stage",
        "assurance",
        "attempts",
        "owed_at",
        "deadline",
        "why",
    ),
    "recipient": (
        "tracking_id",
        "number",
        "notice",
        "notice_class",
        "subject",
        "verdict",
        "gap",
        "stage",
        "assurance",
        "attempts",
        "owed_at",
        "deadline",
        "why",
    ),
    "stats": ("measure", "notice_class", "name", "count"),
    "channels": (
        "name",
        "kind",
        "enabled",
        "watermark",
        "last_success_at",
        "failing_since",
        "last_error",
        "reports",
        "probe_since",
        "probe_routes",
        "next_try_at",
    ),
    "canaries": (
        "channel",
        "route",
        "sent_at",
        "returned_at",
        "returned_by",
        "refusal",
        "has_left",
        "cause",
    ),
    "unmatched": (
        "report",
        "outcome",
        "kind",
        "received_at",
        "channel",
        "uid",
        "sender",
        "subject",
        "tried",
        "summary",
        "message_id",
    ),
    "components": ("agent", "name", "trouble", "since", "failures", "seen_at"),
    "suppressions": ("address", "reason", "added_by", "added_at", "automatic", "evidence"),
}
"""Every column of every report. Scripts rely on these: they are added to, never renamed."""

_SHOWN: dict[str, tuple[str, ...]] = {
    "canaries": ("channel", "route", "sent_at", "returned_at", "returned_by", "refusal"),
    "channels": ("name", "watermark", "last_success_at", "failing_since", "last_error"),
    "components": ("agent", "name", "since", "failures", "trouble"),
    "gaps": ("tracking_id", "kind", "recipient", "notice", "deadline", "why"),
    "notice": ("tracking_id", "recipient", "number", "verdict", "gap", "stage", "why"),
    "recipient": ("number", "tracking_id", "notice", "verdict", "gap", "stage", "why"),
    "suppressions": ("address", "reason", "added_by", "added_at"),
    "unmatched": ("report", "outcome", "kind", "received_at", "sender", "subject", "tried"),
}
"""What a table on a terminal has room for; JSON and CSV hold everything."""

# the wide ones too, which East Asian spreadsheets take for the others
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@dataclass(frozen=True, slots=True)
class Report:
    """Rows under the columns of COLUMNS[name]; rows are mappings or dataclasses."""

    name: str
    rows: Sequence[object]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of all columns, in order."""
        return COLUMNS[self.name]

    @property
    def shown(self) -> tuple[str, ...]:
        """The columns of a table."""
        return _SHOWN.get(self.name, self.columns)

    def objects(self) -> list[dict[str, object]]:
        """The rows as JSON objects have them."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.values(self.columns)]

    def values(self, columns: Iterable[str]) -> Iterable[tuple[object, ...]]:
        """The rows, cut to columns."""
        names = tuple(columns)
        for row in self.rows:
            if isinstance(row, Mapping):
                yield tuple(row[name] for name in names)
            else:
                yield tuple(getattr(row, name) for name in names)


def cell(value: object) -> str:
    """One value as people read it; harmless whatever a stranger wrote."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, timedelta):
        return span(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return plain(str(_atom(value)))


def jsonable(value: object) -> Any:
    """Value in JSON's types: moments as ISO 8601 with Z, dataclasses as objects."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: jsonable(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): jsonable(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [jsonable(one) for one in value]
    return _atom(value)


def _atom(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Enum):
        # stages and assurances are numbers that people know by their words
        return getattr(value, "word", value.value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, tuple):
        return "; ".join(str(_atom(one)) for one in value)
    return value


def json_text(value: object) -> str:
    """JSON in ASCII: exact, and without a control character on a terminal."""
    return json.dumps(jsonable(value), indent=2) + "\n"


def csv_text(report: Report) -> str:
    """CSV with a header, RFC 4180; text that a spreadsheet would run as a formula is disarmed."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(report.columns)
    writer.writerows([_csv_cell(value) for value in row] for row in report.values(report.columns))
    return buffer.getvalue()


def aligned_text(report: Report) -> str:
    """A table for pipes and files: one line a row, however long, columns aligned by letters."""
    names = [name.replace("_", " ") for name in report.shown]
    rows = [[cell(value) for value in row] for row in report.values(report.shown)]
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    rule = ["-" * width for width in widths]
    return "".join(
        f"{'  '.join(map(str.ljust, row, widths)).rstrip()}\n" for row in (names, rule, *rows)
    )


def _csv_cell(value: object) -> object:
    atom = _atom(value)
    if atom is None or isinstance(atom, (bool, int, float)):
        return atom
    text = plain(str(atom))
    return f"'{text}" if text.startswith(_FORMULA) else text
