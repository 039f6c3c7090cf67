"""Phrases: all that stand in a text are found, wherever they overlap; of signs the first."""

from hypothesis import given
from hypothesis import strategies as st

from parsers.phrases import Phrases, Signs

LETTERS = "ab \né界"


@given(
    st.lists(st.text(LETTERS, min_size=1, max_size=4), min_size=1, max_size=12, unique=True),
    st.text(LETTERS, max_size=60),
)
def test_what_is_found_is_what_a_loop_would_find(phrases: list[str], text: str) -> None:
    within = {place for place, phrase in enumerate(phrases) if phrase in text}
    assert Phrases(phrases).found(text) == within
    assert Signs(phrases).any(text) == bool(within)


def test_no_phrases_are_found_nowhere() -> None:
    assert Phrases([]).found("text") == set()
    assert not Signs([]).any("text")


@given(
    st.lists(st.text("ab \n", min_size=1, max_size=4), min_size=1, max_size=12, unique=True),
    st.text(LETTERS, max_size=60),
)
def test_occurrences_are_where_they_are_said_to_be(phrases: list[str], text: str) -> None:
    search = Phrases(phrases)
    end = 0
    for place, at, stop in Signs(phrases).occurrences(text):
        assert text.startswith(phrases[place], at)
        # none is left out but those that overlap one
        assert not search.found(text[end:at])
        assert at >= end
        end = stop
        assert end == at + len(phrases[place])
    assert not search.found(text[end:])


def test_half_a_letter_is_no_trouble() -> None:
    assert Phrases(["b"]).found("\ud800b") == {0}
    assert Signs(["b"]).any("\ud800b")
    assert Signs(["b"]).occurrences("\ud800b") == [(0, 1, 2)]
