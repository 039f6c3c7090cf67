"""A read-only connection over the plain DB-API, to SQLite or PostgreSQL.

Owns the connecting, the one difference in parameter style, and the refusal of
a ledger that is missing or of another version. Must not import SQLAlchemy,
which costs more to load than the answers cost to find.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from store import migrations
from store.errors import LedgerUnavailable, no_ledger, other_schema
from store.texts import clean

__all__ = ["Plain"]

_BUSY_SECONDS = 30
_LONGEST = 2000  # characters of anything that is asked for


class _Cursor(Protocol):
    def fetchall(self) -> list[Any]: ...


class _Connection(Protocol):
    def execute(self, query: Any, params: Any = ..., /) -> _Cursor: ...
    def close(self) -> None: ...


class Plain:
    """One connection, for one thread. Statements use ? for parameters."""

    def __init__(self, connection: _Connection, where: str, *, postgres: bool) -> None:
        self._connection = connection
        self._where = where
        self._postgres = postgres

    @classmethod
    def open(cls, url_or_path: str | Path) -> "Plain":
        """Open a ledger that exists and is of this version. Raises LedgerUnavailable."""
        given = str(url_or_path)
        scheme, separator, rest = given.partition("://")
        if separator and scheme.startswith("postgres"):
            plain = cls(_postgres(f"postgresql://{rest}"), "in the database", postgres=True)
        else:
            path = Path(given.removeprefix("sqlite:///")).expanduser()
            plain = cls(_sqlite(path), f"at {path}", postgres=False)
        try:
            plain._refuse_other_versions()
        except BaseException:
            plain.close()
            raise
        return plain

    def _refuse_other_versions(self) -> None:
        try:
            with self.snapshot():
                found = self.rows("SELECT version_num FROM alembic_version")
        except LedgerUnavailable as error:
            if "alembic_version" not in str(error):
                raise
            found = []
        if not found:
            raise no_ledger(self._where)
        version = found[0][0]
        if version != migrations.HEAD:
            raise other_schema(self._where, found=version, wanted=migrations.HEAD)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All statements of the block see the ledger at one moment."""
        begin = "BEGIN"
        if self._postgres:
            begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        self.rows(begin)
        try:
            yield
        finally:
            self.rows("ROLLBACK")

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        """Every row of a statement's answer, as tuples. Raises LedgerUnavailable."""
        # our statements hold neither ? nor % but as parameters
        text = statement.replace("?", "%s") if self._postgres else statement
        safe = [clean(value, _LONGEST) if isinstance(value, str) else value for value in values]
        try:
            cursor = self._connection.execute(text, safe)
            if self._postgres and getattr(cursor, "description", None) is None:
                return []
            return cursor.fetchall()
        except Exception as error:
            if not _of_driver(error):
                raise
            raise _unreadable(self._where, " ".join(str(error).split())[:300]) from error

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()


def _of_driver(error: Exception) -> bool:
    return isinstance(error, sqlite3.Error) or type(error).__module__.startswith("psycopg")


def _sqlite(path: Path) -> _Connection:
    if not path.is_file():
        raise no_ledger(f"at {path}")
    # "rw", not "ro": reading a WAL ledger that nobody has open needs its shared memory made
    for mode in ("rw", "ro"):
        try:
            connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={mode}",
                uri=True,
                timeout=_BUSY_SECONDS,
                isolation_level=None,
            )
            connection.execute("PRAGMA query_only=ON")
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        except sqlite3.Error as error:
            said = error
        else:
            return connection
    raise _unreadable(f"at {path}", str(said))


def _unreadable(where: str, said: str) -> LedgerUnavailable:
    todo = ""
    if "readonly" in said or "unable to open" in said:
        todo = ": SQLite writes beside a ledger even to read it, so whoever reads needs the right "
        todo += "to write the file and its folder, as the agent's own user has"
    return LedgerUnavailable(f"the ledger {where} cannot be read ({said}){todo}")


def _postgres(url: str) -> _Connection:
    import psycopg  # noqa: PLC0415 - only who uses it pays for it

    try:
        return psycopg.connect(
            url, autocommit=True, connect_timeout=10, application_name="landed-reading"
        )
    except psycopg.Error as error:
        raise LedgerUnavailable(
            f"the ledger's database does not answer ({' '.join(str(error).split())[:300]})"
        ) from error
