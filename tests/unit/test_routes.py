"""Routes: the first that fits, and rests for those that do not answer."""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from agent.outbound.routes import NoRoute, Relay, choose, pools
from agent.outbound.sending.pauses import Pauses, Retry

NOW = datetime(2026, 10, 9, tzinfo=UTC)
RETRY = Retry(first=timedelta(minutes=1), longest=timedelta(hours=1))


def taken(
    relays: Sequence[Relay],
    domain: str,
    notice_class: str,
    *,
    rests: Callable[[str], bool] = lambda _name: False,
    draw: Callable[[], float] = lambda: 0.0,
) -> Relay:
    return choose(pools(relays, domain, notice_class), rests=rests, draw=draw)


def test_the_first_relay_that_serves_both_is_chosen() -> None:
    alerts = Relay("alerts", "a.test", classes=("Alert",), domains=("example.com",))
    abroad = Relay("abroad", "b.test", domains=("müller.example", "EXAMPLE.net"))
    rest = Relay("rest", "c.test")
    relays = [alerts, abroad, rest]
    assert taken(relays, "example.com", "alert") is alerts
    assert taken(relays, "example.com", "notice") is rest
    assert taken(relays, "xn--mller-kva.example", "notice") is abroad
    assert taken(relays, "example.NET.", "alert") is abroad
    with pytest.raises(NoRoute, match=r'class "notice" to example\.com'):
        taken([alerts, abroad], "example.com", "notice")


def test_routes_with_weight_share_and_the_first_without_takes_all() -> None:
    one, two = Relay("one", "a.test", weight=3), Relay("two", "b.test", weight=1)
    plain = Relay("plain", "c.test")
    draws = iter([n / 8 for n in range(8)])
    shares = [
        taken([one, two, plain], "a.example", "x", draw=lambda: next(draws)).name for _ in range(8)
    ]
    assert shares == ["one"] * 6 + ["two"] * 2
    assert taken([one, two], "a.example", "x", draw=lambda: 1.0) is two
    assert taken([plain, one, two], "a.example", "x", draw=lambda: 0.9) is plain
    assert taken([one, two], "a.example", "x", rests=lambda name: name == "one") is two


def test_a_larger_priority_stands_in_while_all_smaller_rest() -> None:
    spare = Relay("spare", "s.test", priority=5)
    main, other = Relay("main", "a.test"), Relay("other", "b.test")
    relays = [spare, main, other]
    assert taken(relays, "a.example", "x") is main
    asleep = {"main"}
    assert taken(relays, "a.example", "x", rests=asleep.__contains__) is spare
    asleep.add("spare")
    assert taken(relays, "a.example", "x", rests=asleep.__contains__) is main, "it waits there"


def test_a_name_that_is_no_domain_is_compared_as_it_is() -> None:
    odd = "ü" * 70 + ".example"
    assert taken([Relay("r", "a.test", domains=(odd,))], odd, "x").name == "r"


def test_a_relay_shows_no_password() -> None:
    assert "hunter2" not in repr(Relay("r", "a.test", password="hunter2"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"security": "ssl"},
        {"timeout": timedelta(0)},
        {"timeout": timedelta(seconds=-1)},
        {"priority": -1},
        {"weight": -1},
    ],
)
def test_a_relay_that_cannot_work_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="route r"):
        Relay("r", "a.test", **wrong)  # type: ignore[arg-type]  # some of its fields


def test_waits_double_up_to_the_longest_and_are_spread() -> None:
    assert [RETRY.wait(n, lambda: 0.999_999_999) for n in (1, 2, 3)] == [
        pytest.approx(timedelta(minutes=minutes), abs=timedelta(seconds=1)) for minutes in (1, 2, 4)
    ]
    assert RETRY.wait(1, lambda: 0.0) == timedelta(seconds=30)
    chance = random.Random(7)
    drawn = {RETRY.wait(10_000, chance.random) for _ in range(50)}
    assert all(timedelta(minutes=30) <= one <= timedelta(hours=1) for one in drawn)
    assert len(drawn) > 40


def test_a_route_that_was_missed_rests_and_is_probed_by_one() -> None:
    pauses = Pauses(RETRY, random.Random(1))
    assert pauses.may_use("r", NOW, "w/1")
    assert pauses.trouble("r") is None
    assert not pauses.reached("r")
    assert pauses.trouble("r") == ""
    until = pauses.missed("r", NOW, "it is away")
    assert pauses.trouble("r") == "it is away"
    assert NOW < until <= NOW + RETRY.first
    assert pauses.missed("r", NOW) == until, "those that failed at the same time count once"
    assert pauses.rests("r", NOW)
    assert not pauses.rests("other", NOW)
    assert not pauses.may_use("r", NOW, "w/1")
    assert not pauses.rests("r", until)
    assert pauses.may_use("r", until, "w/1")
    assert not pauses.may_use("r", until, "w/2"), "one probe at a time"
    pauses.abandoned("r", "w/1")
    assert pauses.may_use("r", until, "w/1")
    later = pauses.missed("r", until)
    assert later - until >= RETRY.first
    assert pauses.may_use("r", later, "w/1")
    assert pauses.reached("r")
    assert pauses.may_use("r", NOW, "w/1")
    assert pauses.may_use("r", NOW, "w/1")


def test_a_rest_ends_where_the_clock_was_set_back() -> None:
    pauses = Pauses(RETRY, random.Random(1))
    until = pauses.missed("r", NOW)
    pauses.park("r", 1, "w/1")
    assert pauses.rests("r", NOW - timedelta(seconds=1)), "of another thread, a moment earlier"
    before = NOW - timedelta(days=1)
    assert not pauses.rests("r", before)
    assert pauses.unpark(before) == {"w/1": [1]}
    assert pauses.may_use("r", before, "w/1")
    assert pauses.missed("r", before) <= before + 2 * RETRY.first < until


def test_a_probe_is_ended_by_nobody_but_whoever_makes_it() -> None:
    pauses = Pauses(RETRY, random.Random(1))
    assert pauses.may_use("r", NOW, "early"), "it works then, and this one is long on its way"
    until = pauses.missed("r", NOW, "it is away")
    assert pauses.may_use("r", until, "probe")
    assert pauses.room("r", 5, "early") == 0, "the probe's one attempt is no other's"
    pauses.abandoned("r", "early")
    assert not pauses.may_use("r", until, "third"), "the probe is not over"
    assert pauses.room("r", 5, "probe") == 1
    assert pauses.room("r", 5, "probe") == 0
    pauses.abandoned("r", "probe")
    assert pauses.may_use("r", until, "third")


def test_what_waits_for_a_route_is_freed_when_it_may_be_tried() -> None:
    pauses = Pauses(RETRY, random.Random(1))
    until = pauses.missed("r", NOW)
    pauses.park("r", 1, "w/1")
    pauses.park("r", 2, "w/2")
    assert pauses.unpark(NOW) == {}
    assert pauses.unpark(until) == {"w/1": [1], "w/2": [2]}
    assert pauses.unpark(until) == {}
    pauses.park("r", 3, "w/1")
    assert pauses.unpark(None) == {"w/1": [3]}
    pauses.abandoned("never heard of", "w/1")
