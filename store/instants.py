"""Instants as the ledger keeps them: microseconds since 1970, UTC."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

__all__ = ["from_micros", "to_micros"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970. Raises ValueError for a datetime without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a datetime for the ledger must know its time zone")
    return (moment - _EPOCH) // _MICROSECOND


@lru_cache(1024)  # the deliveries of a notice have theirs in common
def from_micros(number: int) -> datetime:
    """The aware UTC datetime of that many microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=number)
