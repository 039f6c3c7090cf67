"""imapclient's client within bounds: a hand on the socket, a limit of octets, no news overlooked.

Owns what has to be changed beneath imapclient. Must not know accounts, folders or mail.
"""

import imaplib
import re
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.response_parser import parse_response

__all__ = ["Client", "Grip"]

_LINE = 1_000_000  # octets, as imaplib's own limit
_GLUED = re.compile(rb"(<\d+>)(\{\d+\}\r\n)\Z")
_SLACK = 16 << 20  # octets that any answer may have beside the mail that was asked for


class Grip:
    """A hand on a connection, from before it is made: cutting it ends every wait for it.

    It holds a copy of the descriptor, since TLS puts another socket over the first.
    """

    def __init__(self) -> None:
        self._line: socket.socket | None = None

    def take(self, line: socket.socket) -> None:
        """Lay hands on this one, and off the one before."""
        self.release()
        self._line = line.dup()

    def cut(self) -> None:
        """From any thread. A connection that is still being made is given up (Linux does so)."""
        line = self._line
        if line is not None:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        """Off it. Until then the other end does not see it closed, unless it was shut down."""
        line, self._line = self._line, None
        if line is not None:
            line.close()


class _Wire(imaplib.IMAP4):
    """imaplib's connection: connected under a grip, and read up to an allowance."""

    def __init__(
        self, host: str, port: int, timeout: float, context: ssl.SSLContext | None, grip: Grip
    ) -> None:
        self._context, self._grip = context, grip
        self.allowance = _SLACK
        super().__init__(host, port, timeout)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        line = self._connected(timeout)
        if self._context is None:
            return line
        secure = self._context.wrap_socket(
            line, server_hostname=self.host, do_handshake_on_connect=False
        )
        try:
            secure.do_handshake()
        except BaseException:
            secure.close()
            raise
        return secure

    def _connected(self, timeout: float | None) -> socket.socket:
        """As socket.create_connection, but that the grip is on it while it connects."""
        trouble: OSError = OSError(f"no address of {self.host}")
        for family, kind, protocol, _, address in socket.getaddrinfo(
            self.host, self.port, type=socket.SOCK_STREAM
        ):
            line = socket.socket(family, kind, protocol)
            try:
                line.settimeout(timeout)
                self._grip.take(line)
                line.connect(address)
            except OSError as error:
                line.close()
                trouble = error
            else:
                return line
        raise trouble

    def readline(self) -> bytes:
        line: bytes = self.file.readline(_LINE + 1)  # type: ignore[assignment]  # a binary file
        if len(line) > _LINE:
            # imaplib's own error would pass for a plain refusal
            raise self.abort(f"a line of more than {_LINE} octets")
        self._use_up(len(line))
        # GreenMail leaves out the space that stands before a literal (RFC 3501 9, msg-att-static)
        return _GLUED.sub(rb"\1 \2", line) if line.endswith(b"}\r\n") else line

    def read(self, size: int) -> bytes:
        self._use_up(size)
        return self.file.read(size)  # type: ignore[return-value]  # as above

    def _use_up(self, octets: int) -> None:
        """A literal is refused by the size that it is announced with."""
        self.allowance -= octets
        if self.allowance < 0:
            raise self.abort(f"an answer of more octets than were asked for ({octets} more)")


class Client(IMAPClient):  # type: ignore[misc]  # imapclient ships no types
    """An IMAPClient that overlooks no news: what was read ahead, what came beside an answer.

    News that came in one packet with the answer to IDLE lies in a buffer, where
    poll() never looks: without this it is slept over until the next turn.
    """

    def __init__(
        self, host: str, port: int, context: ssl.SSLContext | None, seconds: float, grip: Grip
    ) -> None:
        self._grip = grip
        super().__init__(
            host,
            port,
            ssl=context is not None,
            ssl_context=context,
            timeout=SocketTimeout(seconds, seconds),
        )
        self.normalise_times = False
        # imapclient sets 5: every mail would be put into words for a log that nobody reads
        self._imap.debug = 0

    def _create_IMAP4(self) -> _Wire:  # noqa: N802 - imapclient's name
        return _Wire(self.host, self.port, self._timeout.connect, self.ssl_context, self._grip)

    @property
    def begins_logged_in(self) -> bool:
        """Whether the greeting was PREAUTH (RFC 3501 7.1.4)."""
        return bool(self._imap.state == "AUTH")

    def allow(self, octets: int) -> None:
        """The next answer may bring so many octets of mail, and a little more."""
        self._imap.allowance = 2 * octets + _SLACK

    def ask(self, words: str, items: str) -> bytes:
        """Send a FETCH of these UIDs; its tag, for answer()."""
        tag: bytes = self._imap._command("UID", "FETCH", words, items)  # noqa: SLF001 - as IMAPClient.fetch() does
        return tag

    def answer(self, tag: bytes) -> list[Any]:
        """What the server told of mails until it ended that command, as imaplib collects it.

        Of several that are under way, an answer may hold some of the next one's.
        """
        kind, told = self._imap._command_complete("FETCH", tag)  # noqa: SLF001
        self._checkok("fetch", kind, told)
        _, found = self._imap._untagged_response(kind, told, "FETCH")  # noqa: SLF001
        return [part for part in found if part is not None]

    def ask_state(self, folder: str, items: Sequence[bytes]) -> bytes:
        """Send a STATUS; its tag, for state()."""
        words = f"({' '.join(item.decode('ascii') for item in items)})"
        tag: bytes = self._imap._command("STATUS", self._normalise_folder(folder), words)  # noqa: SLF001
        return tag

    def state(self, tag: bytes) -> dict[bytes, Any]:
        """What the server told to that STATUS, perhaps beside other answers."""
        kind, told = self._imap._command_complete("STATUS", tag)  # noqa: SLF001
        self._checkok("status", kind, told)
        _, found = self._imap._untagged_response(kind, told, "STATUS")  # noqa: SLF001
        items = parse_response(found)[-1]
        return dict(zip(items[::2], items[1::2], strict=True))

    def _poll_socket(self, sock: socket.socket, timeout: float | None = None) -> Any:
        return True if self._read_ahead() else super()._poll_socket(sock, timeout)

    def heard_news(self) -> bool:
        """Whether new mail was told of beside other answers since this was last asked."""
        return bool(self._imap.untagged_responses.pop("EXISTS", None))

    def _read_ahead(self) -> bool:
        try:  # idle_check() has made the socket non-blocking
            return bool(self._imap.file.peek(1))
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
