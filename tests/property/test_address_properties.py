"""Addresses are total and stable: one form or a reason, whatever the text."""

from contextlib import suppress

from hypothesis import example, given
from hypothesis import strategies as st

from parsers.addresses import InvalidAddress, canonical, domain_form, parse_list

# lone surrogates too: they stand for octets of a command line that are no UTF-8
ANY = st.text(st.characters(exclude_categories=[]), max_size=80)
LOCAL = st.one_of(ANY, st.text('abc.+-_"\\ @()<>', max_size=20))
DOMAIN = st.one_of(ANY, st.text("abcßüİ.-[]0123:", max_size=30))
ADDRESS = st.one_of(ANY, st.tuples(LOCAL, DOMAIN).map("@".join))


@given(ADDRESS)
@example("\udcfc@b.example")
def test_an_address_has_one_form_or_is_none(text: str) -> None:
    with suppress(InvalidAddress):
        kept = canonical(text)
        assert canonical(kept) == kept
        kept.encode("utf-8")
        assert domain_form(kept.rpartition("@")[2]) == kept.rpartition("@")[2]


@given(st.one_of(ANY, st.lists(ADDRESS, max_size=5).map(", ".join)))
def test_a_list_loses_no_entry_without_a_word(text: str) -> None:
    found, refused = parse_list(text)
    assert len(set(found)) == len(found)
    assert all(one.reason for one in refused)
    # what is neither stands for nobody: blanks, separators, a group without members
    assert found or refused or ":" in text or not "".join(text.split()).strip(",;")
