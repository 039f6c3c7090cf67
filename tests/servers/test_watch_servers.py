"""One suite of watching on Dovecot, Cyrus, GreenMail and pymap: what holds on one holds on each."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from imapclient import IMAPClient
from sqlalchemy import func, select

from agent.inbound.account import Account, ImapError
from agent.inbound.imap import Mail, Mailbox
from agent.inbound.watch import Watcher
from parsers.token import Keyring, Purpose, sign
from store import channels, evidence, paths
from store.database import Ledger
from store.reading import Reader
from store.tables import EVIDENCE, REPORT
from store.words import FactKind, Verdict
from tests.plugins.faultproxy import run_fault_proxy
from tests.plugins.imapservers import ImapServer
from tests.plugins.owed import BOUNCES, KEYRING, Owed, open_owed, policies
from tests.plugins.waiting import until

pytestmark = pytest.mark.servers

WITHIN = 120.0  # seconds that any wait of a test may take
FORGER = Keyring({1: b"fedcba9876543210fedcba9876543210"}, current=1)
GO_ON = threading.Event()  # a stop that never comes
STRANGER = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: lunch?\r\n\r\nAt noon.\r\n"


@dataclass(frozen=True, slots=True)
class Box:
    """A folder of the test's own, with an odd name, on one of the servers."""

    server: ImapServer
    folder: str
    account: Account

    def client(self, folder: str = "") -> AbstractContextManager[IMAPClient]:
        return self.server.client(folder or self.folder)

    def deliver(self, *mails: bytes) -> None:
        self.server.deliver(self.folder, *mails)

    def flags(self, folder: str = "") -> list[set[bytes]]:
        return self.server.flags(folder or self.folder)

    def watcher(self, owed: Owed, folder: str = "", **change: Any) -> Watcher:
        account = replace(self.account, **change)
        return Watcher(owed.ledger, account, folder or self.folder, KEYRING, policies)


@pytest.fixture
def box(imap_server: ImapServer) -> Iterator[Box]:
    name = f"Rückläufer & Co {uuid4().hex[:8]}"
    account = replace(imap_server.account, move_to=f"{name} done", flag=imap_server.keyword)
    yield Box(imap_server, imap_server.create(name), account)
    if imap_server.name == "greenmail":
        return  # it hangs up on DELETE; the next session begins anew anyway
    with imap_server.client() as client:
        mine = [folder for _, _, folder in client.list_folders() if folder.startswith(name)]
        for folder in sorted(mine, key=len, reverse=True):  # Cyrus deletes none with others below
            client.delete_folder(folder)


@pytest.fixture
def owed(tmp_path: Path) -> Iterator[Owed]:
    with open_owed(tmp_path) as ledger:
        yield ledger


def _big() -> bytes:
    return STRANGER + (b"x" * 998 + b"\r\n") * 8_000


def _many_parts() -> bytes:
    head = b"Subject: p\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    return head + b"--b\r\n\r\nx\r\n" * 10_000 + b"--b--\r\n"


POISON = {"big": _big, "many parts": _many_parts}


def test_reports_are_recorded_and_the_mail_is_left_as_it_was(box: Box, owed: Owed) -> None:
    anna, ben = owed.mail("k1", "anna@a.example", "ben@b.example")
    box.deliver(owed.dsn(anna, "delivered"), STRANGER, owed.dsn(ben, "failed"))
    with box.watcher(owed) as watcher:
        watched = watcher.run_once(owed.now, GO_ON)
        assert (watched.read, watched.matched, watched.unmatched) == (3, 2, 1)
        assert watched.complete
        assert watcher.run_once(owed.now, GO_ON).read == 0
        assert owed.channel(watcher.name).failing_since is None
    assert owed.verdicts([anna, ben]) == [Verdict.LANDED, Verdict.GAP]
    assert box.flags() == [set(), set(), set()]


