"""Reading the systemd journal from where the last reading ended, by journalctl.

Owns the place in the journal and the lines that are made of its entries, in the form in
which syslog would have written them. Must not understand a line. journalctl is run for
each look and ends with it; its version's own cursor is told by sequence numbers, which
is all that is kept: the ID of their sequence as a digest, and the number.
"""

import hashlib
import os
import re
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO

import msgspec

from agent.inbound.mtalog.tail import Chunk, LogError, LogLost, Place
from parsers.maillog import LINE_LIMIT

__all__ = ["Journal"]

_ENTRY = 8 * LINE_LIMIT  # octets of one entry as JSON, where each may be six
_CHUNK_LINES = 2000
_CONTEXT_LINES = 50_000
_LONGEST = 300.0  # seconds for one look
_COMPLAINT = 2_000  # octets
_CURSOR = re.compile(r"s=([0-9a-f]{32});i=([0-9a-f]{1,15})(?:;|\Z)")
_FIELDS = "MESSAGE,SYSLOG_IDENTIFIER,SYSLOG_PID,_PID,_HOSTNAME,_SOURCE_REALTIME_TIMESTAMP"
# what it says where it shows only the entries of the user's own, and ends well
_BLIND = "not seeing messages from other users"


class _Entry(msgspec.Struct):
    cursor: str = msgspec.field(name="__CURSOR")
    realtime: str = msgspec.field(name="__REALTIME_TIMESTAMP")
    message: str | list[int] | None = msgspec.field(name="MESSAGE", default=None)
    identifier: str = msgspec.field(name="SYSLOG_IDENTIFIER", default="-")
    told_pid: str = msgspec.field(name="SYSLOG_PID", default="")
    pid: str = msgspec.field(name="_PID", default="")
    host: str = msgspec.field(name="_HOSTNAME", default="localhost")
    source: str = msgspec.field(name="_SOURCE_REALTIME_TIMESTAMP", default="")


class Journal:
    """The entries of some units. command is what is run: a test puts another one there."""

    def __init__(self, units: Sequence[str], command: Sequence[str] = ("journalctl",)) -> None:
        self._command = [
            *command,
            "--output=json",
            "--no-pager",
            "--all",
            f"--output-fields={_FIELDS}",
        ]
        self._command += [f"--unit={unit}" for unit in units]
        self._sequences: dict[int, str] = {}  # by digest

    def after(self, place: Place) -> Iterator[Chunk]:
        """What was written behind a place, up to now.

        Raises LogError, or LogLost where the numbers of that place mean nothing any more.
        """
        words = ["--lines=all"]
        if place.file:
            cursor = self._cursor(place)
            if not cursor:
                return
            words.append(f"--after-cursor={cursor}")
        lines: list[bytes] = []
        reached = place
        for entry, reached in self._entries(words):
            line = _line(entry)
            if line:
                lines.append(line)
            if len(lines) >= _CHUNK_LINES:
                yield Chunk(tuple(lines), reached)
                lines = []
        if lines:
            yield Chunk(tuple(lines), reached)

    def before(self, place: Place, most: int) -> Iterator[bytes]:
        """Up to most octets of lines up to a place, oldest first."""
        try:
            cursor = self._cursor(place) if place.file else ""
        except LogError:
            return
        if not cursor:
            return
        found: deque[bytes] = deque()
        words = [f"--cursor={cursor}", "--reverse", f"--lines={_CONTEXT_LINES}"]
        for entry, _ in self._entries(words):
            line = _line(entry)
            most -= len(line)
            if most < 0:
                break
            found.appendleft(line)
        yield from found

    def _cursor(self, place: Place) -> str:
        """What journalctl seeks a place by; "" where the journal has no entry at all."""
        if place.file not in self._sequences:
            newest = [place for _, place in self._entries(["--lines=1"])]
            if not newest:
                return ""
        sequence = self._sequences.get(place.file)
        if sequence is None:
            raise LogLost(
                "the journal numbers its entries anew (it was lost, or this is another "
                "machine's); reading starts with its first entry"
            )
        return f"s={sequence};i={place.offset:x}"

    def _entries(self, words: Sequence[str]) -> Iterator[tuple[_Entry, Place]]:
        with self._running(words) as output:
            while raw := output.readline(_ENTRY):
                if not raw.endswith(b"\n"):  # no mail server writes such a line
                    while raw and not raw.endswith(b"\n"):
                        raw = output.readline(_ENTRY)
                    continue
                try:
                    entry = msgspec.json.decode(raw, type=_Entry)
                except (msgspec.DecodeError, UnicodeDecodeError):
                    continue  # "-- No entries --", or one with fields of another kind
                found = _CURSOR.match(entry.cursor)
                if found is None:
                    raise LogError(
                        "journalctl gives cursors without sequence numbers: it is of another kind "
                        "than is known here; let the mail server write a file, and name it in path"
                    )
                digest = _digest(found[1])
                self._sequences[digest] = found[1]
                yield entry, Place(digest, int(found[2], 16))

    @contextmanager
    def _running(self, words: Sequence[str]) -> Iterator[IO[bytes]]:
        command = [*self._command, *words]
        with tempfile.TemporaryFile() as complaints:
            try:
                process = subprocess.Popen(  # noqa: S603 - no shell, and words of our own
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=complaints,
                    env={**os.environ, "LC_ALL": "C"},
                )
            except OSError as error:
                raise LogError(
                    f"{command[0]} cannot be run ({error.strerror}): journal needs systemd's "
                    "journalctl; where there is none, name a file in path"
                ) from error
            assert process.stdout is not None  # noqa: S101 - for the type checker
            guard = threading.Timer(_LONGEST, process.kill)
            guard.start()
            whole = False
            try:
                yield process.stdout
                whole = not process.stdout.read(1)
            finally:
                guard.cancel()
                process.kill()
                process.stdout.close()
                code = process.wait()
            complaints.seek(0)
            said = " ".join(complaints.read(_COMPLAINT).decode("utf-8", "replace").split())
        if _BLIND in said or (whole and code not in {0, -9}):
            raise LogError(
                f"the journal cannot be read ({said or f'exit code {code}'}): the agent's user "
                "must be allowed to (on most systems: be in the group systemd-journal)"
            )


def _digest(sequence: str) -> int:
    digest = hashlib.blake2b(bytes.fromhex(sequence), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1 or 1


def _line(entry: _Entry) -> bytes:
    """As syslog would have written it; "" for what no mail server writes."""
    message = entry.message
    if isinstance(message, list):  # octets that are no UTF-8
        message = bytes(one & 0xFF for one in message[:LINE_LIMIT]).decode("utf-8", "replace")
    try:
        moment = datetime.fromtimestamp(int(entry.source or entry.realtime) / 1e6, UTC)
    except (ValueError, OverflowError, OSError):
        return b""
    if not message or len(message) > LINE_LIMIT:
        return b""
    who = f"{_word(entry.host)} {_word(entry.identifier)}[{_word(entry.told_pid or entry.pid)}]"
    return f"{moment.isoformat()} {who}: {' '.join(message.splitlines())}\n".encode()


def _word(text: str) -> str:
    return re.sub(r"[^\w./@:-]", "-", text)[:255] or "0"
