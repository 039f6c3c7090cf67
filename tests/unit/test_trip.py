"""A line is kept full: letters that come while others are in the air, and what became of each."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from agent.outbound.sending.trip import Pace
from agent.outbound.smtp.client import Connection, Letter
from store import outbox
from store.database import Ledger
from store.errors import LedgerUnavailable
from store.words import Stage
from tests.plugins.smtpd import CLOSE, Reply, scripted
from tests.unit.test_flight import GOOD, UNKNOWN, WAYS, letters, outcomes, relay, subjects
from tests.unit.test_sender import PIPELINING, Clock, owe, policies, view, worker


def in_portions(mails: Sequence[Letter], sizes: Sequence[int]) -> Callable[[], Sequence[Letter]]:
    """What gives so many of mails at each call, and then none."""
    rest, left = list(mails), list(sizes)

    def more() -> Sequence[Letter]:
        many = left.pop(0) if left else 0
        portion, rest[:] = rest[:many], rest[many:]
        return portion

    return more


@WAYS
def test_letters_that_come_meanwhile_go_over_the_same_line(ehlo: str) -> None:
    mails = letters(60)
    with scripted({"EHLO": ehlo}) as server, Connection(relay(server.port)) as connection:
        more = in_portions(mails[1:], [1, 2, 20, 36])
        results = list(connection.send_many(mails[:1], more=more))
    assert outcomes(results) == [GOOD] * 60
    assert subjects(server) == list(range(60))
    assert server.lines == 1


@WAYS
def test_nothing_more_is_begun_for_a_line_that_has_not_proven_itself(ehlo: str) -> None:
    mails = letters(3)
    asked: list[int] = []
    with scripted({"EHLO": ehlo}) as server, Connection(relay(server.port)) as connection:

        def more() -> Sequence[Letter]:
            asked.append(len(server.messages))
            return mails[1:] if len(asked) == 1 else ()

        assert outcomes(list(connection.send_many(mails[:1], more=more))) == [GOOD] * 3
    assert asked[0] >= 1, "the first message had come to its good end"


@WAYS
def test_a_lost_line_is_followed_by_another_for_all_that_came_meanwhile(ehlo: str) -> None:
    def final(count: int) -> str:
        return CLOSE if count == 10 else "250 2.0.0 ok"

    mails = letters(40)
    script: dict[str, Reply] = {"EHLO": ehlo, "FINAL": final}
    with scripted(script) as server, Connection(relay(server.port)) as connection:
        more = in_portions(mails[4:], [10, 26])
        results = list(connection.send_many(mails[:4], more=more))
    assert len(results) == 40
    assert set(outcomes(results)) <= {GOOD, UNKNOWN}
    assert UNKNOWN in outcomes(results)
    sent = subjects(server)
    assert len(sent) == len(set(sent)), "none went twice"
    taken = {number for number, one in enumerate(outcomes(results)) if one is GOOD}
    assert taken <= set(sent)


@WAYS
def test_one_that_does_not_fit_is_refused_between_those_that_do(ehlo: str) -> None:
    mails = letters(6)
    mails[3] = Letter(mails[3].composed, "jürgen@example.com")
    with scripted({"EHLO": ehlo}) as server, Connection(relay(server.port)) as connection:
        results = list(connection.send_many(mails[:2], more=in_portions(mails[2:], [4])))
    assert [one.status for one in results].index("5.6.7") == 3
    assert outcomes(results).count(GOOD) == 5
    assert subjects(server) == [0, 1, 2, 4, 5]


def test_the_pace_grows_while_it_is_quick_and_falls_when_it_is_slow() -> None:
    pace = Pace()
    seen = []
    for took in (0.01, 0.01, 0.3, 0.01, 1.0, 1.0, 1.0, 1.0, 1.0):
        pace.after(took)
        seen.append(pace.many)
    assert seen == [2, 4, 4, 8, 4, 2, 1, 1, 1]
    for _ in range(20):
        pace.after(0.0)
    assert pace.many == 64


def test_beginnings_that_cannot_be_written_leave_the_ends_before_them_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger fails in the middle: what is in the air comes to its end, then it is told."""
    ledger = Ledger.open(tmp_path / "ledger.db")
    clock = Clock()

    ids = owe(ledger, clock, *[f"r{number}@example.com" for number in range(40)])
    start, calls = outbox.start_attempts, 0

    def brittle(*args: object, **more: object) -> object:
        nonlocal calls
        calls += 1
        if calls > 4:
            raise LedgerUnavailable("disk full")
        return start(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(outbox, "start_attempts", brittle)
    with scripted(PIPELINING) as server, pytest.raises(LedgerUnavailable):
        worker(ledger, [relay(server.port)]).run_once(clock, threading.Event())
    stages = [view(ledger, one).state.stage for one in ids]
    assert stages.count(Stage.ACCEPTED) == len(server.messages) > 0
    monkeypatch.undo()
    clock.pass_by(minutes=11)  # what had been taken to be begun waits for the end of its lease
    with scripted(PIPELINING) as server:
        again = worker(ledger, [relay(server.port)], policies=policies)
        assert again.run_once(clock, threading.Event()).accepted == stages.count(Stage.QUEUED)
    ledger.close()
