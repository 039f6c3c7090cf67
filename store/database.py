"""The ledger as a whole: opening it, transactions, migrations, advisory locks.

Owns the engine and everything that differs between SQLite and PostgreSQL. Must
not ask questions of the tables: those live in one module each, and their
statements are the same for both. Rows are locked with key_share (PostgreSQL's
FOR NO KEY UPDATE; SQLite has the whole file locked and ignores it), which lets
the checks of foreign keys pass and so cannot end in a circle with them. One
Ledger serves many threads; every process opens its own.
"""

import fcntl
import hashlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, exc, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from store import migrations, room
from store.errors import LedgerBusy, LedgerError, LedgerUnavailable, no_ledger, other_schema
from store.faults import translate
from store.together import Together

__all__ = ["Ledger", "LedgerBusy", "LedgerError", "LedgerUnavailable"]

T = TypeVar("T")

_BUSY_SECONDS = 30
_PREPARED = 512  # statements of one connection: store.bare has each in several sizes
_TURN = 5.0  # seconds
_LOOK = 0.0005  # seconds between looks whether another process has done with the file
_LOOK_AT_LEAST = 0.01  # where many processes wait their looks would leave nothing to who writes
_READ_ONLY = "landed_read_only"
_POSTGRES_ARGUMENTS = {
    "connect_timeout": 10,
    "options": f"-c lock_timeout={_BUSY_SECONDS}s -c timezone=UTC",
    "application_name": "landed",
}


class Ledger:
    """An open ledger. Make it with Ledger.open()."""

    def __init__(self, engine: Engine, path: Path | None) -> None:
        self._engine = engine
        # a held lock keeps its connection for hours, and must not drain the pool
        self._lock_engine: Engine | None = None
        if path is None:
            self._lock_engine = create_engine(
                engine.url, poolclass=NullPool, connect_args=_POSTGRES_ARGUMENTS
            )
        self._path = path
        self._unwritten = False  # the last write failed for want of a disk
        # SQLite's own waiting for the write lock is a poll; threads of one process need none
        self._turn = threading.Lock() if path is not None else None
        self._together = None if path is None else Together(self.transaction, self.run)
        self._where = (
            str(path) if path is not None else engine.url.render_as_string(hide_password=True)
        )

    @classmethod
    def open(cls, url_or_path: str | Path, *, create: bool = True) -> "Ledger":
        """Open a SQLite file, or a "postgresql://" database.

        A missing file is made and an empty ledger gets its tables, unless
        create is False. Tables of an older version are left alone: see
        schema_is_current() and migrate(). Raises LedgerUnavailable.
        """
        given = str(url_or_path)
        if given.startswith(("postgresql:", "postgres:", "postgresql+psycopg:")):
            ledger = cls(_postgres(given), None)
        else:
            path = Path(given.removeprefix("sqlite:///")).expanduser()
            ledger = cls(_sqlite(path, create=create), path)
        try:
            ledger._begin_existence(create=create)
        except BaseException:
            ledger.close()
            raise
        return ledger

    def __repr__(self) -> str:
        return f"Ledger({self._where!r})"

    @property
    def url(self) -> str:
        """What Ledger.open() and Reader.open() take to come here, password included."""
        if self._path is not None:
            return str(self._path)
        bare = self._engine.url.set(drivername="postgresql")
        return bare.render_as_string(hide_password=False)

    @property
    def dialect(self) -> str:
        """Which database: sqlite or postgresql."""
        return self._engine.dialect.name

    @contextmanager
    def transaction(self, *, read_only: bool = False) -> Iterator[Session]:
        """A unit of work: all of it is kept, or nothing.

        On SQLite the write lock is taken at the start (BEGIN IMMEDIATE), so
        what was read cannot change before it is written; read_only takes none.
        Raises LedgerBusy, LedgerUnavailable, LedgerError instead of driver errors.
        """
        try:
            with self._my_turn(read_only=read_only), self._engine.connect() as connection:
                bound = connection.execution_options(**{_READ_ONLY: read_only})
                # the connection's own begin is at once, a session's would wait for a statement
                with bound.begin(), Session(bound, expire_on_commit=False) as session:
                    yield session
                    session.commit()
        except exc.SQLAlchemyError as error:
            told = translate(error, self._where)
            if not read_only and isinstance(told, LedgerUnavailable):
                self._tell_unwritten(unwritten=True)
            raise told from error
        if self._unwritten and not read_only:
            self._tell_unwritten(unwritten=False)

    def _tell_unwritten(self, *, unwritten: bool) -> None:
        """For those who look from outside; what cannot be written cannot be told in it."""
        self._unwritten = unwritten
        if self._path is not None:
            (room.failed if unwritten else room.worked)(self._path)

    @contextmanager
    def _my_turn(self, *, read_only: bool) -> Iterator[None]:
        """One writer of this process at a time; who waits too long asks SQLite, which says so."""
        held = not read_only and self._turn is not None and self._turn.acquire(timeout=_TURN)
        try:
            yield
        finally:
            if held and self._turn is not None:
                self._turn.release()

    def run(self, work: Callable[[Session], T], *, attempts: int = 5) -> T:
        """work(tx) in a transaction of its own, done again when somebody else was faster."""
        for _ in range(attempts - 1):
            try:
                with self.transaction() as tx:
                    return work(tx)
            except LedgerBusy:
                time.sleep(0.02)
        with self.transaction() as tx:
            return work(tx)

    def share(self, work: Callable[[Session], T]) -> T:
        """run() for what many threads do at a time: on SQLite they share a transaction.

        A work may be done twice, the first time to no effect.
        """
        return self.run(work) if self._together is None else self._together.run(work)

    def _begin_existence(self, *, create: bool) -> None:
        if self.schema_version() is not None:
            return
        if not create:
            raise no_ledger(f"in {self._where}")
        self.migrate()

    def schema_version(self) -> str | None:
        """The newest migration that was applied, None for an empty database."""
        try:
            with self._engine.connect().execution_options(**{_READ_ONLY: True}) as connection:
                if not inspect(connection).has_table("alembic_version"):
                    return None
                found = connection.scalar(text("SELECT version_num FROM alembic_version"))
                return None if found is None else str(found)
        except exc.SQLAlchemyError as error:
            raise translate(error, self._where) from error

    def schema_is_current(self) -> bool:
        """Whether the tables are those that this version works with."""
        return self.schema_version() == migrations.HEAD

    def migrate(self) -> None:
        """Bring the tables to this version; nothing to do is fine, so are two at once.

        Raises LedgerUnavailable where a newer program made them.
        """
        found = self.schema_version()
        if found == migrations.HEAD:
            return  # nobody else waits for that to be seen
        if (found or "") > migrations.HEAD:
            self.refuse_other_versions()
        from store.migrations.run import upgrade  # noqa: PLC0415 - alembic costs 0.1 s to import

        try:
            with self._engine.connect() as connection, connection.begin():
                if self.dialect == "postgresql":
                    connection.execute(
                        text("SELECT pg_advisory_xact_lock(:key)"), {"key": _lock_key("migrate")}
                    )
                upgrade(connection)
        except exc.SQLAlchemyError as error:
            raise translate(error, self._where) from error

    def refuse_other_versions(self) -> None:
        """Raises LedgerUnavailable unless the tables are those of this version."""
        found = self.schema_version()
        if found is not None and found != migrations.HEAD:
            raise other_schema(self._where, found=found, wanted=migrations.HEAD)

    @contextmanager
    def hold(self, name: str) -> Iterator[bool]:
        """Hold a named lock while the block runs; False when somebody else holds it.

        The lock ends with the process, however it ends.
        """
        if self._lock_engine is None:
            with self._hold_file(name) as held:
                yield held
        else:
            with _hold_session(self._lock_engine, name, self._where) as held:
                yield held

    @contextmanager
    def _hold_file(self, name: str) -> Iterator[bool]:
        digest = hashlib.sha256(name.encode()).hexdigest()[:12]
        path = f"{self._path}.{digest}.lock"
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise LedgerUnavailable(
                f"cannot make the lock file {path} ({error.strerror}): the folder of the ledger "
                "must be writable"
            ) from error
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(handle)

    def close(self) -> None:
        """Close every connection; the ledger may not be used afterwards."""
        self._engine.dispose()


