"""From the configuration to the ways in: listener, API and spool, as the daemon runs them.

Owns that translation, as agent.wiring does for the rest, and what must not be
offered to a network. Imports late: who has no listener pays for none.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from agent.configfile import ConfigError
from agent.wiring import outward, reconciling
from agent.wiring.ledger import ledger_url

if TYPE_CHECKING:
    from agent.config import Api, Config
    from agent.config import Listener as ListenerKeys
    from agent.ingress.door import Door
    from agent.ingress.listener import Place
    from agent.ingress.spool import Spool
    from agent.outbound.screening import Limits
    from store.database import Ledger

__all__ = ["SERVERS", "Server", "check", "door", "servers", "spool"]

Server = Callable[[threading.Event, Callable[[int], object]], object]
"""Serves until the event is set; the callable is told the port once it listens."""

SERVERS = ("smtp listener", "http api")
"""What servers() may name."""


def check(config: Config) -> None:
    """Makes what can be made without a ledger. Raises ConfigError."""
    if config.listener.port:
        _listener_place(config)
        for one in (config.listener.notice_class, *config.listener.classes.values()):
            _class("listener", one)
    if config.api.port:
        _api_place(config)
        _class("api", config.api.notice_class)
    if config.spool.folder:
        _class("spool", config.spool.notice_class)
        if not Path(config.spool.folder).is_dir():
            raise ConfigError(f"spool.folder: there is no folder {config.spool.folder}; make it")


def servers(config: Config, ledger: Ledger) -> list[tuple[str, Server]]:
    """Every server that is wanted: its name, and what serves until its stop event is set."""
    found: list[tuple[str, Server]] = []
    if config.listener.port:
        found.append((SERVERS[0], _told("listener", config.listener, _listener(config, ledger))))
    if config.api.port:
        found.append((SERVERS[1], _told("api", config.api, _api(config, ledger))))
    return found


class NotListening(OSError):
    """A way in cannot listen; the text says where, and which key to change."""


def _told(section: str, wanted: ListenerKeys | Api, serve: Server) -> Server:
    """The same, but that it says in words for a person why it cannot listen."""

    def run(stop: threading.Event, ready: Callable[[int], object]) -> object:
        listens = False

        def listening(port: int) -> object:
            nonlocal listens
            listens = True
            return ready(port)

        try:
            return serve(stop, listening)
        except OSError as error:
            if listens:
                raise
            why = os.strerror(error.errno) if error.errno else str(error)
            raise NotListening(
                f"{wanted.host} port {wanted.port} cannot be listened on ({why}): end what holds "
                f"it, perhaps another agent, or change host and port of [{section}]"
            ) from None

    return run


def spool(config: Config, ledger: Ledger) -> Spool | None:
    """The spool folder, None where none is wanted."""
    from agent.ingress.spool import Spool

    wanted = config.spool
    if not wanted.folder:
        return None
    return Spool(
        door(config, ledger, notice_class=wanted.notice_class),
        Path(wanted.folder),
        outward.identity(config).message_id_domain,
        remove=wanted.after == "remove",
    )


def door(
    config: Config, ledger: Ledger, *, notice_class: str, limits: Limits | None = None
) -> Door:
    """What a way in hands its notices to."""
    from agent.ingress.door import Door
    from agent.outbound.screening import Limits

    return Door(
        ledger,
        sender=config.identity.sender,
        policies=reconciling.policies(config),
        clock=lambda: datetime.now(UTC),
        limits=limits or Limits(),
        notice_class=notice_class,
    )


def _listener(config: Config, ledger: Ledger) -> Server:
    from agent.ingress.listener import Listener
    from agent.outbound.screening import Limits

    wanted = config.listener
    limits = Limits(max_bytes=wanted.max_bytes, max_recipients=wanted.max_recipients)
    return Listener(
        door(config, ledger, notice_class=wanted.notice_class, limits=limits),
        _listener_place(config),
        hostname=socket.gethostname(),
        message_id_domain=outward.identity(config).message_id_domain,
        users=Path(wanted.users) if wanted.users else None,
        connections=wanted.connections,
        timeout=wanted.timeout,
        classes=wanted.classes,
    ).run


def _listener_place(config: Config) -> Place:
    wanted = config.listener
    place = _place("listener", wanted, wanted.security)
    if not _is_loopback(place.host) and (place.security == "none" or not wanted.users):
        raise ConfigError(
            f"listener.host: {place.host} is not loopback; that needs TLS (security, certificate) "
            "and people who log in (users), or anybody could send through it"
        )
    return place


def _api(config: Config, ledger: Ledger) -> Server:
    from importlib.metadata import version

    from agent.ingress.api import build
    from agent.ingress.credentials import Tokens
    from agent.ingress.webserver import WebServer
    from agent.outbound.screening import Limits
    from agent.wiring.pulse import Pulse
    from store.reading import Reader

    wanted = config.api
    limits = Limits(max_bytes=wanted.max_bytes, max_recipients=wanted.max_recipients)
    app = build(
        door(config, ledger, notice_class=wanted.notice_class, limits=limits),
        lambda: Reader.open(ledger_url(config)),
        Tokens(Path(wanted.tokens)),
        version=version("landed"),
        pulse=Pulse(config, ledger).check,
    )
    return WebServer(
        app,
        _api_place(config),
        max_bytes=wanted.max_bytes,
        requests=wanted.requests,
        timeout=wanted.timeout,
    ).run


def _api_place(config: Config) -> Place:
    wanted = config.api
    place = _place("api", wanted, "tls" if wanted.certificate else "none")
    if not _is_loopback(place.host) and place.security == "none":
        raise ConfigError(
            f"api.host: {place.host} is not loopback; that needs TLS (certificate), or tokens "
            "could be read on the way"
        )
    return place


def _place(section: str, wanted: ListenerKeys | Api, security: str) -> Place:
    """Where a server listens. Raises ConfigError where its TLS cannot work."""
    from agent.ingress.listener import Place, server_context

    place = Place(wanted.host, wanted.port, security, wanted.certificate, wanted.key)
    if security == "none":
        return place
    if not place.certificate:
        raise ConfigError(f"{section}.certificate: TLS needs one, a PEM file with its chain")
    try:
        server_context(place)
    except OSError as error:
        why = error.strerror or error
        raise ConfigError(f"{section}.certificate: it cannot be used with its key: {why}") from None
    return place


def _class(section: str, notice_class: str) -> None:
    from agent.outbound.screening import IntakeError, checked_class

    try:
        checked_class(notice_class)
    except IntakeError as error:
        raise ConfigError(f"{section}.notice_class: {error}") from None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
