"""Asking recipients' own mailboxes: when, for which deliveries, and each finding once."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

from store import asked, asking, channels, gaps, paths
from store.asked import Answer
from store.asking import Open
from store.evidence import NewFact
from store.reading import Reader
from store.words import Assurance, FactKind, GapKind, Outcome, Policy, Stage, Verdict
from tests.plugins.ledgers import T0, Desk

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ASKS = Policy("asks", ask=True, ask_after=HOUR, ask_times=4)
DEADLINE = T0 + 2 * DAY
HERE = "example.net"
K = FactKind


def due(desk: Desk, at: datetime, domain: str = HERE) -> dict[str, list[Open]]:
    with desk.ledger.transaction() as tx:
        return asking.due(tx, [domain], now=at, most=10)


def answer(
    desk: Desk, number: int, at: datetime, *kinds: FactKind, whole: bool = True, counts: bool = True
) -> int:
    facts = tuple(NewFact(kind, number, at, detail=f"as {kind}") for kind in kinds)
    through = at if whole else None
    with desk.ledger.transaction() as tx:
        return asked.record(
            tx, [Answer(number, facts, through, counts)], policies=desk.policies, now=at
        )


def kinds(desk: Desk, number: int) -> list[str]:
    with Reader.open(desk.ledger.url) as reader:
        story = reader.trace(number)
    assert story is not None
    return [one.kind for one in story.evidence if one.detail.startswith("as ")]


def observe(desk: Desk, at: datetime) -> None:
    with desk.ledger.transaction() as tx:
        channels.observed(tx, channels.ensure(tx, "inbox", "imap", at).id, at, at)


def sweep(desk: Desk, at: datetime) -> None:
    with desk.ledger.transaction() as tx:
        gaps.sweep(tx, policies=desk.policies, now=at)


def test_waits_double_and_the_last_look_is_kept_for_the_deadline() -> None:
    now, looks = T0, []
    for number in count(1):
        following = asking.next_look(ASKS, looks=number, now=now, deadline=DEADLINE)
        if following is None:
            break
        looks.append((following - T0) / HOUR)
        now = following
    assert looks == [2, 6, 48]
    assert asking.next_look(ASKS, looks=3, now=DEADLINE, deadline=DEADLINE) == DEADLINE + 8 * HOUR


def test_only_a_policy_that_asks_asks_and_only_once_it_was_sent(desk: Desk) -> None:
    desk.policies.default = ASKS
    quiet = Policy("quiet")
    desk.policies.by_class["quiet"] = quiet
    desk.send(desk.one(key="q", notice_class="quiet"))
    number = desk.one()
    assert not due(desk, DEADLINE)
    desk.send(number)
    assert not due(desk, T0 + HOUR - timedelta(seconds=1))
    assert not due(desk, DEADLINE, "elsewhere.example")
    (found,) = due(desk, T0 + HOUR)["anna@example.net"]
    assert found == Open(
        number, "anna@example.net", f"m{number}@example.org", "ops@example.org", T0, due=True
    )


def test_an_ambiguous_attempt_is_asked_about_too(desk: Desk) -> None:
    desk.policies.default = ASKS
    number = desk.one()
    desk.start_and_finish(number, Outcome.AMBIGUOUS)
    assert [one.delivery_id for one in due(desk, T0 + HOUR)["anna@example.net"]] == [number]


def test_all_that_is_open_for_a_mailbox_comes_along(desk: Desk) -> None:
    desk.policies.default = ASKS
    first, second = desk.one(key="1"), desk.one(key="2")
    desk.start_and_finish(first)
    desk.start_and_finish(second, at=T0 + HOUR / 2)
    both = due(desk, T0 + HOUR)["anna@example.net"]
    assert [(one.delivery_id, one.due) for one in both] == [(first, True), (second, False)]


def test_the_same_finding_counts_once_and_a_changed_one_again(desk: Desk) -> None:
    desk.policies.default = ASKS
    number = desk.one()
    desk.send(number)
    at = T0 + HOUR
    assert answer(desk, number, at, K.JUNK) == 1
    assert desk.state(number).verdict is Verdict.LANDED
    assert answer(desk, number, at + HOUR, K.JUNK) == 0
    assert answer(desk, number, at + 2 * HOUR, K.INBOX) == 1
    assert answer(desk, number, at + 3 * HOUR, K.INBOX, K.READ) == 1
    assert answer(desk, number, at + 4 * HOUR) == 0, "nothing known is no change"
    assert answer(desk, number, at + 5 * HOUR, K.INBOX, K.READ) == 0
    assert answer(desk, number, at + 6 * HOUR, K.JUNK) == 1
    assert kinds(desk, number) == ["junk", "inbox", "read", "junk"]


def test_what_has_landed_is_asked_no_more(desk: Desk) -> None:
    desk.policies.default = ASKS
    number = desk.one()
    desk.send(number)
    desk.hear(number, K.DELIVERED, at=T0 + HOUR / 2)
    with desk.ledger.transaction() as tx:
        asking.forget(tx, [HERE], now=T0 + HOUR)
    assert not due(desk, DEADLINE)


def test_what_is_very_old_is_asked_no_more(desk: Desk) -> None:
    desk.policies.default = ASKS
    number = desk.one()
    desk.send(number)
    assert due(desk, T0 + 30 * DAY)
    with desk.ledger.transaction() as tx:
        asking.forget(tx, [HERE], now=T0 + 30 * DAY + HOUR)
    assert not due(desk, T0 + 31 * DAY)


def test_looks_are_bounded_and_those_that_failed_do_not_count(desk: Desk) -> None:
    desk.policies.default = ASKS
    number = desk.one()
    desk.send(number)
    at, made = T0 + HOUR, 0
    while (found := due(desk, at)) or at < DEADLINE + 30 * DAY:
        if found:
            counts = made != 1 or at > T0 + DAY
            answer(desk, number, at, K.ABSENT, whole=False, counts=counts)
            made += counts
        at += HOUR
    assert made == ASKS.ask_times
    assert kinds(desk, number) == ["absent"]


def test_a_mailbox_that_was_not_seen_leaves_the_delivery_blind(desk: Desk) -> None:
    desk.policies.default = ASKS
    number = desk.one()
    desk.send(number)
    late = DEADLINE + HOUR
    observe(desk, late)
    sweep(desk, late)
    state = desk.state(number)
    assert state.gap is GapKind.BLIND
    assert asking.OWN_MAILBOX in state.why
    assert answer(desk, number, late, K.ABSENT) == 1
    assert desk.state(number).gap is GapKind.SILENT
    assert answer(desk, number, late + HOUR, K.INBOX) == 1
    assert desk.state(number).verdict is Verdict.LANDED


def test_an_asking_channel_is_due_for_no_other_delivery(desk: Desk) -> None:
    desk.policies.default = replace(ASKS, ask=False)
    with desk.ledger.transaction() as tx:
        channels.ensure(tx, "asking:far", channels.MAILBOX, T0)
        assert paths.heard(tx).through() == {}
    number = desk.one()
    desk.send(number)
    observe(desk, DEADLINE)
    sweep(desk, DEADLINE)
    assert desk.state(number).gap is GapKind.SILENT


def test_a_policy_that_raises_and_a_stranger_stop_nobody(desk: Desk) -> None:
    desk.policies.default = ASKS
    number = desk.one()
    desk.send(number)
    at = T0 + HOUR

    def broken(_class: str, _domain: str) -> Policy:
        raise ValueError("no such policy")

    facts = (NewFact(K.INBOX, number, at),)
    with desk.ledger.transaction() as tx:
        both = [Answer(number, facts, at), Answer(7, (), at)]
        assert asked.record(tx, both, policies=broken, now=at) == 1
    assert due(desk, at + HOUR)


def test_displayed_goes_on_being_asked_after_it_was_found(desk: Desk) -> None:
    desk.policies.default = replace(ASKS, stage=Stage.DISPLAYED, assurance=Assurance.CLAIM)
    number = desk.one()
    desk.send(number)
    answer(desk, number, T0 + HOUR, K.INBOX)
    assert desk.state(number).verdict is Verdict.WAITING
    assert due(desk, T0 + 3 * HOUR)
    answer(desk, number, T0 + 3 * HOUR, K.INBOX, K.READ)
    assert desk.state(number).verdict is Verdict.LANDED
    assert kinds(desk, number) == ["inbox", "read"]
