"""A missing probe is told once, and its end once, whoever looks and however often."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.reconcile.findings import look as look_for_digest
from agent.reconcile.outages import Audience, Outages
from store import canaries, channels, notices, outbox, paths
from store.canaries import Canary
from store.reading import Reader
from store.telling import LEFT
from tests.plugins.owed import Owed, open_owed, policies

T0 = datetime(2026, 10, 3, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
INBOX = "bounces/INBOX"


@pytest.fixture
def owed(tmp_path: Path) -> Iterator[Owed]:
    with open_owed(tmp_path) as ledger:
        yield ledger


class Ward:
    """Outages, and what they told."""

    def __init__(self, owed: Owed, to: tuple[str, ...] = ("ops@notices.example",)) -> None:
        self.owed = owed
        self.asked: list[int] = []
        audience = Audience(to, "Notices <n@notices.example>", "digest", "Undelivered")
        self.outages = Outages(
            owed.ledger, audience, policies, 30 * MINUTE, self._suspects, logging.getLogger("t")
        )

    def _suspects(self, probe: Canary) -> list[str]:
        self.asked.append(probe.id)
        return ["the probe lies in \x1b[31mJunk"]

    def send(self, minutes: int, channel: str = INBOX, route: str = "relay") -> int:
        with self.owed.ledger.transaction() as tx:
            return canaries.new(tx, route=route, channel=channel, now=T0 + minutes * MINUTE)

    def back(self, number: int, minutes: int, channel: str = INBOX) -> None:
        with self.owed.ledger.transaction() as tx:
            assert canaries.returned(tx, number, T0 + minutes * MINUTE, channel)

    def look(self, minutes: int) -> int:
        ways = [("relay", INBOX), ("relay", ""), ("other", INBOX)]
        return self.outages.look(ways, T0 + minutes * MINUTE)

    def told(self, key: str) -> bytes:
        with self.owed.ledger.transaction(read_only=True) as tx:
            found = notices.find(tx, key)
        assert found is not None
        with self.owed.ledger.transaction() as tx:
            work = outbox.claim(tx, worker="t", limit=10, lease=MINUTE, now=T0 + timedelta(days=1))
        return b"\n".join(one.content for one in work if one.key == key)


def test_an_outage_is_told_once_and_its_end_once(owed: Owed) -> None:
    ward = Ward(owed)
    first = ward.send(0)
    assert ward.look(10) == 0
    assert ward.look(31) == 1
    second = ward.send(60)
    assert ward.look(100) == 0
    assert Ward(owed).look(101) == 0
    assert ward.asked == [first]
    words = ward.told(f"probe:missing:{first}")
    assert b"a probe by route relay is missing in bounces/INBOX" in words
    assert b"Auto-Submitted: auto-generated" in words
    assert b"\\x1b[31mJunk" in words
    ward.back(second, 102)
    assert ward.look(103) == 1
    assert ward.look(104) == 0
    well = ward.told(f"probe:missing:{first}:well")
    assert b"probes by route relay are well again in bounces/INBOX" in well
    assert b"That probe itself never came back" in well
    third = ward.send(120)
    assert ward.look(151) == 1
    ward.told(f"probe:missing:{third}")


def test_of_an_outage_whose_probe_came_back_late_nothing_is_lost(owed: Owed) -> None:
    ward = Ward(owed)
    first = ward.send(0)
    assert ward.look(31) == 1
    ward.back(first, 40)
    assert ward.look(41) == 1
    assert b"never came back" not in ward.told(f"probe:missing:{first}:well")


def test_a_route_that_works_hides_none_that_does_not(owed: Owed) -> None:
    """Both probes go out in one round; only one route's come back."""
    ward = Ward(owed)
    with owed.ledger.transaction() as tx:
        channel = channels.ensure(tx, INBOX, "imap", T0).id
        channels.observed(tx, channel, T0 + timedelta(days=1), T0)
    lost = ward.send(0, route="other")
    ward.back(ward.send(0), 1)
    ward.back(ward.send(60), 61)
    assert ward.look(70) == 1
    assert ward.look(71) == 0
    assert b"a probe by route other is missing" in ward.told(f"probe:missing:{lost}")
    with owed.ledger.transaction(read_only=True) as tx:
        held = f"other -> {INBOX} (a probe is missing)"
        assert paths.heard(tx).through() == {INBOX: T0 + timedelta(days=1), held: T0}
        assert paths.heard(tx).through(["relay"]) == {INBOX: T0 + timedelta(days=1)}
    with Reader.open(owed.ledger.url) as reader:
        (row,) = reader.channels()
    assert (row.probe_since, row.probe_routes) == (T0, ("other",))
    ward.back(ward.send(75, route="other"), 76)
    assert ward.look(77) == 1
    with owed.ledger.transaction(read_only=True) as tx:
        assert paths.heard(tx).through() == {INBOX: T0 + timedelta(days=1)}


