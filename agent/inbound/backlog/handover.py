"""What two processes hand each other: batches of mail, and what was read in them.

Owns the form. Must not read mail. Each batch is a file without a name whose descriptor is
sent, so whoever gives never waits for the other to take, however large it is.
"""

import os
import socket
import tempfile
from collections.abc import Sequence

from msgspec import Raw, Struct, msgpack

from parsers.report import Report

__all__ = ["Answer", "answers", "encoded", "mails", "receive", "send"]


class Answer(Struct, frozen=True):
    """What was read in one mail."""

    report: Report | None
    packed: bytes  # the mail as the ledger keeps it
    trouble: str = ""  # why there is no report


_ENCODER = msgpack.Encoder()
_MAILS = msgpack.Decoder(list[bytes])
_ANSWERS = msgpack.Decoder(list[Answer | None])


def encoded(answer: Answer) -> Raw:
    """The answer as one of those that are sent; as none where its texts have no form in UTF-8."""
    try:
        return Raw(_ENCODER.encode(answer))
    except UnicodeError:  # a lone surrogate
        return Raw(_ENCODER.encode(None))


def mails(content: bytes) -> list[bytes]:
    """The batch that was given."""
    return _MAILS.decode(content)


def answers(content: bytes) -> list[Answer | None]:
    """What came back."""
    return _ANSWERS.decode(content)


def send(line: socket.socket, content: Sequence[bytes] | Sequence[Raw]) -> None:
    """Give a batch or its answers. Raises OSError where nobody is there to take it."""
    sheet = _sheet()
    try:
        with os.fdopen(sheet, "wb", closefd=False) as writer:
            writer.write(_ENCODER.encode(content))
        socket.send_fds(line, [b"\0"], [sheet])
    finally:
        os.close(sheet)


def receive(line: socket.socket) -> bytes | None:
    """What the other side gave; None where it is gone. Raises OSError."""
    told, sheets, _, _ = socket.recv_fds(line, 1, 1)
    if not told:
        return None
    with os.fdopen(sheets[0], "rb") as reader:
        reader.seek(0)
        return reader.read()


def _sheet() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("landed")
    with tempfile.TemporaryFile(buffering=0) as file:
        return os.dup(file.fileno())
