"""Ways in for tests: a door to a ledger of its own, and servers in threads on free ports.

Owns starting and ending them. What they answer is for the tests.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.ingress.door import Door
from agent.outbound.intake import Limits
from store.database import Ledger
from store.reading import Reader
from store.words import Policy

__all__ = ["LETTER", "Wire", "a_door", "keys", "serving"]

LETTER = (
    b"From: App <app@example.org>\r\nTo: someone@example.com\r\nSubject: Hello\r\n"
    b"Message-ID: <own@example.org>\r\n\r\nHello.\r\n"
)
_PATIENCE = 120.0


def _policies(_notice_class: str, _domain: str) -> Policy:
    return Policy("test")


def a_door(ledger: Ledger, **limits: int) -> Door:
    """A door with the usual limits but for those given."""
    return Door(
        ledger,
        sender="Notices <notices@example.org>",
        policies=_policies,
        clock=lambda: datetime.now(UTC),
        limits=Limits(**limits),
    )


@contextmanager
def serving(
    run: Callable[[threading.Event, Callable[[int], object]], Any],
) -> Iterator[int]:
    """The port of a server that runs in a thread; fails where it does not end in time."""
    stop, listening = threading.Event(), threading.Event()
    ports: list[int] = []
    wrong: list[BaseException] = []

    def ready(port: int) -> None:
        ports.append(port)
        listening.set()

    def work() -> None:
        try:
            run(stop, ready)
        except Exception as error:  # noqa: BLE001 - raised again where the test waits
            wrong.append(error)
        finally:
            listening.set()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert listening.wait(_PATIENCE)
    try:
        if wrong:
            raise wrong[0]
        yield ports[0]
    finally:
        stop.set()
        thread.join(_PATIENCE)
    assert not thread.is_alive(), "the server did not end"


def keys(path: Path | str, *wanted: str) -> dict[str, list[str]]:
    """The recipients of each of these notices; [] for one that is not there."""
    with Reader.open(path) as reader:
        stories = {key: reader.notice(key) for key in wanted}
    return {
        key: sorted(row.recipient for row in story.deliveries) if story else []
        for key, story in stories.items()
    }


class Wire:
    """A line to a server, for what no client library would say."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), _PATIENCE)
        self._file = self._socket.makefile("rb")

    def say(self, raw: bytes) -> None:
        """Sends bytes as they are."""
        self._socket.sendall(raw)

    def hear(self) -> str:
        """The last line of the next reply; "" at the end of the line."""
        while True:
            line = self._file.readline().decode()
            if line[3:4] != "-":
                return line.rstrip("\r\n")

    def ask(self, raw: bytes) -> str:
        """Says it with CRLF behind, and hears."""
        self.say(raw + b"\r\n")
        return self.hear()

    def close(self) -> None:
        """Hangs up."""
        self._file.close()
        self._socket.close()
