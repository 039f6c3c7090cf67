"""The systemd journal as a mail server's log: a stand-in for what no journalctl does on demand."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.inbound.mtalog.follow import Follower, Source
from agent.inbound.mtalog.journal import Journal
from agent.inbound.mtalog.tail import LogError, LogLost, Place
from store.words import Stage, Verdict
from tests.plugins.journals import Entry, find_journal_tools, stand_in, write_journal
from tests.plugins.owed import KEYRING, Owed, open_owed, policies
from tests.plugins.requirements import require_server

START = Place()
NEVER = threading.Event()  # a stop that never comes


@pytest.fixture
def owed(tmp_path: Path) -> Iterator[Owed]:
    with open_owed(tmp_path) as ledger:
        yield ledger


def lines(journal: Journal, place: Place = START) -> list[str]:
    return [line.decode() for chunk in journal.after(place) for line in chunk.lines]


def end(journal: Journal, place: Place = START) -> Place:
    return [chunk.place for chunk in journal.after(place)][-1]


def test_entries_become_lines_as_syslog_writes_them(tmp_path: Path) -> None:
    journal = Journal(["postfix*"], stand_in(tmp_path, ["A: one", "B: two\nlines"]))
    assert lines(journal) == [
        "2026-09-21T14:13:20.000001+00:00 mail postfix/smtp[7]: A: one\n",
        "2026-09-21T14:13:20.000002+00:00 mail postfix/smtp[7]: B: two lines\n",
    ]


def test_reading_goes_on_behind_its_place_and_looks_back_before_it(tmp_path: Path) -> None:
    messages = [f"Q: {number}" for number in range(5)]
    first = Journal(["u"], stand_in(tmp_path, messages[:3]))
    place = end(first)
    assert place.offset == 3
    later = Journal(["u"], stand_in(tmp_path, messages))
    assert [line[-5:] for line in lines(later, place)] == ["Q: 3\n", "Q: 4\n"]
    assert [line[-5:] for line in later.before(place, 10_000)] == [b"Q: 0\n", b"Q: 1\n", b"Q: 2\n"]
    assert [line[-5:] for line in later.before(place, 100)] == [b"Q: 2\n"]
    assert list(later.before(Place(), 100)) == []


def test_what_no_mail_server_writes_is_dropped(tmp_path: Path) -> None:
    odd = [
        None,
        "",
        "x" * 20_000,
        list(b"caf\xe9"),
        [999],
        {"no": "text"},
        "y" * 200_000,
        "A: last",
    ]
    said = [line.partition("]: ")[2] for line in lines(Journal(["u"], stand_in(tmp_path, odd)))]
    assert said[0] == "caf\N{REPLACEMENT CHARACTER}\n"
    assert said[-1] == "A: last\n"
    assert len(said) == 3


@pytest.mark.parametrize(
    ("says", "code"),
    [
        ("Hint: You are currently not seeing messages from other users and the system.", 0),
        ("Failed to open journal", 1),
    ],
)
def test_a_journal_that_may_not_be_read_is_no_silent_one(
    tmp_path: Path, says: str, code: int
) -> None:
    with pytest.raises(LogError, match="be in the group systemd-journal"):
        lines(Journal(["u"], stand_in(tmp_path, ["A: one"], says=says, code=code)))


def test_without_journalctl_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="cannot be run"):
        lines(Journal(["u"], (str(tmp_path / "nothing"),)))


def test_numbers_of_another_journal_are_told_and_then_it_is_read_anew(
    tmp_path: Path, owed: Owed
) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    told = talk(owed, anna)
    source = Source("mta", Path(), "postfix", timedelta(1), units=("u",))
    one = replace(source, journalctl=stand_in(tmp_path, told))
    follower = Follower(owed.ledger, one, KEYRING, policies)
    assert follower.run_once(owed.now, NEVER).facts == 1
    assert follower.run_once(owed.now, NEVER).lines == 0
    other = replace(source, journalctl=stand_in(tmp_path, told, sequence="cd" * 16))
    follower = Follower(owed.ledger, other, KEYRING, policies)
    with pytest.raises(LogLost, match="numbers its entries anew"):
        follower.run_once(owed.now, NEVER)
    done = follower.run_once(owed.now, NEVER)
    assert (done.complete, done.lines, done.facts) == (True, 3, 0)


def talk(owed: Owed, delivery: int, unit: str = "postfix@-.service") -> list[Entry]:
    address, queue = owed.delivery(delivery).address, f"3C5D{delivery % 0xFFFFFF:06X}"
    sender = owed.bounce_address(delivery)
    return [
        Entry("postfix/qmgr", f"{queue}: from=<{sender}>, size=3, nrcpt=1 (queue active)", unit),
        Entry(
            "postfix/smtp",
            f"{queue}: to=<{address}>, relay=mx.far.example[192.0.2.1]:25, delay=1, "
            "delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 77)",
            unit,
        ),
        Entry("postfix/qmgr", f"{queue}: removed", unit),
    ]


def test_the_machines_own_journalctl_reads_a_real_journal(tmp_path: Path, owed: Owed) -> None:
    missing = find_journal_tools()
    if missing:
        require_server(missing)
    anna, ben, carla = owed.mail("k1", "anna@a.example", "ben@b.example", "carla@c.example")
    path = tmp_path / "mail.journal"
    told = talk(owed, anna)
    write_journal(path, [*told[:1], *talk(owed, carla, "evil.service"), *told[1:]])
    source = Source(
        "mta", Path(), "postfix", timedelta(1), units=("postfix*",),
        journalctl=("journalctl", f"--file={path}"),
    )  # fmt: skip
    follower = Follower(owed.ledger, source, KEYRING, policies)
    done = follower.run_once(owed.now, NEVER)
    assert (done.complete, done.lines, done.facts) == (True, 3, 1)
    assert owed.delivery(anna).state.stage is Stage.RELAYED
    assert owed.verdicts([carla]) == [Verdict.WAITING]
    assert follower.run_once(owed.now, NEVER).lines == 0

    more = talk(owed, ben)
    write_journal(path, more[:1], since=6)
    assert follower.run_once(owed.now, NEVER).lines == 1
    write_journal(path, more[1:], since=7)
    # another process: what the open queue id is about stands before its place
    again = Follower(owed.ledger, source, KEYRING, policies)
    done = again.run_once(owed.now, NEVER)
    assert (done.lines, done.facts) == (2, 1)
    assert owed.delivery(ben).state.stage is Stage.RELAYED


def test_exims_entries_are_read_with_their_own_time_or_the_journals(
    tmp_path: Path, owed: Owed
) -> None:
    anna, ben = owed.mail("k1", "anna@a.example", "ben@b.example")
    told = [
        f"1pXYZa-0001Ab-2c <= {owed.bounce_address(anna)} H=x [127.0.0.1] P=esmtp S=300",
        "1pXYZa-0001Ab-2c => anna@a.example R=dnslookup T=remote_smtp "
        'H=mx.a.example [192.0.2.1] C="250 ok"',
        f"2026-09-21 14:13:21 1pXYZb-0001Ab-2c <= {owed.bounce_address(ben)} P=local S=300",
        "2026-09-21 14:13:22 1pXYZb-0001Ab-2c ** ben@b.example R=dnslookup T=remote_smtp "
        "H=mx.b.example [192.0.2.2]: SMTP error from remote mail server after RCPT TO: "
        "550 5.1.1 no such user",
    ]
    source = Source(
        "mta", Path(), "exim", timedelta(1), units=("exim4.service",),
        journalctl=stand_in(tmp_path, told, identifier="exim"),
    )  # fmt: skip
    assert Follower(owed.ledger, source, KEYRING, policies).run_once(owed.now, NEVER).facts == 2
    assert owed.delivery(anna).state.stage is Stage.RELAYED
    assert owed.verdicts([ben]) == [Verdict.GAP]
