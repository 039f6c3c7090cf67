"""judge, for any facts at all: blind to order and repeats, total, and true to its own clock."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from store.judge import judge
from store.words import (
    AfterAmbiguous,
    Assurance,
    Fact,
    FactKind,
    GapKind,
    Policy,
    Stage,
    Verdict,
)

T = datetime(2026, 3, 1, tzinfo=UTC)
_minutes = st.integers(0, 60 * 24 * 6)
moments = _minutes.map(lambda count: T + timedelta(minutes=count))
facts = st.builds(
    Fact,
    kind=st.sampled_from(FactKind),
    at=moments,
    assurance=st.sampled_from(Assurance),
    attempt=st.one_of(st.none(), st.integers(1, 4)),
    detail=st.sampled_from(["", "250 queued", "550 no such user"]),
)
many = st.lists(facts, max_size=14)
some = st.lists(facts, min_size=1, max_size=14)  # without any, the clock starts at now
_MARKS = (FactKind.READ, FactKind.JUNK, FactKind.INBOX)
_SHOWN = (FactKind.DISPLAYED, FactKind.OPENED, FactKind.REPLIED, FactKind.CONFIRMED)
marked = st.lists(st.builds(Fact, kind=st.sampled_from(_MARKS), at=moments), max_size=4)
spans = st.integers(0, 60 * 72).map(lambda count: timedelta(minutes=count))
policies = st.builds(
    Policy,
    name=st.just("p"),
    stage=st.sampled_from(Stage),
    assurance=st.sampled_from(Assurance),
    within=spans,
    silence_is_good=st.booleans(),
    silence_after=spans,
    delayed_after=spans,
    ambiguous_wait=spans,
    after_ambiguous=st.sampled_from(AfterAmbiguous),
    blind_grace=spans,
)
watermarks = st.dictionaries(
    st.sampled_from(["inbox", "junk", "log"]), st.one_of(st.none(), moments), max_size=3
)


@settings(max_examples=200)
@given(policies, many, watermarks, moments, st.randoms())
def test_order_and_repeats_change_nothing(
    policy: Policy,
    said: list[Fact],
    marks: dict[str, datetime | None],
    now: datetime,
    dice: random.Random,
) -> None:
    once = judge(policy, said, marks, now)
    again = said + [dice.choice(said) for _ in range(dice.randint(0, 5)) if said]
    dice.shuffle(again)
    assert judge(policy, again, marks, now) == once


@settings(max_examples=200)
@given(policies, many, watermarks, moments)
def test_every_state_is_whole(
    policy: Policy, said: list[Fact], marks: dict[str, datetime | None], now: datetime
) -> None:
    state = judge(policy, said, marks, now)
    assert (state.verdict is Verdict.GAP) == (state.gap is not None)
    assert (state.assurance is None) == (state.stage is Stage.QUEUED)
    assert state.why
    assert state.why.isprintable()
    assert state.next_look_at is None or state.next_look_at > now
    if state.verdict is Verdict.WAITING:
        assert state.next_look_at is not None
    if state.needs_watermark is not None:
        assert not marks or any(
            mark is None or mark < state.needs_watermark for mark in marks.values()
        )


@settings(max_examples=200)
@given(policies, some, watermarks, moments, st.integers(0, 999))
def test_nothing_changes_before_the_next_look(
    policy: Policy,
    said: list[Fact],
    marks: dict[str, datetime | None],
    now: datetime,
    share: int,
) -> None:
    state = judge(policy, said, marks, now)
    until = state.next_look_at or now + timedelta(days=4000)
    later = judge(policy, said, marks, now + (until - now) * share // 1000)
    assert (later.verdict, later.gap) == (state.verdict, state.gap)
    assert (later.stage, later.why, later.deadline) == (state.stage, state.why, state.deadline)


@settings(max_examples=200)
@given(policies, many, watermarks, moments, facts)
@example(Policy("p"), [], {}, T, Fact(FactKind.FAILED, T))
def test_a_late_failure_is_never_overlooked(
    policy: Policy,
    said: list[Fact],
    marks: dict[str, datetime | None],
    now: datetime,
    bad: Fact,
) -> None:
    """Of the latest attempt, unless a person closed it: a gap, or an earlier copy's arrival."""
    attempt = 9
    kind = FactKind.FAILED
    late = bad._replace(kind=kind, attempt=attempt, at=T + timedelta(days=30))
    state = judge(policy, [*said, late], marks, now)
    if state.verdict is Verdict.CLOSED:
        return
    if state.gap in (GapKind.FAILED, GapKind.REJECTED, GapKind.CONTESTED):
        return
    arrived = [
        fact
        for fact in said
        if fact.assurance >= Assurance.CLAIM
        and fact.kind
        in (
            FactKind.DELIVERED,
            FactKind.INBOX,
            FactKind.JUNK,
            FactKind.READ,
            FactKind.AWAY,
            FactKind.COMPLAINED,
            FactKind.DISPLAYED,
            FactKind.REPLIED,
            FactKind.CONFIRMED,
        )
    ]
    assert arrived