def test_only_what_was_understood_is_moved(box: Box, owed: Owed) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    forged = BOUNCES.address(sign(FORGER, Purpose.BOUNCE, anna, 1))
    box.deliver(owed.dsn(anna, "delayed"), STRANGER, owed.dsn(anna, "delivered"))
    box.deliver(owed.dsn(anna, "failed", to=forged))
    with box.watcher(owed, after="move") as watcher:
        watched = watcher.run_once(owed.now, GO_ON)
        assert (watched.moved, watched.forged) == (2, 1)
        assert watcher.run_once(owed.now, GO_ON).moved == 0
    assert len(box.flags()) == 2
    assert len(box.flags(box.account.move_to)) == 2


def test_only_what_was_understood_is_flagged(box: Box, owed: Owed) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    box.deliver(owed.dsn(anna, "delivered"), STRANGER)
    with box.watcher(owed, after="flag") as watcher:
        assert watcher.run_once(owed.now, GO_ON).moved == 1
        assert watcher.run_once(owed.now, GO_ON).moved == 0
    assert box.flags() == [{box.account.flag.encode()}, set()]


def test_moving_what_is_gone_is_no_failure(box: Box) -> None:
    box.deliver(STRANGER)
    with Mailbox(replace(box.account, after="move"), box.folder) as mailbox:
        mailbox.select()
        uids = mailbox.uids_after(0)
        mailbox.move(uids)
        mailbox.move(uids)
    assert len(box.flags(box.account.move_to)) == 1


def test_a_big_mail_is_read_to_the_limit_and_still_matched(box: Box, owed: Owed) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    box.deliver(owed.dsn(anna, "failed") + b"x" * 70 + b"\r\n" * 30_000)
    with box.watcher(owed, max_bytes=20_000) as watcher:
        assert watcher.run_once(owed.now, GO_ON).matched == 1
    assert owed.verdicts([anna]) == [Verdict.GAP]
    with Mailbox(replace(box.account, max_bytes=20_000), box.folder) as mailbox:
        mailbox.select()
        ((mail,),) = mailbox.fetch(mailbox.uids_after(0))
    assert mail.raw is not None
    assert len(mail.raw) == 20_000
    assert "only the first 20000" in mail.note


@pytest.mark.parametrize("returned", [False, True])
def test_a_report_behind_the_limit_is_found(box: Box, owed: Owed, *, returned: bool) -> None:
    """The words for people are longer than all that is read of a mail."""
    anna, ben = owed.mail("k1", "anna@a.example", "ben@b.example")
    long = b"We are sorry to tell you.\r\n" * 4_000
    report = owed.dsn(anna, "failed").replace(b"A report on your mail.\r\n", long)
    if returned:  # and nothing but the returned mail says which one it is about
        own = f"Message-ID: <{sign(KEYRING, Purpose.MESSAGE, anna)}@notices.example>"
        back = f"--b\r\nContent-Type: message/rfc822\r\n\r\n{own}\r\nSubject: x\r\n\r\n"
        end = back.encode() + b"y" * 70 + b"\r\n" * 9_000 + b"--b--\r\n"
        report = report.replace(owed.bounce_address(anna).encode(), b"ops@notices.example")
        report = report.replace(b"--b--\r\n", end)
    box.deliver(report, owed.dsn(ben, "delivered"))
    with box.watcher(owed, max_bytes=40_000) as watcher:
        watched = watcher.run_once(owed.now, GO_ON)
    assert (watched.matched, watched.complete) == (2, True)
    assert owed.verdicts([anna, ben]) == [Verdict.GAP, Verdict.LANDED]


def test_many_mails_with_holes_between_come_in_bounded_batches(box: Box, owed: Owed) -> None:
    box.deliver(*[STRANGER] * 20)
    with box.client() as client:
        client.delete_messages(client.search("ALL")[::2])
        client.expunge()
    with box.watcher(owed, batch=3) as watcher:
        assert watcher.run_once(owed.now, GO_ON).read == 10
    with owed.ledger.transaction(read_only=True) as tx:
        assert len(evidence.unmatched(tx, 100)) == 10


