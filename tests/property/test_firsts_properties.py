"""The shortcut for first attempts that went well says what judge says, or nothing."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from store.firsts import presume
from store.judge import judge
from store.words import AfterAmbiguous, Assurance, Fact, FactKind, Policy, Stage

OWED = datetime(2026, 3, 1, tzinfo=UTC)
spans = st.integers(0, 60 * 72).map(lambda count: timedelta(minutes=count))
seconds = st.integers(0, 3600 * 60).map(lambda count: timedelta(seconds=count))
marks = st.dictionaries(
    st.sampled_from(["inbox", "log"]),
    st.one_of(st.none(), seconds.map(lambda span: OWED + span)),
    max_size=2,
)
policies = st.builds(
    Policy,
    name=st.just("p"),
    stage=st.sampled_from(Stage),
    assurance=st.sampled_from(Assurance),
    within=st.one_of(spans, st.just(timedelta.max)),
    silence_is_good=st.booleans(),
    silence_after=spans,
    delayed_after=spans,
    ambiguous_wait=spans,
    after_ambiguous=st.sampled_from(AfterAmbiguous),
    blind_grace=spans,
)


@settings(max_examples=500)
@given(policies, seconds, seconds, seconds, st.text(max_size=400), marks)
def test_it_is_what_judge_says(
    policy: Policy,
    started: timedelta,
    ended: timedelta,
    since: timedelta,
    detail: str,
    watermarks: dict[str, datetime | None],
) -> None:
    accepted = Fact(FactKind.ACCEPTED, OWED + ended, Assurance.PROOF, 1, detail)
    said = [
        Fact(FactKind.OWED, OWED),
        Fact(FactKind.STARTED, OWED + started, Assurance.PROOF, 1, "through relay"),
        accepted,
    ]
    now = OWED + max(started, ended) + since
    found = presume(policy, OWED, accepted, now)
    assert found in (None, judge(policy, said, watermarks, now))
    in_time = now - OWED < policy.within
    assert (found is not None) is (policy.stage > Stage.ACCEPTED and in_time)
