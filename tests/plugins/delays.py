"""A TCP relay on loopback that makes the way longer: each octet arrives later by the same time.

Runs as a process of its own, so that it takes no time from whoever is measured.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.plugins.ports import HOST

__all__ = ["delayed"]

_CHUNK = 1 << 18
_ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def delayed(target: int, round_trip: float) -> Iterator[int]:
    """A free port that leads to the port target, with round_trip seconds more there and back."""
    code = f"from tests.plugins.delays import main; main({target}, {round_trip / 2})"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        cwd=_ROOT,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def main(target: int, delay: float) -> None:
    """Serves until the process ends; prints its port first."""
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(target, delay))


async def _serve(target: int, delay: float) -> None:
    async def meet(near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        far, forth = await asyncio.open_connection(HOST, target)
        await asyncio.gather(_pass(near, forth, delay), _pass(far, back, delay))

    server = await asyncio.start_server(meet, HOST, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def _pass(source: asyncio.StreamReader, sink: asyncio.StreamWriter, delay: float) -> None:
    """What is on the way is on its way: a second chunk does not wait for the first to arrive."""
    loop = asyncio.get_running_loop()

    def arrive(data: bytes) -> None:
        if not data:
            sink.close()
        elif not sink.is_closing():
            sink.write(data)

    data = b" "
    while data:
        try:
            data = await source.read(_CHUNK)
        except OSError:
            data = b""
        loop.call_later(delay, arrive, data)
