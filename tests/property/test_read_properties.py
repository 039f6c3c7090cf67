"""read() answers whatever it is given: any bytes, and any damage to real reports."""

import json
from itertools import count
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cli.parse import as_object
from parsers.mime.message import Limits, parse
from parsers.read import explain, read
from parsers.report import Kind, Report

DATA = Path(__file__).parents[1] / "data"
SAMPLES = [path.read_bytes() for path in sorted((DATA / "reports").glob("*.eml"))]
ALL = [path.read_bytes() for path in sorted(DATA.rglob("*.eml"))]
# what mutation under coverage has found to take a way of its own
SEEDS = sorted((DATA / "fuzz").glob("*.eml"))
PIECES = st.sampled_from(
    [
        b"Content-Type: message/rfc822\n\n",
        b'Content-Type: multipart/report; boundary="b"\n\n--b\n',
        b"Content-Type: message/delivery-status\n\n",
        b"Content-Transfer-Encoding: base64\n",
        b"Content-Type: text/plain; charset=utf-7\n\n+AGE-\n",
        b"Final-Recipient: rfc822;\n",
        b"Action: \xff\n",
        b"Status: 5.999999.1\n",
        b"=?utf-8?b?=?=",
        b"=?iso-2022-jp?q?=1B?=",
        b"--b--\n",
        b"\x00\r\r\n",
        b"Disposition: ;;/,\n",
        b"Date: Thu, 99 Foo 99999 99:99:99 +9999\n",
        b"<<<<>>>>",
        b"\n\n",
    ]
)


def check(report: Report) -> None:
    assert isinstance(report.kind, Kind)
    assert not any(note.startswith("unreadable") for note in report.notes), report.notes
    assert len(report.subject) <= 998
    json.dumps(as_object("x", report))


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.stem)
def test_what_mutation_has_found(seed: Path) -> None:
    check(read(seed.read_bytes()))


@given(st.binary(max_size=2_000))
def test_any_bytes(raw: bytes) -> None:
    check(read(raw))


@given(st.lists(PIECES, max_size=30))
def test_any_order_of_structural_pieces(pieces: list[bytes]) -> None:
    check(read(b"".join(pieces)))


@given(st.data())
def test_damaged_reports(data: st.DataObject) -> None:
    raw = data.draw(st.sampled_from(SAMPLES))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw)))
        end = data.draw(st.integers(at, min(len(raw), at + 80)))
        raw = raw[:at] + data.draw(st.one_of(PIECES, st.binary(max_size=12))) + raw[end:]
    check(read(raw))
    assert explain(raw)[0] == read(raw)


@given(st.sampled_from(SAMPLES), st.integers(0, 6_000))
def test_cut_off_anywhere(raw: bytes, at: int) -> None:
    check(read(raw[:at]))


@given(st.sampled_from(SAMPLES))
def test_line_ends_change_nothing_of_the_verdict(raw: bytes) -> None:
    if b"\r" in raw or b"\x1b" in raw or raw.count(b"\x00"):
        return
    ours, theirs = read(raw), read(raw.replace(b"\n", b"\r\n"))
    assert ours.kind == theirs.kind
    assert [one.address for one in ours.recipients] == [one.address for one in theirs.recipients]
    assert ours.token == theirs.token


@given(st.sampled_from(SAMPLES), st.integers(1, 3_000), st.integers(0, 200))
def test_tight_limits_are_kept_and_said(raw: bytes, octets: int, tail: int) -> None:
    limits = Limits(max_bytes=octets, max_tail=tail, max_parts=3, max_depth=1, max_text=100)
    check(read(raw, limits))
    message = parse(raw, limits)
    assert len(message.parts) <= 3
    if len(raw) > octets + tail:
        assert any("were not read" in note for note in message.notes)


@given(st.sampled_from(ALL), st.integers(1, 60))
def test_time_may_run_out_before_any_step(raw: bytes, looks: int) -> None:
    ticks = count()
    with patch("parsers.allowance.UNTIMED", 0):
        report = read(raw, Limits(seconds=looks), lambda: float(next(ticks)))
    whole = read(raw)
    check(report)
    assert set(report.recipients) <= set(whole.recipients)
    assert {clue.value for clue in report.clues} <= {clue.value for clue in whole.clues}
    if next(ticks) > looks + 1:
        assert report.kind in {whole.kind, Kind.UNKNOWN}
        assert any("was given up after" in note for note in report.notes)
    else:
        assert report == whole
