"""Header blocks wherever they stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.mime.headers import Headers, decode_words, parse_headers
from parsers.mime.texts import unfold_lines

BLOCK = "To: a\nReceived: one\n two\nX-Odd : b\nnonsense\nTO: c\nTotal: d\nReceived: three\n"


def test_names_are_any_case_and_values_in_order() -> None:
    headers = parse_headers(BLOCK)
    assert headers
    assert headers.header("to") == "a"
    assert headers.headers("To") == ["a", "c"]
    assert headers.headers("received") == ["one two", "three"]
    assert headers.header("X-ODD") == "b"
    assert headers.raw("received") == ["one\n two", "three"]
    assert sorted(headers.gather(["total", "none", "to"])) == ["a", "c", "d"]
    assert "to" in headers
    assert "nonsense" not in headers
    assert list(headers) == ["to", "received", "x-odd", "total"]


def test_nothing_is_empty() -> None:
    assert not parse_headers("")
    assert not parse_headers("no field here")
    assert parse_headers("no field").header("to") == ""
    assert Headers({}).headers("to") == []


BLOCKS = st.lists(
    st.sampled_from(["To: a", "to : b", "TO:", " folded", "\tmore", "Total: c", "", "x", "Tó: é"])
).map("\n".join)


@given(BLOCKS)
def test_one_field_alone_is_the_one_that_all_fields_hold(block: str) -> None:
    assert parse_headers(block).only("to") == parse_headers(block).header("to")
    assert bool(parse_headers(block)) == bool(list(parse_headers(block)))
    taken = parse_headers(block)
    taken.raw("to")
    assert taken.only("to") == taken.header("to")


def test_slots_that_are_none_are_missing() -> None:
    with pytest.raises(AttributeError):
        _ = parse_headers("To: a").nothing


def test_fields_are_bounded() -> None:
    assert len(parse_headers("A: b\n" * 50, limit=10).raw("a")) == 10


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?utf-8?Q?a_b=3F?=", "a b?"),
        ("=?utf-8?b?w6k?= =?utf-8?b?w6k=?=", "éé"),
        ("=?utf-8*de?q?=C3=BC?= x", "ü x"),
        ("=?utf-8?b?AAAAA?=", "=?utf-8?b?AAAAA?="),
        ("a =? b ?= c", "a =? b ?= c"),
        ("=?utf-8?b?é?=", "=?utf-8?b?é?="),
        ("=?utf-8?q?€?=", "=?utf-8?q?€?="),
        ("=?made-up?q?=E9?=", "é"),
    ],
)
def test_encoded_words(value: str, text: str) -> None:
    assert decode_words(value) == text


def test_unfolding() -> None:
    assert unfold_lines(" a\n\tb \n c") == "a b c"
