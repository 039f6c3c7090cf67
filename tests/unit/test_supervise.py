"""Components come back after failures; signals become requests."""

import os
import signal
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from agent.signals import Request, Requests, listening
from agent.supervise import Component, guarded

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
    assert worked.wait(20)
    assert component.is_alive()
    stop.set()
    assert component.join(LONG)
    assert component.restarts == 2
    assert [trouble for _, trouble in diary.entries] == ["ValueError: one", "ValueError: two", ""]


def test_a_component_that_does_not_end_is_told_apart() -> None:
    stop, release = threading.Event(), threading.Event()
    component = Component("stuck", lambda _: release.wait(20), LONG, stop, Diary())
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
