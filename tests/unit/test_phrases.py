"""Phrases: all that stand in a text are found, wherever they overlap."""

from hypothesis import given
from hypothesis import strategies as st

from parsers.phrases import Phrases

LETTERS = "ab \né界"


@given(
    st.lists(st.text(LETTERS, min_size=1, max_size=4), min_size=1, max_size=12, unique=True),
    st.text(LETTERS, max_size=60),
)
def test_what_is_found_is_what_a_loop_would_find(phrases: list[str], text: str) -> None:
    search = Phrases(phrases)
    within = {place for place, phrase in enumerate(phrases) if phrase in text}
    assert search.found(text) == within
    assert search.any(text) == bool(within)


def test_no_phrases_are_found_nowhere() -> None:
    assert Phrases([]).found("text") == set()
    assert not Phrases([]).any("text")
