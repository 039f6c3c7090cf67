"""A TCP relay in front of an IMAP server that breaks the conversation at a chosen command.

Owns the relaying and the moment: which answer of the server a fault gets hold of, and how
often. What becomes of the answer is the fault's own affair (tests/plugins/faults.py). To
the server it speaks plainly, to the agent plainly or by TLS with a certificate of its own.
Lines are told apart from literals, so a mail that looks like a command's end is none.
"""

import asyncio
import re
import socket
import struct
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

from tests.plugins.certificates import Certificates
from tests.plugins.ports import HOST

__all__ = ["MOMENTS", "Breach", "FaultProxy", "Moment", "Strike", "run_fault_proxy"]

Moment = Literal["greeting", "login", "select", "search", "fetch", "idle", "status", "tidy", "look"]

MOMENTS: dict[Moment, re.Pattern[bytes]] = {
    "greeting": re.compile(rb"\Z.\A"),  # no command: the line itself
    "login": re.compile(rb"(LOGIN|AUTHENTICATE)\b", re.IGNORECASE),
    "select": re.compile(rb"(SELECT|EXAMINE)\b", re.IGNORECASE),
    "search": re.compile(rb"UID SEARCH\b", re.IGNORECASE),
    "fetch": re.compile(rb"UID FETCH\b.*BODY", re.IGNORECASE),
    "idle": re.compile(rb"IDLE\b", re.IGNORECASE),
    "status": re.compile(rb"STATUS\b", re.IGNORECASE),
    "tidy": re.compile(rb"UID (MOVE|COPY|STORE)\b", re.IGNORECASE),
    "look": re.compile(rb"UID FETCH \S*\*", re.IGNORECASE),
}
_CHUNK = 1 << 16
_LITERAL = re.compile(rb"\{(\d+)\+?\}\r?\n\Z")
_WITHIN = 60.0  # seconds, for the server's own answer


