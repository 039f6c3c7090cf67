"""How mail goes out: who it is from, by which ways, and the worker that sends it.

Owns that translation, passwords and signing keys included. Opens no connection.
"""

from __future__ import annotations

from email.utils import parseaddr
from typing import TYPE_CHECKING

from agent.configfile import ConfigError, read_secret
from agent.wiring.ledger import keyring
from agent.wiring.reconciling import policies, suppression_rule

if TYPE_CHECKING:
    from agent.config import Config, Dkim, NoticeClass, Route
    from agent.outbound.composing.compose import Identity
    from agent.outbound.composing.manners import Manners
    from agent.outbound.composing.signing import Signer
    from agent.outbound.routes import Relay
    from agent.outbound.sending.limits import Limits
    from agent.outbound.sending.sender import Sender
    from store.database import Ledger

__all__ = ["identity", "limits", "relays", "sender"]


def identity(config: Config) -> Identity:
    """Who the mail is from and where answers come back. Raises ConfigError."""
    from agent.outbound.composing.compose import Identity
    from parsers.token import AddressForm

    wanted = config.identity
    _, at, domain = parseaddr(wanted.sender)[1].rpartition("@")
    if not at:
        raise ConfigError(f'identity.sender: "{wanted.sender}" has no address in it')
    try:
        return Identity(
            sender=wanted.sender,
            return_path=AddressForm.parse(wanted.return_path),
            reply_to=AddressForm.parse(wanted.reply_to) if wanted.reply_to else None,
            message_id_domain=wanted.message_id_domain or domain,
            request_receipt=wanted.request_receipt,
            visible_reference=wanted.visible_reference,
            manners=tuple(_manners(one) for one in config.classes),
            signers=tuple(_signer(one) for one in config.dkim),
        )
    except ValueError as error:
        raise ConfigError(f"identity: {error}") from None


def _manners(wanted: NoticeClass) -> Manners:
    from agent.outbound.composing.manners import Manners
    from parsers.token import AddressForm

    to = wanted.cfbl_address
    try:
        return Manners(
            name=wanted.name,
            list_id=wanted.list_id,
            feedback_id=wanted.feedback_id,
            complaints_to=AddressForm.parse(to) if "{token}" in to else to,
            auto_submitted="" if wanted.auto_submitted == "none" else wanted.auto_submitted,
            headers=wanted.headers,
        )
    except ValueError as error:
        raise ConfigError(f'classes "{wanted.name}": {error}') from None


def _signer(wanted: Dkim) -> Signer:
    from agent.outbound.composing.signing import Signer

    what = f"the key of dkim {wanted.name}"
    key = read_secret(wanted.key, what)
    try:
        return Signer(wanted.domain, wanted.selector, key.encode(), wanted.algorithm)
    except ValueError as error:
        raise ConfigError(f"dkim {wanted.name}: {error}") from None


def relays(config: Config) -> tuple[Relay, ...]:
    """The ways out, in the order of the file. Raises ConfigError where there is none."""
    if not config.routes:
        raise ConfigError("routes: there is no way out; add a [[routes]] section")
    return tuple(_relay(config, route) for route in config.routes)


def _relay(config: Config, route: Route) -> Relay:
    from agent.outbound.routes import Relay
    from agent.wiring.logins import token_source

    what = f"route {route.name}"
    by_token = route.auth == "oauth2"
    if by_token and not route.username:
        raise ConfigError(f'{what}: auth = "oauth2" needs the username that the token is for')

    password = "" if by_token else read_secret(route.password, f"the password of {what}")
    try:
        return Relay(
            name=route.name,
            host=route.host,
            port=route.port,
            security=route.security,
            ca_file=route.ca_file,
            username=route.username,
            password=password,
            token=token_source(config, route.login, route.username, what) if by_token else None,
            timeout=route.timeout,
            local_hostname=route.local_hostname,
            domains=route.domains,
            classes=route.classes,
            kind=route.kind,
            socket=route.socket,
            final=route.final,
            command=route.command,
            dsn=route.dsn,
            service=route.service,
            settings=_settings(route, password),
            return_path=route.return_path,
            priority=route.priority,
            weight=route.weight,
        )
    except ValueError as error:
        raise ConfigError(f"routes: {error}") from None


def _settings(route: Route, password: str) -> tuple[tuple[str, str], ...]:
    """Of the service that a route is; none where it is something else."""
    from agent.outbound.service.catalogue import checked_settings

    if route.kind != "service":
        if route.service or route.settings or route.return_path:
            raise ConfigError(
                f"route {route.name}: service, settings and return_path are for "
                'kind = "service" only'
            )
        return ()
    try:
        return checked_settings(
            route.service, route.settings, route.username, password, with_path=route.return_path
        )
    except ValueError as error:
        raise ConfigError(f"route {route.name}: {error}") from None


def limits(config: Config) -> Limits:
    """What may go how quickly. Raises ConfigError where two limits name one domain."""
    from agent.outbound.sending.limits import Limit, Limits

    try:
        routes, domains = (
            [
                Limit(one.name, one.domains, one.per_minute, one.per_hour, one.connections)
                for one in those
            ]
            for those in (config.routes, config.limits)
        )
        return Limits(routes, domains)
    except ValueError as error:
        raise ConfigError(f"limits: {error}") from None


def sender(config: Config, ledger: Ledger, worker: str) -> Sender:
    """A worker of the outbox, named worker in the ledger."""
    from agent.outbound.sending.sender import Retry, Sender

    return Sender(
        ledger=ledger,
        keyring=keyring(config),
        identity=identity(config),
        relays=relays(config),
        policies=policies(config),
        retry=Retry(first=config.sending.retry_first, longest=config.sending.retry_longest),
        lease=config.sending.lease,
        worker=worker,
        rule=suppression_rule(config),
        limits=limits(config),
    )
