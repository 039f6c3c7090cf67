"""A watcher when the server lies or breaks off, and when the ledger cannot take a report."""

import contextlib
import logging
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.inbound import watch
from agent.inbound.account import Account, ImapError, explain
from agent.inbound.imap import Mailbox
from agent.inbound.rest import Rest
from agent.inbound.watch import Watcher
from store import channels, evidence
from store.database import Ledger, LedgerBusy, LedgerUnavailable
from store.reading import Reader
from store.words import GapKind, Verdict
from tests.plugins.liar import CLOSE, Liar, run_liar
from tests.plugins.owed import KEYRING, Owed, open_owed, policies
from tests.plugins.shelf import shelf
from tests.plugins.waiting import until

WITHIN = 120.0  # seconds that any wait of a test may take
GO_ON = threading.Event()  # a stop that never comes
STRANGER = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: lunch?\r\n\r\nAt noon.\r\n"


@pytest.fixture
def owed(tmp_path: Path) -> Iterator[Owed]:
    with open_owed(tmp_path) as ledger:
        yield ledger


def watcher(
    owed: Owed, liar: Liar, *, folder: str = "INBOX", rest: Rest | None = None, **change: Any
) -> Watcher:
    values: dict[str, Any] = {"timeout": timedelta(seconds=5), "poll": timedelta(seconds=0.05)}
    account = Account(
        "liar", "127.0.0.1", liar.port, "none", "", "bounces", "pw", **values | change
    )
    return Watcher(owed.ledger, account, folder, KEYRING, policies, rest=rest)


def test_a_mail_that_is_listed_and_never_given_is_asked_for_and_then_kept_as_unreadable(
    owed: Owed,
) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    with run_liar() as liar, watcher(owed, liar) as ear:
        shelf(liar, {1: owed.dsn(anna, "delivered"), 2: None, 3: STRANGER})
        for _ in range(2):
            with pytest.raises(ImapError, match='lists mail 2 in "INBOX" but does not give it'):
                ear.run_once(owed.now, GO_ON)
            channel = owed.channel(ear.name)
            assert (channel.last_uid, channel.watermark) == (1, None)
        assert owed.verdicts([anna]) == [Verdict.LANDED]
        watched = ear.run_once(owed.now, GO_ON)
        assert (watched.unreadable, watched.unmatched, watched.complete) == (1, 1, True)
    with owed.ledger.transaction(read_only=True) as tx:
        kept = {row.uid: (row.outcome, row.tried) for row in evidence.unmatched(tx)}
    assert kept[2] == ("unreadable", "the server lists it but gives no content")
    assert kept[3][0] == "unmatched"


def test_an_idle_that_never_works_is_given_up_for_the_poll(owed: Owed) -> None:
    with run_liar({"IDLE": CLOSE}) as liar:
        shelf(liar, {})
        stop = threading.Event()
        ear = watcher(owed, liar)
        thread = threading.Thread(target=ear.watch, args=(owed.now, stop), daemon=True)
        thread.start()
        until(lambda: sum("SEARCH" in command for command in liar.commands) > 8)
        stop.set()
        thread.join(WITHIN)
        assert not thread.is_alive()
        assert liar.commands.count("IDLE") == 3
    assert not owed.channel("liar/INBOX").last_error


def test_idle_is_renewed_long_before_servers_end_it(
    owed: Owed, monkeypatch: pytest.MonkeyPatch
) -> None:
    spans: list[timedelta] = []
    stop = threading.Event()

    def idle(_: Mailbox, ended: threading.Event, at_most: timedelta) -> bool:
        spans.append(at_most)
        ended.set()
        return False

    monkeypatch.setattr(Mailbox, "idle_wait", idle)
    with run_liar() as liar:
        shelf(liar, {})
        watcher(owed, liar, poll=timedelta(hours=6)).watch(owed.now, stop)
    assert spans
    assert max(spans) < timedelta(minutes=9)  # RFC 2177: under 29; middleboxes forget sooner


