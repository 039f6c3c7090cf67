"""One SMTP conversation of the listener: who may speak, and what each command is told.

Owns replies and their codes (RFC 5321, enhanced codes of RFC 3463). The protocol
itself is aiosmtpd's. Must not decide what is taken on: the desk does.
"""

import asyncio
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session, syntax

from agent.ingress.content import in_whole_lines, read_content
from agent.ingress.letter import with_domain
from agent.outbound.screening import parsed

__all__ = ["Caller", "Conversation", "Desk", "House", "Reply", "reply"]

_PLAIN = re.compile(r"[^ -~]")
_PATH = re.compile(r'<((?:"(?:[^"\\]|\\.)*"|[^<>"])*)>\s*(.*)|[^<>\s"]+')  # RFC 5321 4.1.2
_ROUTE = re.compile(r"@[^:\"]*:")  # RFC 5321 4.1.1.3: heard, and passed over
_MAIL_AUTH = re.compile(r"\s+AUTH=\S+", re.IGNORECASE)
_TRIES = 3  # AUTH commands of one connection
_WIDTH = 400  # a reply line has at most 512 octets, RFC 5321 4.5.3.1.5
_LINES = 60
_LAST = "250 ENHANCEDSTATUSCODES"  # of EHLO's reply
_LINGER = 5.0  # seconds for a client to hear why it is hung up on
_CODED = re.compile(r"([245])\d\d[ -]\1\.\d{1,3}\.\d{1,3} ")
# RFC 3463's for what the library says without one; RFC 2034 wants it in each reply
_STATUS = {"500": "5.5.2", "501": "5.5.4", "502": "5.5.1", "503": "5.5.1", "530": "5.7.0"}
_STATUS |= {"552": "5.3.4", "553": "5.1.3", "554": "5.5.0", "555": "5.5.4"}


@dataclass(frozen=True, slots=True)
class Reply:
    """Code, enhanced code and words."""

    code: int
    status: str
    text: str

    def __str__(self) -> str:
        return reply(self.code, self.status, self.text)


def reply(code: int, status: str, text: str) -> str:
    """A reply of as many lines as its words need, in printable ASCII, without the last CRLF."""
    words, lines = _PLAIN.sub("?", text).split(" "), [""]
    for word in words:
        if len(lines[-1]) + len(word) > _WIDTH:
            lines.append("")
        lines[-1] += f"{word[:_WIDTH]} "
    if len(lines) > _LINES:
        lines[_LINES:] = ["and more"]
    return "\r\n".join(
        f"{code}{'-' if number < len(lines) else ' '}{status} {line.rstrip()}"
        for number, line in enumerate(lines, 1)
    )


@dataclass(frozen=True, slots=True)
class Caller:
    """Who speaks, for the log."""

    client: str  # its IP address
    user: str = ""  # who has logged in


class Desk(Protocol):
    """Where a conversation turns with what it was given."""

    async def login(self, name: str, password: bytes, caller: Caller) -> bool:
        """Whether that is the user's password. Raises CredentialsError."""

    async def take(
        self, raw: bytes, recipients: list[str], notice_class: str, caller: Caller
    ) -> Reply:
        """Takes a message on for good, or says why not."""


@dataclass(slots=True)
class House:
    """What all conversations of a listener share."""

    desk: Desk
    hostname: str
    domain: str  # of a recipient who is a name alone
    max_bytes: int
    max_recipients: int
    max_connections: int
    timeout: timedelta
    must_log_in: bool
    starttls: ssl.SSLContext | None  # where given, it is required
    classes: Mapping[str, str] = field(default_factory=dict)  # by sender's address or domain
    open: "set[Conversation]" = field(default_factory=set)

    def class_of(self, sender: str) -> str:
        """The class of what that envelope sender sends; "" where it has none."""
        address = sender.strip("<>").casefold()
        return self.classes.get(address) or self.classes.get(address.rpartition("@")[2], "")


