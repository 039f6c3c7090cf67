"""Which parts of a long mail are read beyond its cut, and what is made of them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.inbound.parts import Part, parts_behind, shortened

TEXT = (b"TEXT", b"PLAIN", None, None, None, b"7BIT", 50_000, 900)
STATUS = (b"MESSAGE", b"DELIVERY-STATUS", None, None, None, b"7BIT", 300)
RETURNED = (b"MESSAGE", b"RFC822", None, None, None, b"7BIT", 9_000, (), (), 50)
BOUND = (b"REPORT-TYPE", b"delivery-status", b"BOUNDARY", b"b=1")


def multipart(*parts: Any, words: Any = BOUND) -> tuple[Any, ...]:
    return (list(parts), b"REPORT", words, None, None)


def sections(structure: Any, limit: int = 20_000) -> list[str]:
    return [part.section for part in parts_behind(structure, limit)[1]]


def test_parts_behind_the_limit_are_named() -> None:
    boundary, parts = parts_behind(multipart(TEXT, STATUS, RETURNED), 20_000)
    assert boundary == b"b=1"
    assert [part.content for part in parts] == ["2", "3.HEADER"]
    assert parts[0].items == "BODY.PEEK[2.MIME]<0.1250> BODY.PEEK[2]<0.1250>"
    assert sections(multipart(([TEXT, STATUS], b"MIXED", None), RETURNED)) == ["1.2", "2"]


def test_parts_that_the_beginning_holds_are_not_read_again() -> None:
    assert sections(multipart(STATUS, TEXT)) == []
    assert sections(multipart(TEXT, STATUS), 1_000_000) == []


@pytest.mark.parametrize(
    "structure",
    [
        None, (), TEXT, multipart(TEXT, STATUS, words=None), multipart(TEXT, None, (1, 2)),
        multipart(TEXT, STATUS, words=(b"BOUNDARY", b"x" * 71)), ([], b"MIXED"),
    ],
)  # fmt: skip
def test_what_is_no_report_has_none(structure: Any) -> None:
    assert sections(structure) == []


def test_many_and_deep_parts_are_bounded() -> None:
    assert len(sections(multipart(TEXT, *[STATUS] * 2_000))) == 4
    deep: Any = multipart(TEXT, STATUS)
    for _ in range(500):
        deep = multipart(deep)
    assert sections(deep) == []


def test_a_shortened_mail_is_a_mail_within_the_limit() -> None:
    part = Part("2", "message/delivery-status", returned=False, octets=100)
    made = shortened(
        b"H: x\r\n\r\n" + b"y" * 5_000, b"b", [(part, b"", b"Action: failed\r\n")], 1_000
    )
    assert len(made) == 1_000
    assert made.endswith(
        b"y\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n\r\n--b--\r\n"
    )


leaf = st.one_of(st.none(), st.integers(), st.binary(max_size=5), st.just(TEXT), st.just(STATUS))


@given(st.recursive(leaf, lambda more: st.lists(more, max_size=4) | st.tuples(more, more, more)))
def test_nothing_that_a_server_says_breaks_it(structure: Any) -> None:
    assert len(parts_behind(structure, 10_000)[1]) <= 4