def test_a_line_that_breaks_while_moving_loses_no_report(owed: Owed) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    with run_liar({"UID MOVE": CLOSE}) as liar, watcher(owed, liar, after="move") as ear:
        shelf(liar, {1: owed.dsn(anna, "failed")})
        with pytest.raises(ImapError, match="lost while moving"):
            ear.run_once(owed.now, GO_ON)
        assert owed.verdicts([anna]) == [Verdict.GAP]
        assert owed.channel(ear.name).watermark is not None
        liar.tell("UID MOVE", b"TAG OK moved\r\n")
        assert ear.run_once(owed.now, GO_ON).moved == 1


def test_what_was_to_be_moved_stays_once_the_mailbox_is_to_be_left_alone(
    owed: Owed, monkeypatch: pytest.MonkeyPatch
) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with run_liar() as liar:
        shelf(liar, {1: owed.dsn(anna, "failed")})
        with monkeypatch.context() as patch, watcher(owed, liar, after="move") as ear:
            patch.setattr(Mailbox, "move", die)
            with pytest.raises(KeyboardInterrupt):
                ear.run_once(owed.now, GO_ON)
        with watcher(owed, liar) as ear:
            ear.run_once(owed.now, GO_ON)
        assert not any("MOVE" in command or "STORE" in command for command in liar.commands)
        with watcher(owed, liar, after="move") as ear:
            assert ear.run_once(owed.now, GO_ON).moved == 0


def refusing(error: Exception, when: Callable[[bytes], bool]) -> Callable[..., Any]:
    """record_many that fails for some mails."""
    whole = evidence.record_many

    def record_many(tx: Any, reports: Any, **rest: Any) -> Any:
        if any(when(report.raw) and report.outcome != "unreadable" for report, _ in reports):
            raise error
        return whole(tx, reports, **rest)

    return record_many


