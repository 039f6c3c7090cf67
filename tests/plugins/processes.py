"""A server as a child process: started, known to be ready, ended by its own id.

Each one leads a session of its own, so that ending it ends what it started and
nothing else. Its output goes to a file, which a failing test shows.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tests.plugins.ports import HOST

__all__ = ["Daemon", "NotReadyError", "tail"]

READY_WITHIN = 120.0  # seconds; a JVM on a loaded machine needs ten
STOP_WITHIN = 10.0

_PAUSE = 0.05


class NotReadyError(RuntimeError):
    """A server ended, or said nothing on its port, before it could be used."""


def tail(path: Path, lines: int = 60) -> str:
    """Return the last lines of a log, or a word on its absence."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return f"(no log: {error.strerror})"
    return "\n".join(text.splitlines()[-lines:])


def _dies_with_us() -> list[str]:
    """The prefix under which Linux ends a server whose test run was killed.

    Postfix's master changes its user for a moment and so sheds it: that one stays.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


class Daemon:
    """One running server. stop() is safe to call twice."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        log: Path,
        *,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*_dies_with_us(), *(str(word) for word in command)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=dict(env) if env is not None else None,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_for_greeting(self, port: int, greeting: bytes, within: float = READY_WITHIN) -> None:
        """Return once the port answers a new connection with greeting.

        An empty greeting asks for a connection only. Raises NotReadyError with the
        end of the log when the process ended or the time ran out.
        """
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            if _greets(port, greeting):
                return
            time.sleep(_PAUSE)
        code = self._process.poll()
        fate = "still running" if code is None else f"ended with code {code}"
        message = f"{self.name} gave no greeting on port {port} ({fate})\n{tail(self.log)}"
        raise NotReadyError(message)

    def stop(self, within: float = STOP_WITHIN) -> None:
        """Ask the server and its children to end; kill them when they do not in time."""
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(within)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(within)


def _greets(port: int, greeting: bytes) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=2) as line:
            return not greeting or line.recv(512).startswith(greeting)
    except OSError:
        return False
