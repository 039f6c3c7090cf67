"""The API's server: its socket, TLS, and its end.

Owns running uvicorn inside the agent. Must not know a path.
"""

import asyncio
import logging
import socket
import threading
from collections.abc import Callable
from datetime import timedelta

import uvicorn

from agent.ingress.guard import App, Guard
from agent.ingress.listener import Place

__all__ = ["WebServer"]

_LOOK = 0.05
_DRAIN_SECONDS = 20
_IDLE_SECONDS = 10


class WebServer:
    """Serves one application. run() serves until stop is set."""

    def __init__(
        self, app: App, place: Place, *, max_bytes: int, requests: int, timeout: timedelta
    ) -> None:
        self._app = Guard(app, max_bytes=max_bytes, requests=requests, timeout=timeout)
        self._place, self._requests = place, requests

    def run(self, stop: threading.Event, ready: Callable[[int], object]) -> None:
        """Serves until stop is set; ready is told the port once it listens. Raises OSError."""
        # what it would tell of requests, the application has told; what it would trace, the guard
        logging.getLogger("uvicorn").setLevel(logging.CRITICAL + 1)
        with _bound(self._place) as bound, asyncio.Runner() as runner:
            runner.run(self._serve(bound, stop, ready))

    async def _serve(
        self, bound: socket.socket, stop: threading.Event, ready: Callable[[int], object]
    ) -> None:
        with_tls = self._place.security != "none"
        server = uvicorn.Server(
            uvicorn.Config(
                self._app,
                http="h11",
                loop="asyncio",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=_IDLE_SECONDS,
                timeout_graceful_shutdown=_DRAIN_SECONDS,
                # a line that says nothing counts too; the guard answers long before
                limit_concurrency=self._requests * 4 + 20,
                ssl_certfile=self._place.certificate if with_tls else None,
                ssl_keyfile=(self._place.key or None) if with_tls else None,
            )
        )
        serving = asyncio.create_task(server.serve(sockets=[bound]))
        while not server.started and not serving.done():
            await asyncio.sleep(_LOOK / 5)
        if server.started:
            ready(int(bound.getsockname()[1]))
        while not stop.is_set() and not serving.done():
            await asyncio.sleep(_LOOK)
        server.should_exit = True
        await serving


def _bound(place: Place) -> socket.socket:
    """The socket that listens; the server itself would end the process where it cannot."""
    family, _, _, _, address = socket.getaddrinfo(
        place.host, place.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    # asyncio sends small answers at once only where the protocol is named
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(128)
    except OSError:
        bound.close()
        raise
    return bound
