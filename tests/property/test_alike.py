"""What is searched in texts made alike is what re.IGNORECASE finds in them as they stand."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers import autowords
from parsers.mime.texts import alike

FORMS = [autowords.ABSENT_TEXT, autowords.CHALLENGE, autowords.MOVED, autowords.TICKET]
LETTERS = st.text(st.sampled_from("aIiİıKkſsSßẞΣσςÄäЖжµ.\n\u0307不"), max_size=40)


@pytest.mark.parametrize("form", FORMS, ids=["absent", "challenge", "moved", "ticket"])
@given(st.data())
def test_a_form_is_found_however_it_is_written(form: re.Pattern[str], data: st.DataObject) -> None:
    written = data.draw(st.from_regex(re.compile(form.pattern, re.IGNORECASE), fullmatch=True))
    before, after = data.draw(LETTERS), data.draw(LETTERS)
    assert form.search(alike(before + written + after))


@given(LETTERS, st.data())
def test_letters_are_alike_as_they_are_to_re(text: str, data: st.DataObject) -> None:
    assert len(alike(text)) == len(text)
    start = data.draw(st.integers(0, len(text)))
    piece = text[start : data.draw(st.integers(start, len(text)))].swapcase()
    sought = re.compile(re.escape(piece), re.IGNORECASE)
    assert (alike(piece) in alike(text)) == (sought.search(text) is not None)


@pytest.mark.parametrize(
    "text", ["OFIS DIŞINDA", "OFİS DIŞINDA", "ofis dışında", "İZİNDE", "IZINDE"]
)
def test_turkish_capitals_are_those_of_the_words(text: str) -> None:
    assert autowords.ABSENT_TEXT.search(alike(text))