def test_a_way_that_is_not_gone_any_more_holds_nothing_back(owed: Owed) -> None:
    ward = Ward(owed)
    ward.send(0)
    ward.send(0, route="gone")
    ward.back(ward.send(-10, route="gone"), 11)
    with owed.ledger.transaction() as tx:
        channel = channels.ensure(tx, INBOX, "imap", T0).id
        channels.observed(tx, channel, T0 + timedelta(days=1), T0)
        assert canaries.forget(tx, but=[("relay", INBOX)]) == 1
        assert [one.route for one in paths.heard(tx).holds] == ["relay"]
        assert canaries.forget(tx, but=[]) == 1
        assert paths.heard(tx).through() == {INBOX: T0 + timedelta(days=1)}
        assert [one.route for one in canaries.ways(tx)] == ["gone"], "what came back is kept"


def test_old_probes_are_dropped_once_a_later_one_has_made_up_for_them(owed: Owed) -> None:
    ward = Ward(owed)
    ward.send(0)
    ward.back(ward.send(10), 11)
    ward.send(20)
    ward.send(0, channel="")
    ward.send(60, channel="")
    with owed.ledger.transaction() as tx:
        assert canaries.prune(tx, before=T0 + 5 * MINUTE) == 2
        assert canaries.prune(tx, before=T0 + 500 * MINUTE) == 0
        sent = [one.sent_at for one in canaries.recent(tx, route="relay", channel=INBOX)]
    assert sent == [T0 + 20 * MINUTE, T0 + 10 * MINUTE]


def test_probes_that_are_always_late_are_told_of_once(owed: Owed) -> None:
    ward = Ward(owed)
    one, two = ward.send(0), ward.send(60)
    assert ward.look(95) == 1
    ward.back(one, 100)
    three = ward.send(120)
    assert ward.look(155) == 0
    ward.back(two, 160)
    assert ward.look(161) == 0
    ward.back(three, 165)
    assert ward.look(166) == 1


def test_a_probe_in_another_folder_is_named(owed: Owed) -> None:
    ward = Ward(owed)
    number = ward.send(0)
    ward.back(number, 1, "bounces/Junk")
    assert ward.look(2) == 1
    assert ward.look(3) == 0
    assert b"came back in bounces/Junk, not in bounces/INBOX" in ward.told(
        f"probe:strayed:{number}"
    )
    ward.back(ward.send(60), 61)
    assert ward.look(62) == 1


def test_a_bounce_from_the_address_that_works_is_named_and_blinds_nothing(owed: Owed) -> None:
    ward = Ward(owed)
    with owed.ledger.transaction() as tx:
        channel = channels.ensure(tx, INBOX, "imap", T0).id
        channels.observed(tx, channel, T0 + 50 * MINUTE, T0)
    number = ward.send(0, "")
    assert ward.look(50) == 0
    with owed.ledger.transaction(read_only=True) as tx:
        assert paths.heard(tx).through()[INBOX] == T0 + 50 * MINUTE
    ward.back(number, 51)
    assert ward.look(52) == 1
    assert b"to the working address bounced" in ward.told(f"probe:bounced:{number}")
    ward.send(60, "")
    assert ward.look(61) == 1


