"""Reading a log file from where the last reading ended, whatever rotation did to it.

Owns the place in a log and the way from one rotated file to the next. Must not
understand a line. A file is known by the digest of its first line: that stays the
same when it is renamed, copied, or compressed, where an inode does not, and it is
another one as soon as a truncated file is written to again.
"""

import bz2
import gzip
import hashlib
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from parsers.maillog import LINE_LIMIT

__all__ = ["Chunk", "LogError", "LogLost", "LogMoved", "Place", "Tail"]

_HEAD = 4096  # octets of a first line that count
_CHUNK_LINES = 2000
_CHUNK_BYTES = 1_000_000
_PREDECESSORS = 60  # looked at, newest first
# these have one shape, and ship types that differ
_OPENERS: dict[str, Callable[[Path], Any]] = {
    ".gz": gzip.open,
    ".bz2": bz2.open,
    ".xz": lzma.open,
}
_UNREADABLE = (OSError, EOFError, lzma.LZMAError, zlib.error)


class LogError(Exception):
    """The log cannot be read; the message says why and what to do."""


class LogLost(LogError):
    """The file that was being read is gone, and what was not yet read of it too."""


class LogMoved(LogError):
    """The log was rotated while it was being looked at; looking again is all it takes."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far a log was read. file is 0 where it never was."""

    file: int = 0  # digest of its first line, 63 bits
    offset: int = 0  # octets, as they were before any compression


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole lines, and the place behind them."""

    lines: tuple[bytes, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    digest: int


class Tail:
    """One log, its current file and its predecessors beside it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def after(self, place: Place) -> Iterator[Chunk]:
        """What was written behind a place, up to now. Half a line at the end is left for later.

        Raises LogError, or LogLost where the way from that place is broken.
        """
        files = self._files(place)
        for number, file in enumerate(files):
            offset = place.offset if number == 0 else 0
            last = number == len(files) - 1
            yield from self._chunks(file, offset, whole=not last)

    def before(self, place: Place, most: int) -> Iterator[bytes]:
        """Up to most octets of lines before a place, of its file and the one before that."""
        try:
            files = self._every()
        except LogError:
            return
        numbers = [number for number, file in enumerate(files) if file.digest == place.file]
        if not numbers:
            return
        stretches = [(files[numbers[0]], max(place.offset - most, 0), place.offset)]
        if place.offset < most and numbers[0] + 1 < len(files):
            older = files[numbers[0] + 1]
            size = self._size(older)
            stretches.insert(0, (older, max(size - (most - place.offset), 0), size))
        for file, begin, end in stretches:
            for chunk in self._chunks(file, begin, whole=True, end=end):
                # the first one may be half a line, which says nothing
                yield from chunk.lines

    def _files(self, place: Place) -> list[_File]:
        """From the file of a place to the current one, oldest first."""
        digest = self._digest(self._path)
        current = [_File(self._path, digest)] if digest else []
        if not place.file:
            return current
        if digest != place.file:
            files = self._every()
            for number, file in enumerate(files):
                if file.digest == place.file:
                    return files[number::-1]
            if not current:
                raise LogMoved(f"{self._path} is empty, and what was read so far is not beside it")
        elif self._path.stat().st_size >= place.offset:
            return current
        raise LogLost(
            f"{self._path}: the file that was read so far is gone, also from beside it: keep at "
            "least one rotated file, uncompressed or .gz, .bz2, .xz; reading starts anew"
        )

    def _every(self) -> list[_File]:
        """The log and its predecessors, newest first, each once."""
        found: dict[int, Path] = {}
        for path in [self._path, *self._predecessors()]:
            digest = self._digest(path)
            if digest in found and not (_is_plain(path) and not _is_plain(found[digest])):
                continue  # a copy
            if digest:
                # a compressed copy may be half made: better the file that it is made of
                found.pop(digest, None)
                found[digest] = path
        return [_File(path, digest) for digest, path in found.items()]

    def _predecessors(self) -> list[Path]:
        """Files beside the log whose names go on where its own ends, newest first."""
        name = self._path.name
        marks = (f"{name}.", f"{name}-", f"{name}_")
        try:
            found = [
                (-path.stat().st_mtime_ns, path.name, path)
                for path in self._path.parent.iterdir()
                if path.name.startswith(marks) and path.is_file()
            ]
        except FileNotFoundError as error:
            raise LogMoved(f"{error.filename} was renamed while it was being looked at") from error
        except OSError as error:
            raise self._unreadable(self._path.parent, error) from error
        return [path for _, _, path in sorted(found)[:_PREDECESSORS]]

    def _digest(self, path: Path) -> int:
        """Of the first line; 0 where there is none yet, or no file that could be read."""
        try:
            with _open(path) as file:
                return _digest_of(file)
        except _UNREADABLE as error:
            if path == self._path:
                raise self._unreadable(path, error) from error
            return 0  # a predecessor that is just being compressed, or is no log at all

    def _size(self, file: _File) -> int:
        """Octets before compression."""
        size = 0
        with suppress(*_UNREADABLE), _open(file.path) as opened:
            while piece := opened.read(_CHUNK_BYTES):
                size += len(piece)
        return size

    def _chunks(
        self, file: _File, offset: int, *, whole: bool, end: int | None = None
    ) -> Iterator[Chunk]:
        """Lines from an offset on. whole: the file grows no more, its last line is one."""
        try:
            with _open(file.path) as opened:
                if _digest_of(opened) != file.digest:
                    raise LogMoved(f"{file.path} was rotated while it was being read")
                opened.seek(offset)
                while end is None or offset < end:
                    most = _CHUNK_BYTES if end is None else min(_CHUNK_BYTES, end - offset)
                    lines, taken = _lines(opened, whole=whole, most=most)
                    if not taken:
                        return
                    offset += taken
                    yield Chunk(tuple(lines), Place(file.digest, offset))
        except _UNREADABLE as error:
            raise self._unreadable(file.path, error) from error

    def _unreadable(self, path: Path, error: Exception) -> LogError:
        why = getattr(error, "strerror", None) or str(error)
        return LogError(
            f"{path} cannot be read: {why}; the agent's user must be allowed to read the log "
            "and its folder (on many systems: be in the group adm)"
        )


@contextmanager
def _open(path: Path) -> Iterator[BinaryIO]:
    opener = _OPENERS.get(path.suffix)
    with opener(path) if opener else path.open("rb") as file:
        yield file


def _is_plain(path: Path) -> bool:
    return path.suffix not in _OPENERS


def _digest_of(file: BinaryIO) -> int:
    line = file.readline(_HEAD)
    if len(line) < _HEAD and not line.endswith(b"\n"):
        return 0
    digest = hashlib.blake2b(line, digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1 or 1


def _lines(file: BinaryIO, *, whole: bool, most: int) -> tuple[list[bytes], int]:
    """Some lines and how many octets they and what was dropped between them have."""
    lines: list[bytes] = []
    taken = 0
    while taken < most and len(lines) < _CHUNK_LINES:
        line = file.readline(LINE_LIMIT)
        if not line:
            break
        if line.endswith(b"\n"):
            lines.append(line)
        elif len(line) == LINE_LIMIT:
            taken += _drop_line(file)
        elif whole:
            lines.append(line)
        else:
            break
        taken += len(line)
    return lines, taken


def _drop_line(file: BinaryIO) -> int:
    dropped = 0
    while piece := file.readline(LINE_LIMIT):
        dropped += len(piece)
        if piece.endswith(b"\n"):
            break
    return dropped
