"""The doctor says what probes do not show, and what the agent leaves alone for a while."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent.config import Canaries, Config, Duration, Mailbox, Route, Secret
from agent.doctor.finding import Finding, Level
from agent.doctor.mailboxes import put_off
from agent.doctor.probes import examine_probes
from agent.inbound.account import Account
from store import canaries, channels
from tests.plugins.owed import Owed, open_owed


@pytest.fixture
def owed(tmp_path: Path) -> Iterator[Owed]:
    with open_owed(tmp_path) as ledger:
        yield ledger


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANDED_TEST_PASSWORD", "x")


def config(*names: str, every: str = "1h") -> Config:
    password = Secret("env:LANDED_TEST_PASSWORD")
    return Config(
        mailboxes=tuple(Mailbox(name=name, password=password) for name in names),
        routes=(Route(),),
        canaries=Canaries(every=Duration.parse(every)),
    )


def found(owed: Owed, wanted: Config) -> list[Finding]:
    return list(examine_probes(wanted, owed.ledger))


def test_where_no_probes_go_out_nobody_notices_a_silence(owed: Owed) -> None:
    (told,) = found(owed, config("bounces", every="0s"))
    assert (told.level, told.todo) == (Level.NOTE, "set every in [canaries]")
    assert found(owed, config(every="0s")) == [], "without a mailbox that is told already"


def test_a_mailbox_that_no_probe_leads_to_is_named(owed: Owed) -> None:
    assert found(owed, config("bounces")) == []
    (told,) = found(owed, config("bounces", "replies"))
    assert told.level is Level.NOTE
    assert "none leads to mailbox replies" in told.found


def test_a_way_that_was_never_proven_is_named(owed: Owed) -> None:
    now = owed.now() - timedelta(hours=2)
    with owed.ledger.transaction() as tx:
        number = canaries.new(tx, route="relay", channel="bounces/INBOX", now=now)
        canaries.withdraw(tx, number, "550 relaying denied")
    (told,) = found(owed, config("bounces"))
    assert told.level is Level.FAIL
    assert told.found.startswith("relay -> bounces/INBOX was never proven: none could leave since")
    assert "550 relaying denied" in told.found
    with owed.ledger.transaction() as tx:
        number = canaries.new(tx, route="relay", channel="bounces/INBOX", now=owed.now())
        canaries.left(tx, number)
    assert found(owed, config("bounces")) == []


def test_what_the_agent_leaves_alone_is_named_where_we_are_let_in(owed: Owed) -> None:
    now = owed.now()
    account = Account("bounces", "localhost", folders=("INBOX", "Junk"))
    with owed.ledger.transaction() as tx:
        for name, minutes in (("bounces/INBOX", 4), ("bounces/Junk", 0)):
            number = channels.ensure(tx, name, "imap", now).id
            channels.failed(tx, number, "it refuses the login", now)
            channels.put_off(tx, name, now + timedelta(minutes=minutes))
    (told,) = put_off(owed.ledger, [account], now)
    assert told.level is Level.NOTE
    assert told.found == (
        f'the agent tries folder "INBOX" again at {now + timedelta(minutes=4):%Y-%m-%d %H:%M:%SZ} '
        "(it refuses the login)"
    )
    assert "SIGHUP" in told.todo
    assert not list(put_off(owed.ledger, [], now))