@contextmanager
def _hold_session(engine: Engine, name: str, where: str) -> Iterator[bool]:
    key = {"key": _lock_key(name)}
    try:
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    except exc.SQLAlchemyError as error:
        raise translate(error, where) from error
    with connection:
        try:
            held = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), key))
        except exc.SQLAlchemyError as error:
            raise translate(error, where) from error
        try:
            yield held
        finally:
            if held:
                _let_go(connection, key)


def _let_go(connection: Connection, key: dict[str, int]) -> None:
    """Unlock; a dead connection has unlocked already, and must not be pooled again."""
    try:
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)
    except exc.SQLAlchemyError:
        connection.invalidate()


def _lock_key(name: str) -> int:
    digest = hashlib.sha256(b"landed " + name.encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _postgres(given: str) -> Engine:
    try:
        url = make_url(given).set(drivername="postgresql+psycopg")
    except (exc.ArgumentError, ValueError) as error:
        raise LedgerUnavailable("the address of the ledger is not a valid URL") from error
    return create_engine(url, pool_pre_ping=True, connect_args=_POSTGRES_ARGUMENTS)


def _sqlite(path: Path, *, create: bool) -> Engine:
    if not path.exists():
        if not create:
            raise no_ledger(f"at {path}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        except OSError as error:
            raise LedgerUnavailable(
                f"cannot make the ledger {path} ({error.strerror}): check the folder's owner "
                "and permissions"
            ) from error
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path)),
        connect_args={
            "timeout": _BUSY_SECONDS,
            "check_same_thread": False,
            "cached_statements": _PREPARED,
        },
        pool_size=5,
        max_overflow=20,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # the driver's own BEGIN is deferred and would deadlock two writers
    connection.isolation_level = None
    for pragma in ("foreign_keys=ON", "synchronous=FULL", "temp_store=MEMORY", "cache_size=-16384"):
        connection.execute(f"PRAGMA {pragma}")
    # the busy timeout does not cover this one statement
    until = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get(_READ_ONLY):
        connection.exec_driver_sql("BEGIN")
        return
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101 - a connection that is beginning is connected
    # SQLite would look again ever more seldom, up to every 100 ms: long after its turn had come
    driver.execute("PRAGMA busy_timeout=0")
    until, look = time.monotonic() + _BUSY_SECONDS, _LOOK
    try:
        while True:
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            except exc.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > until:
                    raise
                time.sleep(look)
                look = min(1.2 * look, _LOOK_AT_LEAST)
            else:
                return
    finally:
        driver.execute(f"PRAGMA busy_timeout={1000 * _BUSY_SECONDS}")
