"""Watching a folder of pymap: recorded before it is touched, once, and never too early observed."""

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from agent.inbound import watch
from agent.inbound.account import Account, ImapError
from agent.inbound.canary import send_canary, wait_for_canary
from agent.inbound.imap import Mailbox
from agent.inbound.watch import Watched, Watcher
from parsers.read import read
from parsers.report import Report
from parsers.token import Keyring, Purpose, sign
from store import channels, evidence
from store.evidence import UnmatchedReport
from store.ids import tracking_id
from store.words import Stage, Verdict
from tests.plugins.owed import BOUNCES, KEYRING, Owed, open_owed, policies
from tests.plugins.pymapd import PyMap, run_pymap
from tests.plugins.waiting import until

pytestmark = pytest.mark.servers

WITHIN = 120.0  # seconds that any wait of a test may take
FORGER = Keyring({1: b"fedcba9876543210fedcba9876543210"}, current=1)
STRANGER = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: lunch?\r\n\r\nAt noon.\r\n"
GO_ON = threading.Event()  # a stop that never comes


@pytest.fixture(scope="module")
def server() -> Iterator[PyMap]:
    with run_pymap() as running:
        yield running


@pytest.fixture
def folder(server: PyMap) -> str:
    name = f"Box-{uuid4().hex[:8]}"
    with server.client(name):
        return name


@pytest.fixture
def account(server: PyMap, folder: str) -> Account:
    return Account(
        name="bounces",
        host=server.host,
        port=server.port,
        security="none",
        username=server.username,
        password=server.password,
        timeout=timedelta(seconds=10),
        poll=timedelta(seconds=1),
        move_to=f"{folder}-done",
        flag=r"\Flagged",
    )


@pytest.fixture
def owed(tmp_path: Path) -> Iterator[Owed]:
    with open_owed(tmp_path) as ledger:
        yield ledger


@pytest.fixture
def start(owed: Owed, account: Account, folder: str) -> Iterator[Callable[..., Watcher]]:
    made: list[Watcher] = []

    def make(
        *, read: Callable[[bytes], Report] = read, used: Account = account, name: str = folder
    ) -> Watcher:
        made.append(Watcher(owed.ledger, used, name, KEYRING, policies, read=read))
        return made[-1]

    yield make
    for watcher in made:
        watcher.close()


def unmatched(owed: Owed) -> list[UnmatchedReport]:
    with owed.ledger.transaction(read_only=True) as tx:
        return evidence.unmatched(tx)


def counts(watched: Watched) -> tuple[int, int, int, int]:
    return watched.read, watched.matched, watched.unmatched, watched.forged


def test_a_second_pass_reads_only_what_is_new_and_moves_the_watermark(
    server: PyMap, folder: str, owed: Owed, start: Callable[..., Watcher]
) -> None:
    anna, ben = owed.mail("k1", "anna@a.example", "ben@b.example")
    watcher = start()
    server.deliver([owed.dsn(anna, "delayed")], folder)
    assert watcher.run_once(owed.now, GO_ON).read == 1
    first = owed.channel(watcher.name).watermark
    assert watcher.run_once(owed.now, GO_ON).read == 0
    second = owed.channel(watcher.name).watermark
    assert first is not None
    assert second is not None
    assert second > first
    server.deliver([owed.dsn(anna, "delivered"), owed.dsn(ben, "relayed")], folder)
    assert counts(watcher.run_once(owed.now, GO_ON)) == (2, 2, 0, 0)


def test_the_watermark_is_the_moment_before_the_folder_was_seen_empty(
    server: PyMap, folder: str, owed: Owed, start: Callable[..., Watcher]
) -> None:
    server.deliver([STRANGER], folder)
    ticks = iter(range(1000))
    base = datetime(2026, 10, 3, tzinfo=UTC)
    asked: list[datetime] = []

    def now() -> datetime:
        asked.append(base + timedelta(seconds=next(ticks)))
        return asked[-1]

    watcher = start()
    watcher.run_once(now, GO_ON)
    # the last looks at the clock: before the search that found nothing, for what is withheld,
    # the writing, the tidying
    assert owed.channel(watcher.name).watermark == asked[-4]


