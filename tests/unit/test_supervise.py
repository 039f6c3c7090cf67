"""Components come back after failures; signals become requests."""

import os
import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from agent.ingress.spool import SpoolError
from agent.schedule import Job, Timetable
from agent.signals import Request, Requests, listening
from agent.supervise import Component, guarded, resting
from store.errors import LedgerBusy
from tests.plugins.waiting import until

SOON = timedelta(milliseconds=1)
LONG = timedelta(seconds=20)


class Diary:
    """A witness that remembers and can be waited on."""

    def __init__(self, fails: bool = False) -> None:
        self.entries: list[tuple[str, str]] = []
        self.fails = fails

    def fared(self, name: str, trouble: str) -> None:
        self.entries.append((name, trouble))
        if self.fails:
            raise OSError("the disk is full")


def test_a_failure_is_told_and_does_not_raise() -> None:
    diary = Diary()

    def work() -> None:
        raise ValueError("the relay said 421")

    assert guarded("sender", work, diary)() is False
    assert diary.entries == [("sender", "ValueError: the relay said 421")]


def test_an_error_of_ours_is_told_in_its_own_words() -> None:
    diary = Diary()

    def work() -> None:
        raise LedgerBusy("the ledger is locked: try again")

    assert guarded("sender", work, diary)() is False
    assert diary.entries == [("sender", "the ledger is locked: try again")]


def test_a_success_clears_the_trouble() -> None:
    diary = Diary()
    assert guarded("sender", lambda: None, diary)() is True
    assert diary.entries == [("sender", "")]


def test_a_witness_that_fails_harms_nobody() -> None:
    assert guarded("sender", lambda: None, Diary(fails=True))() is True


def test_a_component_is_restarted_after_failures_and_ends_at_once() -> None:
    stop, worked, diary = threading.Event(), threading.Event(), Diary()
    rounds = iter([ValueError("one"), ValueError("two"), None])

    def work(_stop: threading.Event) -> None:
        error = next(rounds)
        if error:
            raise error
        worked.set()

    component = Component("watch", work, LONG, stop, diary, first_pause=SOON)
    component.start()
    assert worked.wait(120)
    assert component.is_alive()
    stop.set()
    assert component.join(LONG)
    assert component.restarts == 2
    assert [trouble for _, trouble in diary.entries] == ["ValueError: one", "ValueError: two", ""]


def test_a_component_that_does_not_end_is_told_apart() -> None:
    stop, release = threading.Event(), threading.Event()
    component = Component("stuck", lambda _: release.wait(120), LONG, stop, Diary())
    component.start()
    stop.set()
    assert component.join(SOON) is False
    release.set()
    assert component.join(LONG) is True


@pytest.fixture
def requests() -> Iterator[Requests]:
    with listening() as heard:
        yield heard


@pytest.mark.parametrize(
    ("number", "request_"),
    [
        (signal.SIGTERM, Request.STOP),
        (signal.SIGINT, Request.STOP),
        (signal.SIGHUP, Request.RELOAD),
    ],
)
def test_signals_become_requests(
    requests: Requests, number: signal.Signals, request_: Request
) -> None:
    os.kill(os.getpid(), number)
    assert requests.wait(LONG) == {request_}


def test_waiting_ends_with_nothing_asked(requests: Requests) -> None:
    assert requests.wait(SOON) == set()


def test_requests_from_a_thread(requests: Requests) -> None:
    threading.Thread(target=requests.ask, args=(Request.RELOAD,)).start()
    assert requests.wait(LONG) == {Request.RELOAD}


def test_the_old_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with listening():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before


def test_what_failed_rests_longer_each_time_and_still_shows_as_failing() -> None:
    clock = datetime(2026, 3, 1, tzinfo=UTC)
    tries: list[datetime] = []
    failing = True

    class Refused(Exception):
        retry_after: timedelta | None = None

    def work() -> str:
        tries.append(clock)
        if failing:
            raise Refused("out of order")
        return "done"

    run = resting(work, lambda: clock, first=timedelta(minutes=1))
    diary = Diary()
    job = guarded("ask own", run, diary)
    for _ in range(24 * 60):
        assert job() is False
        clock += timedelta(minutes=1)
    waits = [(after - before) // timedelta(minutes=1) for before, after in pairwise(tries)]
    assert waits[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert diary.entries == [("ask own", "Refused: out of order")] * (24 * 60)
    failing = False
    clock += timedelta(hours=1)
    assert job() is True
    Refused.retry_after = timedelta(hours=3)
    failing = True
    assert job() is False
    done = len(tries)
    clock += timedelta(hours=2, minutes=59)
    assert job() is False
    assert len(tries) == done
    clock += timedelta(minutes=1)
    failing = False
    assert job() is True


def test_a_trouble_that_stays_is_logged_once_and_so_is_its_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    troubles = ["", "a.eml: a link", "a.eml: a link", "two files", "two files", "", ""]

    def work() -> None:
        trouble = troubles.pop(0)
        if trouble:
            raise SpoolError(trouble)

    diary = Diary()
    job = guarded("spool", work, diary)
    with caplog.at_level("INFO"):
        for _ in range(7):
            job()
    told = [(one.getMessage(), vars(one)["landed_fields"].get("why")) for one in caplog.records]
    assert told == [
        ("component-failed", "a.eml: a link"),
        ("component-failed", "two files"),
        ("component-works", None),
    ]
    assert [trouble for _, trouble in diary.entries][1:5] == ["a.eml: a link"] * 2 + [
        "two files"
    ] * 2, "status goes on showing it"


def test_a_trouble_that_stays_is_logged_again_after_a_while(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def work() -> None:
        raise SpoolError("a.eml: a link")

    job = guarded("spool", work, Diary(), again=timedelta(0))
    with caplog.at_level("INFO"):
        assert [job(), job()] == [False, False]
    assert len(caplog.records) == 2


def test_every_job_is_due_where_the_clock_is_set_back() -> None:
    """Else sweeps, probes and logs would wait until the old time came again."""
    behind, runs = [timedelta(0)], [0]

    def work() -> None:
        runs[0] += 1

    def now() -> datetime:
        return datetime.now(UTC) - behind[0]

    table = Timetable([Job("sweep", work, timedelta(hours=1))], now=now)
    table.start()
    until(lambda: runs[0] == 1)
    behind[0] = timedelta(hours=2)
    until(lambda: runs[0] == 2)
    behind[0] = timedelta(hours=1)
    behind[0] = timedelta(hours=3)
    until(lambda: runs[0] == 3)
    assert table.close(LONG)


def test_a_rest_ends_where_the_clock_is_set_back() -> None:
    at = [datetime(2026, 10, 3, 12, tzinfo=UTC)]
    tries = [0]

    def work() -> None:
        tries[0] += 1
        raise OSError("no")

    run = resting(work, lambda: at[0], first=timedelta(minutes=5))
    for minutes, expected in ((0, 1), (1, 1), (-60, 2), (-59, 2), (-50, 3)):
        at[0] = datetime(2026, 10, 3, 12, tzinfo=UTC) + timedelta(minutes=minutes)
        with pytest.raises(OSError, match="no"):
            run()
        assert tries[0] == expected
