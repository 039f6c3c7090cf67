"""Digests: one for each period, about what is undelivered, never about themselves alone."""

import email
import email.policy
import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from agent.outbound.intake import Accepted
from agent.reconcile import digest
from agent.reconcile.digest import Plan, compose, send_due, send_now
from agent.reconcile.period import period, trigger
from agent.reconcile.sweep import sweep_once
from store import channels, evidence, notices, outbox
from store.database import Ledger
from store.errors import LedgerBusy
from store.evidence import NewReport
from store.notices import NewNotice, NewRecipient
from store.outbox import Outgoing
from store.reading import Reader
from store.telling import LEFT
from store.words import GapKind
from tests.plugins.storybook import CHANNEL, OWED, SWEPT, Storybook, policies, tell_story

LOG = logging.getLogger("landed.test")
DAILY = "0 7 * * *"
NEXT = SWEPT + timedelta(days=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def story(tmp_path: Path) -> Storybook:
    return tell_story(tmp_path)


@pytest.fixture
def ledger(story: Storybook) -> Iterator[Ledger]:
    opened = Ledger.open(story.ledger)
    yield opened
    opened.close()


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger with nothing undelivered and every channel heard."""
    opened = Ledger.open(tmp_path / "quiet.db")
    hear(opened, SWEPT)
    yield opened
    opened.close()


def plan(path: Path, **changes: object) -> Plan:
    made = Plan(
        to=("ops@example.org", "boss@example.org"),
        sender="Notices <notices@example.org>",
        schedule=DAILY,
        when_empty="all-clear",
        subject="Undelivered notices",
        notice_class="digest",
        most=500,
        sweep_every=timedelta(minutes=1),
        read=lambda: Reader.open(path),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # named by the tests below


def hear(ledger: Ledger, through: datetime) -> None:
    with ledger.transaction() as tx:
        channel = channels.ensure(tx, CHANNEL, "imap", through)
        channels.observed(tx, channel.id, through, through)


def owe(ledger: Ledger, key: str, addresses: list[str], when: datetime) -> None:
    with ledger.transaction() as tx:
        notices.accept(
            tx,
            NewNotice(key, "alert", "s", "a@example.org", b"x"),
            [NewRecipient(address, address) for address in addresses],
            policies=policies,
            now=when,
        )


def outgoing(ledger: Ledger, now: datetime) -> list[Outgoing]:
    with ledger.transaction() as tx:
        found = outbox.claim(tx, worker="t", limit=50, lease=timedelta(minutes=1), now=now)
    return [one for one in found if one.notice_class == "digest"]


@pytest.mark.parametrize(
    ("expression", "now", "start", "previous"),
    [
        (DAILY, "2026-11-22T07:00", "2026-11-22T07:00", "2026-11-21T07:00"),
        (DAILY, "2026-11-22T06:59:59.999999", "2026-11-21T07:00", "2026-11-20T07:00"),
        ("*/5 * * * *", "2026-11-22T07:04", "2026-11-22T07:00", "2026-11-22T06:55"),
        # cron's Monday is 1; the 22nd is a Sunday
        ("0 7 * * 1", "2026-11-22T12:00", "2026-11-16T07:00", "2026-11-09T07:00"),
        ("0 7 * * mon-fri", "2026-11-22T12:00", "2026-11-20T07:00", "2026-11-19T07:00"),
        ("0 7 * * 1-5", "2026-11-23T07:00", "2026-11-23T07:00", "2026-11-20T07:00"),
        ("0 7 * * 7", "2026-11-22T12:00", "2026-11-22T07:00", "2026-11-15T07:00"),
        ("0 7 * * 0", "2026-11-22T12:00", "2026-11-22T07:00", "2026-11-15T07:00"),
        ("0 7 * * */3", "2026-11-22T12:00", "2026-11-22T07:00", "2026-11-21T07:00"),
        ("0 7 * * fri-mon", "2026-11-22T12:00", "2026-11-22T07:00", "2026-11-21T07:00"),
        ("0 7 * * 5/2", "2026-11-22T12:00", "2026-11-20T07:00", "2026-11-13T07:00"),
        ("0 0 29 2 *", "2026-11-22T12:00", "2024-02-29T00:00", "2020-02-29T00:00"),
    ],
)
def test_periods_are_those_of_cron(expression: str, now: str, start: str, previous: str) -> None:
    found = period(expression, at(now))
    assert (found.start, found.previous) == (at(start), at(previous))
    assert found.key == f"digest:{start}:00Z"


@pytest.mark.parametrize(
    "expression",
    ["", "daily", "0 7 * *", "0 7 1 * 1", "61 * * * *", "0 7 * * 8", "0 7 * * x", "0 7 * * 1/0"],
)
def test_what_is_no_schedule_is_refused_with_advice(expression: str) -> None:
    with pytest.raises(ValueError, match=r"schedule|name only one"):
        trigger(expression)


def test_a_schedule_that_never_comes_is_refused() -> None:
    with pytest.raises(ValueError, match="no moment in the last 4 years"):
        period("0 0 30 2 *", SWEPT)


def test_the_letter_groups_by_cause_and_domain_most_urgent_first(story: Storybook) -> None:
    found, letter = compose(plan(story.ledger), SWEPT + timedelta(hours=1))
    assert [section.kind for section in found.sections] == [
        GapKind.UNSENT,
        GapKind.AMBIGUOUS,
        GapKind.REJECTED,
        GapKind.FAILED,
        GapKind.CONTESTED,
        GapKind.DELAYED,
        GapKind.SILENT,
        GapKind.UNCONFIRMED,
        GapKind.SUPPRESSED,
    ]
    failed = next(one for one in found.sections if one.kind is GapKind.FAILED)
    assert [(one.reason, one.domain) for one in failed.groups] == [("userunknown", "example.org")]
    assert found.total == 9
    assert letter.subject == f"Undelivered notices: 9, {found.fresh} new"
    for text in (letter.text, letter.html):
        assert "userunknown at example.org (1)" in text
        assert "landed trace " in text
        assert all(f"{who}@example.org" in text for who in ("ben", "joe", "fay"))
        assert "anna@example.org" not in text
        assert not any(sign < " " and sign != "\n" for sign in text)
        assert "\u202e" not in text
    assert "[red]not wanted" in letter.text
    assert all(len(line) <= 78 for line in letter.text.splitlines())


class Tags(HTMLParser):
    """Which elements stand open at the end, and whatever could fetch or run something."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.active: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "br"}:
            self.open.append(tag)
        if tag in {"script", "img", "link", "iframe"} or {"src", "href"} & {
            one[0] for one in attrs
        }:
            self.active.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_what_strangers_wrote_stays_text_in_html(ledger: Ledger, story: Storybook) -> None:
    owe(
        ledger,
        "<img src=x>\r\nBcc: evil@example.org",
        ["<b>x</b>@example.org", "a&b@example.org"],
        OWED,
    )
    sweep_once(ledger, policies, SWEPT, LOG)
    _, letter = compose(plan(story.ledger), SWEPT)
    tags = Tags()
    tags.feed(letter.html)
    assert (tags.open, tags.active) == ([], [])
    assert "&lt;img src=x&gt;\\x0d\\x0aBcc" in letter.html
    assert "<img src=x>\\x0d\\x0aBcc" in letter.text
    assert "a&amp;b@example.org" in letter.html


def test_a_digest_lists_so_many_and_counts_the_rest(story: Storybook) -> None:
    found, letter = compose(plan(story.ledger, most=2), SWEPT)
    assert [section.kind for section in found.sections] == [GapKind.UNSENT, GapKind.AMBIGUOUS]
    assert sum(found.unlisted.values()) == 7
    for text in (letter.text, letter.html):
        assert "7 more are not listed here: 1 rejected, 1 failed" in text
    assert "9 undelivered" in letter.text


def test_gaps_are_gathered_page_by_page(story: Storybook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.reconcile.findings._PAGE", 3)
    assert compose(plan(story.ledger), SWEPT)[0].total == 9


def test_new_is_what_opened_since_the_digest_before(ledger: Ledger, story: Storybook) -> None:
    assert compose(plan(story.ledger), SWEPT)[0].fresh == 5  # by time alone, at SWEPT
    found, letter = compose(plan(story.ledger), NEXT + timedelta(hours=1))
    assert found.fresh == 0
    assert "NEW" not in letter.text
    assert letter.subject == "Undelivered notices: 9; 1 not heard"


def test_it_is_a_tracked_notice_with_text_and_html(ledger: Ledger, story: Storybook) -> None:
    for_later = send_due(ledger, plan(story.ledger), policies, SWEPT, LOG, beforehand=lambda: False)
    assert for_later is None, "the agent is about to end"
    accepted = send_due(ledger, plan(story.ledger), policies, SWEPT, LOG, beforehand=lambda: True)
    assert accepted is not None
    assert accepted.key == "digest:2025-10-05T07:00:00Z"
    assert [one.address for one in accepted.deliveries] == ["ops@example.org", "boss@example.org"]
    sent = outgoing(ledger, SWEPT)
    assert len(sent) == 2
    message = email.message_from_bytes(sent[0].content, policy=email.policy.default)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Subject"].startswith("Undelivered notices: 9")
    assert message["From"] == "Notices <notices@example.org>"
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


def test_there_is_one_for_each_period(ledger: Ledger, story: Storybook) -> None:
    wanted = plan(story.ledger)
    assert send_due(ledger, wanted, policies, SWEPT, LOG)
    # the same period, another moment, other findings
    assert send_due(ledger, wanted, policies, SWEPT + timedelta(hours=5), LOG) is None
    later = send_due(ledger, wanted, policies, NEXT, LOG)
    assert later is not None
    assert later.key == "digest:2025-10-06T07:00:00Z"


def test_many_agents_at_the_same_second_send_one(story: Storybook) -> None:
    wanted = plan(story.ledger)
    line = threading.Barrier(4, timeout=120)
    results: list[Accepted | None] = []

    def agent(number: int) -> None:
        ledger = Ledger.open(story.ledger)
        try:
            line.wait()
            # clocks differ a little, and so does what each would say
            now = SWEPT + timedelta(minutes=number)
            results.append(send_due(ledger, wanted, policies, now, LOG))
        finally:
            ledger.close()

    threads = [threading.Thread(target=agent, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(results) == 4
    assert sum(one is not None for one in results) == 1
    with Reader.open(story.ledger) as reader:
        told = reader.notice("digest:2025-10-05T07:00:00Z")
    assert told is not None
    assert len(told.deliveries) == 2


def test_whoever_is_second_finds_it_there(
    ledger: Ledger, story: Storybook, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = plan(story.ledger)
    assert send_due(ledger, wanted, policies, SWEPT, LOG)
    real, answers = digest._is_there, iter([False])
    # the other agent came between the look and the write
    monkeypatch.setattr(digest, "_is_there", lambda *given: next(answers, None) or real(*given))
    owe(ledger, "another", ["new@example.org"], OWED)
    sweep_once(ledger, policies, SWEPT, LOG)
    assert send_due(ledger, wanted, policies, SWEPT + timedelta(minutes=1), LOG) is None


def test_a_busy_ledger_without_the_digest_is_told(
    ledger: Ledger, story: Storybook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object, **__: object) -> Accepted:
        raise LedgerBusy("try again")

    monkeypatch.setattr(digest, "accept_parts", busy)
    with pytest.raises(LedgerBusy):
        send_due(ledger, plan(story.ledger), policies, SWEPT, LOG)


def test_nobody_to_tell_is_no_digest(ledger: Ledger, story: Storybook) -> None:
    assert send_due(ledger, plan(story.ledger, to=()), policies, SWEPT, LOG) is None


def test_an_address_that_is_refused_stops_no_other(
    ledger: Ledger, story: Storybook, caplog: pytest.LogCaptureFixture
) -> None:
    wanted = plan(story.ledger, to=("nowhere", "ops@example.org"))
    with caplog.at_level(logging.INFO, "landed.test"):
        accepted = send_due(ledger, wanted, policies, SWEPT, LOG)
    assert accepted is not None
    assert [one.address for one in accepted.deliveries] == ["ops@example.org"]
    assert [record.message for record in caplog.records] == ["digest-refused", "digest"]


def test_nothing_to_tell_is_an_all_clear_or_silence(quiet: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "quiet.db"
    silent = plan(path, when_empty="silent")
    assert send_due(quiet, silent, policies, SWEPT, LOG) is None
    accepted = send_due(quiet, plan(path), policies, SWEPT, LOG)
    assert accepted is not None
    found, letter = compose(plan(path), SWEPT)
    assert found.is_empty
    assert letter.subject == "Undelivered notices: none, all clear"
    assert letter.text.startswith("All clear: no gap is open.\n")
    assert "All clear" in letter.html


def test_silence_lasts_for_the_period(quiet: Ledger, tmp_path: Path) -> None:
    silent = plan(tmp_path / "quiet.db", when_empty="silent")
    owe(quiet, "k", ["a@example.org"], SWEPT - timedelta(days=2) + timedelta(hours=1))
    hear(quiet, SWEPT + timedelta(hours=2))
    # a gap that opened after the period's start waits for the next one
    assert sweep_once(quiet, policies, SWEPT + timedelta(hours=2), LOG).opened == 1
    assert send_due(quiet, silent, policies, SWEPT + timedelta(hours=3), LOG) is None
    assert send_due(quiet, silent, policies, NEXT, LOG) is not None


def test_a_channel_that_is_not_heard_is_no_all_clear(quiet: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "quiet.db"
    with quiet.transaction() as tx:
        one = channels.ensure(tx, "replies/INBOX", "imap", SWEPT)
        channels.ensure(tx, "new/INBOX", "imap", SWEPT)
        channels.failed(tx, one.id, "login refused\x1b", SWEPT - timedelta(hours=2))
    found, letter = compose(plan(path), SWEPT)
    assert not found.is_empty
    assert [channel.name for channel in found.deaf] == ["new/INBOX", "replies/INBOX"]
    assert letter.subject == "Undelivered notices: 0; 2 not heard"
    assert "NOT HEARD: replies/INBOX cannot be read since 2025-10-05 05:00:00Z" in letter.text
    assert "login refused\\x1b" in letter.html
    assert "new/INBOX was never read to its end" in letter.text
    assert send_due(quiet, plan(path, when_empty="silent"), policies, SWEPT, LOG) is not None


def test_a_mail_that_could_not_be_read_is_no_all_clear(quiet: Ledger, tmp_path: Path) -> None:
    """Nobody knows what it said: it is told once, in the digest of its time."""
    hear(quiet, SWEPT)
    with quiet.transaction() as tx:
        one = channels.ensure(tx, "bounces/INBOX", "imap", SWEPT)
        channels.observed(tx, one.id, SWEPT, SWEPT)
        bare = NewReport(
            one.id, 7, 1, b"", "unknown", "", "", "", SWEPT, "unreadable", "not given", "", True
        )
        evidence.record(tx, bare, [], policies=policies, now=SWEPT)
    found, letter = compose(plan(tmp_path / "quiet.db"), SWEPT)
    assert [one.name for one in found.deaf] == ["bounces/INBOX"]
    assert letter.subject == "Undelivered notices: 0; 1 not heard"
    assert "bounces/INBOX got a mail that could not be read (landed unmatched" in letter.text
    with Reader.open(tmp_path / "quiet.db") as reader:
        assert reader.unreadable(SWEPT + timedelta(seconds=1)) == []


def test_a_channel_whose_mail_cannot_be_moved_is_heard(quiet: Ledger, tmp_path: Path) -> None:
    hear(quiet, SWEPT)
    with quiet.transaction() as tx:
        one = channels.ensure(tx, "bounces/INBOX", "imap", SWEPT)
        channels.observed(tx, one.id, SWEPT, SWEPT)
        channels.failed(tx, one.id, f"{LEFT}: it may only be read", SWEPT)
    found, _ = compose(plan(tmp_path / "quiet.db"), SWEPT)
    assert found.deaf == ()


def test_what_nobody_judged_is_no_all_clear(quiet: Ledger, tmp_path: Path) -> None:
    owe(quiet, "k", ["a@example.org"], SWEPT - timedelta(days=3))
    hear(quiet, SWEPT)
    wanted = plan(tmp_path / "quiet.db")
    found, letter = compose(wanted, SWEPT)
    assert not found.is_empty
    assert letter.subject == "Undelivered notices: 0; not all judged"
    assert "All clear" not in letter.text + letter.html
    assert "NOT ALL JUDGED: judging is up to 1d late (1 waiting), so gaps may" in letter.text
    assert "judging is up to 1d late" in letter.html
    assert sweep_once(quiet, policies, SWEPT, LOG).opened == 1
    assert "judged" not in compose(wanted, SWEPT)[1].subject


def test_a_channel_that_fell_behind_is_told_and_a_retired_one_is_not(
    quiet: Ledger, tmp_path: Path
) -> None:
    found, _ = compose(plan(tmp_path / "quiet.db"), NEXT + timedelta(hours=1))
    assert [one.trouble for one in found.deaf] == [
        "was last read to its end at 2025-10-05 07:00:00Z"
    ]
    with quiet.transaction() as tx:
        channels.retire(tx, [])
    assert not compose(plan(tmp_path / "quiet.db"), NEXT + timedelta(hours=1))[0].deaf


def test_digests_that_did_not_land_make_no_digests(quiet: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "quiet.db"
    silent = plan(path, when_empty="silent")
    assert send_now(quiet, silent, policies, SWEPT, LOG) is not None
    day = SWEPT
    for _ in range(5):
        day += timedelta(days=1)
        hear(quiet, day)
        sweep_once(quiet, policies, day, LOG)
        assert send_due(quiet, silent, policies, day, LOG) is None
    found, letter = compose(silent, day)
    assert (found.is_empty, found.own_total) == (True, 2)
    for text in (letter.text, letter.html):
        assert "Earlier digests that have no proof of arrival themselves" in text
        assert "digest:now:2025-10-05T07:00:00Z" in text
    # an all-clear mail tells of them too, once a period
    assert send_due(quiet, plan(path), policies, day, LOG) is not None
    assert send_due(quiet, plan(path), policies, day, LOG) is None


def test_one_now_is_beside_the_schedule(ledger: Ledger, story: Storybook) -> None:
    wanted = plan(story.ledger)
    moment = SWEPT + timedelta(hours=1, microseconds=7)
    extra = send_now(ledger, wanted, policies, moment, LOG)
    assert extra is not None
    assert extra.key == "digest:now:2025-10-05T08:00:00Z"
    assert send_due(ledger, wanted, policies, SWEPT, LOG) is not None


def test_an_agent_that_was_just_set_up_has_nothing_to_tell(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    ledger = Ledger.open(path)
    with ledger.transaction() as tx:
        channel = channels.ensure(tx, CHANNEL, "imap", SWEPT)
    assert send_due(ledger, plan(path), policies, SWEPT, LOG) is None
    with ledger.transaction() as tx:
        channels.failed(tx, channel.id, "login refused", SWEPT)
    assert send_due(ledger, plan(path), policies, SWEPT, LOG) is not None
    ledger.close()
