"""A backlog is read in a second process: in order, and whatever becomes of that process."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.inbound.account import ImapError
from agent.inbound.backlog import handover
from agent.inbound.backlog.ahead import Ahead, Batch
from agent.inbound.backlog.handover import Answer
from agent.inbound.imap import Mail
from parsers.mime.message import Limits
from parsers.read import read
from parsers.report import Kind, RecipientReport, Report
from store.packing import pack, unpack
from tests.plugins.waiting import until

WITHIN = 120.0  # seconds that any wait of a test may take
GO_ON = threading.Event()  # a stop that never comes
# a reader that does what its mail says, in the place of the parsers
OBEDIENT = """
import os, re, signal, sys, time
from agent.inbound.backlog.helper import serve
from parsers.report import Kind, Report

def once(name):
    try:
        os.close(os.open(name, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True

def read(raw):
    word, _, rest = raw.decode("ascii").partition(" ")
    if word == "die" or (word == "once" and once(rest)):
        os.kill(os.getpid(), signal.SIGKILL)
    if word == "hang":
        re.match(r"(a+)+$", "a" * 60 + "b")
    if word == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    if word == "eat":
        bytearray(2 << 30)
    if word == "surrogate":
        return Report(Kind.REPLY, subject=chr(0xd800))
    return Report(Kind.REPLY, subject=raw.decode("ascii"), sender=str(os.getpid()))

serve(read, int(sys.argv[2]))
"""


def ahead(program: Sequence[str] = ("-c", OBEDIENT), *, at_least: int = 1, **rest: Any) -> Ahead:
    return Ahead(Limits(seconds=0), at_least=at_least, program=program, **rest)


class Backlog:
    """Batches of mails, and what the reader tells of its process."""

    def __init__(self, *batches: Sequence[str]) -> None:
        self.told: list[str] = []
        self.listening = False
        self.batches = [
            [Mail(100 * one + two, said.encode()) for two, said in enumerate(batch)]
            for one, batch in enumerate(batches)
        ]

    def over(self, ahead: Ahead, stop: threading.Event = GO_ON) -> Generator[Batch]:
        return ahead.over(self._beginning(), 1 << 20, stop, self.told.append)

    def _beginning(self) -> Iterator[Sequence[Mail]]:
        """Small ones, until one was read beside."""
        end = time.monotonic() + WITHIN
        while not self.listening and time.monotonic() < end:
            yield [Mail(1, b"early")]
            time.sleep(0.005)
        yield from self.batches

    def read(self, ahead: Ahead) -> list[tuple[str, Answer | None]]:
        """What became of each mail of the batches, once the process listens."""
        came: list[tuple[str, Answer | None]] = []
        with closing(self.over(ahead)) as batches:
            for mails, answers in batches:
                assert len(mails) == len(answers)
                self.listening = self.listening or answers[0] is not None
                came += [
                    ((mail.raw or b"").decode(), answer)
                    for mail, answer in zip(mails, answers, strict=True)
                    if mail.raw != b"early"
                ]
        assert self.listening
        return came


def subjects(came: Sequence[tuple[str, Answer | None]]) -> list[str]:
    return [answer.report.subject if answer and answer.report else "" for _, answer in came]


def troubles(came: Sequence[tuple[str, Answer | None]]) -> dict[str, str]:
    return {said: answer.trouble for said, answer in came if answer and answer.trouble}


def is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_batches_come_back_in_order_each_mail_with_what_was_read_and_packed() -> None:
    wanted = [f"mail {number}" for number in range(60)]
    backlog = Backlog(*(wanted[start : start + 7] for start in range(0, 60, 7)))
    came = backlog.read(ahead())
    assert [said for said, _ in came] == wanted
    assert subjects(came) == wanted
    assert [unpack(answer.packed).decode() for _, answer in came if answer] == wanted
    assert len({answer.report.sender for _, answer in came if answer and answer.report}) == 1
    assert not backlog.told


def test_the_process_ends_with_the_backlog_and_so_it_does_when_nobody_reads_on() -> None:
    shared = ahead()
    for read_on in (True, False):
        backlog = Backlog(["one"], ["two"], ["three"])
        batches = backlog.over(shared)
        pid = 0
        for _, answers in batches:
            if answers[0] is not None and answers[0].report is not None:
                backlog.listening, pid = True, int(answers[0].report.sender)
                assert is_there(pid)
                if not read_on:
                    break
        batches.close()
        assert pid
        assert not is_there(pid)


@pytest.mark.parametrize(("said", "why"), [("die", "signal 9"), ("hang", "it took too long")])
def test_a_mail_that_ends_its_reader_is_told_as_unreadable_and_all_others_are_read(
    said: str, why: str
) -> None:
    backlog = Backlog(["a", said, "b"], ["c"], ["d", "e"])
    came = backlog.read(ahead(seconds=1, patience=WITHIN))
    assert [said for said, _ in came] == ["a", said, "b", "c", "d", "e"]
    assert troubles(came) == {said: f"it ended the process that read it ({why})"}
    assert subjects(came) == ["a", "", "b", "c", "d", "e"]
    assert set(backlog.told) == {why}


def test_a_reader_that_stands_still_is_not_waited_for_for_ever() -> None:
    came = Backlog(["a", "stop", "b"], ["c"]).read(ahead(patience=2.0))
    assert [said for said, _ in came] == ["a", "stop", "b", "c"]
    assert troubles(came)["stop"] == "it ended the process that read it (it took too long)"


def test_a_reader_that_somebody_ended_costs_no_mail(tmp_path: Path) -> None:
    mark = tmp_path / "died"
    backlog = Backlog(["a", f"once {mark}"], ["b"])
    came = backlog.read(ahead())
    assert subjects(came) == ["a", f"once {mark}", "b"]
    assert backlog.told == ["signal 9"]


def test_a_mail_for_which_there_is_no_memory_is_told_and_the_others_are_read() -> None:
    came = Backlog(["a", "eat", "b"]).read(ahead())
    assert troubles(came) == {"eat": "MemoryError: "}
    assert subjects(came) == ["a", "", "b"]


def test_a_batch_of_very_much_is_left_to_the_caller_in_its_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("agent.inbound.backlog.ahead._MOST", 100)
    came = Backlog(["a"], ["b", "c" * 100], ["d"]).read(ahead())
    assert [said[:1] for said, _ in came] == ["a", "b", "c", "d"]
    assert [answer is None for _, answer in came] == [False, True, True, False]


def test_what_has_no_form_on_the_line_is_left_to_the_caller() -> None:
    came = Backlog(["a", "surrogate", "b"]).read(ahead())
    assert [answer is None for _, answer in came] == [False, True, False]


@pytest.mark.parametrize("program", ["raise SystemExit(3)", "import time; time.sleep(600)"])
def test_where_no_process_listens_everything_is_left_to_the_caller(program: str) -> None:
    backlog = Backlog()
    mails = [[Mail(1, b"a")], [Mail(2, b"b")]]
    told = backlog.told.append
    with closing(ahead(("-c", program)).over(iter(mails), 2, GO_ON, told)) as batches:
        assert list(batches) == [(mails[0], [None]), (mails[1], [None])]


def test_a_process_that_cannot_be_started_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    backlog, mails = Backlog(), [Mail(1, b"a")]
    with closing(ahead().over(iter([mails]), 1, GO_ON, backlog.told.append)) as batches:
        assert list(batches) == [(mails, [None])]
    assert backlog.told == ["it cannot be started: Cannot allocate memory"]


def test_a_process_that_does_not_come_back_is_not_waited_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shared = ahead()
    backlog = Backlog(["die", "a", "b"], ["c"], ["d"])

    def tell(how: str) -> None:
        backlog.told.append(how)
        monkeypatch.setattr(shared, "_command", (sys.executable, "-c", "raise SystemExit(3)"))

    came = []
    with closing(shared.over(backlog._beginning(), 1 << 20, GO_ON, tell)) as batches:
        for mails, answers in batches:
            backlog.listening = backlog.listening or answers[0] is not None
            came += [mail.raw for mail, one in zip(mails, answers, strict=True) if one is None]
    assert [raw for raw in came if raw != b"early"] == [b"die", b"a", b"b", b"c", b"d"]
    assert backlog.told == ["signal 9", "exit code 3"]


def test_few_mails_and_a_second_folder_at_the_same_time_are_read_by_the_caller() -> None:
    mails = [Mail(1, b"a")]
    with closing(ahead(at_least=3).over(iter([mails]), 2, GO_ON, print)) as batches:
        assert list(batches) == [(mails, [None])]
    with closing(ahead(at_least=0).over(iter([mails]), 2, GO_ON, print)) as batches:
        assert list(batches) == [(mails, [None])]
    shared = ahead()
    first = Backlog(["one"])
    with closing(first.over(shared)) as batches:
        next(batches)
        with closing(shared.over(iter([mails] * 50), 50, GO_ON, print)) as others:
            assert list(others) == [(mails, [None])] * 50
    assert subjects(Backlog(["two"]).read(shared)) == ["two"]


def test_what_was_fetched_before_the_line_broke_is_given_before_that_is_told() -> None:
    backlog = Backlog()

    def breaks() -> Iterator[Sequence[Mail]]:
        yield from backlog._beginning()
        yield from ([Mail(number, b"late")] for number in range(3))
        raise ImapError("lost", "cut")

    late = 0

    def read_all(batches: Iterator[Batch]) -> None:
        nonlocal late
        for mails, answers in batches:
            backlog.listening = backlog.listening or answers[0] is not None
            late += mails[0].raw == b"late"

    with (
        closing(ahead().over(breaks(), 1 << 20, GO_ON, print)) as batches,
        pytest.raises(ImapError, match="cut"),
    ):
        read_all(batches)
    assert late == 3


def test_a_stop_does_not_wait_for_a_reader_that_hangs() -> None:
    stop = threading.Event()
    backlog = Backlog(["hang"], ["a"])
    with closing(backlog.over(ahead(), stop)) as batches:
        for mails, answers in batches:
            assert mails[0].raw == b"early"
            if answers[0] is not None:
                backlog.listening = True
                stop.set()


def test_the_process_ends_when_the_agent_is_killed(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    program = f"""
import sys, time
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from tests.unit.test_backlog import Backlog, ahead
backlog = Backlog()
for _, answers in backlog.over(ahead()):
    if answers[0] is not None:
        with open({str(told)!r} + "~", "w") as file:
            file.write(answers[0].report.sender)
        import os
        os.rename({str(told)!r} + "~", {str(told)!r})
        time.sleep(600)
"""
    agent = subprocess.Popen([sys.executable, "-c", program])
    try:
        until(told.exists)
        helper = int(told.read_text("ascii"))
        assert is_there(helper)
    finally:
        agent.kill()
        agent.wait()
    until(lambda: not is_there(helper))


def test_a_stop_that_is_sent_to_the_whole_group_does_not_end_it() -> None:
    backlog = Backlog(["a"])
    pid = 0
    with closing(backlog.over(ahead())) as batches:
        for _, answers in batches:
            if answers[0] is not None and answers[0].report is not None and not pid:
                backlog.listening, pid = True, int(answers[0].report.sender)
                for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                    os.kill(pid, number)
    assert pid
    assert not backlog.told


def test_the_real_reader_says_the_same_as_in_the_agent_itself() -> None:
    paths = sorted((Path(__file__).parents[1] / "data").rglob("*.eml"))
    raws = [path.read_bytes() for path in paths]
    mails = [Mail(number, raw) for number, raw in enumerate(raws, 1)]
    backlog = Backlog()
    backlog.batches = [mails[start : start + 50] for start in range(0, len(mails), 50)]
    shared = Ahead(Limits(), at_least=1)
    told: dict[int, Answer | None] = {}
    with closing(backlog.over(shared)) as batches:
        for some, answers in batches:
            backlog.listening = backlog.listening or answers[0] is not None
            given = zip(some, answers, strict=True)
            told |= {mail.uid: one for mail, one in given if mail.raw != b"early"}
    assert len(told) == len(raws) > 100
    for number, raw in enumerate(raws, 1):
        answer = told[number]
        if answer is not None:
            assert (answer.report, answer.packed) == (read(raw), pack(raw))
    assert sum(answer is None for answer in told.values()) < len(raws) / 20


def test_an_answer_survives_the_line_whole() -> None:
    moment = datetime(2026, 10, 5, 7, 0, 20, 5, tzinfo=UTC)
    said = RecipientReport("a@b.example", date=moment, contradictions=("x", "y"))
    report = Report(Kind.DSN, recipients=(said,), date=moment, notes=("\0", "é"))
    answer = Answer(report, b"\0packed")
    (back,) = handover.answers(b"\x91" + bytes(handover.encoded(answer)))
    assert back == answer


def test_a_file_takes_the_place_of_memory_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(os, "memfd_create", raising=False)
    assert subjects(Backlog(["a"], ["b"]).read(ahead())) == ["a", "b"]
