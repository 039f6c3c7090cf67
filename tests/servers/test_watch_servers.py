"""One suite of watching on Dovecot and on GreenMail, over TLS: what holds on one holds on both."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from imapclient import IMAPClient

from agent.inbound.account import Account, ImapError
from agent.inbound.imap import Mail, Mailbox
from agent.inbound.watch import Watcher
from store import channels, evidence
from store.words import Verdict
from tests.plugins.greenmail import BOUNCES
from tests.plugins.mailsite import Cast
from tests.plugins.owed import KEYRING, Owed, open_owed, policies

pytestmark = pytest.mark.servers

WITHIN = 30.0  # seconds that any wait of a test may take
GO_ON = threading.Event()  # a stop that never comes
STRANGER = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: lunch?\r\n\r\nAt noon.\r\n"


@dataclass(frozen=True, slots=True)
class Server:
    """A running IMAP server, and a folder of the test's own with an odd name."""

    name: str
    account: Account
    folder: str
    starttls_port: int

    @contextmanager
    def client(self, folder: str = "") -> Iterator[IMAPClient]:
        account = self.account
        context = ssl.create_default_context(cafile=account.ca_file)
        with IMAPClient(account.host, account.port, ssl_context=context, timeout=20) as client:
            client.login(account.username, account.password)
            client.select_folder(folder or self.folder)
            yield client

    def deliver(self, *mails: bytes) -> None:
        with self.client() as client:
            for mail in mails:
                client.append(self.folder, mail)

    def flags(self, folder: str = "") -> list[set[bytes]]:
        with self.client(folder) as client:
            told = client.get_flags(client.search("ALL"))
        return [set(flags) - {rb"\Recent"} for flags in told.values()]

    def renumber(self, uidvalidity: int) -> None:
        """Put a new folder in the place of the test's; its UIDVALIDITY is of the clock's second."""
        with self.client("INBOX") as client:
            found = uidvalidity
            while found == uidvalidity:
                client.rename_folder(self.folder, f"{self.folder} {uuid4().hex[:8]}")
                client.create_folder(self.folder)
                found = client.folder_status(self.folder, ["UIDVALIDITY"])[b"UIDVALIDITY"]

    def watcher(self, owed: Owed, **change: Any) -> Watcher:
        account = replace(self.account, **change)
        return Watcher(owed.ledger, account, self.folder, KEYRING, policies)


