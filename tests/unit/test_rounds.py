"""Probes go out when they are due, and one that did not leave holds nothing back."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from agent.config import Canaries, Config, Duration, Identity, Mailbox, Route
from agent.configfile import ConfigError
from agent.inbound.canary import ProbeRefused
from agent.inbound.rounds import ProbesNotSent, Way, send_due
from agent.wiring import patrol
from parsers.token import AddressForm, Purpose, verify
from store import canaries, channels, paths
from tests.plugins.owed import BOUNCES, KEYRING, Owed, open_owed

HOUR = timedelta(hours=1)
GO_ON = threading.Event()


@pytest.fixture
def owed(tmp_path: Path) -> Iterator[Owed]:
    with open_owed(tmp_path) as ledger:
        yield ledger


class Relay:
    """Takes probes, or refuses them."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str, bytes]] = []
        self.refusal = ""
        self.deaf = False

    def take(self, sender: str, recipient: str, raw: bytes) -> None:
        if self.refusal:
            raise ProbeRefused(self.refusal, deaf=self.deaf)
        self.taken.append((sender, recipient, raw))


def send(owed: Owed, *ways: Way, later: timedelta = timedelta(0)) -> int:
    now = owed.now() + later
    return send_due(
        owed.ledger, KEYRING, ways, sender="ops@notices.example", every=HOUR, now=now, stop=GO_ON
    )


def test_each_way_is_probed_once_in_its_time(owed: Owed) -> None:
    relay = Relay()
    straight = Way("relay", "bounces/INBOX", BOUNCES, "", relay.take)
    working = replace(straight, channel="", to="ok@people.example")
    assert send(owed, straight, working) == 2
    assert send(owed, straight, working, later=HOUR / 2) == 0
    assert send(owed, straight, working, later=HOUR * 2) == 2
    (sender, recipient, raw), (other, to, _), *_ = relay.taken
    assert sender == recipient
    assert to == "ok@people.example"
    token = verify(KEYRING, sender.partition("@")[0])
    assert token.purpose is Purpose.CANARY
    assert verify(KEYRING, other.partition("@")[0]).id != token.id
    assert b"Auto-Submitted: auto-generated" in raw
    with owed.ledger.transaction(read_only=True) as tx:
        newest = canaries.ways(tx)
    assert [(one.channel, one.route) for one in newest] == [
        ("", "relay"),
        ("bounces/INBOX", "relay"),
    ]
    assert newest[1].id != token.id


def test_a_probe_that_did_not_leave_holds_nothing_back_and_is_told(owed: Owed) -> None:
    relay = Relay()
    relay.refusal = "451 4.3.2 not now"
    with owed.ledger.transaction() as tx:
        number = channels.ensure(tx, "bounces/INBOX", "imap", owed.now()).id
        channels.observed(tx, number, owed.now() + HOUR, owed.now())
    form = AddressForm("notices+", "notices.example")
    for way, told in (
        (Way("relay", "bounces/INBOX", BOUNCES, "", relay.take), "catch-all"),
        (Way("other", "bounces/INBOX", form, "", relay.take), "sub-addressing"),
        (Way("third", "bounces/INBOX", form, "no@one.example", relay.take), "no@one.example"),
    ):
        with pytest.raises(ProbesNotSent, match=f"did not leave: 451.*{told}|{told}.*451"):
            send(owed, way)
    with owed.ledger.transaction(read_only=True) as tx:
        assert not any(one.has_left for one in canaries.ways(tx))
        (mark,) = paths.heard(tx).through().values()
    assert mark is not None
    assert mark > owed.now() + HOUR / 2


