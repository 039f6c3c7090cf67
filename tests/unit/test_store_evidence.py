"""Reports and facts: each counts once, and the state follows in the same transaction."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from store import channels, evidence, notices, references, withheld
from store.database import LedgerBusy, LedgerError
from store.evidence import NewFact, Recorded
from store.reading import Reader
from store.words import Assurance, FactKind, GapKind, Policy, Verdict
from tests.plugins.ledgers import T0, Desk

HOUR = timedelta(hours=1)


def kinds(desk: Desk, delivery: int) -> list[str]:
    with Reader.open(desk.ledger.url) as reader:
        story = reader.trace(delivery)
    assert story is not None
    return [row.kind for row in story.evidence if row.kind not in ("owed", "started", "accepted")]


def record(desk: Desk, *facts: NewFact, uid: int | None = None, at: datetime = T0) -> Recorded:
    report = desk.report(desk.channel().id, uid)
    with desk.ledger.transaction() as tx:
        return evidence.record(tx, report, facts, policies=desk.policies, now=at)


def test_a_report_changes_the_state_at_once(desk: Desk) -> None:
    number = desk.one()
    desk.send(number)
    done = desk.hear(number, FactKind.DELIVERED, at=T0 + HOUR)
    assert (done.new, done.facts_added) == (True, 1)
    assert done.states[number].verdict is Verdict.LANDED
    assert desk.state(number) == done.states[number]


def test_a_later_failure_rejudges(desk: Desk) -> None:
    number = desk.one()
    desk.send(number)
    desk.hear(number, FactKind.DELIVERED, at=T0 + HOUR)
    done = desk.hear(number, FactKind.FAILED, at=T0 + 2 * HOUR)
    assert done.states[number].gap is GapKind.CONTESTED


def test_the_same_mail_counts_once(desk: Desk) -> None:
    number = desk.one()
    desk.send(number)
    fact = NewFact(FactKind.FAILED, number, T0, attempt=1)
    first = record(desk, fact, uid=5)
    again = record(desk, fact, NewFact(FactKind.DELIVERED, number, T0), uid=5)
    assert (again.new, again.facts_added, again.report_id) == (False, 0, first.report_id)
    assert kinds(desk, number) == ["failed"]


def test_a_mail_recorded_without_its_content_counts_once_it_comes(desk: Desk) -> None:
    number = desk.one()
    desk.send(number)
    channel = desk.channel().id
    fact = NewFact(FactKind.FAILED, number, T0, attempt=1)
    whole = desk.report(channel, 5)
    bare = whole._replace(raw=b"", outcome="unreadable", tried="not given", settled=True)
    with desk.ledger.transaction() as tx:
        first = evidence.record(tx, bare, [], policies=desk.policies, now=T0)
        again = evidence.record(tx, bare, [], policies=desk.policies, now=T0)
        assert (first.new, again.new) == (True, False)
        place = (channel, bare.uidvalidity)
        assert withheld.of_channel(tx, *place, T0) == {5: T0}
        assert withheld.of_channel(tx, channel, 1 + bare.uidvalidity, T0) == {}
        assert withheld.of_channel(tx, *place, T0 + HOUR) == {}
    with Reader.open(desk.ledger.url) as reader:
        (unread,) = reader.unreadable(T0)
        assert (unread.count, unread.withheld, unread.first) == (1, 1, T0)
        assert unread.until == T0 + timedelta(days=7)
    other = bare._replace(uid=6)
    with desk.ledger.transaction() as tx:
        evidence.record(tx, other, [], policies=desk.policies, now=T0)
        withheld.gone(tx, *place, 6)
        assert withheld.of_channel(tx, *place, T0) == {5: T0}
        batch = [(whole, [fact]), (whole, [fact._replace(attempt=2)])]
        came, repeat = evidence.record_many(tx, batch, policies=desk.policies, now=T0 + HOUR)
        assert (came.report_id, came.new, came.facts_added) == (first.report_id, True, 1)
        assert (repeat.new, repeat.facts_added) == (False, 0)
        assert withheld.of_channel(tx, *place, T0) == {}
        assert evidence.raw(tx, first.report_id) == whole.raw
    assert desk.state(number).gap is GapKind.FAILED
    with Reader.open(desk.ledger.url) as reader:
        (left,) = reader.unreadable(T0)
    assert (left.count, left.withheld, left.until) == (1, 0, None)


def test_the_same_failure_by_two_ways_counts_once(desk: Desk) -> None:
    number = desk.one()
    desk.send(number)
    fact = NewFact(
        FactKind.FAILED, number, T0, attempt=1, recipient="A@b", reporting_mta="MX.example.net"
    )
    assert record(desk, fact).facts_added == 1
    same = fact._replace(at=T0 + HOUR, recipient="a@b", reporting_mta="mx.example.net", detail="x")
    assert record(desk, same).facts_added == 0
    assert record(desk, fact._replace(reporting_mta="other.example.net")).facts_added == 1
    assert record(desk, fact._replace(attempt=2)).facts_added == 1
    assert record(desk, fact._replace(assurance=Assurance.CLAIM)).facts_added == 1
    assert record(desk, fact, fact).facts_added == 0


def test_what_may_truly_repeat_is_told_apart_by_its_time(desk: Desk) -> None:
    number = desk.one()
    fact = NewFact(FactKind.DELAYED, number, T0 + HOUR)
    assert record(desk, fact, at=T0 + 9 * HOUR).facts_added == 1
    assert record(desk, fact, at=T0 + 9 * HOUR).facts_added == 0
    assert record(desk, fact._replace(at=T0 + 2 * HOUR), at=T0 + 9 * HOUR).facts_added == 1


def test_times_are_held_between_owed_and_now(desk: Desk) -> None:
    number = desk.one()
    desk.send(number)
    ancient = datetime(1970, 1, 1, tzinfo=UTC)
    future = datetime(2099, 1, 1, tzinfo=UTC)
    record(
        desk,
        NewFact(FactKind.DELAYED, number, ancient),
        NewFact(FactKind.DELAYED, number, future),
        at=T0 + HOUR,
    )
    with Reader.open(desk.ledger.url) as reader:
        story = reader.trace(number)
    assert story is not None
    assert [row.at for row in story.evidence if row.kind == "delayed"] == [T0, T0 + HOUR]


def test_attempt_zero_is_no_attempt(desk: Desk) -> None:
    number = desk.one()
    desk.hear(number, FactKind.FAILED, attempt=0)
    with Reader.open(desk.ledger.url) as reader:
        story = reader.trace(number)
    assert story is not None
    assert story.evidence[-1].attempt is None


def test_deliveries_that_are_not_ours_are_named_and_harm_nothing(desk: Desk) -> None:
    number = desk.one()
    strange = (4711, 1 << 63, -1)
    done = record(desk, *(NewFact(FactKind.FAILED, one, T0) for one in (*strange, number)))
    assert (done.unknown, done.facts_added) == (strange, 1)


@pytest.mark.parametrize("key", ["own.1@example.org", "<own.1@example.org>"])
def test_a_mail_s_own_message_id_names_it_before_it_is_tried(desk: Desk, key: str) -> None:
    first, _ = (one.id for one in desk.owe("ada@a.example", "ben@b.example", key=key).deliveries)
    with Reader.open(desk.ledger.url) as reader:
        assert reader.resolve("<own.1@example.org>") == first
        assert reader.resolve("own.1@example.org") == first
        assert reader.resolve("other@example.org") is None


def test_hostile_text_is_kept_bounded_and_printable_enough_to_store(desk: Desk) -> None:
    number = desk.one()
    bad = "nul\x00 lone\ud800 " + "x" * 10_000
    fact = NewFact(FactKind.FAILED, number, T0, diagnostic=bad, detail=bad, reporting_mta=bad)
    report = desk.report(desk.channel().id)._replace(subject=bad, sender=bad, message_id=bad)
    with desk.ledger.transaction() as tx:
        done = evidence.record(tx, report, [fact], policies=desk.policies, now=T0)
        assert references.by_message_ids(tx, [bad]) == {}
    assert done.states[number].gap is GapKind.FAILED
    with Reader.open(desk.ledger.url) as reader:
        story = reader.trace(number)
        assert reader.resolve(bad) is None
    assert story is not None
    assert story.evidence[-1].diagnostic.startswith("nul\ufffd lone\ufffd ")
    assert len(story.evidence[-1].diagnostic) == 2000


def test_a_batch_is_the_same_as_one_by_one(desk: Desk) -> None:
    made = desk.owe(*(f"u{n}@example.net" for n in range(30)))
    inbox = desk.channel().id
    batch = [
        (desk.report(inbox, n // 2), [NewFact(FactKind.FAILED, one.id, T0)])
        for n, one in enumerate(made.deliveries)
    ]
    with desk.ledger.transaction() as tx:
        done = evidence.record_many(tx, batch, policies=desk.policies, now=T0)
        channels.advance(tx, inbox, 1, 14, T0)
    assert [one.new for one in done] == [True, False] * 15
    assert [one.facts_added for one in done] == [1, 0] * 15
    assert done[0].report_id == done[1].report_id
    assert desk.state(made.deliveries[0].id).gap is GapKind.FAILED
    assert desk.state(made.deliveries[1].id).gap is None
    with desk.ledger.transaction() as tx:
        again = evidence.record_many(tx, batch, policies=desk.policies, now=T0)
    assert not any(one.new or one.facts_added for one in again)


def test_an_empty_batch_is_fine(desk: Desk) -> None:
    with desk.ledger.transaction() as tx:
        assert evidence.record_many(tx, [], policies=desk.policies, now=T0) == []


def test_a_failed_transaction_leaves_nothing(desk: Desk) -> None:
    number = desk.one()
    inbox = desk.channel()
    report = desk.report(inbox.id, 7)
    fact = NewFact(FactKind.FAILED, number, T0)

    def work(tx: Session) -> None:
        evidence.record(tx, report, [fact], policies=desk.policies, now=T0)
        channels.advance(tx, inbox.id, 1, 7, T0)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        desk.ledger.run(work)
    assert desk.state(number).gap is None
    assert desk.channel().last_uid == 0
    with desk.ledger.transaction() as tx:
        assert evidence.record(tx, report, [fact], policies=desk.policies, now=T0).new


def test_an_unknown_channel_is_refused_whole(desk: Desk) -> None:
    number = desk.one()
    with pytest.raises(LedgerBusy), desk.ledger.transaction() as tx:
        evidence.record(
            tx,
            desk.report(999),
            [NewFact(FactKind.FAILED, number, T0)],
            policies=desk.policies,
            now=T0,
        )
    assert desk.state(number).gap is None


def test_a_policy_that_raises_does_not_stop_the_mailbox(desk: Desk) -> None:
    good, bad = (one.id for one in desk.owe("a@example.net", "b@bad.example").deliveries)

    def broken(notice_class: str, domain: str) -> Policy:
        if domain == "bad.example":
            raise KeyError(domain)
        return desk.policies(notice_class, domain)

    facts = [NewFact(FactKind.FAILED, number, T0) for number in (good, bad)]
    report = desk.report(desk.channel().id)
    with desk.ledger.transaction() as tx:
        done = evidence.record(tx, report, facts, policies=broken, now=T0)
    assert set(done.states) == {good}
    assert done.facts_added == 2
    assert desk.state(bad).next_look_at == T0
    with pytest.raises(LedgerError, match="cannot be judged"), desk.ledger.transaction() as tx:
        evidence.record_fact(tx, facts[1], policies=broken, now=T0)


def test_a_fact_without_a_report(desk: Desk) -> None:
    number = desk.one()
    with desk.ledger.transaction() as tx:
        fact = NewFact(FactKind.CONFIRMED, number, T0)
        state = evidence.record_fact(tx, fact, policies=desk.policies, now=T0)
        lost = evidence.record_fact(
            tx, fact._replace(delivery_id=4711), policies=desk.policies, now=T0
        )
    assert state is not None
    assert state.verdict is Verdict.LANDED
    assert lost is None


def test_lookups(desk: Desk) -> None:
    number = desk.one()
    with desk.ledger.transaction() as tx:
        from store import outbox  # noqa: PLC0415 - only this test sends with an ENVID

        outbox.claim(tx, worker="w", limit=1, lease=HOUR, now=T0)
        outbox.start_attempt(
            tx,
            number,
            worker="w",
            route="r",
            envelope_from="b",
            message_id="mid@example.org",
            envelope_id="envid",
            now=T0,
        )
        (by_message,) = references.by_message_ids(tx, ["mid@example.org"])["mid@example.org"]
        (by_envelope,) = references.by_envelope_ids(tx, ["envid", "other"])["envid"]
        by_id = references.by_ids(tx, [number, 4711, -1, 1 << 63, 1 << 80])
        assert by_id == {number: by_message}
        assert by_message == by_envelope
        assert (by_message.address, by_message.notice_class, by_message.attempts) == (
            "anna@example.net",
            "alert",
            1,
        )
        assert references.by_message_ids(tx, ["", "other"]) == {}
        assert references.by_envelope_ids(tx, ["", "other"]) == {}


def test_raw_mail_is_kept_compressed_until_it_is_purged(desk: Desk) -> None:
    number = desk.one()
    mail = b"Subject: x\r\n" * 500
    report = desk.report(desk.channel().id, raw=mail)
    fact = NewFact(FactKind.FAILED, number, T0)
    with desk.ledger.transaction() as tx:
        kept = evidence.record(tx, report, [fact], policies=desk.policies, now=T0)
    with desk.ledger.transaction() as tx:
        assert evidence.raw(tx, kept.report_id) == mail
        assert evidence.purge_raw(tx, before=T0) == 0
        assert evidence.purge_raw(tx, before=T0 + HOUR) == 1
        assert evidence.purge_raw(tx, before=T0 + HOUR) == 0
        assert evidence.raw(tx, kept.report_id) is None
        assert evidence.raw(tx, 4711) is None
    assert kinds(desk, number) == ["failed"]


def test_unmatched_reports_newest_first(desk: Desk) -> None:
    inbox = desk.channel().id
    outcomes = ["unmatched", "matched", "forged", "canary"]
    for outcome in outcomes:
        report = desk.report(inbox)._replace(outcome=outcome, subject=outcome)
        with desk.ledger.transaction() as tx:
            evidence.record(tx, report, [], policies=desk.policies, now=T0)
    with desk.ledger.transaction() as tx:
        assert [one.outcome for one in evidence.unmatched(tx)] == ["forged", "unmatched"]
        assert len(evidence.unmatched(tx, limit=1)) == 1


def test_notices_see_the_state_that_evidence_made(desk: Desk) -> None:
    number = desk.one()
    desk.hear(number, FactKind.REPLIED)
    with desk.ledger.transaction() as tx:
        view = notices.delivery(tx, number)
    assert view is not None
    assert view.state.verdict is Verdict.LANDED
    assert view.next_attempt_at is None
