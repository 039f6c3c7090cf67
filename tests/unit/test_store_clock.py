"""A clock that was a day ahead and was set right leaves nothing waiting for that day."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from store import asking, canaries, channels, clock, components, evidence, outbox, slots
from store.outbox import AttemptResult
from store.words import Outcome
from tests.plugins.ledgers import LEASE, T0, Desk

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AHEAD = T0 + DAY
NOW = T0 + HOUR  # set right


def seen(desk: Desk, at: datetime = AHEAD) -> None:
    with desk.ledger.transaction() as tx:
        components.fared(tx, agent="a", name="sweep", trouble="", now=at)
        components.fared(tx, agent="b", name="sweep", trouble="", now=AHEAD + DAY)


def set_back(desk: Desk, now: datetime = NOW) -> timedelta | None:
    with desk.ledger.transaction() as tx:
        step = clock.set_back(tx, agent="a", now=now)
        components.seen(tx, agent="a", now=now)
        return step


def claimed(desk: Desk, at: datetime) -> list[int]:
    with desk.ledger.transaction() as tx:
        found = outbox.claim(tx, worker="w", limit=10, lease=LEASE, now=at)
        return [one.delivery_id for one in found]


@pytest.mark.parametrize("at", [NOW, NOW - MINUTE, NOW + MINUTE])
def test_a_clock_that_goes_on_or_is_only_corrected_makes_nothing_due(
    desk: Desk, at: datetime
) -> None:
    number = desk.one()
    assert claimed(desk, T0) == [number]
    with desk.ledger.transaction() as tx:
        outbox.put_off(tx, {number: NOW + HOUR}, worker="w")
    seen(desk, at)
    assert set_back(desk) is None
    assert claimed(desk, NOW) == []


def test_an_agent_that_was_never_seen_tells_nothing_of_its_clock(desk: Desk) -> None:
    assert set_back(desk) is None


def test_mail_that_was_put_off_is_due_at_once(desk: Desk) -> None:
    deferred, waiting = desk.one(key="k1"), desk.one(key="k2")
    attempt = desk.start(deferred, worker="w", at=AHEAD)
    with desk.ledger.transaction() as tx:
        outbox.put_off(tx, {waiting: AHEAD + HOUR}, worker="w")
    with desk.ledger.transaction() as tx:
        outbox.finish_attempt(
            tx, deferred, attempt, AttemptResult(Outcome.DEFERRED),
            retry_at=AHEAD + HOUR, policies=desk.policies, now=AHEAD,
        )  # fmt: skip
    seen(desk)
    assert claimed(desk, NOW) == []
    assert set_back(desk) == DAY - HOUR
    assert claimed(desk, NOW) == [deferred, waiting]
    assert set_back(desk) is None


def test_a_lease_counts_as_long_as_it_was_given_for(desk: Desk) -> None:
    number = desk.one()
    assert claimed(desk, AHEAD) == [number]
    seen(desk)
    set_back(desk)
    assert claimed(desk, NOW + LEASE - MINUTE) == []
    assert claimed(desk, NOW + LEASE) == [number]


def test_a_lease_that_was_over_by_the_clock_ahead_holds_no_longer_than_an_hour(desk: Desk) -> None:
    number = desk.one()
    assert claimed(desk, AHEAD - HOUR) == [number]
    seen(desk)
    set_back(desk)
    assert claimed(desk, NOW + HOUR) == [number]


def test_a_limit_holds_as_long_as_its_span(desk: Desk) -> None:
    with desk.ledger.transaction() as tx:
        slots.take(tx, "limit", many=1, most=2, until=AHEAD + MINUTE, now=AHEAD)
        slots.take(tx, "limit", many=1, most=2, until=AHEAD - MINUTE, now=AHEAD - HOUR)
    seen(desk)
    set_back(desk)
    with desk.ledger.transaction() as tx:
        assert slots.times(tx, "limit", most=2, limit=2) == [NOW + MINUTE, NOW + HOUR]


@pytest.mark.parametrize(
    ("now", "looks_at"), [(NOW, T0 + 20 * HOUR), (T0 + 22 * HOUR, T0 + 22 * HOUR)]
)
def test_a_mailbox_is_asked_at_the_deadline_or_now(
    desk: Desk, now: datetime, looks_at: datetime
) -> None:
    desk.policies.default = replace(desk.policies.default, within=20 * HOUR)
    number = desk.one()
    desk.start_and_finish(number)
    with desk.ledger.transaction() as tx:
        asking.begin(tx, {number: AHEAD + HOUR})
    seen(desk)
    set_back(desk, now)
    with desk.ledger.transaction() as tx:
        assert not asking.due(tx, ["example.net"], now=looks_at - MINUTE, most=1)
        assert asking.due(tx, ["example.net"], now=looks_at, most=1)


def test_what_was_recorded_is_to_be_tidied_from_now_on(desk: Desk) -> None:
    inbox = desk.channel().id
    for uid, at in ((1, T0), (2, AHEAD)):
        report = desk.report(inbox, uid)._replace(received_at=at)
        with desk.ledger.transaction() as tx:
            evidence.record(tx, report, [], policies=desk.policies, now=at)
    seen(desk)
    set_back(desk)
    with desk.ledger.transaction() as tx:
        pending = channels.pending_moves(tx, inbox)
    assert [(one.uid, one.recorded_at) for one in pending] == [(1, T0), (2, NOW)]


def test_probes_are_put_right_where_they_are_sent(desk: Desk) -> None:
    with desk.ledger.transaction() as tx:
        canaries.new(tx, route="r", channel="inbox", now=AHEAD)
        canaries.set_back(tx, NOW)
        found = canaries.latest(tx, route="r", channel="inbox")
    assert found is not None
    assert found.sent_at == NOW