def test_mail_expunged_under_us_is_left_out_and_the_rest_is_read(box: Box) -> None:
    box.deliver(STRANGER, STRANGER, STRANGER)
    with Mailbox(box.account, box.folder) as mailbox:
        mailbox.select()
        uids = mailbox.uids_after(0)
        with box.client() as client:
            client.delete_messages(uids[1:2])
            client.expunge()
        mails: list[Mail] = [mail for batch in mailbox.fetch(uids) for mail in batch]
        kept = [mail.uid for mail in mails if mail.raw is not None]
        assert kept in ([uids[0], uids[2]], uids)  # some servers give it until we look again
        assert mailbox.uids_after(uids[-1]) == []


def test_a_renumbered_folder_is_read_again_and_counts_once(box: Box, owed: Owed) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    report = owed.dsn(anna, "failed")
    box.deliver(report)
    with box.watcher(owed) as watcher:
        watcher.run_once(owed.now, GO_ON)
        first = owed.channel(watcher.name).uidvalidity
        facts = owed.delivery(anna).state
        watcher.close()
        box.server.renumber(box.folder, first)
        box.deliver(report)
        assert watcher.run_once(owed.now, GO_ON).read == 1
        assert owed.channel(watcher.name).uidvalidity != first
    assert owed.delivery(anna).state == facts


def test_an_empty_folder_that_is_made_anew_was_not_heard_all_the_time(box: Box, owed: Owed) -> None:
    """A report that came into the old one just before is told of by nobody."""
    owed.mail("k1", "anna@a.example")
    with box.watcher(owed) as watcher:
        watcher.run_once(owed.now, GO_ON)
        before = owed.channel(watcher.name)
        watcher.close()
        box.server.renumber(box.folder, before.uidvalidity)
        assert watcher.run_once(owed.now, GO_ON).complete
        watcher.run_once(owed.now, GO_ON)
    with owed.ledger.transaction(read_only=True) as tx:
        (lost,) = paths.heard(tx).lost
    assert (lost.channel, lost.since) == (watcher.name, before.watermark)


def test_news_is_heard_by_idle_and_a_stop_ends_it(box: Box, owed: Owed) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    stop = threading.Event()
    watcher = box.watcher(owed)
    thread = threading.Thread(target=watcher.watch, args=(owed.now, stop), daemon=True)
    thread.start()
    until(lambda: _observed(owed, watcher.name))
    box.deliver(owed.dsn(anna, "delivered"))
    until(lambda: owed.verdicts([anna]) == [Verdict.LANDED])  # the poll would take five minutes
    stop.set()
    thread.join(WITHIN)
    assert not thread.is_alive()


def _observed(owed: Owed, name: str) -> bool:
    with owed.ledger.transaction(read_only=True) as tx:
        return any(one.name == name and one.watermark for one in channels.all(tx))


