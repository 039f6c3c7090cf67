"""How values of ours lie in the database: instants, ids, and text from outside.

Owns the column types. Must not know any table.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

from store.instants import from_micros, to_micros
from store.texts import clean

__all__ = ["CleanText", "Identity", "UtcMicros"]

# SQLite makes only an INTEGER primary key the row's own key
Identity = BigInteger().with_variant(Integer(), "sqlite")


class UtcMicros(TypeDecorator[datetime]):
    """An instant, as BIGINT microseconds since 1970: the same in every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Outward."""
        return None if value is None else to_micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Inward."""
        return None if value is None else from_micros(value)


class CleanText(TypeDecorator[str]):
    """Text that may come from a stranger's mail: bounded, storable everywhere.

    NUL and lone surrogates become U+FFFD (PostgreSQL refuses the first, every
    driver the second); what is longer than limit characters is cut.
    """

    impl = Text
    cache_ok = True

    def __init__(self, limit: int = 2000) -> None:
        super().__init__()
        self.limit = limit

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Outward."""
        if value is None:
            return None
        return clean(value, self.limit)
