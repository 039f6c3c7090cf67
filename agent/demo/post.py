"""The demo's bounce mailbox: a real IMAP server (pymap) in a thread of its own.

Owns that server's life and the way mail gets into it. Must not know what the
mail says.
"""

import asyncio
import threading
from argparse import Namespace
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import DictBackend
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage

__all__ = ["PostOffice"]

_PATIENCE = 20  # seconds for the server to start, end or take a message


class PostOffice:
    """An IMAP server on loopback with one mailbox, filled by this process only."""

    def __init__(self, user: str, password: str) -> None:
        self._user, self._password = user, password
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="post-office", daemon=True)
        self._ready, self._end = threading.Event(), asyncio.Event()
        self._backend: Any = None
        self.port = 0

    def __enter__(self) -> "PostOffice":
        self._thread.start()
        if not self._ready.wait(_PATIENCE):
            raise TimeoutError("the demo's IMAP server did not start")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(_PATIENCE)

    def deliver(self, raw: bytes) -> None:
        """Puts one message into the INBOX; from any thread."""
        done = asyncio.run_coroutine_threadsafe(self._append(raw), self._loop)
        done.result(_PATIENCE)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        settings = Namespace(
            host="127.0.0.1",
            port=0,
            debug=False,
            cert=None,
            key=None,
            tls=False,
            passlib_cfg=None,
            proxy_protocol=None,
            inherited_sockets=None,
            demo_data=False,
            demo_user=self._user,
            demo_password=self._password,
        )
        self._backend, config = await DictBackend.init(settings)
        config.apply_context()
        answer = ProxyProtocolReader(config.proxy_protocol).get_callback(
            IMAPServer(self._backend.login, config)
        )
        server = await asyncio.start_server(answer, host="127.0.0.1", port=0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._end.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    async def _append(self, raw: bytes) -> None:
        async with self._backend.login.demo_user_identity.new_session() as session:
            message = AppendMessage(raw, datetime.now(UTC), frozenset())
            await session.append_messages("INBOX", [message])
