"""Answers to FETCH taken apart: the quick way says what imapclient's parser says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from imapclient.exceptions import ProtocolError
from imapclient.response_parser import parse_fetch_response

from agent.inbound.answers import Given, split

AT = datetime(2026, 10, 5, 7, 0, 20, tzinfo=UTC)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def test_the_common_forms() -> None:
    told = split(
        [
            (b'1 (UID 11 INTERNALDATE "05-Oct-2026 09:00:20 +0200" BODY[] {3}', b"one"),
            b")",
            (b"2 (BODY[]<0> {3}", b"two"),
            b' INTERNALDATE " 5-Oct-2026 02:30:20 -0430" UID 12 FLAGS (\\Seen))',
            b"3 (UID 13 RFC822.SIZE 4711)",
            b"4 (FLAGS (\\Seen $Landed))",  # news of another mail's flags, which names no UID
        ]
    )
    assert told == {
        11: Given(b"one", AT),
        12: Given(b"two", AT),
        13: Given(size=4711),
    }


def test_a_mail_told_of_twice_loses_nothing() -> None:
    told = split([(b"1 (UID 11 BODY[] {3}", b"one"), b")", b"1 (UID 11 FLAGS (\\Seen))"])
    assert told == {11: Given(b"one")}


@pytest.mark.parametrize(
    ("data", "raw"),
    [
        ([b'1 (UID 11 BODY[] "quoted")'], b"quoted"),
        ([b"1 (UID 11 BODY[] 12345)"], b"12345"),
        ([b"1 (UID 11 BODY[] NIL)"], None),
        ([(b'1 (UID 11 X-GM-LABELS ("a") BODY[] {3}', b"one"), b")"], b"one"),
    ],
)
def test_any_other_form_is_left_to_imapclient(data: list[Any], raw: bytes | None) -> None:
    assert split(data)[11].raw == raw


@pytest.mark.parametrize("data", [[b"garbage"], [(b"1 (UID 11 BODY[] {3}", b"one"), b" oops"]])
def test_what_makes_no_sense_raises_as_it_does_there(data: list[Any]) -> None:
    with pytest.raises(ProtocolError):
        split(data)


@pytest.mark.parametrize(
    "date", [b"05-Okt-2026 07:00:20 +0000", b"35-Oct-2026 07:00:20 +0000", b""]
)
def test_a_date_that_is_none_is_not_told(date: bytes) -> None:
    line = b'1 (UID 11 INTERNALDATE "' + date + b'" BODY[] {3}'
    assert split([(line, b"one"), b")"]) == {11: Given(b"one")}


@given(
    st.integers(0, 3_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC)),
    st.integers(-720, 840),
    st.integers(1, 2**32 - 1),
    st.binary(max_size=40),
    st.permutations(["uid", "date", "flags", "size"]),
    st.integers(0, 4),
)
def test_it_says_what_imapclient_says(
    at: datetime, zone: int, uid: int, raw: bytes, order: list[str], before: int
) -> None:
    sign = "-" if zone < 0 else "+"
    offset = f"{sign}{abs(zone) // 60:02}{abs(zone) % 60:02}"
    date = f'INTERNALDATE "{at.day:2}-{MONTHS[at.month - 1]}-{at.year} {at:%H:%M:%S} {offset}"'
    words = {
        "uid": f"UID {uid}",
        "date": date,
        "flags": r"FLAGS (\Seen Junk)",
        "size": f"RFC822.SIZE {len(raw)}",
    }
    items = [words[name] for name in order]
    head = " ".join([*items[:before], f"BODY[] {{{len(raw)}}}"])
    tail = "".join(f" {word}" for word in items[before:])
    data: list[Any] = [(f"7 ({head}".encode(), raw), f"{tail})".encode()]
    (told,) = parse_fetch_response(list(data), normalise_times=False).values()
    body = told[b"BODY[]"]
    assert str(body).encode() == raw if isinstance(body, int) else body == raw
    assert split(data) == {uid: Given(raw, told[b"INTERNALDATE"].astimezone(UTC), len(raw))}
    assert split(data)[uid].date == at - timedelta(minutes=zone)
