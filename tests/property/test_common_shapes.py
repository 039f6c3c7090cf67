"""Mail of a common shape is taken apart as the MIME library takes it apart, whatever befalls it."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.mime.message import DEFAULT, Limits, Message, parse
from parsers.read import read

T = TypeVar("T")
SAMPLES = [
    path.read_bytes() for path in sorted((Path(__file__).parents[1] / "data").rglob("*.eml"))
]
PIECES = st.sampled_from(
    [
        b"\n", b"\n\n", b" ", b"--", b"\n--", b"=?utf-8?q?a?=", b"\xe9", b"\r\n", b";", b'"', b":",
        b"\nContent-Type: text/plain\n", b"\ncontent-type: text/html; charset=iso-8859-1\n",
        b"\nContent-Type: multipart/mixed; boundary=x\n", b"\n--x\n", b"\n--x--\n",
        b"\nContent-Transfer-Encoding: quoted-printable\n", b"\nContent-Disposition: attachment\n",
        b"\nContent-Disposition: inline; filename=a.eml\n", b"\nReceived: from a\n",
        b"\nContent-Type: message/rfc822\n", b"\nContent-Type: multipart/digest; boundary=x\n",
        b"\nContent-Type: text/plain; name=x\n", b"\n folded\n", b"boundary=", b"name=",
    ]
)  # fmt: skip


def generally(work: Callable[[bytes, Limits], T], raw: bytes, limits: Limits = DEFAULT) -> T:
    """What work makes of raw if all of it goes through the library."""
    with patch("parsers.mime.message.common_shape", return_value=None):
        return work(raw, limits)


def seen(message: Message) -> object:
    """All that readers can see of a message."""
    plain = [
        (
            part.content_type,
            part.disposition,
            part.filename,
            part.naked,
            part.content.replace(b"\r\n", b"\n"),
            part.text if part.content_type.startswith("text/") else "",
        )
        for part in message.parts
    ]
    returned = message.returned
    return (
        plain, message.kinds, message.full_text, message.text, message.quoted,
        message.status_parts, message.disposition_parts, message.feedback_parts,
        {name: returned.headers(name) for name in returned}, message.notes,
    )  # fmt: skip


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_both_ways_see_the_same_in_every_sample(ends: bytes) -> None:
    short = 0
    for sample in SAMPLES:
        raw = sample.replace(b"\r\n", b"\n").replace(b"\n", ends)
        ours, theirs = parse(raw), generally(parse, raw)
        assert theirs.took_general_way
        short += not ours.took_general_way
        assert seen(ours) == seen(theirs)
        assert read(raw) == generally(read, raw)
    # most mail is of a common shape, or there is no use for a short way
    assert short > len(SAMPLES) * 0.9


@given(st.data())
def test_both_ways_see_the_same_in_damaged_samples(data: st.DataObject) -> None:
    raw = data.draw(st.sampled_from(SAMPLES))
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(raw)))
        end = data.draw(st.integers(at, min(len(raw), at + 60)))
        raw = raw[:at] + data.draw(st.one_of(PIECES, st.just(b""))) + raw[end:]
    assert seen(parse(raw)) == seen(generally(parse, raw))
    assert read(raw) == generally(read, raw)


HEADS = st.lists(
    st.sampled_from(
        [
            b"Content-Type: text/plain; charset=utf-8", b"Content-Type: text/html",
            b"Content-Transfer-Encoding: quoted-printable", b"Content-Transfer-Encoding: 7bit",
            b"content-transfer-encoding: Quoted-Printable  ", b"Content-Transfer-Encoding: base64",
            b"Content-Disposition: inline", b"Content-Disposition: attachment",
            b"X-A: b\n c", b"Content-ID: <a>", b"A:", b"X: \xff",
        ]
    ),
    max_size=5,
    unique=True,
)  # fmt: skip
BODIES = st.lists(
    st.sampled_from(
        [
            b"=\n", b"=3D", b"=C3=A9", b"=e9", b"=ZZ", b"=", b"a", b" \n", b"\t\n", b"\n", b".\n",
            b"\xe9", b"\0", b"--x", b"=0D=0A", b"Received: a\n", b"\n\n", b"From: b\n", b"YQ==",
        ]
    ),
    max_size=12,
)  # fmt: skip


@given(st.lists(st.tuples(HEADS, BODIES), min_size=1, max_size=3))
def test_both_ways_see_the_same_in_parts_of_any_encoding(
    parts: list[tuple[list[bytes], list[bytes]]],
) -> None:
    written = b"".join(
        b"--b\n" + b"\n".join(head) + b"\n\n" + b"".join(body) + b"\n" for head, body in parts
    )
    raw = b"From: a\nContent-Type: multipart/mixed; boundary=b\n\n" + written + b"--b--\n"
    assert seen(parse(raw)) == seen(generally(parse, raw))


@pytest.mark.parametrize(
    "part",
    [
        # of two the library takes the first
        b"Content-Disposition: inline\nContent-Disposition: attachment\n\nx",
        b"Content-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: quoted-printable\n\n=41",
        b"Content-Transfer-Encoding: quoted-printable\nContent-Transfer-Encoding: 7bit\n\n=41",
        # whose lines it ends with CRLF
        b"Content-Transfer-Encoding: quoted-printable\nContent-Disposition: attachment\n"
        b"Content-Type: text/plain\n\nReceived: a=0D=0A=0D=0AFrom: b",
    ],
)
def test_both_ways_see_the_same_in(part: bytes) -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b\n" + part + b"\n--b--\n"
    assert seen(parse(raw)) == seen(generally(parse, raw))


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Type: text/plain;" + b"\n x=y;" * 900,
        b"Content-Type: text/plain;" + b"\n  " * 2_000,
        b"Content-Type: text/plain" + b"\nX-A: b" * 900,
        b"Content-Type: text/plain;" + b"\n x=y;" * 900 + b"\n charset=iso-8859-1",
        b"Content-Type: multipart/mixed;" + b"\n x=y;" * 900 + b"\n boundary=c",
    ],
    ids=["parameters", "blank folds", "fields", "charset", "boundary"],
)
def test_both_ways_see_the_same_below_a_long_head(head: bytes) -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" + head + b"\n\n--c\n\n\xe9\n--b--\n"
    ours, theirs = parse(raw), generally(parse, raw)
    assert not ours.took_general_way
    assert seen(ours) == seen(theirs)


TREES = st.recursive(
    st.sampled_from([b"\nx\n", b"Content-Type: text/html\n\n<p>x\n", b"X: y\n\n\n"]),
    lambda inner: st.lists(inner, min_size=1, max_size=4).map(tuple),
    max_leaves=12,
)


def written(tree: object, depth: int = 0) -> bytes:
    """A part, or a multipart with a boundary of its own, that says so if it has parts."""
    if isinstance(tree, bytes):
        return tree
    assert isinstance(tree, tuple)
    line = b"\n--%c" % (ord("a") + depth)
    parts = b"".join(line + b"\n" + written(part, depth + 1) for part in tree)
    return b"Content-Type: multipart/mixed; boundary=%s\n%s%s--\n" % (line[3:], parts, line)


@given(TREES, st.integers(1, 9), st.integers(0, 4))
def test_both_ways_leave_out_the_same_parts(tree: object, most: int, deepest: int) -> None:
    raw = written((tree,))
    limits = Limits(max_parts=most, max_depth=deepest)
    ours, theirs = parse(raw, limits), generally(parse, raw, limits)
    assert not ours.took_general_way
    assert seen(ours) == seen(theirs)


@given(st.lists(st.sampled_from([b"--b", b"--b", b"", b"x", b"X: y", b"--b--"]), max_size=12))
def test_both_ways_see_the_same_between_any_boundary_lines(lines: list[bytes]) -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"\n".join(lines)
    limits = Limits(max_parts=4)
    assert seen(parse(raw)) == seen(generally(parse, raw))
    assert seen(parse(raw, limits)) == seen(generally(parse, raw, limits))


@pytest.mark.parametrize(
    "part", [b"--b\n\nx\n", b"--b\nContent-Type: text/plain\n\nx\n\n", b"--b\n"]
)
@pytest.mark.parametrize("many", [498, 499, 500, 501, 4_000])
def test_both_ways_leave_out_the_same_of_very_many_parts(part: bytes, many: int) -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n" + part * many + b"--b--\n"
    ours, theirs = parse(raw), generally(parse, raw)
    assert not ours.took_general_way
    assert seen(ours) == seen(theirs)


LONG = b"".join(b"line %d =C3=A9 \xc3\xa9\n" % number for number in range(18_000))
HEADED = b"A: b\n" + b"X-Long: value\n" * 20_000 + b"Message-ID: <late@b.example>\n\nx\n"


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: x\n\n" + LONG,
        b"Subject: x\nContent-Type: text/html\n\n<p>" + LONG,
        b"Subject: x\nContent-Transfer-Encoding: quoted-printable\nContent-Type: text/plain\n\n"
        + LONG,
        b"Subject: x\n" + b"X-Long: value\n" * 20_000 + b"\nbody\n",
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nshort\n--b\n\n" + LONG + b"\n--b--\n",
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n"
        b"Content-Transfer-Encoding: quoted-printable\n\n" + LONG + b"\n--b--\n",
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b\n"
        b"Content-Type: message/rfc822\n\n" + HEADED + b"\n--b--\n",
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b\n"
        b"Content-Type: text/rfc822-headers\n\n" + HEADED + b"\n--b--\n",
    ],
    ids=["text", "page", "quoted", "header", "part", "quoted part", "returned", "returned headers"],
)
@pytest.mark.parametrize("times", [1, 2])
def test_both_ways_cut_the_same_from_what_is_too_long(raw: bytes, times: int) -> None:
    raw += b"end\n" * 60_000 * (times - 1)  # beyond the bounds of a message too
    ours, theirs = parse(raw), generally(parse, raw)
    assert not ours.took_general_way
    assert theirs.took_general_way
    text = seen_of_long(ours), seen_of_long(theirs)
    assert text[0] == text[1]
    assert read(raw) == generally(read, raw)


def seen_of_long(message: Message) -> object:
    """What readers ask a long message for; only what is text is cut at its length."""
    texts = [part.text for part in message.parts if part.content_type.startswith("text/")]
    returned = message.returned
    headers = {name: returned.headers(name) for name in returned}
    return message.body, texts, message.full_text, message.quoted, headers, message.notes
