"""Slots of a limit: taken once, free a span after their message, whatever crashes."""

from datetime import UTC, datetime, timedelta

from store import slots
from store.database import Ledger

NOW = datetime(2026, 10, 9, 8, tzinfo=UTC)
SPAN = timedelta(minutes=1)
UNTIL = NOW + timedelta(minutes=10)


def limits(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        slots.ensure(tx, "a", 3, now=NOW)
        slots.ensure(tx, "b", 1, now=NOW)


def take(ledger: Ledger, name: str = "a", *, at: datetime = NOW, most: int = 3) -> list[int]:
    with ledger.transaction() as tx:
        return slots.take(tx, name, many=2, most=most, until=UNTIL, now=at)


def test_no_more_are_given_than_there_are(ledger: Ledger) -> None:
    limits(ledger)
    assert [take(ledger), take(ledger), take(ledger)] == [[0, 1], [2], []]
    assert take(ledger, "b") == [0]
    with ledger.transaction() as tx:
        assert slots.times(tx, "a", most=3, limit=9) == [UNTIL] * 3
        slots.ensure(tx, "quite free", 5, now=NOW)
        used = slots.usage(tx, now=NOW)
    assert used == {"a": slots.Use(3, 3, UNTIL), "b": slots.Use(1, 1, UNTIL)}


def test_one_that_is_given_back_is_free_when_it_was_said(ledger: Ledger) -> None:
    limits(ledger)
    take(ledger)
    with ledger.transaction() as tx:
        slots.free(tx, [("a", 0, UNTIL, NOW + SPAN)])
        assert slots.usage(tx, now=NOW)["a"] == slots.Use(2, 3, None)
    assert take(ledger) == [2]
    assert take(ledger, at=NOW + SPAN - timedelta(microseconds=1)) == []
    assert take(ledger, at=NOW + SPAN) == [0]


def test_one_that_nobody_gave_back_is_free_at_its_end_and_then_another_s(ledger: Ledger) -> None:
    limits(ledger)
    take(ledger)
    later = UNTIL + timedelta(seconds=1)
    with ledger.transaction() as tx:
        ends = later + timedelta(hours=1)
        assert slots.take(tx, "a", many=9, most=3, until=ends, now=later) == [2, 0, 1]
        slots.free(tx, [("a", 0, UNTIL, later)])  # the first owner, who was thought dead
    assert take(ledger, at=later) == []


def test_a_limit_may_grow_and_shrink(ledger: Ledger) -> None:
    limits(ledger)
    with ledger.transaction() as tx:
        slots.ensure(tx, "a", 5, now=NOW)
        slots.ensure(tx, "a", 5, now=NOW)
    assert take(ledger, most=1) == [0]
    assert take(ledger, most=1) == []
    assert take(ledger, most=5) == [1, 2]
    with ledger.transaction() as tx:
        slots.ensure(tx, "a", 2, now=NOW)
        assert slots.usage(tx, now=NOW)["a"].most == 3, "one beyond it is still taken"
        slots.ensure(tx, "a", 2, now=UNTIL)
        assert len(slots.times(tx, "a", most=9, limit=9)) == 2
