"""One SMTP line: commands out, replies in, every wait bounded.

Owns what smtplib leaves open: a deadline for a whole reply (not for each of its
bytes), a bound on a reply's size, TLS over a line on which nothing was said
too early, and knowing why a line was lost. Must not know what a reply means.
"""

import re
import select
import smtplib
import socket
import ssl
import time
from collections import deque
from functools import lru_cache

from agent.outbound.floor import Waiting

__all__ = ["Line", "LineLost", "connect", "connect_local"]

_LINE_BYTES = 4_096  # RFC 5321 4.5.3.1.5 says 512; enhanced codes and texts go beyond
_REPLY_BYTES = 65_536
_HEARD_BYTES = 1 << 20  # of replies that nobody has read yet
_PUSH = 65_536
_PATIENCE = 200  # milliseconds; a server that takes longer over less is heard as it speaks
_RECORD = 16_384  # octets in one TLS record: what may have left before the word of it came back
_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)
_REPLY = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)


class LineLost(smtplib.SMTPServerDisconnected):
    """The line is gone; the text says how.

    unsent: what was being sent did not leave whole. left: at most so many octets
    of it did.
    """

    def __init__(self, why: str, *, unsent: bool = False, left: int = 0) -> None:
        super().__init__(why)
        self.unsent = unsent
        self.left = left


