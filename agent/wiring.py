"""From the configuration to the plain values that everything below gets.

Owns that translation, secrets included, and nothing else: no decision is
taken here. Imports late, since a command needs only a few of these.
"""

from __future__ import annotations

import base64
import binascii
from email.utils import parseaddr
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

from agent.configfile import ConfigError, read_secret

if TYPE_CHECKING:
    from agent.config import Config, Dkim, Mailbox, NoticeClass, Route
    from agent.inbound.account import Account
    from agent.inbound.mtalog.follow import Follower, Source
    from agent.inbound.watch import Watcher
    from agent.login.tokens import TokenSource
    from agent.outbound.compose import Identity
    from agent.outbound.manners import Manners
    from agent.outbound.routes import Relay
    from agent.outbound.sender import Sender
    from agent.outbound.signing import Signer
    from agent.reconcile.digest import Plan
    from parsers.token import Keyring
    from store.database import Ledger
    from store.words import PolicyBook, SuppressionRule

__all__ = [
    "accounts",
    "check",
    "digest_plan",
    "followers",
    "identity",
    "keyring",
    "ledger_url",
    "logs",
    "policies",
    "relays",
    "sender",
    "suppression_rule",
    "watchers",
]


def ledger_url(config: Config) -> str:
    """Path or URL of the ledger, with its password where one is configured."""
    if not config.ledger_password:
        return config.ledger
    parts = urlsplit(config.ledger)
    if not parts.hostname or not parts.username:
        raise ConfigError("ledger_password: it needs a ledger such as postgresql://user@host/name")
    secret = quote(read_secret(config.ledger_password, "the password of the ledger"), safe="")
    login, _, place = parts.netloc.rpartition("@")
    user = login.partition(":")[0]
    return urlunsplit(parts._replace(netloc=f"{user}:{secret}@{place}"))


def keyring(config: Config) -> Keyring:
    """The signing keys. Raises ConfigError for a key that is missing or not one."""
    from parsers.token import Keyring

    secrets: dict[int, bytes] = {}
    for number, reference in config.tokens.keys.items():
        what = f"token key {number}"
        if not number.isdigit():
            raise ConfigError(f"tokens.keys: {number!r} is not a number from 0 to 7")
        secrets[int(number)] = _key_bytes(read_secret(reference, what), what)
    try:
        return Keyring(secrets, config.tokens.current)
    except ValueError as error:
        raise ConfigError(f"tokens: {error}") from None


