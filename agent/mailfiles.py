"""Mail on disk: .eml files, Maildirs, mboxes and a stream, one message after the other.

Owns finding and splitting them, one message in memory at a time. Must not
interpret a message, and changes nothing.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["MAX_MESSAGE", "NoMail", "files_of", "messages_of", "split_mbox"]

MAX_MESSAGE = 64 * 1024 * 1024  # octets of one message that are read
# asctime after the sender: a line of text that begins with "From " has none
_SEPARATOR = re.compile(
    rb"From \S.{0,400}(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) "
    rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
)
_ESCAPED = re.compile(rb">+From ")


class NoMail(OSError):
    """A path that holds no mail; the text says what was expected there."""


def files_of(path: Path) -> list[Path]:
    """The mail files of a path, sorted: itself, a Maildir's new and cur, or *.eml beneath it.

    Raises NoMail, or OSError if it cannot be read.
    """
    if not path.is_dir():
        path.stat()
        return [path]
    found = sorted(
        file
        for file in path.rglob("*")
        if (file.suffix.lower() == ".eml" or file.parent.name in {"cur", "new"})
        and "tmp" not in file.relative_to(path).parts[:-1]
        and file.is_file()
    )
    if not found:
        raise NoMail("the folder holds neither .eml files nor a Maildir (cur, new)")
    return found


def messages_of(stream: BinaryIO, label: str) -> Iterator[tuple[str, bytes]]:
    """Label and message of a file or stream; of an mbox with several, label#1, label#2, ...

    An mbox is what begins with "From " and is not called .eml: some bounces
    keep such a line in front, and quote others within.
    """
    head = stream.readline(1_000)
    if head.startswith(b"From ") and not label.lower().endswith(".eml"):
        messages = split_mbox(_lines(head, stream))
        first = next(messages, b"")
        for number, raw in enumerate(messages, 2):
            if number == 2:
                yield f"{label}#1", first
            yield f"{label}#{number}", raw
            first = b""
        if first:
            yield label, first
        return
    yield label, head + stream.read(MAX_MESSAGE)


def _lines(first: bytes, stream: BinaryIO) -> Iterator[bytes]:
    yield first
    while line := stream.readline(1_000_000):
        yield line


def split_mbox(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The messages of an mbox, their ">From " unescaped; each at most MAX_MESSAGE octets."""
    kept: list[bytes] = []
    size, after_blank, begun = 0, True, False
    for line in lines:
        if after_blank and _SEPARATOR.match(line):
            if begun:
                yield b"".join(kept)
            kept, size, begun = [], 0, True
        elif size < MAX_MESSAGE:
            kept.append(line[1:] if _ESCAPED.match(line) else line)
            size += len(line)
        after_blank = line in {b"\n", b"\r\n"}
    if begun or kept:
        yield b"".join(kept)
