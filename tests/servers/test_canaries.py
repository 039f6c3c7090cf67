"""Probes go round, a missing one makes verdicts blind, and what the mailbox shows is named."""

import json
import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from agent import daemon
from agent.cli.main import app
from agent.config import Canaries, Config, Duration, PolicyRule
from agent.configtext import render
from agent.demo.play import Scene, scene
from agent.exits import Exit
from agent.inbound.account import Account
from agent.inbound.rounds import ProbesNotSent
from agent.inbound.suspects import suspects
from agent.outbound.intake import accept_parts
from agent.reconcile.sweep import sweep_once
from agent.wiring import inward, outward, reconciling
from agent.wiring.ledger import ledger_url
from agent.wiring.patrol import Patrol
from parsers.token import find_marks
from store.database import Ledger
from store.reading import Reader
from tests.plugins.mailsite import Cast, MailSite

pytestmark = pytest.mark.servers

GO_ON = threading.Event()
LOG = logging.getLogger("test")


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Scene]:
    with scene(tmp_path) as it:
        yield it


class World:
    """The played company with probes: every hour, missed after five minutes."""

    def __init__(self, play: Scene, **canaries: str) -> None:
        wanted = Canaries(every=Duration(hours=1), patience=Duration(minutes=5), **canaries)
        rule = PolicyRule(
            silence_is_good=True,
            silence_after=Duration(minutes=20),
            within=Duration(minutes=30),
            blind_grace=Duration(minutes=1),
        )
        self.config: Config = msgspec.structs.replace(
            play.config, canaries=wanted, policies=(rule,)
        )
        play.path.write_text(render(self.config), encoding="utf-8")
        self.play = play
        self.ledger = Ledger.open(ledger_url(self.config))
        self.ledger.migrate()
        self.patrol = Patrol(self.config, self.ledger)
        self.sender = outward.sender(self.config, self.ledger, "t")

    def round(self, later: timedelta = timedelta(0)) -> int:
        return self.patrol.run_once(lambda: now() + later, GO_ON)

    def listen(self, later: timedelta = timedelta(0)) -> int:
        done = [
            watcher.run_once(lambda: now() + later, GO_ON)
            for _, watcher in inward.watchers(self.config, self.ledger)
        ]
        return sum(one.matched for one in done)

    def owe(self, key: str) -> None:
        accept_parts(
            self.ledger,
            key=key,
            recipients=["fay@kontor.example"],  # takes mail and says nothing
            sender=self.config.identity.sender,
            subject="A test",
            text="Words.\n",
            policies=reconciling.policies(self.config),
            now=now(),
        )
        self.sender.run_once(now, GO_ON)

    def judged(self, key: str, later: timedelta) -> tuple[str, str]:
        sweep_once(self.ledger, reconciling.policies(self.config), now() + later, LOG)
        with Reader.open(self.ledger.url) as reader:
            story = reader.notice(key)
        assert story is not None
        (row,) = story.deliveries
        return str(row.verdict), str(row.gap)

    def told(self) -> list[str]:
        """The subjects of the mails to the admins."""
        self.sender.run_once(lambda: now() + timedelta(hours=2), GO_ON)
        return [mail.header("Subject") for mail in self.play.town.kept]

    def status(self) -> dict[str, Any]:
        done = CliRunner().invoke(app, ["-c", str(self.play.path), "status", "--format", "json"])
        assert done.exit_code == 0, done.output
        told: dict[str, Any] = json.loads(done.stdout)
        return told


@pytest.mark.parametrize("bounce_address", ["", "hana@kontor.example"])
def test_a_probe_comes_back_by_the_way_of_every_answer(played: Scene, bounce_address: str) -> None:
    world = World(played, bounce_address=bounce_address)
    assert world.round() == 1
    assert world.listen() == 1
    (row,) = world.status()["canaries"]
    assert row["channel"] == row["returned_by"] == "bounces/INBOX"
    assert row["returned_at"]
    assert world.status()["channels"][0]["probe_since"] is None
    assert world.round(timedelta(minutes=10)) == 0
    assert world.told() == []


