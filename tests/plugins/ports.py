"""Free ports on loopback. Knows no server.

Ports are drawn below the range from which the kernel hands out ports for
outgoing connections, so that no client of ours can take one between the moment
it was found free and the moment a server binds it. Nor can another process that
runs tests: the UDP port of the same number is held for as long as this one lives.
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


def _reserve(port: int) -> bool:
    """Take a port away from all others who ask for one, until this process ends."""
    token = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        token.bind((HOST, port))
    except OSError:
        token.close()
        return False
    token.detach()  # nobody closes it
    return True


def free_ports(count: int) -> list[int]:
    """Return count different TCP ports that nobody is bound to, nor was given by this.

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
                if _reserve(port):
                    ports.append(port)
    message = f"no {count} free ports on {HOST} between {_LOWEST} and {_HIGHEST}"
    raise RuntimeError(message)


@contextmanager
def refusing_port() -> Iterator[int]:
    """Hold a port on which every connection is refused: bound, and never listened on."""
    for _ in range(_ATTEMPTS):
        port = _draw.randint(_LOWEST, _HIGHEST)
        bound = _bind(port)
        if bound is not None:
            with bound:
                if not _reserve(port):  # a server is about to listen there
                    continue
                yield port
            return
    message = f"no port to hold on {HOST}"
    raise RuntimeError(message)
