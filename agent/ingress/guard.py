"""What stands before the API: how much and how long a request may be, and how many at once.

Owns those limits, and that no error of ours leaves a trace outside of the log.
A body that is announced too large is refused before any of it is read.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import timedelta
from typing import Any

from starlette.exceptions import HTTPException

from agent.ingress.problems import problem
from agent.log import event

__all__ = ["Guard"]

_log = logging.getLogger("landed.ingress")

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


class Guard:
    """An ASGI application around another one."""

    def __init__(self, app: App, *, max_bytes: int, requests: int, timeout: timedelta) -> None:
        self._app, self._max_bytes, self._requests = app, max_bytes, requests
        self._timeout = timeout.total_seconds()
        self._active = 0

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Lets one request through, or refuses it."""
        if scope["type"] != "http":
            return
        if scope["method"] == "HEAD":
            # RFC 9110 9.3.2: GET's answer, whose content the server leaves out; monitors ask so
            scope = {**scope, "method": "GET"}
        if self._active >= self._requests:
            busy = problem(
                503, "too many requests at a time; come back", headers={"Retry-After": "1"}
            )
            await busy(scope, receive, send)
            return
        if _announced(scope) > self._max_bytes:
            large = problem(413, self._too_large(), headers={"Connection": "close"})
            await large(scope, receive, send)
            return
        self._active += 1
        try:
            await self._app(scope, self._limited(receive), send)
        except Exception as error:  # noqa: BLE001 - answered already; the server would only log it
            event(_log, logging.ERROR, "request-failed", way="http", error=type(error).__name__)
            _log.debug("request", exc_info=True)
        finally:
            self._active -= 1

    def _limited(self, receive: Receive) -> Receive:
        """The body's parts, as long as there are not too many of them, nor too late."""
        read = 0
        end = asyncio.get_running_loop().time() + self._timeout
        whole = False

        async def part() -> Message:
            nonlocal read, whole
            if whole:
                return await receive()  # only the end of the line is left to hear of
            try:
                async with asyncio.timeout_at(end):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(
                    408, "the request took too long", {"Connection": "close"}
                ) from None
            read += len(message.get("body", b""))
            if read > self._max_bytes:
                raise HTTPException(413, self._too_large(), {"Connection": "close"})
            whole = not message.get("more_body", False)
            return message

        return part

    def _too_large(self) -> str:
        return f"{self._max_bytes} bytes are the limit; send a link instead of the content"


def _announced(scope: MutableMapping[str, Any]) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:20])
    return 0
