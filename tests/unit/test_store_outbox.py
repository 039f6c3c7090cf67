"""Claiming, attempting, finishing, reaping: nothing is sent twice unseen, nothing is lost."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from store import notices, outbox
from store.errors import AttemptFinished, ClaimLost, LedgerError
from store.outbox import AttemptResult, Outgoing
from store.words import (
    AfterAmbiguous,
    FactKind,
    GapKind,
    Outcome,
    Phase,
    Stage,
    Verdict,
)
from tests.plugins.ledgers import LEASE, T0, Desk

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def claim(desk: Desk, at: datetime = T0, worker: str = "w1", limit: int = 10) -> list[Outgoing]:
    with desk.ledger.transaction() as tx:
        return outbox.claim(tx, worker=worker, limit=limit, lease=LEASE, now=at)


def next_attempt(desk: Desk, number: int) -> datetime | None:
    with desk.ledger.transaction() as tx:
        view = notices.delivery(tx, number)
        assert view is not None
        return view.next_attempt_at


def test_a_claim_brings_all_that_composing_needs(desk: Desk) -> None:
    number = desk.one(key="k9")
    (one,) = claim(desk)
    assert one.delivery_id == number
    assert one.content == b"body of k9"
    assert (one.key, one.address, one.number, one.attempts_so_far) == (
        "k9",
        "anna@example.net",
        1,
        0,
    )
    assert one.message_id is None
    assert one.owed_at == T0


def test_a_claim_is_exclusive_until_its_lease_ends(desk: Desk) -> None:
    desk.owe("a@example.net", "b@example.net", "c@example.net")
    assert len(claim(desk, limit=2)) == 2
    assert len(claim(desk, worker="w2")) == 1
    assert claim(desk, worker="w3") == []
    assert len(claim(desk, T0 + LEASE, worker="w3")) == 3


def test_nothing_is_claimed_before_its_time_or_after_giving_up(desk: Desk) -> None:
    desk.one()
    assert claim(desk, T0 - MINUTE) == []
    assert claim(desk, T0 + desk.policies.default.give_up_after) == []


def test_released_is_free_again(desk: Desk) -> None:
    number = desk.one()
    claim(desk)
    with desk.ledger.transaction() as tx:
        assert outbox.release(tx, [number], worker="w2") == 0
        assert outbox.release(tx, [number], worker="w1") == 1
    assert len(claim(desk, worker="w2")) == 1


def test_next_due(desk: Desk) -> None:
    with desk.ledger.transaction() as tx:
        assert outbox.next_due(tx) is None
    number = desk.one()
    with desk.ledger.transaction() as tx:
        assert outbox.next_due(tx) == T0
    claim(desk)
    with desk.ledger.transaction() as tx:
        assert outbox.next_due(tx) == T0 + LEASE
    desk.finish(number, _start(desk, number), Outcome.DEFERRED, retry_at=T0 + 5 * MINUTE)
    with desk.ledger.transaction() as tx:
        assert outbox.next_due(tx) == T0 + 5 * MINUTE


def _start(desk: Desk, number: int, at: datetime = T0, worker: str = "w1", **more: object) -> int:
    with desk.ledger.transaction() as tx:
        return outbox.start_attempt(
            tx,
            number,
            worker=worker,
            route="relay",
            envelope_from="b@example.org",
            message_id=f"from-{worker}@example.org",
            now=at,
            **more,  # type: ignore[arg-type]  # envelope_id, lease, policies
        )


def test_the_first_message_id_stays(desk: Desk) -> None:
    number = desk.one()
    claim(desk)
    assert _start(desk, number) == 1
    desk.finish(number, 1, Outcome.DEFERRED, retry_at=T0 + MINUTE)
    (one,) = claim(desk, T0 + MINUTE, worker="w2")
    assert (one.message_id, one.attempts_so_far) == ("from-w1@example.org", 1)
    assert _start(desk, number, T0 + MINUTE, "w2") == 2
    with desk.ledger.transaction() as tx:
        view = notices.delivery(tx, number)
        assert view is not None
        assert view.message_id == "from-w1@example.org"


def test_only_the_claimer_may_start_and_only_once(desk: Desk) -> None:
    number = desk.one()
    with pytest.raises(ClaimLost):
        _start(desk, number)
    claim(desk)
    with pytest.raises(ClaimLost):
        _start(desk, number, worker="w2")
    with pytest.raises(ClaimLost):
        _start(desk, number, T0 + LEASE)
    with pytest.raises(ClaimLost):
        _start(desk, 4711)
    _start(desk, number)
    with pytest.raises(ClaimLost, match="need not be sent"):
        _start(desk, number)


def test_evidence_or_a_person_can_be_faster_than_the_sender(desk: Desk) -> None:
    number = desk.one()
    claim(desk)
    with desk.ledger.transaction() as tx:
        notices.close(tx, number, by="k", why="by phone", now=T0, policies=desk.policies)
    with pytest.raises(ClaimLost, match="by phone"):
        _start(desk, number)


def test_a_started_attempt_is_not_claimable(desk: Desk) -> None:
    number = desk.one()
    desk.start(number)
    assert claim(desk, T0 + 2 * LEASE, worker="w2") == []


def test_accepted(desk: Desk) -> None:
    number = desk.one()
    state = desk.send(number)
    assert (state.verdict, state.stage) == (Verdict.WAITING, Stage.ACCEPTED)
    assert "250 2.0.0 queued as Q1" in state.why
    assert claim(desk, T0 + HOUR) == []


def test_rejected_is_a_gap_at_once(desk: Desk) -> None:
    number = desk.one()
    state = desk.finish(number, desk.start(number), Outcome.REJECTED, retry_at=T0 + MINUTE)
    assert state.gap is GapKind.REJECTED
    assert next_attempt(desk, number) is None


@pytest.mark.parametrize("outcome", [Outcome.DEFERRED, Outcome.UNREACHED])
def test_put_off_is_tried_again(desk: Desk, outcome: Outcome) -> None:
    number = desk.one()
    state = desk.finish(number, desk.start(number), outcome, retry_at=T0 + 5 * MINUTE)
    assert state.verdict is Verdict.WAITING
    assert claim(desk, T0 + 4 * MINUTE) == []
    assert len(claim(desk, T0 + 5 * MINUTE)) == 1


def test_suppressed_in_session(desk: Desk) -> None:
    number = desk.one()
    assert desk.finish(number, desk.start(number), Outcome.SUPPRESSED).gap is GapKind.SUPPRESSED


def test_finishing_is_once_only(desk: Desk) -> None:
    number = desk.one()
    attempt = desk.start(number)
    first = desk.finish(number, attempt)
    assert desk.finish(number, attempt) == first
    with pytest.raises(AttemptFinished, match="already ended as accepted"):
        desk.finish(number, attempt, Outcome.REJECTED)
    with pytest.raises(LedgerError, match="never started"):
        desk.finish(number, 7)
    with pytest.raises(LedgerError, match="never started"):
        desk.finish(4711, 1)


def reap(desk: Desk, at: datetime) -> int:
    with desk.ledger.transaction() as tx:
        return outbox.reap(tx, policies=desk.policies, now=at)


def resolve(desk: Desk, at: datetime) -> int:
    with desk.ledger.transaction() as tx:
        return outbox.resolve_ambiguous(tx, policies=desk.policies, now=at)


def test_a_worker_that_vanished_leaves_an_ambiguous_attempt_once(desk: Desk) -> None:
    number = desk.one()
    desk.start(number)
    assert reap(desk, T0 + LEASE - MINUTE) == 0
    assert reap(desk, T0 + LEASE) == 1
    assert reap(desk, T0 + LEASE) == 0
    assert "w1, which never told" in desk.state(number).why
    assert claim(desk, T0 + HOUR) == []


def test_a_lease_can_be_renewed_at_the_start(desk: Desk) -> None:
    number = desk.one()
    claim(desk)
    _start(desk, number, T0 + 9 * MINUTE, lease=LEASE)
    assert reap(desk, T0 + LEASE) == 0
    assert reap(desk, T0 + 9 * MINUTE + LEASE) == 1


def test_ambiguous_is_resent_after_its_wait_with_the_same_message_id(desk: Desk) -> None:
    number = desk.one()
    desk.finish(number, desk.start(number), Outcome.AMBIGUOUS)
    assert resolve(desk, T0 + HOUR - MINUTE) == 0
    assert resolve(desk, T0 + HOUR) == 1
    assert resolve(desk, T0 + HOUR) == 0
    (one,) = claim(desk, T0 + HOUR)
    assert one.message_id == f"m{number}@example.org"
    assert _start(desk, number, T0 + HOUR) == 2
    assert desk.finish(number, 2, at=T0 + HOUR).stage is Stage.ACCEPTED
    assert resolve(desk, T0 + 9 * HOUR) == 0


def test_a_relay_that_loses_every_reply_does_not_make_a_copy_each_hour(desk: Desk) -> None:
    number = desk.one()
    attempt, at, copies = desk.start(number), T0, [0]
    while True:
        desk.finish(number, attempt, Outcome.AMBIGUOUS, at=at)
        due = [hours for hours in range(1, 48) if T0 + hours * HOUR > at]
        again = next((hours for hours in due if resolve(desk, T0 + hours * HOUR)), None)
        if again is None:
            break
        at = T0 + again * HOUR
        claim(desk, at)
        attempt = _start(desk, number, at)
        copies.append(again)
    assert copies == [0, 1, 3, 7, 15, 31]


def test_ambiguous_is_held_for_a_person_where_the_policy_says_so(desk: Desk) -> None:
    desk.policies.default = replace(desk.policies.default, after_ambiguous=AfterAmbiguous.HOLD)
    number = desk.one()
    desk.finish(number, desk.start(number), Outcome.AMBIGUOUS)
    assert resolve(desk, T0 + 9 * HOUR) == 0
    assert claim(desk, T0 + 9 * HOUR) == []


@pytest.mark.parametrize("kind", [FactKind.DELIVERED, FactKind.DELAYED, FactKind.FAILED])
def test_evidence_calls_the_resend_off(desk: Desk, kind: FactKind) -> None:
    number = desk.one()
    desk.finish(number, desk.start(number), Outcome.AMBIGUOUS)
    assert resolve(desk, T0 + HOUR) == 1
    desk.hear(number, kind, at=T0 + HOUR)
    assert claim(desk, T0 + HOUR) == []


def test_a_reaped_attempt_may_still_be_finished(desk: Desk) -> None:
    number = desk.one()
    attempt = desk.start(number)
    reap(desk, T0 + LEASE)
    assert resolve(desk, T0 + LEASE + HOUR) == 1
    state = desk.finish(number, attempt, at=T0 + LEASE + HOUR)
    assert state.stage is Stage.ACCEPTED
    assert claim(desk, T0 + LEASE + HOUR) == []


def test_a_late_end_leaves_the_later_attempt_alone(desk: Desk) -> None:
    number = desk.one()
    first = desk.start(number)
    reap(desk, T0 + LEASE)
    late = T0 + LEASE + HOUR
    resolve(desk, late)
    second = desk.start(number, worker="w2", at=late)
    desk.finish(number, first, Outcome.DEFERRED, at=late, retry_at=late)
    assert next_attempt(desk, number) is None
    assert desk.finish(number, second, at=late).stage is Stage.ACCEPTED


def test_giving_up(desk: Desk) -> None:
    number = desk.one()
    until = desk.policies.default.give_up_after
    desk.finish(number, desk.start(number), Outcome.DEFERRED, retry_at=T0 + 90 * HOUR)
    with desk.ledger.transaction() as tx:
        assert outbox.give_up(tx, policies=desk.policies, now=T0 + until - MINUTE) == 0
        assert outbox.give_up(tx, policies=desk.policies, now=T0 + until) == 1
        assert outbox.give_up(tx, policies=desk.policies, now=T0 + until) == 0
    state = desk.state(number)
    assert state.gap is GapKind.UNSENT
    assert "1 attempt" in state.why


def test_a_start_is_judged_at_once_with_policies_else_by_the_next_sweep(desk: Desk) -> None:
    numbers = [one.id for one in desk.owe("a@example.net", "b@example.net").deliveries]
    claim(desk)
    for number in numbers:
        _start(desk, number)
        desk.finish(number, 1, Outcome.AMBIGUOUS)
    resolve(desk, T0 + HOUR)
    claim(desk, T0 + HOUR)
    _start(desk, numbers[0], T0 + HOUR, policies=desk.policies)
    _start(desk, numbers[1], T0 + HOUR)
    assert desk.state(numbers[0]).why.startswith("not yet sent")
    assert desk.state(numbers[1]).why.startswith("the line died")
    assert desk.state(numbers[1]).next_look_at == T0 + HOUR


def test_what_is_written_of_an_attempt(desk: Desk) -> None:
    from store.reading import Reader  # noqa: PLC0415 - only this test reads it back

    number = desk.one()
    claim(desk)
    _start(desk, number, envelope_id="mark")
    result = AttemptResult(
        Outcome.REJECTED, Phase.RCPT, "550", "5.1.1", "5.1.1 no such user", "", dsn_offered=True
    )
    with desk.ledger.transaction() as tx:
        state = outbox.finish_attempt(
            tx, number, 1, result, retry_at=None, policies=desk.policies, now=T0 + MINUTE
        )
    assert "at rcpt: 550 5.1.1 no such user" in state.why
    with Reader.open(_url(desk)) as reader:
        story = reader.trace(number)
    assert story is not None
    (row,) = story.attempts
    assert (row.outcome, row.phase, row.reply_code, row.dsn_offered) == (
        "rejected",
        "rcpt",
        "550",
        True,
    )
    assert (row.envelope_id, row.finished_at) == ("mark", T0 + MINUTE)


def _url(desk: Desk) -> str:
    return desk.ledger.url


def test_what_is_put_off_is_nobody_s_until_its_time(desk: Desk) -> None:
    number = desk.one()
    (one,) = claim(desk)
    assert one.due_at == one.owed_at
    with desk.ledger.transaction() as tx:
        outbox.put_off(tx, {number: T0 + HOUR}, worker="somebody else")
        outbox.put_off(tx, {number: T0 + MINUTE}, worker="w1")
        outbox.put_off(tx, {number: T0 + HOUR}, worker="w1")
    assert next_attempt(desk, number) == T0 + MINUTE
    assert claim(desk) == []
    (again,) = claim(desk, T0 + MINUTE, "w2")
    assert again.due_at == T0 + MINUTE
    assert again.attempts_so_far == 0


def test_a_claim_sees_past_domains_that_others_care_for(desk: Desk) -> None:
    desk.owe("a@one.example", "b@two.example", "c@one.example", "d@three.example")
    with desk.ledger.transaction() as tx:
        got = outbox.claim(
            tx, worker="w", limit=9, lease=LEASE, now=T0, avoid={"one.example", "three.example"}
        )
    assert [one.address for one in got] == ["b@two.example"]
    assert len(claim(desk)) == 3
