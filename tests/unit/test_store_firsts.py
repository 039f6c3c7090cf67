"""The short way for first attempts that went well leaves the very rows that the long way leaves."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from store import evidence, firsts, notices, outbox
from store.evidence import NewFact
from store.outbox import AttemptResult, Ended
from store.tables import ASKING, ATTEMPT, DELIVERY, EVIDENCE, GAP
from store.words import Assurance, FactKind, Outcome, Phase, Policy, Stage, Verdict
from tests.plugins.ledgers import T0, Desk

LATER = T0 + timedelta(minutes=1)
# what differs between any two
OWN = {"id", "delivery_id", "recipient_id", "message_id", "as_given", "report_id"}
TAKEN = AttemptResult(
    Outcome.ACCEPTED, Phase.FINAL, "250", "2.0.0", "2.0.0 Ok: queued as Q1", "Q1", dsn_offered=True
)


def rows(desk: Desk, number: int) -> list[list[dict[str, Any]]]:
    """All that the ledger says of one delivery, but for what names it."""
    found = []
    with desk.ledger.transaction() as tx:
        for table in (DELIVERY, ATTEMPT, EVIDENCE, GAP, ASKING):
            column = table.c.id if table is DELIVERY else table.c.delivery_id
            here = tx.execute(select(table).where(column == number).order_by(*table.primary_key))
            found.append([{k: v for k, v in row._mapping.items() if k not in OWN} for row in here])
    return found


def hint(desk: Desk, number: int) -> None:
    with desk.ledger.transaction() as tx:
        fact = NewFact(FactKind.OPENED, number, T0, assurance=Assurance.HINT, attempt=1)
        evidence.record_fact(tx, fact, policies=desk.policies, now=T0)


def other_policy(policy: Policy) -> Callable[[Desk, int], None]:
    def change(desk: Desk, _number: int) -> None:
        desk.policies.default = policy

    return change


def closed(desk: Desk, number: int) -> None:
    with desk.ledger.transaction() as tx:
        notices.close(tx, number, by="a", why="done", policies=desk.policies, now=T0)


CASES: dict[str, Callable[[Desk, int], Any]] = {
    "nothing else": lambda _desk, _number: None,
    "delivered already": lambda desk, number: desk.hear(number, FactKind.DELIVERED),
    "failed already": lambda desk, number: desk.hear(number, FactKind.FAILED),
    "a hint that changed no state": hint,
    "closed by a person": closed,
    "a policy that asks for nothing": other_policy(Policy("p", stage=Stage.QUEUED)),
    "a policy that asks for this": other_policy(Policy("p", stage=Stage.ACCEPTED)),
    "a shorter policy": other_policy(Policy("p", within=timedelta(hours=1))),
    "a deadline that is over": other_policy(Policy("p", within=timedelta(seconds=1))),
    "a policy that asks the mailbox": other_policy(Policy("p", ask=True)),
    "a policy that gives up sooner": other_policy(Policy("p", give_up_after=timedelta(hours=1))),
}


def prepared(desk: Desk, number: int, case: str) -> None:
    """Started, and what happened before its end."""
    desk.start(number)
    CASES[case](desk, number)
    with desk.ledger.transaction() as tx:
        everything = [one.id for one in tx.execute(select(DELIVERY.c.id))]
        outbox.release(tx, everything, worker="w1")


def finish(desk: Desk, *ended: Ended) -> dict[int, Any]:
    with desk.ledger.transaction() as tx:
        return outbox.finish_attempts(tx, ended, policies=desk.policies, now=LATER)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("minutes", [1, 0, -60], ids=["now", "before", "clock behind"])
def test_both_ways_leave_the_same(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, case: str, minutes: int
) -> None:
    at = T0 + timedelta(minutes=minutes)
    long, short = (one.id for one in desk.owe("anna@example.net", "ben@example.net").deliveries)
    for number in (long, short):
        prepared(desk, number, case)
    assert finish(desk, Ended(short, 1, TAKEN, at, None)) == {}
    with monkeypatch.context() as patched:
        patched.setattr(firsts, "finish", lambda *_args, **_more: frozenset())
        assert finish(desk, Ended(long, 1, TAKEN, at, None)) == {}
    assert rows(desk, short) == rows(desk, long)


def test_only_the_usual_ones_of_a_batch_go_the_short_way(desk: Desk) -> None:
    people = [f"p{number}@example.net" for number in range(4)]
    usual, delivered, deferred, twice = (one.id for one in desk.owe(*people).deliveries)
    for number in (usual, deferred, twice):
        prepared(desk, number, "nothing else")
    prepared(desk, delivered, "delivered already")
    later = AttemptResult(Outcome.DEFERRED, Phase.RCPT, "451", "", "later")
    finish(desk, Ended(twice, 1, TAKEN, LATER, None))
    before = rows(desk, twice)
    refused = finish(
        desk,
        Ended(usual, 1, TAKEN, LATER, None),
        Ended(delivered, 1, TAKEN, LATER, None),
        Ended(deferred, 1, later, LATER, LATER + timedelta(hours=1)),
        Ended(twice, 1, TAKEN, LATER, None),
    )
    assert refused == {}
    assert rows(desk, twice) == before
    states = [desk.state(number) for number in (usual, delivered, deferred)]
    assert [one.stage for one in states] == [Stage.ACCEPTED, Stage.DELIVERED, Stage.QUEUED]
    assert [one.verdict for one in states] == [Verdict.WAITING, Verdict.LANDED, Verdict.WAITING]


def test_a_policy_book_that_raises_stops_no_other(desk: Desk) -> None:
    def book(notice_class: str, _domain: str) -> Policy:
        if notice_class == "poison":
            raise ValueError("no such class")
        return Policy("p")

    (good,) = (one.id for one in desk.owe("anna@example.net", key="good").deliveries)
    (bad,) = (
        one.id for one in desk.owe("ben@example.net", key="bad", notice_class="poison").deliveries
    )
    for number in (good, bad):
        prepared(desk, number, "nothing else")
    with desk.ledger.transaction() as tx:
        ended = [Ended(number, 1, TAKEN, LATER, None) for number in (good, bad)]
        refused = outbox.finish_attempts(tx, ended, policies=book, now=LATER)
    assert set(refused) == {bad}
    assert desk.state(good).stage is Stage.ACCEPTED
    assert rows(desk, bad)[1][0]["outcome"] == "accepted"
