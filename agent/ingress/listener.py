"""The SMTP listener: any application hands its mail over by changing its mail host.

Owns the socket, its TLS, the number of connections and the end of them. 250 is
said only once the notice is in the ledger. Must not speak the protocol itself
(agent.ingress.conversation does).
"""

import asyncio
import logging
import ssl
import threading
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from agent.ingress.conversation import Caller, Conversation, House, Reply
from agent.ingress.credentials import Users
from agent.ingress.door import Door
from agent.ingress.letter import completed
from agent.log import event
from agent.outbound.intake import IntakeError
from parsers.addresses import parse_list
from store.errors import LedgerError, NoticeConflict
from store.ids import tracking_id

__all__ = ["Listener", "Place", "server_context"]

_log = logging.getLogger("landed.ingress")
_TAKERS = 8  # threads that screen and commit; those who wait share one transaction
_HASHERS = 2  # each password check takes 16 MiB and a good deal of a core
_LOOK = 0.05
_HANDSHAKE = 15.0
_DRAIN = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server listens, and its TLS. Port 0: any free one."""

    host: str
    port: int
    security: str = "none"  # "starttls", "tls", "none"
    certificate: str = ""
    key: str = ""


def server_context(place: Place) -> ssl.SSLContext:
    """TLS of a server. Raises OSError for files that cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(place.certificate, place.key or None)
    return context


class Listener:
    """A listener for one configuration. run() serves until stop is set."""

    def __init__(
        self,
        door: Door,
        place: Place,
        *,
        hostname: str,
        message_id_domain: str,
        users: Path | None,
        connections: int,
        timeout: timedelta,
        classes: Mapping[str, str] | None = None,
    ) -> None:
        self._door, self._place, self._domain = door, place, message_id_domain
        self._users = None if users is None else Users(users)
        self._hostname, self._connections, self._timeout = hostname, connections, timeout
        self._classes = {name.casefold(): each for name, each in (classes or {}).items()}

    def run(self, stop: threading.Event, ready: Callable[[int], object]) -> None:
        """Serves until stop is set; ready is told the port once it listens.

        Raises OSError where it cannot listen, CredentialsError for the users' file.
        """
        # the library writes what clients say, and may once write too much
        logging.getLogger("mail.log").setLevel(logging.CRITICAL + 1)
        if self._users is not None:
            self._users.check()
        parse_list("warm@example.org")  # its first call loads a good deal
        with (
            ThreadPoolExecutor(_TAKERS, "listener") as self._takers,
            ThreadPoolExecutor(_HASHERS, "listener-login") as self._hashers,
            asyncio.Runner() as runner,
        ):
            runner.run(self._serve(stop, ready))

    async def _serve(self, stop: threading.Event, ready: Callable[[int], object]) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_troubled)
        context = server_context(self._place) if self._place.security != "none" else None
        house = House(
            desk=self,
            hostname=self._hostname,
            domain=self._domain,
            max_bytes=self._door.limits.max_bytes,
            max_recipients=self._door.limits.max_recipients,
            max_connections=self._connections,
            timeout=self._timeout,
            must_log_in=self._users is not None,
            starttls=context if self._place.security == "starttls" else None,
            classes=self._classes,
        )
        implicit = context if self._place.security == "tls" else None
        server = await loop.create_server(
            lambda: Conversation(house, loop),
            self._place.host,
            self._place.port,
            ssl=implicit,
            ssl_handshake_timeout=_HANDSHAKE if implicit else None,
        )
        ready(int(server.sockets[0].getsockname()[1]))
        try:
            while not stop.is_set():
                await asyncio.sleep(_LOOK)
        finally:
            server.close()
            await _drained(house)

    async def login(self, name: str, password: bytes, caller: Caller) -> bool:
        """Whether that is the user's password. Raises CredentialsError."""
        if self._users is None:
            return False
        loop = asyncio.get_running_loop()
        right = await loop.run_in_executor(self._hashers, self._users.verify, name, password)
        if not right:
            # what is no user's name may be a password in the wrong place
            user = name if name in self._users.names() else "unknown"
            client = caller.client
            event(_log, logging.WARNING, "login-refused", way="smtp", user=user, client=client)
        return right

    async def take(
        self, raw: bytes, recipients: list[str], notice_class: str, caller: Caller
    ) -> Reply:
        """Takes a message on for good, or says why not."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._takers, self._take, raw, recipients, notice_class, caller
        )

    def _take(self, raw: bytes, recipients: list[str], notice_class: str, caller: Caller) -> Reply:
        who = {"way": "smtp", "client": caller.client}
        who |= {"user": caller.user} if caller.user else {}
        fresh = f"{uuid.uuid4().hex}@{self._domain}"
        try:
            accepted = self._door.accept(
                self._door.message(
                    completed(raw, message_id=fresh, domain=self._domain),
                    recipients=recipients,
                    notice_class=notice_class,
                )
            )
        except IntakeError as error:
            event(_log, logging.INFO, "refused", **who, why=error)
            return Reply(554, "5.6.0", str(error))
        except NoticeConflict as error:
            event(_log, logging.INFO, "refused", **who, why=error)
            return Reply(554, "5.7.0", str(error))
        except LedgerError as error:
            event(_log, logging.WARNING, "not-taken", **who, why=error)
            return Reply(451, "4.3.0", "the ledger cannot be written now; try again later")
        ids = " ".join(tracking_id(one.id) for one in accepted.deliveries)
        known = "" if accepted.created else " (known already)"
        event(
            _log,
            logging.INFO,
            "accepted",
            **who,
            notice=accepted.key,
            deliveries=len(accepted.deliveries),
        )
        return Reply(
            250, "2.0.0", f"Ok: notice {tracking_id(accepted.notice_id)}{known}, deliveries {ids}"
        )


async def _drained(house: House) -> None:
    """Ends every conversation; those whose message is on its way in are waited for."""
    loop = asyncio.get_running_loop()
    end = loop.time() + _DRAIN.total_seconds()
    while house.open and loop.time() < end:
        for one in list(house.open):
            if not one.is_taking:
                one.dismiss()
        await asyncio.sleep(_LOOK)


def _troubled(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What goes wrong beside every conversation, such as a TLS handshake, is no news."""
    event(_log, logging.DEBUG, "connection-failed", why=context.get("exception", ""))
