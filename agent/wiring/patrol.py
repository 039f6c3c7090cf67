"""The patrol: probes on a schedule, and telling the admins how they fare.

Owns that wiring: which ways there are, which mailbox each leads to. Sees the
configuration, as the daemon does; what it calls gets plain values.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parseaddr
from functools import partial

from agent.config import Config, Mailbox
from agent.configfile import ConfigError
from agent.inbound.rounds import Way, send_due
from agent.inbound.suspects import suspects
from agent.inbound.watch import channel_name
from agent.outbound.probing import transmit
from agent.reconcile.outages import Audience, Outages
from agent.wiring import inward, outward, reconciling
from agent.wiring.ledger import keyring
from parsers.token import Purpose, sign
from store.canaries import Canary
from store.database import Ledger
from store.paths import REPLIES

__all__ = ["Patrol", "cadence", "check", "ways"]

_log = logging.getLogger("landed.canary")
_LOOK = timedelta(minutes=1)


def check(config: Config) -> None:
    """Raises ConfigError for a mailbox that is not there, or an address that is none."""
    wanted = config.canaries
    for key in ("bounce_address", "working_address"):
        text = getattr(wanted, key)
        if text and (parseaddr(text)[1] != text or "@" not in text):
            raise ConfigError(f'canaries.{key}: "{text}" is not a plain address')
    for key in ("mailbox", "reply_mailbox"):
        _mailbox(config, key)
    if wanted.reply_mailbox and not config.identity.reply_to:
        raise ConfigError("canaries.reply_mailbox: it needs identity.reply_to, where answers go")


def _mailbox(config: Config, key: str) -> Mailbox | None:
    name = getattr(config.canaries, key)
    found = next((box for box in config.mailboxes if box.name == name), None)
    if name and found is None:
        raise ConfigError(f'canaries.{key}: there is no mailbox "{name}"')
    return found


def ways(config: Config) -> list[Way]:
    """Every way to be probed: by each relay to the return path, and to the reply path. ConfigError.

    None where canaries are off or no mailbox is watched.
    """
    wanted = config.canaries
    if not wanted.every or not config.mailboxes:
        return []
    bounces = _mailbox(config, "mailbox") or config.mailboxes[0]
    replies = _mailbox(config, "reply_mailbox")
    identity = outward.identity(config)
    found = []
    for relay in outward.relays(config):
        hand_over = partial(transmit, relay)
        back = identity.return_path
        found.append(Way(relay.name, _first(bounces), back, wanted.bounce_address, hand_over))
        if wanted.working_address:
            found.append(Way(relay.name, "", back, wanted.working_address, hand_over))
        if replies and identity.reply_to:
            name = relay.name + REPLIES
            found.append(Way(name, _first(replies), identity.reply_to, "", hand_over))
    return found


def _first(mailbox: Mailbox) -> str:
    return f"{mailbox.name}/{mailbox.folders[0]}"


def cadence(config: Config) -> timedelta:
    """How often to look whether a probe is due or overdue."""
    wanted = config.canaries
    return max(min(wanted.every, wanted.patience, _LOOK), timedelta(seconds=1))


class Patrol:
    """One round after the other. Not for two threads at once."""

    def __init__(self, config: Config, ledger: Ledger, *, log: logging.Logger = _log) -> None:
        self._config, self._ledger = config, ledger
        self._ways = ways(config)
        self._keyring = keyring(config)
        audience = Audience(
            to=config.digest.to,
            sender=config.identity.sender,
            notice_class=config.digest.notice_class,
            subject=config.digest.subject,
        )
        self._outages = Outages(
            ledger,
            audience,
            reconciling.policies(config),
            config.canaries.patience,
            self._suspects,
            log,
        )

    def run_once(self, now: Callable[[], datetime], stop: threading.Event) -> int:
        """Tell what began or ended, then send what is due; how many probes went out.

        Raises ProbesNotSent, IntakeError, LedgerError.
        """
        self._outages.look([(way.route, way.channel) for way in self._ways], now())
        with self._ledger.hold("canaries") as held:
            if not held:
                return 0
            return send_due(
                self._ledger,
                self._keyring,
                self._ways,
                sender=self._config.identity.sender,
                every=self._config.canaries.every,
                now=now(),
                stop=stop,
            )

    def _suspects(self, probe: Canary) -> list[str]:
        mark = sign(self._keyring, Purpose.CANARY, probe.id)
        for account in inward.accounts(self._config):
            if channel_name(account, account.folders[0]) == probe.channel:
                return suspects(account, mark)
        return []
