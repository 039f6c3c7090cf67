"""Which paths a delivery's silence rests on: for any probes, attempts and facts."""

from collections.abc import Mapping
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
probes = st.dictionaries(routes, moments)  # that came back, by route


def _hold(route: str, channel: str, since: datetime, out: int, others: dict[str, datetime]) -> Hold:
    sent = since + timedelta(hours=out)
    mine = {name: max(since, at) for name, at in others.items() if name != route}
    return Hold(route, channel, since, sent, frozenset(n for n in mine if mine[n] >= sent), mine)


holds = st.builds(
    _hold, routes, st.sampled_from(["in", "junk"]), moments, st.integers(0, 9), probes
)
heards = st.builds(
    Heard,
    st.dictionaries(st.sampled_from(["in", "junk", "log"]), st.none() | moments, min_size=1),
    # of one path there is one hold: that of its oldest missing probe
    st.lists(holds, max_size=4, unique_by=lambda one: one.name).map(tuple),
)
Marks = Mapping[str, datetime | None]
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
    few, many, any_of_them = heard.through(some), heard.through(some | more), heard.through()
    if some:
        assert _no_further(many, few)
    assert _no_further(any_of_them, many), "of unknown routes the least is presumed"
    assert heard.marks.items() <= few.items()


def _no_further(strict: Marks, lax: Marks) -> bool:
    """Whether whatever is observed by strict is so by lax, on every path."""
    held = [(strict[name], mark) for name, mark in lax.items()]
    return all(low == high or (low and high and low <= high) for low, high in held)


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
