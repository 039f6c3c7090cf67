"""Plain text takes a shorter way to the same bytes: the ledger compares them."""

from hypothesis import given
from hypothesis import strategies as st

from agent.outbound.composing.template import _mime_body, build_body


@given(st.text(st.characters(max_codepoint=127, exclude_characters="\0"), max_size=300))
def test_the_short_way_ends_where_the_long_one_does(text: str) -> None:
    assert build_body(text, None) == _mime_body(text, None)
