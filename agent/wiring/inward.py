"""What is watched: mailboxes, and the logs of mail servers.

Owns that translation, passwords and tokens included. Opens no connection.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from agent.configfile import ConfigError, read_secret
from agent.wiring.ledger import keyring
from agent.wiring.reconciling import policies, suppression_rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.config import Config, Mailbox
    from agent.inbound.account import Account
    from agent.inbound.mtalog.follow import Follower, Source
    from agent.inbound.watch import Progress, Watcher
    from agent.login.tokens import TokenSource
    from parsers.mime.message import Limits
    from parsers.report import Report
    from store.database import Ledger

__all__ = ["accounts", "followers", "logs", "reader", "watchers"]


def accounts(config: Config) -> tuple[Account, ...]:
    """The mailboxes to watch, in the order of the file."""
    return tuple(_account(config, mailbox) for mailbox in config.mailboxes)


def _account(config: Config, mailbox: Mailbox) -> Account:
    from agent.inbound.account import Account

    if mailbox.after_by_kind.get("reply") == "delete":
        raise ConfigError(
            f'mailboxes: "{mailbox.name}" would delete what people write: with reply, '
            'after_by_kind takes "leave", "flag" or "move"'
        )
    if mailbox.move_to in mailbox.folders and "move" in (
        mailbox.after,
        *mailbox.after_by_kind.values(),
    ):
        raise ConfigError(
            f'mailboxes: "{mailbox.name}" would read what it has moved to "{mailbox.move_to}", and '
            "move it again, for ever: take that folder out of folders, or name another in move_to"
        )
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
        after_by_kind=tuple(mailbox.after_by_kind.items()),
        move_to=mailbox.move_to,
        flag=mailbox.flag,
        delete_after=mailbox.delete_after,
        authserv_id=mailbox.authserv_id,
    )


def _mailbox_password(mailbox: Mailbox) -> str:
    if mailbox.auth == "oauth2":
        return ""
    return read_secret(mailbox.password, f"the password of mailbox {mailbox.name}")


def _mailbox_token(config: Config, mailbox: Mailbox) -> TokenSource | None:
    from agent.wiring.logins import token_source

    if mailbox.auth != "oauth2":
        return None
    return token_source(config, mailbox.login, mailbox.username, f"mailbox {mailbox.name}")


def logs(config: Config) -> tuple[Source, ...]:
    """The mail servers' logs to follow, in the order of the file. Raises ConfigError."""
    from pathlib import Path

    from agent.inbound.mtalog.follow import Source

    for log in config.logs:
        if not (log.path or log.journal):
            raise ConfigError(
                f'logs: "{log.name}" has neither path nor journal; name the file that is written'
            )
        if not log.poll:
            raise ConfigError(f'logs: "{log.name}" has a poll of no time; write for example "15s"')
    return tuple(
        Source(log.name, Path(log.path), log.kind, log.poll, log.host, log.own_hosts, log.journal)
        for log in config.logs
    )


def followers(config: Config, ledger: Ledger) -> list[tuple[Source, Follower]]:
    """One follower for each log."""
    from agent.inbound.mtalog.follow import Follower

    ring, book, rule = keyring(config), policies(config), suppression_rule(config)
    return [(one, Follower(ledger, one, ring, book, rule=rule)) for one in logs(config)]


def reader(config: Config) -> Callable[[bytes], Report]:
    """What makes a report of a mail, within the limits of [reading]."""
    from parsers.read import read

    # of this thread's work: neither a busy machine nor one that slept cuts a mail
    return partial(read, limits=_limits(config), clock=time.thread_time)


def _limits(config: Config) -> Limits:
    from parsers.mime.message import Limits

    wanted = config.reading
    return Limits(
        max_bytes=wanted.max_bytes,
        max_tail=wanted.max_tail,
        max_depth=wanted.max_depth,
        max_parts=wanted.max_parts,
        max_headers=wanted.max_headers,
        max_text=wanted.max_text,
        seconds=wanted.seconds,
    )


def _helped_from(config: Config) -> int:
    """From how many waiting mails on a second process reads; on a single core it gains nothing."""
    import os

    return config.reading.helper_from if len(os.sched_getaffinity(0)) > 1 else 0


def watchers(
    config: Config, ledger: Ledger, progress: Progress | None = None
) -> list[tuple[Account, Watcher]]:
    """One watcher for each folder of each mailbox, with the account that it belongs to."""
    from agent.inbound.backlog.ahead import Ahead
    from agent.inbound.rest import Rest
    from agent.inbound.watch import Watcher

    ahead = Ahead(_limits(config), at_least=_helped_from(config))
    read = reader(config)
    ring, book, rule = keyring(config), policies(config), suppression_rule(config)

    def watcher(account: Account, folder: str, rest: Rest) -> Watcher:
        return Watcher(
            ledger,
            account,
            folder,
            ring,
            book,
            rule=rule,
            read=read,
            rest=rest,
            ahead=ahead,
            progress=progress,
        )

    return [
        (account, watcher(account, folder, rest))
        for account, rest in [(account, Rest()) for account in accounts(config)]
        for folder in account.folders
    ]