def test_a_folder_that_did_not_change_costs_one_round_trip(box: Box, owed: Owed) -> None:
    """With CONDSTORE (Dovecot) and without; what did change is noticed all the same."""
    (anna,) = owed.mail("k1", "anna@a.example")
    box.deliver(STRANGER)
    with run_fault_proxy(box.server.plain_port) as proxy:
        plain: dict[str, Any] = {
            "security": "none",
            "host": "127.0.0.1",
            "port": proxy.port,
            "idle": False,
        }
        with box.watcher(owed, **plain) as watcher:
            watcher.run_once(owed.now, GO_ON)
            watcher.run_once(owed.now, GO_ON)
            mark = owed.channel(watcher.name).watermark
            del proxy.commands[:]
            assert watcher.run_once(owed.now, GO_ON).complete
            if box.server.name == "pymap":  # it does not let a folder be closed
                told = [b" ".join(command.split()[:2]) for command in proxy.commands]
                assert told[1:] == [b"UID FETCH", b"UID SEARCH"], "these two at once"
                return
            (asked,) = proxy.commands
            assert asked.startswith(b"STATUS ")
            counts = "CONDSTORE" in watcher._mailbox.capabilities
            assert counts is (box.server.name in {"dovecot", "cyrus"})
            assert (b"HIGHESTMODSEQ" in asked) is counts
            assert mark is not None
            assert (owed.channel(watcher.name).watermark or mark) > mark

            box.deliver(owed.dsn(anna, "delivered"))
            assert watcher.run_once(owed.now, GO_ON).matched == 1
            first = owed.channel(watcher.name).uidvalidity
            watcher.run_once(owed.now, GO_ON)
            box.server.expunge(box.folder, [1])
            assert watcher.run_once(owed.now, GO_ON).complete
            watcher.run_once(owed.now, GO_ON)
            with box.client() as client:  # another program reads what is there
                client.add_flags(client.search("ALL"), [rb"\Seen"])
            before = len(proxy.commands)
            watcher.run_once(owed.now, GO_ON)
            assert any(b"SEARCH" in one for one in proxy.commands[before:]) is counts
            for _ in range(12):  # it is looked into every now and then whatever STATUS says
                watcher.run_once(owed.now, GO_ON)
            assert sum(b"SEARCH" in command for command in proxy.commands) >= 3
            assert owed.channel(watcher.name).uidvalidity == first
            assert proxy.lines == 1  # one connection all the time


def test_news_is_heard_by_poll_where_idle_is_not_to_be_used(box: Box, owed: Owed) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    stop = threading.Event()
    watcher = box.watcher(owed, idle=False, poll=timedelta(seconds=0.2))
    thread = threading.Thread(target=watcher.watch, args=(owed.now, stop), daemon=True)
    thread.start()
    until(lambda: _observed(owed, watcher.name))
    box.deliver(owed.dsn(anna, "delivered"))
    until(lambda: owed.verdicts([anna]) == [Verdict.LANDED])
    stop.set()
    thread.join(WITHIN)
    assert not thread.is_alive()


def test_the_same_report_in_two_folders_counts_once(box: Box, owed: Owed) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    junk = "Junk" if box.server.name == "dovecot" else box.server.create(f"{box.folder} junk")
    before = box.server.count(junk)
    report = owed.dsn(anna, "failed")
    box.deliver(report)
    box.server.deliver(junk, report)
    with box.watcher(owed) as one, box.watcher(owed, junk) as other:
        assert one.run_once(owed.now, GO_ON).matched == 1
        state = owed.delivery(anna).state
        assert other.run_once(owed.now, GO_ON).read == before + 1
    assert owed.delivery(anna).state == state
    with Reader.open(owed.ledger.url) as reader:
        story = reader.trace(anna)
    assert story is not None
    assert [fact.kind for fact in story.evidence].count("failed") == 1


def test_a_folder_beneath_another_is_named_with_the_servers_own_separator(
    box: Box, owed: Owed
) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    with box.client() as client:
        ((_, separator, _),) = client.list_folders(pattern=box.folder)
    below = f"{box.folder}{separator.decode()}späte"
    with box.watcher(owed, after="move", move_to=below) as watcher:
        box.deliver(owed.dsn(anna, "failed"))
        assert watcher.run_once(owed.now, GO_ON).moved == 1
    with box.watcher(owed, below) as watcher:
        assert watcher.run_once(owed.now, GO_ON).read == 1


