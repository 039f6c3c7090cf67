"""The backlog: what should have been sent or judged by now, on both databases."""

from datetime import timedelta

from store.backlog import Backlog, backlog
from tests.plugins.ledgers import T0, Desk

HOUR = timedelta(hours=1)


def test_an_empty_ledger_has_no_backlog(desk: Desk) -> None:
    assert backlog(desk.ledger.url, T0) == Backlog(0, 0, None, 0, None)


def test_what_waits_is_counted(desk: Desk) -> None:
    desk.one()
    before = backlog(desk.ledger.url, T0 - HOUR)
    assert (before.waiting, before.due, before.unjudged) == (1, 0, 0)
    assert before.next_try is not None
    found = backlog(desk.ledger.url, T0 + HOUR)
    assert (found.waiting, found.due, found.next_try) == (1, 1, before.next_try)
    assert (found.unjudged, found.unjudged_since) == (0, None)
    late = backlog(desk.ledger.url, T0 + 100 * HOUR)
    assert late.unjudged == 1
    assert late.unjudged_since is not None
    assert T0 < late.unjudged_since < T0 + 100 * HOUR