def test_while_a_probe_is_missing_silence_is_blind_and_then_it_is_not(
    played: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(played)
    with monkeypatch.context() as broken:
        broken.setattr(type(played.town), "takes", lambda *_: True)  # taken, and lost
        assert world.round() == 1
        world.owe("a")
    later = timedelta(minutes=40)
    assert world.listen(later) == 0
    assert world.judged("a", later) == ("gap", "blind")
    assert world.round(later) == 0
    assert world.told() == [
        "Undelivered notices: a probe by route relay is missing in bounces/INBOX"
    ]
    text = CliRunner().invoke(app, ["-c", str(played.path), "status"]).output
    assert "a probe is not back yet" in text
    much = timedelta(minutes=70)
    assert world.round(much) == 1
    assert world.listen(much) == 1
    assert world.judged("a", much) == ("presumed", "None")
    assert world.round(much) == 0
    assert world.told()[1:] == [
        "Undelivered notices: probes by route relay are well again in bounces/INBOX"
    ]


def test_silence_that_was_believed_since_the_last_good_probe_is_judged_again(
    played: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(played)
    assert world.round() == 1
    assert world.listen() == 1
    world.owe("a")
    later, lost, told = (timedelta(minutes=minutes) for minutes in (40, 61, 70))
    world.listen(later)
    assert world.judged("a", later) == ("presumed", "None")
    with monkeypatch.context() as broken:
        broken.setattr(type(played.town), "takes", lambda *_: True)  # taken, and lost
        assert world.round(lost) == 1
    assert world.round(told) == 0
    world.listen(told)
    assert world.judged("a", told) == ("gap", "blind")
    again = timedelta(minutes=130)
    assert world.round(again) == 1
    assert world.listen(again) == 1
    assert world.judged("a", again) == ("presumed", "None")


def test_a_relay_that_does_not_take_the_probe_blinds_nothing(
    played: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(played)
    world.owe("a")
    monkeypatch.setattr(played.town, "may_enter", lambda _: "554 5.7.1 Relay access denied")
    with pytest.raises(ProbesNotSent, match="Relay access denied"):
        world.round()
    later = timedelta(minutes=40)
    world.listen(later)
    assert world.judged("a", later) == ("presumed", "None")


def test_a_pass_for_cron_sends_probes_too(played: Scene) -> None:
    world = World(played)
    assert daemon.run_once(world.config, world.ledger) is Exit.OK
    assert len(world.status()["canaries"]) == 1


def account(site: MailSite, login: str, **changes: Any) -> Account:
    values: dict[str, Any] = {
        "name": "bounces",
        "host": site.host,
        "port": site.imap_port,
        "security": "none",
        "username": login,
        "password": site.accounts[login],
    }
    return Account(**values | changes)


def test_a_probe_in_junk_that_nobody_watches_is_found(mail_site: MailSite) -> None:
    mark = next(find_marks("k" + "a" * 24))
    mail = f"From: a@b.example\r\nTo: {mark}@bounces.test\r\nSubject: x\r\n\r\nx\r\n"
    with mail_site.mailbox(Cast.BOUNCES) as client:
        client.append("Junk", "", "", mail.encode())
    box = account(mail_site, Cast.BOUNCES)
    (told,) = suspects(box, mark)
    assert 'the probe lies in folder "Junk" of mailbox "bounces"' in told
    assert suspects(box, "k" + "b" * 24) == []
    assert suspects(account(mail_site, Cast.BOUNCES, folders=("INBOX", "Junk")), mark) == []


def test_a_password_that_is_no_longer_good_is_found(mail_site: MailSite) -> None:
    (told,) = suspects(account(mail_site, Cast.BOUNCES, password="old"), "k" + "a" * 24)
    assert 'refuses the login of "bounces@people.test"' in told
