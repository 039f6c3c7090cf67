"""Multiparts deeper than is read are taken out before the MIME library copies them."""

import pytest

from parsers.mime.nesting import shallow

LETTERS = b"x" * 70_000


def opened(first: int, last: int) -> bytes:
    return b"".join(
        b'Content-Type: multipart/mixed; boundary="b%03d."\n\n--b%03d.\n' % (at, at)
        for at in range(first, last)
    )


def closed(first: int, last: int) -> bytes:
    return b"".join(b"\n--b%03d.--\n" % at for at in reversed(range(first, last)))


@pytest.mark.parametrize("ending", [closed(0, 9), closed(2, 9), b""], ids=["whole", "some", "none"])
def test_what_is_not_too_deep_stays_as_it_is(ending: bytes) -> None:
    raw = opened(0, 9) + LETTERS + ending

    assert shallow(raw, 9) is raw
    assert len(shallow(raw, 8)) < len(raw)


def test_many_multiparts_side_by_side_stay() -> None:
    one = b"--out\nContent-Type: multipart/mixed; boundary=in\n\n--in\n\n" + LETTERS + b"\n--in--\n"
    raw = b"Content-Type: multipart/mixed; boundary=out\n\n" + one * 20 + b"--out--\n"

    assert shallow(raw, 3) == raw


@pytest.mark.parametrize("line", [b"\n--b001.\n", b"\n--b001.--\n", b"\r\n--b001. \r\n"])
def test_what_follows_on_a_level_that_is_read_stays(line: bytes) -> None:
    deep = opened(3, 30) + LETTERS
    beside = line.lstrip() + b"\nbeside\n"
    raw = opened(0, 3) + deep + line[: -len(line.lstrip())] + beside

    assert shallow(raw, 3).endswith(beside)
    assert LETTERS not in shallow(raw, 3)


def test_deep_parts_go_wherever_they_stand() -> None:
    deep = opened(2, 9) + LETTERS + closed(2, 9)
    raw = (
        opened(0, 2)
        + deep
        + b"--b001.\n\none\n--b001.\n"
        + deep
        + b"--b001.\n\ntwo\n"
        + closed(0, 2)
    )
    kept = shallow(raw, 2)

    assert LETTERS not in kept
    assert b"\none\n" in kept
    assert b"\ntwo\n" in kept


def test_a_short_message_is_not_looked_into() -> None:
    raw = opened(0, 50)

    assert shallow(raw, 3) is raw