def _key_bytes(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ConfigError(f'{what} is not base64: make one with "landed init --new-key"') from None


def identity(config: Config) -> Identity:
    """Who the mail is from and where answers come back. Raises ConfigError."""
    from agent.outbound.compose import Identity
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
    from agent.outbound.manners import Manners
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
    from agent.outbound.signing import Signer

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
    return tuple(_relay(route) for route in config.routes)


def _relay(route: Route) -> Relay:
    from agent.outbound.routes import Relay

    return Relay(
        name=route.name,
        host=route.host,
        port=route.port,
        security=route.security,
        ca_file=route.ca_file,
        username=route.username,
        password=read_secret(route.password, f"the password of route {route.name}"),
        timeout=route.timeout,
        local_hostname=route.local_hostname,
        domains=route.domains,
        classes=route.classes,
        kind=route.kind,
        command=route.command,
        dsn=route.dsn,
        priority=route.priority,
        weight=route.weight,
    )


def accounts(config: Config) -> tuple[Account, ...]:
    """The mailboxes to watch, in the order of the file."""
    return tuple(_account(config, mailbox) for mailbox in config.mailboxes)


def _mailbox_password(mailbox: Mailbox) -> str:
    if mailbox.auth == "oauth2":
        return ""
    return read_secret(mailbox.password, f"the password of mailbox {mailbox.name}")


def _mailbox_token(config: Config, mailbox: Mailbox) -> TokenSource | None:
    from agent.logins import token_source

    if mailbox.auth != "oauth2":
        return None
    return token_source(config, mailbox.login, mailbox.username, f"mailbox {mailbox.name}")


def _account(config: Config, mailbox: Mailbox) -> Account:
    from agent.inbound.account import Account

    return Account(
        name=mailbox.name,
        host=mailbox.host,
        port=mailbox.port,
        security=mailbox.security,
        ca_file=mailbox.ca_file,
        username=mailbox.username,
        password=_mailbox_password(mailbox),
        token=_mailbox_token(config, mailbox),
        timeout=mailbox.timeout,
        folders=mailbox.folders,
        poll=mailbox.poll,
        idle=mailbox.idle,
        batch=mailbox.batch,
        max_bytes=mailbox.max_bytes,
        after=mailbox.after,
        move_to=mailbox.move_to,
        flag=mailbox.flag,
        delete_after=mailbox.delete_after,
        authserv_id=mailbox.authserv_id,
    )


def logs(config: Config) -> tuple[Source, ...]:
    """The mail servers' logs to follow, in the order of the file. Raises ConfigError."""
    from pathlib import Path

    from agent.inbound.mtalog.follow import Source

    for log in config.logs:
        if not log.path:
            raise ConfigError(f'logs: "{log.name}" has no path; name the file that is written')
        if not log.poll:
            raise ConfigError(f'logs: "{log.name}" has a poll of no time; write for example "15s"')
    return tuple(
        Source(log.name, Path(log.path), log.kind, log.poll, log.host, log.own_hosts)
        for log in config.logs
    )


def followers(config: Config, ledger: Ledger) -> list[tuple[Source, Follower]]:
    """One follower for each log."""
    from agent.inbound.mtalog.follow import Follower

    ring, book = keyring(config), policies(config)
    return [(source, Follower(ledger, source, ring, book)) for source in logs(config)]


def policies(config: Config) -> PolicyBook:
    """What is expected of which notices; the first rule that fits counts."""
    from agent.reconcile.policy import Rule, book
    from store.words import AfterAmbiguous, Assurance, Policy, Stage

    rules = [
        Rule(
            name=rule.name,
            classes=rule.classes,
            domains=rule.domains,
            policy=Policy(
                name=rule.name,
                stage=Stage[rule.stage.upper()],
                assurance=Assurance[rule.assurance.upper()],
                within=rule.within,
                silence_is_good=rule.silence_is_good,
                silence_after=rule.silence_after,
                delayed_after=rule.delayed_after,
                ambiguous_wait=rule.ambiguous_wait,
                after_ambiguous=AfterAmbiguous(rule.after_ambiguous),
                give_up_after=rule.give_up_after,
                blind_grace=rule.blind_grace,
            ),
        )
        for rule in config.policies
    ]
    return book(rules)


def sender(config: Config, ledger: Ledger, worker: str) -> Sender:
    """A worker of the outbox, named worker in the ledger."""
    from agent.outbound.sender import Retry, Sender

    return Sender(
        ledger=ledger,
        keyring=keyring(config),
        identity=identity(config),
        relays=relays(config),
        policies=policies(config),
        retry=Retry(first=config.sending.retry_first, longest=config.sending.retry_longest),
        lease=config.sending.lease,
        worker=worker,
    )


def suppression_rule(config: Config) -> SuppressionRule:
    """When evidence alone stops us from writing to an address."""
    from store.words import SuppressionRule

    wanted = config.suppression
    return SuppressionRule(
        bounces=wanted.bounces,
        complaints=wanted.complaints,
        within=wanted.within,
        reasons=frozenset(wanted.reasons),
    )


def watchers(config: Config, ledger: Ledger) -> list[tuple[Account, Watcher]]:
    """One watcher for each folder of each mailbox, with the account that it belongs to."""
    from agent.inbound.watch import Watcher

    ring, book, rule = keyring(config), policies(config), suppression_rule(config)
    return [
        (account, Watcher(ledger, account, folder, ring, book, rule=rule))
        for account in accounts(config)
        for folder in account.folders
    ]


def digest_plan(config: Config) -> Plan:
    """What digests look like, and how they read the ledger."""
    from agent.reconcile.digest import Plan
    from store.reading import Reader

    wanted = config.digest
    return Plan(
        to=wanted.to,
        sender=config.identity.sender,
        schedule=wanted.schedule,
        when_empty=wanted.when_empty,
        subject=wanted.subject,
        notice_class=wanted.notice_class,
        most=wanted.most,
        read=lambda: Reader.open(ledger_url(config)),
    )


def check(config: Config) -> None:
    """Makes every value once, so that a mistake shows before anything runs. Raises ConfigError."""
    from agent import logins, patrol
    from agent.reconcile.period import trigger

    ledger_url(config)
    keyring(config)
    identity(config)
    policies(config)
    accounts(config)
    logs(config)
    relays(config)
    logins.check(config)
    patrol.check(config)
    try:
        trigger(config.digest.schedule)
    except ValueError as error:
        raise ConfigError(f"digest.schedule: {error}") from None
