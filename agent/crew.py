"""Workers of the outbox: threads of the agent, or of processes of their own beside it.

Owns how many there are, and the life of such a process: it gets its
configuration through a pipe, sends for as long as that stands open, and drains
when it is closed, also because the agent is gone. Sees the configuration, as
the daemon does.
"""

import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from agent.config import Config
from agent.log import set_up
from agent.supervise import Component, Witness
from agent.wall import Wall
from agent.wiring import outward
from agent.wiring.ledger import ledger_url
from store.database import Ledger

__all__ = ["main", "senders"]

_LOOK = 0.2  # seconds
# -P: what lies about in the current folder is not ours
_COMMAND = (sys.executable, "-P", "-c", "from agent.crew import main; main()")
# the agent hears these, and closes the pipe
_DEAF_TO = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class _Order:
    """What a process is told at its start."""

    config: Config
    number: int  # 1, 2, ...
    workers: int


def senders(
    config: Config, ledger: Ledger, name: str, stop: threading.Event, witness: Witness
) -> list[Component]:
    """What works the outbox off: workers, or the keepers of processes that have some each."""
    wanted = config.sending
    if wanted.processes == 1:
        return _workers(config, ledger, name, wanted.workers, stop, witness, "sender {}")
    return [
        Component(
            f"sender process {order.number}",
            partial(_keep, order),
            wanted.every,
            stop,
            witness,
        )
        for order in (
            _Order(config, number + 1, len(range(number, wanted.workers, wanted.processes)))
            for number in range(min(wanted.processes, wanted.workers))
        )
    ]


def _workers(  # noqa: PLR0917 - one call for threads here, one for those of a process
    config: Config,
    ledger: Ledger,
    name: str,
    many: int,
    stop: threading.Event,
    witness: Witness,
    named: str,
) -> list[Component]:
    sender = outward.sender(config, ledger, name)
    return [
        Component(
            named.format(number),
            lambda stop: sender.run_once(_now, stop),
            config.sending.every,
            stop,
            witness,
        )
        for number in range(1, many + 1)
    ]


def _keep(order: _Order, stop: threading.Event) -> None:
    """Starts a process and stays with it until stop. Raises RuntimeError where it ends by itself.

    It is given the time to drain, and killed after it.
    """
    process = subprocess.Popen(_COMMAND, stdin=subprocess.PIPE)  # noqa: S603 - our own program
    pipe = process.stdin
    assert pipe is not None  # noqa: S101 - it was asked for
    try:
        with suppress(BrokenPipeError):
            pickle.dump(order, pipe)
            pipe.flush()
        while not stop.wait(_LOOK) and process.poll() is None:
            pass
    finally:
        with suppress(BrokenPipeError):
            pipe.close()
        try:
            code = process.wait(order.config.daemon.drain.total_seconds())
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
    if not stop.is_set():
        raise RuntimeError(f"it ended by itself (exit code {code}); its last words are in the log")


def main() -> None:
    """One such process, until its standard input ends."""
    for number in _DEAF_TO:
        signal.signal(number, signal.SIG_IGN)
    order: _Order = pickle.load(sys.stdin.buffer)  # noqa: S301 - the agent's own pipe
    config = order.config
    set_up(config.daemon.log_level, config.daemon.log_format)
    ledger = Ledger.open(ledger_url(config), create=False)
    stop = threading.Event()
    name = f"{socket.gethostname()}-{os.getpid()}"
    named = f"sender {order.number}.{{}}"
    workers = _workers(config, ledger, name, order.workers, stop, Wall(ledger), named)
    for worker in workers:
        worker.start()
    sys.stdin.buffer.read()
    stop.set()
    end = time.monotonic() + config.daemon.drain.total_seconds()
    for worker in workers:
        worker.join(timedelta(seconds=end - time.monotonic()))
    ledger.close()


def _now() -> datetime:
    return datetime.now(UTC)
