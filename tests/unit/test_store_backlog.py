"""The backlog: what should have been sent or judged by now, on both databases."""

from datetime import datetime, timedelta

from store.backlog import Backlog
from store.reading import Reader
from tests.plugins.ledgers import T0, Desk

HOUR = timedelta(hours=1)


def waits(desk: Desk, now: datetime) -> Backlog:
    with Reader.open(desk.ledger.url) as reader:
        return reader.backlog(now)


def test_an_empty_ledger_has_no_backlog(desk: Desk) -> None:
    assert waits(desk, T0) == Backlog(0, 0, None, 0, None)


def test_what_waits_is_counted(desk: Desk) -> None:
    desk.one()
    before = waits(desk, T0 - HOUR)
    assert (before.waiting, before.due, before.unjudged) == (1, 0, 0)
    assert before.next_try is not None
    found = waits(desk, T0 + HOUR)
    assert (found.waiting, found.due, found.next_try) == (1, 1, before.next_try)
    assert (found.unjudged, found.unjudged_since) == (0, None)
    late = waits(desk, T0 + 100 * HOUR)
    assert late.unjudged == 1
    assert late.unjudged_since is not None
    assert T0 < late.unjudged_since < T0 + 100 * HOUR
