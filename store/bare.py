"""Statements as text within a transaction, for what is written and read by the thousand.

Owns the differences between the drivers and nothing else: values go and come
as they lie in the tables (store.columns), so instants are microseconds and
texts are cleaned by whoever calls. Putting a statement together from parts,
and each value through a type, costs more than SQLite itself does; so does
SQLAlchemy's keeping of a cursor, which is why SQLite's driver is asked itself.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import Connection, exc
from sqlalchemy.orm import Session

from store.batches import in_batches

__all__ = ["insert", "many", "rows"]

_LOCK = " FOR NO KEY UPDATE OF d"
_MOST = 64  # rows of one statement on SQLite


def insert(table: str, columns: str) -> str:
    """The text that inserts one row of these columns, named with commas between."""
    marks = ", ".join("?" * len(columns.split(",")))
    return f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 - our own names


def many(tx: Session, text: str, values: Sequence[tuple[Any, ...]]) -> None:
    """The same INSERT or UPDATE once for each of values; its parameters are ?.

    An UPDATE must name different rows each time.
    """
    if not values:
        return
    connection = tx.connection()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_styled(text, "postgresql"), list(values))
        return
    # the driver gives the interpreter's lock up for each step, and other threads take it
    done = 0
    while done < len(values):
        # the largest power of two that there is: few texts, so that they stay prepared
        size = min(_MOST, 1 << (len(values) - done).bit_length() - 1)
        some = values[done : done + size]
        _ask(connection, _at_once(text, size), tuple(chain.from_iterable(some)))
        done += size


@lru_cache(256)
def _at_once(text: str, count: int) -> str:
    """The statement that does what text does for so many rows of values."""
    if text.startswith("INSERT"):
        head, _, marks = text.partition(" VALUES ")
        return f"{head} VALUES {', '.join([marks] * count)}"
    width = text.count("?")
    names = [f"v{number}" for number in range(width)]
    pieces = (f"{piece}v.{name}" for piece, name in zip(text.split("?"), names, strict=False))
    change, _, which = ("".join(pieces) + text.rpartition("?")[2]).partition(" WHERE ")
    row = f"({', '.join('?' * width)})"
    given = f"WITH v ({', '.join(names)}) AS (VALUES {', '.join([row] * count)})"
    return f"{given} {change} FROM v WHERE {which}"


def rows(
    tx: Session, text: str, ids: Sequence[Any], *more: Any, lock: bool = False
) -> list[tuple[Any, ...]]:
    """All rows for these ids, which stand in place of the first ? of text; more for the others.

    lock: the rows of the table called d are locked (SQLite has the whole file locked).
    ids then must be sorted, and so must be the rows of text.
    """
    connection = tx.connection()
    dialect = connection.dialect.name
    if lock and dialect == "postgresql":
        text += _LOCK
    found: list[tuple[Any, ...]] = []
    for some in in_batches(ids):
        # the last one again up to a power of two, as above
        width = 1 << (len(some) - 1).bit_length()
        marks, again = ", ".join("?" * width), (some[-1],) * (width - len(some))
        asked = text.replace("(?)", f"({marks})", 1)
        found += _ask(connection, asked, (*some, *again, *more), answers=True)
    return found


def _ask(
    connection: Connection, text: str, values: tuple[Any, ...], *, answers: bool = False
) -> list[tuple[Any, ...]]:
    """Runs one statement, and its rows where it has any. Raises exc.DBAPIError."""
    dialect = connection.dialect
    if dialect.name == "postgresql":
        done = connection.exec_driver_sql(_styled(text, dialect.name), values)
        return [tuple(row) for row in done] if answers else []
    driver: Any = connection.connection.driver_connection
    try:
        found: list[tuple[Any, ...]] = driver.execute(text, values).fetchall()
    except dialect.loaded_dbapi.Error as error:
        # as SQLAlchemy does it: the values are not ours to show
        raise exc.DBAPIError.instance(
            text, (), error, dialect.loaded_dbapi.Error, hide_parameters=True, dialect=dialect
        ) from error
    return found


def _styled(text: str, dialect: str) -> str:
    # our statements hold neither ? nor % but as parameters
    return text.replace("?", "%s") if dialect == "postgresql" else text
