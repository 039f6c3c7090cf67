"""What a report says of a delivery: which fact, how sure, when, and in which words."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from agent.inbound.facts import Link, Strength, facts_of, same_address, sane_time
from agent.inbound.known import Target
from parsers.report import (
    Action,
    Basis,
    Clue,
    ClueKind,
    Disposition,
    Kind,
    Reason,
    RecipientReport,
    Report,
    Severity,
)
from parsers.token import Purpose
from store.evidence import NewFact
from store.words import Assurance, FactKind

NOW = datetime(2026, 10, 3, 12, tzinfo=UTC)
OWED = NOW - timedelta(hours=2)
RECEIVED = NOW - timedelta(minutes=1)
ANNA = Target(101, "anna@example.org", attempts=1, owed_at=OWED)
SIGNED = Link(Clue(ClueKind.ADDRESSED, "b" + "a" * 24), Strength.SIGNED, Purpose.BOUNCE, 1)
NAMED = Link(Clue(ClueKind.MESSAGE_ID, "x@example.com"), Strength.NAMED)
SEEN = Link(Clue(ClueKind.VISIBLE, "m" + "a" * 24), Strength.SEEN, Purpose.MESSAGE)


def facts(report: Report, link: Link = SIGNED, target: Target = ANNA) -> tuple[NewFact, ...]:
    return facts_of(report, target, link, received_at=RECEIVED, now=NOW)


def status(action: Action | None, *, kind: Kind = Kind.DSN, basis: Basis = Basis.FIELD) -> Report:
    said = RecipientReport(ANNA.address, action=action, basis=basis)
    return Report(kind, recipients=(said,))


def receipt(disposition: Disposition | None, *, refused: bool = False) -> Report:
    said = RecipientReport(ANNA.address, disposition=disposition, refused=refused)
    return Report(Kind.MDN, recipients=(said,))


def absence(reason: Reason) -> Report:
    return Report(Kind.AUTOREPLY, recipients=(RecipientReport(ANNA.address, reason=reason),))


@pytest.mark.parametrize(
    ("report", "kind", "signed", "named"),
    [
        (status(Action.DELIVERED), FactKind.DELIVERED, 3, 2),
        (status(Action.RELAYED), FactKind.RELAYED, 3, 2),
        (status(Action.EXPANDED), FactKind.EXPANDED, 3, 2),
        (status(Action.DELAYED), FactKind.DELAYED, 3, 2),
        (status(Action.FAILED, basis=Basis.WORDS), FactKind.FAILED, 3, 2),
        (status(Action.FAILED), FactKind.FAILED, 3, 2),
        (status(Action.FAILED, kind=Kind.BOUNCE, basis=Basis.CODE), FactKind.FAILED, 3, 2),
        (status(Action.FAILED, kind=Kind.BOUNCE, basis=Basis.WORDS), FactKind.FAILED, 2, 1),
        (status(Action.DELAYED, kind=Kind.BOUNCE, basis=Basis.WORDS), FactKind.DELAYED, 2, 1),
        (receipt(Disposition.DISPLAYED), FactKind.DISPLAYED, 2, 1),
        (receipt(Disposition.DELETED), FactKind.UNREAD, 2, 1),
        (receipt(Disposition.DELETED, refused=True), FactKind.REFUSED, 2, 1),
        (receipt(Disposition.DISPATCHED), FactKind.UNREAD, 2, 1),
        (receipt(Disposition.PROCESSED), FactKind.UNREAD, 2, 1),
        (receipt(Disposition.DENIED), FactKind.UNREAD, 2, 1),
        (receipt(Disposition.FAILED), FactKind.UNREAD, 2, 1),
        (receipt(None), FactKind.UNREAD, 1, 1),
        (Report(Kind.MDN), FactKind.UNREAD, 1, 1),
        (Report(Kind.ARF, feedback_type="abuse"), FactKind.COMPLAINED, 2, 1),
        (absence(Reason.VACATION), FactKind.AWAY, 2, 1),
        (absence(Reason.HASMOVED), FactKind.AWAY, 2, 1),
        (absence(Reason.UNDEFINED), FactKind.AWAY, 1, 1),
        (Report(Kind.AUTOREPLY), FactKind.AWAY, 1, 1),
        (Report(Kind.REPLY, sender=ANNA.address), FactKind.REPLIED, 3, 2),
    ],
)
def test_each_kind_of_report_is_one_fact_of_known_weight(
    report: Report, kind: FactKind, signed: int, named: int
) -> None:
    for link, assurance in ((SIGNED, signed), (NAMED, named), (SEEN, 1)):
        (fact,) = facts(report, link)
        assert (fact.kind, fact.assurance) == (kind, assurance)
        assert fact.delivery_id == ANNA.id
        assert fact.attempt == link.attempt


@pytest.mark.parametrize(
    "report",
    [
        Report(Kind.UNKNOWN),
        Report(Kind.ARF, feedback_type="not-spam"),
        Report(Kind.ARF, feedback_type="auth-failure"),
        Report(Kind.DSN),
        status(None),
    ],
)
def test_some_reports_say_nothing_of_a_delivery(report: Report) -> None:
    assert facts(report) == ()


def test_a_reply_tied_by_references_is_a_claim_even_with_a_mark() -> None:
    link = Link(Clue(ClueKind.REFERENCES, "m" + "a" * 24), Strength.SIGNED, Purpose.MESSAGE)
    (fact,) = facts(Report(Kind.REPLY, sender="boss@example.org", subject="Re: hello"), link)
    assert fact.assurance is Assurance.CLAIM
    assert fact.detail == "boss@example.org, not anna@example.org to whom it went: Re: hello"


@pytest.mark.parametrize(
    ("sender", "found", "assurance"),
    [
        ("anna@example.org", "", Assurance.PROOF),
        ("ANNA@Example.ORG", "spf=fail (example.org)", Assurance.PROOF),
        ("anna@example.org", "dmarc=fail (example.org)", Assurance.CLAIM),
        ("anna@example.org", "dkim=pass (example.org), dmarc=fail (x.example)", Assurance.PROOF),
        ("boss@example.org", "", Assurance.CLAIM),
        ("boss@example.org", "spf=pass (example.org)", Assurance.CLAIM),
        ("boss@example.org", "dmarc=pass (example.org)", Assurance.PROOF),
        ("boss@example.net", "dkim=pass (Example.org), dmarc=none (example.net)", Assurance.PROOF),
        ("boss@example.net", "dmarc=pass (example.net)", Assurance.CLAIM),
        ("boss@example.net", "dkim=pass (notexample.org)", Assurance.CLAIM),
        ("", "", Assurance.CLAIM),
    ],
)
def test_an_answer_proves_only_of_the_recipient_or_its_domain(
    sender: str, found: str, assurance: Assurance
) -> None:
    """A deputy or an alias that answers is usual, and so is a copy that was passed on."""
    link = Link(Clue(ClueKind.ADDRESSED, "r" + "a" * 24), Strength.SIGNED, Purpose.REPLY, 1)
    report = Report(Kind.REPLY, sender=sender)
    (fact,) = facts_of(report, ANNA, link, received_at=RECEIVED, now=NOW, found=found)
    assert (fact.kind, fact.assurance) == (FactKind.REPLIED, assurance)
    is_theirs = sender.lower() == ANNA.address
    assert fact.detail.endswith(", not anna@example.org to whom it went") is not is_theirs


def test_an_absence_note_tells_until_when_and_who_stands_in() -> None:
    away = absence(Reason.VACATION)
    (fact,) = facts(replace(away, subject="Out of office", until=NOW, deputy="ben@example.org"))
    assert fact.detail == (
        "from the mailbox, away until 2026-10-03, refers to ben@example.org: Out of office"
    )


def test_the_words_of_the_report_are_kept_on_the_fact() -> None:
    said = RecipientReport(
        address=ANNA.address,
        action=Action.FAILED,
        status="5.1.1",
        reply_code="550",
        reason=Reason.USERUNKNOWN,
        severity=Severity.HARD,
        diagnostic="550 5.1.1 no such user",
        reporting_mta="mx.example.org",
        remote_mta="in.example.org",
        contradictions=("the status says 4.x",),
    )
    (fact,) = facts(Report(Kind.DSN, recipients=(said,)))
    assert (fact.status, fact.reply_code, fact.reason, fact.severity) == (
        "5.1.1",
        "550",
        "userunknown",
        "hard",
    )
    assert (fact.reporting_mta, fact.remote_mta) == ("mx.example.org", "in.example.org")
    assert fact.diagnostic == "550 5.1.1 no such user"
    assert fact.detail == "550 5.1.1 no such user (the status says 4.x)"
    assert fact.clue == f"addressed: {SIGNED.clue.value}"


def test_a_delay_tells_how_long_will_be_tried() -> None:
    said = RecipientReport(ANNA.address, action=Action.DELAYED, retry_until=NOW)
    (fact,) = facts(Report(Kind.DSN, recipients=(said,)))
    assert fact.detail == "delayed (tried until 2026-10-03 12:00 UTC)"


def test_a_forward_target_is_named_and_not_taken_for_the_recipient() -> None:
    forwarded = RecipientReport(
        "anna@home.example", original_address=ANNA.address, action=Action.FAILED
    )
    (fact,) = facts(Report(Kind.DSN, recipients=(forwarded,)))
    assert "(at anna@home.example, to which anna@example.org was forwarded)" in fact.detail
    assert fact.recipient == ANNA.address
    untold = RecipientReport("anna@home.example", action=Action.FAILED)
    (fact,) = facts(Report(Kind.DSN, recipients=(untold,)))
    assert "(said of anna@home.example, to which anna@example.org leads)" in fact.detail
    assert fact.recipient == "anna@home.example"


def test_where_no_recipient_is_ours_all_are_addresses_that_it_leads_to() -> None:
    report = Report(
        Kind.DSN,
        recipients=(
            RecipientReport("one@home.example", action=Action.DELIVERED),
            RecipientReport("two@home.example", action=Action.FAILED),
        ),
    )
    assert [fact.kind for fact in facts(report)] == [FactKind.DELIVERED, FactKind.FAILED]


def test_the_detail_is_bounded() -> None:
    said = RecipientReport(ANNA.address, action=Action.FAILED, diagnostic="x" * 10_000)
    assert len(facts(Report(Kind.DSN, recipients=(said,)))[0].detail) == 500


@pytest.mark.parametrize(
    ("said", "sent", "at"),
    [
        (OWED + timedelta(minutes=5), None, OWED + timedelta(minutes=5)),
        (None, OWED + timedelta(minutes=6), OWED + timedelta(minutes=6)),
        (None, None, RECEIVED),
        (NOW + timedelta(minutes=3), None, NOW),  # a clock that is a little fast
        (NOW + timedelta(days=1), None, RECEIVED),
        (OWED - timedelta(days=1), OWED + timedelta(minutes=6), OWED + timedelta(minutes=6)),
        (OWED - timedelta(days=1), NOW + timedelta(days=1), RECEIVED),
        (datetime(2026, 10, 3, 11), None, RECEIVED),  # noqa: DTZ001 - a naive date is no date
    ],
)
def test_a_date_counts_only_when_it_can_be_true(
    said: datetime | None, sent: datetime | None, at: datetime
) -> None:
    recipient = RecipientReport(ANNA.address, action=Action.FAILED, date=said)
    report = Report(Kind.DSN, recipients=(recipient,), date=sent)
    assert facts(report)[0].at == at


def test_the_time_of_reading_stands_in_where_the_mailbox_lies_too() -> None:
    report = Report(Kind.REPLY)
    (fact,) = facts_of(report, ANNA, SIGNED, received_at=OWED - timedelta(days=1), now=NOW)
    assert fact.at == NOW


def test_without_knowing_when_it_was_owed_the_past_is_believed() -> None:
    assert sane_time(OWED - timedelta(days=9), owed_at=None, now=NOW)
    assert not sane_time(OWED - timedelta(days=9), owed_at=OWED, now=NOW)
    assert not sane_time(None, owed_at=None, now=NOW)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("anna@example.org", "<Anna@Example.ORG>", True),
        (" anna@example.org ", "anna@example.org", True),
        ("anna@bücher.example", "anna@xn--bcher-kva.example", True),
        ("anna@stra\u00dfe.example", "anna@xn--strae-oqa.example", True),
        ("anna@stra\u00dfe.example", "anna@strasse.example", False),
        ("anna@example.org", "ben@example.org", False),
        ("anna", "anna", True),
        ("", "", False),
        ("x@" + "a" * 300, "x@" + "a" * 300, True),
    ],
)
def test_addresses_are_compared_as_far_as_can_be_told(one: str, other: str, same: bool) -> None:
    assert same_address(one, other) is same


def test_the_recipient_is_found_by_either_address() -> None:
    by_final = RecipientReport(ANNA.address, original_address="list@example.org")
    other = RecipientReport("x@y.example", action=Action.FAILED)
    mine = replace(by_final, action=Action.DELIVERED)
    (fact,) = facts(Report(Kind.DSN, recipients=(other, mine)))
    assert fact.kind is FactKind.DELIVERED
