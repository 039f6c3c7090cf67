"""The sweep: gaps open and close when their time comes, and one bad row harms no other."""

from dataclasses import replace
from datetime import timedelta

import pytest

from store import channels, gaps, notices
from store.gaps import Swept
from store.reading import Reader
from store.words import FactKind, GapKind, Policy, Verdict
from tests.plugins.ledgers import T0, Desk

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def sweep(desk: Desk, hours: float, limit: int = 500) -> Swept:
    with desk.ledger.transaction() as tx:
        return gaps.sweep(tx, policies=desk.policies, now=T0 + hours * HOUR, limit=limit)


def observe(desk: Desk, hours: float) -> int:
    now = T0 + hours * HOUR
    with desk.ledger.transaction() as tx:
        return channels.observed(tx, channels.ensure(tx, "inbox", "imap", now).id, now, now)


def history(desk: Desk, number: int) -> list[tuple[str, bool]]:
    with Reader.open(desk.ledger.url) as reader:
        story = reader.trace(number)
    assert story is not None
    return [(span.kind.value, span.closed_at is None) for span in story.gaps]


def test_nothing_is_due_before_the_deadline(desk: Desk) -> None:
    desk.one()
    assert sweep(desk, 47.9) == Swept(0, 0, 0, ())


def test_unsent_at_the_deadline(desk: Desk) -> None:
    number = desk.one()
    assert sweep(desk, 48) == Swept(1, 1, 0, ())
    assert desk.state(number).gap is GapKind.UNSENT
    assert sweep(desk, 48) == Swept(0, 0, 0, ())
    assert history(desk, number) == [("unsent", True)]


def test_blind_turns_silent_when_the_channel_catches_up(desk: Desk) -> None:
    number = desk.one()
    desk.send(number)
    assert observe(desk, 10) == 0
    assert sweep(desk, 48) == Swept(1, 0, 0, ())
    assert desk.state(number).verdict is Verdict.WAITING
    assert sweep(desk, 48.25) == Swept(1, 1, 0, ())
    assert desk.state(number).gap is GapKind.BLIND
    assert sweep(desk, 48.25).looked == 0
    assert sweep(desk, 48.4).looked == 1, "looked at again every five minutes"
    assert observe(desk, 48.45) == 1
    assert sweep(desk, 48.45) == Swept(1, 1, 1, ())
    assert desk.state(number).gap is GapKind.SILENT
    assert history(desk, number) == [("blind", False), ("silent", True)]
    assert observe(desk, 60) == 0


def test_evidence_closes_the_gap_at_once(desk: Desk) -> None:
    number = desk.one()
    desk.send(number)
    observe(desk, 48)
    sweep(desk, 48)
    desk.hear(number, FactKind.DELIVERED, at=T0 + 3 * DAY)
    assert desk.state(number).verdict is Verdict.LANDED
    assert history(desk, number) == [("silent", False)]


def test_presumed_where_silence_is_good(desk: Desk) -> None:
    desk.policies.default = replace(desk.policies.default, silence_is_good=True)
    number = desk.one()
    desk.send(number)
    observe(desk, 48)
    assert sweep(desk, 48) == Swept(1, 0, 0, ())
    assert desk.state(number).verdict is Verdict.PRESUMED


def test_one_channel_behind_blinds_all(desk: Desk) -> None:
    number = desk.one()
    desk.send(number)
    desk.channel("junk")
    observe(desk, 48)
    sweep(desk, 48)
    sweep(desk, 49)
    assert desk.state(number).gap is GapKind.BLIND
    assert "junk" in desk.state(number).why
    now = T0 + 49 * HOUR
    with desk.ledger.transaction() as tx:
        assert gaps.rejudge_channel(tx, now=now) == 0
        channels.retire(tx, ["inbox"])
        assert gaps.rejudge_channel(tx, now=now) == 1
    sweep(desk, 49)
    assert desk.state(number).gap is GapKind.SILENT


def test_without_channels_nothing_is_rejudged(desk: Desk) -> None:
    with desk.ledger.transaction() as tx:
        assert gaps.rejudge_channel(tx, now=T0) == 0


def test_the_sweep_works_in_portions(desk: Desk) -> None:
    desk.owe(*(f"u{n}@example.net" for n in range(7)))
    assert [sweep(desk, 48, limit=3).looked for _ in range(4)] == [3, 3, 1, 0]


def test_one_that_raises_is_put_off_and_named(desk: Desk) -> None:
    good, bad = (one.id for one in desk.owe("a@example.net", "b@bad.example").deliveries)

    def broken(notice_class: str, domain: str) -> Policy:
        if domain == "bad.example":
            raise KeyError(domain)
        return desk.policies(notice_class, domain)

    with desk.ledger.transaction() as tx:
        done = gaps.sweep(tx, policies=broken, now=T0 + 2 * DAY)
    assert (done.looked, done.opened) == (2, 1)
    assert [(one.delivery_id, one.error) for one in done.failed] == [
        (bad, "KeyError: 'bad.example'")
    ]
    assert desk.state(good).gap is GapKind.UNSENT
    assert desk.state(bad).next_look_at == T0 + 2 * DAY + HOUR


def test_a_changed_policy_reaches_what_was_settled(desk: Desk) -> None:
    number = desk.one()
    desk.send(number)
    desk.hear(number, FactKind.RELAYED)
    desk.policies.default = replace(desk.policies.default, within=HOUR)
    closed = desk.one(key="k2")
    with desk.ledger.transaction() as tx:
        notices.close(tx, closed, by="k", why="w", now=T0, policies=desk.policies)
        assert gaps.rejudge_all(tx, now=T0) == 1
    sweep(desk, 0)
    assert desk.state(number).deadline == T0 + HOUR


@pytest.mark.parametrize("hours", [0, 48, 72])
def test_sweeping_calls_no_send_off(desk: Desk, hours: float) -> None:
    number = desk.one()
    with desk.ledger.transaction() as tx:
        gaps.rejudge_all(tx, now=T0)
    sweep(desk, hours)
    with desk.ledger.transaction() as tx:
        view = notices.delivery(tx, number)
    assert view is not None
    assert view.next_attempt_at == T0
