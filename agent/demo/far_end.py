"""The demo's mail world: one SMTP server on loopback that plays everybody's relay and mailbox.

Owns the conversation, RFC 3461 parameters included. Must not decide how a
person behaves: that is the cast's, asked once per RCPT and once per message.
"""

import re
from datetime import UTC, datetime
from typing import Any, Protocol

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

from agent.demo.letters import Received

__all__ = ["FarEnd", "World"]

_DSN_PARAMETER = re.compile(r" (ENVID|RET|NOTIFY|ORCPT)=(\S*)", re.IGNORECASE)


class World(Protocol):
    """Decides what becomes of mail."""

    def may_enter(self, recipient: str) -> str:
        """The reply to RCPT: "" to accept, else a whole SMTP reply."""

    def takes(self, mail: Received) -> bool:
        """Called with each accepted message; False: the line dies before the reply."""


class _Conversation(SMTP):
    """aiosmtpd's server, with the DSN extension that it lacks."""

    envelope_id = ""  # ENVID of the transaction in hand

    @syntax("MAIL FROM: <address>")
    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's naming
        found = dict(_DSN_PARAMETER.findall(arg or ""))
        await super().smtp_MAIL(_DSN_PARAMETER.sub("", arg) if arg else arg)
        self.envelope_id = found.get("ENVID", "")

    @syntax("RCPT TO: <address>")
    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's naming
        await super().smtp_RCPT(_DSN_PARAMETER.sub("", arg) if arg else arg)


class _Handler:
    """aiosmtpd's hooks, turned into questions to the world."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's naming
        self, _server: SMTP, session: Session, _envelope: Envelope, host: str, replies: list[str]
    ) -> list[str]:
        session.host_name = host
        return [*replies[:-1], "250-DSN", replies[-1]]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's naming
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        refusal = self._world.may_enter(address)
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's naming
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        content = envelope.original_content or b""
        for recipient in envelope.rcpt_tos:
            mail = Received(
                sender=envelope.mail_from or "",
                recipient=recipient,
                envelope_id=server.envelope_id if isinstance(server, _Conversation) else "",
                raw=content,
                at=datetime.now(UTC),
            )
            if not self._world.takes(mail):
                if server.transport is not None:
                    server.transport.close()
                return "421 4.4.2 this reply is never heard"
        return "250 2.0.0 Ok: queued"


class FarEnd(Controller):
    """The server on a free loopback port; start() and stop() come from aiosmtpd."""

    def __init__(self, world: World) -> None:
        super().__init__(_Handler(world), hostname="127.0.0.1", port=0)

    def factory(self) -> SMTP:
        """One conversation for each connection."""
        return _Conversation(self.handler, hostname="mx.kontor.example", enable_SMTPUTF8=True)

    def _trigger_server(self) -> None:
        """Makes aiosmtpd build its first conversation; it would knock at the port asked for."""
        self.port = self.bound_port
        super()._trigger_server()  # type: ignore[no-untyped-call] # aiosmtpd types it not

    @property
    def bound_port(self) -> int:
        """The port that the system gave."""
        server: Any = self.server
        return int(server.sockets[0].getsockname()[1])
