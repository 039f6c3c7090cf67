"""What reports are told."""

from dataclasses import replace
from datetime import timedelta

from store import channels, gaps, suppressions
from store.ids import tracking_id
from store.reading import Reader
from store.words import Assurance, FactKind, GapKind, Outcome, Stage, Verdict
from tests.plugins.ledgers import T0, Desk

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def test_gaps_oldest_owed_first(reader: Reader, company: dict[str, int]) -> None:
    first, second = reader.gaps()
    assert (first.delivery_id, first.kind) == (company["b1"], GapKind.FAILED)
    assert (second.delivery_id, second.kind) == (company["c1"], GapKind.UNCONFIRMED)
    assert first.tracking_id == tracking_id(company["b1"])
    assert (first.notice, first.recipient, first.number) == ("k1", "ben@b.example", 1)
    assert (first.notice_class, first.stage) == ("alert", Stage.ACCEPTED)
    assert (first.owed_at, first.opened_at) == (T0 + HOUR, T0 + 6 * HOUR)
    assert "failed for good" in first.why
    assert first.deadline == T0 + HOUR + 2 * DAY


def test_gaps_are_filtered_and_paged(reader: Reader, desk: Desk, company: dict[str, int]) -> None:
    with desk.ledger.transaction() as tx:
        gaps.sweep(tx, policies=desk.policies, now=T0 + 60 * HOUR)
    everything = reader.gaps()
    assert len(everything) == 8
    assert {row.kind for row in reader.gaps(kind="failed")} == {GapKind.FAILED}
    assert {row.notice_class for row in reader.gaps(notice_class="news")} == {"news"}
    assert {row.recipient for row in reader.gaps(domain="A.example")} == {"anna@a.example"}
    assert reader.gaps(kind="failed", domain="a.example") == []
    assert len(reader.gaps(since=T0 + 60 * HOUR)) == 6
    pages, after = [], None
    while rows := reader.gaps(limit=3, after=after):
        pages += rows
        after = rows[-1].delivery_id
    assert pages == everything
    assert reader.count_gaps() == {"blind": 1, "failed": 1, "unconfirmed": 1, "unsent": 5}


def test_the_digest_groups_by_kind_and_domain(
    reader: Reader, desk: Desk, company: dict[str, int]
) -> None:
    with desk.ledger.transaction() as tx:
        gaps.sweep(tx, policies=desk.policies, now=T0 + 60 * HOUR)
    groups = reader.digest(per_group=2)
    assert [(one.kind.value, one.domain, one.total, len(one.rows)) for one in groups] == [
        ("unsent", "b.example", 4, 2),
        ("blind", "a.example", 1, 1),
        ("failed", "b.example", 1, 1),
        ("unconfirmed", "b.example", 1, 1),
        ("unsent", "a.example", 1, 1),
    ]
    assert groups[0].rows == tuple(reader.gaps(kind="unsent", domain="b.example", limit=2))


def test_a_trace_is_the_whole_story(reader: Reader, desk: Desk, company: dict[str, int]) -> None:
    story = reader.trace(company["b1"])
    assert story is not None
    assert story.state == desk.state(company["b1"])
    assert (story.sender, story.as_given) == ("ops@example.org", "ben@b.example")
    assert story.delivery.verdict is Verdict.GAP
    assert story.message_id == f"m{company['b1']}@example.org"
    (attempt,) = story.attempts
    assert (attempt.outcome, attempt.route, attempt.reply_text) == (
        "accepted",
        "relay",
        "250 2.0.0 queued as Q1",
    )
    assert [row.kind for row in story.evidence] == ["owed", "started", "accepted", "failed"]
    failed = story.evidence[-1]
    assert (failed.at, failed.assurance, failed.attempt) == (T0 + 6 * HOUR, Assurance.PROOF, 1)
    assert (failed.report_channel, failed.report_kind, failed.report_uid) == ("inbox", "dsn", 2)
    assert [(one.kind, one.closed_at) for one in story.gaps] == [(GapKind.FAILED, None)]
    second = reader.trace(company["b2"])
    assert second is not None
    assert (second.previous_number, second.previous_at) == (1, T0 + HOUR)
    assert second.attempts == ()
    assert reader.trace(4711) is None