@pytest.fixture(params=["dovecot", "greenmail"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    if request.param == "dovecot":
        site = request.getfixturevalue("mail_site")
        login, port, other = Cast.BOUNCES, site.imaps_port, site.imap_port
    else:
        site = request.getfixturevalue("greenmail")
        login, port, other = BOUNCES, site.imaps_port, site.imap_port
    name = f"Rückläufer & Co {uuid4().hex[:8]}"
    account = Account(
        name="bounces",
        host="localhost",
        port=port,
        ca_file=str(site.certificates.ca),
        username=login,
        password=site.accounts[login],
        timeout=timedelta(seconds=20),
        poll=timedelta(minutes=5),
        move_to=f"{name} done",
    )
    made = Server(request.param, account, name, other)
    with made.client("INBOX") as client:
        client.create_folder(name)
    yield made
    if made.name == "greenmail":
        return  # it hangs up on DELETE; the next test begins with empty folders anyway
    with made.client("INBOX") as client:
        for _, _, folder in client.list_folders():
            if folder.startswith(name):
                client.delete_folder(folder)


@pytest.fixture
def owed(tmp_path: Path) -> Iterator[Owed]:
    with open_owed(tmp_path) as ledger:
        yield ledger


def until(done: Callable[[], bool]) -> None:
    limit = time.monotonic() + WITHIN
    while not done():
        assert time.monotonic() < limit, "nothing happened in time"
        time.sleep(0.02)


def test_reports_are_recorded_and_the_mail_is_left_as_it_was(server: Server, owed: Owed) -> None:
    anna, ben = owed.mail("k1", "anna@a.example", "ben@b.example")
    server.deliver(owed.dsn(anna, "delivered"), STRANGER, owed.dsn(ben, "failed"))
    with server.watcher(owed) as watcher:
        watched = watcher.run_once(owed.now, GO_ON)
        assert (watched.read, watched.matched, watched.unmatched) == (3, 2, 1)
        assert watched.complete
        assert watcher.run_once(owed.now, GO_ON).read == 0
    assert owed.verdicts([anna, ben]) == [Verdict.LANDED, Verdict.GAP]
    assert server.flags() == [set(), set(), set()]


def test_only_what_was_understood_is_moved(server: Server, owed: Owed) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    server.deliver(owed.dsn(anna, "delayed"), STRANGER, owed.dsn(anna, "delivered"))
    with server.watcher(owed, after="move") as watcher:
        assert watcher.run_once(owed.now, GO_ON).moved == 2
        assert watcher.run_once(owed.now, GO_ON).moved == 0
    assert len(server.flags()) == 1
    assert len(server.flags(server.account.move_to)) == 2


def test_only_what_was_understood_is_flagged(server: Server, owed: Owed) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    server.deliver(owed.dsn(anna, "delivered"), STRANGER)
    flag = "$Landed" if server.name == "dovecot" else r"\Flagged"
    with server.watcher(owed, after="flag", flag=flag) as watcher:
        assert watcher.run_once(owed.now, GO_ON).moved == 1
    assert server.flags() == [{flag.encode()}, set()]


def test_moving_what_is_gone_is_no_failure(server: Server) -> None:
    server.deliver(STRANGER)
    with Mailbox(replace(server.account, after="move"), server.folder) as mailbox:
        mailbox.select()
        uids = mailbox.uids_after(0)
        mailbox.move(uids)
        mailbox.move(uids)
    assert len(server.flags(server.account.move_to)) == 1


def test_a_big_mail_is_read_to_the_limit_and_still_matched(server: Server, owed: Owed) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    server.deliver(owed.dsn(anna, "failed") + b"x" * 70 + b"\r\n" * 30_000)
    with server.watcher(owed, max_bytes=20_000) as watcher:
        assert watcher.run_once(owed.now, GO_ON).matched == 1
    assert owed.verdicts([anna]) == [Verdict.GAP]
    with Mailbox(replace(server.account, max_bytes=20_000), server.folder) as mailbox:
        mailbox.select()
        ((mail,),) = mailbox.fetch(mailbox.uids_after(0))
    assert mail.raw is not None
    assert len(mail.raw) == 20_000
    assert "only the first 20000" in mail.note


def test_many_mails_with_holes_between_come_in_bounded_batches(server: Server, owed: Owed) -> None:
    server.deliver(*[STRANGER] * 60)
    with server.client() as client:
        client.delete_messages(client.search("ALL")[::2])
        client.expunge()
    with server.watcher(owed, batch=7) as watcher:
        assert watcher.run_once(owed.now, GO_ON).read == 30
    with owed.ledger.transaction(read_only=True) as tx:
        assert len(evidence.unmatched(tx, 100)) == 30


def test_mail_expunged_under_us_is_left_out_and_the_rest_is_read(server: Server) -> None:
    server.deliver(STRANGER, STRANGER, STRANGER)
    with Mailbox(server.account, server.folder) as mailbox:
        mailbox.select()
        uids = mailbox.uids_after(0)
        with server.client() as client:
            client.delete_messages(uids[1:2])
            client.expunge()
        mails: list[Mail] = [mail for batch in mailbox.fetch(uids) for mail in batch]
        kept = [mail.uid for mail in mails if mail.raw is not None]
        assert kept in ([uids[0], uids[2]], uids)  # some servers give it until we look again
        assert mailbox.uids_after(uids[-1]) == []


def test_a_renumbered_folder_is_read_again_and_counts_once(server: Server, owed: Owed) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    report = owed.dsn(anna, "failed")
    server.deliver(report)
    with server.watcher(owed) as watcher:
        watcher.run_once(owed.now, GO_ON)
        first = owed.channel(watcher.name).uidvalidity
        facts = owed.delivery(anna).state
        watcher.close()
        server.renumber(first)
        server.deliver(report)
        assert watcher.run_once(owed.now, GO_ON).read == 1
        assert owed.channel(watcher.name).uidvalidity != first
    assert owed.delivery(anna).state == facts


def test_news_is_heard_by_idle_and_a_stop_ends_it(server: Server, owed: Owed) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    stop = threading.Event()
    watcher = server.watcher(owed)
    thread = threading.Thread(target=watcher.watch, args=(owed.now, stop), daemon=True)
    thread.start()
    until(lambda: _observed(owed, watcher.name))
    server.deliver(owed.dsn(anna, "delivered"))
    until(lambda: owed.verdicts([anna]) == [Verdict.LANDED])  # the poll would take five minutes
    began = time.monotonic()
    stop.set()
    thread.join(WITHIN)
    assert not thread.is_alive()
    assert time.monotonic() - began < 5


def _observed(owed: Owed, name: str) -> bool:
    with owed.ledger.transaction(read_only=True) as tx:
        return any(one.name == name and one.watermark for one in channels.all(tx))


@pytest.mark.parametrize(
    ("change", "trouble", "says"),
    [
        ({"ca_file": ""}, "tls", "certificate is not trusted"),
        ({"password": "wrong"}, "login", "check username and password"),
    ],
)
def test_a_failure_to_get_in_says_what_to_do(
    server: Server, owed: Owed, change: dict[str, str], trouble: str, says: str
) -> None:
    with server.watcher(owed, **change) as watcher, pytest.raises(ImapError, match=says) as caught:
        watcher.run_once(owed.now, GO_ON)
    assert caught.value.trouble == trouble


def test_starttls_is_used_or_nothing(server: Server, owed: Owed) -> None:
    starttls = {"security": "starttls", "port": server.starttls_port}
    with server.watcher(owed, **starttls) as watcher:
        if server.name == "dovecot":
            assert watcher.run_once(owed.now, GO_ON).complete
            return
        with pytest.raises(ImapError, match="offers no STARTTLS"):
            watcher.run_once(owed.now, GO_ON)