@dataclass(slots=True)
class Breach:
    """One command in the hands of a fault, with everything to deal with its answer.

    The line is empty at the greeting. When the fault returns both ends of the line are
    closed, unless it has set line_lives.
    """

    line: bytes
    agent: asyncio.StreamWriter
    _agent_in: asyncio.StreamReader
    _server: asyncio.StreamReader
    _to_server: asyncio.StreamWriter
    _closing: asyncio.Event
    line_lives: bool = field(default=False, init=False)

    @property
    def tag(self) -> bytes:
        """What the agent waits for; empty at the greeting."""
        return self.line.partition(b" ")[0]

    async def answer(self) -> list[bytes]:
        """Hand the command on; the server's whole answer, literals within, the tagged one last.

        A fault that does not call this keeps the command from the server.
        """
        self._to_server.write(self.line)
        parts: list[bytes] = []
        while True:
            part = await asyncio.wait_for(self._part(), _WITHIN)
            parts.append(part)
            if not self.tag or part.startswith((self.tag + b" ", b"+ ")):
                return parts

    async def _part(self) -> bytes:
        part = await self._server.readline()
        while literal := _LITERAL.search(part):
            part += await self._server.readexactly(int(literal[1]))
            part += await self._server.readline()
        return part

    async def say(self, octets: bytes) -> None:
        """To the agent. Raises OSError once it has gone."""
        self.agent.write(octets)
        await self.agent.drain()

    async def pause(self, seconds: float) -> bool:
        """False when the proxy closes meanwhile."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), seconds)
            return False
        return True

    async def until_agent_leaves(self) -> None:
        """Hears what the agent says, and says nothing, until it has closed."""
        while await self._agent_in.read(_CHUNK):
            pass

    def reset(self) -> None:
        """End the line by RST: no FIN, nothing that is still to be sent."""
        line = self.agent.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.agent.transport.abort()

    async def vanish(self) -> None:
        """Neither hears nor speaks, and never ends the line, until the proxy closes."""
        self.agent.transport.pause_reading()  # type: ignore[attr-defined]  # of a transport that reads
        await self._closing.wait()


Strike = Callable[[Breach], Awaitable[None]]


class FaultProxy:
    """The running relay. Without a fault it only relays."""

    def __init__(self, target: int, certificates: Certificates | None = None) -> None:
        self._target = target
        self._context = None if certificates is None else certificates.server_context()
        self._plan: tuple[Moment, Strike] | None = None
        self._left = 0
        self.struck = threading.Event()  # once a fault has begun
        self.commands: list[bytes] = []  # as they came, without tags, passwords left out
        self.lines = 0  # that were opened so far
        self.left_alone = 0.0  # seconds from the first strike to the next line or command
        self._struck_at = 0.0
        self._loop = asyncio.new_event_loop()
        self._closing = asyncio.Event()
        self._talks: set[asyncio.Task[None]] = set()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        if not ready.wait(_WITHIN):
            message = "the relay did not start"
            raise RuntimeError(message)

    def arm(self, moment: Moment, strike: Strike, times: int = 1) -> None:
        """The next answers at that moment, so many of them, are the fault's."""
        self.struck.clear()
        self._plan, self._left = (moment, strike), times

    def disarm(self) -> None:
        """Only relay from now on."""
        self._left = 0

    def close(self) -> None:
        """End every line and the relay."""
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join(_WITHIN)

    def _run(self, ready: threading.Event) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve(ready))

    async def _serve(self, ready: threading.Event) -> None:
        server = await asyncio.start_server(self._meet, HOST, 0, ssl=self._context, limit=1 << 26)
        self.port = int(server.sockets[0].getsockname()[1])
        ready.set()
        async with server:
            await self._closing.wait()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _meet(self, agent_in: asyncio.StreamReader, agent: asyncio.StreamWriter) -> None:
        talk = asyncio.current_task()
        assert talk is not None
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)
        self.lines += 1
        self._heard()
        try:
            server, to_server = await asyncio.open_connection(HOST, self._target, limit=1 << 26)
        except OSError:
            agent.transport.abort()
            return
        try:
            await self._talk(agent_in, agent, server, to_server)
        except (OSError, EOFError, TimeoutError, ValueError):
            pass  # either end has gone: that is what this is for
        finally:
            for writer in (agent, to_server):
                writer.close()

    async def _talk(
        self,
        agent_in: asyncio.StreamReader,
        agent: asyncio.StreamWriter,
        server: asyncio.StreamReader,
        to_server: asyncio.StreamWriter,
    ) -> None:
        ends = (agent, agent_in, server, to_server, self._closing)
        if not await self._greeted(Breach(b"", *ends)):
            return
        relay = asyncio.create_task(_pass(server, agent))
        try:
            while line := await agent_in.readline():
                tag, _, command = line.rstrip(b"\r\n").partition(b" ")
                self._note(command or tag)
                strike = self._due(command)
                if strike is None:
                    to_server.write(line)
                    await to_server.drain()
                    continue
                relay.cancel()
                await asyncio.gather(relay, return_exceptions=True)
                if not await self._let(strike, Breach(line, *ends)):
                    return
                relay = asyncio.create_task(_pass(server, agent))
        finally:
            relay.cancel()

    async def _greeted(self, breach: Breach) -> bool:
        """Whether the line goes on after its greeting."""
        plan = self._plan
        if plan is None or plan[0] != "greeting" or self._left < 1:
            return True
        self._left -= 1
        return await self._let(plan[1], breach)

    async def _let(self, strike: Strike, breach: Breach) -> bool:
        self._struck_at = self._struck_at or time.monotonic()
        self.struck.set()
        await strike(breach)
        return breach.line_lives

    def _due(self, command: bytes) -> Strike | None:
        plan = self._plan
        if plan is None or self._left < 1 or not MOMENTS[plan[0]].match(command):
            return None
        self._left -= 1
        return plan[1]

    def _heard(self) -> None:
        if self._struck_at and not self.left_alone:
            self.left_alone = time.monotonic() - self._struck_at

    def _note(self, word: bytes) -> None:
        if word.upper() not in {b"LOGOUT", b"DONE"}:  # the agent goes
            self._heard()
        self.commands.append(b"LOGIN" if MOMENTS["login"].match(word) else word)


async def _pass(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(_CHUNK):
            sink.write(data)
            await sink.drain()
        sink.close()


@contextmanager
def run_fault_proxy(target: int, certificates: Certificates | None = None) -> Iterator[FaultProxy]:
    """Relay a free port to the port target of loopback until the block ends."""
    proxy = FaultProxy(target, certificates)
    try:
        yield proxy
    finally:
        proxy.close()
