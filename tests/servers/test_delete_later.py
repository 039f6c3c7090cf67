"""Reports are deleted later where that is asked for: machines' own, and understood."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from agent.inbound.account import Account, After
from agent.inbound.canary import send_canary
from agent.inbound.watch import Watched, Watcher
from tests.plugins.liar import run_liar
from tests.plugins.owed import BOUNCES, KEYRING, Owed, open_owed, policies
from tests.plugins.pymapd import PyMap, run_pymap

pytestmark = pytest.mark.servers

GO_ON = threading.Event()
STRANGER = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: lunch?\r\n\r\nAt noon.\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[PyMap]:
    with run_pymap() as running:
        yield running


@pytest.fixture
def owed(tmp_path: Path) -> Iterator[Owed]:
    with open_owed(tmp_path) as ledger:
        yield ledger


def later(days: int) -> datetime:
    return Owed.now() + timedelta(days=days)


@pytest.mark.parametrize("kinds", [(), (("reply", "leave"), ("unknown", "leave"))])
def test_only_what_machines_wrote_and_we_understood_is_deleted(
    server: PyMap, owed: Owed, kinds: tuple[tuple[str, After], ...]
) -> None:
    """A probe is deleted whatever kind it was taken for."""
    folder = f"Box-{uuid4().hex[:8]}"
    with server.client(folder):
        pass
    anna, ben = owed.mail("k1", "anna@a.example", "ben@b.example")
    box = Account(
        "bounces", server.host, server.port, "none", "", server.username, server.password,
        after="delete", delete_after=timedelta(days=30), after_by_kind=kinds,
    )  # fmt: skip
    probes: list[bytes] = []
    send_canary(
        owed.ledger, KEYRING, route="relay", channel=f"bounces/{folder}", form=BOUNCES,
        sender="ops@notices.example", transmit=lambda *mail: probes.append(mail[2]),
        now=owed.now(),
    )  # fmt: skip
    forged = owed.dsn(ben, "failed", to="b" + "a" * 24 + "@bounces.example")
    server.deliver([owed.dsn(anna, "failed"), owed.reply(ben), STRANGER, forged, *probes], folder)
    with Watcher(owed.ledger, box, folder, KEYRING, policies) as watcher:

        def look(days: int) -> Watched:
            return watcher.run_once(lambda: later(days), GO_ON)

        first = look(0)
        assert (first.read, first.moved) == (5, 0)
        assert look(29).moved == 0
        assert server.count(folder) == 5
        assert look(31).moved == 2
        assert server.count(folder) == 3
        assert look(60).moved == 0
        assert not owed.channel(watcher.name).last_error


def test_a_server_that_cannot_delete_single_mails_deletes_none(owed: Owed) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    mail = owed.dsn(anna, "failed")
    body = b"* 1 FETCH (UID 1 RFC822.SIZE %d BODY[] {%d}\r\n%s)\r\n" % (len(mail), len(mail), mail)
    answers = {
        "CAPABILITY": b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n",
        "UID SEARCH UID 1:": b"* SEARCH 1\r\nTAG OK done\r\n",
        "UID FETCH": body + b"TAG OK done\r\n",
    }
    with run_liar(answers) as liar:
        box = Account("liar", "127.0.0.1", liar.port, "none", "", "u", "p", after="delete")
        with Watcher(owed.ledger, box, "INBOX", KEYRING, policies) as watcher:
            assert watcher.run_once(owed.now, GO_ON).read == 1
            done = watcher.run_once(lambda: later(31), GO_ON)
            assert done.moved == 0
            assert "it has no UIDPLUS, RFC 4315" in done.trouble
            assert watcher.run_once(lambda: later(32), GO_ON).trouble
        assert not any("STORE" in command or "EXPUNGE" in command for command in liar.commands)
