"""The doctor: tries every outside thing that the agent leans on, and says what to do.

Owns the examinations and their wording. Sees the configuration, as the
commands do. Must not repair anything, and changes nothing but one probe mail.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

from agent.configfile import ConfigError
from agent.inbound.account import Account, ImapError
from agent.inbound.canary import send_canary, wait_for_canary
from agent.inbound.imap import Mailbox
from agent.inbound.watch import KIND, channel_name
from agent.outbound.compose import Composed
from agent.outbound.opening import Capabilities, Unreachable
from agent.outbound.program import Program, way_out
from agent.outbound.smtp import probe
from agent.wiring import inward, logins, outward
from agent.wiring.check import check
from agent.wiring.ledger import keyring
from parsers.token import LOCAL_PART_SAFE, Purpose, sign
from store import channels, suppressions
from store.errors import LedgerError
from store.words import Outcome

if TYPE_CHECKING:
    from agent.config import Config
    from agent.outbound.routes import Relay
    from store.database import Ledger

__all__ = ["Finding", "Level", "examine"]

_TOLERATED_SKEW = timedelta(seconds=60)
_LOOK_BACK = 20  # newest mails among which the probe is looked for
_WANTED = {
    "IDLE": "new mail is noticed only at each poll; shorten poll if that is too late",
    "UIDPLUS": 'moving needs it where MOVE is missing; use after = "leave" or "flag"',
    "MOVE": 'moving copies and expunges instead; use after = "leave" or "flag" if that matters',
    "CONDSTORE": "nothing is lost without it; a very large folder is read a little slower",
}


class Level(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    NOTE = "note"  # works, with a limit worth knowing
    FAIL = "fail"  # landed cannot do its work


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what was found, and what to do about it."""

    level: Level
    subject: str
    found: str
    todo: str = ""


def examine(
    config: Config,
    open_ledger: Callable[[], Ledger],
    *,
    now: Callable[[], datetime],
    patience: timedelta,
) -> Iterator[Finding]:
    """Every finding, as it is made. patience bounds the wait for the probe mail."""
    try:
        check(config)
    except ConfigError as error:
        yield Finding(Level.FAIL, "configuration", str(error), "correct it, then run this again")
        return
    yield Finding(Level.OK, "configuration", "every key and secret can be read")
    yield from _endings(config, now())
    yield from _return_path(config)
    relays = outward.relays(config)
    reached = []
    for relay in relays:
        findings, usable = _relay(relay)
        yield from findings
        reached += [relay] if usable else []
    accounts = inward.accounts(config)
    readable = []
    for account in accounts:
        findings, usable = _mailbox(account)
        yield from findings
        readable += [account] if usable else []
    if not accounts:
        yield Finding(
            Level.FAIL,
            "mailboxes",
            "no mailbox is watched, so nothing that comes back is heard",
            "add a [[mailboxes]] section",
        )
    try:
        ledger = open_ledger()
    except LedgerError as error:
        yield Finding(Level.FAIL, "ledger", str(error))
        return
    try:
        yield Finding(Level.OK, "ledger", f"{ledger.dialect} ledger opens, its schema is current")
        yield from _readers(config, ledger)
        if reached and readable:
            yield from _round_trip(config, ledger, reached[0], now, patience)
    finally:
        ledger.close()


def _readers(config: Config, ledger: Ledger) -> Iterator[Finding]:
    """Whether every admin is written to at all."""
    with ledger.transaction(read_only=True) as tx:
        kept_back = suppressions.check(tx, config.digest.to)
    for address, entry in kept_back.items():
        yield Finding(
            Level.FAIL,
            "digest",
            f"{address} is suppressed, so this admin gets no digest: {entry.reason}",
            f'correct digest.to, or "landed suppress remove {address}"',
        )


def _endings(config: Config, now: datetime) -> Iterator[Finding]:
    for one in logins.ending(config, now.date()):
        level = Level.NOTE if one.step else Level.FAIL
        found, _, todo = one.words.partition(": ")
        yield Finding(level, f"login {one.login}", found, todo)


