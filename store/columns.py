"""How values of ours lie in the database: instants, ids, and text from outside.

Owns the column types. Must not know any table.
"""

from collections.abc import Callable
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

    # process_bind_param would cost a call more for each value, of which there are millions
    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], int | None]:  # noqa: ARG002
        """Outward."""
        return _to_micros

    def result_processor(
        self,
        dialect: Dialect,  # noqa: ARG002
        coltype: object,  # noqa: ARG002
    ) -> Callable[[int | None], datetime | None]:
        """Inward."""
        return _from_micros


def _to_micros(value: datetime | None) -> int | None:
    return None if value is None else to_micros(value)


def _from_micros(value: int | None) -> datetime | None:
    return None if value is None else from_micros(value)


class CleanText(TypeDecorator[str]):
    """Text that may come from a stranger's mail: bounded and storable, see store.texts."""

    impl = Text
    cache_ok = True

    def __init__(self, limit: int = 2000) -> None:
        super().__init__()
        self.limit = limit

    def bind_processor(self, dialect: Dialect) -> Callable[[str | None], str | None]:  # noqa: ARG002
        """Outward."""
        limit = self.limit

        def process(value: str | None) -> str | None:
            return clean(value, limit) if value else value

        return process