@pytest.mark.parametrize("error", [LedgerBusy("locked"), LedgerUnavailable("disk full")])
def test_while_the_ledger_cannot_write_nothing_is_passed_over(
    owed: Owed, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    with run_liar() as liar, watcher(owed, liar) as ear:
        shelf(liar, {1: owed.dsn(anna, "failed"), 2: STRANGER})
        with monkeypatch.context() as patch:
            patch.setattr(evidence, "record_many", refusing(error, lambda _: True))
            with pytest.raises(type(error)):
                ear.run_once(owed.now, GO_ON)
        channel = owed.channel(ear.name)
        assert (channel.last_uid, channel.watermark) == (0, None)
        assert ear.run_once(owed.now, GO_ON).read == 2
    assert owed.verdicts([anna]) == [Verdict.GAP]


class IntegrityError(Exception):
    """As the driver's library calls it."""


def test_a_row_that_is_refused_for_good_does_not_hold_up_the_others(
    owed: Owed, monkeypatch: pytest.MonkeyPatch
) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    busy = LedgerBusy("a constraint says no")
    busy.__cause__ = IntegrityError()
    with run_liar() as liar, watcher(owed, liar) as ear:
        shelf(liar, {1: STRANGER, 2: owed.dsn(anna, "failed")})
        monkeypatch.setattr(evidence, "record_many", refusing(busy, lambda raw: b"lunch" in raw))
        watched = ear.run_once(owed.now, GO_ON)
    assert (watched.unreadable, watched.matched) == (1, 1)
    assert owed.verdicts([anna]) == [Verdict.GAP]


def test_a_ledger_that_is_away_is_waited_for(
    owed: Owed, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(watch, "_FIRST_WAIT", timedelta(seconds=0.01))
    caplog.set_level(logging.ERROR, "landed.watch")
    away = threading.Event()
    whole = Ledger.hold

    def hold(ledger: Ledger, name: str) -> Any:
        if not away.is_set():
            raise LedgerUnavailable("the database does not answer")
        return whole(ledger, name)

    monkeypatch.setattr(Ledger, "hold", hold)
    with run_liar() as liar:
        shelf(liar, {1: STRANGER})
        stop = threading.Event()
        ear = watcher(owed, liar)
        thread = threading.Thread(target=ear.watch, args=(owed.now, stop), daemon=True)
        thread.start()
        until(lambda: len(caplog.records) >= 2)
        away.set()
        until(lambda: len(_unmatched(owed)) == 1)
        stop.set()
        thread.join(WITHIN)
        assert not thread.is_alive()


def test_a_ledger_that_was_away_for_long_is_tried_again_within_a_minute(
    owed: Owed, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A full disk lasts, and nobody hears until it is over."""
    monkeypatch.setattr(watch, "_FIRST_WAIT", timedelta(minutes=4))

    def hold(*_: object) -> Any:
        raise LedgerUnavailable("the disk is full")

    monkeypatch.setattr(Ledger, "hold", hold)
    stop = threading.Event()
    with run_liar() as liar:
        ear = watcher(owed, liar)
        thread = threading.Thread(target=ear.watch, args=(owed.now, stop), daemon=True)
        thread.start()
        until(lambda: bool(caplog.records))
        stop.set()
        thread.join(WITHIN)
    (told,) = [one for one in caplog.records if one.name == "landed.watch"]
    assert told.landed_fields["retry"] == timedelta(minutes=1)  # type: ignore[attr-defined]


def _unmatched(owed: Owed) -> list[object]:
    with owed.ledger.transaction(read_only=True) as tx:
        return list(evidence.unmatched(tx))


def test_the_wait_grows_to_a_limit_and_starts_again_after_a_steady_time(
    owed: Owed, monkeypatch: pytest.MonkeyPatch
) -> None:
    with run_liar() as liar:
        ear = watcher(owed, liar)
        wait, seen = timedelta(0), []
        for _ in range(20):
            wait = ear._next_wait(wait)
            seen.append(wait)
        assert timedelta(seconds=1.5) <= seen[0] <= timedelta(seconds=2.5)
        assert seen[3] > seen[0]
        assert max(seen) <= timedelta(minutes=5) * 1.25
        ear._connected_at = time.monotonic() - 3600
        assert ear._next_wait(wait) <= timedelta(seconds=2.5)


@pytest.mark.parametrize(
    ("error", "doing", "says"),
    [
        (OSError(113, "No route to host"), "connecting", "No route to host"),
        (ConnectionResetError(104, "reset"), "fetching mail", "the line was lost while fetching"),
        (EOFError(), "fetching mail", "the line was lost"),
        (KeyError("UID"), "fetching mail", "made no sense"),
        (ValueError("pw is in here"), "fetching mail", "*** is in here"),
    ],
)
def test_every_error_is_put_in_words(error: Exception, doing: str, says: str) -> None:
    account = Account("liar", "mail.example", password="pw")
    told = str(explain(error, account, doing))
    assert re.search(re.escape(says), told)
    assert told.startswith('mailbox "liar" (mail.example:993)')


def test_an_unknown_tls_failure_is_told() -> None:
    told = explain(ssl.SSLError(1, "[SSL: NO_SHARED_CIPHER]"), Account("a", "b"), "connecting")
    assert told.trouble == "tls"
    assert "TLS could not be agreed on" in str(told)


def test_a_mail_that_breaks_the_line_is_tried_alone_and_then_passed_by(owed: Owed) -> None:
    """A virus scanner on the way does so; the next mail is read."""
    anna, ben = owed.mail("k1", "anna@a.example", "ben@b.example")
    with run_liar() as liar, watcher(owed, liar) as ear:
        mails = {1: owed.dsn(anna, "failed"), 2: STRANGER, 3: owed.dsn(ben, "delivered")}
        shelf(liar, mails)
        whole = liar._answers["UID FETCH"]

        def breaking() -> bytes:
            asked = liar.commands[-1].split()
            if "BODY" in liar.commands[-1] and "2" in asked[2].replace(":", ",").split(","):
                return CLOSE
            assert callable(whole)
            return whole()

        liar.tell("UID FETCH", breaking)
        liar.tell(r"UID FETCH 1:3 \(BODY", CLOSE)
        for _ in range(7):
            with contextlib.suppress(ImapError):
                ear.run_once(owed.now, GO_ON)
        assert owed.channel(ear.name).last_error
        watched = [ear.run_once(owed.now, GO_ON) for _ in range(2)]
        assert watched[-1].complete
    assert owed.verdicts([anna, ben]) == [Verdict.GAP, Verdict.LANDED]
    with owed.ledger.transaction(read_only=True) as tx:
        (kept,) = evidence.unmatched(tx)
    assert (kept.uid, kept.outcome) == (2, "unreadable")
    assert kept.tried == "the line broke each time that it was fetched"


def test_a_throttle_told_in_idle_or_with_the_end_of_the_line_is_waited_for(owed: Owed) -> None:
    told = b"* BYE Request is throttled. Suggested Backoff Time: 77000 milliseconds\r\n"
    with run_liar({"IDLE": told}) as liar, watcher(owed, liar) as ear:
        shelf(liar, {})
        ear.run_once(owed.now, GO_ON)
        with pytest.raises(ImapError, match="throttles us") as caught:
            ear._wait(threading.Event())
    assert caught.value.retry_after == timedelta(seconds=77)


@pytest.mark.parametrize(
    ("doing", "trouble", "says"),
    [
        ("connecting", "tls", "TLS could not be agreed on"),
        ("starting TLS", "tls", "TLS could not be agreed on"),
        ("fetching mail", "lost", r"the line was lost while fetching mail \(EOF occurred"),
        ("leaving IDLE", "lost", "the line was lost while leaving IDLE"),
    ],
)
def test_a_line_that_ends_in_the_midst_of_tls_is_a_line_that_was_lost(
    doing: str, trouble: str, says: str
) -> None:
    """Else a mail over whose fetching it breaks would be fetched again for ever."""
    error = ssl.SSLEOFError(8, "EOF occurred in violation of protocol (_ssl.c:2427)")
    told = explain(error, Account("a", "b"), doing)
    assert told.trouble == trouble
    assert re.search(says, str(told))


def test_refused_logins_are_not_repeated_at_once(owed: Owed) -> None:
    with run_liar() as liar:
        ear = watcher(owed, liar)
        assert ear._next_wait(timedelta(0), login=True) >= timedelta(seconds=45)


@pytest.mark.parametrize(
    ("said", "least"),
    [
        ("wrong", 45),
        ("[UNAVAILABLE] Request is throttled. Suggested Backoff Time: 77000 milliseconds", 77),
    ],
)
def test_when_a_refused_login_is_tried_again_is_told_for_every_folder(
    owed: Owed, said: str, least: int
) -> None:
    rest, stop, threads = Rest(), threading.Event(), []
    login = b"TAG NO " + said.encode() + b"\r\n"
    with run_liar({"LOGIN": login}) as liar:
        began = owed.now()
        for folder in ("INBOX", "Junk"):
            ear = watcher(owed, liar, folder=folder, rest=rest)
            with owed.ledger.transaction() as tx:
                channels.ensure(tx, ear.name, "imap", began)
            thread = threading.Thread(target=ear.watch, args=(owed.now, stop), daemon=True)
            thread.start()
            threads.append(thread)
            until(lambda: next_try(owed, ear.name) is not None)  # noqa: B023 - at once
            again = next_try(owed, ear.name)
            assert again is not None
            assert again >= began + timedelta(seconds=least)
        logins = sum(command.startswith("LOGIN") for command in liar.commands)
        assert logins == 1
        stop.set()
        for thread in threads:
            thread.join(WITHIN)
    with run_liar() as liar, watcher(owed, liar) as ear:
        shelf(liar, {})
        ear.run_once(owed.now, GO_ON)
    assert next_try(owed, ear.name) is None


def next_try(owed: Owed, name: str) -> datetime | None:
    with Reader.open(owed.ledger.url) as reader:
        return {row.name: row.next_try_at for row in reader.channels()}[name]


@pytest.mark.parametrize(
    ("said", "trouble", "says"),
    [
        ("[UNAVAILABLE] later", "refused", "unable to serve us just now"),
        ("[EXPIRED] change it", "login", 'the password of "bounces" has expired'),
        ("[PRIVACYREQUIRED] no", "tls", 'security = "tls" or "starttls"'),
        ("[AUTHORIZATIONFAILED] no", "login", "check username and password"),
    ],
)
def test_what_a_refused_login_means_is_told(said: str, trouble: str, says: str) -> None:
    with run_liar({"LOGIN": b"TAG NO " + said.encode() + b"\r\n"}) as liar:
        account = Account("liar", "127.0.0.1", liar.port, "none", "", "bounces", "pw")
        with pytest.raises(ImapError, match=says) as caught:
            Mailbox(account, "INBOX").connect()
    assert caught.value.trouble == trouble


@pytest.mark.parametrize("kept", [2, 0])
def test_a_mailbox_restored_from_a_copy_is_read_again(owed: Owed, kept: int) -> None:
    """It has its old UIDVALIDITY, and gives UIDs to new mail that were given before."""
    anna, ben, carl = owed.mail("k1", "anna@a.example", "ben@b.example", "carl@c.example")
    before = {1: STRANGER, 2: owed.dsn(anna, "delivered"), 3: STRANGER, 4: owed.dsn(ben, "failed")}
    opens = b"* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT %d] x\r\nTAG OK in\r\n"
    with run_liar({"EXAMINE": opens % 5}) as liar, watcher(owed, liar, idle=False) as ear:
        shelf(liar, before)
        assert ear.run_once(owed.now, GO_ON).read == 4
        restored = {uid: mail for uid, mail in before.items() if uid <= kept}
        restored[kept + 1] = owed.dsn(carl, "failed")  # came after the copy was put back
        shelf(liar, restored)
        liar.tell("EXAMINE", opens % (kept + 2))
        ear.close()
        assert ear.run_once(owed.now, GO_ON).read == kept + 1
        assert owed.delivery(carl).state.gap == "failed"
        assert ear.run_once(owed.now, GO_ON).read == 0, "and once only"
        shelf(liar, {**restored, kept + 2: STRANGER})
        liar.tell("EXAMINE", opens % (kept + 3))
        ear.close()
        assert ear.run_once(owed.now, GO_ON).read == 1
        # and once more
        shelf(liar, {1: STRANGER.replace(b"lunch", b"dinner")})
        liar.tell("EXAMINE", opens % 2)
        ear.close()
        assert ear.run_once(owed.now, GO_ON).read == 1
    with Reader.open(owed.ledger.url) as reader:
        story = reader.trace(anna)
    assert story is not None
    assert [one.kind for one in story.evidence].count("delivered") == 1


@pytest.mark.parametrize("told", [2, 9])
def test_a_numbering_that_comes_back_may_give_its_uids_to_other_mail(owed: Owed, told: int) -> None:
    """A folder was made anew, then the old one was put back from a copy."""
    anna, ben = owed.mail("k1", "anna@a.example", "ben@b.example")
    opens = b"* OK [UIDVALIDITY %d] x\r\n* OK [UIDNEXT %d] x\r\nTAG OK in\r\n"
    with run_liar() as liar, watcher(owed, liar, idle=False) as ear:
        for validity, uidnext, mails in (
            (7, 4, {1: STRANGER, 2: STRANGER, 3: owed.dsn(anna, "failed")}),
            (8, 2, {1: STRANGER}),
        ):
            liar.tell("EXAMINE", opens % (validity, uidnext))
            shelf(liar, mails)
            ear.close()
            ear.run_once(owed.now, GO_ON)
        before = {1: STRANGER, 2: STRANGER, 3: owed.dsn(anna, "failed")}
        late = {1: owed.dsn(ben, "failed")} if told == 2 else before | {8: owed.dsn(ben, "failed")}
        liar.tell("EXAMINE", opens % (7, told))
        shelf(liar, late)
        ear.close()
        assert ear.run_once(owed.now, GO_ON).read == len(late)
        assert ear.run_once(owed.now, GO_ON).read == 0
    assert owed.delivery(ben).state.gap == "failed"
    again = owed.channel(ear.name).uidvalidity
    assert (again % (1 << 32), again >> 32) == (7, int(told == 2))


def test_an_emptied_mailbox_is_no_restored_one(owed: Owed) -> None:
    opens = b"* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 5] x\r\nTAG OK in\r\n"
    with run_liar({"EXAMINE": opens}) as liar, watcher(owed, liar, idle=False) as ear:
        shelf(liar, {1: STRANGER, 4: STRANGER})
        assert ear.run_once(owed.now, GO_ON).read == 2
        for left in ({1: STRANGER}, {}):
            shelf(liar, left)
            ear.close()
            assert ear.run_once(owed.now, GO_ON).read == 0
    channel = owed.channel(ear.name)
    assert (channel.uidvalidity, channel.last_uid) == (7, 4)


def test_a_uidnext_that_is_too_low_is_not_believed_where_there_is_later_mail(owed: Owed) -> None:
    """Some servers tell an old one: the mail itself is the better witness."""
    opens = b"* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 2] x\r\nTAG OK in\r\n"
    with run_liar({"EXAMINE": opens}) as liar, watcher(owed, liar, idle=False) as ear:
        shelf(liar, {1: STRANGER, 4: STRANGER})
        assert ear.run_once(owed.now, GO_ON).read == 2
        ear.close()
        assert ear.run_once(owed.now, GO_ON).read == 0
        shelf(liar, {1: STRANGER, 4: STRANGER, 5: STRANGER})
        ear.close()
        assert ear.run_once(owed.now, GO_ON).read == 1
    assert owed.channel(ear.name).uidvalidity == 7


@pytest.mark.parametrize("number", [b"4294967296", b"99999999999999999999999", b"-1", b"NIL"])
def test_a_uidvalidity_that_cannot_be_is_told(owed: Owed, number: bytes) -> None:
    """32 bits (RFC 3501 9, nz-number)."""
    opens = b"* OK [UIDVALIDITY %b] x\r\nTAG OK in\r\n"
    with run_liar({"EXAMINE": opens % number}) as liar, watcher(owed, liar) as ear:
        shelf(liar, {1: STRANGER})
        with pytest.raises(ImapError, match=r"gives no good UIDVALIDITY|made no sense"):
            ear.run_once(owed.now, GO_ON)
    assert owed.channel(ear.name).last_error


def test_a_uidnext_that_cannot_be_makes_no_work(owed: Owed) -> None:
    opens = b"* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT %d] x\r\nTAG OK in\r\n" % (1 << 70)
    with run_liar({"EXAMINE": opens}) as liar, watcher(owed, liar) as ear:
        shelf(liar, {1: STRANGER})
        assert ear.run_once(owed.now, GO_ON).read == 1
        assert sum("SEARCH" in one for one in liar.commands) == 2


@pytest.mark.parametrize("security", ["none", "starttls"])
def test_a_line_that_begins_logged_in_is_not_used(security: Any) -> None:
    """RFC 3501 7.1.4: as whom is unknown, and encryption can no longer be asked for."""
    with run_liar(greeting=b"* PREAUTH welcome back\r\n") as liar:
        account = Account("liar", "127.0.0.1", liar.port, security, "", "bounces", "pw")
        box = Mailbox(account, "INBOX")
        with pytest.raises(ImapError, match="PREAUTH") as caught:
            box.connect()
        assert not box.connected
        assert not any("LOGIN" in one for one in liar.commands)
    assert caught.value.trouble == "login"


def test_a_backlog_tells_how_far_it_was_read(owed: Owed) -> None:
    told: list[tuple[str, int, int]] = []
    with run_liar() as liar:
        shelf(liar, dict.fromkeys(range(1, 6), STRANGER))
        account = Account("liar", "127.0.0.1", liar.port, "none", "", "bounces", "pw", batch=2)
        with Watcher(
            owed.ledger,
            account,
            "INBOX",
            KEYRING,
            policies,
            progress=lambda *one: told.append(one),
        ) as ear:
            assert ear.run_once(owed.now, GO_ON).read == 5
    assert told == [("liar/INBOX", done, 5) for done in (2, 4, 5)]


def test_what_one_folder_was_told_to_wait_all_folders_of_the_account_wait(owed: Owed) -> None:
    told = b"TAG BAD Request is throttled. Suggested Backoff Time: 60000 milliseconds\r\n"
    with run_liar({"LOGIN": told}) as liar:
        account = Account("liar", "127.0.0.1", liar.port, "none", "", "bounces", "pw")
        rest, stop = Rest(), threading.Event()
        threads = []
        for folder in ("INBOX", "Junk"):
            ear = Watcher(owed.ledger, account, folder, KEYRING, policies, rest=rest)
            thread = threading.Thread(target=ear.watch, args=(owed.now, stop), daemon=True)
            thread.start()
            threads.append(thread)
            until(lambda: rest.left() > timedelta(seconds=50))
        time.sleep(0.3)
        assert sum(command.startswith("LOGIN") for command in liar.commands) == 1
        stop.set()
        for thread in threads:
            thread.join(WITHIN)
            assert not thread.is_alive()


def test_a_rest_is_never_shortened() -> None:
    rest = Rest()
    assert not rest.left()
    rest.ask(timedelta(seconds=50))
    rest.ask(timedelta(seconds=1))
    assert rest.left() > timedelta(seconds=45)


@pytest.mark.parametrize("answer", [CLOSE, b"* BYE too many connections\r\n", b"\x00garbage\r\n"])
def test_a_line_that_is_lost_while_logging_in_is_no_refused_login(answer: bytes) -> None:
    with run_liar({"LOGIN": answer}) as liar:
        account = Account("liar", "127.0.0.1", liar.port, "none", "", "bounces", "pw")
        with pytest.raises(ImapError, match="lost while logging in") as caught:
            Mailbox(account, "INBOX").connect()
    assert caught.value.trouble == "lost"


class TestAMailThatWasPassedByWithoutItsContent:
    """It is asked for again, after pauses that grow, and read once it comes."""

    @staticmethod
    def pass_by(ear: Watcher, now: Callable[[], datetime]) -> None:
        for _ in range(2):
            with pytest.raises(ImapError, match="does not give it"):
                ear.run_once(now, GO_ON)
        assert ear.run_once(now, GO_ON).unreadable == 1

    @staticmethod
    def asked(liar: Liar) -> int:
        return sum("BODY.PEEK" in one for one in liar.commands if one.startswith("UID FETCH 2 "))

    def test_it_is_read_once_it_is_given_and_counts_once(self, owed: Owed) -> None:
        (anna,) = owed.mail("k1", "anna@a.example")
        at = owed.now()
        with run_liar() as liar, watcher(owed, liar, after="flag") as ear:
            shelf(liar, {1: STRANGER, 2: None, 3: STRANGER})
            self.pass_by(ear, lambda: at)
            shelf(liar, {1: STRANGER, 2: owed.dsn(anna, "failed"), 3: STRANGER})
            assert ear.run_once(lambda: at + timedelta(minutes=9), GO_ON).read == 0
            later = at + timedelta(minutes=11)
            watched = ear.run_once(lambda: later, GO_ON)
            assert (watched.matched, watched.moved, watched.complete) == (1, 1, True)
            assert owed.delivery(anna).state.gap is GapKind.FAILED
            assert owed.channel(ear.name).last_uid == 3
            assert ear.run_once(lambda: later + timedelta(days=1), GO_ON).read == 0
        with owed.ledger.transaction(read_only=True) as tx:
            assert {row.uid for row in evidence.unmatched(tx)} == {1, 3}

    def test_the_pauses_grow_and_end(self, owed: Owed) -> None:
        at = owed.now()
        asked = []
        with run_liar() as liar, watcher(owed, liar) as ear:
            shelf(liar, {1: STRANGER, 2: None})
            self.pass_by(ear, lambda: at)
            near = (24, 72, 168)
            for hours in (*range(6), *(one + step for one in near for step in (-1, 0, 1)), 700):
                before = self.asked(liar)
                watched = ear.run_once(lambda: at + timedelta(hours=hours, minutes=11), GO_ON)  # noqa: B023 - at once
                assert watched.complete, "nothing waits for it"
                if self.asked(liar) > before:
                    asked.append(hours)
        assert asked == [0, 1, 4, 24, 72, 168]

    def test_their_pauses_begin_anew_where_the_clock_was_set_back(self, owed: Owed) -> None:
        at = owed.now()
        ahead = at + timedelta(days=2)
        asked = []
        with run_liar() as liar, watcher(owed, liar) as ear:
            shelf(liar, {1: STRANGER, 2: None})
            self.pass_by(ear, lambda: ahead)
            for minutes in (0, 9, 11, 59, 61):
                before = self.asked(liar)
                ear.run_once(lambda: at + timedelta(minutes=minutes), GO_ON)  # noqa: B023 - at once
                if self.asked(liar) > before:
                    asked.append(minutes)
        assert asked == [11, 61]

    def test_a_new_process_asks_for_it_too(self, owed: Owed) -> None:
        (anna,) = owed.mail("k1", "anna@a.example")
        at = owed.now()
        with run_liar() as liar:
            shelf(liar, {1: STRANGER, 2: None})
            with watcher(owed, liar) as ear:
                self.pass_by(ear, lambda: at)
            shelf(liar, {1: STRANGER, 2: owed.dsn(anna, "delivered")})
            with watcher(owed, liar) as ear:
                assert ear.run_once(lambda: at + timedelta(hours=30), GO_ON).matched == 1
        assert owed.verdicts([anna]) == [Verdict.LANDED]

    def test_what_another_agent_passed_by_is_asked_for_by_whoever_has_the_folder_then(
        self, owed: Owed
    ) -> None:
        (anna,) = owed.mail("k1", "anna@a.example")
        at = owed.now()
        with run_liar() as liar:
            shelf(liar, {1: STRANGER})
            first, second = watcher(owed, liar), watcher(owed, liar)
            first.run_once(lambda: at, GO_ON)
            first.close()
            shelf(liar, {1: STRANGER, 2: None})
            with second:
                self.pass_by(second, lambda: at)
            shelf(liar, {1: STRANGER, 2: owed.dsn(anna, "delivered")})
            with first:
                assert first.run_once(lambda: at + timedelta(hours=2), GO_ON).matched == 1

    def test_one_that_is_gone_is_told_and_let_go(self, owed: Owed) -> None:
        at = owed.now()
        with run_liar() as liar, watcher(owed, liar) as ear:
            shelf(liar, {1: STRANGER, 2: None})
            self.pass_by(ear, lambda: at)
            shelf(liar, {1: STRANGER, 3: STRANGER})
            ear.run_once(lambda: at + timedelta(hours=2), GO_ON)
            before = self.asked(liar)
            ear.run_once(lambda: at + timedelta(days=5), GO_ON)
            assert self.asked(liar) == before
        with owed.ledger.transaction(read_only=True) as tx:
            (kept,) = [row for row in evidence.unmatched(tx) if row.uid == 2]
        assert kept.tried == "the server listed it and gave no content; it is not listed any more"

    def test_one_that_breaks_the_line_breaks_it_once_for_each_pause(self, owed: Owed) -> None:
        at = owed.now()
        with run_liar() as liar, watcher(owed, liar) as ear:
            shelf(liar, {1: STRANGER, 2: None})
            self.pass_by(ear, lambda: at)
            liar.tell("UID FETCH 2 ", CLOSE)
            with pytest.raises(ImapError, match="lost"):
                ear.run_once(lambda: at + timedelta(hours=2), GO_ON)
            assert ear.run_once(lambda: at + timedelta(hours=2), GO_ON).complete
