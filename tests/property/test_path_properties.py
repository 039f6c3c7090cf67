"""Which paths a delivery's silence rests on: for any probes, attempts and facts."""

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from store.judge import judge
from store.paths import Heard, Hold, Tried, relied
from store.words import Assurance, Fact, FactKind, GapKind, Policy, Verdict

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOW = T0 + timedelta(days=9)
POLICY = Policy("default", silence_is_good=True)

routes = st.sampled_from("abc")
moments = st.integers(0, 96).map(lambda hours: T0 + timedelta(hours=hours))
holds = st.builds(
    Hold, routes, st.sampled_from(["in", "junk"]), moments, st.frozensets(routes)
).map(lambda one: one._replace(proven=one.proven - {one.route}))
heards = st.builds(
    Heard,
    st.dictionaries(st.sampled_from(["in", "junk", "log"]), st.none() | moments, min_size=1),
    # of one path there is one hold: that of its oldest missing probe
    st.lists(holds, max_size=4, unique_by=lambda one: one.name).map(tuple),
)
attempts = st.lists(st.builds(Tried, st.integers(1, 4), routes), max_size=5)
facts = st.lists(
    st.builds(
        Fact,
        st.sampled_from([FactKind.ACCEPTED, FactKind.AMBIGUOUS, FactKind.FAILED]),
        moments,
        st.just(Assurance.PROOF),
        st.none() | st.integers(1, 4),
    ),
    max_size=6,
)


@given(heards, st.frozensets(routes), st.frozensets(routes))
def test_more_routes_are_never_observed_further(
    heard: Heard, some: frozenset[str], more: frozenset[str]
) -> None:
    few, many = heard.through(some), heard.through(some | more)
    if some:
        assert few.items() <= many.items()
    assert many.items() <= heard.through().items(), "of unknown routes the least is presumed"
    assert heard.marks.items() <= few.items()


@given(heards, routes)
def test_a_route_without_its_own_probe_is_never_let_go(heard: Heard, route: str) -> None:
    for hold in heard.holds:
        if hold.route == route:
            assert hold.name in heard.through([route])


@given(attempts, facts, st.randoms(use_true_random=False))
def test_order_and_repeats_change_nothing(
    tries: list[Tried], said: list[Fact], chance: Random
) -> None:
    shuffled = tries + tries[:1]
    chance.shuffle(shuffled)
    assert relied(shuffled, reversed(said)) == relied(tries, said)
    assert relied(tries, said) <= {one.route for one in tries}
    assert bool(relied(tries, said)) == bool(tries)


@given(heards, st.frozensets(routes, min_size=1))
def test_nothing_is_presumed_that_was_not_observed(heard: Heard, by: frozenset[str]) -> None:
    said = [Fact(FactKind.OWED, T0), Fact(FactKind.ACCEPTED, T0, attempt=1)]
    marks = heard.through(by)
    state = judge(POLICY, said, marks, NOW)
    unseen = [mark for mark in marks.values() if mark is None or mark < state.deadline]
    assert state.gap is (GapKind.BLIND if unseen else None)
    assert state.verdict is (Verdict.GAP if unseen else Verdict.PRESUMED)
