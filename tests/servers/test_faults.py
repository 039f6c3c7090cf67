"""Every fault, in front of real servers: nothing is missed, nothing counts twice.

Each fault is played on one of the servers at one moment, drawn in turn so that all servers
and moments come up; tests/bench/bench_faults.py plays each on each at each.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from agent.inbound import watch
from agent.inbound.account import ImapError, Security
from agent.inbound.imap import Mailbox
from agent.inbound.watch import Watcher
from tests.plugins.certificates import write_certificates
from tests.plugins.faultproxy import Moment, Strike, run_fault_proxy
from tests.plugins.faults import FAULTS, drip, garbage, half_open, stall
from tests.plugins.imapservers import SERVERS, ImapServer, of_mail_site, of_pymap
from tests.plugins.mailsite import MailSite
from tests.plugins.matrix import Cell, Pace, play
from tests.plugins.owed import KEYRING, Owed, open_owed, policies
from tests.plugins.pymapd import PyMap

pytestmark = pytest.mark.servers

PACE = Pace(timeout=timedelta(seconds=1), poll=timedelta(seconds=0.5))
AT_ONCE = 3
WITHIN = 120.0
GO_ON = threading.Event()  # a stop that never comes
STRANGER = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: lunch?\r\n\r\nAt noon.\r\n"


@pytest.fixture
def owed(tmp_path: Path) -> Iterator[Owed]:
    with open_owed(tmp_path) as ledger:
        yield ledger


def cells(server: str) -> list[Cell]:
    drawn = [
        Cell(fault, fault.moments[number % len(fault.moments)])
        for number, fault in enumerate(FAULTS)
    ]
    turns = [SERVERS[(turn + turn // len(SERVERS)) % len(SERVERS)] for turn in range(len(drawn))]
    mine = [cell for cell, turn in zip(drawn, turns, strict=True) if turn == server]
    return [cell if cell.is_for(server) else Cell(cell.fault, "search") for cell in mine]


def test_every_fault_and_moment_is_drawn() -> None:
    drawn = [cell for server in SERVERS for cell in cells(server)]
    assert {cell.fault.name for cell in drawn} == {fault.name for fault in FAULTS}
    assert {cell.moment for cell in drawn} == {
        moment for fault in FAULTS for moment in fault.moments
    }


def test_nothing_is_missed_and_nothing_counts_twice(
    imap_server: ImapServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_FIRST_WAIT", timedelta(seconds=0.1))
    monkeypatch.setattr(watch, "_FIRST_LOGIN_WAIT", timedelta(seconds=0.1))
    mine = cells(imap_server.name)
    folders = [tmp_path / str(number) for number in range(len(mine))]
    for folder in folders:
        folder.mkdir()

    def one(cell: Cell, folder: Path) -> tuple[str, int, int, str]:
        row = play(imap_server, cell, folder, PACE)
        return cell.name, row.missed, row.twice, row.trouble

    with ThreadPoolExecutor(AT_ONCE) as pool:
        rows = list(pool.map(one, mine, folders))
    assert rows == [(cell.name, 0, 0, "") for cell in mine]


@pytest.mark.parametrize("moment", ["greeting", "fetch", "idle"])
def test_a_stop_ends_the_wait_for_a_server_that_is_silent(
    pymap_server: PyMap, owed: Owed, moment: Moment
) -> None:
    server = of_pymap(pymap_server)
    folder = server.create(f"Stop {uuid4().hex[:8]}")
    server.deliver(folder, STRANGER)
    with run_fault_proxy(server.plain_port) as proxy:
        account = replace(server.plain, port=proxy.port, timeout=timedelta(minutes=5))
        proxy.arm(moment, half_open)
        watcher = Watcher(owed.ledger, account, folder, KEYRING, policies)
        stop = threading.Event()
        thread = threading.Thread(target=watcher.watch, args=(owed.now, stop), daemon=True)
        thread.start()
        assert proxy.struck.wait(WITHIN)
        stop.set()
        thread.join(WITHIN)
        assert not thread.is_alive()
        # that a stop cut the line is nobody's failure
        assert not owed.channel(watcher.name).last_error


@pytest.mark.parametrize("strike", [stall, drip, garbage])
def test_a_fault_beneath_tls_is_noticed_too(
    mail_site_server: MailSite, owed: Owed, tmp_path: Path, strike: Strike
) -> None:
    server = of_mail_site(mail_site_server)
    folder = server.create(f"TLS {uuid4().hex[:8]}")
    server.deliver(folder, STRANGER)
    certificates = write_certificates(tmp_path)
    with run_fault_proxy(server.plain_port, certificates) as proxy:
        account = replace(
            server.account,
            port=proxy.port,
            ca_file=str(certificates.ca),
            timeout=timedelta(seconds=0.3),
        )
        proxy.arm("fetch", strike)
        with Watcher(owed.ledger, account, folder, KEYRING, policies) as watcher:
            while not proxy.struck.is_set():  # so short a time may be over at the login
                with pytest.raises(ImapError) as caught:
                    watcher.run_once(owed.now, GO_ON)
                assert caught.value.trouble in {"lost", "tls"}
            watcher._mailbox.account = replace(account, timeout=timedelta(seconds=20))
            assert watcher.run_once(owed.now, GO_ON).read == 1


@pytest.mark.parametrize("strike", [stall, drip])
@pytest.mark.parametrize("security", ["tls", "none"])
def test_a_server_that_does_not_come_to_its_greeting_is_given_up(
    pymap_server: PyMap, strike: Strike, security: Security
) -> None:
    """By TLS: it never comes to the end of the handshake."""
    server = of_pymap(pymap_server)
    with run_fault_proxy(server.plain_port) as proxy:
        account = replace(
            server.plain, port=proxy.port, security=security, timeout=timedelta(seconds=0.3)
        )
        proxy.arm("greeting", strike)
        with pytest.raises(ImapError):
            Mailbox(account, "INBOX").connect()
        assert proxy.struck.is_set()
