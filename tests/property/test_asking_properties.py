"""When to look: never without end, never in the past, and once at the deadline."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from store.asking import next_look
from store.words import Policy

T = datetime(2026, 3, 1, tzinfo=UTC)
spans = st.integers(0, 60 * 24 * 30).map(lambda count: timedelta(minutes=count))


@given(spans, st.integers(1, 50), spans, spans)
def test_looks_end_and_one_of_them_is_at_the_deadline(
    ask_after: timedelta, ask_times: int, within: timedelta, first: timedelta
) -> None:
    policy = Policy("p", ask=True, ask_after=ask_after, ask_times=ask_times)
    deadline = T + within
    now: datetime | None = min(T + first, deadline)
    made = []
    while now is not None:
        made.append(now)
        following = next_look(policy, looks=len(made), now=now, deadline=deadline)
        assert following is None or following >= now
        now = following
    assert len(made) == ask_times
    late = [one for one in made if one >= deadline]
    assert not late or late[0] == deadline
    if ask_times > 1 and first < within:
        assert deadline in made


@given(st.timedeltas(timedelta()), st.integers(0, 100), st.datetimes(timezones=st.just(UTC)))
def test_the_end_of_time_is_no_error(ask_after: timedelta, looks: int, now: datetime) -> None:
    policy = Policy("p", ask=True, ask_after=ask_after, ask_times=50)
    following = next_look(policy, looks=looks, now=now, deadline=now)
    assert (following is None) == (looks >= 50)
