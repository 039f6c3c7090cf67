"""Rounds of probes: which way is due for one, and sending it.

Owns when a probe goes out. Must not judge the missing ones (agent.reconcile.outages)
nor open a connection: how mail is sent comes in with each way.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.inbound.canary import Transmit, send_canary
from parsers.token import AddressForm, Keyring
from store import canaries
from store.database import Ledger

__all__ = ["ProbeRefused", "ProbesNotSent", "Way", "send_due"]


class ProbeRefused(Exception):
    """The relay did not take a probe; the text is its reply, or why it was not reached."""


class ProbesNotSent(Exception):
    """Some ways could not be probed. Their channels are not held back by that."""


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
                transmit=way.transmit,
                now=now,
                to=way.to,
            )
        except ProbeRefused as error:
            place = way.to or f"an address at {way.form.domain}"
            troubles.append(
                f"the probe by route {way.route} to {place} did not leave: {error}{_hint(way)}"
            )
        else:
            sent += 1
    if troubles:
        raise ProbesNotSent("; ".join(troubles))
    return sent


def _is_due(ledger: Ledger, way: Way, every: timedelta, now: datetime) -> bool:
    with ledger.transaction(read_only=True) as tx:
        last = canaries.latest(tx, route=way.route, channel=way.channel)
    return last is None or last.sent_at + every <= now


def _hint(way: Way) -> str:
    """What a refusal of our own return path may mean."""
    if way.to:
        return ""
    means = "sub-addressing" if way.form.prefix else "the catch-all of that domain"
    return f" (where {means} is switched off, no answer can arrive)"