def test_a_mailbox_that_cannot_be_read_is_the_cause(owed: Owed) -> None:
    ward = Ward(owed)
    number = ward.send(0)
    with owed.ledger.transaction() as tx:
        channel = channels.ensure(tx, INBOX, "imap", T0).id
        channels.failed(tx, channel, "refuses the login of bounces", T0)
    assert ward.look(31) == 1
    assert ward.asked == []
    assert b"refuses the login of bounces" in ward.told(f"probe:missing:{number}")
    with Reader.open(owed.ledger.url) as reader:
        (row,) = [one for one in reader.channels() if one.name == INBOX]
    (missing,) = row.probes
    assert "refuses the login of bounces" in missing.cause
    ward.back(ward.send(60), 61)
    with Reader.open(owed.ledger.url) as reader:
        assert all(one.probes == () for one in reader.channels())


def test_a_mailbox_whose_mail_cannot_be_moved_is_no_cause(owed: Owed) -> None:
    """It is read all the same, so the mailbox itself is asked."""
    ward = Ward(owed)
    number = ward.send(0)
    with owed.ledger.transaction() as tx:
        channel = channels.ensure(tx, INBOX, "imap", T0).id
        channels.failed(tx, channel, f"{LEFT}: it may only be read", T0)
    assert ward.look(31) == 1
    assert ward.asked
    assert b"cannot be read since" not in ward.told(f"probe:missing:{number}")


def test_a_way_that_no_probe_could_take_is_told_as_that(owed: Owed) -> None:
    ward = Ward(owed)
    number = ward.send(0)
    with owed.ledger.transaction() as tx:
        canaries.withdraw(tx, number, "550 denied")
    assert ward.look(60) == 0, "it may leave yet"
    with owed.ledger.transaction() as tx:
        canaries.refused(tx, number, "550 denied; none could leave for a day or more")
    assert ward.look(60) == 1
    told = " ".join(ward.told(f"probe:missing:{number}").decode().split())
    assert "was not taken, so that none comes back in bounces/INBOX" in told
    assert "550 denied; none could leave for a day or more" in told


def test_nobody_to_tell_is_told_in_the_log_once(
    owed: Owed, caplog: pytest.LogCaptureFixture
) -> None:
    ward = Ward(owed, to=())
    ward.send(0)
    with caplog.at_level(logging.INFO, "t"):
        assert ward.look(31) == 0
        assert ward.look(32) == 0
    assert [record.getMessage().split()[0] for record in caplog.records] == ["probe-missing"]


def test_two_agents_do_not_look_at_once(owed: Owed) -> None:
    ward = Ward(owed)
    ward.send(0)
    with owed.ledger.hold("outages") as held:
        assert held
        assert ward.look(31) == 0
    assert ward.look(31) == 1


def test_a_digest_names_a_channel_that_misses_a_probe(owed: Owed) -> None:
    ward = Ward(owed)
    with owed.ledger.transaction() as tx:
        channel = channels.ensure(tx, INBOX, "imap", T0).id
        channels.observed(tx, channel, T0 + timedelta(days=2), T0)
    number = ward.send(0)
    with Reader.open(owed.ledger.url) as reader:
        (row,) = reader.channels()
        assert row.probe_since == T0
        found = look_for_digest(reader, own_class="digest", since=T0 + MINUTE, most=10)
    assert [(one.name, one.trouble) for one in found.deaf] == [
        (f"relay -> {INBOX}", "misses a probe mail sent at 2026-10-03 12:00:00Z")
    ]
    ward.back(number, 3)
    with Reader.open(owed.ledger.url) as reader:
        assert reader.channels()[0].probe_since is None
