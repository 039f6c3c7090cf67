"""Reading a hostile mail costs what its length says: counted in calls, since time is chance."""

import sys
from collections.abc import Callable
from itertools import count
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.bounces.places import Places
from parsers.read import read
from tests.bench.bench_read import HOSTILE

SMALL = 4_000  # octets


def calls(work: Callable[[], object]) -> int:
    """How many functions, of Python and of C, are called."""
    number = count()

    def watch(_frame: FrameType, event: str, _argument: Any) -> None:
        if event in {"call", "c_call"}:
            next(number)

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        work()
    finally:
        sys.setprofile(before)
    return next(number)


@pytest.mark.parametrize("form", HOSTILE)
def test_twice_as_much_takes_no_more_than_twice_as_many_calls(form: str) -> None:
    make, n = HOSTILE[form], 8
    while len(make(n)) < SMALL:
        n *= 2
    small, large = make(n), make(2 * n)
    read(small), read(large)  # what is worked out once is not of the mail
    assert calls(lambda: read(large)) < 2.2 * calls(lambda: read(small))


@given(st.lists(st.integers(0, 200), min_size=1, max_size=150), st.randoms(use_true_random=False))
def test_places_are_where_a_search_finds_them(numbers: list[int], chance: Any) -> None:
    around = ["{}", "<{}>:", "rfc822;{}", "({})", '"{}", ', "{}.", "to:{}", "'{}'"]
    words = [chance.choice(around).format(f"u{number}@far.example") for number in numbers]
    text = "\n".join(words)
    places = Places(text)
    for number in [*numbers, *numbers, 999]:
        address = f"u{number}@far.example"
        assert places.find(address) == text.find(address)
