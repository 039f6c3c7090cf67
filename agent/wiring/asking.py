"""Asking recipients' own mailboxes: from [[asking]] to askers.

Owns that translation, secrets included. Opens no connection.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from agent.configfile import ConfigError, read_secret
from agent.wiring import logins
from agent.wiring.ledger import keyring
from agent.wiring.reconciling import policies

if TYPE_CHECKING:
    from agent.asking.connector import Connector, Pace
    from agent.asking.rounds import Asker
    from agent.config import Asking, Config
    from agent.login.tokens import TokenSource
    from store.database import Ledger

__all__ = ["askers", "channels", "check", "connectors", "domains"]

_GRAPH = "https://graph.microsoft.com/v1.0"
_REPORTS = "https://admin.googleapis.com"
# requests a minute that each provider's own limits allow
_MAILBOXES = 600  # Graph: 10,000 in ten minutes for each mailbox
_TRACES = 20  # Graph's message trace: 100 in five minutes
_QUERIES = 200  # Google: 250 filtered ones a minute
_ROUND = 5  # minutes that one round may take at its pace


def check(config: Config) -> None:
    """Raises ConfigError for a section that cannot be, or a domain that two are for."""
    seen: dict[str, str] = {}
    for one in config.asking:
        if not one.domains:
            raise ConfigError(f"asking {one.name}: domains: name those whose mailboxes it may ask")
        for domain in domains(one):
            if domain in seen:
                raise ConfigError(
                    f'asking {one.name}: domains: "{domain}" is asked by "{seen[domain]}" already'
                )
            seen[domain] = one.name
    connectors(config)


def domains(wanted: Asking) -> list[str]:
    """As the ledger has them: lower case, A-labels. Raises ConfigError."""
    from parsers.addresses import InvalidAddress, canonical

    try:
        return [canonical(f"someone@{name}").partition("@")[2] for name in wanted.domains]
    except InvalidAddress as error:
        raise ConfigError(f"asking {wanted.name}: domains: {error}") from None


def channels(config: Config) -> list[str]:
    """The names of their channels."""
    from agent.asking.rounds import asking_channel

    return [asking_channel(one.name) for one in config.asking]


def connectors(config: Config) -> list[tuple[Asking, Connector]]:
    """One connector for each section. Raises ConfigError."""
    return [(one, _connector(config, one)) for one in config.asking]


def askers(config: Config, ledger: Ledger) -> list[tuple[Asking, Asker]]:
    """One asker for each section. Raises ConfigError."""
    if not config.asking:
        return []
    from agent.asking.rounds import Asker

    ring, book = keyring(config), policies(config)
    return [
        (one, Asker(ledger, way, domains(one), ring, book, most=one.per_minute * _ROUND))
        for one, way in connectors(config)
    ]


def _connector(config: Config, wanted: Asking) -> Connector:
    from agent.asking.connector import Pace

    pace = Pace(wanted.per_minute)
    if wanted.kind == "imap":
        return _imap(config, wanted, pace)
    return (
        _microsoft(config, wanted, pace)
        if wanted.kind == "microsoft"
        else _google(config, wanted, pace)
    )


def _imap(config: Config, wanted: Asking, pace: Pace) -> Connector:
    from agent.asking.imap import ImapConnector, ImapPlan
    from agent.inbound.account import Account

    what = f"asking {wanted.name}"
    token = partial(_token, config, wanted.login, what) if wanted.login else None
    if token is not None:
        token("{address}")  # a login that is not there is told now
    account = Account(
        name=wanted.name,
        host=wanted.host,
        port=wanted.port,
        security=wanted.security,
        ca_file=wanted.ca_file,
        username=wanted.username,
        password="" if wanted.login else read_secret(wanted.password, f"the password of {what}"),
        timeout=wanted.timeout,
    )
    return ImapConnector(
        wanted.name, ImapPlan(account, wanted.authorize_as, wanted.folders, token), pace
    )


def _token(config: Config, login: str, what: str, username: str) -> TokenSource:
    return logins.token_source(config, login, username, what)


def _microsoft(config: Config, wanted: Asking, pace: Pace) -> Connector:
    from agent.asking.connector import Pace
    from agent.asking.microsoft import Microsoft
    from agent.asking.web import Web

    source = logins.graph_source(config, wanted.login, f"asking {wanted.name}")

    def web(per_minute: int, permission: str) -> Web:
        todo = (
            f"the application needs {permission}, with an administrator's consent; see "
            "docs/asking.md"
        )
        return Web(wanted.name, _GRAPH, source, Pace(per_minute), todo, wanted.ca_file)

    traced = "ExchangeMessageTrace.Read.All and the enterprise application named there"
    return Microsoft(
        wanted.name,
        pace,
        mailbox=web(_MAILBOXES, "Mail.ReadBasic.All") if "mailbox" in wanted.look else None,
        trace=web(_TRACES, traced) if "trace" in wanted.look else None,
    )


def _google(config: Config, wanted: Asking, pace: Pace) -> Connector:
    from agent.asking.connector import Pace
    from agent.asking.google import Google
    from agent.asking.web import Web

    source = logins.reports_source(
        config, wanted.login, wanted.administrator, f"asking {wanted.name}"
    )
    todo = (
        "the scope admin.reports.audit.readonly must be delegated, and administrator must be one "
        "who may read reports; see docs/asking.md"
    )
    web = Web(wanted.name, _REPORTS, source, Pace(_QUERIES), todo, wanted.ca_file)
    return Google(wanted.name, pace, web)
