"""What a mail server's log says becomes evidence on our deliveries, once."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.inbound.mtalog import follow, queue
from agent.inbound.mtalog.follow import Follower, Source
from agent.inbound.mtalog.tail import LogError, LogLost, LogMoved
from agent.inbound.mtalog.weigh import is_own
from parsers.maillog import read_postfix
from parsers.token import Keyring, Purpose, sign
from store import channels, evidence, paths, suppressions
from store.database import Ledger, LedgerBusy, LedgerError, LedgerUnavailable
from store.ids import made_at
from store.reading import Reader
from store.words import Assurance, FactKind, SuppressionRule
from tests.plugins.owed import DOMAIN, KEYRING, Owed, open_owed, policies

GO_ON = threading.Event()  # a stop that never comes
ANNA = "anna@far.example"


@pytest.fixture
def owed(tmp_path: Path) -> Iterator[Owed]:
    with open_owed(tmp_path) as ledger:
        yield ledger


class Site:
    """A Postfix that logs to a file, and the one who follows it."""

    def __init__(self, owed: Owed, directory: Path, **change: Any) -> None:
        self.owed = owed
        self.path = directory / "mail.log"
        self.path.touch()
        self.source = Source(
            "mta", self.path, "postfix", timedelta(seconds=1), **{"host": "mail.n.example"} | change
        )
        self.follower = self.restarted()
        self.clock = datetime.now(UTC) - timedelta(minutes=20)

    def restarted(self) -> Follower:
        self.follower = Follower(self.owed.ledger, self.source, KEYRING, policies)
        return self.follower

    def log(self, program: str, rest: str, *, seconds: int = 1) -> None:
        self.clock += timedelta(seconds=seconds)
        stamp = self.clock.isoformat()
        with self.path.open("a") as file:
            file.write(f"{stamp} mail postfix/{program}[7]: {rest}\n")

    def queued(self, delivery: int, name: str = "3F9A1C", *, nrcpt: int = 1) -> None:
        sender = self.owed.bounce_address(delivery)
        self.log("qmgr", f"{name}: from=<{sender}>, size=9, nrcpt={nrcpt} (queue active)")

    def handled(
        self, status: str, text: str, name: str = "3F9A1C", *, program: str = "smtp",
        to: str = ANNA, orig: str = "", dsn: str = "2.0.0",
        relay: str = "mx.far.example[192.0.2.7]:25", seconds: int = 1,
    ) -> None:  # fmt: skip
        orig = f"orig_to=<{orig}>, " if orig else ""
        self.log(
            program,
            f"{name}: to=<{to}>, {orig}relay={relay}, delay=1, delays=0/0/0/1, dsn={dsn}, "
            f"status={status} ({text})",
            seconds=seconds,
        )

    def follow(self) -> follow.Followed:
        return self.follower.run_once(self.owed.now, GO_ON)

    def facts(self, delivery: int) -> list[Any]:
        """What was said of a delivery by others."""
        with Reader.open(self.owed.ledger.url) as reader:
            story = reader.trace(delivery)
        assert story is not None
        ours = {"owed", "started"}
        return [one for one in story.evidence if one.kind not in ours and one.clue]

    def kinds(self, delivery: int) -> list[str]:
        return [one.kind for one in self.facts(delivery)]


@pytest.fixture
def site(owed: Owed, tmp_path: Path) -> Site:
    return Site(owed, tmp_path)


@pytest.fixture
def anna(owed: Owed) -> int:
    return owed.mail("k1", ANNA)[0]


def test_another_hosts_acceptance_is_relayed(site: Site, anna: int) -> None:
    site.queued(anna)
    site.handled("sent", "250 2.0.0 Ok: queued as 98AB29")
    done = site.follow()
    assert (done.complete, done.lines, done.matched, done.facts) == (True, 2, 1, 1)
    (fact,) = site.facts(anna)
    assert (fact.kind, fact.assurance, fact.attempt) == ("relayed", Assurance.PROOF, 1)
    assert (fact.remote_mta, fact.reporting_mta) == ("mx.far.example", "mail.n.example")
    assert "queued as 98AB29" in fact.diagnostic


@pytest.mark.parametrize("program", ["lmtp", "virtual", "local", "pipe"])
def test_a_mailbox_is_delivered(site: Site, anna: int, program: str) -> None:
    site.queued(anna)
    site.handled("sent", "delivered", program=program)
    site.follow()
    assert site.kinds(anna) == ["delivered"]
    assert site.owed.delivery(anna).state.verdict == "landed"


@pytest.mark.parametrize("relay", ["127.0.0.1[127.0.0.1]:10024", "filter[10.1.2.3]:25"])
def test_our_own_filters_acceptance_is_not_relayed(owed: Owed, tmp_path: Path, relay: str) -> None:
    site = Site(owed, tmp_path, own_hosts=("127.0.0.0/8", "10.1.0.0/16", "filter.example"))
    (anna,) = owed.mail("k1", ANNA)
    site.queued(anna)
    site.handled("sent", "250 2.0.0 from MTA: queued as 98AB29", relay=relay)
    site.follow()
    (fact,) = site.facts(anna)
    assert fact.kind == "accepted"
    assert "taken by our own" in fact.detail


def test_own_hosts_are_names_addresses_and_networks() -> None:
    own = ("Filter.example", "192.0.2.0/24", "2001:db8::1")
    assert is_own("filter.EXAMPLE", own)
    assert is_own("192.0.2.9", own)
    assert is_own("[2001:db8::1]", own)
    assert not is_own("192.0.3.9", own)
    assert not is_own("mx.example", own)
    assert not is_own("", own)


def test_a_deferral_is_a_delay_once_an_hour(site: Site, anna: int) -> None:
    site.clock -= timedelta(hours=3)
    site.queued(anna)
    for _ in range(3):
        site.handled("deferred", "451 4.3.2 busy", dsn="4.3.2", seconds=60)
    site.follow()
    assert site.kinds(anna) == ["delayed"]
    site.handled("deferred", "451 4.3.2 busy", dsn="4.3.2", seconds=3600)
    site.follow()
    assert site.kinds(anna) == ["delayed", "delayed"]


def test_a_bounce_in_log_and_in_report_is_one_piece_of_evidence(site: Site, anna: int) -> None:
    site.queued(anna)
    site.handled("bounced", "host mx said: 550 5.1.1 nobody", dsn="5.1.1")
    site.follow()
    (fact,) = site.facts(anna)
    assert (fact.kind, fact.status, fact.reason) == ("failed", "5.1.1", "userunknown")
    with site.owed.ledger.transaction() as tx:
        told = evidence.NewFact(
            FactKind.FAILED, anna, site.owed.now(), attempt=1, recipient=ANNA,
            reporting_mta="mail.n.example",
        )  # fmt: skip
        assert evidence.record_facts(tx, [told], policies=policies, now=site.owed.now()) == 0
    assert site.owed.delivery(anna).state.gap == "failed"


def test_expiry_names_who_was_waited_for(site: Site, anna: int) -> None:
    site.queued(anna)
    site.handled("deferred", "connect: refused", dsn="4.4.1", to="b@far.example", orig=ANNA)
    sender = site.owed.bounce_address(anna)
    site.log("qmgr", f"3F9A1C: from=<{sender}>, status=expired, returned to sender")
    site.follow()
    assert site.kinds(anna) == ["delayed", "failed"]
    assert site.facts(anna)[1].recipient == ANNA


def test_a_mail_that_an_administrator_deletes_is_failed(site: Site, anna: int) -> None:
    site.queued(anna)
    site.log("postsuper", "3F9A1C: removed")
    site.follow()
    (fact,) = site.facts(anna)
    assert (fact.kind, fact.recipient) == ("failed", ANNA)
    assert "administrator" in fact.diagnostic


def test_an_alias_to_several_is_expanded_and_one_to_one_is_delivered(
    site: Site, owed: Owed
) -> None:
    team, one = owed.mail("k1", "team@n.example", "one@n.example")
    site.queued(team, "A11111", nrcpt=2)
    site.handled("sent", "ok", "A11111", program="lmtp", orig="team@n.example")
    site.queued(one, "B22222")
    site.handled("sent", "ok", "B22222", program="lmtp", orig="one@n.example")
    site.handled("sent", "forwarded as C33333", "B22222", program="local", to="one@n.example")
    site.follow()
    assert site.kinds(team) == ["expanded"]
    assert sorted(site.kinds(one)) == ["delivered", "expanded"]


def test_what_is_thrown_away_proves_nothing(site: Site, anna: int) -> None:
    site.queued(anna)
    site.handled("sent", "thrown", program="discard")
    assert site.follow().matched == 1
    assert site.kinds(anna) == []


def test_a_rewritten_sender_is_found_by_the_message_id(site: Site, anna: int) -> None:
    mark = sign(KEYRING, Purpose.MESSAGE, anna)
    site.log("cleanup", f"3F9A1C: message-id=<{mark}@{DOMAIN}>")
    site.log("qmgr", "3F9A1C: from=<srs0=x=y@n.example>, size=9, nrcpt=1 (queue active)")
    site.handled("sent", "ok", program="lmtp")
    site.follow()
    (fact,) = site.facts(anna)
    assert (fact.kind, fact.attempt) == ("delivered", None)


@pytest.mark.parametrize(
    "again",
    [
        ("cleanup", "message-id=<other@n.example>"),
        ("qmgr", "from=<>, size=9, nrcpt=1 (queue active)"),
        ("qmgr", "from=<b@n.example>, size=9, nrcpt=1 (queue active)"),
        ("qmgr", "removed"),
    ],
)
def test_a_queue_id_that_is_used_again_is_another_mail(
    site: Site, anna: int, again: tuple[str, str]
) -> None:
    site.queued(anna)
    site.log(again[0], f"3F9A1C: {again[1]}")
    site.handled("sent", "ok", program="lmtp")
    site.follow()
    assert site.kinds(anna) == []


def test_a_forged_or_foreign_mark_changes_nothing(site: Site, anna: int) -> None:
    other = Keyring({1: b"another secret of sixteen bytes."}, current=1)
    marks = [
        sign(other, Purpose.BOUNCE, anna, 1),
        sign(KEYRING, Purpose.REPLY, anna, 1),
        sign(KEYRING, Purpose.CANARY, anna, 1),
        sign(KEYRING, Purpose.BOUNCE, anna, 2),  # was never made
        sign(KEYRING, Purpose.BOUNCE, anna + 1, 1),  # no such delivery
    ]
    for number, mark in enumerate(marks):
        name = f"A{number}B{number}C"
        site.log("qmgr", f"{name}: from=<{mark}@bounces.example>, size=9, nrcpt=1 (queue active)")
        site.handled("sent", "ok", name, program="lmtp")
    done = site.follow()
    assert (done.matched, done.foreign) == (0, 2)
    assert site.kinds(anna) == []


def test_a_restart_between_queueing_and_sending_forgets_nothing(site: Site, anna: int) -> None:
    site.queued(anna)
    assert site.follow().facts == 0
    site.restarted()
    site.handled("sent", "ok", program="lmtp")
    assert site.follow().facts == 1
    assert site.kinds(anna) == ["delivered"]


def test_a_restart_behind_a_rotation_forgets_nothing(site: Site, anna: int) -> None:
    site.queued(anna)
    site.follow()
    site.path.rename(site.path.with_name("mail.log.1"))
    site.restarted()
    site.handled("sent", "ok", program="lmtp")
    assert site.follow().facts == 1


def test_everything_counts_once_when_the_commit_fails(
    site: Site, anna: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Evidence and cursor stand or fall together, and what was learnt is learnt again."""
    site.queued(anna)
    site.handled("deferred", "451 busy", dsn="4.0.0")
    advance = channels.advance

    def broken(*_: object) -> None:
        raise LedgerUnavailable("the disk is full")

    monkeypatch.setattr(channels, "advance", broken)
    with pytest.raises(LedgerUnavailable):
        site.follow()
    assert site.kinds(anna) == []
    assert site.owed.channel("log:mta").last_uid == 0
    monkeypatch.setattr(channels, "advance", advance)
    assert site.follow().facts == 1
    assert site.kinds(anna) == ["delayed"]
    assert site.owed.channel("log:mta").last_uid == site.path.stat().st_size


