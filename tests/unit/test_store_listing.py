"""Suppressing by evidence: what counts, how often, and what lifts it again."""

from datetime import datetime, timedelta

import pytest

from store import evidence, listing, notices, suppressions
from store.evidence import NewFact
from store.suppressions import Suppressed
from store.words import Assurance, FactKind, GapKind, Outcome, SuppressionRule
from tests.plugins.ledgers import T0, Desk

ANNA = "anna@example.net"
RULE = SuppressionRule()
DAY = timedelta(days=1)


def fail(
    desk: Desk,
    delivery: int,
    *,
    at: datetime = T0,
    rule: SuppressionRule = RULE,
    kind: FactKind = FactKind.FAILED,
    assurance: Assurance = Assurance.PROOF,
    reason: str = "userunknown",
    severity: str = "hard",
    status: str = "5.1.1",
    recipient: str = "Anna@Example.net",
) -> list[str]:
    """One report of a failure, reviewed in its own transaction; who was suppressed."""
    fact = NewFact(
        kind,
        delivery,
        at,
        assurance,
        attempt=1,
        recipient=recipient,
        status=status,
        reason=reason,
        severity=severity,
        detail="550 no\nsuch user",
    )
    report = desk.report(desk.channel().id)
    with desk.ledger.transaction() as tx:
        evidence.record(tx, report, [fact], policies=desk.policies, now=at)
        return listing.review(tx, [delivery], rule=rule, policies=desk.policies, now=at)


def sent(desk: Desk, key: str, at: datetime = T0) -> int:
    number = desk.owe(ANNA, key=key, at=at).deliveries[0].id
    desk.start_and_finish(number, at=at)
    return number


def entry(desk: Desk) -> Suppressed | None:
    with desk.ledger.transaction() as tx:
        return suppressions.check(tx, [ANNA]).get(ANNA)


def test_the_third_notice_that_comes_back_suppresses_with_its_evidence(desk: Desk) -> None:
    ids = [sent(desk, f"k{n}") for n in range(3)]
    assert fail(desk, ids[0]) == fail(desk, ids[1]) == []
    assert fail(desk, ids[0], at=T0 + DAY) == [], "the same notice failed again"
    assert fail(desk, ids[2], at=T0 + 2 * DAY) == [ANNA]
    found = entry(desk)
    assert found is not None
    assert found.automatic
    assert found.added_by == "landed"
    assert found.reason == (
        "3 notices came back for good, the address being at fault (userunknown)"
    )
    assert len(found.evidence) == 3
    assert found.evidence[-1].endswith("failed 5.1.1 userunknown: 550 no such user")
    assert fail(desk, ids[2], at=T0 + 3 * DAY) == [], "it is there already"


@pytest.mark.parametrize(
    "odd",
    [
        {"status": "5.7.1"},
        {"severity": "soft"},
        {"reason": "mailboxfull"},
        {"assurance": Assurance.CLAIM},
        {"recipient": "bob@elsewhere.example"},
        {"kind": FactKind.DELAYED},
        {"kind": FactKind.COMPLAINED},  # none is asked for here
    ],
    ids=lambda odd: next(iter(odd)),
)
def test_what_never_counts(desk: Desk, odd: dict[str, object]) -> None:
    rule = SuppressionRule(bounces=1, complaints=0)
    assert fail(desk, sent(desk, "k"), rule=rule, **odd) == []  # type: ignore[arg-type]
    assert entry(desk) is None


def test_failures_of_long_ago_do_not_count(desk: Desk) -> None:
    ids = [sent(desk, f"k{n}", T0 + n * 20 * DAY) for n in range(3)]
    for n, number in enumerate(ids):
        assert fail(desk, number, at=T0 + n * 20 * DAY + DAY) == []


def test_a_complaint_is_enough_unless_it_is_only_a_hint(desk: Desk) -> None:
    number = sent(desk, "k")
    hint = fail(desk, number, kind=FactKind.COMPLAINED, assurance=Assurance.HINT)
    assert hint == []
    told = fail(
        desk, number, kind=FactKind.COMPLAINED, assurance=Assurance.CLAIM, reason="", status=""
    )
    assert told == [ANNA]
    found = entry(desk)
    assert found is not None
    assert found.reason == "complained about one notice"


def test_what_waits_for_the_address_becomes_a_gap_at_once(desk: Desk) -> None:
    bad = sent(desk, "k0")
    waiting = desk.owe(ANNA, key="k1").deliveries[0].id
    later = desk.owe(ANNA, "ben@example.net", key="k2").deliveries
    flying = desk.owe(ANNA, key="k3").deliveries[0].id
    number = desk.start(flying)
    assert fail(desk, bad, rule=SuppressionRule(bounces=1)) == [ANNA]
    for one in (waiting, later[0].id):
        assert desk.state(one).gap is GapKind.SUPPRESSED
        with desk.ledger.transaction() as tx:
            view = notices.delivery(tx, one)
        assert view is not None
        assert view.next_attempt_at is None
    assert desk.state(later[1].id).gap is None
    # on the line at that moment: put off, it is not tried again
    desk.finish(flying, number, Outcome.DEFERRED, retry_at=T0 + DAY)
    with desk.ledger.transaction() as tx:
        view = notices.delivery(tx, flying)
    assert view is not None
    assert view.next_attempt_at is None
    assert desk.state(flying).gap is GapKind.SUPPRESSED


def test_mail_from_the_address_lifts_it_and_resets_the_count(desk: Desk) -> None:
    rule = SuppressionRule(bounces=2)
    ids = [sent(desk, f"k{n}") for n in range(4)]
    fail(desk, ids[0], rule=rule)
    assert fail(desk, ids[1], at=T0 + DAY, rule=rule) == [ANNA]
    with desk.ledger.transaction() as tx:
        assert listing.heard_from(tx, []) == []
        early = listing.heard_from(tx, [(ids[0], T0), (1, T0)])
    assert early == [], "the mail is older than what happened since"
    with desk.ledger.transaction() as tx:
        assert listing.heard_from(tx, [(ids[0], T0 + 2 * DAY)]) == [ANNA]
    assert entry(desk) is None
    assert fail(desk, ids[2], at=T0 + 3 * DAY, rule=rule) == [], "counted from anew"
    assert fail(desk, ids[3], at=T0 + 4 * DAY, rule=rule) == [ANNA]


def test_mail_never_lifts_what_a_person_decided(desk: Desk) -> None:
    number = sent(desk, "k")
    assert fail(desk, number, rule=SuppressionRule(bounces=1)) == [ANNA]
    with desk.ledger.transaction() as tx:
        assert suppressions.add(tx, ANNA, reason="left", by="kim", now=T0 + DAY)
        assert not suppressions.add(tx, ANNA, reason="again", by="lee", now=T0 + DAY)
        assert listing.heard_from(tx, [(number, T0 + 2 * DAY)]) == []
    found = entry(desk)
    assert found is not None
    assert (found.reason, found.added_by, found.automatic) == ("left", "kim", False)
    assert len(found.evidence) == 1, "the evidence stays"


def test_what_a_person_took_off_starts_anew(desk: Desk) -> None:
    rule = SuppressionRule(bounces=1)
    first, second = sent(desk, "k0"), sent(desk, "k1")
    assert fail(desk, first, rule=rule) == [ANNA]
    with desk.ledger.transaction() as tx:
        assert suppressions.remove(tx, ANNA, now=T0 + DAY)
        assert listing.review(tx, [first], rule=rule, policies=desk.policies, now=T0 + DAY) == []
    assert fail(desk, second, at=T0 + 2 * DAY, rule=rule) == [ANNA]
