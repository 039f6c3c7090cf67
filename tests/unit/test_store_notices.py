"""Taking notices on, and closing by hand."""

from dataclasses import replace
from datetime import timedelta

import pytest

from store import notices, suppressions
from store.errors import LedgerError, NoticeConflict
from store.notices import NewNotice, NewRecipient
from store.words import FactKind, GapKind, Outcome, Stage, Verdict
from tests.plugins.ledgers import T0, Desk

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def test_a_new_notice_owes_each_recipient_once(desk: Desk) -> None:
    made = desk.owe("a@example.net", "b@example.net", "a@example.net")
    assert made.created
    assert [(one.address, one.number, one.created) for one in made.deliveries] == [
        ("a@example.net", 1, True),
        ("b@example.net", 1, True),
    ]
    state = desk.state(made.deliveries[0].id)
    assert (state.verdict, state.stage) == (Verdict.WAITING, Stage.QUEUED)
    assert state.deadline == T0 + 2 * DAY


def test_the_same_key_again_is_the_same_notice(desk: Desk) -> None:
    first = desk.owe("a@example.net")
    again = desk.owe("a@example.net", "b@example.net", at=T0 + HOUR)
    assert not again.created
    assert again.notice_id == first.notice_id
    assert [(one.id == first.deliveries[0].id, one.created) for one in again.deliveries] == [
        (True, False),
        (False, True),
    ]


def test_the_same_key_with_other_content_is_refused_with_both_digests(desk: Desk) -> None:
    desk.owe()
    other = NewNotice("k1", "alert", "Subject", "ops@example.org", b"something else")
    with (
        pytest.raises(
            NoticeConflict, match=r"since 2026-03-01 12:00 UTC.*digest \w{12}, now \w{12}"
        ),
        desk.ledger.transaction() as tx,
    ):
        notices.accept(
            tx,
            other,
            [NewRecipient("a@example.net", "a")],
            policies=desk.policies,
            now=T0,
        )


def test_running_numbers_and_the_one_before(desk: Desk) -> None:
    desk.owe("a@example.net", key="k1")
    desk.owe("b@example.net", key="k2", at=T0 + HOUR)
    third = desk.owe("a@example.net", "b@example.net", key="k3", at=T0 + 2 * HOUR)
    assert [one.number for one in third.deliveries] == [2, 2]
    with desk.ledger.transaction() as tx:
        from store.outbox import claim  # noqa: PLC0415 - only this test asks for both

        out = claim(tx, worker="w", limit=10, lease=HOUR, now=T0 + 3 * HOUR)
    seen = {(one.key, one.address): (one.previous_number, one.previous_at) for one in out}
    assert seen["k1", "a@example.net"] == (None, None)
    assert seen["k3", "a@example.net"] == (1, T0)
    assert seen["k3", "b@example.net"] == (1, T0 + HOUR)


def test_a_suppressed_recipient_is_owed_and_is_a_gap_at_once(desk: Desk) -> None:
    with desk.ledger.transaction() as tx:
        suppressions.add(tx, "a@example.net", reason="left the company", by="kim", now=T0)
    number = desk.owe("a@example.net").deliveries[0].id
    state = desk.state(number)
    assert state.gap is GapKind.SUPPRESSED
    assert "left the company" in state.why
    with desk.ledger.transaction() as tx:
        view = notices.delivery(tx, number)
        assert view is not None
        assert view.next_attempt_at is None


@pytest.mark.parametrize("key", ["", "x" * 501, "nul\x00", "lone \ud800"])
def test_keys_that_cannot_be_kept_are_refused(desk: Desk, key: str) -> None:
    with pytest.raises(ValueError, match="key"):
        desk.owe(key=key)


def test_a_notice_needs_recipients_with_addresses(desk: Desk) -> None:
    notice = NewNotice("k", "c", "s", "f", b"x")
    for nobody in ([], [NewRecipient("nobody", "nobody")], [NewRecipient("a\x00@b", "a")]):
        with (
            pytest.raises(ValueError, match=r"recipient|address"),
            desk.ledger.transaction() as tx,
        ):
            notices.accept(tx, notice, nobody, policies=desk.policies, now=T0)


def test_find_and_delivery(desk: Desk) -> None:
    number = desk.one()
    with desk.ledger.transaction() as tx:
        found = notices.find(tx, "k1")
        assert found is not None
        assert (found.subject, found.created_at) == ("Subject", T0)
        assert notices.find(tx, "k2") is None
        view = notices.delivery(tx, number)
        assert view is not None
        assert (view.key, view.address, view.domain) == ("k1", "anna@example.net", "example.net")
        assert notices.delivery(tx, 5) is None


def test_closing_stops_sending_and_judging_and_reopening_takes_it_back(desk: Desk) -> None:
    number = desk.one()
    with desk.ledger.transaction() as tx:
        closed = notices.close(
            tx, number, by="kim", why="told by phone", now=T0 + HOUR, policies=desk.policies
        )
        view = notices.delivery(tx, number)
    assert closed.verdict is Verdict.CLOSED
    assert "kim: told by phone" in closed.why
    assert view is not None
    assert view.next_attempt_at is None
    desk.hear(number, FactKind.FAILED, at=T0 + 2 * HOUR)
    assert desk.state(number).verdict is Verdict.CLOSED
    with desk.ledger.transaction() as tx:
        state = notices.reopen(
            tx, number, by="kim", why="wrong person", now=T0 + 3 * HOUR, policies=desk.policies
        )
    assert state.gap is GapKind.FAILED


def test_reopening_what_was_never_sent_sends_it(desk: Desk) -> None:
    number = desk.one()
    with desk.ledger.transaction() as tx:
        notices.close(tx, number, by="k", why="w", now=T0, policies=desk.policies)
        notices.reopen(tx, number, by="k", why="w", now=T0 + HOUR, policies=desk.policies)
        view = notices.delivery(tx, number)
    assert view is not None
    assert view.next_attempt_at == T0 + HOUR


def test_reopening_never_resends_what_may_have_been_sent(desk: Desk) -> None:
    number = desk.one()
    desk.finish(number, desk.start(number), Outcome.AMBIGUOUS)
    with desk.ledger.transaction() as tx:
        notices.close(tx, number, by="k", why="w", now=T0, policies=desk.policies)
        notices.reopen(tx, number, by="k", why="w", now=T0 + HOUR, policies=desk.policies)
        view = notices.delivery(tx, number)
    assert view is not None
    assert view.next_attempt_at is None


def test_closing_what_is_not_there_says_so(desk: Desk) -> None:
    with pytest.raises(LedgerError, match="no delivery"), desk.ledger.transaction() as tx:
        notices.close(tx, 77, by="k", why="w", now=T0, policies=desk.policies)


def test_the_policy_of_the_class_is_used(desk: Desk) -> None:
    desk.policies.by_class["slow"] = replace(desk.policies.default, within=9 * DAY)
    made = desk.owe("a@example.net", notice_class="slow")
    assert desk.state(made.deliveries[0].id).deadline == T0 + 9 * DAY


def test_many_recipients_are_owed_in_one_go(desk: Desk) -> None:
    made = desk.owe(*(f"u{n}@example.net" for n in range(1200)))
    assert len({one.id for one in made.deliveries}) == 1200
    again = desk.owe(*(f"u{n}@example.net" for n in range(1201)))
    assert [one.created for one in again.deliveries].count(True) == 1
