"""Dates in mail to aware UTC datetimes.

Owns one pattern for what nearly all senders write, and the standard library's
patience for the rest. Must not ask the clock.
"""

import re
from datetime import UTC, datetime, timedelta
from email.utils import mktime_tz, parsedate_tz
from functools import lru_cache

__all__ = ["parse_date"]

_DATE = re.compile(
    r"(\d{1,2})[ \t-]([A-Za-z]{3})[a-z]{0,6}[ \t-](\d{4})[ \t]{1,3}(\d{1,2}):(\d\d)(?::(\d\d))?"
    r"[ \t]{0,3}(?:([+-])(\d\d):?(\d\d)|(GMT|UTC|UT|Z)\b)?"
)
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_ISO_MONTHS = {name.capitalize(): f"{number:02}" for name, number in _MONTHS.items()}
_ISO_ZONES = {"GMT": "Z", "UTC": "Z", "-0000": "Z"}
_MAX = 100  # characters of a date


def parse_date(text: str) -> datetime | None:
    """The moment that an RFC 5322 date names, in UTC; None if it cannot be read.

    A date without zone, or with "-0000", is taken for UTC (RFC 5322 3.3).
    """
    return _parse_date(text[:_MAX])


@lru_cache(512)
def _parse_date(text: str) -> datetime | None:
    try:
        # "Mon, 05 Oct 2026 07:00:10 +0000", as nearly everybody writes it
        _, day, month, year, time, zone = text.split(None, 6)[:6]
        return datetime.fromisoformat(
            f"{year}-{_ISO_MONTHS[month]}-{day:0>2}T{time}{_ISO_ZONES.get(zone, zone)}"
        ).astimezone(UTC)
    except (ValueError, KeyError, OverflowError):
        return _carefully(text)


def _carefully(text: str) -> datetime | None:
    found = _DATE.search(text[:_MAX])
    if found is None:
        return _patiently(text[:_MAX]) if text else None
    day, month, year, hour, minute, second, sign, ahead, ahead_minutes, zone = found.groups()
    if sign is None and zone is None and found.end() < len(text.rstrip()):
        return _patiently(text[:_MAX])  # a zone by name: "EST"
    try:
        moment = datetime(
            int(year), _MONTHS[month.lower()], int(day), int(hour), int(minute),
            min(int(second or 0), 59), tzinfo=UTC,
        )  # fmt: skip
        if sign is not None:
            offset = timedelta(hours=int(ahead), minutes=int(ahead_minutes))
            moment = moment - offset if sign == "+" else moment + offset
    except (KeyError, ValueError, OverflowError):
        return None
    return moment


def _patiently(text: str) -> datetime | None:
    try:
        parsed = parsedate_tz(text)
        return None if parsed is None else datetime.fromtimestamp(mktime_tz(parsed), UTC)
    except (ValueError, OverflowError, OSError, TypeError, IndexError):
        return None
