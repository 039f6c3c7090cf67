"""A TCP relay on loopback that listens in, and can stop a conversation at a chosen word.

Tests of crashes put it between the agent and a server: what a gate holds back has
been said by one side and not heard by the other, and stays so until it is opened.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

from tests.plugins.ports import HOST

__all__ = ["Gate", "Side", "Wiretap", "wiretap"]

Side = Literal["agent", "server"]  # who speaks

REACHED_WITHIN = 120.0  # seconds
_CHUNK = 65_536


@dataclass
class Gate:
    """One word to wait for. Where holds is set, the word itself and what follows is kept back."""

    speaker: Side
    word: bytes
    holds: bool
    _reached: threading.Event = field(default_factory=threading.Event)
    _open: threading.Event = field(default_factory=threading.Event)

    def wait(self, within: float = REACHED_WITHIN) -> None:
        """Return once the word was said. Raises TimeoutError when it was not."""
        if not self._reached.wait(within):
            message = f"the {self.speaker} did not say {self.word!r} within {within} s"
            raise TimeoutError(message)

    @property
    def is_reached(self) -> bool:
        """Whether the word was said."""
        return self._reached.is_set()

    def open(self) -> None:
        """Let through what is held and everything after it."""
        self._open.set()

    def reached(self) -> None:
        self._reached.set()
        if self.holds:
            self._open.wait()


class Wiretap:
    """The running relay. Gates work once, in the order in which they were set for a speaker."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._gates: list[Gate] = []
        self._holding: list[Gate] = []
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server((HOST, 0))
        self.port = int(self._listener.getsockname()[1])
        self.heard: dict[Side, bytearray] = {"agent": bytearray(), "server": bytearray()}
        self._taker = threading.Thread(target=self._accept, daemon=True)
        self._taker.start()

    def hold(self, speaker: Side, word: bytes) -> Gate:
        """Stop the conversation right before word, once."""
        return self._add(Gate(speaker, word, holds=True))

    def notice(self, speaker: Side, word: bytes) -> Gate:
        """Only tell when word has passed, once."""
        return self._add(Gate(speaker, word, holds=False))

    def close(self) -> None:
        """Take no more lines, and cut those there are."""
        # closing alone wakes nobody, and who waits on would wait on the next one's number
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._taker.join()
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Cut every line and open every gate: what was held back is gone."""
        with self._lock:
            gates, sockets = [*self._gates, *self._holding], self._sockets[:]
            self._gates.clear()
            self._holding.clear()
            self._sockets.clear()
        for line in sockets:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()
        for gate in gates:
            gate.open()

    def _add(self, gate: Gate) -> Gate:
        with self._lock:
            self._gates.append(gate)
        return gate

    def _accept(self) -> None:
        while True:
            try:
                agent, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection((HOST, self._target))
            except OSError:
                agent.close()
                continue
            with self._lock:
                self._sockets += [agent, server]
            for speaker, source, sink in (("agent", agent, server), ("server", server, agent)):
                arguments = (speaker, source, sink)
                threading.Thread(target=self._pass_on, args=arguments, daemon=True).start()

    def _pass_on(self, speaker: Side, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while chunk := source.recv(_CHUNK):
                self.heard[speaker] += chunk
                self._say(speaker, chunk, sink)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def _say(self, speaker: Side, chunk: bytes, sink: socket.socket) -> None:
        while gate := self._next_gate(speaker, chunk):
            at = chunk.index(gate.word)
            if not gate.holds:
                at += len(gate.word)
            sink.sendall(chunk[:at])
            chunk = chunk[at:]
            gate.reached()
        sink.sendall(chunk)

    def _next_gate(self, speaker: Side, chunk: bytes) -> Gate | None:
        with self._lock:
            for gate in self._gates:
                if gate.speaker == speaker:
                    if gate.word not in chunk:
                        return None
                    self._gates.remove(gate)
                    if gate.holds:
                        self._holding.append(gate)
                    return gate
        return None


@contextmanager
def wiretap(target: int) -> Iterator[Wiretap]:
    """Relay a free port to the port target of loopback until the block ends."""
    relay = Wiretap(target)
    try:
        yield relay
    finally:
        relay.close()
