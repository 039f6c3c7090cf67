"""One thread works at a time, and a wait lets the others work."""

import threading
from collections.abc import Callable
from functools import partial

import pytest

from agent.outbound.floor import Waiting, Working, share
from store import channels
from store.database import Ledger
from tests.plugins.ledgers import T0


def beside(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_one_works_at_a_time() -> None:
    inside, most, lock = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal inside, most
        for _ in range(50):
            with Working():
                with lock:
                    inside += 1
                    most = max(most, inside)
                threading.Event().wait(0)
                with lock:
                    inside -= 1

    threads = [beside(work) for _ in range(4)]
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert most == 1


def test_a_wait_lets_others_work_and_has_the_floor_again_at_its_end() -> None:
    worked, wants = threading.Event(), threading.Event()

    def other() -> None:
        wants.set()
        with Working():
            worked.set()

    with Working(), Working():
        thread = beside(other)
        assert wants.wait(60)
        with Waiting():
            assert worked.wait(60)
            with Waiting():  # a wait within a wait gives up nothing more
                pass
        worked.clear()
        again = beside(other)
        assert not worked.wait(0.05)
    for one in (thread, again):
        one.join(60)
        assert not one.is_alive()
    assert worked.is_set()


def test_who_does_not_have_the_floor_gives_nothing_up() -> None:
    entered, leave = threading.Event(), threading.Event()

    def other() -> None:
        with Working():
            entered.set()
            leave.wait(60)

    thread = beside(other)
    assert entered.wait(60)
    with Waiting():  # would end the other one's turn, or wait for it
        pass
    leave.set()
    thread.join(60)
    assert not thread.is_alive()


def test_a_block_that_raises_leaves_the_floor() -> None:
    for _ in range(2):
        try:
            with Working(), Waiting():
                raise LookupError
        except LookupError:
            pass
    done = threading.Event()

    def other() -> None:
        with Working():
            done.set()

    beside(other)
    assert done.wait(60)


def test_those_who_have_the_floor_work_with_the_ledger_in_turn(ledger: Ledger) -> None:
    kept: list[int] = []

    def work(name: str) -> None:
        for number in range(10):
            with Working():
                made = partial(channels.ensure, name=f"{name}{number}", kind="mailbox", now=T0)
                kept.append(share(ledger, made).id)

    threads = [beside(partial(work, name)) for name in "abcd"]
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert len(set(kept)) == 40


def test_the_ledger_is_not_reached_with_the_floor_but_by_share(ledger: Ledger) -> None:
    with Working():
        with pytest.raises(AssertionError, match="with the floor"), ledger.transaction():
            pass
        assert share(ledger, channels.all) == []