def test_recorded_reports_are_deleted_later_and_a_persons_answer_is_not(
    box: Box, owed: Owed
) -> None:
    anna, ben = owed.mail("k1", "anna@a.example", "ben@b.example")
    box.deliver(owed.dsn(anna, "failed"), owed.reply(ben), STRANGER)
    with box.watcher(owed, after="delete", delete_after=timedelta(days=30)) as watcher:
        if "UIDPLUS" not in _capabilities(watcher):
            pytest.fail("a server of the tests without UIDPLUS: say so in docs/channels.md")
        assert watcher.run_once(owed.now, GO_ON).read == 3
        assert watcher.run_once(lambda: owed.now() + timedelta(days=29), GO_ON).moved == 0
        assert watcher.run_once(lambda: owed.now() + timedelta(days=31), GO_ON).moved == 1
    assert len(box.flags()) == 2


def test_each_kind_of_report_has_its_own_end(box: Box, owed: Owed) -> None:
    """And what was not understood has none."""
    ids = owed.mail("k1", *(f"{name}@a.example" for name in ("anna", "ben", "carla", "dora")))
    vacation = owed.reply(ids[2]).replace(
        b"Subject: ", b"Auto-Submitted: auto-replied\r\nSubject: "
    )
    forged = owed.dsn(ids[3], "failed", to=BOUNCES.address(sign(FORGER, Purpose.BOUNCE, ids[3], 1)))
    box.deliver(vacation, owed.dsn(ids[0], "failed"), owed.reply(ids[1]), STRANGER, forged)
    kinds = (("dsn", "move"), ("autoreply", "delete"), ("reply", "flag"))
    with box.watcher(owed, after_by_kind=kinds, delete_after=timedelta(days=30)) as watcher:
        watched = watcher.run_once(owed.now, GO_ON)
        assert (watched.read, watched.matched, watched.moved) == (5, 3, 2)
        assert len(box.flags(box.account.move_to)) == 1
        flag = box.account.flag.encode()
        assert box.flags() == [set(), {flag}, set(), set()]
        assert watcher.run_once(lambda: owed.now() + timedelta(days=29), GO_ON).moved == 0
        assert watcher.run_once(lambda: owed.now() + timedelta(days=31), GO_ON).moved == 1
    assert box.flags() == [{flag}, set(), set()]


def _capabilities(watcher: Watcher) -> frozenset[str]:
    with watcher._mailbox as mailbox:
        return mailbox.capabilities


def test_another_agent_goes_on_where_the_first_one_stopped(box: Box, owed: Owed) -> None:
    anna, ben = owed.mail("k1", "anna@a.example", "ben@b.example")
    box.deliver(owed.dsn(anna, "failed"))
    with box.watcher(owed) as first:
        assert first.run_once(owed.now, GO_ON).read == 1
    box.deliver(owed.dsn(ben, "delivered"))
    with box.watcher(owed) as second:
        assert second.run_once(owed.now, GO_ON).read == 1
    assert owed.verdicts([anna, ben]) == [Verdict.GAP, Verdict.LANDED]


def test_two_agents_on_one_folder_record_each_report_once(box: Box, owed: Owed) -> None:
    ids = owed.mail("k1", *(f"r{number}@a.example" for number in range(5)))
    stop = threading.Event()
    change: dict[str, Any] = {"idle": False, "poll": timedelta(seconds=0.1), "after": "move"}
    ears = [box.watcher(owed, **change) for _ in range(2)]
    threads = [
        threading.Thread(target=ear.watch, args=(owed.now, stop), daemon=True) for ear in ears
    ]
    for thread in threads:
        thread.start()
    for one in ids:
        box.deliver(owed.dsn(one, "delivered"))
    until(lambda: set(owed.verdicts(ids)) == {Verdict.LANDED})
    until(lambda: box.server.count(box.account.move_to) == len(ids))
    stop.set()
    for thread in threads:
        thread.join(WITHIN)
    with owed.ledger.transaction(read_only=True) as tx:
        assert tx.scalar(select(func.count()).select_from(REPORT)) == len(ids)


