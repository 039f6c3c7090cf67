"""Answers to FETCH, taken apart: the common form by one expression, any other by imapclient.

Owns the form of these answers (RFC 3501 7.4.2) as imaplib hands them over. Must not talk
to a server. imapclient's parser takes longer for a mail than judging it does.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from imapclient import IMAPClient
from imapclient.response_parser import parse_fetch_response

__all__ = ["NONSENSE", "Given", "split"]

# what imapclient's parser raises on it
NONSENSE = (IMAPClient.Error, ValueError, LookupError, TypeError, AttributeError, RecursionError)

_ITEM = (
    rb"(?:UID (\d{1,10})|INTERNALDATE \"([^\"]*)\"|RFC822\.SIZE (\d{1,19})"
    rb"|FLAGS \([^()\"{]*\)|MODSEQ \(\d+\))"
)
_ALONE = re.compile(rb"\d+ \(" + _ITEM + rb"(?: " + _ITEM + rb")*\)", re.IGNORECASE)
_BEFORE = re.compile(rb"\d+ \((?:" + _ITEM + rb" )*BODY\[\](?:<0>)? \{\d+\}", re.IGNORECASE)
_AFTER = re.compile(rb"(?: " + _ITEM + rb")*\)", re.IGNORECASE)
_DATE = re.compile(
    rb"([ 0-3]\d)-([A-Z][a-z]{2})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-]\d\d)(\d\d)"
)  # RFC 3501 9, date-time
_MONTHS = {
    name: number
    for number, name in enumerate(
        b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), start=1
    )
}


class Given(NamedTuple):
    """What a server told of one mail; None and 0 for what it did not."""

    raw: bytes | None = None
    date: datetime | None = None  # INTERNALDATE, aware UTC
    size: int = 0  # RFC822.SIZE, octets


_NOTHING = Given()


def split(data: Sequence[Any]) -> dict[int, Given]:
    """By UID, what was told; a mail told of twice has the later word for each thing.

    data: what imaplib collected of untagged FETCH. Raises as imapclient's parser does
    on what makes no sense (ProtocolError, ValueError, ...).
    """
    told: dict[int, Given] = {}
    parts = iter(data)
    for part in parts:
        if isinstance(part, tuple):
            before, raw = part
            after = next(parts, None)
            head = _BEFORE.fullmatch(before)
            tail = _AFTER.fullmatch(after) if isinstance(after, bytes) else None
            if head is None or tail is None:
                return _by_imapclient(data)
            (uid, date, size), (uid2, date2, size2) = head.groups(), tail.groups()
            _note(told, uid or uid2, raw, date or date2, size or size2)
        elif isinstance(part, bytes):
            alone = _ALONE.fullmatch(part)
            if alone is None:
                return _by_imapclient(data)
            uid, date, size, uid2, date2, size2 = alone.groups()
            _note(told, uid or uid2, None, date or date2, size or size2)
    return told


def _note(
    told: dict[int, Given],
    uid: bytes | None,
    raw: bytes | None,
    date: bytes | None,
    size: bytes | None,
) -> None:
    if uid is None:  # news of its flags, by its number
        return
    number = int(uid)
    before = told.get(number, _NOTHING)
    told[number] = Given(
        before.raw if raw is None else raw,
        before.date if date is None else _moment(date),
        before.size if size is None else int(size),
    )


def _moment(text: bytes) -> datetime | None:
    found = _DATE.fullmatch(text)
    month = _MONTHS.get(found[2]) if found else None
    if found is None or month is None:
        return None
    day, year, hour, minute, second = (int(found[place]) for place in (1, 3, 4, 5, 6))
    sign = -1 if found[7].startswith(b"-") else 1
    offset = timedelta(hours=int(found[7]), minutes=sign * int(found[8]))
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC) - offset
    except (ValueError, OverflowError):
        return None


def _by_imapclient(data: Sequence[Any]) -> dict[int, Given]:
    """Any form that there is: quoted strings, NIL, other items, literals elsewhere."""
    told = {}
    for uid, items in parse_fetch_response(list(data), normalise_times=False).items():
        date = items.get(b"INTERNALDATE")
        size = items.get(b"RFC822.SIZE")
        told[uid] = Given(
            _body(items),
            date.astimezone(UTC) if isinstance(date, datetime) and date.tzinfo else None,
            size if isinstance(size, int) and size > 0 else 0,
        )
    return told


def _body(items: Any) -> bytes | None:
    """BODY[] as asked for: "BODY[]", "BODY[]<0>", or a number where it is all digits."""
    for name, value in items.items():
        if name.startswith(b"BODY[]"):
            if isinstance(value, int):
                return str(value).encode("ascii")
            return value if isinstance(value, bytes) else None
    return None
