"""An IMAP server that answers as it is told, for the lies that no real one tells on demand.

Owns one connection at a time on a free port. What it is not told it answers like a
plain server with one folder. Never part of the product.
"""

import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

from tests.plugins.ports import HOST

__all__ = ["CLOSE", "DRIP", "STALL", "Answer", "Liar", "run_liar", "uids_in"]

CLOSE = b"close"  # hang up instead of an answer
DRIP = b"drip"  # a harmless line every now and then, for ever
STALL = b"stall"  # say nothing more on this connection

# a text, or a function of the tag; "TAG" in it stands for the command's tag
Answer = bytes | Callable[[], bytes]

_DEFAULTS: dict[str, bytes] = {
    "CAPABILITY": b"* CAPABILITY IMAP4rev1 IDLE MOVE UIDPLUS AUTH=PLAIN\r\nTAG OK done\r\n",
    "LOGIN": b"TAG OK in\r\n",
    "LOGOUT": b"* BYE see you\r\nTAG OK out\r\n",
    "(EXAMINE|SELECT)": b"* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 100] x\r\nTAG OK in\r\n",
    "UID SEARCH": b"* SEARCH\r\nTAG OK done\r\n",
    "": b"TAG OK done\r\n",
}


class Liar:
    """The server. commands holds what clients wrote, without tags."""

    def __init__(self, answers: Mapping[str, Answer], greeting: bytes) -> None:
        self.commands: list[str] = []
        self.tags: list[bytes] = []
        self._line: socket.socket | None = None
        plain = {pattern: said for pattern, said in _DEFAULTS.items() if pattern not in answers}
        self._answers: dict[str, Answer] = {**answers, **plain}
        self._greeting = greeting
        self._closing = threading.Event()
        self._listener = socket.create_server((HOST, 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self.hang_up()
        with suppress(OSError):
            socket.create_connection((HOST, self.port), timeout=1).close()
        self._thread.join(10)
        self._listener.close()

    def hang_up(self) -> None:
        """Close the connection in the middle of whatever goes on."""
        with suppress(OSError):
            if self._line is not None:
                self._line.shutdown(socket.SHUT_RDWR)

    def tell(self, pattern: str, answer: Answer) -> None:
        """Another answer from now on."""
        others = {known: said for known, said in self._answers.items() if known != pattern}
        self._answers = {pattern: answer, **others}

    def _serve(self) -> None:
        while not self._closing.is_set():
            line, _ = self._listener.accept()
            with line, suppress(OSError):
                line.settimeout(20)
                self._line = line
                line.sendall(self._greeting)
                self._talk(line)

    def _talk(self, line: socket.socket) -> None:
        for raw in line.makefile("rb"):
            text = raw.decode("ascii", "replace").rstrip("\r\n")
            tag, _, command = text.partition(" ")
            self.commands.append(command or tag)
            if command:
                self.tags.append(tag.encode())
            answer = self._answer(command or tag)
            if answer == CLOSE:
                return
            if answer == STALL:
                self._closing.wait(15)
                return
            while answer == DRIP and not self._closing.wait(0.05):
                line.sendall(b"* OK still here\r\n")
            line.sendall(answer.replace(b"TAG", tag.encode()))

    def _answer(self, command: str) -> bytes:
        for pattern, answer in self._answers.items():
            if re.match(pattern, command, re.IGNORECASE):
                return answer() if callable(answer) else answer
        raise AssertionError("the empty pattern matches all")


def uids_in(command: str) -> list[int]:
    """The UIDs that a UID FETCH asks for."""
    spans = [word.split(":") for word in command.split()[2].split(",")]
    return [uid for span in spans for uid in range(int(span[0]), int(span[-1]) + 1)]


@contextmanager
def run_liar(
    answers: Mapping[str, Answer] | None = None, *, greeting: bytes = b"* OK ready\r\n"
) -> Iterator[Liar]:
    """Run one until the block ends. answers: patterns of commands, tried in order, to answers."""
    liar = Liar(answers or {}, greeting)
    try:
        yield liar
    finally:
        liar.close()
