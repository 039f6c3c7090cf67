"""Slots of a limit: taken once, free a span after their message, whatever crashes."""

from datetime import UTC, datetime, timedelta

from store import slots
from store.database import Ledger

NOW = datetime(2026, 10, 9, 8, tzinfo=UTC)
SPAN = timedelta(minutes=1)
UNTIL = NOW + timedelta(minutes=10)


def take(ledger: Ledger, name: str = "a", *, at: datetime = NOW, most: int = 3) -> list[int]:
    with ledger.transaction() as tx:
        return slots.take(tx, name, many=2, most=most, until=UNTIL, now=at)


def test_no_more_are_given_than_there_are(ledger: Ledger) -> None:
    assert [take(ledger), take(ledger), take(ledger)] == [[0, 1], [2], []]
    assert take(ledger, "b", most=1) == [0]
    with ledger.transaction() as tx:
        assert slots.times(tx, "a", most=3, limit=9) == [UNTIL] * 3
        used = slots.usage(tx, now=NOW)
    assert used == {"a": slots.Use(3, UNTIL), "b": slots.Use(1, UNTIL)}


def test_one_that_is_given_back_is_free_when_it_was_said(ledger: Ledger) -> None:
    take(ledger)
    with ledger.transaction() as tx:
        slots.free(tx, [("a", 0, UNTIL, NOW + SPAN)])
        assert slots.usage(tx, now=NOW)["a"] == slots.Use(2, NOW + SPAN)
    assert take(ledger) == [2]
    assert take(ledger, at=NOW + SPAN - timedelta(microseconds=1)) == []
    assert take(ledger, at=NOW + SPAN) == [0]


def test_one_that_nobody_gave_back_is_free_at_its_end_and_then_another_s(ledger: Ledger) -> None:
    take(ledger)
    later = UNTIL + timedelta(seconds=1)
    with ledger.transaction() as tx:
        ends = later + timedelta(hours=1)
        assert slots.take(tx, "a", many=9, most=3, until=ends, now=later) == [0, 1, 2]
        slots.free(tx, [("a", 0, UNTIL, later)])  # the first owner, who was thought dead
    assert take(ledger, at=later) == []


def test_a_limit_may_grow_and_shrink(ledger: Ledger) -> None:
    assert take(ledger, most=1) == [0]
    assert take(ledger, most=1) == []
    assert take(ledger, most=5) == [1, 2]
    assert take(ledger, most=2) == []


def test_rows_are_made_when_they_are_needed_and_forgotten(ledger: Ledger) -> None:
    take(ledger, most=1_000_000)
    with ledger.transaction() as tx:
        slots.free(tx, [("a", 0, UNTIL, NOW)])
        slots.prune(tx, before=NOW)
        assert len(slots.times(tx, "a", most=1_000_000, limit=9)) == 1
    assert take(ledger) == [0, 2], "what was forgotten comes again"
