"""Log lines: one per fact, whatever stands in the facts."""

import json
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest

from agent.log import event, set_up

LOG = logging.getLogger("landed.test")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("landed")
    before = (root.handlers[:], root.level, ours.level)
    yield
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    ours.setLevel(before[2])


def test_text_is_one_line_per_fact(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("info", "text")
    event(LOG, logging.INFO, "sent", delivery=7, reply="250 ok", empty="")
    event(LOG, logging.DEBUG, "not told")
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert line.endswith('info landed.test sent delivery=7 reply="250 ok" empty=""\n')


def test_times_are_utc_and_say_so_and_spans_are_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    east = datetime(2026, 10, 2, 9, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    for form in ("text", "json"):
        set_up("info", form)
        event(LOG, logging.INFO, "rests", until=east, retry=timedelta(seconds=2.1111))
        line = capsys.readouterr().err
        assert "2026-10-02T07:00:00.123Z" in line
        assert "2.111s" in line


def test_hostile_words_cannot_break_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("info", "text")
    event(LOG, logging.INFO, "read", subject="a\r\nforged line \x1b[31m\x9b\u202e\u2028ä")
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert not any(mark in line for mark in ("\x1b", "\x9b", "\u202e", "\u2028"))
    assert "\\\\u202e\\\\u2028ä" in line
    assert "\\\\x0d\\\\x0aforged" in line


def test_json_is_one_object_per_fact(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("debug", "json")
    event(LOG, logging.DEBUG, "sent", to="é\n", count=2)
    told = json.loads(capsys.readouterr().err)
    assert told | {"time": ""} == {
        "time": "",
        "level": "debug",
        "logger": "landed.test",
        "event": "sent",
        "to": "é\n",
        "count": 2,
    }
    assert told["time"].endswith("Z")


@pytest.mark.parametrize("form", ["text", "json"])
def test_trouble_stays_on_the_line(capsys: pytest.CaptureFixture[str], form: str) -> None:
    set_up("info", form)
    try:
        raise ValueError("no")
    except ValueError:
        LOG.exception("failed")
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert "ValueError: no" in line
