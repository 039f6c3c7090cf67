"""Numbers that name rows, made without asking the database, in time order.

Owns the making of ids and their form for people. Must not know what an id
names: deliveries, notices, reports and gaps all draw from the same series.
"""

import base64
import binascii
import os
import threading
from datetime import UTC, datetime, timedelta

__all__ = ["first_id", "made_at", "new_id", "new_ids", "parse_tracking_id", "tracking_id"]

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LOW_BITS = 21
_LOW_MASK = (1 << _LOW_BITS) - 1
_TOP = (1 << 63) - 1
_LENGTH = 13
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"  # RFC 4648 6
_PAIRS = [one + other for one in _LETTERS for other in _LETTERS]
_SHIFTS = range(50, -1, -10)

_lock = threading.Lock()
_last = 0


def new_id(now: datetime) -> int:
    """A positive 63-bit number: milliseconds since 2020, then 21 bits from a random start.

    Strictly greater than every earlier one of this process, whatever the clock
    does. Two processes may collide within one millisecond with a chance of
    about one in two million per row; the primary key then refuses the second
    transaction as LedgerBusy, and doing it again draws other numbers.
    """
    return new_ids(now, 1)[0]


def new_ids(now: datetime, count: int) -> range:
    """So many of them, one after the other."""
    global _last  # noqa: PLW0603 - one series per process is the point
    milliseconds = max(0, (now - _EPOCH) // _MILLISECOND)
    with _lock:
        first = _last + 1
        if _last >> _LOW_BITS < milliseconds <= _TOP >> _LOW_BITS:
            first = milliseconds << _LOW_BITS | int.from_bytes(os.urandom(3), "big") & _LOW_MASK
        _last = first + count - 1
    return range(first, first + count)


def first_id(since: datetime | None) -> int:
    """The smallest number that new_id() could have drawn at that moment; 0 for None."""
    if since is None:
        return 0
    return min(max(0, (since - _EPOCH) // _MILLISECOND) << _LOW_BITS, _TOP)


def made_at(number: int) -> datetime:
    """When new_id() drew that number, to the millisecond; aware UTC."""
    return _EPOCH + (number >> _LOW_BITS) * _MILLISECOND


def tracking_id(number: int) -> str:
    """The form of an id for people: 13 lower-case letters and digits (base32)."""
    if not 0 <= number < 1 << 64:
        raise OverflowError(f"{number} does not fit in 64 bits")
    # base64.b32encode() is written in Python, and four times as slow
    bits = number << 1
    return _LETTERS[bits >> 60] + "".join([_PAIRS[bits >> shift & 1023] for shift in _SHIFTS])


def parse_tracking_id(text: str) -> int:
    """The id a person typed. Raises ValueError when it cannot be one."""
    plain = text.strip().upper()
    if len(plain) != _LENGTH:
        raise ValueError(f"a tracking ID has {_LENGTH} letters and digits, this has {len(plain)}")
    try:
        number = int.from_bytes(base64.b32decode(plain + "==="), "big")
    except (binascii.Error, ValueError) as error:
        raise ValueError("a tracking ID has only the letters a-z and the digits 2-7") from error
    if number > _TOP or tracking_id(number) != plain.lower():
        raise ValueError("no delivery can have this tracking ID")
    return number
