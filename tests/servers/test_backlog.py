"""A backlog in Dovecot that is read in a second process: each report once, whatever ends."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from imapclient import IMAPClient
from sqlalchemy import func, select

from agent.inbound.backlog.process import Process
from store import channels, evidence
from store.database import Ledger
from store.tables import EVIDENCE, REPORT
from store.words import FactKind
from tests.plugins.backlog import PASSWORD, USER, Mailed, mailed, report_on, serving
from tests.plugins.dovecot import find_dovecot
from tests.plugins.helped import Punctual, watcher
from tests.plugins.owed import KEYRING
from tests.plugins.ports import HOST
from tests.plugins.requirements import require_server

pytestmark = [pytest.mark.servers, pytest.mark.crash]

WITHIN = 120.0  # seconds that any wait of a test may take
GO_ON = threading.Event()  # a stop that never comes
COUNT = 300
# the real reader, which one mail ends
MORTAL = """
import os, signal, sys
from agent.inbound.backlog.helper import serve
from parsers.read import read

def mortal(raw):
    if b"POISON" in raw:
        os.kill(os.getpid(), signal.SIGSEGV)
    return read(raw)

serve(mortal, int(sys.argv[2]))
"""


def now() -> datetime:
    return datetime.now(UTC)


class Site:
    """A ledger, and a Dovecot with a report on each of its deliveries."""

    def __init__(self, ledger: Ledger, path: Path, port: int) -> None:
        self.ledger, self.path, self.port = ledger, path, port

    def uids(self) -> list[int]:
        """Of the mails that were recorded, in that order."""
        with self.ledger.transaction(read_only=True) as tx:
            return list(tx.scalars(select(REPORT.c.uid).order_by(REPORT.c.id)))

    def failures(self) -> tuple[int, int]:
        """How many facts say so, and of how many deliveries."""
        one = EVIDENCE.c.delivery_id
        asked = select(func.count(one), func.count(func.distinct(one)))
        with self.ledger.transaction(read_only=True) as tx:
            facts, deliveries = tx.execute(
                asked.where(EVIDENCE.c.kind == FactKind.FAILED.value)
            ).one()
        return facts, deliveries

    def cursor(self) -> int:
        with self.ledger.transaction(read_only=True) as tx:
            return next(one.last_uid for one in channels.all(tx) if one.name == "bounces/INBOX")

    def flagged(self) -> int:
        with IMAPClient(HOST, self.port, ssl=False) as client:
            client.login(USER, PASSWORD)
            client.select_folder("INBOX", readonly=True)
            return len(client.search(["KEYWORD", "$Landed"]))

    def is_whole(self) -> bool:
        """Whether each report is recorded once, in order, and flagged."""
        return (self.uids(), self.failures(), self.cursor(), self.flagged()) == (
            list(range(1, COUNT + 1)),
            (COUNT, COUNT),
            COUNT,
            COUNT,
        )


@pytest.fixture(scope="module")
def _mails(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Mailed]]:
    path = tmp_path_factory.mktemp("backlog") / "full.db"
    ledger = Ledger.open(path)
    made = mailed(ledger, KEYRING, COUNT, now() - timedelta(hours=1))
    ledger.close()
    return path, made


@pytest.fixture
def reports(_mails: tuple[Path, list[Mailed]]) -> list[bytes]:
    return [report_on(KEYRING, one) for one in _mails[1]]


@pytest.fixture
def site(_mails: tuple[Path, list[Mailed]], reports: list[bytes], tmp_path: Path) -> Iterator[Site]:
    missing = find_dovecot()
    if missing:
        require_server(missing)
    path = tmp_path / "landed.db"
    path.write_bytes(_mails[0].read_bytes())
    ledger = Ledger.open(path)
    try:
        with serving(reports) as dovecot:
            yield Site(ledger, path, dovecot.imap_port)
    finally:
        ledger.close()


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def until_gone(pid: int) -> None:
    limit = time.monotonic() + WITHIN
    while not is_gone(pid):
        assert time.monotonic() < limit, "the helper lives on"
        time.sleep(0.01)


def test_each_report_counts_once_in_order_and_the_process_ends_with_the_backlog(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead, beside = Punctual(), []
    whole = Process.take

    def take(self: Process, stop: threading.Event) -> object:
        told = whole(self, stop)
        beside.append(len(told))
        return told

    monkeypatch.setattr(Process, "take", take)
    with watcher(site.ledger, site.port, ahead) as ear:
        watched = ear.run_once(now, GO_ON)
        assert (watched.read, watched.matched, watched.moved) == (COUNT, COUNT, COUNT)
        assert sum(beside) == COUNT
        (helper,) = ahead.processes
        assert is_gone(helper)
        assert ear.run_once(now, GO_ON).read == 0
    assert site.is_whole()


def test_a_helper_that_is_killed_again_and_again_costs_no_report(site: Site) -> None:
    ahead = Punctual()

    def progress(_name: str, done: int, _left: int) -> None:
        if done % 60 == 0:
            os.kill(ahead.processes[-1], signal.SIGKILL)

    with watcher(site.ledger, site.port, ahead, progress) as ear:
        watched = ear.run_once(now, GO_ON)
        assert (watched.matched, watched.unreadable, watched.complete) == (COUNT, 0, True)
    assert site.is_whole()
    assert len(ahead.processes) > 2
    assert all(map(is_gone, ahead.processes))


def test_an_agent_that_is_killed_leaves_no_helper_and_nothing_counts_twice(
    site: Site, tmp_path: Path
) -> None:
    told = tmp_path / "helper"
    command = [sys.executable, "-m", "tests.plugins.helped", str(site.path), str(site.port)]
    here = Path(__file__).parents[2]
    done = subprocess.run([*command, str(told), "100"], cwd=here, check=False, timeout=WITHIN * 2)
    assert done.returncode == -signal.SIGKILL
    until_gone(int(told.read_text("ascii")))
    assert len(site.uids()) == site.cursor() == site.failures()[0] == 100

    with watcher(site.ledger, site.port, Punctual()) as ear:
        assert ear.run_once(now, GO_ON).read == COUNT - 100
    assert site.is_whole()


def test_a_stop_in_the_middle_leaves_the_rest_for_the_next_pass(site: Site) -> None:
    ahead, stop = Punctual(), threading.Event()

    def progress(_name: str, done: int, _left: int) -> None:
        if done >= 60:
            stop.set()

    with watcher(site.ledger, site.port, ahead, progress) as ear:
        watched = ear.run_once(now, stop)
    assert (watched.read, watched.complete) == (60, False)
    assert all(map(is_gone, ahead.processes))
    assert site.cursor() == 60
    with watcher(site.ledger, site.port, Punctual()) as ear:
        assert ear.run_once(now, GO_ON).read == COUNT - 60
    assert site.is_whole()


class TestPoison:
    """One mail ends every process that reads it."""

    @pytest.fixture
    def reports(self, _mails: tuple[Path, list[Mailed]]) -> list[bytes]:
        made = [report_on(KEYRING, one) for one in _mails[1]]
        made[150] = b"Subject: POISON\r\n\r\nx\r\n"
        return made

    def test_it_is_kept_as_unreadable_and_all_others_are_read(self, site: Site) -> None:
        ahead = Punctual(program=("-c", MORTAL))
        with watcher(site.ledger, site.port, ahead) as ear:
            watched = ear.run_once(now, GO_ON)
        assert (watched.matched, watched.unreadable, watched.complete) == (COUNT - 1, 1, True)
        assert site.uids() == list(range(1, COUNT + 1))
        with site.ledger.transaction(read_only=True) as tx:
            (kept,) = evidence.unmatched(tx)
            assert evidence.raw(tx, kept.id) == b"Subject: POISON\r\n\r\nx\r\n"
        assert (kept.uid, kept.outcome) == (151, "unreadable")
        assert kept.tried == ("the parser failed: it ended the process that read it (signal 11)")