def test_an_open_attempt_shows(reader: Reader, desk: Desk) -> None:
    number = desk.one()
    desk.start(number)
    story = reader.trace(number)
    assert story is not None
    assert (story.attempts[0].outcome, story.attempts[0].finished_at) == ("", None)
    assert story.claimed_by == "w1"


def test_a_notice_shows_its_holes_first(reader: Reader, company: dict[str, int]) -> None:
    story = reader.notice("k1")
    assert story is not None
    assert [row.recipient[0] for row in story.deliveries] == ["b", "c", "a"]
    assert (story.notice_class, story.created_at) == ("alert", T0 + HOUR)
    assert reader.notice("k9") is None


def test_a_recipient_shows_holes_first_then_numbers(
    reader: Reader, desk: Desk, company: dict[str, int]
) -> None:
    story = reader.recipient("ben@b.example")
    assert story is not None
    assert [row.number for row in story.deliveries] == [1, 2, 3]
    desk.start_and_finish(company["b3"], Outcome.REJECTED, at=T0 + 8 * HOUR)
    with desk.ledger.transaction() as tx:
        suppressions.add(tx, "ben@b.example", reason="asked", by="kim", now=T0)
    story = reader.recipient("BEN@b.example")
    assert story is not None
    assert [row.number for row in story.deliveries] == [1, 3, 2]
    assert story.suppressed == "asked"
    assert reader.recipient("nobody@b.example") is None


def test_stats(reader: Reader, company: dict[str, int]) -> None:
    stats = reader.stats()
    assert (stats.notices, stats.recipients, stats.deliveries) == (3, 3, 9)
    assert (stats.attempts, stats.reports, stats.unmatched) == (4, 3, 0)
    assert stats.by_verdict == {"gap": 2, "landed": 1, "waiting": 6}
    assert stats.by_gap == {"failed": 1, "unconfirmed": 1}
    assert stats.by_stage == {"accepted": 2, "delivered": 2, "queued": 5}
    assert stats.by_class["news"] == {"waiting": 3}
    later = reader.stats(T0 + 3 * HOUR)
    assert (later.deliveries, later.reports) == (3, 3)
    assert reader.stats(T0 + 9 * DAY).attempts == 0


def test_channels(reader: Reader, desk: Desk, company: dict[str, int]) -> None:
    with desk.ledger.transaction() as tx:
        inbox = channels.ensure(tx, "inbox", "imap", T0)
        channels.advance(tx, inbox.id, 3, 9, T0)
        channels.failed(tx, inbox.id, "refused", T0 + HOUR)
    (row,) = reader.channels()
    assert (row.name, row.kind, row.enabled, row.reports) == ("inbox", "imap", True, 3)
    assert (row.uidvalidity, row.last_uid, row.last_success_at) == (3, 9, T0)
    assert (row.watermark, row.last_error, row.failing_since) == (None, "refused", T0 + HOUR)


def test_a_delivery_has_many_names(reader: Reader, company: dict[str, int]) -> None:
    import base64  # noqa: PLC0415 - the one test that writes a mark by hand

    number = company["a1"]
    mark = "b" + base64.b32encode(number.to_bytes(8, "big") + b"\x01abcdef").decode().lower()
    names = [
        tracking_id(number),
        f" {tracking_id(number).upper()} ",
        str(number),
        mark,
        f"<m{number}@example.org>",
        f"m{number}@example.org",
    ]
    assert [reader.resolve(name) for name in names] == [number] * len(names)
    for nothing in (
        "",
        "<>",
        "x",
        "1" * 30,
        str(1 << 63),
        "b" + "!" * 24,
        tracking_id(5),
        "b" * 25,
    ):
        assert reader.resolve(nothing) is None


def test_a_reader_sees_what_is_committed_meanwhile(reader: Reader, desk: Desk) -> None:
    assert reader.gaps() == []
    number = desk.one()
    desk.hear(number, FactKind.FAILED)
    assert [row.delivery_id for row in reader.gaps()] == [number]


def test_a_closing_is_in_the_story(reader: Reader, desk: Desk) -> None:
    desk.policies.default = replace(desk.policies.default, stage=Stage.QUEUED)
    number = desk.one()
    story = reader.trace(number)
    assert story is not None
    assert story.state.verdict is Verdict.LANDED
    assert story.state.assurance is None