def _return_path(config: Config) -> Iterator[Finding]:
    form = outward.identity(config).return_path
    if not form.is_safe_length:
        yield Finding(
            Level.NOTE,
            "return path",
            f'"{form.prefix}" makes local parts longer than {LOCAL_PART_SAFE} octets',
            "shorten it: some DMARC software misjudges longer ones, and forwarders add to them",
        )
    elif form.prefix:
        yield Finding(
            Level.NOTE,
            "return path",
            f'"{form.prefix}..." needs sub-addressing at every host on the way back',
            "a domain of your own for bounces is safer; the probe below shows whether it works",
        )
    else:
        yield Finding(Level.OK, "return path", f"25 letters and digits at {form.domain}")


def _relay(relay: Relay) -> tuple[list[Finding], bool]:
    subject = f"route {relay.name}"
    if relay.kind == "sendmail":
        return _command(subject, relay)
    try:
        offered = probe(relay)
    except Unreachable as error:
        return [Finding(Level.FAIL, subject, str(error))], False
    line = offered.tls or "no TLS"
    login = f"logged in as {relay.username}" if relay.username else "no login"
    login += " by access token" if relay.token is not None else ""
    findings = [Finding(Level.OK, subject, f"{relay.where} answers: {line}, {login}")]
    findings += _offers(subject, relay, offered)
    return findings, True


def _command(subject: str, relay: Relay) -> tuple[list[Finding], bool]:
    try:
        Program(relay).check()
    except Unreachable as error:
        return [Finding(Level.FAIL, subject, str(error), "correct command")], False
    findings = [Finding(Level.OK, subject, f"{relay.command} can be run")]
    if not relay.dsn:
        findings.append(
            Finding(
                Level.NOTE,
                subject,
                "no success report is asked for",
                "set dsn = true where the command is that of Postfix or Sendmail, never for Exim",
            )
        )
    return findings, True


def _offers(subject: str, relay: Relay, offered: Capabilities) -> Iterator[Finding]:
    near = relay.socket or relay.host in {"127.0.0.1", "localhost", "::1"}
    if not offered.tls and not near:
        yield Finding(
            Level.NOTE,
            subject,
            "mail and login cross the network in the clear",
            'set security to "starttls" or "tls"',
        )
    if relay.final:
        yield Finding(Level.OK, subject, "what it takes counts as delivered (final = true)")
    elif offered.dsn:
        yield Finding(Level.OK, subject, "DSN is offered: success reports can be asked for")
    else:
        yield Finding(
            Level.NOTE,
            subject,
            "DSN (RFC 3461) is not offered: no success report will ever come by this route",
            "use a relay that offers it, or policies with silence_is_good or stage = accepted",
        )
    size = "no limit told" if offered.size is None else f"{offered.size} octets"
    extras = [
        name
        for name, there in (
            ("PIPELINING", offered.pipelining),
            ("CHUNKING", offered.chunking),
            ("8BITMIME", offered.eight_bit),
            ("SMTPUTF8", offered.smtputf8),
        )
        if there
    ]
    yield Finding(Level.OK, subject, f"SIZE: {size}; also offers {', '.join(extras) or 'nothing'}")


def _mailbox(account: Account) -> tuple[list[Finding], bool]:
    subject = f"mailbox {account.name}"
    findings = []
    try:
        with Mailbox(account, account.folders[0]) as mailbox:
            findings.append(Finding(Level.OK, subject, f"{account.where} lets us in"))
            findings += _capabilities(subject, mailbox)
            findings += _folders(subject, account, mailbox)
    except ImapError as error:
        return [*findings, Finding(Level.FAIL, subject, str(error))], False
    return findings, all(finding.level is not Level.FAIL for finding in findings)


def _capabilities(subject: str, mailbox: Mailbox) -> Iterator[Finding]:
    there = [name for name in _WANTED if name in mailbox.capabilities]
    if there:
        yield Finding(Level.OK, subject, f"offers {', '.join(there)}")
    for name, consequence in _WANTED.items():
        if name not in there:
            yield Finding(Level.NOTE, subject, f"{name} is not offered", consequence)