@pytest.mark.parametrize("to", ["", "bounces@people.example"])
def test_a_way_that_no_probe_could_take_for_a_day_is_proven_no_more(owed: Owed, to: str) -> None:
    """As where a mail service puts the address that bounces on its own suppression list."""
    relay = Relay()
    way = Way("relay", "bounces/INBOX", BOUNCES, to, relay.take)
    with owed.ledger.transaction() as tx:
        channels.ensure(tx, "bounces/INBOX", "imap", owed.now())
    assert send(owed, way) == 1
    with owed.ledger.transaction() as tx:
        (good,) = canaries.ways(tx)
        assert canaries.returned(tx, good.id, owed.now(), "bounces/INBOX")
    relay.refusal = "406 you tried to send to an inactive recipient"
    for hours in (2, 20, 23):
        with pytest.raises(ProbesNotSent):
            send(owed, way, later=HOUR * hours)
    with owed.ledger.transaction(read_only=True) as tx:
        assert paths.heard(tx).holds == ()
    with pytest.raises(ProbesNotSent):
        send(owed, way, later=HOUR * 25)
    with owed.ledger.transaction(read_only=True) as tx:
        (hold,) = paths.heard(tx).holds
        (missing,) = canaries.ways(tx)
    assert hold.since == good.sent_at
    assert "inactive recipient" in missing.refusal
    assert "none has come back for a day or more" in missing.refusal
    assert send(owed, way, later=HOUR * 25.5) == 0, "the next one goes out in its own time"
    relay.refusal = ""
    assert send(owed, way, later=HOUR * 27) == 1
    with owed.ledger.transaction() as tx:
        (last,) = canaries.ways(tx)
        assert canaries.returned(tx, last.id, owed.now() + HOUR * 27, "bounces/INBOX")
        assert paths.heard(tx).holds == ()


@pytest.mark.parametrize("to", ["", "bounces@people.example"])
def test_a_way_by_which_no_probe_ever_left_is_not_trusted_for_long(owed: Owed, to: str) -> None:
    """A fresh installation has a day; after that its silence proved nothing from the start on."""
    relay = Relay()
    relay.refusal = "550 5.7.1 relaying denied"
    way = Way("relay", "bounces/INBOX", BOUNCES, to, relay.take)
    working = replace(way, channel="", to="ok@people.example")
    with owed.ledger.transaction() as tx:
        channels.ensure(tx, "bounces/INBOX", "imap", owed.now())
    for hours in (0, 1, 23):
        relay.refusal = f"550 5.7.1 denied {hours}"
        with pytest.raises(ProbesNotSent):
            send(owed, way, working, later=HOUR * hours)
        with owed.ledger.transaction(read_only=True) as tx:
            assert paths.heard(tx).holds == ()
            (first,) = canaries.ways(tx)
            assert canaries.overdue(tx, route="relay", channel="bounces/INBOX",
                                    sent_before=owed.now() + HOUR * 99) == []  # fmt: skip
        assert (first.has_left, f"denied {hours}" in first.refusal) == (False, True)
    for hours in (25, 26):
        with pytest.raises(ProbesNotSent, match="denied"):
            send(owed, way, later=HOUR * hours)
        with owed.ledger.transaction(read_only=True) as tx:
            (hold,) = paths.heard(tx).holds
            (missing,) = canaries.ways(tx)
        assert (hold.since, hold.sent) == (first.sent_at, first.sent_at)
        assert (missing.id, missing.has_left) == (first.id, True)
        assert "none could leave for a day or more" in missing.refusal
    relay.refusal = ""
    assert send(owed, way, later=HOUR * 27) == 1
    with owed.ledger.transaction() as tx:
        (last,) = canaries.ways(tx)
        assert canaries.returned(tx, last.id, owed.now() + HOUR * 27, "bounces/INBOX")
        assert paths.heard(tx).holds == ()


def test_once_a_probe_has_left_it_is_waited_for_and_no_more_is_held_of_those_before(
    owed: Owed,
) -> None:
    relay = Relay()
    relay.refusal = "451 4.3.2 not now"
    way = Way("relay", "bounces/INBOX", BOUNCES, "", relay.take)
    with owed.ledger.transaction() as tx:
        channels.ensure(tx, "bounces/INBOX", "imap", owed.now())
    with pytest.raises(ProbesNotSent):
        send(owed, way)
    relay.refusal = ""
    assert send(owed, way, later=HOUR * 2) == 1
    with owed.ledger.transaction(read_only=True) as tx:
        (sent,) = canaries.ways(tx)
        (hold,) = paths.heard(tx).holds
    assert sent.has_left
    assert hold.since == sent.sent_at
    relay.refusal = "451 4.3.2 not now"
    with pytest.raises(ProbesNotSent):
        send(owed, way, later=HOUR * 4)
    with owed.ledger.transaction(read_only=True) as tx:
        assert [one.id for one in canaries.ways(tx)] == [sent.id], "nothing is kept of that one"