class _Handler:
    """The hooks that aiosmtpd calls; it wants them on an object of its own."""

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's naming
        self, server: SMTP, session: Session, _envelope: Envelope, host: str, lines: list[str]
    ) -> list[str]:
        session.host_name = host
        if not _house(server).must_log_in:
            lines = [line for line in lines if not line.startswith("250-AUTH")]
        return [*lines[:-1], "250-PIPELINING", _LAST]

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's naming
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.strip("<>") == "":
            return reply(
                550, "5.7.1", "reports have an empty sender, and sending one on would be a loop"
            )
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's naming
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= _house(server).max_recipients:
            return reply(452, "4.5.3", "too many recipients; send the rest as another mail")
        address = _ROUTE.sub("", address, count=1) if address.startswith("@") else address
        # RFC 5321 4.5.1 has Postmaster without one, and programs write so to root
        if "@" not in address:
            address = with_domain(address, _house(server).domain)
        addresses, refused = parsed(address)
        if refused or len(addresses) != 1:
            why = refused[0].reason if refused else "that is not one address"
            return reply(553, "5.1.3", why)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_exception(self, error: Exception) -> str:
        """Nobody is told of our insides, and nothing was taken on."""
        return reply(451, "4.3.0", f"a mistake of our own ({type(error).__name__}); try again")