@settings(max_examples=200)
@given(policies, many, watermarks, moments)
def test_silence_is_never_presumed_unheard(
    policy: Policy, said: list[Fact], marks: dict[str, datetime | None], now: datetime
) -> None:
    state = judge(policy, said, marks, now)
    if state.verdict is Verdict.PRESUMED or state.gap is GapKind.SILENT:
        assert marks
        assert all(mark is not None and mark >= state.deadline for mark in marks.values())
    if state.verdict is Verdict.PRESUMED:
        assert policy.silence_is_good
        assert now >= state.deadline


@settings(max_examples=200)
@given(policies, many, watermarks, moments)
def test_landed_always_rests_on_evidence_good_enough(
    policy: Policy, said: list[Fact], marks: dict[str, datetime | None], now: datetime
) -> None:
    state = judge(policy, said, marks, now)
    if state.verdict is Verdict.LANDED:
        assert state.stage >= policy.stage
        assert state.assurance is None or state.assurance >= policy.assurance


@settings(max_examples=200)
@given(policies, many, watermarks, moments, moments)
def test_absence_is_never_a_success(
    policy: Policy,
    said: list[Fact],
    marks: dict[str, datetime | None],
    now: datetime,
    at: datetime,
) -> None:
    before = judge(policy, [*said, Fact(FactKind.OWED, T)], marks, now)
    missing = Fact(FactKind.ABSENT, at)
    after = judge(policy, [*said, Fact(FactKind.OWED, T), missing], marks, now)
    assert after.verdict is before.verdict or before.verdict is Verdict.PRESUMED
    assert (after.stage, after.deadline) == (before.stage, before.deadline)
    arrived = judge(replace(policy, stage=Stage.QUEUED, assurance=Assurance.CLAIM), said, {}, now)
    if after.verdict is Verdict.PRESUMED:
        assert arrived.stage >= Stage.DELIVERED


@settings(max_examples=200)
@given(policies, many, watermarks, moments)
def test_what_is_in_quarantine_has_not_landed(
    policy: Policy, said: list[Fact], marks: dict[str, datetime | None], now: datetime
) -> None:
    held = Fact(FactKind.QUARANTINED, T + timedelta(days=30))
    state = judge(policy, [*said, held], marks, now)
    shown = any(
        fact.kind in (FactKind.DISPLAYED, FactKind.READ, FactKind.REPLIED, FactKind.CONFIRMED)
        and fact.assurance >= Assurance.CLAIM
        for fact in said
    )
    if policy.stage >= Stage.DELIVERED and not shown:
        assert state.verdict in (Verdict.GAP, Verdict.CLOSED)


@settings(max_examples=200)
@given(policies, many, watermarks, moments, marked)
def test_a_mark_of_reading_is_no_proof(
    policy: Policy,
    said: list[Fact],
    marks: dict[str, datetime | None],
    now: datetime,
    read: list[Fact],
) -> None:
    """Neither a message marked as read nor one in Junk shows by itself that it was displayed."""
    others = [fact for fact in said if fact.kind not in _SHOWN]
    state = judge(policy, [*others, *read], marks, now)
    if state.stage >= Stage.DISPLAYED:
        assert state.assurance is not Assurance.PROOF
        assert any(fact.kind is FactKind.READ for fact in [*others, *read])
