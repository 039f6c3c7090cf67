"""Fixtures: a PostgreSQL server of our own for a session, an empty database for each test.

Debian's programs, a private data directory, loopback only. PostgreSQL refuses
to run as root, so root's tests run it as the user that Debian made for it.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from tests.plugins.ports import HOST, free_ports
from tests.plugins.processes import Daemon
from tests.plugins.requirements import require_server

__all__ = ["PostgresServer", "find_postgres", "postgres_server", "postgres_url", "run_postgres"]

_USER = "postgres"
_READY_WITHIN = 120.0


@dataclass(frozen=True)
class PostgresServer:
    """A running server."""

    port: int

    def url(self, database: str) -> str:
        return f"postgresql://{_USER}@{HOST}:{self.port}/{database}"

    def create(self, template: str = "template1") -> str:
        """Make a database; its URL."""
        name = f"landed_{uuid4().hex}"
        self._say(f'CREATE DATABASE {name} TEMPLATE "{template}"')
        return self.url(name)

    def drop(self, url: str) -> None:
        self._say(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def _say(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())


def find_postgres() -> Path | str:
    """The folder of the newest server's programs, or why there is none."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: int(path.parts[4]) if path.parts[4].isdecimal() else 0,
    )
    if not found:
        return "PostgreSQL's server is not installed (Debian: postgresql)"
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            return "setpriv is missing (Debian: util-linux): PostgreSQL must not run as root"
        try:
            pwd.getpwnam(_USER)
        except KeyError:
            return f"the user {_USER} is missing: PostgreSQL must not run as root"
    return found[-1].parent


@contextmanager
def run_postgres(programs: Path) -> Iterator[PostgresServer]:
    """Run a server until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="landed-postgres-"))
    as_user: list[str | Path] = []
    if os.geteuid() == 0:
        user = pwd.getpwnam(_USER)
        os.chown(folder, user.pw_uid, user.pw_gid)
        as_user = ["setpriv", f"--reuid={_USER}", f"--regid={user.pw_gid}", "--clear-groups"]
    data = folder / "data"
    try:
        subprocess.run(
            [
                *as_user,
                programs / "initdb",
                "--no-sync",
                "--auth=trust",
                f"--username={_USER}",
                "--encoding=UTF8",
                "--locale=C",
                data,
            ],
            check=True,
            capture_output=True,
            timeout=_READY_WITHIN,
        )
        (port,) = free_ports(1)
        settings = {
            "port": port,
            "listen_addresses": HOST,
            "unix_socket_directories": "",
            "fsync": "off",
            "max_connections": 60,
        }
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        daemon = Daemon(
            "PostgreSQL", [*as_user, programs / "postgres", "-D", data, *options], folder / "log"
        )
        try:
            daemon.wait_for_greeting(port, b"", _READY_WITHIN)
            _wait_until_it_answers(port)
            yield PostgresServer(port)
        finally:
            with suppress(ProcessLookupError):
                os.kill(daemon.pid, signal.SIGINT)  # "fast": does not wait for clients
            daemon.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_it_answers(port: int) -> None:
    """It listens a moment before it lets anyone in."""
    url = PostgresServer(port).url("postgres")
    for _ in range(200):
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError as error:
            if "starting up" not in str(error):
                raise
            signal.sigtimedwait([], 0.05)
        else:
            return


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """PostgreSQL for the whole session; tests take postgres_url."""
    programs = find_postgres()
    if isinstance(programs, str):
        require_server(programs)
    with run_postgres(programs) as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """An empty database of this test's own."""
    url = postgres_server.create()
    yield url
    postgres_server.drop(url)