def _folders(subject: str, account: Account, mailbox: Mailbox) -> Iterator[Finding]:
    for folder in account.folders:
        mailbox.folder = folder
        try:
            mailbox.select()
        except ImapError as error:
            yield Finding(Level.FAIL, subject, str(error))
        else:
            yield Finding(Level.OK, subject, f'folder "{folder}" opens')
    if account.after == "move" and account.move_to not in mailbox.folders():
        yield Finding(
            Level.NOTE,
            subject,
            f'folder "{account.move_to}" is not there yet',
            "it is made with the first report that is moved",
        )


def _round_trip(
    config: Config,
    ledger: Ledger,
    relay: Relay,
    now: Callable[[], datetime],
    patience: timedelta,
) -> Iterator[Finding]:
    """A mail to a fresh return path must come back in a watched folder."""
    subject = "round trip"
    identity = outward.identity(config)
    watched = inward.watchers(config, ledger)
    sent_at = now()
    try:
        number = send_canary(
            ledger,
            keyring(config),
            route=relay.name,
            channel=watched[0][1].name,
            form=identity.return_path,
            sender=identity.sender,
            transmit=partial(_transmit, relay),
            now=sent_at,
        )
    except _Refused as error:
        yield Finding(
            Level.FAIL,
            subject,
            f"{relay.server} does not take the probe to {identity.return_path.domain}: {error}",
            "the relay must accept mail to the domain of the return path",
        )
        return
    canary = wait_for_canary(
        ledger,
        number,
        lambda: [watcher.run_once(now, threading.Event()) for _, watcher in watched],
        threading.Event(),
        at_most=patience,
    )
    if canary is None or canary.returned_at is None:
        yield Finding(
            Level.FAIL,
            subject,
            f"the probe to {identity.return_path.domain} was taken by {relay.server}, and is in no "
            f"watched folder after {patience.total_seconds():g} s",
            "deliver every address of that domain (or sub-address) to the watched mailbox; look "
            "into its Junk folder, its quota, and the relay's queue",
        )
        return
    took = (canary.returned_at - canary.sent_at).total_seconds()
    where = canary.returned_by
    yield Finding(Level.OK, subject, f"a probe came back in {where} after {took:.1f} s")
    with ledger.transaction() as tx:
        last_uid = channels.ensure(tx, where, KIND, now()).last_uid
    account, folder = next(
        (account, folder)
        for account in inward.accounts(config)
        for folder in account.folders
        if channel_name(account, folder) == where
    )
    mark = sign(keyring(config), Purpose.CANARY, number).encode()
    yield _clock(_stamp(account, folder, last_uid, mark), sent_at, now())


class _Refused(Exception):
    """The relay did not take the probe; the text is its reply."""


def _transmit(relay: Relay, sender: str, recipient: str, raw: bytes) -> None:
    composed = Composed(
        envelope_from=sender,
        envid=sender.partition("@")[0],
        message_id="",
        raw=raw,
        smtputf8=not sender.isascii(),
    )
    with way_out(relay) as connection:
        result = connection.send(composed, recipient, notify=("NEVER",))
    if result.outcome is not Outcome.ACCEPTED:
        raise _Refused(result.reply_text or result.outcome)


def _stamp(account: Account, folder: str, last_uid: int, mark: bytes) -> datetime | None:
    """When the server says that the probe arrived; None where it was moved away already."""
    try:
        with Mailbox(account, folder) as mailbox:
            mailbox.select()
            for mails in mailbox.fetch(mailbox.uids_after(max(last_uid - _LOOK_BACK, 0))):
                for mail in mails:
                    if mail.raw is not None and mark in mail.raw.lower():
                        return mail.received_at
    except ImapError:
        return None
    return None


def _clock(stamp: datetime | None, sent_at: datetime, back_at: datetime) -> Finding:
    """The mail server stamps what arrives: its stamp must lie between our two looks."""
    if stamp is None:
        return Finding(Level.NOTE, "clock", "the mail server did not say when the probe arrived")
    skew = max(sent_at - stamp, stamp - back_at, timedelta())
    if skew > _TOLERATED_SKEW:
        return Finding(
            Level.FAIL,
            "clock",
            f"the mail server's clock and ours differ by {skew.total_seconds():.0f} s",
            "set both by NTP: deadlines and the order of evidence depend on it",
        )
    return Finding(Level.OK, "clock", "the mail server's clock agrees with ours")
