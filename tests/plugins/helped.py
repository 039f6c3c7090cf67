"""A watcher of a backlog that is read in a second process from its first mail on.

Owns that watcher, as a test and a child process that is to be killed both need it.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent.inbound.account import Account
from agent.inbound.backlog.ahead import Ahead
from agent.inbound.backlog.process import Process
from agent.inbound.watch import Watcher
from parsers.mime.message import Limits
from store.database import Ledger
from tests.plugins.backlog import PASSWORD, USER
from tests.plugins.owed import KEYRING, policies
from tests.plugins.ports import HOST

__all__ = ["Punctual", "child", "watcher"]

_START = 60.0  # seconds


class Punctual(Ahead):
    """Waits for the process before the first batch, and counts those that there were."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(Limits(), at_least=1, **rest)
        self.processes: list[int] = []

    def _start(self) -> Process:
        process = super()._start()
        assert process.listens(_START)
        self.processes.append(process._child.pid)
        return process


def watcher(
    ledger: Ledger, port: int, ahead: Ahead, progress: Callable[[str, int, int], None] | None = None
) -> Watcher:
    """Of the INBOX of a Dovecot with a backlog (tests.plugins.backlog); flags what is recorded."""
    wait = timedelta(seconds=60)
    account = Account(
        "bounces", HOST, port, "none", "", USER, PASSWORD, timeout=wait, batch=20, after="flag"
    )
    return Watcher(ledger, account, "INBOX", KEYRING, policies, ahead=ahead, progress=progress)


def child(ledger_path: str, port: int, told: str, enough: int) -> None:
    """Reads the backlog and kills itself once enough mails are recorded; tells its helper."""
    ahead = Punctual()

    def progress(_name: str, done: int, _left: int) -> None:
        if done >= enough:
            Path(told).write_text(str(ahead.processes[-1]), encoding="ascii")
            os.kill(os.getpid(), signal.SIGKILL)

    ear = watcher(Ledger.open(ledger_path), port, ahead, progress)
    ear.run_once(lambda: datetime.now(UTC), threading.Event())


if __name__ == "__main__":
    child(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
