"""A connection to an IMAP server: made, encrypted, logged in, and bounded in time.

Owns the client object, its limits and the turning of its errors into ours. Must not
know folders or mail. Every wait has a limit: the socket's for one answer, and a
deadline for the whole of a command, since a server that sends a byte now and then
never runs into the first.
"""

import contextlib
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import Any, Self

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import LoginError

from agent.inbound.account import Account, ImapError, explain
from agent.login.sasl import MECHANISMS, exchange
from agent.login.tokens import TokenError

__all__ = ["Line"]

_PATIENCE = 3  # a whole command may take this many times the limit of one answer
_ERRORS = (
    IMAPClient.Error,
    OSError,
    EOFError,
    # what imapclient raises on answers that make no sense
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    RecursionError,
)


class _Client(IMAPClient):  # type: ignore[misc]  # imapclient ships no types
    """An IMAPClient that overlooks no news: what was read ahead, what came beside an answer.

    News that came in one packet with the answer to IDLE lies in a buffer, where
    poll() never looks: without this it is slept over until the next turn.
    """

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


class Line:
    """One connection. Not for use by two threads at once. Every method raises ImapError."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.capabilities: frozenset[str] = frozenset()
        self._client: Any = None

    def __enter__(self) -> Self:
        if not self.connected:
            self.connect()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def connected(self) -> bool:
        """Whether there is a connection that was not seen to fail."""
        return self._client is not None

    def connect(self) -> None:
        """Connect, encrypt, log in. A password never goes over a plain line off this machine."""
        try:
            self._open()
            self._secure()
            self._log_in()
        except ImapError:
            self._drop()
            raise

    def _open(self) -> None:
        seconds = self.account.timeout.total_seconds()
        tls = self.account.security == "tls"
        context = self._context() if tls else None
        with self._doing("connecting"):
            self._client = _Client(
                self.account.host,
                self.account.port,
                ssl=tls,
                ssl_context=context,
                timeout=SocketTimeout(seconds, seconds),
            )
            self._client.normalise_times = False

    def _log_in(self) -> None:
        account = self.account
        if account.token is not None:
            self._log_in_by_token(account.token)
            return
        with self._doing("logging in"):
            if (account.username + account.password).isascii():
                self._client.login(account.username, account.password)
            else:
                self._client.plain_login(account.username, account.password)
        self._ask_capabilities()

    def _log_in_by_token(self, source: Callable[[], str]) -> None:
        """XOAUTH2 or OAUTHBEARER (RFC 7628), whichever the server offers."""
        self._ask_capabilities()
        mechanism = next((one for one in MECHANISMS if f"AUTH={one}" in self.capabilities), "")
        if not mechanism:
            raise ImapError(
                "login",
                f'mailbox "{self.account.name}" ({self.account.where}) offers no login by token '
                f'({", ".join(MECHANISMS)}): use auth = "password", or ask its administrator',
            )
        try:
            token = source()
        except TokenError as error:
            raise ImapError("login", f'mailbox "{self.account.name}": {error}') from None
        answers = exchange(mechanism, self.account.username, token)
        with self._doing("logging in"):
            try:
                self._client.sasl_login(mechanism, answers.answer)
            except LoginError as error:
                said = str(error).replace(token, "***")
                raise LoginError(" ".join(filter(None, (said, answers.told)))) from None
        self._ask_capabilities()

    def _ask_capabilities(self) -> None:
        with self._doing("asking what it can do"):
            words = self._client.capabilities()
            self.capabilities = frozenset(word.decode("ascii", "replace") for word in words)

    def _context(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self.account.ca_file or None)
        except (OSError, ssl.SSLError) as error:
            raise ImapError(
                "tls",
                f'mailbox "{self.account.name}": ca_file {self.account.ca_file} cannot be read '
                f"({error}): it must hold certificates in PEM form",
            ) from error

    def _secure(self) -> None:
        account = self.account
        if account.security == "starttls":
            with self._doing("asking for STARTTLS"):
                offered = self._client.has_capability("STARTTLS")
            if not offered:
                raise ImapError(
                    "tls",
                    f'mailbox "{account.name}" ({account.where}) offers no STARTTLS: use '
                    'security = "tls" with port 993, or ask its administrator',
                )
            with self._doing("starting TLS"):
                self._client.starttls(self._context())
        elif account.security == "none" and not _is_loopback(self._client.socket()):
            raise ImapError(
                "tls",
                f'mailbox "{account.name}" ({account.where}) is not on this machine: the password '
                'would be sent in the clear; use security = "tls" or "starttls"',
            )

    def folders(self) -> list[str]:
        """The names of the folders that this login sees, decoded."""
        with self._doing("listing the folders"):
            return [str(name) for _, _, name in self._client.list_folders()]

    def places(self) -> list[tuple[str, bool]]:
        """Every folder, and whether the server says that it is for junk (RFC 6154)."""
        with self._doing("listing the folders"):
            return [
                (str(name), any(flag.lower() == rb"\junk" for flag in flags))
                for flags, _, name in self._client.list_folders()
            ]

    def quotas(self) -> list[tuple[str, int, int]]:
        """Resource, usage and limit of each quota of INBOX; none where none is told (RFC 9208)."""
        if "QUOTA" not in self.capabilities:
            return []
        with self._doing("asking for the quota"):
            try:
                _, told = self._client.get_quota_root("INBOX")
            except IndexError:  # imapclient, where the quota has no limit: an empty list
                return []
            return [(str(one.resource), int(one.usage), int(one.limit)) for one in told]

    def close(self) -> None:
        """Log out where the line still lives. Never raises."""
        if self._client is None:
            return
        with contextlib.suppress(*_ERRORS), self._deadline(self.account.timeout.total_seconds()):
            self._client.logout()
        self._drop()

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(*_ERRORS):
                client.shutdown()

    @contextlib.contextmanager
    def _doing(self, what: str, *, extra: float = 0.0) -> Iterator[None]:
        """Every talk with the server: bounded in time, its errors in our words.

        After a plain refusal the connection lives on; after anything else it is dropped.
        """
        if self._client is None and what != "connecting":
            raise ImapError("lost", f'mailbox "{self.account.name}" is not connected')
        limit = self.account.timeout.total_seconds() * _PATIENCE + extra
        expired = threading.Event()
        try:
            with self._deadline(limit, expired):
                yield
        except ImapError:
            raise
        except _ERRORS as error:
            reason = TimeoutError() if expired.is_set() else error
            told = explain(reason, self.account, what)
            if told.trouble != "refused":
                self._drop()
            raise told from error

    @contextlib.contextmanager
    def _deadline(self, seconds: float, expired: threading.Event | None = None) -> Iterator[None]:
        client = self._client
        if client is None:  # connecting has the socket's own limit
            yield
            return

        def cut() -> None:
            if expired is not None:
                expired.set()
            with contextlib.suppress(OSError):
                # not SSLSocket's own, which would pull the TLS state from under the reader
                socket.socket.shutdown(client.socket(), socket.SHUT_RDWR)

        timer = threading.Timer(seconds, cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _is_loopback(line: socket.socket) -> bool:
    if line.family not in {socket.AF_INET, socket.AF_INET6}:
        return True
    return ipaddress.ip_address(str(line.getpeername()[0]).partition("%")[0]).is_loopback
