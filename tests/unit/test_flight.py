"""Transactions in flight: every place where a line can end, and whose mail it was."""

import socket
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from agent.outbound.composing.compose import Composed
from agent.outbound.routes import Relay
from agent.outbound.smtp.client import Connection, Letter
from store.attempts import AttemptResult
from store.words import Outcome, Phase
from tests.plugins.smtpd import CLOSE, HOST, SILENCE, Reply, ScriptedServer, scripted

PIPELINING = "250-scripted.test\r\n250-DSN\r\n250-SIZE 100000000\r\n250 PIPELINING"
CHUNKING = PIPELINING + "\r\n250 CHUNKING"
CHUNKING = CHUNKING.replace("250 PIPELINING", "250-PIPELINING")
WAYS = pytest.mark.parametrize("ehlo", [PIPELINING, CHUNKING], ids=["data", "bdat"])
GOOD, BAD, UNKNOWN = Outcome.ACCEPTED, Outcome.REJECTED, Outcome.AMBIGUOUS


def letters(count: int, size: int = 0) -> list[Letter]:
    return [
        Letter(
            Composed(
                envelope_from=f"b{number}@bounces.example.org",
                envid=f"b{number}",
                message_id=f"m{number}@example.org",
                raw=b"Subject: %d\r\n\r\n.dot\r\n%s\r\n" % (number, b"x\r\n" * (size // 3)),
                smtputf8=False,
            ),
            f"r{number}@example.com",
        )
        for number in range(count)
    ]


def relay(port: int, **changes: Any) -> Relay:
    base = Relay("test", HOST, port, security="none", timeout=timedelta(seconds=10))
    return replace(base, **{"local_hostname": "agent.test", **changes})


def carry(
    server: ScriptedServer, mails: Sequence[Letter], careful: set[str] | None = None, **changes: Any
) -> list[AttemptResult]:
    with Connection(relay(server.port, **changes), careful) as connection:
        return list(connection.send_many(mails))


def outcomes(results: Sequence[AttemptResult]) -> list[Outcome]:
    return [one.outcome for one in results]


def subjects(server: ScriptedServer) -> list[int]:
    return [int(raw.split(b"\r\n")[0].removeprefix(b"Subject: ")) for raw in server.messages]


@WAYS
@pytest.mark.parametrize("size", [0, 200_000])
def test_many_go_over_one_line_in_their_order(ehlo: str, size: int) -> None:
    mails = letters(40 if not size else 5, size)
    with scripted({"EHLO": ehlo}) as server:
        results = carry(server, mails)
    assert outcomes(results) == [GOOD] * len(mails)
    assert server.lines == 1
    assert server.messages == [one.composed.raw for one in mails]
    envelopes = [line for line in server.heard if line.startswith(("MAIL", "RCPT"))]
    for number, (mail, rcpt) in enumerate(zip(envelopes[::2], envelopes[1::2], strict=True)):
        assert f"<b{number}@" in mail
        assert f"<r{number}@" in rcpt
    assert {one.remote_queue_id for one in results} == {"9F00D"}


@WAYS
@pytest.mark.parametrize("command", ["MAIL", "RCPT", "FINAL"])
def test_a_refusal_in_the_middle_is_only_that_one(ehlo: str, command: str) -> None:
    def reply(count: int) -> str:
        return "550 5.7.1 no" if count in {1, 4, 5} else "250 2.0.0 ok"

    script: dict[str, Reply] = {"EHLO": ehlo, command: reply}
    if command == "RCPT" or command == "MAIL":
        script["DATA"] = lambda count: "354 go"  # although nobody is to get it
    with scripted(script) as server:
        results = carry(server, letters(8))
    bad = {0, 3, 4}
    assert outcomes(results) == [BAD if number in bad else GOOD for number in range(8)]
    assert {results[number].phase for number in bad} == {Phase(command.lower())}
    assert server.lines == 1
    if command != "FINAL":
        # after a refused envelope the next one begins with a clean slate
        heard = [line for line in server.heard if not line.startswith(("DATA", "BDAT", "<"))]
        assert heard.count("RSET") >= 3


def test_a_refused_envelope_sends_no_body_by_data() -> None:
    replies = ["550 5.1.1 no", "250 ok", "250 ok"]
    script: dict[str, Reply] = {
        "EHLO": PIPELINING,
        "RCPT": lambda count: replies[count - 1],
        "DATA": lambda count: "354 go" if count > 1 else "554 5.5.1 no valid recipients",
    }
    with scripted(script) as server:
        assert outcomes(carry(server, letters(3))) == [BAD, GOOD, GOOD]
    assert subjects(server) == [1, 2]


@dataclass
class Cutter:
    """A server that takes mail properly and drops the line at an exact point."""

    chunking: bool
    cut_in: int | None = None  # after reading so many octets, the greeting's answer not counted
    cut_out: int | None = None  # instead of reply number so many
    last_word: bytes = b""  # said there
    taken: list[int] = field(default_factory=list)
    lines: int = 0

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            self.lines += 1
            try:
                self._talk(line)
            except (EOFError, OSError):
                pass
            finally:
                # what was not read must not become a reset that eats the replies
                line.shutdown(socket.SHUT_WR)
                line.close()

    def _talk(self, line: socket.socket) -> None:
        line.settimeout(5)
        stream = line.makefile("rb")
        line.sendall(b"220 cut.test\r\n")
        stream.readline()
        line.sendall((CHUNKING if self.chunking else PIPELINING).encode() + b"\r\n")
        self._read, self._said = 0, 0
        armed = self.lines == 1
        rcpt = mail = False

        def read(octets: int) -> bytes:
            data = stream.readline() if octets == 0 else stream.read(octets)
            self._read += len(data)
            if not data or (armed and self.cut_in is not None and self._read > self.cut_in):
                raise EOFError
            return bytes(data)

        def say(text: bytes) -> None:
            self._said += 1
            if armed and self.cut_out == self._said:
                line.sendall(self.last_word)
                if b"queued" in text and self.last_word.startswith(b"421"):
                    self.taken.pop()  # who says so has not taken it
                raise EOFError
            line.sendall(text + b"\r\n")

        while True:
            words = read(0).split()
            verb = words[0].upper()
            if verb == b"QUIT":
                return
            if verb == b"RSET":
                mail = rcpt = False
                say(b"250 2.0.0 ok")
            elif verb == b"MAIL":
                assert not mail, "a transaction within another"
                mail = True
                say(b"250 2.1.0 ok")
            elif verb == b"RCPT":
                rcpt = True
                say(b"250 2.1.5 ok")
            elif verb == b"DATA":
                say(b"354 go")
                body = b""
                while not body.endswith(b"\r\n.\r\n"):
                    body += read(0)
                self._accept(body, rcpt=rcpt)
                mail = rcpt = False
                say(b"250 2.0.0 queued as Q%d" % len(self.taken))
            elif verb == b"BDAT":
                self._accept(read(int(words[1])), rcpt=rcpt)
                mail = rcpt = False
                say(b"250 2.0.0 queued as Q%d" % len(self.taken))

    def _accept(self, body: bytes, *, rcpt: bool) -> None:
        assert rcpt
        self.taken.append(int(body.split(b"\r\n")[0].removeprefix(b"Subject: ")))


@contextmanager
def cutting(cutter: Cutter) -> Iterator[int]:
    with socket.create_server((HOST, 0)) as listener:
        thread = threading.Thread(target=cutter.serve, args=(listener,), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(120)


def _held(cutter: Cutter, count: int = 5) -> list[Outcome]:
    """What was said of each letter, held against what the server has taken."""
    with cutting(cutter) as port, Connection(relay(port)) as connection:
        results = list(connection.send_many(letters(count)))
    assert len(results) == count
    for number, result in enumerate(results):
        copies = cutter.taken.count(number)
        if result.outcome is UNKNOWN:
            assert copies <= 1
        else:
            assert copies == (result.outcome is GOOD), (number, result, cutter.taken)
    return outcomes(results)


@pytest.mark.parametrize("chunking", [False, True])
@pytest.mark.parametrize(
    "last_word", [b"", b"421 4.3.2 going down\r\n", b"25", b"250-2.0.0 wait\r\n"]
)
@pytest.mark.parametrize("at", range(1, 26))
def test_a_line_that_ends_instead_of_a_reply(chunking: bool, last_word: bytes, at: int) -> None:
    told = _held(Cutter(chunking, cut_out=at, last_word=last_word))
    if last_word.startswith(b"421") and not chunking:
        assert UNKNOWN not in told, "421 says that it was not taken"


@pytest.mark.parametrize("chunking", [False, True])
@pytest.mark.parametrize("at", range(0, 900, 31))
def test_a_line_that_ends_after_so_many_octets(chunking: bool, at: int) -> None:
    _held(Cutter(chunking, cut_in=at))


def test_421_within_a_flight_leaves_the_rest_for_another_line() -> None:
    # the third MAIL: 2 transactions of 3 replies, and RSET or none before it
    cutter = Cutter(chunking=True, cut_out=8, last_word=b"421 4.7.0 enough for one line\r\n")
    assert _held(cutter) == [GOOD] * 5
    assert cutter.lines == 2
    assert sorted(cutter.taken) == list(range(5))


@WAYS
def test_a_server_that_closes_instead_of_the_last_reply(ehlo: str) -> None:
    script: dict[str, Reply] = {"EHLO": ehlo, "FINAL": lambda n: CLOSE if n == 2 else "250 ok"}
    with scripted(script) as server:
        results = carry(server, letters(3))
    assert results[0].outcome is GOOD
    assert results[1].outcome is UNKNOWN
    assert "it may have been taken" in results[1].reply_text


@WAYS
@pytest.mark.parametrize("command", ["MAIL", "RCPT"])
@pytest.mark.parametrize("how", [CLOSE, SILENCE])
def test_a_line_lost_before_anything_was_answered_is_told_once(
    ehlo: str, command: str, how: str
) -> None:
    with scripted({"EHLO": ehlo, command: how}) as server:
        results = carry(server, letters(3), timeout=timedelta(seconds=1))
    assert outcomes(results) == [Outcome.DEFERRED] * 3
    assert {one.phase for one in results} == {Phase(command.lower())}
    assert server.messages == []


@contextmanager
def _one_at_a_time(answer_late: bytes = b"") -> Iterator[tuple[int, list[bytes]]]:
    """A server that says PIPELINING, and drops or refuses what is there before its turn."""
    taken: list[bytes] = []

    def talk(line: socket.socket) -> None:
        line.settimeout(5)
        line.sendall(b"220 liar.test\r\n")

        def command() -> bytes:
            data = b""
            while not data.endswith(b"\r\n"):
                some = line.recv(65_536)
                if not some:
                    raise EOFError
                data += some
            first, _, early = data.partition(b"\r\n")
            if early and answer_late:
                line.sendall(answer_late * early.count(b"\r\n"))
            return first

        while True:
            verb = command().split()[0].upper()
            if verb == b"EHLO":
                line.sendall(CHUNKING.encode() + b"\r\n")
            elif verb == b"DATA":
                line.sendall(b"354 go\r\n")
                body = b""
                while not body.endswith(b"\r\n.\r\n"):
                    body += line.recv(65_536)
                taken.append(body)
                line.sendall(b"250 queued\r\n")
            else:
                line.sendall(b"250 ok\r\n")

    def serve(listener: socket.socket) -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            try:
                talk(line)
            except (EOFError, OSError):
                line.close()

    with socket.create_server((HOST, 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        yield listener.getsockname()[1], taken
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("late", [b"", b"503 5.5.0 early\r\n", b"500 what\r\n", b"354 what\r\n"])
def test_a_lie_about_pipelining_is_found_out_and_remembered(
    late: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    careful: set[str] = set()
    with _one_at_a_time(late) as (port, taken):
        way = relay(port, timeout=timedelta(seconds=2))
        with Connection(way, careful) as connection:
            assert outcomes(list(connection.send_many(letters(3)))) == [GOOD] * 3
        assert careful == {"test"}
        with Connection(way, careful) as connection:
            start = time.monotonic()
            assert outcomes(list(connection.send_many(letters(2)))) == [GOOD] * 2
            assert time.monotonic() - start < 60
        assert len(taken) == 5
    assert "pipelining-distrusted" in caplog.text


def test_a_lie_about_chunking_is_found_out() -> None:
    script: dict[str, Reply] = {"EHLO": CHUNKING, "BDAT": "502 5.5.1 unknown"}
    with scripted(script) as server:
        assert outcomes(carry(server, letters(2))) == [GOOD, GOOD]
    assert len(server.messages) == 2


@WAYS
def test_a_reply_too_many_is_never_an_acceptance(ehlo: str) -> None:
    def twice(count: int) -> str:
        return "250 2.1.5 Ok\r\n250 2.1.5 Ok" if count == 3 else "250 2.1.5 Ok"

    script: dict[str, Reply] = {"EHLO": ehlo, "RCPT": twice}
    script["FINAL"] = lambda count: "250 2.0.0 ok" if count < 3 else "550 5.7.1 refused"
    with scripted(script) as server:
        results = carry(server, letters(5))
    assert outcomes(results)[0] is GOOD
    assert outcomes(results)[1] is (GOOD if "CHUNKING" in ehlo else UNKNOWN)
    assert GOOD not in outcomes(results)[2:]


@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_reply_too_many_that_no_code_tells_apart_is_no_acceptance(count: int) -> None:
    script: dict[str, Reply] = {
        "EHLO": CHUNKING,
        "FINAL": lambda number: (
            "250 2.1.5 ok\r\n250 2.1.5 ok" if number == count else f"250 taken as {number}"
        ),
    }
    with scripted(script) as server:
        results = carry(server, letters(12))
    assert len(results) == 12
    taken = {number for number, one in enumerate(results) if one.outcome is GOOD}
    assert taken <= set(subjects(server))
    if count == 1:  # heard of while nothing else was in the air
        assert (len(taken), server.lines) == (12, 2)
    else:
        assert {one.outcome for one in results} == {GOOD, UNKNOWN}


def test_a_server_that_says_the_same_to_envelopes_and_messages_gets_one_at_a_time() -> None:
    waiting: list[int] = []

    def final(number: int) -> str:
        waiting.append(sum(line.startswith("MAIL") for line in server.heard) - number)
        return "250 ok"

    with scripted({"EHLO": CHUNKING, "MAIL": "250 ok", "RCPT": "250 ok", "FINAL": final}) as server:
        assert outcomes(carry(server, letters(6))) == [GOOD] * 6
    assert server.lines == 1
    assert waiting == [0] * 6, "no envelope behind a message that is not answered"


def test_a_reply_too_many_behind_the_leave_to_send() -> None:
    def early(count: int) -> str:
        return "354 go\r\n250 2.0.0 queued as EARLY" if count == 2 else "354 go"

    script: dict[str, Reply] = {"EHLO": PIPELINING, "DATA": early}
    with scripted(script) as server:
        results = carry(server, letters(3))
    assert "EARLY" not in {one.remote_queue_id for one in results}


def test_an_idle_line_that_was_given_up_costs_nobody_an_attempt() -> None:
    script: dict[str, Reply] = {"EHLO": CHUNKING}
    with scripted(script) as server, Connection(relay(server.port)) as connection:
        assert outcomes(list(connection.send_many(letters(3)))) == [GOOD] * 3
        server.script["MAIL"] = lambda count: CLOSE if count == 4 else "250 ok"
        connection._heard_at -= 60
        assert outcomes(list(connection.send_many(letters(3)))) == [GOOD] * 3
    assert server.lines == 2
    assert len(server.messages) == 6


def test_what_no_server_can_carry_is_refused_in_its_place() -> None:
    mails = letters(4)
    mails[0] = replace(mails[0], recipient="jürgen@example.com")
    mails[2] = replace(mails[2], recipient="a\r\nRCPT TO:<x@example.com")
    with scripted({"EHLO": CHUNKING}) as server:
        results = carry(server, mails)
    assert outcomes(results) == [BAD, GOOD, BAD, GOOD]
    assert (results[0].status, results[2].status) == ("5.6.7", "5.1.3")
    assert subjects(server) == [1, 3]


def test_who_stops_listening_gives_the_line_up() -> None:
    with scripted({"EHLO": CHUNKING}) as server, Connection(relay(server.port)) as connection:
        results = connection.send_many(letters(10))
        assert isinstance(results, Generator)
        for _ in range(3):
            next(results)
        results.close()
        assert not connection.is_open
