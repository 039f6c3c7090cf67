"""pymap: a real IMAP server in Python, in memory, one fresh one for each test that asks.

Owns starting it as a process of its own on a free loopback port, and a second client
with which a test plays the mail world. Offers IDLE and APPEND; no TLS here, no CONDSTORE.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from imapclient import IMAPClient

from tests.plugins.ports import HOST, free_ports
from tests.plugins.processes import Daemon, NotReadyError

__all__ = ["PyMap", "run_pymap"]

_TRIES = 3
_TIMEOUT = 20


@dataclass(frozen=True, slots=True)
class PyMap:
    """A running server with one account and an INBOX."""

    host: str
    port: int
    username: str
    password: str
    daemon: Daemon

    @contextmanager
    def client(self, folder: str = "INBOX") -> Iterator[IMAPClient]:
        """A second client, with folder open."""
        with IMAPClient(self.host, self.port, ssl=False, timeout=_TIMEOUT) as client:
            client.login(self.username, self.password)
            if not client.folder_exists(folder):
                client.create_folder(folder)
            client.select_folder(folder)
            yield client

    def deliver(self, mails: Sequence[bytes], folder: str = "INBOX") -> None:
        """Put mails into a folder."""
        with self.client(folder) as client:
            for mail in mails:
                client.append(folder, mail)

    def flags(self, folder: str = "INBOX") -> dict[int, tuple[bytes, ...]]:
        """The flags of every mail by UID, but for \\Recent, which is not ours."""
        with self.client(folder) as client:
            told = client.get_flags(client.search("ALL"))
        return {
            uid: tuple(flag for flag in flags if flag.lower() != rb"\recent")
            for uid, flags in told.items()
        }

    def count(self, folder: str = "INBOX") -> int:
        """How many mails a folder has."""
        with self.client(folder) as client:
            return len(client.search("ALL"))


@contextmanager
def run_pymap() -> Iterator[PyMap]:
    """Run one until the block ends. Raises NotReadyError when it does not start."""
    with tempfile.TemporaryDirectory(prefix="landed-pymap-") as directory:
        daemon, port = _start(Path(directory))
        try:
            yield PyMap(HOST, port, "bounces", "pass-bounces", daemon)
        finally:
            daemon.stop()


def _start(directory: Path) -> tuple[Daemon, int]:
    failure: NotReadyError | None = None
    for _ in range(_TRIES):
        (port,) = free_ports(1)
        command = [sys.executable, "-c", "from pymap.main import main; main()"]
        command += ["--no-tls", "--host", HOST, "--port", str(port), "dict"]
        command += ["--demo-user", "bounces", "--demo-password", "pass-bounces"]
        daemon = Daemon("pymap", command, directory / "pymap.log")
        try:
            daemon.wait_for_greeting(port, b"* OK")
        except NotReadyError as error:
            daemon.stop()
            failure = error
        else:
            return daemon, port
    assert failure is not None
    raise failure
