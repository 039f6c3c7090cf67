"""Where a watcher goes on when the server tells too little, or lies, of what is new in a folder."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.inbound.account import Account, ImapError
from agent.inbound.watch import Watcher
from store import evidence, paths
from tests.plugins.liar import Liar, run_liar
from tests.plugins.owed import KEYRING, Owed, open_owed, policies
from tests.plugins.shelf import shelf

GO_ON = threading.Event()  # a stop that never comes
STRANGER = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: lunch?\r\n\r\nAt noon.\r\n"
NAMED = b"Message-ID: <lunch@b.example>\r\n" + STRANGER
LATER = STRANGER.replace(b"lunch", b"dinner")
UIDNEXT = b"* OK [UIDNEXT %d] x\r\n"
OPENS = r"(EXAMINE|SELECT)"


@pytest.fixture
def owed(tmp_path: Path) -> Iterator[Owed]:
    with open_owed(tmp_path) as ledger:
        yield ledger


def watcher(owed: Owed, liar: Liar, **change: Any) -> Watcher:
    values: dict[str, Any] = {"timeout": timedelta(seconds=20), "idle": False}
    account = Account(
        "liar", "127.0.0.1", liar.port, "none", "", "bounces", "pw", **values | change
    )
    return Watcher(owed.ledger, account, "INBOX", KEYRING, policies)


def opens(uidnext: int | None, exists: int = 1) -> bytes:
    told = b"* OK [UIDVALIDITY 7] x\r\n* %d EXISTS\r\n" % exists
    return told + (UIDNEXT % uidnext if uidnext else b"") + b"TAG OK in\r\n"


def kept(owed: Owed) -> int:
    """How many rows there are of mail that changed no delivery."""
    with owed.ledger.transaction(read_only=True) as tx:
        return len(evidence.unmatched(tx))


@pytest.mark.parametrize("told", [None, 1, 3, 99], ids=["none", "too low", "true", "too high"])
@pytest.mark.parametrize("grown", [1, 2, 3, 6])
def test_new_mail_in_uids_that_were_given_before_is_read_whatever_uidnext_says(
    owed: Owed, told: int | None, grown: int
) -> None:
    """A mailbox was put back from a copy, and has grown since."""
    anna, ben = owed.mail("k1", "anna@a.example", "ben@b.example")
    before = {1: STRANGER, 2: STRANGER, 3: owed.dsn(anna, "delivered"), 4: STRANGER}
    with run_liar({OPENS: opens(told and 5)}) as liar, watcher(owed, liar) as ear:
        shelf(liar, before)
        assert ear.run_once(owed.now, GO_ON).read == 4
        now = {1: STRANGER, 2: owed.dsn(ben, "failed")} | {2 + one: LATER for one in range(grown)}
        now[2] = owed.dsn(ben, "failed")
        shelf(liar, now)
        liar.tell(OPENS, opens(told if told != 3 else max(now) + 1))
        ear.close()
        ear.run_once(owed.now, GO_ON)
        assert owed.delivery(ben).state.gap == "failed"
        rows = kept(owed)
        for _ in range(3):
            ear.close()
            assert ear.run_once(owed.now, GO_ON).read == 0
        assert kept(owed) == rows


def test_an_old_numbering_that_comes_back_may_have_outgrown_what_was_read(owed: Owed) -> None:
    anna, ben = owed.mail("k1", "anna@a.example", "ben@b.example")
    with run_liar() as liar, watcher(owed, liar) as ear:
        for validity, mails in (
            (7, {1: STRANGER, 2: STRANGER, 3: owed.dsn(anna, "delivered")}),
            (8, {1: STRANGER}),
            (7, {1: STRANGER, 2: owed.dsn(ben, "failed"), 3: LATER, 4: LATER}),
        ):
            liar.tell(OPENS, b"* OK [UIDVALIDITY %d] x\r\nTAG OK in\r\n" % validity)
            shelf(liar, mails)
            ear.close()
            assert ear.run_once(owed.now, GO_ON).read == len(mails)
    assert owed.delivery(ben).state.gap == "failed"


@pytest.mark.parametrize(
    ("after", "left", "dated", "is_lost"),
    [
        ("leave", {}, True, True),
        ("leave", {1: LATER}, True, True),
        ("leave", {1: STRANGER}, True, False),
        ("leave", {5: STRANGER, 6: LATER}, True, False),
        ("leave", {1: STRANGER}, False, True),  # it has no Message-ID, and its date is not told
        ("leave", {1: NAMED}, False, False),
        ("leave", {}, False, True),
        (
            "move",
            {},
            True,
            True,
        ),  # the last of it was moved away by us: nothing shows that it is it
        ("move", {1: LATER}, True, True),
        ("flag", {}, True, True),
    ],
)
def test_a_folder_in_the_place_of_the_one_that_was_read_was_not_heard_all_the_time(
    owed: Owed, after: str, left: dict[int, bytes], *, dated: bool, is_lost: bool
) -> None:
    """It was deleted and made anew: what came last into the old one nobody has read."""
    anna, ben = owed.mail("k1", "anna@a.example", "ben@b.example")
    mail = owed.dsn(anna, "delivered") if after == "move" else STRANGER
    mails = {1: NAMED} if NAMED in left.values() else {1: mail}
    with run_liar() as liar, watcher(owed, liar, after=after) as ear:
        shelf(liar, mails, dated=dated)
        for _ in range(2):
            ear.run_once(owed.now, GO_ON)
            ear.close()
        before = owed.channel("liar/INBOX").watermark
        liar.tell(OPENS, b"* OK [UIDVALIDITY 8] x\r\nTAG OK in\r\n")
        shelf(liar, left, dated=dated)
        ear.run_once(owed.now, GO_ON)
        ear.close()
        assert owed.channel("liar/INBOX").uidvalidity == 8
        with owed.ledger.transaction(read_only=True) as tx:
            lost = paths.heard(tx).lost
        assert [one.since for one in lost] == ([before] if is_lost else [])
        ear.run_once(owed.now, GO_ON)
        with owed.ledger.transaction(read_only=True) as tx:
            assert paths.heard(tx).lost == lost
    assert owed.delivery(ben).state.gap is None


@pytest.mark.parametrize("is_there", [True, False])
def test_a_new_process_finds_out_whether_a_mail_of_before_is_still_there(
    owed: Owed, *, is_there: bool
) -> None:
    with run_liar() as liar:
        shelf(liar, {1: STRANGER, 2: NAMED})
        with watcher(owed, liar) as ear:
            ear.run_once(owed.now, GO_ON)
        liar.tell(OPENS, b"* OK [UIDVALIDITY 8] x\r\nTAG OK in\r\n")
        shelf(liar, {1: LATER} | ({7: NAMED} if is_there else {}))
        with watcher(owed, liar) as ear:
            ear.run_once(owed.now, GO_ON)
    with owed.ledger.transaction(read_only=True) as tx:
        assert bool(paths.heard(tx).lost) is not is_there


def test_a_folder_that_was_empty_and_is_another_now_was_not_heard_all_the_time(owed: Owed) -> None:
    opened = b"* OK [UIDVALIDITY %d] x\r\n* 0 EXISTS\r\nTAG OK in\r\n"
    with run_liar({OPENS: opened % 7}) as liar, watcher(owed, liar) as ear:
        shelf(liar, {})
        ear.run_once(owed.now, GO_ON)
        ear.close()
        before = owed.channel("liar/INBOX").watermark
        liar.tell(OPENS, opened % 8)
        ear.run_once(owed.now, GO_ON)
    with owed.ledger.transaction(read_only=True) as tx:
        assert [one.since for one in paths.heard(tx).lost] == [before]


@pytest.mark.parametrize(
    ("before", "told", "is_lost"), [(5, 1, True), (5, 5, False), (1, 1, False), (None, 1, False)]
)
def test_an_empty_folder_whose_uids_begin_anew_was_not_heard_all_the_time(
    owed: Owed, before: int | None, told: int, *, is_lost: bool
) -> None:
    """UIDVALIDITY tells nothing, and no mail does; a UIDNEXT that was always wrong does neither."""
    (anna,) = owed.mail("k1", "anna@a.example")
    with run_liar({OPENS: opens(before)}) as liar, watcher(owed, liar) as ear:
        shelf(liar, {4: STRANGER})
        ear.run_once(owed.now, GO_ON)
        ear.close()
        shelf(liar, {})
        for uidnext in (before, told, told):
            liar.tell(OPENS, opens(uidnext, exists=0))
            ear.run_once(owed.now, GO_ON)
            ear.close()
        with owed.ledger.transaction(read_only=True) as tx:
            lost = paths.heard(tx).lost
        assert bool(lost) is is_lost
        shelf(liar, {1: owed.dsn(anna, "failed")})
        liar.tell(OPENS, opens(2))
        ear.run_once(owed.now, GO_ON)
        with owed.ledger.transaction(read_only=True) as tx:
            assert paths.heard(tx).lost == lost
    assert owed.delivery(anna).state.gap == "failed"


@pytest.mark.parametrize("told", [1, None, 2])
def test_a_uidnext_that_is_always_wrong_has_nothing_recorded_again(
    owed: Owed, told: int | None
) -> None:
    """What was understood is moved away, so that the last mail is not the last that was read."""
    ids = owed.mail("k1", *(f"r{one}@a.example" for one in range(3)))
    with run_liar({OPENS: opens(told)}) as liar, watcher(owed, liar, after="move") as ear:
        shelf(liar, {1: STRANGER, 2: owed.dsn(ids[0], "failed")})
        for number, one in enumerate(ids, 3):
            ear.run_once(owed.now, GO_ON)
            shelf(liar, {1: STRANGER, number: owed.dsn(one, "failed")})
            ear.close()
        ear.run_once(owed.now, GO_ON)
        shelf(liar, {1: STRANGER})
        ear.run_once(owed.now, GO_ON)
    assert kept(owed) == 1
    assert owed.channel("liar/INBOX").last_uid == 5


def test_mail_that_shows_up_below_what_was_read_is_read(owed: Owed) -> None:
    """Two deliveries at once, and the server shows the later one first."""
    (anna,) = owed.mail("k1", "anna@a.example")
    with run_liar({OPENS: opens(5)}) as liar, watcher(owed, liar) as ear:
        shelf(liar, {1: STRANGER, 2: STRANGER, 4: STRANGER})
        assert ear.run_once(owed.now, GO_ON).read == 3
        shelf(liar, {1: STRANGER, 2: STRANGER, 3: owed.dsn(anna, "failed"), 4: STRANGER})
        ear.run_once(owed.now, GO_ON)
        assert owed.delivery(anna).state.gap == "failed"
        assert kept(owed) == 3
        assert ear.run_once(owed.now, GO_ON).read == 0


def test_the_very_first_mail_may_show_up_late(owed: Owed) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    with run_liar({OPENS: opens(5)}) as liar, watcher(owed, liar) as ear:
        shelf(liar, {2: STRANGER})
        assert ear.run_once(owed.now, GO_ON).read == 1
        shelf(liar, {1: owed.dsn(anna, "failed"), 2: STRANGER})
        ear.run_once(owed.now, GO_ON)
    assert owed.delivery(anna).state.gap == "failed"
    channel = owed.channel("liar/INBOX")
    assert (channel.uidvalidity, channel.last_uid) == (7, 2)
    with owed.ledger.transaction(read_only=True) as tx:
        assert paths.heard(tx).lost == ()


def test_mail_that_shows_up_behind_a_gap_is_read(owed: Owed) -> None:
    """All that stood behind it was moved away meanwhile."""
    ids = owed.mail("k1", *(f"r{one}@a.example" for one in range(2)))
    with run_liar({OPENS: opens(5)}) as liar, watcher(owed, liar, after="move") as ear:
        shelf(liar, {1: STRANGER, 90: owed.dsn(ids[0], "failed")})
        assert ear.run_once(owed.now, GO_ON).moved == 1
        shelf(liar, {1: STRANGER, 50: owed.dsn(ids[1], "failed")})
        ear.run_once(owed.now, GO_ON)
        assert owed.delivery(ids[1]).state.gap == "failed"
        assert kept(owed) == 1


def test_a_mail_that_is_told_of_and_never_found_is_not_gone_back_for_each_time(owed: Owed) -> None:
    def last() -> bytes:
        ghost = b'* 9 FETCH (UID 3 INTERNALDATE "01-Oct-2026 00:00:00 +0000")\r\n'
        return ghost + b"TAG OK done\r\n"

    with run_liar({OPENS: opens(6)}) as liar, watcher(owed, liar) as ear:
        shelf(liar, {1: STRANGER, 2: STRANGER, 5: STRANGER})
        assert ear.run_once(owed.now, GO_ON).read == 3
        liar.tell(r"UID FETCH 1:5,\*", last)
        assert [ear.run_once(owed.now, GO_ON).read for _ in range(4)] == [1, 0, 0, 0]
    assert kept(owed) == 3


def test_dates_that_change_are_not_believed_where_message_ids_agree(owed: Owed) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    mails: dict[int, bytes | None] = {1: owed.dsn(anna, "failed"), 2: STRANGER}
    with run_liar({OPENS: opens(3)}) as liar, watcher(owed, liar) as ear:
        for day in range(1, 5):
            when = datetime(2026, 10, day, tzinfo=UTC)
            shelf(liar, mails, dates={1: when, 2: when})
            read = ear.run_once(owed.now, GO_ON).read
            assert read == (2 if day == 1 else 0)


def test_without_dates_the_message_id_tells(owed: Owed) -> None:
    anna, ben = owed.mail("k1", "anna@a.example", "ben@b.example")
    with run_liar({OPENS: opens(3)}) as liar, watcher(owed, liar) as ear:
        shelf(liar, {1: STRANGER, 2: owed.dsn(anna, "delivered")}, dated=False)
        assert ear.run_once(owed.now, GO_ON).read == 2
        assert ear.run_once(owed.now, GO_ON).read == 0
        shelf(liar, {1: STRANGER, 2: owed.dsn(ben, "failed")}, dated=False)
        ear.run_once(owed.now, GO_ON)
    assert owed.delivery(ben).state.gap == "failed"


def test_a_server_that_refuses_to_show_the_last_mail_is_read_all_the_same(owed: Owed) -> None:
    with run_liar({OPENS: opens(3)}) as liar, watcher(owed, liar) as ear:
        shelf(liar, {1: STRANGER})
        liar.tell(r"UID FETCH \S+,\*", b"TAG BAD no such set\r\n")
        assert ear.run_once(owed.now, GO_ON).read == 1
        shelf(liar, {1: STRANGER, 2: LATER})
        liar.tell(r"UID FETCH \S+,\*", b"TAG BAD no such set\r\n")
        assert ear.run_once(owed.now, GO_ON).read == 1
    assert not owed.channel("liar/INBOX").last_error


def test_the_look_at_the_last_mail_costs_no_round_trip(owed: Owed) -> None:
    """The server answers it together with the search: who waited would wait for ever."""
    with run_liar({OPENS: opens(3)}) as liar, watcher(owed, liar) as ear:
        shelf(liar, {1: STRANGER}, dates={1: datetime(2026, 10, 1, tzinfo=UTC)})
        assert ear.run_once(owed.now, GO_ON).read == 1

        def both() -> bytes:
            told = b'* 1 FETCH (UID 1 INTERNALDATE "01-Oct-2026 00:00:00 +0000")\r\n'
            told = b"" if "FETCH" not in liar.commands[-2] else told + liar.tags[-2] + b" OK x\r\n"
            return told + b"* SEARCH 1\r\nTAG OK done\r\n"

        liar.tell(r"UID FETCH \S+,\*", b"")
        liar.tell("UID SEARCH", both)
        assert ear.run_once(owed.now, GO_ON).complete
        assert any(",*" in one for one in liar.commands)


@pytest.mark.parametrize("partial", [False, True])
def test_only_mail_that_is_shown_to_be_the_recorded_one_is_deleted(
    owed: Owed, *, partial: bool
) -> None:
    anna, ben, carl = owed.mail("k1", *(f"{who}@x.example" for who in ("anna", "ben", "carl")))
    mails = {1: owed.dsn(anna, "failed"), 2: owed.dsn(ben, "failed"), 9: owed.dsn(carl, "failed")}
    with run_liar({OPENS: opens(10)}) as liar, watcher(owed, liar, after="delete") as ear:
        shelf(liar, mails)
        ear.run_once(owed.now, GO_ON)
        if partial:  # the server tells of one mail and swallows the other
            shelf(liar, {2: mails[2], 9: mails[9]})
        else:
            shelf(liar, mails | {1: LATER})
        gone = ear.run_once(lambda: owed.now() + timedelta(days=31), GO_ON)
        assert gone.moved == 2
        marked = [one for one in liar.commands if "STORE" in one or "EXPUNGE" in one]
    assert marked
    assert not any(one.split()[2].startswith("1") for one in marked)


def test_what_may_not_be_moved_is_not_looked_at_each_time(owed: Owed) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    readonly = opens(3).replace(b"TAG OK", b"TAG OK [READ-ONLY]")
    with run_liar({OPENS: readonly}) as liar, watcher(owed, liar, after="move") as ear:
        shelf(liar, {1: owed.dsn(anna, "failed")})
        for _ in range(3):
            assert "may only read" in ear.run_once(owed.now, GO_ON).trouble
        assert not any("HEADER.FIELDS" in one for one in liar.commands)


def test_a_throttle_told_to_the_look_is_waited_for(owed: Owed) -> None:
    told = b"TAG BAD Request is throttled. Suggested Backoff Time: 77000 milliseconds\r\n"
    with run_liar({OPENS: opens(3)}) as liar, watcher(owed, liar) as ear:
        shelf(liar, {1: STRANGER})
        liar.tell(r"UID FETCH \*", told)
        with pytest.raises(ImapError, match="throttles us") as caught:
            ear.run_once(owed.now, GO_ON)
    assert caught.value.retry_after == timedelta(seconds=77)
    assert owed.channel("liar/INBOX").watermark is None


def test_a_line_that_breaks_at_the_look_is_made_anew(owed: Owed) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    with run_liar({OPENS: opens(3)}) as liar, watcher(owed, liar) as ear:
        shelf(liar, {1: STRANGER})
        ear.run_once(owed.now, GO_ON)
        shelf(liar, {1: STRANGER, 2: owed.dsn(anna, "failed")})
        liar.tell(r"UID FETCH \S+,\*", b"close")
        with suppress(ImapError):
            ear.run_once(owed.now, GO_ON)
        assert owed.channel("liar/INBOX").last_error
        shelf(liar, {1: STRANGER, 2: owed.dsn(anna, "failed")})
        liar.tell(r"UID FETCH \S+,\*", b"TAG OK done\r\n")
        assert ear.run_once(owed.now, GO_ON).read == 1


def test_a_mail_that_a_search_does_not_find_is_read_and_nothing_is_observed_without_it(
    owed: Owed,
) -> None:
    """A server whose index lags behind, or that leaves out the answer: the last mail is there."""
    (anna,) = owed.mail("k1", "anna@a.example")
    with run_liar({OPENS: opens(3)}) as liar, watcher(owed, liar) as ear:
        shelf(liar, {1: STRANGER})
        ear.run_once(owed.now, GO_ON)
        shelf(liar, {1: STRANGER, 2: owed.dsn(anna, "failed")})
        liar.tell("UID SEARCH", b"* SEARCH 1\r\nTAG OK done\r\n")
        ear.run_once(owed.now, GO_ON)
        assert owed.delivery(anna).state.gap == "failed"
        liar.tell("UID SEARCH", b"TAG OK done\r\n")
        assert ear.run_once(owed.now, GO_ON).complete


def test_a_uidnext_far_beyond_the_last_mail_makes_no_work(owed: Owed) -> None:
    with run_liar({OPENS: opens((1 << 32) - 1)}) as liar, watcher(owed, liar) as ear:
        shelf(liar, {1: STRANGER, 120_000: STRANGER})
        assert ear.run_once(owed.now, GO_ON).read == 2
        assert ear.run_once(owed.now, GO_ON).read == 0
        assert sum("SEARCH" in one for one in liar.commands) < 9


@pytest.mark.parametrize("empty", [b"{0}\r\n", b'""'])
def test_an_empty_mail_that_has_a_size_is_asked_for_again(owed: Owed, empty: bytes) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    with run_liar({OPENS: opens(3)}) as liar, watcher(owed, liar) as ear:
        shelf(liar, {1: owed.dsn(anna, "failed")})
        told = b"* 1 FETCH (UID 1 BODY[] %b)\r\nTAG OK done\r\n" % empty
        liar.tell(r"UID FETCH 1 \(BODY", told)
        with pytest.raises(ImapError, match="does not give it"):
            ear.run_once(owed.now, GO_ON)
        assert owed.channel("liar/INBOX").watermark is None
        shelf(liar, {1: owed.dsn(anna, "failed")})
        assert ear.run_once(owed.now, GO_ON).matched == 1
    assert owed.delivery(anna).state.gap == "failed"
