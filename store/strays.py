"""Strays: reports that changed no delivery, and what was tried with each.

Owns that one question, over the plain DB-API. Must not read mail. Every statement walks
the index of unmatched reports, newest first, so that a flood of them costs a reader no
more than what is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from store.ids import first_id
from store.instants import from_micros, to_micros
from store.packing import unpack
from store.plain import Plain

__all__ = ["OUTCOMES", "Stray", "count", "newest", "one"]

OUTCOMES = ("unmatched", "forged", "foreign", "unreadable")
"""No known mark or id; a wrong signature or place; not of this ledger; not to be read at all."""

_ALL = 1 << 62  # more than there will ever be; every database takes it

_COLUMNS = """r.id, r.outcome, r.kind, r.received_at, c.name, r.uid, r.sender, r.subject, r.tried,
    r.summary, r.message_id"""

_ABOUT = """AND lower(r.sender || ' ' || r.subject || ' ' || r.summary || ' ' || r.message_id
    || ' ' || r.tried) LIKE ? ESCAPE '!'"""


@dataclass(frozen=True, slots=True)
class Stray:
    """One report that changed no delivery. tried: one line per clue and what came of it."""

    id: int
    outcome: str
    kind: str
    received_at: datetime
    channel: str
    uid: int
    sender: str
    subject: str
    tried: tuple[str, ...]
    summary: str
    message_id: str


def newest(
    url_or_path: str | Path,
    *,
    outcomes: Sequence[str] = OUTCOMES,
    since: datetime | None = None,
    about: str = "",
    limit: int = 100,
) -> list[Stray]:
    """The newest strays, newest first; limit 0 gives all. since: recorded then or later.

    about: words, in any case of ASCII letters, in sender, subject, summary, Message-ID or
    what was tried; that reads every stray. Raises LedgerUnavailable.
    """
    most = limit or _ALL
    # each outcome is a stretch of the index; sorting them all together would read a whole flood
    statement = f"""SELECT {_COLUMNS} FROM report r JOIN channel c ON c.id = r.channel_id
        WHERE r.outcome = ? AND r.outcome <> 'matched' AND r.id >= ? AND r.recorded_at >= ?
        {_ABOUT if about else ""} ORDER BY r.id DESC LIMIT ?"""  # noqa: S608 - constants only
    words = [f"%{_escaped(about.lower())}%"] if about else []
    plain = Plain.open(url_or_path)
    try:
        with plain.snapshot():
            found = [
                row
                for outcome in outcomes
                for row in plain.rows(statement, [outcome, *_start(since), *words, most])
            ]
    finally:
        plain.close()
    found.sort(key=lambda row: row[0], reverse=True)
    return [_stray(row) for row in found[:most]]


def count(url_or_path: str | Path, *, since: datetime | None = None) -> dict[str, int]:
    """How many strays of each outcome there are. Raises LedgerUnavailable."""
    plain = Plain.open(url_or_path)
    try:
        with plain.snapshot():
            counted = plain.rows(
                """SELECT outcome, count(*) FROM report WHERE outcome <> 'matched' AND id >= ?
                AND recorded_at >= ? GROUP BY outcome ORDER BY outcome""",
                _start(since),
            )
    finally:
        plain.close()
    return {str(outcome): int(number) for outcome, number in counted if outcome in OUTCOMES}


def one(url_or_path: str | Path, report_id: int) -> tuple[Stray, bytes | None, int] | None:
    """One report, a stray or not, its mail, and how many octets that had.

    None for the mail once it was purged; of a long one the beginning is kept.
    """
    plain = Plain.open(url_or_path)
    try:
        with plain.snapshot():
            found = plain.rows(
                f"""SELECT {_COLUMNS}, r.raw_size, r.raw
                FROM report r JOIN channel c ON c.id = r.channel_id WHERE r.id = ?""",  # noqa: S608 - constants only
                [report_id],
            )
    finally:
        plain.close()
    if not found:
        return None
    size, packed = found[0][-2:]
    return _stray(found[0]), None if packed is None else unpack(packed), int(size)


def _escaped(words: str) -> str:
    """For LIKE, taken as they stand."""
    return words.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def _start(since: datetime | None) -> list[int]:
    """Where the index begins, and the exact moment: after a clock went back, ids run ahead."""
    return [first_id(since), 0 if since is None else to_micros(since)]


def _stray(row: Sequence[Any]) -> Stray:
    return Stray(
        id=row[0],
        outcome=row[1],
        kind=row[2],
        received_at=from_micros(row[3]),
        channel=row[4],
        uid=row[5],
        sender=row[6],
        subject=row[7],
        tried=tuple(row[8].splitlines()),
        summary=row[9],
        message_id=row[10],
    )
