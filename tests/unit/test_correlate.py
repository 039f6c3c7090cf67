"""Correlating: the strongest clue wins, and what is forged, foreign or unknown changes nothing."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.inbound.correlate import Correlation, correlate
from agent.inbound.known import Known, Target, mark_of, wanted
from parsers.report import (
    Action,
    Clue,
    ClueKind,
    Disposition,
    Kind,
    Reason,
    RecipientReport,
    Report,
)
from parsers.token import Keyring, Purpose, sign
from store.ids import first_id, tracking_id
from store.words import Assurance, FactKind

NOW = datetime(2026, 10, 3, 12, tzinfo=UTC)
KEYRING = Keyring({1: b"0123456789abcdef0123456789abcdef"}, current=1)
STRANGER = Keyring({1: b"fedcba9876543210fedcba9876543210"}, current=1)
RETIRED = Keyring({2: b"0123456789abcdef0123456789abcdef"}, current=2)

ANNA = Target(101, "anna@example.org", attempts=2)
BEN = Target(102, "ben@example.org", attempts=1)
CARLA = Target(103, "carla@example.org", attempts=1)
UNSENT = Target(104, "dora@example.org", attempts=0)
SHARED = "weekly@example.com"
KNOWN = Known(
    ids={target.id: target for target in (ANNA, BEN, CARLA, UNSENT)},
    message_ids={
        SHARED: (ANNA, BEN, CARLA),
        "single@example.com": (ANNA,),
        "waiting@example.com": (UNSENT,),
    },
    envelope_ids={"env-17": (BEN,)},
)

A, P, C = ClueKind, Purpose, Clue


def mark(purpose: Purpose, target: int = ANNA.id, attempt: int = 1, ring: Keyring = KEYRING) -> str:
    return sign(ring, purpose, target, attempt)


def dsn(
    *clues: Clue, to: Sequence[str] = (ANNA.address,), action: Action | None = Action.FAILED
) -> Report:
    recipients = tuple(RecipientReport(address, action=action, status="5.1.1") for address in to)
    return Report(Kind.DSN, recipients=recipients, clues=clues)


def test_an_answer_to_what_was_long_ago_is_not_believed() -> None:
    """By mark and by a name that the ledger knows; a weaker clue does not help it."""
    then = NOW - timedelta(days=100)
    old = Target(first_id(then) + 7, "eve@example.org", attempts=1)
    known = Known(ids={old.id: old}, message_ids={"old@example.com": (old,)})
    marked = dsn(C(A.ADDRESSED, mark(P.BOUNCE, old.id)), to=[old.address])
    named = dsn(C(A.MESSAGE_ID, "old@example.com"), to=[old.address])
    for days, outcome in ((99, "foreign"), (101, "matched")):
        ring = Keyring(KEYRING.secrets, KEYRING.current, timedelta(days=days))
        for report in (marked, named):
            found = correlate(report, ring, known, NOW)
            assert (found.outcome, bool(found.facts)) == (outcome, outcome == "matched")
            early = correlate(report, ring, known, NOW, received_at=then + timedelta(days=1))
            assert early.outcome == "matched", "it is read late, and came in time"
    ring = Keyring(KEYRING.secrets, KEYRING.current, timedelta(days=99))
    (tried,) = correlate(marked, ring, known, NOW).tried
    assert f"expired: delivery {tracking_id(old.id)} is of {then:%Y-%m-%d}" in tried
    assert "believed for 99 days (tokens.valid_for)" in tried


def run(report: Report, known: Known = KNOWN) -> Correlation:
    return correlate(report, KEYRING, known, NOW)


def test_correlation_fits_each_purpose_to_its_place() -> None:
    fitting = {
        (A.ADDRESSED, P.BOUNCE),
        (A.ADDRESSED, P.REPLY),
        (A.ENVELOPE_ID, P.BOUNCE),
        (A.RETURN_PATH, P.BOUNCE),
        (A.HEADER, P.MESSAGE),
        (A.MESSAGE_ID, P.MESSAGE),
        (A.REFERENCES, P.MESSAGE),
        (A.VISIBLE, P.MESSAGE),
        (A.VISIBLE, P.BOUNCE),
        (A.VISIBLE, P.REPLY),
    }
    for kind in ClueKind:
        for purpose in (P.BOUNCE, P.MESSAGE, P.REPLY, P.CLICK):
            found = run(dsn(C(kind, mark(purpose))))
            if (kind, purpose) in fitting:
                assert found.outcome == "matched", (kind, purpose)
                assert [fact.delivery_id for fact in found.facts] == [ANNA.id]
            else:
                assert found.outcome == "forged", (kind, purpose)
                assert not found.facts


@pytest.mark.parametrize(
    ("clue", "assurance"),
    [
        (C(A.ADDRESSED, mark(P.BOUNCE)), Assurance.PROOF),
        (C(A.ENVELOPE_ID, mark(P.BOUNCE)), Assurance.PROOF),
        (C(A.RETURN_PATH, mark(P.BOUNCE)), Assurance.PROOF),
        (C(A.HEADER, mark(P.MESSAGE, attempt=0)), Assurance.PROOF),
        (C(A.MESSAGE_ID, mark(P.MESSAGE, attempt=0)), Assurance.PROOF),
        (C(A.MESSAGE_ID, mark(P.MESSAGE, attempt=0) + "@example.com"), Assurance.PROOF),
        (C(A.REFERENCES, mark(P.MESSAGE, attempt=0)), Assurance.PROOF),
        (C(A.MESSAGE_ID, "single@example.com"), Assurance.CLAIM),
        (C(A.REFERENCES, "single@example.com"), Assurance.CLAIM),
        (C(A.VISIBLE, mark(P.MESSAGE, attempt=0)), Assurance.HINT),
    ],
)
def test_an_id_proves_less_than_a_mark_and_the_visible_reference_least(
    clue: Clue, assurance: Assurance
) -> None:
    found = run(dsn(clue))
    assert found.outcome == "matched"
    assert found.clue == clue
    (fact,) = found.facts
    assert (fact.delivery_id, fact.kind, fact.assurance) == (ANNA.id, FactKind.FAILED, assurance)
    assert fact.clue == f"{clue.kind}: {clue.value}"


def test_an_envelope_id_of_another_sender_is_looked_up() -> None:
    found = run(dsn(C(A.ENVELOPE_ID, "env-17"), to=[BEN.address]))
    assert [(fact.delivery_id, fact.assurance) for fact in found.facts] == [
        (BEN.id, Assurance.CLAIM)
    ]


def test_the_strongest_clue_wins_in_whatever_order_they_come() -> None:
    clues = (
        C(A.REFERENCES, mark(P.MESSAGE, CARLA.id, 0)),
        C(A.MESSAGE_ID, "single@example.com"),
        C(A.ADDRESSED, mark(P.BOUNCE, BEN.id)),
    )
    found = run(dsn(*clues, to=[BEN.address]))
    assert found.clue == clues[2]
    assert {fact.delivery_id for fact in found.facts} == {BEN.id}


def test_the_attempt_is_told_by_the_mark_and_unknown_by_message_id() -> None:
    assert run(dsn(C(A.ADDRESSED, mark(P.BOUNCE, attempt=2)))).facts[0].attempt == 2
    assert run(dsn(C(A.MESSAGE_ID, mark(P.MESSAGE, attempt=0)))).facts[0].attempt is None
    many = Known(ids={ANNA.id: Target(ANNA.id, ANNA.address, attempts=40)})
    late = run(dsn(C(A.ADDRESSED, mark(P.BOUNCE, attempt=33))), many)
    assert late.outcome == "matched"
    assert late.facts[0].attempt is None


@pytest.mark.parametrize(
    ("clue", "outcome", "says"),
    [
        (C(A.ADDRESSED, mark(P.BOUNCE, ring=STRANGER)), "forged", "signature does not match"),
        (C(A.ADDRESSED, mark(P.MESSAGE)), "forged", "another place (message)"),
        (C(A.ADDRESSED, mark(P.BOUNCE, 999)), "foreign", f"no delivery {tracking_id(999)}"),
        (C(A.ADDRESSED, mark(P.BOUNCE, attempt=3)), "foreign", "attempt 3"),
        (C(A.ADDRESSED, mark(P.BOUNCE, UNSENT.id)), "foreign", "never made"),
        (C(A.ADDRESSED, mark(P.BOUNCE, UNSENT.id, 0)), "foreign", "never made"),
        (C(A.ADDRESSED, mark(P.BOUNCE, attempt=31)), "foreign", "never made"),
        (C(A.ADDRESSED, mark(P.BOUNCE, ring=RETIRED)), "foreign", "not configured"),
        (C(A.MESSAGE_ID, mark(P.MESSAGE, ring=STRANGER)), "forged", "signature does not match"),
        (C(A.MESSAGE_ID, "nobody@example.net"), "unmatched", "not in the ledger"),
        (C(A.MESSAGE_ID, "waiting@example.com"), "foreign", "never mailed"),
        (C(A.ENVELOPE_ID, "other"), "unmatched", "not in the ledger"),
        (C(A.VISIBLE, "words"), "unmatched", "no mark"),
    ],
)
def test_what_is_not_ours_changes_nothing_and_says_why(clue: Clue, outcome: str, says: str) -> None:
    found = run(dsn(clue))
    assert (found.outcome, found.facts) == (outcome, ())
    assert says in "\n".join(found.tried)


@pytest.mark.parametrize("kind", [A.ADDRESSED, A.ENVELOPE_ID, A.RETURN_PATH])
@pytest.mark.parametrize(
    "bad",
    [
        mark(P.BOUNCE, ring=STRANGER),
        mark(P.MESSAGE),
        mark(P.BOUNCE, 999),
        mark(P.BOUNCE, attempt=9),
    ],
)
def test_a_report_with_a_bad_mark_where_only_machines_write_is_not_believed_at_all(
    kind: ClueKind, bad: str
) -> None:
    found = run(dsn(C(kind, bad), C(A.MESSAGE_ID, "single@example.com")))
    assert found.outcome in {"forged", "foreign"}
    assert not found.facts


def test_a_mark_of_a_retired_key_leaves_the_message_id_to_speak() -> None:
    clues = (C(A.ADDRESSED, mark(P.BOUNCE, ring=RETIRED)), C(A.MESSAGE_ID, "single@example.com"))
    found = run(dsn(*clues))
    assert found.outcome == "matched"
    assert found.facts[0].assurance is Assurance.CLAIM
    assert len(found.tried) == 2


def test_our_own_message_id_is_known_as_a_whole_after_its_key_was_retired() -> None:
    whole = mark(P.MESSAGE, attempt=0, ring=RETIRED) + "@example.com"
    known = Known(message_ids={whole: (ANNA,)})
    assert run(dsn(C(A.MESSAGE_ID, whole)), known).facts[0].assurance is Assurance.CLAIM


def test_a_word_that_looks_like_a_mark_in_a_strangers_message_id_does_not_stop_the_rest() -> None:
    clues = (C(A.MESSAGE_ID, "m" + "a" * 24), C(A.REFERENCES, "single@example.com"))
    assert run(dsn(*clues)).outcome == "matched"


@pytest.mark.parametrize(
    ("to", "deliveries"),
    [
        ([BEN.address], {BEN.id}),
        ([BEN.address.upper()], {BEN.id}),
        ([BEN.address, CARLA.address], {BEN.id, CARLA.id}),
        (["somebody@example.net"], set()),
        ([], set()),
    ],
)
def test_deliveries_that_share_a_message_id_are_told_apart_by_recipient(
    to: list[str], deliveries: set[int]
) -> None:
    found = run(dsn(C(A.MESSAGE_ID, SHARED), to=to))
    assert {fact.delivery_id for fact in found.facts} == deliveries
    assert found.outcome == ("matched" if deliveries else "unmatched")


def test_a_reply_to_a_shared_message_id_is_of_whoever_wrote_it() -> None:
    reply = Report(Kind.REPLY, clues=(C(A.REFERENCES, SHARED),), sender=CARLA.address)
    assert [fact.delivery_id for fact in run(reply).facts] == [CARLA.id]
    stranger = Report(Kind.REPLY, clues=(C(A.REFERENCES, SHARED),), sender="x@example.net")
    assert run(stranger).outcome == "unmatched"


def test_the_original_message_id_field_is_a_clue_of_its_own() -> None:
    report = Report(
        Kind.MDN,
        original_message_id="single@example.com",
        recipients=(RecipientReport(ANNA.address, disposition=Disposition.DISPLAYED),),
    )
    found = run(report)
    assert [fact.kind for fact in found.facts] == [FactKind.DISPLAYED]


def test_only_the_recipient_of_the_delivery_is_heard_in_a_report_on_several() -> None:
    report = Report(
        Kind.DSN,
        recipients=(
            RecipientReport("other@example.net", action=Action.FAILED),
            RecipientReport("x@mx.example", original_address=ANNA.address, action=Action.RELAYED),
        ),
        clues=(C(A.ADDRESSED, mark(P.BOUNCE)),),
    )
    assert [fact.kind for fact in run(report).facts] == [FactKind.RELAYED]


def test_the_other_recipients_of_a_report_are_matched_by_the_shared_message_id() -> None:
    clues = (C(A.ADDRESSED, mark(P.BOUNCE)), C(A.MESSAGE_ID, SHARED))
    report = Report(
        Kind.DSN,
        recipients=(
            RecipientReport(ANNA.address, action=Action.DELIVERED),
            RecipientReport(BEN.address, action=Action.FAILED),
            RecipientReport("other@example.net", action=Action.FAILED),
        ),
        clues=clues,
    )
    found = {fact.delivery_id: (fact.kind, fact.assurance) for fact in run(report).facts}
    assert found == {
        ANNA.id: (FactKind.DELIVERED, Assurance.PROOF),
        BEN.id: (FactKind.FAILED, Assurance.CLAIM),
    }


def test_a_canary_is_no_delivery() -> None:
    found = run(dsn(C(A.ADDRESSED, mark(P.CANARY, 77, 0))))
    assert (found.outcome, found.canary_id, found.facts) == ("canary", 77, ())
    visible = run(dsn(C(A.VISIBLE, mark(P.CANARY, 77, 0))))
    assert visible.canary_id is None


@pytest.mark.parametrize("kind", [Kind.REPLY, Kind.AUTOREPLY, Kind.UNKNOWN, Kind.MDN])
def test_an_answer_to_a_canarys_author_proves_nothing_of_the_return_path(kind: Kind) -> None:
    """It went to From, wherever that is read; a report must come to the signed address."""
    probe = mark(P.CANARY, 77, 0)
    answer = Report(kind, clues=(C(A.REFERENCES, f"{probe}@bounces.example"),))
    found = run(answer)
    assert (found.outcome, found.canary_id, found.facts) == ("canary", None, ())
    assert "it proves nothing" in found.tried[0]
    there = run(Report(kind, clues=(C(A.ADDRESSED, probe),)))
    assert (there.canary_id, there.refused) == (77, False)


@pytest.mark.parametrize(
    ("report", "refused"),
    [
        (dsn(C(A.RETURN_PATH, mark(P.CANARY, 77, 0))), True),
        (dsn(C(A.RETURN_PATH, mark(P.CANARY, 77, 0)), action=Action.DELAYED), False),
        (Report(Kind.BOUNCE, clues=(C(A.MESSAGE_ID, mark(P.CANARY, 77, 0)),)), True),
    ],
)
def test_a_canary_that_is_delayed_has_not_bounced(report: Report, *, refused: bool) -> None:
    found = run(report)
    assert (found.canary_id, found.refused) == (77, refused)


@pytest.mark.parametrize("kind", [Kind.REPLY, Kind.AUTOREPLY, Kind.UNKNOWN])
@pytest.mark.parametrize("own", [mark(P.MESSAGE, attempt=0) + "@example.com", "single@example.com"])
def test_a_notice_that_comes_back_as_it_went_out_is_no_answer(kind: Kind, own: str) -> None:
    clue = C(A.REFERENCES, mark(P.MESSAGE, attempt=0))
    report = Report(kind, clues=(clue,), message_id=own)
    assert run(report).outcome == "unmatched"
    assert "our own" in run(report).tried[0]
    answer = Report(Kind.REPLY, clues=(clue,), message_id="x@example.net")
    assert run(answer).outcome == "matched"


def test_what_is_tied_but_says_nothing_stays_unmatched() -> None:
    unknown = Report(Kind.UNKNOWN, clues=(C(A.ADDRESSED, mark(P.BOUNCE)),))
    assert run(unknown).outcome == "unmatched"
    assert run(unknown).delivery_id == ANNA.id
    assert run(dsn(C(A.ADDRESSED, mark(P.BOUNCE)), action=None)).outcome == "unmatched"


def test_a_report_without_any_clue_says_so() -> None:
    assert run(Report(Kind.REPLY)).tried[0].startswith("no clue")


def test_the_ledger_is_only_asked_for_what_may_matter() -> None:
    signed = dsn(C(A.ADDRESSED, mark(P.BOUNCE)), C(A.MESSAGE_ID, "a@b.example"))
    forged = dsn(C(A.ADDRESSED, mark(P.BOUNCE, 999, ring=STRANGER)), C(A.MESSAGE_ID, "c@d.example"))
    canary = dsn(C(A.ADDRESSED, mark(P.CANARY, 7, 0)))
    asked = wanted([signed, forged, canary, dsn(C(A.ENVELOPE_ID, "e"))], KEYRING)
    assert asked.ids == {ANNA.id}
    assert asked.message_ids == {"c@d.example"}
    assert asked.envelope_ids == {"e"}
    several = dsn(C(A.ADDRESSED, mark(P.BOUNCE)), C(A.MESSAGE_ID, SHARED), to=["a@b.c", "d@e.f"])
    assert wanted([several], KEYRING).message_ids == {SHARED}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("m" + "a" * 24, "m" + "a" * 24),
        ("M" + "A" * 24, "m" + "a" * 24),
        ("m" + "a" * 24 + "@example.com", "m" + "a" * 24),
        ("x.m" + "a" * 24 + "@example.com", ""),
        ("<m" + "a" * 24 + ">", ""),
        ("", ""),
    ],
)
def test_a_mark_is_the_whole_value_or_the_whole_local_part(value: str, found: str) -> None:
    assert mark_of(C(A.MESSAGE_ID, value)) == found


texts = st.text(max_size=40)
values = st.one_of(
    texts,
    st.builds(
        lambda purpose, number, attempt, ring: sign(ring, purpose, number, attempt),
        st.sampled_from(list(Purpose)),
        st.one_of(st.integers(0, 2**64 - 1), st.sampled_from([ANNA.id, BEN.id, UNSENT.id])),
        st.integers(0, 40),
        st.sampled_from([KEYRING, STRANGER, RETIRED]),
    ),
    st.sampled_from([SHARED, "single@example.com", "env-17", "waiting@example.com"]),
)
clues = st.builds(Clue, st.sampled_from(list(ClueKind)), values)
dates = st.one_of(
    st.none(),
    st.datetimes(timezones=st.just(UTC)),
    st.sampled_from([NOW, NOW + timedelta(days=1)]),
)
addresses = st.one_of(texts, st.sampled_from([ANNA.address, BEN.address, "<Anna@EXAMPLE.org>"]))
recipients = st.builds(
    RecipientReport,
    addresses,
    original_address=addresses,
    action=st.one_of(st.none(), st.sampled_from(list(Action))),
    disposition=st.one_of(st.none(), st.sampled_from(list(Disposition))),
    reason=st.sampled_from(list(Reason)),
    diagnostic=texts,
    date=dates,
    retry_until=dates,
    refused=st.booleans(),
    contradictions=st.lists(texts, max_size=2).map(tuple),
)
reports = st.builds(
    Report,
    st.sampled_from(list(Kind)),
    original_message_id=values,
    feedback_type=st.one_of(texts, st.just("abuse")),
    recipients=st.lists(recipients, max_size=3).map(tuple),
    clues=st.lists(clues, max_size=5).map(tuple),
    message_id=values,
    sender=addresses,
    subject=texts,
    date=dates,
    until=dates,
    deputy=texts,
)


@given(reports, dates)
def test_correlating_is_total_and_never_touches_a_delivery_it_cannot_name(
    report: Report, received_at: datetime | None
) -> None:
    found = correlate(report, KEYRING, KNOWN, NOW, received_at=received_at)
    assert found.tried
    assert bool(found.facts) <= (found.outcome == "matched")
    for fact in found.facts:
        assert fact.delivery_id in {ANNA.id, BEN.id, CARLA.id}
        assert fact.at <= NOW
    if report.kind is Kind.UNKNOWN:
        assert not found.facts
    wanted([report], KEYRING)


@given(reports)
def test_without_a_valid_mark_and_a_known_id_there_are_no_facts(report: Report) -> None:
    found = correlate(report, KEYRING, Known(), NOW)
    assert not found.facts
    assert found.outcome != "matched"


def test_a_quoted_reference_ties_nobody_who_is_not_named() -> None:
    """Somebody's answer is quoted in the bounce of another mail, with the reference in it."""
    quoted = C(A.VISIBLE, mark(P.MESSAGE, attempt=0))
    assert run(dsn(quoted)).facts
    other = run(dsn(quoted, to=["zoe@example.net"]))
    assert (other.outcome, other.facts) == ("unmatched", ())
    forwarded = run(dsn(C(A.ADDRESSED, mark(P.BOUNCE)), to=["zoe@example.net"]))
    assert forwarded.facts, "a signed return path ties whoever it leads to"
