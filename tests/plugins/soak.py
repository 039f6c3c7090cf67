"""A soak: an agent's watchers in a process of their own, mail in bursts, faults at random.

Owns the course and the measuring: what was delivered is held against the ledger, and what
the process holds is read from /proc while it runs. The waits between connections are
shortened in the child, so that minutes bring the reconnects of an hour.
"""

import logging
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

from sqlalchemy import func, select

from agent.inbound import hurdles, watch
from agent.inbound.account import Account
from agent.inbound.watch import Watcher
from store.database import Ledger
from store.tables import EVIDENCE, REPORT
from store.words import FactKind
from tests.plugins.faultproxy import FaultProxy, run_fault_proxy
from tests.plugins.imapservers import ImapServer
from tests.plugins.matrix import CELLS
from tests.plugins.owed import KEYRING, Owed, open_owed, policies

__all__ = [
    "FOLDERS",
    "STRANGER",
    "Levels",
    "Soaked",
    "audit",
    "hasten",
    "latencies",
    "pour",
    "settle",
    "soak",
]

FOLDERS = 3
SETTLES_WITHIN = 180.0  # seconds after the last mail
_ROOT = Path(__file__).resolve().parents[2]
_CHILD = "import sys; from tests.plugins.soak import child; child(*sys.argv[1:])"
STRANGER = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: lunch?\r\n\r\nAt noon.\r\n"
_EVERY = 1.0  # seconds between two looks at the process


@dataclass(frozen=True, slots=True)
class Levels:
    """What a process holds at a moment."""

    resident: float  # MB
    threads: int
    descriptors: int


