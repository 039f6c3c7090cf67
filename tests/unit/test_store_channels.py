"""Channels, canaries, suppressions: cursors, watermarks, and what holds them back."""

from dataclasses import replace
from datetime import timedelta

from store import canaries, channels, components, deliveries, evidence, gaps, paths, suppressions
from store.channels import Kept
from store.database import Ledger
from store.words import GapKind, Verdict
from tests.plugins.ledgers import T0, Desk

HOUR = timedelta(hours=1)


def test_ensure_makes_once_and_enables_again(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        first = channels.ensure(tx, "inbox", "imap", T0)
        assert (first.uidvalidity, first.last_uid, first.watermark) == (0, 0, None)
        assert channels.ensure(tx, "inbox", "imap", T0).id == first.id
        assert channels.retire(tx, ["junk"]) == 1
        assert channels.retire(tx, ["junk"]) == 0
        gone = channels.get(tx, first.id)
        assert gone is not None
        assert not gone.enabled
        assert paths.heard(tx).through() == {}
        assert channels.ensure(tx, "inbox", "maildir", T0).enabled
        assert [one.kind for one in channels.all(tx)] == ["maildir"]
        assert channels.get(tx, 4711) is None


def test_the_cursor_never_moves_back_within_one_numbering(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        number = channels.ensure(tx, "inbox", "imap", T0).id
        channels.advance(tx, number, 7, 100, T0)
        channels.advance(tx, number, 7, 50, T0 + HOUR)
        one = channels.get(tx, number)
        assert one is not None
        assert (one.uidvalidity, one.last_uid, one.last_success_at) == (7, 100, T0 + HOUR)
        channels.reset(tx, number, 8)
        one = channels.get(tx, number)
        assert one is not None
        assert (one.uidvalidity, one.last_uid) == (8, 0)
        channels.advance(tx, number, 9, 3, T0)
        one = channels.get(tx, number)
        assert one is not None
        assert (one.uidvalidity, one.last_uid) == (9, 3)


def test_the_watermark_only_moves_forward(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        number = channels.ensure(tx, "inbox", "imap", T0).id
        assert paths.heard(tx).through() == {"inbox": None}
        channels.observed(tx, number, T0 + HOUR, T0 + HOUR)
        channels.observed(tx, number, T0, T0 + HOUR)
        assert paths.heard(tx).through() == {"inbox": T0 + HOUR}


def test_failing_keeps_its_first_time_until_it_works_again(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        number = channels.ensure(tx, "inbox", "imap", T0).id
        channels.failed(tx, number, "refused", T0)
        channels.failed(tx, number, "timed out", T0 + HOUR)
        one = channels.get(tx, number)
        assert one is not None
        assert (one.last_error, one.failing_since) == ("timed out", T0)
        channels.observed(tx, number, T0, T0 + HOUR)
        one = channels.get(tx, number)
        assert one is not None
        assert (one.last_error, one.failing_since) == ("", None)


def test_a_missing_canary_holds_its_channel_back(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        for name in ("inbox", "junk"):
            number = channels.ensure(tx, name, "imap", T0).id
            channels.observed(tx, number, T0 + 9 * HOUR, T0)
        lost = canaries.new(tx, route="relay", channel="inbox", now=T0 + HOUR)
        marks = paths.heard(tx).through()
        assert marks == {
            "inbox": T0 + 9 * HOUR,
            "junk": T0 + 9 * HOUR,
            "relay -> inbox (a probe is missing)": T0 + HOUR,
        }
        later = canaries.new(tx, route="relay", channel="inbox", now=T0 + 2 * HOUR)
        assert canaries.returned(tx, later, T0 + 3 * HOUR, "inbox")
        assert set(paths.heard(tx).through()) == {"inbox", "junk"}
        third = canaries.new(tx, route="relay", channel="inbox", now=T0 + 4 * HOUR)
        held = paths.heard(tx).through()["relay -> inbox (a probe is missing)"]
        assert held == T0 + 2 * HOUR, "when the last one that came back was sent"
        newest = canaries.latest(tx, route="relay", channel="inbox")
        assert newest is not None
        assert newest.id == third
        missing = canaries.missing(tx, sent_before=T0 + 4 * HOUR)
        assert [one.id for one in missing] == [lost]


def test_a_canary_comes_back_once(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        number = canaries.new(tx, route="relay", channel="inbox", now=T0)
        assert canaries.returned(tx, number, T0 + HOUR, "junk")
        assert not canaries.returned(tx, number, T0 + 2 * HOUR, "inbox")
        assert not canaries.returned(tx, 4711, T0, "inbox")
        one = canaries.get(tx, number)
        assert one is not None
        assert (one.returned_at, one.returned_by) == (T0 + HOUR, "junk")
        assert canaries.get(tx, 4711) is None
        assert canaries.latest(tx, route="other", channel="inbox") is None


def test_what_must_not_come_back_is_only_shown_by_a_bounce(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        number = canaries.new(tx, route="relay", channel="", now=T0)
        assert not canaries.returned(tx, number, T0 + HOUR, "inbox", refused=False)
        assert canaries.returned(tx, number, T0 + HOUR, "inbox", refused=True)


def test_a_missing_canary_of_a_channel_never_read_or_unknown(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        channels.ensure(tx, "inbox", "imap", T0)
        canaries.new(tx, route="relay", channel="inbox", now=T0)
        canaries.new(tx, route="relay", channel="nowhere", now=T0)
        assert paths.heard(tx).through()["inbox"] is None
        assert not any("nowhere" in name for name in paths.heard(tx).through())


def test_a_clock_that_was_set_back_leaves_no_watermark_in_the_future(desk: Desk) -> None:
    """Nobody has observed what has not come yet: a mailbox that falls silent now is not heard."""
    fast = T0 + timedelta(days=1)
    with desk.ledger.transaction() as tx:
        inbox = channels.ensure(tx, "inbox", "imap", fast).id
        channels.observed(tx, inbox, fast, fast)
        channels.ensure(tx, "other", "imap", fast)
        assert paths.heard(tx).through()["inbox"] == fast
        again = channels.ensure(tx, "inbox", "imap", T0)
        assert again.watermark == T0
        assert paths.heard(tx).through()["inbox"] == T0
        channels.observed(tx, inbox, T0 + HOUR, T0 + HOUR)
        assert channels.ensure(tx, "inbox", "imap", T0 + HOUR).watermark == T0 + HOUR


def test_what_was_judged_by_a_clock_that_was_ahead_is_judged_again(desk: Desk) -> None:
    """Else it stays presumed, though nobody will have listened until its deadline."""
    desk.policies.default = replace(desk.policies.default, silence_is_good=True)
    presumed, closed = desk.one(key="k1"), desk.one(key="k2")
    for number in (presumed, closed):
        desk.start_and_finish(number)
    with desk.ledger.transaction() as tx:
        deliveries.close(tx, closed, by="kim", why="seen", policies=desk.policies, now=T0)
    inbox = desk.channel().id
    fast = T0 + 365 * timedelta(days=1)
    with desk.ledger.transaction() as tx:
        channels.observed(tx, inbox, fast, fast)
        gaps.sweep(tx, policies=desk.policies, now=fast)
    assert desk.state(presumed).verdict is Verdict.PRESUMED
    now = T0 + HOUR
    with desk.ledger.transaction() as tx:
        channels.ensure(tx, "inbox", "imap", now)
        assert gaps.sweep(tx, policies=desk.policies, now=now).looked == 1
        channels.ensure(tx, "inbox", "imap", now + HOUR)
        assert gaps.sweep(tx, policies=desk.policies, now=now + HOUR).looked == 0
    assert desk.state(presumed).verdict is Verdict.WAITING
    with desk.ledger.transaction() as tx:
        gaps.sweep(tx, policies=desk.policies, now=T0 + 49 * HOUR)
    assert desk.state(presumed).gap is GapKind.BLIND
    assert desk.state(closed).verdict is Verdict.CLOSED


def test_a_channel_is_unread_until_it_was_read_to_its_end_or_fails(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        ids = {
            name: channels.ensure(tx, name, kind, T0).id
            for name, kind in (("a", "imap"), ("b", "imap"), ("c", "log"), ("d", channels.MAILBOX))
        }
        channels.ensure(tx, "gone", "imap", T0)
        channels.retire(tx, ids)
        assert channels.unread(tx, T0) == ["a", "b", "c"]
        channels.observed(tx, ids["a"], T0, T0)
        channels.observed(tx, ids["b"], T0 - HOUR, T0)
        channels.failed(tx, ids["c"], "away", T0)
        assert channels.unread(tx, T0) == ["b"]
        assert channels.unread(tx, T0 - HOUR) == []


def test_moves_are_pending_until_done(desk: Desk) -> None:
    inbox = desk.channel().id
    with desk.ledger.transaction() as tx:
        for uid in (3, 1, 2):
            evidence.record(tx, desk.report(inbox, uid), [], policies=desk.policies, now=T0)
    with desk.ledger.transaction() as tx:
        pending = channels.pending_moves(tx, inbox)
        assert [(one.uid, one.outcome) for one in pending] == [
            (1, "matched"),
            (2, "matched"),
            (3, "matched"),
        ]
        channels.moved(tx, pending[0].report_id, T0)
        channels.moved(tx, [pending[1].report_id], T0)
        assert [one.uid for one in channels.pending_moves(tx, inbox)] == [3]
        channels.reset(tx, inbox, 2)
        assert channels.pending_moves(tx, inbox) == []


def test_a_numbering_of_before_is_known_again(desk: Desk) -> None:
    inbox, other = desk.channel().id, desk.channel("other").id
    again = (1 << 32) + 7
    with desk.ledger.transaction() as tx:
        for channel, validity, uid in (
            (inbox, 7, 9),
            (inbox, again, 2),
            (inbox, again, 5),
            (other, 8, 3),
        ):
            report = desk.report(channel, uid)._replace(uidvalidity=validity)
            evidence.record(tx, report, [], policies=desk.policies, now=T0)
    with desk.ledger.transaction(read_only=True) as tx:
        assert channels.numbering(tx, inbox, 7) == (again, 5)
        assert channels.numbering(tx, other, 8) == (8, 3)
        assert channels.numbering(tx, inbox, 8) is None


def test_what_a_mail_is_known_again_by(desk: Desk) -> None:
    inbox, other = desk.channel().id, desk.channel("other").id
    with desk.ledger.transaction() as tx:
        for channel, uid, date in ((inbox, 3, T0), (inbox, 4, None), (other, 5, T0)):
            report = desk.report(channel, uid)._replace(internal_date=date)
            evidence.record(tx, report, [], policies=desk.policies, now=T0)
    with desk.ledger.transaction(read_only=True) as tx:
        assert channels.kept(tx, inbox, 1, [1, 3, 4, 5]) == {
            3: Kept(T0, "r@example.net"),
            4: Kept(None, "r@example.net"),
        }
        assert channels.kept(tx, inbox, 2, [3]) == {}


def test_suppressions(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        assert suppressions.add(tx, "a@example.net", reason="gone", by="kim", now=T0)
        assert not suppressions.add(tx, "a@example.net", reason="other", by="lee", now=T0)
        assert [one.reason for one in suppressions.list_all(tx)] == ["gone"]
        assert set(suppressions.check(tx, ["a@example.net", "b@example.net"])) == {"a@example.net"}
        assert suppressions.remove(tx, "a@example.net")
        assert not suppressions.remove(tx, "a@example.net")


def test_components(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        components.fared(tx, agent="a", name="imap", trouble="", now=T0)
        components.fared(tx, agent="a", name="smtp", trouble="refused", now=T0)
        components.fared(tx, agent="a", name="smtp", trouble="refused", now=T0 + HOUR)
        listed = components.list_all(tx)
        assert [(one.name, one.failures) for one in listed] == [("smtp", 2), ("imap", 0)]
        components.seen(tx, agent="a", now=T0 + 2 * HOUR)
        assert {one.seen_at for one in components.list_all(tx)} == {T0 + 2 * HOUR}
        assert {one.since for one in components.list_all(tx)} == {T0, T0 + HOUR}
        components.fared(tx, agent="b", name="imap", trouble="", now=T0)
        components.retire(tx, agent="a", keep=["smtp"])
        assert [(one.agent, one.name) for one in components.list_all(tx)] == [
            ("a", "smtp"),
            ("b", "imap"),
        ]
        components.forget(tx, before=T0 + HOUR)
        assert [one.agent for one in components.list_all(tx)] == ["a"]