def test_a_flag_that_the_folder_does_not_take_is_told_and_stops_nothing(
    server: PyMap, folder: str, account: Account, owed: Owed, start: Callable[..., Watcher]
) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    server.deliver([owed.dsn(anna, "failed")], folder)
    watcher = start(used=replace(account, after="flag", flag="$Landed"))
    watched = watcher.run_once(owed.now, GO_ON)
    assert (watched.complete, watched.moved) == (True, 0)
    assert 'takes no flag "$Landed"' in watched.trouble
    assert owed.channel(watcher.name).last_error == watched.trouble
    assert owed.verdicts([anna]) == [Verdict.GAP]
    server.deliver([STRANGER], folder)
    assert watcher.run_once(owed.now, GO_ON).read == 1


def test_a_forged_report_changes_nothing_and_is_shown(
    server: PyMap, folder: str, owed: Owed, start: Callable[..., Watcher]
) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    forged = BOUNCES.address(sign(FORGER, Purpose.BOUNCE, anna, 1))
    server.deliver([owed.dsn(anna, "failed", to=forged)], folder)
    state = owed.delivery(anna).state
    assert start().run_once(owed.now, GO_ON).forged == 1
    assert owed.delivery(anna).state == state
    (row,) = unmatched(owed)
    assert row.outcome == "forged"
    assert "the signature does not match" in row.tried


def test_a_message_id_shared_by_a_notice_is_told_apart(
    server: PyMap, folder: str, owed: Owed, start: Callable[..., Watcher]
) -> None:
    anna, ben = owed.mail("k1", "anna@a.example", "ben@b.example", message_id="own@caller.example")
    server.deliver([owed.reply(ben, to="ops@x.example", reference="own@caller.example")], folder)
    start().run_once(owed.now, GO_ON)
    assert owed.delivery(ben).state.stage is Stage.ACTED
    assert owed.delivery(anna).state.stage is Stage.ACCEPTED


def test_a_poison_message_is_kept_and_the_next_one_is_read(
    server: PyMap, folder: str, account: Account, owed: Owed, start: Callable[..., Watcher]
) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")

    def fragile(raw: bytes) -> Report:
        if b"lunch" in raw:
            raise RecursionError("too deep")
        return read(raw)

    server.deliver([STRANGER, owed.dsn(anna, "delivered")], folder)
    watcher = start(read=fragile, used=replace(account, after="move"))
    watched = watcher.run_once(owed.now, GO_ON)
    assert (watched.unreadable, watched.matched, watched.complete) == (1, 1, True)
    (row,) = unmatched(owed)
    assert (row.outcome, row.kind) == ("unreadable", "unknown")
    assert "RecursionError: too deep" in row.tried
    assert server.count(folder) == 1
    assert watcher.run_once(owed.now, GO_ON).read == 0