def test_two_agents_that_both_think_they_hold_the_folder_record_each_report_once(
    box: Box, owed: Owed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An advisory lock ends with its connection, which may be cut: the schema holds what counts."""

    @contextmanager
    def hold(_ledger: Ledger, _name: str) -> Iterator[bool]:
        yield True

    monkeypatch.setattr(Ledger, "hold", hold)
    ids = owed.mail("k1", *(f"r{number}@a.example" for number in range(6)))
    box.deliver(*(owed.dsn(one, "delivered") for one in ids))
    start = threading.Barrier(2)

    def look(ear: Watcher) -> None:
        ear._mailbox.connect()
        start.wait(WITHIN)
        ear.run_once(owed.now, GO_ON)

    with box.watcher(owed, batch=1, after="flag") as one, box.watcher(owed, batch=1) as other:
        threads = [threading.Thread(target=look, args=(ear,), daemon=True) for ear in (one, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(WITHIN)
    assert set(owed.verdicts(ids)) == {Verdict.LANDED}
    with owed.ledger.transaction(read_only=True) as tx:
        assert tx.scalar(select(func.count()).select_from(REPORT)) == len(ids)
        facts = select(func.count()).where(EVIDENCE.c.kind == FactKind.DELIVERED)
        assert tx.scalar(facts) == len(ids)


def test_a_clock_that_was_set_back_loses_and_doubles_nothing(box: Box, owed: Owed) -> None:
    anna, ben = owed.mail("k1", "anna@a.example", "ben@b.example")
    box.deliver(owed.dsn(anna, "failed"))

    def yesterday() -> datetime:
        return owed.now() - timedelta(days=1)

    with box.watcher(owed) as watcher:
        watcher.run_once(owed.now, GO_ON)
        mark = owed.channel(watcher.name).watermark
        assert mark is not None
        box.deliver(owed.dsn(ben, "delivered"))
        assert watcher.run_once(yesterday, GO_ON).matched == 1
        # what a wrong time said of the hours to come is taken back
        assert (owed.channel(watcher.name).watermark or mark) < mark
        assert watcher.run_once(owed.now, GO_ON).read == 0
    assert owed.verdicts([anna, ben]) == [Verdict.GAP, Verdict.LANDED]


@pytest.mark.parametrize("kind", ["big", "many parts"])
def test_a_poison_message_is_kept_and_the_next_one_is_read(box: Box, owed: Owed, kind: str) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    box.deliver(POISON[kind](), owed.dsn(anna, "delivered"))
    with box.watcher(owed, max_bytes=1_000_000) as watcher:
        watched = watcher.run_once(owed.now, GO_ON)
    assert (watched.read, watched.matched, watched.complete) == (2, 1, True)
    assert owed.verdicts([anna]) == [Verdict.LANDED]
    with owed.ledger.transaction(read_only=True) as tx:
        assert len(evidence.unmatched(tx)) == 1


@pytest.mark.parametrize(
    ("change", "trouble", "says"),
    [
        ({"ca_file": ""}, "tls", "certificate is not trusted"),
        ({"password": "wrong"}, "login", "check username and password"),
    ],
)
def test_a_failure_to_get_in_says_what_to_do(
    box: Box, owed: Owed, change: dict[str, Any], trouble: str, says: str
) -> None:
    if box.account.security == "none" and trouble == "tls":
        change, says = {"security": "tls"}, "does not speak TLS"
    with box.watcher(owed, **change) as watcher, pytest.raises(ImapError, match=says) as caught:
        watcher.run_once(owed.now, GO_ON)
    assert caught.value.trouble == trouble


def test_starttls_is_used_or_nothing(box: Box, owed: Owed) -> None:
    starttls: dict[str, Any] = {"security": "starttls", "port": box.server.plain_port}
    with box.watcher(owed, **starttls) as watcher:
        if box.server.name in {"dovecot", "cyrus"}:
            assert watcher.run_once(owed.now, GO_ON).complete
            return
        with pytest.raises(ImapError, match="offers no STARTTLS"):
            watcher.run_once(owed.now, GO_ON)