def test_reading_everything_again_adds_nothing(site: Site, anna: int) -> None:
    site.queued(anna)
    site.handled("deferred", "451 busy", dsn="4.0.0")
    site.handled("sent", "ok", program="lmtp")
    assert site.follow().facts == 2
    with site.owed.ledger.transaction() as tx:
        channels.reset(tx, site.owed.channel("log:mta").id, 0)
    site.restarted()
    again = site.follow()
    assert (again.lines, again.matched, again.facts) == (3, 2, 0)


def test_one_fact_that_cannot_be_stored_stops_no_other(
    site: Site, owed: Owed, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, ben = owed.mail("k1", ANNA, "ben@far.example")
    for delivery, name in ((anna, "A11111"), (ben, "B22222")):
        site.queued(delivery, name)
        site.handled("sent", "ok", name, program="lmtp", to="x@far.example")
    record = evidence.record_facts

    def choosy(tx: Any, facts: Any, **more: Any) -> int:
        if any(fact.delivery_id == anna for fact in facts):
            raise LedgerError("not this one")
        return record(tx, facts, **more)

    monkeypatch.setattr(evidence, "record_facts", choosy)
    assert site.follow().facts == 1
    assert (site.kinds(anna), site.kinds(ben)) == ([], ["delivered"])
    assert site.follow().lines == 0


def test_a_busy_ledger_is_tried_again_later(
    site: Site, anna: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.queued(anna)
    site.handled("sent", "ok", program="lmtp")
    record = evidence.record_facts

    def busy(*_: Any, **__: Any) -> int:
        raise LedgerBusy("locked")

    monkeypatch.setattr(evidence, "record_facts", busy)
    with pytest.raises(LedgerBusy):
        site.follow()
    monkeypatch.setattr(evidence, "record_facts", record)
    assert site.follow().facts == 1


def test_a_poison_line_stops_no_other(
    site: Site, anna: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def choosy(line: bytes, now: datetime) -> Any:
        if b"poison" in line:
            raise RuntimeError("cannot")
        return read_postfix(line, now)

    monkeypatch.setitem(follow._READERS, "postfix", choosy)
    site.restarted()
    site.queued(anna)
    site.log("smtp", "poison")
    site.handled("sent", "ok", program="lmtp")
    assert site.follow().facts == 1


def test_the_watermark_moves_when_the_end_was_reached(site: Site, anna: int) -> None:
    before = site.owed.now()
    site.queued(anna)
    stop = threading.Event()
    stop.set()
    assert not site.follower.run_once(site.owed.now, stop).complete
    assert site.owed.channel("log:mta").watermark is None
    assert site.follow().complete
    channel = site.owed.channel("log:mta")
    assert channel.watermark is not None
    assert before <= channel.watermark <= site.owed.now()
    assert channel.kind == "mta-log"


def test_a_missing_log_is_told_on_its_channel_and_found_again(site: Site) -> None:
    site.path.unlink()
    with pytest.raises(LogError, match="cannot be read"):
        site.follow()
    channel = site.owed.channel("log:mta")
    assert "cannot be read" in channel.last_error
    assert channel.watermark is None
    site.log("qmgr", "3F9A1C: removed")
    assert site.follow().complete
    assert site.owed.channel("log:mta").failing_since is None


def test_a_lost_stretch_is_told_and_reading_starts_anew(site: Site, anna: int) -> None:
    site.queued(anna)
    site.follow()
    site.path.write_text("")
    site.handled("sent", "ok", program="lmtp")
    heard_to = site.owed.channel("log:mta").watermark
    with pytest.raises(LogLost):
        site.follow()
    assert "gone" in site.owed.channel("log:mta").last_error
    assert site.follow().complete
    with site.owed.ledger.transaction(read_only=True) as tx:
        (lost,) = paths.heard(tx).lost
    assert (lost.channel, lost.since) == ("log:mta", heard_to)
    assert heard_to is not None
    assert heard_to < lost.until <= site.owed.now()


def test_a_log_that_was_emptied_is_not_heard_to_its_end(site: Site, anna: int) -> None:
    site.queued(anna)
    site.follow()
    mark = site.owed.channel("log:mta").watermark
    site.path.write_text("")
    assert not site.follow().complete
    assert site.owed.channel("log:mta").watermark == mark


def test_a_rotation_under_the_reader_is_no_failure(
    site: Site, anna: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.queued(anna)
    after = site.follower._tail.after

    def moved(_: Any) -> Any:
        raise LogMoved("rotated")

    monkeypatch.setattr(site.follower._tail, "after", moved)
    done = site.follow()
    assert (done.held, done.complete) == (True, False)
    monkeypatch.setattr(site.follower._tail, "after", after)
    assert site.follow().complete


def test_only_one_follows_a_log(site: Site, owed: Owed) -> None:
    other = Ledger.open(owed.ledger.url)
    with other.hold("watch log:mta") as held:
        assert held
        assert not site.follow().held
    other.close()


def test_what_is_remembered_is_bounded(
    site: Site, owed: Owed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "_MOST", 2)
    mails = owed.mail("k1", *(f"p{n}@far.example" for n in range(3)))
    for number, delivery in enumerate(mails):
        site.queued(delivery, f"A{number}1111")
    for number in range(3):
        site.handled("sent", "ok", f"A{number}1111", program="lmtp", to=f"p{number}@far.example")
    assert site.follow().matched == 2
    assert site.kinds(mails[0]) == []


def test_exim_is_followed_too(owed: Owed, tmp_path: Path) -> None:
    site = Site(owed, tmp_path)
    site.source = replace(site.source, kind="exim")
    site.restarted()
    anna, ben = owed.mail("k1", ANNA, "ben@far.example")
    head = f"{owed.now():%Y-%m-%d %H:%M:%S} +0000 1vMbXY-000000001ab-2Xyz"
    lines = (
        f"{head} <= {owed.bounce_address(anna)} H=app [192.0.2.1] P=esmtp S=9 id=x@n.example",
        f'{head} => {ANNA} R=dnslookup T=remote_smtp H=mx.far.example [192.0.2.7] C="250 ok"',
        f"{head} Completed",
        # of a mail that came long ago: only the failure names the sender
        f"{head.replace('2Xyz', '3Xyz')} ** ben@far.example F=<{owed.bounce_address(ben)}> "
        "R=dnslookup T=remote_smtp H=mx.far.example [192.0.2.7]: 550 5.1.1 nobody",
    )
    site.path.write_text("\n".join(lines) + "\n")
    assert site.follow().facts == 2
    assert (site.kinds(anna), site.kinds(ben)) == (["relayed"], ["failed"])


# the line is written ten minutes after the mail was made
@pytest.mark.parametrize(("minutes", "expired"), [(5, 1), (20, 0)])
def test_a_line_of_an_old_mail_changes_nothing(
    owed: Owed, tmp_path: Path, minutes: int, expired: int
) -> None:
    """A return path that is stolen from an old mail is of no use; a log may be read late."""
    site = Site(owed, tmp_path)
    keyring = replace(KEYRING, valid_for=timedelta(minutes=minutes))
    site.follower = Follower(owed.ledger, site.source, keyring, policies)
    (anna,) = owed.mail("k1", ANNA)
    site.clock = made_at(anna) + timedelta(minutes=10)
    site.queued(anna)
    site.handled("bounced", "550 5.1.1 no such user", dsn="5.1.1")
    later = owed.now() + timedelta(days=1)
    done = site.follower.run_once(lambda: later, GO_ON)
    assert (done.expired, done.matched, done.facts) == (expired, 1 - expired, 1 - expired)
    assert site.kinds(anna) == ([] if expired else ["failed"])


@pytest.mark.parametrize("zone", ["", " +0000"])
def test_a_line_of_an_old_mail_in_exims_log_changes_nothing(
    owed: Owed, tmp_path: Path, zone: str
) -> None:
    site = Site(owed, tmp_path)
    keyring = replace(KEYRING, valid_for=timedelta(minutes=15))
    anna, ben = owed.mail("k1", ANNA, "ben@far.example")
    lines = []
    for number, delivery, after in ((1, anna, 10), (2, ben, 20)):
        at = made_at(delivery) + timedelta(minutes=after)
        local = at if zone else at.astimezone()
        head = f"{local:%Y-%m-%d %H:%M:%S}{zone} 1vMbXY-000000001ab-{number}Xyz"
        failed = "R=dnslookup T=remote_smtp H=mx.far.example [192.0.2.7]: 550 5.1.1 nobody"
        lines += [
            f"{head} <= {owed.bounce_address(delivery)} H=app [192.0.2.1] P=esmtp S=9",
            f"{head} ** someone@far.example {failed}",
        ]
    site.path.write_text("\n".join(lines) + "\n")
    source = replace(site.source, kind="exim")
    done = Follower(owed.ledger, source, keyring, policies).run_once(owed.now, GO_ON)
    assert (done.matched, done.expired) == (1, 1)
    assert (site.kinds(anna), site.kinds(ben)) == (["failed"], [])


def test_failures_that_only_the_log_tells_suppress_too(owed: Owed, tmp_path: Path) -> None:
    site = Site(owed, tmp_path)
    rule = SuppressionRule(bounces=2)
    site.follower = Follower(owed.ledger, site.source, KEYRING, policies, rule=rule)
    told = "host mx said: 550 5.1.1 no such user (in reply to RCPT TO command)"
    for number in range(2):
        (delivery,) = owed.mail(f"k{number}", ANNA)
        site.queued(delivery, f"3F9A{number}")
        site.handled("bounced", told, f"3F9A{number}", dsn="5.1.1")
        site.follow()
        with owed.ledger.transaction(read_only=True) as tx:
            entries = suppressions.list_all(tx)
        assert [one.address for one in entries] == ([ANNA] if number else [])
    assert "failed 5.1.1 userunknown" in entries[0].evidence[0]
    site.restarted()
    assert site.follow().facts == 0