@dataclass(slots=True)
class Soaked:
    """What came of it. strangers are mails that are nobody's."""

    seconds: float = 0
    sent: int = 0
    strangers: int = 0
    faults: int = 0
    lines: int = 0
    recorded: int = 0
    twice: int = 0
    strangers_kept: int = 0
    unreadable: int = 0  # mails that were given up
    others: int = 0  # reports on the agents' own mail, and probes
    levels: list[Levels] = field(default_factory=list)

    @property
    def missed(self) -> int:
        return self.sent - self.recorded

    def level(self, *, late: bool) -> Levels:
        """The median of the second or of the last quarter: what comes first is warming up."""
        quarter = max(1, len(self.levels) // 4)
        part = self.levels[-quarter:] if late else self.levels[quarter : 2 * quarter]
        return Levels(
            statistics.median(one.resident for one in part),
            int(statistics.median(one.threads for one in part)),
            int(statistics.median(one.descriptors for one in part)),
        )


def hasten() -> None:
    """Shorten the waits between connections, in this process.

    A mail that breaks the line is tried more often in turn: five breaks take half a
    minute elsewhere, and here no longer than a busy machine may keep us from listening.
    """
    shortened = {"_FIRST_WAIT": 0.1, "_FIRST_LOGIN_WAIT": 0.2, "_LONGEST_WAIT": 1.0}
    for name, seconds in shortened.items():
        setattr(watch, name, timedelta(seconds=seconds))
    for name, times in {"_ASKED": 30, "_BREAKS": 50}.items():
        setattr(hurdles, name, times)


def child(path: str, port: str, username: str, password: str, *folders: str) -> None:
    """What is soaked: one watcher for each folder, until the process is ended."""
    logging.disable(logging.CRITICAL)
    hasten()
    account = Account(
        "soak", "127.0.0.1", int(port), "none", "", username, password,
        timeout=timedelta(seconds=1), poll=timedelta(seconds=1), after="move",
        move_to=f"{folders[0]} done",
    )  # fmt: skip
    ledger = Ledger.open(path)
    stop = threading.Event()
    threads = [
        threading.Thread(target=watcher.watch, args=(lambda: datetime.now(UTC), stop))
        for watcher in (Watcher(ledger, account, one, KEYRING, policies) for one in folders)
    ]
    for thread in threads:
        thread.start()
    print("ready", flush=True)
    for thread in threads:
        thread.join()


def soak(server: ImapServer, directory: Path, *, seconds: float, reports: int, seed: int) -> Soaked:
    """Deliver so many reports, and half as many strangers' mails, in so many seconds."""
    chance = random.Random(seed)
    name = f"Soak {uuid4().hex[:8]}"
    folders = [server.create(f"{name} {number}") for number in range(FOLDERS)]
    done = server.create(f"{folders[0]} done")
    soaked = Soaked(sent=reports, strangers=reports // 2)
    with open_owed(directory) as owed, run_fault_proxy(server.plain_port) as proxy:
        ids = owed.mail("k", *(f"r{number}@a.example" for number in range(reports)))
        mails = [owed.dsn(one, "delivered") for one in ids] + [STRANGER] * soaked.strangers
        chance.shuffle(mails)
        account = server.account
        path = str(directory / "landed.db")
        process = subprocess.Popen(
            [sys.executable, "-c", _CHILD, path, str(proxy.port), account.username,
             account.password, *folders],
            cwd=_ROOT, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        try:
            process.stdout.readline()
            began = time.monotonic()
            look = partial(_look, process.pid, soaked)
            pour(server, folders, mails, proxy, chance, seconds, soaked, look)
            settle(owed, ids, server, done, soaked, look)
            soaked.seconds = time.monotonic() - began
            assert process.poll() is None, "the watchers ended by themselves"
        finally:
            process.kill()
            process.wait(20)
            process.stdout.close()
        soaked.lines = proxy.lines
        audit(owed, ids, soaked)
        soaked.twice += max(0, server.count(done) - reports)
    return soaked


def pour(
    server: ImapServer,
    folders: Sequence[str],
    mails: Sequence[bytes],
    proxy: FaultProxy,
    chance: random.Random,
    seconds: float,
    soaked: Soaked,
    look: Callable[[], None],
) -> None:
    """Mail in bursts, each with a fault armed before it where the last one was spent.

    look is called about once a second.
    """
    cells = [cell for cell in CELLS if cell.fault.strike is not None]
    began, left, armed = time.monotonic(), list(mails), 0.0
    while left:
        burst = [left.pop() for _ in range(min(len(left), chance.randint(1, 8)))]
        if proxy.struck.is_set():
            soaked.faults += 1
        if proxy.struck.is_set() or time.monotonic() > armed + 1:
            armed = time.monotonic()
            cell = chance.choice(cells)
            assert cell.fault.strike is not None
            proxy.arm(cell.moment, cell.fault.strike, cell.fault.times)
        server.deliver(chance.choice(folders), *burst)
        share = 1 - len(left) / len(mails)
        while time.monotonic() < began + seconds * share:
            look()
            time.sleep(min(_EVERY, max(0.01, began + seconds * share - time.monotonic())))
    soaked.faults += proxy.struck.is_set()
    proxy.disarm()


def settle(
    owed: Owed,
    ids: Sequence[int],
    server: ImapServer,
    done: str,
    soaked: Soaked,
    look: Callable[[], None],
) -> None:
    """Until everything is recorded and moved, or the time for it is over."""
    limit = time.monotonic() + SETTLES_WITHIN
    while time.monotonic() < limit:
        look()
        audit(owed, ids, soaked)
        kept = soaked.recorded >= soaked.sent and soaked.strangers_kept >= soaked.strangers
        if kept and server.count(done) >= soaked.sent:
            return
        time.sleep(0.5)


def _look(pid: int, soaked: Soaked) -> None:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    words = dict(line.split(":", 1) for line in status.splitlines())
    soaked.levels.append(
        Levels(
            int(words["VmRSS"].split()[0]) / 1024,
            int(words["Threads"]),
            len(list(Path(f"/proc/{pid}/fd").iterdir())),
        )
    )


def audit(owed: Owed, ids: Sequence[int], soaked: Soaked) -> None:
    """Hold the ledger against what was sent on these deliveries."""
    with owed.ledger.transaction(read_only=True) as tx:
        facts = tx.execute(
            select(EVIDENCE.c.delivery_id, func.count())
            .where(EVIDENCE.c.kind == FactKind.DELIVERED, EVIDENCE.c.delivery_id.in_(ids))
            .group_by(EVIDENCE.c.delivery_id)
        ).all()
        outcomes = tx.execute(select(REPORT.c.outcome, func.count()).group_by(REPORT.c.outcome))
        reports = {outcome: count for outcome, count in outcomes}  # noqa: C416 - rows
        on_others = tx.scalar(
            select(func.count(EVIDENCE.c.report_id.distinct())).where(
                EVIDENCE.c.delivery_id.not_in(ids)
            )
        )
    soaked.others = (on_others or 0) + reports.get("canary", 0)
    soaked.strangers_kept = reports.get("unmatched", 0)
    soaked.unreadable = reports.get("unreadable", 0)
    soaked.recorded = len(facts)
    soaked.twice = sum(count for _, count in facts) - len(facts)
    soaked.twice += max(0, reports.get("matched", 0) - (on_others or 0) - soaked.sent)


def latencies(
    server: ImapServer, directory: Path, *, mails: int, idle: bool, poll: timedelta
) -> list[float]:
    """Seconds from a report's arrival in the mailbox to its state in the ledger, one by one."""
    folder = server.create(f"Latency {uuid4().hex[:8]}")
    account = replace(server.account, idle=idle, poll=poll)
    took = []
    with open_owed(directory) as owed:
        ids = owed.mail("k", *(f"r{number}@a.example" for number in range(mails)))
        watcher = Watcher(owed.ledger, account, folder, KEYRING, policies)
        stop = threading.Event()
        thread = threading.Thread(target=watcher.watch, args=(owed.now, stop), daemon=True)
        thread.start()
        for one in ids:
            time.sleep(random.uniform(0.2, 0.5))  # so that polls are met at any phase
            mail = owed.dsn(one, "delivered")
            with server.client() as client:
                client.append(folder, mail)
                began = time.monotonic()
            while owed.delivery(one).state.verdict != "landed":
                time.sleep(0.005)
            took.append(time.monotonic() - began)
        stop.set()
        thread.join(30)
    return took
