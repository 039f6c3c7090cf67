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
import time
from collections.abc import Callable, Iterator
from typing import Any, Self

from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from agent.inbound.account import Account, ImapError, explain
from agent.inbound.client import Client, Grip
from agent.login.redact import redacted
from agent.login.sasl import MECHANISMS, exchange
from agent.login.tokens import TokenError

__all__ = ["Line"]

_PATIENCE = 3  # a whole command may take this many times the limit of one answer
_GLANCE = 0.2  # seconds between two looks at deadline and stop
_GRACE = 1.0  # seconds that a command has left once a stop is asked for
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


class Line:
    """One connection. Not for use by two threads at once. Every method raises ImapError."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.capabilities: frozenset[str] = frozenset()
        self.stop = threading.Event()  # of whoever works with it: no command outlasts it for long
        self._client: Any = None
        self._grip = Grip()

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
        account = self.account
        context = self._context() if account.security == "tls" else None
        with self._doing("connecting"):
            self._client = Client(
                account.host, account.port, context, account.timeout.total_seconds(), self._grip
            )
        if self._client.begins_logged_in:
            raise ImapError(
                "login",
                f'mailbox "{account.name}" ({account.where}): the server says PREAUTH: as whom it '
                "takes us is unknown, and it could no longer be asked for encryption; ask its "
                "administrator for a port where one logs in",
            )

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
                said = redacted(str(error), token)
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
        seconds = self.account.timeout.total_seconds()
        with contextlib.suppress(*_ERRORS), self._deadline(seconds, threading.Event()):
            self._client.logout()
        self._drop()

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(*_ERRORS):
                client.shutdown()
        self._grip.release()

    @contextlib.contextmanager
    def _doing(self, what: str, *, extra: float = 0.0, octets: int = 0) -> Iterator[None]:
        """Every talk with the server: bounded in time and octets, its errors in our words.

        extra are seconds, octets those of the mail that was asked for. After a plain
        refusal the connection lives on; after anything else it is dropped.
        """
        if self._client is not None:
            self._client.allow(octets)
        elif what != "connecting":
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
    def _deadline(self, seconds: float, expired: threading.Event) -> Iterator[None]:
        """Cuts the line, and says so in expired, once the time is over or a stop is asked for."""
        done = threading.Event()
        until = time.monotonic() + seconds

        def guard() -> None:
            end = until
            while not done.wait(min(_GLANCE, max(end - time.monotonic(), 0))):
                if time.monotonic() >= end:
                    expired.set()
                    self._grip.cut()
                    return
                if self.stop.is_set():
                    end = min(end, time.monotonic() + _GRACE)

        threading.Thread(target=guard, daemon=True).start()
        try:
            yield
        finally:
            done.set()


def _is_loopback(line: socket.socket) -> bool:
    if line.family not in {socket.AF_INET, socket.AF_INET6}:
        return True
    return ipaddress.ip_address(str(line.getpeername()[0]).partition("%")[0]).is_loopback