def test_a_report_that_breaks_correlating_is_kept_too(
    server: PyMap,
    folder: str,
    owed: Owed,
    start: Callable[..., Watcher],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("no such thing")

    monkeypatch.setattr("agent.inbound.ingest.correlate", broken)
    server.deliver([STRANGER], folder)
    assert start().run_once(owed.now, GO_ON).unreadable == 1
    assert "correlating failed" in unmatched(owed)[0].tried


def test_a_report_that_the_ledger_refuses_is_kept_bare_and_the_rest_is_whole(
    server: PyMap, folder: str, owed: Owed, start: Callable[..., Watcher]
) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")

    def poisoned(raw: bytes) -> Report:
        report = read(raw)
        return msgspec.structs.replace(report, subject=7) if b"lunch" in raw else report

    server.deliver([owed.dsn(anna, "delivered"), STRANGER], folder)
    watched = start(read=poisoned).run_once(owed.now, GO_ON)
    assert (watched.read, watched.matched, watched.unreadable) == (2, 1, 1)
    assert owed.verdicts([anna]) == [Verdict.LANDED]
    assert "the ledger could not take" in unmatched(owed)[0].tried


def test_a_crash_between_commit_and_move_is_made_good_by_the_next_pass(
    server: PyMap,
    folder: str,
    account: Account,
    owed: Owed,
    start: Callable[..., Watcher],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    server.deliver([owed.dsn(anna, "failed")], folder)
    moving = replace(account, after="move")

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Mailbox, "move", die)
        with pytest.raises(KeyboardInterrupt):
            start(used=moving).run_once(owed.now, GO_ON)
    assert owed.verdicts([anna]) == [Verdict.GAP]
    assert server.count(folder) == 1
    watched = start(used=moving).run_once(owed.now, GO_ON)
    assert (watched.read, watched.moved) == (0, 1)
    assert server.count(folder) == 0
    assert server.count(account.move_to) == 1


def test_mail_that_is_gone_before_its_move_is_let_go(
    server: PyMap,
    folder: str,
    account: Account,
    owed: Owed,
    start: Callable[..., Watcher],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    server.deliver([owed.dsn(anna, "failed")], folder)
    whole = Mailbox.move

    def late(mailbox: Mailbox, uids: list[int]) -> None:
        with server.client(folder) as client:
            client.delete_messages(uids)
            client.expunge()
        whole(mailbox, uids)

    monkeypatch.setattr(Mailbox, "move", late)
    watcher = start(used=replace(account, after="move"))
    assert watcher.run_once(owed.now, GO_ON).trouble == ""
    assert owed.channel(watcher.name).last_error == ""


def test_a_crash_before_the_commit_loses_and_doubles_nothing(
    server: PyMap,
    folder: str,
    owed: Owed,
    start: Callable[..., Watcher],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    server.deliver([owed.dsn(anna, "failed")], folder)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(channels, "advance", die)
        with pytest.raises(KeyboardInterrupt):
            start().run_once(owed.now, GO_ON)
    assert owed.verdicts([anna]) == [Verdict.WAITING]
    assert start().run_once(owed.now, GO_ON).matched == 1
    assert owed.verdicts([anna]) == [Verdict.GAP]


@pytest.mark.parametrize(
    ("change", "trouble", "says"),
    [
        ({"password": "secret-wrong"}, "login", "check username and password"),
        ({"port": 1}, "connect", "cannot be reached"),
        ({"security": "tls"}, "tls", "does not speak TLS"),
        ({"security": "starttls"}, "tls", "offers no STARTTLS"),
        ({"security": "tls", "ca_file": "/nonexistent.pem"}, "tls", "ca_file /nonexistent.pem"),
    ],
)
def test_a_failure_is_noted_on_the_channel_in_words(
    account: Account,
    owed: Owed,
    start: Callable[..., Watcher],
    change: dict[str, str],
    trouble: str,
    says: str,
) -> None:
    watcher = start(used=replace(account, **change))  # type: ignore[arg-type]
    with pytest.raises(ImapError) as caught:
        watcher.run_once(owed.now, GO_ON)
    channel = owed.channel(watcher.name)
    assert caught.value.trouble == trouble
    assert says in channel.last_error
    assert "secret" not in channel.last_error
    assert channel.failing_since is not None
    assert channel.watermark is None


def test_a_missing_folder_names_those_that_exist(
    folder: str, owed: Owed, start: Callable[..., Watcher]
) -> None:
    watcher = start(name="Nowhere")
    with pytest.raises(ImapError, match='no folder "Nowhere"') as caught:
        watcher.run_once(owed.now, GO_ON)
    assert f'"{folder}"' in str(caught.value)
    assert caught.value.trouble == "folder"


def test_a_failure_keeps_the_watermark_and_is_cleared_by_success(
    account: Account, owed: Owed, start: Callable[..., Watcher]
) -> None:
    start().run_once(owed.now, GO_ON)
    name = start().name
    observed = owed.channel(name).watermark
    with pytest.raises(ImapError):
        start(used=replace(account, password="wrong")).run_once(owed.now, GO_ON)
    assert owed.channel(name).watermark == observed
    assert owed.channel(name).last_error
    start().run_once(owed.now, GO_ON)
    assert not owed.channel(name).last_error


def test_only_one_of_two_agents_watches_a_folder(
    server: PyMap, folder: str, owed: Owed, start: Callable[..., Watcher]
) -> None:
    server.deliver([STRANGER], folder)
    watcher = start()
    with owed.ledger.hold(f"watch {watcher.name}") as held:
        assert held
        assert start().run_once(owed.now, GO_ON) == Watched(held=False)
    assert start().run_once(owed.now, GO_ON).read == 1


class Loop:
    """A watcher at work in a thread."""

    def __init__(self, watcher: Watcher, now: Callable[[], datetime]) -> None:
        self.stop = threading.Event()
        self.thread = threading.Thread(target=watcher.watch, args=(now, self.stop), daemon=True)
        self.thread.start()

    def end(self) -> None:
        self.stop.set()
        self.thread.join(WITHIN)
        assert not self.thread.is_alive()


def _known(owed: Owed, name: str) -> bool:
    with owed.ledger.transaction(read_only=True) as tx:
        return any(one.name == name and one.watermark for one in channels.all(tx))


def test_a_watcher_waits_its_turn_and_then_takes_over(
    server: PyMap, folder: str, owed: Owed, account: Account, start: Callable[..., Watcher]
) -> None:
    server.deliver([STRANGER], folder)
    with owed.ledger.hold(f"watch bounces/{folder}") as held:
        assert held
        loop = Loop(start(used=replace(account, poll=timedelta(seconds=0.2))), owed.now)
        assert not unmatched(owed)
    until(lambda: len(unmatched(owed)) == 1)
    loop.end()


def test_a_lost_line_is_made_anew(
    folder: str, account: Account, owed: Owed, start: Callable[..., Watcher], server: PyMap
) -> None:
    watcher = start(used=replace(account, poll=timedelta(minutes=5)))
    loop = Loop(watcher, owed.now)
    until(lambda: _known(owed, watcher.name))
    with server.client() as client:
        assert client.noop()
    cut = watcher._mailbox._client
    until(lambda: cut is not None and cut._idle_tag is not None)
    cut.socket().shutdown(2)
    server.deliver([STRANGER], folder)
    until(lambda: len(unmatched(owed)) == 1)
    loop.end()
    assert not owed.channel(watcher.name).last_error


def test_while_a_server_is_away_the_loop_backs_off_and_goes_on(
    account: Account,
    owed: Owed,
    start: Callable[..., Watcher],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(watch, "_FIRST_WAIT", timedelta(seconds=0.01))
    caplog.set_level(logging.INFO, "landed.watch")
    loop = Loop(start(used=replace(account, port=1)), owed.now)
    until(lambda: sum("failed" in record.getMessage() for record in caplog.records) >= 3)
    loop.end()


def test_a_stop_before_the_end_is_no_full_observation(
    server: PyMap, folder: str, account: Account, owed: Owed, start: Callable[..., Watcher]
) -> None:
    server.deliver([STRANGER] * 3, folder)
    stop = threading.Event()

    def stopping(raw: bytes) -> Report:
        stop.set()
        return read(raw)

    watcher = start(read=stopping, used=replace(account, batch=1))
    watched = watcher.run_once(owed.now, stop)
    assert (watched.read, watched.complete) == (1, False)
    assert owed.channel(watcher.name).watermark is None
    assert start().run_once(owed.now, GO_ON).read == 2


def test_a_canary_is_seen_to_come_back(
    server: PyMap, folder: str, account: Account, owed: Owed, start: Callable[..., Watcher]
) -> None:
    watcher = start(used=replace(account, after="move"))
    sent: list[tuple[str, str]] = []

    def transmit(sender: str, to: str, raw: bytes) -> None:
        sent.append((sender, to))
        server.deliver([raw], folder)

    def probe(to: str = "") -> int:
        return send_canary(
            owed.ledger,
            KEYRING,
            route="out",
            channel=watcher.name,
            form=BOUNCES,
            sender="ops@notices.example",
            transmit=transmit,
            now=owed.now(),
            to=to,
        )

    number = probe()
    assert sent[0][0] == sent[0][1] == BOUNCES.address(sign(KEYRING, Purpose.CANARY, number))
    back = wait_for_canary(
        owed.ledger,
        number,
        lambda: watcher.run_once(owed.now, GO_ON),
        GO_ON,
        at_most=timedelta(seconds=WITHIN),
    )
    assert back is not None
    assert back.returned_by == watcher.name
    assert server.count(folder) == 0
    missing = probe("nobody@a.example")
    looked = wait_for_canary(owed.ledger, missing, lambda: None, GO_ON, at_most=timedelta(0))
    assert looked is None


def test_what_happens_is_logged_a_line_per_fact(
    server: PyMap,
    folder: str,
    owed: Owed,
    start: Callable[..., Watcher],
    caplog: pytest.LogCaptureFixture,
) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    server.deliver([owed.dsn(anna, "failed")], folder)
    caplog.set_level(logging.INFO, "landed.watch")
    start().run_once(owed.now, GO_ON)
    recorded, done = [record for record in caplog.records if record.name == "landed.watch"]
    assert recorded.getMessage() == "recorded"
    fields = recorded.__dict__["landed_fields"]
    assert (fields["kind"], fields["outcome"], fields["clue"]) == ("dsn", "matched", "addressed")
    assert fields["delivery"] == tracking_id(anna)
    assert done.getMessage() == "pass"
    assert done.__dict__["landed_fields"]["read"] == 1
