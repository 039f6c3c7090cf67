"""SMTP servers on loopback for tests: a well-behaved one, and one that follows a script.

The first is aiosmtpd on a free port. The second misbehaves exactly where it is
told to, and keeps every line that it heard.
"""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP

__all__ = [
    "CLOSE",
    "HOST",
    "SILENCE",
    "THEN_CLOSE",
    "Inbox",
    "Reply",
    "ScriptedServer",
    "run_smtpd",
    "scripted",
]

HOST = "127.0.0.1"
CLOSE = "close"  # instead of a reply: end the line
SILENCE = "silence"  # instead of a reply: say nothing and wait for the client to leave
THEN_CLOSE = " then close"  # at the end of a reply: end the line after it
_WITHIN = 30.0


@dataclass
class Inbox:
    """What arrived: envelopes of aiosmtpd; replies may be set by recipient."""

    envelopes: list[Any] = field(default_factory=list)
    rcpt_replies: dict[str, str] = field(default_factory=dict)
    data_reply: str = "250 2.0.0 Ok: queued as 4ABCDEF"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it so
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        reply = self.rcpt_replies.get(address, "250 2.1.5 Ok")
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(  # noqa: N802 - aiosmtpd calls it so
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        self.envelopes.append(envelope)
        return self.data_reply


@contextmanager
def run_smtpd(handler: Any, *, tls: ssl.SSLContext | None = None, **options: Any) -> Iterator[int]:
    """Aiosmtpd on a free port of loopback, which is given. tls: from the first byte."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def begin() -> asyncio.Server:
        def factory() -> SMTP:
            return SMTP(handler, hostname="far.test", loop=loop, **options)

        return await loop.create_server(factory, HOST, 0, ssl=tls)

    async def end(server: asyncio.Server) -> None:
        server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    server = asyncio.run_coroutine_threadsafe(begin(), loop).result(_WITHIN)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(end(server), loop).result(_WITHIN)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_WITHIN)
        loop.close()


_GOOD = {
    "CONNECT": "220 scripted.test ESMTP",
    "EHLO": "250-scripted.test\r\n250-SIZE 1000000\r\n250-DSN\r\n250-8BITMIME\r\n250 SMTPUTF8",
    "HELO": "250 scripted.test",
    "MAIL": "250 2.1.0 Ok",
    "RCPT": "250 2.1.5 Ok",
    "DATA": "354 go on",
    "FINAL": "250 2.0.0 Ok: queued as 9F00D",
    "RSET": "250 2.0.0 Ok",
    "QUIT": "221 2.0.0 Bye",
    "AUTH": "235 2.7.0 ok",
    "STARTTLS": "220 2.0.0 go ahead",
}

Reply = str | Callable[[int], str]


class ScriptedServer:
    """Answers each command by script: a reply, CLOSE, SILENCE, or a function of how often."""

    def __init__(self, script: Mapping[str, Reply], tls: ssl.SSLContext | None) -> None:
        self.script: dict[str, Reply] = {**_GOOD, **script}
        self.tls = tls
        self.heard: list[str] = []  # commands, and "<message>" for each whole one
        self.messages: list[bytes] = []
        self.lines = 0  # connections
        self.stalled = threading.Event()  # for scripts that wait until a test goes on
        self._counts: dict[str, int] = {}
        self._said = threading.local()  # .last: to this line
        self._listener = socket.create_server((HOST, 0))
        self._listener.settimeout(0.05)
        self.port: int = self._listener.getsockname()[1]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        self._thread.join(_WITHIN)
        self._listener.close()

    def _serve(self) -> None:
        talks = []
        while not self._over.is_set():
            try:
                line, _ = self._listener.accept()
            except TimeoutError:
                continue
            talk = threading.Thread(target=self._talk, args=(line,), daemon=True)
            talk.start()
            talks.append(talk)
        for talk in talks:
            talk.join(_WITHIN)

    def _talk(self, line: socket.socket) -> None:
        self.lines += 1
        line.settimeout(_WITHIN)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self._converse(line)
        except (OSError, EOFError):
            pass
        finally:
            line.close()

    def _converse(self, line: socket.socket) -> None:
        stream = line.makefile("rb")
        refused = False
        if not self._answer(line, "CONNECT"):
            return
        while raw := stream.readline():
            text = raw.decode("utf-8", "replace").rstrip("\r\n")
            self.heard.append(text)
            verb = text.split(" ")[0].upper()
            if verb == "BDAT" and verb not in self.script:
                self._take_chunk(stream, int(text.split(" ")[1]), keep=not refused)
                if refused:
                    line.sendall(b"503 5.5.1 nobody is to get this\r\n")
                    continue
                verb = "FINAL"
            if not self._answer(line, verb):
                return
            if verb in {"MAIL", "RCPT"}:
                refused = (refused and verb != "MAIL") or self._said.last[:1] in {"4", "5"}
            if verb == "QUIT":
                return
            if verb == "STARTTLS" and self.tls is not None:
                line = self.tls.wrap_socket(line, server_side=True)
                stream = line.makefile("rb")
            if verb == "DATA" and self._said.last.startswith("354"):
                if "BODY" in self.script and not self._answer(line, "BODY"):
                    return
                self._take(stream)
                if not self._answer(line, "FINAL"):
                    return

    def _take(self, stream: Any) -> None:
        message = b""
        while (raw := stream.readline()) != b".\r\n":
            if not raw:
                raise EOFError
            message += raw[1:] if raw.startswith(b".") else raw
        self.messages.append(message)
        self.heard.append("<message>")

    def _take_chunk(self, stream: Any, octets: int, *, keep: bool) -> None:
        message = stream.read(octets)
        if len(message) < octets:
            raise EOFError
        if not keep:
            return
        self.messages.append(message)
        self.heard.append("<message>")

    def _answer(self, line: socket.socket, verb: str) -> bool:
        """False when the line is over."""
        self._counts[verb] = count = self._counts.get(verb, 0) + 1
        reply = self.script.get(verb, "500 5.5.1 unknown")
        text = reply(count) if callable(reply) else reply
        self._said.last = text
        if text == CLOSE:
            return False
        if text == SILENCE:
            while line.recv(4096):
                pass
            return False
        line.sendall(text.removesuffix(THEN_CLOSE).encode() + b"\r\n")
        return not text.startswith("421") and not text.endswith(THEN_CLOSE)


@contextmanager
def scripted(
    script: Mapping[str, Reply] | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[ScriptedServer]:
    """A scripted server on a free port."""
    server = ScriptedServer(script or {}, tls)
    try:
        yield server
    finally:
        server.close()
