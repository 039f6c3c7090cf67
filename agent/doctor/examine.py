"""Every examination, one after the other, each finding as it is made.

Owns the order: what rests on something broken is not tried. Sees the
configuration, as the commands do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from agent.configfile import ConfigError
from agent.doctor.asking import examine_asking
from agent.doctor.finding import Finding, Level
from agent.doctor.mailboxes import examine_mailbox, put_off
from agent.doctor.probes import examine_probes
from agent.doctor.round_trip import round_trip
from agent.doctor.spool import examine_spool
from agent.doctor.ways_out import examine_relay
from agent.reconcile.room import octets, shortage
from agent.wiring import inward, logins, outward
from agent.wiring.check import check
from agent.wiring.ledger import keyring, ledger_url
from parsers.token import LOCAL_PART_SAFE, Purpose, sign
from store import suppressions
from store.errors import LedgerError
from store.room import look

if TYPE_CHECKING:
    from agent.config import Config
    from store.database import Ledger

__all__ = ["endings", "examine", "readers", "room"]


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
    yield from endings(config, now())
    yield from _return_path(config)
    yield from examine_spool(config, now())
    relays = outward.relays(config)
    reached = []
    for relay in relays:
        findings, usable = examine_relay(relay, _sample(config))
        yield from findings
        reached += [relay] if usable else []
    accounts = inward.accounts(config)
    readable = []
    for account in accounts:
        findings, usable = examine_mailbox(account)
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
        yield Finding(
            Level.FAIL, "ledger", str(error), "make it usable, then run this again: all rests on it"
        )
        return
    try:
        yield Finding(Level.OK, "ledger", f"{ledger.dialect} ledger opens, its schema is current")
        found = room(config)
        if found is not None:
            yield found
            if found.level is Level.FAIL:
                return  # a probe mail could not be written down
        yield from readers(config, ledger)
        yield from put_off(ledger, readable, now())
        yield from examine_probes(config, ledger)
        yield from examine_asking(config, ledger, now())
        if reached and readable:
            yield from round_trip(config, ledger, reached[0], now, patience)
    finally:
        ledger.close()


def room(config: Config) -> Finding | None:
    """Whether the disk of a SQLite ledger has room."""
    found = look(ledger_url(config))
    if found is None:
        return None
    short = shortage(found, config.daemon.least_room << 20)
    if not short:
        return Finding(Level.OK, "ledger", f"{octets(found.free)} free on its disk")
    told, _, todo = short.partition(": ")
    return Finding(Level.FAIL if found.is_out else Level.NOTE, "ledger", told, todo)


def readers(config: Config, ledger: Ledger) -> Iterator[Finding]:
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


def endings(config: Config, now: datetime) -> Iterator[Finding]:
    """The secrets of logins that run out soon, or have."""
    for one in logins.ending(config, now.date()):
        level = Level.NOTE if one.step else Level.FAIL
        found, _, todo = one.words.partition(": ")
        yield Finding(level, f"login {one.login}", found, todo)


def _sample(config: Config) -> str:
    """A return path as notices have it, of no notice."""
    form = outward.identity(config).return_path
    return form.address(sign(keyring(config), Purpose.CANARY, 0))


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
