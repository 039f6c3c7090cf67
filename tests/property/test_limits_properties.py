"""Limits hold in every span of time, for all agents together, whatever crashes."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.outbound.sending.gate import Gate, Permit
from agent.outbound.sending.limits import Limit, Limits
from store.database import Ledger
from store.outbox import Outgoing

# a loaded machine is slow, not wrong; and the fixture serves all examples
UNLUCKY = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
START = datetime(2026, 10, 9, tzinfo=UTC)
WITHIN = timedelta(seconds=20)
NAMES = itertools.count()
NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    opened = Ledger.open(tmp_path_factory.mktemp("limits") / Path("ledger.db"))
    yield opened
    opened.close()


def message(domain: str, now: datetime, *, waited: bool = False) -> Outgoing:
    number = next(NUMBERS)
    return Outgoing(
        delivery_id=number,
        notice_id=1,
        notice_class="c",
        content=b"",
        subject="",
        sender="",
        address=f"u{number}@{domain}",
        as_given="",
        number=1,
        previous_number=None,
        previous_at=None,
        attempts_so_far=0,
        message_id=None,
        owed_at=now - timedelta(hours=1) if waited else now,
        key="k",
        name="",
        due_at=now,
    )


AGENT, WHICH, SHARE = st.integers(0, 1), st.integers(0, 5), st.sampled_from([0.0, 0.5, 1.0])
SECONDS = st.sampled_from([0, 1, 10, 20, 21, 40, 55, 59, 60, 61, 90, 3590])
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("want"), AGENT, st.integers(1, 9), st.booleans()),
        st.tuples(st.just("want"), AGENT, st.integers(1, 9), st.booleans()),
        st.tuples(st.just("end"), WHICH, SHARE, st.booleans()),
        st.tuples(st.just("pass"), SECONDS, st.just(0), st.just(False)),
        st.tuples(st.just("crash"), AGENT, SHARE, st.just(False)),
    ),
    min_size=4,
    max_size=40,
)


@settings(max_examples=120, deadline=None, suppress_health_check=UNLUCKY)
@given(
    ACTIONS,
    st.integers(1, 5),
    st.integers(0, 12),
    st.integers(0, 4),
    st.sampled_from([1, 4, 64]),
)
def test_no_span_sees_more_than_its_limit(
    ledger: Ledger,
    actions: list[tuple[str, int, float, bool]],
    per_minute: int,
    per_hour: int,
    of_domain: int,
    pace: int,
) -> None:
    name = f"r{next(NAMES)}"
    limits = Limits(
        [Limit(name, (), per_minute, per_hour)],
        [Limit(name, ("one.example",), of_domain)],
    )
    agents = [Gate(ledger, limits, WITHIN) for _ in range(2)]
    now = START
    # who, since when, what of it is on its way, whether to one.example
    aloft: list[tuple[int, datetime, Permit, dict[int, bool]]] = []
    heard: list[tuple[datetime, bool]] = []  # when a server heard a message, and for whom

    def end(place: int, share: float, *, gone: bool) -> None:
        agent, since, permit, messages = aloft.pop(place)
        moment = since + (now - since) * share
        heard.extend((moment, to_one) for to_one in messages.values() if gone)
        agents[agent].done(permit, set(messages) if gone else set(), now)

    for what, first, second, flag in actions:
        if what == "want":
            domain = "one.example" if flag else "two.example"
            waiting = [message(domain, now, waited=bool(n % 2)) for n in range(int(second))]
            answer = agents[first].admit(name, waiting, pace, now)
            assert len(answer.go) <= pace
            assert not {one.delivery_id for one in answer.go} & set(answer.later)
            assert all(due > now for due in answer.later.values())
            assert len(answer.decided) == len(waiting) or len(answer.go) == pace
            if answer.go:
                messages = {one.delivery_id: flag for one in answer.go}
                aloft.append((first, now, answer.permit, messages))
        elif what == "end" and aloft:
            end(first % len(aloft), second, gone=flag or first % 2 == 0)
        elif what == "pass":
            # nothing is on its way longer than it can be
            for place in reversed(range(len(aloft))):
                if now + timedelta(seconds=first) - aloft[place][1] > WITHIN:
                    end(place, 1.0, gone=True)
            now += timedelta(seconds=first)
        elif what == "crash":
            for _, since, _, messages in [one for one in aloft if one[0] == first]:
                moment = since + WITHIN * second
                heard.extend((moment, to_one) for to_one in messages.values())
            aloft = [one for one in aloft if one[0] != first]
            agents[first] = Gate(ledger, limits, WITHIN)
    for place in reversed(range(len(aloft))):
        end(place, 0.0, gone=True)

    def check(moments: list[datetime], most: int, span: timedelta) -> None:
        moments = sorted(moments)
        for one, other in zip(moments, moments[most:], strict=False) if most else ():
            assert other - one >= span

    check([at for at, _ in heard], per_minute, timedelta(minutes=1))
    check([at for at, _ in heard], per_hour, timedelta(hours=1))
    check([at for at, to_one in heard if to_one], of_domain, timedelta(minutes=1))


@settings(max_examples=40, deadline=None, suppress_health_check=UNLUCKY)
@given(st.integers(1, 7), st.integers(1, 60), st.integers(1, 20))
def test_all_go_in_the_order_in_which_they_came_and_none_is_late(
    ledger: Ledger, most: int, many: int, pace: int
) -> None:
    """Those that are put off come again when their turn is, and then go."""
    name = f"r{next(NAMES)}"
    gate = Gate(ledger, Limits([Limit(name, (), most)]), WITHIN)
    now = START
    due = {one.delivery_id: (now, one) for one in (message("a.example", now) for _ in range(many))}
    gone: list[int] = []
    looks = 0
    while due:
        now = max(now, min(at for at, _ in due.values()))
        waiting = [one for at, one in sorted(due.values(), key=lambda v: (v[0], v[1].delivery_id))]
        waiting = [one for one in waiting if due[one.delivery_id][0] <= now]
        answer = gate.admit(name, waiting, pace, now)
        looks += len(answer.later)
        for one in answer.go:
            del due[one.delivery_id]
            gone.append(one.delivery_id)
        due.update(
            (number, (at, message_at(due[number][1], at))) for number, at in answer.later.items()
        )
        gate.done(answer.permit, {one.delivery_id for one in answer.go}, now)
    assert gone == sorted(gone)
    spans = (many - 1) // most
    assert now - START <= spans * (timedelta(minutes=1) + timedelta(seconds=1))
    assert looks <= 3 * many, "nobody is put off again and again"


def message_at(one: Outgoing, due_at: datetime) -> Outgoing:
    return one._replace(due_at=due_at)
