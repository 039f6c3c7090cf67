"""Rounds of probes: which way is due for one, and sending it.

Owns when a probe goes out. Must not judge the missing ones (agent.reconcile.outages)
nor open a connection: how mail is sent comes in with each way.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from agent.inbound.canary import ProbeRefused, Transmit, send_canary
from parsers.token import AddressForm, Keyring
from store import canaries
from store.database import Ledger

__all__ = ["ProbesNotSent", "Way", "send_due"]

_PROVEN = timedelta(days=1)  # for so long a way is held for good where no probe can leave


class ProbesNotSent(Exception):
    """Some ways could not be probed. Only a channel whose own mailbox was refused is held back."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way from a relay to a mailbox. to: an address that bounces; "": straight back."""

    route: str  # with the channel, what names the way
    channel: str  # where the probe is expected; "": it must not come back
    form: AddressForm
    to: str
    transmit: Transmit  # raises ProbeRefused


def send_due(
    ledger: Ledger,
    keyring: Keyring,
    ways: Sequence[Way],
    *,
    sender: str,
    every: timedelta,
    now: datetime,
    stop: threading.Event,
) -> int:
    """Send a probe by each way whose last one is older than every; how many went out.

    Raises ProbesNotSent once all ways were tried, and LedgerError.
    """
    ledger.run(lambda tx: canaries.set_back(tx, now))
    sent, troubles = 0, []
    for way in ways:
        if stop.is_set() or not _is_due(ledger, way, every, now):
            continue
        try:
            send_canary(
                ledger,
                keyring,
                route=way.route,
                channel=way.channel,
                form=way.form,
                sender=sender,
                transmit=partial(_hand_over, way, lapsed=_lapsed(ledger, way, every, now)),
                now=now,
                to=way.to,
            )
        except ProbeRefused as error:
            place = way.to or f"an address at {way.form.domain}"
            troubles.append(f"the probe by route {way.route} to {place} did not leave: {error}")
        else:
            sent += 1
    if troubles:
        raise ProbesNotSent("; ".join(troubles))
    return sent


def _is_due(ledger: Ledger, way: Way, every: timedelta, now: datetime) -> bool:
    with ledger.transaction(read_only=True) as tx:
        last = canaries.latest(tx, route=way.route, channel=way.channel)
    return last is None or last.sent_at + every <= now


def _lapsed(ledger: Ledger, way: Way, every: timedelta, now: datetime) -> str:
    """Why it is too long ago that the way was proven to go without another probe; "" if not.

    Where none ever left, it was not proven since the first that could not.
    """
    if not way.channel:
        return ""
    told = "none has come back for a day or more"
    with ledger.transaction(read_only=True) as tx:
        last = canaries.last_back(tx, route=way.route, channel=way.channel)
        if last is None:
            told = "none could leave for a day or more"
            last = canaries.stays_since(tx, route=way.route, channel=way.channel)
    return told if last is not None and last + max(_PROVEN, 2 * every) <= now else ""


def _hand_over(way: Way, sender: str, recipient: str, raw: bytes, *, lapsed: str) -> None:
    """Transmit; a refusal of our own return path is told with what it may mean."""
    try:
        way.transmit(sender, recipient, raw)
    except ProbeRefused as error:
        told = str(error)
        if not way.to:  # else it is another's mailbox, which says nothing of ours
            means = "sub-addressing" if way.form.prefix else "the catch-all of that domain"
            told += f" (where {means} is switched off, no answer can arrive)"
        if lapsed:
            told += f"; {lapsed}"
        raise ProbeRefused(told, deaf=bool(lapsed) or (error.deaf and not way.to)) from None
