"""One cell of the matrix: a watcher behind the fault proxy, and the audit of what it recorded.

Owns the course of a cell. Which cells there are is the list in faults.py; the tests play
some of them, tests/bench/bench_faults.py all.
"""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy import func, select

from agent.inbound.watch import Watcher
from store import channels
from store.tables import EVIDENCE, REPORT
from store.words import FactKind
from tests.plugins.faultproxy import Moment, run_fault_proxy
from tests.plugins.faults import FAULTS, Fault, expunged
from tests.plugins.imapservers import ImapServer
from tests.plugins.owed import KEYRING, Owed, open_owed, policies

__all__ = ["CELLS", "Cell", "Pace", "Row", "play"]

SENT = 6  # reports in a cell: the first half before the fault, the others during it
WITHIN = 90.0  # seconds
STRANGER = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: lunch?\r\n\r\nAt noon.\r\n"
_PAUSE = 0.02
_OPENING = threading.Lock()  # Alembic knows one migration at a time


@dataclass(frozen=True, slots=True)
class Cell:
    """A fault at a moment."""

    fault: Fault
    moment: Moment

    @property
    def name(self) -> str:
        return f"{self.fault.name} at {self.moment}"

    def is_for(self, server: str) -> bool:
        """Whether it can come to that: pymap lets no folder be closed, so none asks for STATUS."""
        return self.moment != "status" or server != "pymap"


CELLS = tuple(Cell(fault, moment) for fault in FAULTS for moment in fault.moments)


@dataclass(frozen=True, slots=True)
class Pace:
    """How long the agent waits: for an answer, and between looks."""

    timeout: timedelta
    poll: timedelta


@dataclass(frozen=True, slots=True)
class Row:
    """What came of a cell. seconds: from the fault until everything sent was recorded."""

    sent: int
    recorded: int
    twice: int  # facts, reports or moved mails beyond one of each
    seconds: float
    lines: int  # connections that it took
    left_alone: float  # seconds after the fault in which the agent asked for nothing
    trouble: str = ""

    @property
    def missed(self) -> int:
        return self.sent - self.recorded


def play(server: ImapServer, cell: Cell, directory: Path, pace: Pace) -> Row:
    """Play a cell in a folder and a ledger of its own; the fault strikes a running watcher."""
    folder = server.create(f"Fault {uuid4().hex[:8]}")
    target = f"{folder} done"
    tidies = cell.moment == "tidy"
    with ExitStack() as undo:
        with _OPENING:
            owed = undo.enter_context(open_owed(directory))
        proxy = undo.enter_context(run_fault_proxy(server.plain_port))
        account = replace(
            server.plain,
            port=proxy.port,
            timeout=pace.timeout,
            poll=pace.poll,
            idle=cell.moment != "status",
            after="move" if tidies else "leave",
            move_to=target,
        )
        ids = owed.mail("k", *(f"r{number}@a.example" for number in range(SENT)))
        mails = [owed.dsn(one, "delivered") for one in ids]
        server.deliver(folder, STRANGER, *mails[: SENT // 2])
        strike = cell.fault.strike or expunged(lambda: _expunge_first(server, folder))
        proxy.arm(cell.moment, strike, cell.fault.times)
        watcher = Watcher(owed.ledger, account, folder, KEYRING, policies)
        stop = threading.Event()
        thread = threading.Thread(target=watcher.watch, args=(owed.now, stop), daemon=True)
        thread.start()
        trouble = ""
        try:
            _until(proxy.struck.is_set, "the fault never struck")
            began = time.monotonic()
            server.deliver(folder, *mails[SENT // 2 :])
            _until(lambda: _settled(owed, server, watcher.name, target if tidies else ""), "")
        except TimeoutError as error:
            trouble = str(error) or owed.channel(watcher.name).last_error or "not in time"
        seconds = time.monotonic() - began
        stop.set()
        thread.join(WITHIN)
        if thread.is_alive():
            trouble = f"the watcher did not stop; {trouble}"
        if proxy.left_alone < cell.fault.asks:
            trouble = f"asked again after {proxy.left_alone:.1f} of {cell.fault.asks} s; {trouble}"
        recorded, twice = _audit(owed)
        if tidies:
            twice += max(0, server.count(target) - SENT)
        return Row(SENT, recorded, twice, seconds, proxy.lines, proxy.left_alone, trouble)


def _expunge_first(server: ImapServer, folder: str) -> None:
    """The stranger's mail: nobody asked for it."""
    with server.client(folder) as client:
        first = min(client.search("ALL"))
        client.delete_messages([first])
        client.expunge()


def _until(done: Callable[[], bool], what: str) -> None:
    limit = time.monotonic() + WITHIN
    while not done():
        if time.monotonic() > limit:
            raise TimeoutError(what)
        time.sleep(_PAUSE)


def _settled(owed: Owed, server: ImapServer, channel: str, target: str) -> bool:
    """All recorded, the folder read to its end without a trouble, and tidied."""
    recorded, _ = _audit(owed)
    if recorded < SENT:
        return False
    with owed.ledger.transaction(read_only=True) as tx:
        found = next(one for one in channels.all(tx) if one.name == channel)
    if found.watermark is None or found.last_error:
        return False
    return not target or server.count(target) >= SENT


def _audit(owed: Owed) -> tuple[int, int]:
    """Deliveries that have their fact, and what is there beyond one fact and one report each."""
    with owed.ledger.transaction(read_only=True) as tx:
        per_delivery = tx.execute(
            select(EVIDENCE.c.delivery_id, func.count())
            .where(EVIDENCE.c.kind == FactKind.DELIVERED)
            .group_by(EVIDENCE.c.delivery_id)
        ).all()
        facts = sum(count for _, count in per_delivery)
        reports = tx.scalar(select(func.count()).where(REPORT.c.outcome == "matched")) or 0
    found = len(per_delivery)
    return found, (facts - found) + max(0, reports - found)