class Conversation(SMTP):
    """One connection. is_taking: a message is on its way into the ledger."""

    # longer ones than mail can carry are encoded at intake; many programs write them
    line_length_limit = 1 << 20

    def __init__(self, house: House, loop: asyncio.AbstractEventLoop) -> None:
        self.house = house
        self.is_taking = False
        self._is_welcome = True
        self._notice_class = self._user = ""
        super().__init__(
            _Handler(),
            hostname=house.hostname,
            ident="ESMTP landed",  # some clients look for that word before they say EHLO
            data_size_limit=house.max_bytes,
            enable_SMTPUTF8=True,
            tls_context=house.starttls,
            require_starttls=house.starttls is not None,
            timeout=house.timeout.total_seconds(),
            auth_require_tls=house.starttls is not None,
            command_call_limit={"AUTH": _TRIES, "*": 1 << 40},
            loop=loop,
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Lets a client in, or turns it away at once where there are too many."""
        if self not in self.house.open:  # after STARTTLS it is there already
            if len(self.house.open) >= self.house.max_connections:
                self._is_welcome = False
                if isinstance(transport, asyncio.WriteTransport):
                    transport.write(b"421 4.3.2 too many connections; come back later\r\n")
                transport.close()
                return
            self.house.open.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Forgets the client."""
        if self._is_welcome:
            self.house.open.discard(self)
            super().connection_lost(error)

    def eof_received(self) -> bool | None:
        """The client says no more."""
        return super().eof_received() if self._is_welcome else False

    def dismiss(self, why: bytes = b"421 4.3.2 the server is ending; come back later") -> None:
        """Says why, and closes."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.write(why + b"\r\n")
            self.transport.close()
            # one that hears nothing would hold its place for ever
            self.loop.call_later(_LINGER, self.transport.abort)

    def _timeout_cb(self) -> None:
        """The client's time is over; not where it is we who are waited for."""
        if self.is_taking:
            self._reset_timeout()
        else:
            self.dismiss(b"421 4.4.2 nothing came for too long; come back later")

    async def push(self, status: Any) -> None:
        """A reply, with an enhanced code where the library gives it none."""
        await super().push(self._coded(status) if isinstance(status, str) else status)

    def _coded(self, status: str) -> str:
        # the greeting and what answers EHLO and HELO have none (RFC 2034 4), nor has a 354
        bare = {_LAST, f"250 {self.hostname}", f"220 {self.hostname} {self.__ident__}"}
        if status in bare or status[:1] == "3" or status.startswith("250-"):
            return status
        if _CODED.match(status):
            return status
        code = status[:3]
        return f"{code} {_STATUS.get(code, f'{code[0]}.0.0')} {status[4:]}"

    async def taken(self, raw: bytes, recipients: list[str], sender: str) -> str:
        """The desk's answer."""
        self.is_taking = True
        notice_class = self._notice_class or self.house.class_of(sender)
        try:
            taken = self.house.desk.take(raw, recipients, notice_class, self._caller())
            return str(await taken)
        finally:
            self.is_taking = False

    def _caller(self) -> Caller:
        peer = self.session.peer if self.session else None
        return Caller(str(peer[0]) if isinstance(peer, tuple) else "", self._user)

    @syntax("MAIL FROM: <address>", extended=" [SP <mail-parameters>]")
    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's naming
        """MAIL; its AUTH parameter (RFC 4954 5) is heard and not used."""
        await super().smtp_MAIL(_MAIL_AUTH.sub("", arg) if arg else arg)

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's naming
        """DATA and the message, which the library would keep line by line."""
        if await self.check_helo_needed() or await self.check_auth_needed("DATA"):
            return
        if self.envelope is None or not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 name a recipient first")
            return
        if arg:
            await self.push("501 5.5.4 DATA stands by itself")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        content = await read_content(self._reader, self.house.max_bytes)
        recipients, sender = list(self.envelope.rcpt_tos), self.envelope.mail_from or ""
        self._set_post_data_state()  # type: ignore[no-untyped-call]  # the library's
        if content is None:
            told = f"{self.house.max_bytes} is the limit in bytes; send a link instead"
            await self.push(reply(552, "5.3.4", told))
        elif (lines := in_whole_lines(content)) is None:
            told = "a carriage return or line feed stands by itself; lines end with both"
            await self.push(reply(554, "5.6.0", told))
        else:
            await self.push(await self.taken(lines, recipients, sender))

    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's naming
        """AUTH, where there are users."""
        if not self.house.must_log_in:
            await self.push("502 5.5.1 nobody logs in here")
            return
        await super().smtp_AUTH(arg)

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """The address as it was written, and the parameters; intake judges the address."""
        found = _PATH.fullmatch(arg.strip())
        if found is None:
            return None, None
        return (arg.strip() if found[1] is None else found[1]) or "<>", found[2] or ""

    async def check_auth_needed(self, caller_method: str) -> bool:  # noqa: ARG002 - aiosmtpd's
        """Whether the client must log in first; says so to it."""
        if not self.house.must_log_in or (self.session and self.session.authenticated):
            return False
        await self.push("530 5.7.0 log in first")
        return True

    async def auth_PLAIN(self, _: Any, args: list[str]) -> AuthResult:  # noqa: N802 - aiosmtpd's
        """RFC 4616."""
        return await _finished(await super().auth_PLAIN(_, args))

    async def auth_LOGIN(self, _: Any, args: list[str]) -> AuthResult:  # noqa: N802 - aiosmtpd's
        """The older way, which many programs still use."""
        return await _finished(await super().auth_LOGIN(_, args))

    def _authenticate(self, _mechanism: str, auth_data: Any) -> Any:
        return self._checked(auth_data)

    async def _checked(self, given: LoginPassword) -> AuthResult:
        """A login "name+class" is the user name, whose notices are of that class."""
        name, _, notice_class = given.login.decode("utf-8", "replace").partition("+")
        if not await self.house.desk.login(name, given.password, self._caller()):
            # nothing of what was given may come back in a reply or a log
            return AuthResult(success=False, handled=False)
        self._notice_class, self._user = notice_class, name
        return AuthResult(success=True)


async def _finished(result: Any) -> AuthResult:
    found = await result if asyncio.iscoroutine(result) else result
    assert isinstance(found, AuthResult)  # noqa: S101 - both kinds end in one
    return found


def _house(server: SMTP) -> House:
    assert isinstance(server, Conversation)  # noqa: S101 - our own factory made it
    return server.house
