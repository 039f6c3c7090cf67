"""Whether a mail to a fresh return path comes back, and whether the clocks agree.

Owns the one probe mail that the doctor sends. Sees the configuration.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from itertools import chain

from agent.config import Config
from agent.doctor.finding import Finding, Level
from agent.inbound.account import Account, ImapError
from agent.inbound.canary import send_canary, wait_for_canary
from agent.inbound.imap import Mailbox
from agent.inbound.watch import KIND, channel_name
from agent.outbound.composing.compose import Composed
from agent.outbound.routes import Relay
from agent.outbound.ways import way_out
from agent.wiring import inward, outward
from agent.wiring.ledger import keyring
from parsers.token import Purpose, sign
from store import channels
from store.database import Ledger
from store.words import Outcome

__all__ = ["clock", "round_trip"]

_TOLERATED_SKEW = timedelta(seconds=60)
_LOOK_BACK = 20  # newest mails among which the probe is looked for


def round_trip(
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
            "into its Junk folder, its quota, and the relay's queue; then run this again: until a "
            f"probe comes back, what goes by route {relay.name} is not presumed landed",
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
    yield clock(_stamp(account, folder, last_uid, mark), sent_at, now())


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
            uids = mailbox.uids_after(max(last_uid - _LOOK_BACK, 0))
            with closing(mailbox.fetch(uids)) as batches:
                for mail in chain.from_iterable(batches):
                    if mail.raw is not None and mark in mail.raw.lower():
                        return mail.received_at
    except ImapError:
        return None
    return None


def clock(stamp: datetime | None, sent_at: datetime, back_at: datetime) -> Finding:
    """The mail server stamps what arrives: its stamp must lie between our two looks."""
    if stamp is None:
        return Finding(
            Level.NOTE,
            "clock",
            "the mail server did not say when the probe arrived",
            "compare its clock and ours by hand, or have both set by NTP",
        )
    skew = max(sent_at - stamp, stamp - back_at, timedelta())
    if skew > _TOLERATED_SKEW:
        return Finding(
            Level.FAIL,
            "clock",
            f"the mail server's clock and ours differ by {skew.total_seconds():.0f} s",
            "set both by NTP: deadlines and the order of evidence depend on it",
        )
    return Finding(Level.OK, "clock", "the mail server's clock agrees with ours")
