"""Free ports on loopback. Knows no server.

Ports are drawn below the range from which the kernel hands out ports for
outgoing connections, so that no client of ours can take one between the moment
it was found free and the moment a server binds it.
"""

import random
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

__all__ = ["HOST", "free_ports", "refusing_port"]

HOST = "127.0.0.1"

_LOWEST = 20_000
_HIGHEST = 32_000
_ATTEMPTS = 500

_draw = random.SystemRandom()


def _bind(port: int) -> socket.socket | None:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.bind((HOST, port))
    except OSError:
        bound.close()
        return None
    return bound


def free_ports(count: int) -> list[int]:
    """Return count different TCP ports that nobody is bound to at this moment.

    Raises RuntimeError when they cannot be found.
    """
    ports: list[int] = []
    with ExitStack() as held:
        for _ in range(_ATTEMPTS):
            if len(ports) == count:
                return ports
            port = _draw.randint(_LOWEST, _HIGHEST)
            bound = _bind(port)
            if bound is not None:
                held.enter_context(bound)
                ports.append(port)
    message = f"no {count} free ports on {HOST} between {_LOWEST} and {_HIGHEST}"
    raise RuntimeError(message)


@contextmanager
def refusing_port() -> Iterator[int]:
    """Hold a port on which every connection is refused: bound, and never listened on."""
    for _ in range(_ATTEMPTS):
        bound = _bind(_draw.randint(_LOWEST, _HIGHEST))
        if bound is not None:
            with bound:
                yield int(bound.getsockname()[1])
            return
    message = f"no port to hold on {HOST}"
    raise RuntimeError(message)