def test_a_probe_whose_own_mailbox_was_refused_is_missing(owed: Owed) -> None:
    relay = Relay()
    relay.refusal, relay.deaf = "550 5.1.1 User unknown", True
    form = AddressForm("notices+", "notices.example")
    with owed.ledger.transaction() as tx:
        number = channels.ensure(tx, "bounces/INBOX", "imap", owed.now()).id
        channels.observed(tx, number, owed.now() + HOUR, owed.now())
    ways = [
        Way("relay", "bounces/INBOX", form, "", relay.take),
        Way("relay", "", form, "ok@people.example", relay.take),
    ]
    with pytest.raises(ProbesNotSent):
        send(owed, *ways)
    with owed.ledger.transaction(read_only=True) as tx:
        (missing,) = canaries.ways(tx)
        (hold,) = paths.heard(tx).holds
    assert (hold.route, hold.channel, hold.since) == ("relay", "bounces/INBOX", missing.sent_at)
    assert missing.refusal.startswith("550 5.1.1 User unknown (where sub-addressing is switched")
    assert send(owed, ways[0], later=HOUR / 2) == 0, "the next one goes out in its own time"


def test_probes_go_on_where_the_clock_was_set_back(owed: Owed) -> None:
    relay = Relay()
    way = Way("relay", "bounces/INBOX", BOUNCES, "", relay.take)
    assert send(owed, way, later=HOUR * 24) == 1
    assert send(owed, way) == 0, "one has just been sent"
    assert send(owed, way, later=HOUR * 2) == 1
    with owed.ledger.transaction(read_only=True) as tx:
        (newest,) = canaries.ways(tx)
    assert newest.sent_at < owed.now() + HOUR * 3


def test_a_probe_that_is_out_stays_out_where_the_clock_was_set_back(owed: Owed) -> None:
    now = owed.now()
    with owed.ledger.transaction() as tx:
        channels.ensure(tx, "bounces/INBOX", "imap", now)
        for hours in (24, 25):
            at = now + HOUR * hours
            number = canaries.new(tx, route="relay", channel="bounces/INBOX", now=at)
            if hours == 24:
                canaries.returned(tx, number, at, "bounces/INBOX")
        canaries.set_back(tx, now)
        (hold,) = paths.heard(tx).holds
        (newest,) = canaries.ways(tx)
    assert (newest.id, newest.sent_at, newest.returned_at) == (number, now, None)
    assert now - hold.since < timedelta(seconds=1)


def test_a_stop_sends_nothing_more(owed: Owed) -> None:
    stop = threading.Event()
    stop.set()
    way = Way("relay", "bounces/INBOX", BOUNCES, "", Relay().take)
    arguments = {"sender": "a@b.example", "every": HOUR, "now": owed.now(), "stop": stop}
    assert send_due(owed.ledger, KEYRING, [way], **arguments) == 0  # type: ignore[arg-type]


CONFIG = Config(
    identity=Identity(reply_to="{token}@replies.example.org"),
    canaries=Canaries(
        every=Duration(hours=1),
        working_address="ok@people.example",
        mailbox="bounces",
        reply_mailbox="replies",
    ),
    routes=(Route(name="one"), Route(name="two")),
    mailboxes=(Mailbox(name="replies", folders=("Answers", "Junk")), Mailbox()),
)


def test_every_route_and_mailbox_is_a_way() -> None:
    found = [(way.route, way.channel, way.to, way.form.domain) for way in patrol.ways(CONFIG)]
    assert found[:3] == [
        ("one", "bounces/INBOX", "", "bounces.example.org"),
        ("one", "", "ok@people.example", "bounces.example.org"),
        ("one (replies)", "replies/Answers", "", "replies.example.org"),
    ]
    assert len(found) == 6
    assert patrol.ways(msgspec.structs.replace(CONFIG, canaries=Canaries())) == []
    assert patrol.ways(msgspec.structs.replace(CONFIG, mailboxes=())) == []
    assert patrol.cadence(CONFIG) == timedelta(minutes=1)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"mailbox": "nowhere"}, 'canaries.mailbox: there is no mailbox "nowhere"'),
        ({"bounce_address": "nobody"}, "canaries.bounce_address"),
        ({"working_address": "Ada <ada@x.example>"}, "not a plain address"),
    ],
)
def test_mistakes_of_the_section_are_told(wrong: dict[str, str], told: str) -> None:
    changed = msgspec.structs.replace(CONFIG.canaries, **wrong)
    with pytest.raises(ConfigError, match=told):
        patrol.check(msgspec.structs.replace(CONFIG, canaries=changed))
    with pytest.raises(ConfigError, match="it needs identity"):
        patrol.check(msgspec.structs.replace(CONFIG, identity=Identity()))