class Line(smtplib.SMTP):
    """smtplib's dialogue over a socket that is already connected.

    answer is the longest wait in seconds for one reply or one send; until, a
    time.monotonic() value, ends every wait. Not safe for several threads.
    """

    def __init__(self, sock: socket.socket, *, answer: float, local_hostname: str = "") -> None:
        super().__init__(local_hostname=local_hostname or _own_name(), timeout=answer)
        self.sock: socket.socket | None = sock
        self.command_encoding = "ascii"
        self.answer = answer
        self.until: float | None = None
        self._lines: deque[bytes] = deque()  # whole ones that nobody has read yet
        self._rest = b""  # and the beginning of the next
        self.latest = b""  # that was read, as it came
        self._heard_bytes = 0  # of both
        self._came = 0  # octets since the beginning
        self._expected = 1  # octets: fewer are not worth waking for
        self._wakes = 1  # as the socket knows it
        self._quick = sock.family in {socket.AF_INET, socket.AF_INET6}
        self._poll: select.poll | None = None
        self._polled: object = None

    @property
    def is_open(self) -> bool:
        """Whether the line still stands, as far as we know."""
        return self.sock is not None

    def expect_silence(self) -> None:
        """Raises LineLost where the server spoke or left although it was not its turn."""
        if self.sock is None:
            raise LineLost("the line is closed", unsent=True)
        if isinstance(self.sock, ssl.SSLSocket):
            # TLS has words of its own, so that bytes on the socket prove nothing
            heard = self.sock.pending() > 0
        else:
            heard = bool(self._lines) or self._is_ready(0)
        if heard or self._heard_bytes:
            raise LineLost("the server spoke or left before the message was over", unsent=True)

    @property
    def octets_read(self) -> int:
        """Of replies, since the beginning."""
        return self._came - self._heard_bytes

    def expect(self, octets: int) -> None:
        """The next waits end when so many have come, or after a moment: see _much_is_ready()."""
        self._expected = max(1, octets)

    def has_word(self) -> bool:
        """Whether a line of a reply is here already, so that reading it need not wait."""
        return bool(self._lines)

    def _is_ready(self, milliseconds: int) -> bool:
        """Whether there is something to read, or the end of the line, within that time."""
        if self._poll is None or self._polled is not self.sock:
            assert self.sock is not None  # noqa: S101 - all callers have seen that it is open
            self._poll, self._polled = select.poll(), self.sock
            self._poll.register(self.sock, select.POLLIN)
        return bool(self._poll.poll(milliseconds))

    def push(self, data: bytes) -> None:
        """Sends all of data and takes in what the server says meanwhile, so that neither waits.

        Raises LineLost, whose left tells how much of data may have left. What came
        in can still be read.
        """
        if self.sock is None:
            raise LineLost("the line is closed", unsent=True)
        view, done = memoryview(data), 0
        over_tls = isinstance(self.sock, ssl.SSLSocket)
        try:
            self._unblock()
            while done < len(view):
                blocked = select.POLLIN
                try:
                    done += self.sock.send(view[done : done + _PUSH])
                    continue
                except (BlockingIOError, ssl.SSLWantWriteError):
                    blocked |= select.POLLOUT
                except ssl.SSLWantReadError:
                    pass
                self._await(blocked)
                self._take_in()
        except OSError as error:
            why = str(error) if isinstance(error, LineLost) else _lost_sending(error)
            left = min(len(view), done + _RECORD) if over_tls else done
            raise LineLost(why, unsent=left < len(view), left=left) from None

    def _unblock(self) -> None:
        if self.sock is not None and self.sock.gettimeout() != 0:
            self.sock.setblocking(False)  # noqa: FBT003 - the socket's own signature

    def _await(self, what: int) -> None:
        poll = select.poll()
        poll.register(self.sock, what)  # type: ignore[arg-type]  # push() has seen that it is open
        with Waiting():
            ready = poll.poll(max(1, int(1000 * (self._deadline() - time.monotonic()))))
        if not ready:
            self.close()
            raise LineLost("the server took nothing more within the time for an answer")

    def _take_in(self) -> None:
        """What the server has said by now; raises LineLost where it will listen no more."""
        assert self.sock is not None  # noqa: S101 - push() has seen that it is open
        try:
            data = self.sock.recv(8192)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        self._took(data)
        if not data:
            raise LineLost("the server closed the line while the message was being sent")
        if self._heard_bytes > _HEARD_BYTES:
            self.close()
            raise LineLost("the server says more than it was asked for")

    def _deadline(self) -> float:
        end = time.monotonic() + self.answer
        return end if self.until is None else min(end, self.until)

    def send(self, s: bytes | str) -> None:  # type: ignore[override]  # the stub wants a wider type
        """Sends all of s. Raises LineLost; what came in before can still be read."""
        if self.sock is None:
            raise LineLost("the line is closed", unsent=True)
        data = s.encode(self.command_encoding) if isinstance(s, str) else s
        try:
            self.sock.settimeout(max(0.001, self._deadline() - time.monotonic()))
            with Waiting():
                self.sock.sendall(data)
        except TimeoutError:
            self.close()
            raise LineLost("the server took nothing more within the time for an answer") from None
        except OSError as error:
            gone = isinstance(error, BrokenPipeError | ConnectionResetError)
            raise LineLost(_lost_sending(error), unsent=gone) from None

    def getreply(self) -> tuple[int, bytes]:
        """Code and text of one reply, lines joined by LF; -1 for what is no reply.

        Raises LineLost at the end of the line, at the deadline, and for a reply without end.
        """
        deadline = 0.0  # of the whole reply, from the first wait on
        lines: list[bytes] = []
        size = 0
        while True:
            if not self._lines and not deadline:
                deadline = self._deadline()
            line = self._line(deadline)
            if not lines and line[3:4] == b" " and line[:3].isdigit() and b"2" <= line[:1] <= b"5":
                return int(line[:3]), line[4:].strip()
            size += len(line)
            if size > _REPLY_BYTES:
                self.close()
                raise LineLost(f"the server's reply does not end within {_REPLY_BYTES} octets")
            found = _REPLY.fullmatch(line)
            if found is None:
                lines.append(line.strip())
                return -1, b"\n".join(lines)
            lines.append((found[3] or b"").strip())
            if found[2] != b"-":
                return int(found[1]), b"\n".join(lines)

    def skip(self, line: bytes | None) -> bool:
        """Whether this (as latest had it) was the next line, and here already: it is read then."""
        if line is None or not self._lines or self._lines[0] != line:
            return False
        self._lines.popleft()
        self._heard_bytes -= len(line) + 1
        return True

    def _line(self, deadline: float) -> bytes:
        while not self._lines and len(self._rest) < _LINE_BYTES:
            self._took(self._heard(deadline))
        if not self._lines or len(self._lines[0]) >= _LINE_BYTES:
            self.close()
            raise LineLost(f"the server sent a line of more than {_LINE_BYTES} octets")
        line = self.latest = self._lines.popleft()
        self._heard_bytes -= len(line) + 1
        return line.rstrip(b"\r")

    def _took(self, data: bytes) -> None:
        self._heard_bytes += len(data)
        self._came += len(data)
        *whole, self._rest = (self._rest + data).split(b"\n")
        self._lines.extend(whole)

    def _heard(self, deadline: float) -> bytes:
        if self.sock is None:
            raise LineLost("the line is closed")
        try:
            data = self._recv(deadline)
        except TimeoutError:
            self.close()
            raise LineLost(f"no answer within {self.answer:g} seconds") from None
        except OSError as error:
            self.close()
            raise LineLost(f"the line was lost while waiting ({_told(error)})") from None
        if not data:
            self.close()
            raise LineLost("the server closed the line without an answer")
        return data

    def _recv(self, deadline: float) -> bytes:
        """What is there, waited for until the deadline. Raises OSError."""
        assert self.sock is not None  # noqa: S101 - _heard() has seen that it is open
        if isinstance(self.sock, ssl.SSLSocket):
            with Waiting():
                self._hurry()
                self.sock.settimeout(_seconds_to(deadline))
                return self.sock.recv(8192)
        self._unblock()
        try:
            return self.sock.recv(8192)
        except BlockingIOError:
            pass
        with Waiting():
            self._hurry()
            left = int(1000 * _seconds_to(deadline)) + 1
            if not self._much_is_ready(left) and not self._is_ready(left):
                raise TimeoutError
        return self.sock.recv(8192)

    def _much_is_ready(self, milliseconds: int) -> bool:
        """Whether as much as is expected came within a moment.

        Each waking takes the processor from somebody, on a small machine from the server itself.
        """
        self._wake_at(self._expected)
        if self._expected > 1 and self._is_ready(min(_PATIENCE, milliseconds)):
            return True
        self._wake_at(1)
        return False

    def _wake_at(self, octets: int) -> None:
        if octets != self._wakes:
            assert self.sock is not None  # noqa: S101 - as above
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, octets)
            self._wakes = octets

    def _hurry(self) -> None:
        """Acknowledges at once: a server whose Nagle waits for that would wait 40 ms."""
        if self._quick and _QUICKACK is not None and self.sock is not None:
            self.sock.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)

    def last_words(self) -> tuple[int, bytes] | None:
        """A reply that the server sent before it stopped listening, if there is a whole one."""
        self.answer = min(self.answer, 1.0)
        try:
            return self.getreply()
        except LineLost:
            return None
        finally:
            self.close()

    def secure(self, context: ssl.SSLContext, host: str) -> None:
        """TLS from here on (RFC 3207). Raises ssl.SSLError, OSError, LineLost."""
        if self.sock is None:
            raise LineLost("the line is closed")
        if self._heard_bytes:
            # RFC 3207 4.2: nothing said in the clear may count as said over TLS
            self.close()
            raise LineLost("the server, or somebody between, spoke before TLS began")
        self.sock.settimeout(max(0.001, self._deadline() - time.monotonic()))
        self.sock = context.wrap_socket(self.sock, server_hostname=host)
        self.file = None
        self.esmtp_features = {}
        self.does_esmtp = False


@lru_cache(1)
def _own_name() -> str:
    """As smtplib finds it: it may ask the DNS, which is nothing to do for each line."""
    return smtplib.SMTP().local_hostname


def connect(host: str, port: int, answer: float) -> socket.socket:
    """A TCP connection. Raises OSError after at most answer seconds for each address."""
    sock = socket.create_connection((host, port), timeout=answer)
    # the final dot is a small packet of its own and must not wait for an acknowledgement
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def connect_local(path: str, answer: float) -> socket.socket:
    """A connection to a Unix socket. Raises OSError after at most answer seconds."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.settimeout(answer)
        sock.connect(path)
    except BaseException:
        sock.close()
        raise
    return sock


def _seconds_to(deadline: float) -> float:
    # a moment even when the time is over: what is there already may be read
    return max(0.001, deadline - time.monotonic())


def _lost_sending(error: OSError) -> str:
    return f"the line was lost while sending ({_told(error)})"


def _told(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__
