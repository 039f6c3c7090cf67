"""judge, row by row: what these facts mean at this moment under this policy."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from store.judge import judge
from store.words import (
    AfterAmbiguous,
    Assurance,
    Fact,
    FactKind,
    GapKind,
    Policy,
    Stage,
    State,
    Verdict,
)

T = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
DEADLINE = T + 2 * DAY
POLICY = Policy("p")
QUIET = replace(POLICY, silence_is_good=True)
READ = replace(POLICY, stage=Stage.DISPLAYED)
HOLD = replace(POLICY, after_ambiguous=AfterAmbiguous.HOLD)
SEEN = {"inbox": T + 30 * DAY}
K = FactKind


def fact(
    kind: FactKind,
    hours: float = 1,
    attempt: int | None = 1,
    assurance: Assurance = Assurance.PROOF,
    detail: str = "",
) -> Fact:
    return Fact(kind, T + hours * HOUR, assurance, attempt, detail)


OWED = fact(K.OWED, 0, None)
STARTED = fact(K.STARTED, 0)
ACCEPTED = fact(K.ACCEPTED, 0)
SENT = [OWED, STARTED, ACCEPTED]
AGAIN = [fact(K.STARTED, 2, 2), fact(K.AMBIGUOUS, 2, 2)]


def at(
    facts: list[Fact],
    hours: float = 2,
    policy: Policy = POLICY,
    watermarks: dict[str, datetime | None] | None = None,
) -> State:
    return judge(policy, facts, {} if watermarks is None else watermarks, T + hours * HOUR)


W = Verdict.WAITING
L = Verdict.LANDED
G = GapKind


@pytest.mark.parametrize(
    ("facts", "policy", "hours", "expected"),
    [
        # what shows arrival
        ([], POLICY, 1, W),
        ([OWED], POLICY, 1, W),
        (SENT, POLICY, 1, W),
        ([*SENT, fact(K.RELAYED)], POLICY, 2, W),
        ([*SENT, fact(K.EXPANDED)], POLICY, 2, W),
        ([*SENT, fact(K.DELIVERED)], POLICY, 2, L),
        ([*SENT, fact(K.AWAY)], POLICY, 2, L),
        ([*SENT, fact(K.COMPLAINED)], POLICY, 2, L),
        ([*SENT, fact(K.DISPLAYED, assurance=Assurance.CLAIM)], POLICY, 2, L),
        ([*SENT, fact(K.REPLIED)], READ, 2, L),
        ([*SENT, fact(K.CONFIRMED)], READ, 2, L),
        ([*SENT, fact(K.DELIVERED)], READ, 2, W),
        ([*SENT, fact(K.OPENED)], READ, 2, W),
        ([*SENT, fact(K.DELIVERED, attempt=None)], POLICY, 2, L),
        ([fact(K.DELIVERED)], POLICY, 2, L),
        (SENT, replace(POLICY, stage=Stage.ACCEPTED), 1, L),
        ([OWED], replace(POLICY, stage=Stage.QUEUED), 1, L),
        ([*SENT, fact(K.DELAYED)], replace(POLICY, stage=Stage.ACCEPTED), 20, L),
        # failures
        ([*SENT, fact(K.FAILED)], POLICY, 2, G.FAILED),
        ([*SENT, fact(K.FAILED, attempt=None)], POLICY, 2, G.FAILED),
        ([*SENT, fact(K.FAILED, assurance=Assurance.HINT)], POLICY, 2, G.FAILED),
        ([OWED, STARTED, fact(K.REJECTED)], POLICY, 2, G.REJECTED),
        ([*SENT, fact(K.REFUSED)], POLICY, 2, G.REJECTED),
        ([*SENT, fact(K.RELAYED), fact(K.FAILED, 2)], POLICY, 3, G.FAILED),
        ([*SENT, fact(K.EXPANDED), fact(K.FAILED, 2)], POLICY, 3, G.FAILED),
        ([*SENT, fact(K.OPENED), fact(K.FAILED, 2)], POLICY, 3, G.FAILED),
        ([*SENT, fact(K.UNREAD), fact(K.FAILED, 2)], POLICY, 3, G.FAILED),
        (
            [*SENT, fact(K.RELAYED), fact(K.FAILED)],
            replace(POLICY, stage=Stage.RELAYED),
            2,
            G.FAILED,
        ),
        # both
        ([*SENT, fact(K.DELIVERED), fact(K.FAILED, 2)], POLICY, 3, G.CONTESTED),
        ([*SENT, fact(K.FAILED), fact(K.DELIVERED, 2)], POLICY, 3, G.CONTESTED),
        ([*SENT, fact(K.FAILED, attempt=None), fact(K.REPLIED, 2)], POLICY, 3, G.CONTESTED),
        ([*SENT, fact(K.FAILED), fact(K.REPLIED, 2, None)], POLICY, 3, G.CONTESTED),
        ([*SENT, fact(K.REFUSED), fact(K.DELIVERED, 2)], POLICY, 3, G.CONTESTED),
        ([*SENT, fact(K.AWAY), fact(K.REJECTED, 2)], POLICY, 3, G.CONTESTED),
        # several attempts
        ([*SENT, fact(K.FAILED), fact(K.STARTED, 2, 2)], POLICY, 3, W),
        ([*SENT, fact(K.FAILED, attempt=None), fact(K.STARTED, 2, 2)], POLICY, 3, W),
        ([*SENT, fact(K.FAILED, 3, None), fact(K.STARTED, 2, 2)], POLICY, 4, G.FAILED),
        ([*SENT, fact(K.FAILED), fact(K.STARTED, 2, 2), fact(K.FAILED, 3, 2)], POLICY, 4, G.FAILED),
        ([*SENT, fact(K.FAILED), fact(K.STARTED, 2, 2), fact(K.DELIVERED, 3, 2)], POLICY, 4, L),
        ([*SENT, fact(K.DELIVERED), fact(K.STARTED, 2, 2), fact(K.FAILED, 3, 2)], POLICY, 4, L),
        (
            [*SENT, fact(K.FAILED), fact(K.STARTED, 2, 2), fact(K.GIVEN_UP, 3, None)],
            POLICY,
            4,
            G.FAILED,
        ),
        # the fallen first attempt's RELAYED is not the second's
        (
            [*SENT, fact(K.RELAYED), fact(K.FAILED, 2), fact(K.STARTED, 3, 2)],
            replace(POLICY, stage=Stage.RELAYED),
            4,
            W,
        ),
        # removed unshown
        ([*SENT, fact(K.UNREAD)], POLICY, 2, G.UNCONFIRMED),
        ([*SENT, fact(K.UNREAD)], READ, 2, G.UNCONFIRMED),
        ([*SENT, fact(K.UNREAD), fact(K.DELIVERED)], POLICY, 2, L),
        ([*SENT, fact(K.UNREAD), fact(K.DELIVERED)], READ, 2, G.UNCONFIRMED),
        ([*SENT, fact(K.UNREAD), fact(K.DISPLAYED, 2)], READ, 3, L),
        # never taken
        ([OWED], POLICY, 48, G.UNSENT),
        ([OWED, STARTED, fact(K.DEFERRED)], POLICY, 2, W),
        ([OWED, STARTED, fact(K.DEFERRED)], POLICY, 48, G.UNSENT),
        ([OWED, STARTED, fact(K.DEFERRED), fact(K.GIVEN_UP, 5, None)], POLICY, 6, G.UNSENT),
        ([OWED, fact(K.GIVEN_UP, 5, None), fact(K.STARTED, 6)], POLICY, 7, W),
        # suppressed
        ([OWED, fact(K.SUPPRESSED, 0, None)], POLICY, 0, G.SUPPRESSED),
        ([*SENT, fact(K.SUPPRESSED, 2, 2)], POLICY, 3, W),
        ([OWED, fact(K.SUPPRESSED, 0, None), fact(K.REPLIED)], POLICY, 2, L),
        # ambiguous
        ([OWED, STARTED, fact(K.AMBIGUOUS)], POLICY, 1.5, W),
        ([OWED, STARTED, fact(K.AMBIGUOUS)], POLICY, 3, W),
        ([OWED, STARTED, fact(K.AMBIGUOUS)], HOLD, 1.5, W),
        ([OWED, STARTED, fact(K.AMBIGUOUS)], HOLD, 2, G.AMBIGUOUS),
        ([OWED, STARTED, fact(K.AMBIGUOUS)], POLICY, 48, G.AMBIGUOUS),
        ([OWED, STARTED, fact(K.AMBIGUOUS), fact(K.GIVEN_UP, 2, None)], POLICY, 3, G.AMBIGUOUS),
        ([OWED, STARTED, fact(K.AMBIGUOUS), fact(K.ACCEPTED, 2)], HOLD, 3, W),
        ([OWED, STARTED, fact(K.AMBIGUOUS), fact(K.DELIVERED, 2)], HOLD, 3, L),
        ([OWED, STARTED, fact(K.AMBIGUOUS), fact(K.DELIVERED, 2, None)], HOLD, 3, L),
        ([OWED, STARTED, fact(K.AMBIGUOUS), fact(K.RELAYED, 2)], HOLD, 3, W),
        ([OWED, STARTED, fact(K.AMBIGUOUS), fact(K.DELAYED, 2)], HOLD, 3, W),
        ([OWED, STARTED, fact(K.AMBIGUOUS), fact(K.FAILED, 2)], HOLD, 3, G.FAILED),
        ([OWED, STARTED, fact(K.AMBIGUOUS), fact(K.DEFERRED, 2)], HOLD, 3, W),
        ([OWED, STARTED, fact(K.AMBIGUOUS), fact(K.STARTED, 2, 2)], HOLD, 3, W),
        ([OWED, STARTED, fact(K.AMBIGUOUS), *AGAIN], HOLD, 3.5, W),
        ([OWED, STARTED, fact(K.AMBIGUOUS), *AGAIN], HOLD, 4, G.AMBIGUOUS),
        (
            [*SENT, fact(K.FAILED), fact(K.STARTED, 2, 2), fact(K.AMBIGUOUS, 3, 2)],
            HOLD,
            5,
            G.AMBIGUOUS,
        ),
        # delayed
        ([*SENT, fact(K.DELAYED)], POLICY, 4, W),
        ([*SENT, fact(K.DELAYED)], POLICY, 5, G.DELAYED),
        ([*SENT, fact(K.DELAYED), fact(K.DELAYED, 4)], POLICY, 5, G.DELAYED),
        ([*SENT, fact(K.DELAYED, 47)], POLICY, 48, G.DELAYED),
        ([*SENT, fact(K.DELAYED), fact(K.RELAYED, 3)], POLICY, 9, W),
        ([*SENT, fact(K.DELAYED), fact(K.RELAYED, 1)], POLICY, 9, W),
        ([*SENT, fact(K.EXPANDED), fact(K.DELAYED, 2)], POLICY, 9, G.DELAYED),
        ([*SENT, fact(K.DELAYED), fact(K.DELIVERED, 3)], POLICY, 9, L),
        ([*SENT, fact(K.DELAYED), fact(K.FAILED, 3)], POLICY, 9, G.FAILED),
        ([*SENT, fact(K.DELAYED), fact(K.STARTED, 3, 2), fact(K.ACCEPTED, 3, 2)], POLICY, 9, W),
        # by hand
        ([*SENT, fact(K.FAILED), fact(K.CLOSED, 3, None)], POLICY, 4, Verdict.CLOSED),
        ([*SENT, fact(K.CLOSED, 3, None), fact(K.FAILED, 4)], POLICY, 5, Verdict.CLOSED),
        (
            [*SENT, fact(K.FAILED), fact(K.CLOSED, 3, None), fact(K.REOPENED, 4, None)],
            POLICY,
            5,
            G.FAILED,
        ),
    ],
)
def test_verdict(
    facts: list[Fact], policy: Policy, hours: float, expected: Verdict | GapKind
) -> None:
    state = at(facts, hours, policy, dict(SEEN))
    assert (state.gap or state.verdict) == expected
    assert (state.verdict is Verdict.GAP) == (state.gap is not None)
    assert state.why
    assert "\n" not in state.why


# --- after the deadline


@pytest.mark.parametrize(
    ("policy", "watermarks", "hours", "expected"),
    [
        (POLICY, SEEN, 48, G.SILENT),
        (POLICY, {"inbox": DEADLINE}, 48, G.SILENT),
        (POLICY, {"inbox": DEADLINE - timedelta(seconds=1)}, 48, W),
        (POLICY, {"inbox": DEADLINE - timedelta(seconds=1)}, 48.25, G.BLIND),
        (POLICY, {"inbox": DEADLINE, "other": None}, 48, W),
        (POLICY, {"inbox": DEADLINE, "other": None}, 49, G.BLIND),
        (POLICY, {}, 48, W),
        (POLICY, {}, 49, G.BLIND),
        (QUIET, SEEN, 47, W),
        (QUIET, SEEN, 48, Verdict.PRESUMED),
        (QUIET, {"inbox": DEADLINE - HOUR}, 49, G.BLIND),
        (QUIET, {}, 49, G.BLIND),
        (replace(QUIET, silence_after=3 * DAY), SEEN, 49, W),
        (replace(QUIET, silence_after=3 * DAY), SEEN, 72, Verdict.PRESUMED),
        (replace(QUIET, silence_after=HOUR), SEEN, 47, W),
    ],
)
def test_silence(
    policy: Policy,
    watermarks: dict[str, datetime | None],
    hours: float,
    expected: Verdict | GapKind,
) -> None:
    state = at(SENT, hours, policy, watermarks)
    assert (state.gap or state.verdict) == expected


def test_only_weaker_evidence_is_unconfirmed_at_the_deadline() -> None:
    facts = [*SENT, fact(K.OPENED)]
    assert at(facts, 47, READ, dict(SEEN)).verdict is W
    state = at(facts, 48, READ, {})
    assert state.gap is G.UNCONFIRMED
    assert "hint" in state.why
    strict = replace(POLICY, assurance=Assurance.PROOF)
    assert at([*SENT, fact(K.AWAY, assurance=Assurance.CLAIM)], 48, strict).gap is G.UNCONFIRMED


def test_a_hint_of_a_failure_contests_no_arrival() -> None:
    """Whoever saw the mail can quote what names it."""
    arrived, hint = fact(K.DELIVERED, 2), fact(K.FAILED, 3, assurance=Assurance.HINT)
    assert at([*SENT, arrived, hint], 4).verdict is L
    alone = at([*SENT, hint], 4)
    assert alone.gap is G.FAILED
    assert alone.why.startswith("only a hint: failed for good")
    claim = hint._replace(assurance=Assurance.CLAIM)
    assert at([*SENT, arrived, claim], 4).gap is G.CONTESTED


def test_a_hint_does_not_harm_where_silence_is_good() -> None:
    policy = replace(READ, silence_is_good=True)
    assert at([*SENT, fact(K.OPENED)], 48, policy, dict(SEEN)).verdict is Verdict.PRESUMED


def test_presumption_needs_acceptance() -> None:
    assert at([OWED, STARTED], 48, QUIET, dict(SEEN)).gap is G.UNSENT


# --- what the state says beside its verdict


def test_stage_is_the_furthest_that_is_well_enough_shown() -> None:
    opened = [*SENT, fact(K.DELIVERED), fact(K.OPENED)]
    state = at(opened)
    assert (state.stage, state.assurance) == (Stage.DELIVERED, Assurance.PROOF)
    state = at(opened, policy=replace(POLICY, assurance=Assurance.HINT))
    assert (state.stage, state.assurance) == (Stage.DISPLAYED, Assurance.HINT)
    state = at([OWED])
    assert (state.stage, state.assurance) == (Stage.QUEUED, None)


def test_unread_shows_delivered_at_a_claim() -> None:
    state = at([*SENT, fact(K.UNREAD, detail="deleted")])
    assert (state.stage, state.assurance) == (Stage.DELIVERED, Assurance.CLAIM)
    assert state.why == (
        "look: a receipt came that does not say it was shown (2026-03-01 13:00 UTC): deleted"
    )


def test_next_look_is_when_time_alone_may_change_the_state() -> None:
    grace = DEADLINE + timedelta(minutes=15)
    assert at([OWED]).next_look_at == DEADLINE
    assert at(SENT).next_look_at == DEADLINE
    assert at([*SENT, fact(K.DELAYED)]).next_look_at == T + 5 * HOUR
    assert at([OWED, STARTED, fact(K.AMBIGUOUS)], 1.5).next_look_at == T + 2 * HOUR
    assert at([OWED, STARTED, fact(K.AMBIGUOUS)], 3).next_look_at == DEADLINE
    late = replace(QUIET, silence_after=3 * DAY)
    assert at(SENT, 49, late, dict(SEEN)).next_look_at == T + 3 * DAY
    unseen = at(SENT, 48 + 1 / 6, POLICY, {"inbox": None})
    assert (unseen.verdict, unseen.next_look_at, unseen.needs_watermark) == (W, grace, DEADLINE)
    blind = at(SENT, 60, POLICY, {"inbox": None})
    assert blind.next_look_at == T + 60 * HOUR + timedelta(minutes=5)
    assert blind.needs_watermark == DEADLINE
    assert "inbox" in blind.why
    for settled in ([*SENT, fact(K.DELIVERED)], [*SENT, fact(K.FAILED)]):
        assert at(settled).next_look_at is None


def test_why_names_time_attempt_and_words_and_is_safe_to_print() -> None:
    bad = fact(K.FAILED, 3, 2, detail="550 5.1.1\x1b[31m no\r\n such user \u202e" + "x" * 500)
    state = at([*SENT, fact(K.STARTED, 2, 2), bad], 4)
    assert "failed for good (2026-03-01 15:00 UTC, attempt 2): 550 5.1.1" in state.why
    assert state.why.isprintable()
    assert len(state.why) < 450
    both = at([*SENT, fact(K.DELIVERED), fact(K.FAILED, 2)], 3)
    assert "failed for good" in both.why
    assert "delivered" in both.why


def test_unsent_names_the_last_reason() -> None:
    facts = [OWED, STARTED, fact(K.DEFERRED, detail="451 later")]
    assert "451 later" in at(facts, 2).why
    assert "451 later" in at(facts, 48).why
    assert "451 later" in at([*facts, fact(K.GIVEN_UP, 3, None)], 4).why


def test_the_clock_starts_with_the_earliest_fact_when_owed_is_missing() -> None:
    assert at([fact(K.DEFERRED, 5), fact(K.STARTED, 3)]).deadline == T + 3 * HOUR + 2 * DAY


def test_the_end_of_time_is_no_error() -> None:
    last = datetime.max.replace(tzinfo=UTC)
    first = datetime.min.replace(tzinfo=UTC)
    facts = [Fact(K.OWED, last), Fact(K.ACCEPTED, last, attempt=1), Fact(K.DELAYED, last)]
    assert judge(POLICY, facts, {}, last).deadline == last
    negative = replace(POLICY, within=-2 * DAY)
    assert judge(negative, [Fact(K.OWED, first)], {}, last).gap is G.UNSENT
