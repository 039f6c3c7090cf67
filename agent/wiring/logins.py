"""From [[logins]] to token sources, and the warnings before a secret runs out.

Owns that wiring. Sees the configuration, as agent.wiring does, and is called by it.
Imports each provider's library only where a login needs it.
"""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from agent.configfile import ConfigError, read_secret
from agent.log import event
from agent.login.expiry import Ending, endings
from agent.login.tokens import Kept, TokenFile, TokenSource

if TYPE_CHECKING:
    from agent.config import Config, Login
    from agent.login.certificate import Certificate
    from agent.login.microsoft import Person
    from store.database import Ledger

__all__ = [
    "check",
    "ending",
    "graph_source",
    "person",
    "reports_source",
    "token_source",
    "warn",
]

_log = logging.getLogger("landed.login")
_FLOWS = {"microsoft": ("application", "person"), "google": ("application", "refresh")}


def check(config: Config) -> None:
    """Raises ConfigError for a login that cannot be."""
    for one in config.logins:
        if one.flow not in _FLOWS[one.provider]:
            known = " or ".join(f'"{flow}"' for flow in _FLOWS[one.provider])
            raise ConfigError(f"login {one.name}: flow is {known} for {one.provider}")
        if one.certificate and (one.provider, one.flow) != ("microsoft", "application"):
            raise ConfigError(
                f'login {one.name}: a certificate is for provider = "microsoft" and '
                'flow = "application"'
            )
        if one.certificate and one.secret:
            raise ConfigError(f"login {one.name}: give secret or certificate, not both")
        _last_day(one)


def ending(config: Config, today: date) -> list[Ending]:
    """The secrets that run out within thirty days, or have. Raises ConfigError."""
    known = ((one, _last_day(one)) for one in config.logins)
    return endings(
        [
            (one.name, "certificate" if one.certificate else "secret", on)
            for one, on in known
            if on is not None
        ],
        today,
    )


def _last_day(login: Login) -> date | None:
    certificate = _certificate(login)
    if certificate is not None:
        return certificate.ends.date()
    try:
        return date.fromisoformat(login.secret_expires) if login.secret_expires else None
    except ValueError:
        raise ConfigError(
            f'login {login.name}: secret_expires "{login.secret_expires}" is no date such as '
            "2027-01-31"
        ) from None


def _certificate(login: Login) -> Certificate | None:
    if not login.certificate:
        return None
    from agent.login.certificate import read_certificate

    what = f"the certificate of login {login.name}"
    try:
        return read_certificate(read_secret(login.certificate, what))
    except ValueError as error:
        raise ConfigError(f"{what}: {error}") from None


def token_source(config: Config, name: str, username: str, what: str) -> TokenSource:
    """What gives tokens of that login for that user. what names the asker. Raises ConfigError."""
    login = _named(config, name, what)
    if login.provider == "microsoft":
        return _application(login) if login.flow == "application" else person(config, name)
    return _google(login, username)


def graph_source(config: Config, name: str, what: str) -> TokenSource:
    """What gives a Microsoft application's tokens for Graph. Raises ConfigError."""
    from agent.login.microsoft import GRAPH

    login = _named(config, name, what)
    if (login.provider, login.flow) != ("microsoft", "application"):
        raise ConfigError(
            f'{what}: login "{name}" must have provider = "microsoft" and flow = "application"'
        )
    return _application(login, GRAPH)


def reports_source(config: Config, name: str, administrator: str, what: str) -> TokenSource:
    """What gives tokens for Google's reports in an administrator's name. Raises ConfigError."""
    from agent.login.google import REPORTS

    login = _named(config, name, what)
    if login.provider != "google":
        raise ConfigError(f'{what}: login "{name}" must have provider = "google"')
    if login.flow == "application" and not administrator:
        raise ConfigError(f"{what}: administrator: name one, in whose name the account asks")
    return _google(login, administrator, REPORTS)


def _named(config: Config, name: str, what: str) -> Login:
    found = next((one for one in config.logins if one.name == name), None)
    if found is None:
        raise ConfigError(f'{what}: there is no login "{name}"; add it as a [[logins]] section')
    return found


def _application(login: Login, scope: str = "") -> TokenSource:
    from agent.login.microsoft import MAIL, Application

    return Application(
        name=login.name,
        authority=f"{login.authority}/{login.tenant}",
        client_id=login.client_id,
        file=TokenFile(Path(login.cache)),
        ca_file=login.ca_file,
        secret=read_secret(login.secret, f"the secret of login {login.name}"),
        certificate=_certificate(login),
        scope=scope or MAIL,
    )


def person(config: Config, name: str) -> Person:
    """The login of somebody who signs in. Raises ConfigError for one of another flow."""
    from agent.login.microsoft import Person

    login = _named(config, name, "landed login")
    if login.flow != "person":
        raise ConfigError(f'login {name}: nobody has to sign in where flow is "{login.flow}"')
    return Person(
        name=login.name,
        authority=f"{login.authority}/{login.tenant}",
        client_id=login.client_id,
        file=TokenFile(Path(login.cache)),
        ca_file=login.ca_file,
    )


def _google(login: Login, username: str, scope: str = "") -> TokenSource:
    secret = read_secret(login.secret, f"the secret of login {login.name}")
    again = read_secret(login.refresh_token, f"the refresh token of login {login.name}")

    def fetch() -> tuple[str, datetime]:
        from agent.login.google import MAIL, by_refresh_token, by_service_account

        if login.flow == "application":
            return by_service_account(login.name, secret, username, scope or MAIL)
        return by_refresh_token(login.name, login.client_id, secret, again)

    use = f"{username} {scope}".strip()
    return Kept(TokenFile(Path(login.cache)), use, fetch, lambda: datetime.now(UTC))


def warn(config: Config, ledger: Ledger, now: datetime) -> int:
    """Mail the admins of each secret that runs out, 30, 7 and 1 days before and when it has, once.

    How many mails were taken on. Raises IntakeError and LedgerError.
    """
    from agent.outbound.intake import accept_parts
    from agent.wiring import reconciling
    from store import notices

    told = 0
    for one in ending(config, now.date()):
        event(_log, logging.WARNING, "secret-ends", login=one.login, on=one.on)
        key = f"login:{one.login}:{one.on}:{one.step}"
        with ledger.transaction(read_only=True) as tx:
            known = notices.find(tx, key) is not None
        if known or not config.digest.to:
            continue
        accepted = accept_parts(
            ledger,
            key=key,
            recipients=config.digest.to,
            sender=config.identity.sender,
            subject=f"{config.digest.subject}: a {one.what} runs out on {one.on}",
            text=f"{one.words}.\n\nWithout it no mailbox of that login can be read any more, and "
            "no route of it can send.\n",
            headers=(("Auto-Submitted", "auto-generated"),),
            notice_class=config.digest.notice_class,
            policies=reconciling.policies(config),
            now=now,
        )
        told += int(accepted.created)
    return told
