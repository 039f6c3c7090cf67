"""Canaries: a probe mail of our own goes out, and must come back through the watched mailbox.

Owns composing the probe and waiting for it. Must not open a connection: how mail is
sent and how the mailbox is read comes in as functions. That a probe came back is
noticed by correlating, like any other report.
"""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from parsers.token import AddressForm, Keyring, Purpose, sign
from store import canaries
from store.canaries import Canary
from store.database import Ledger

__all__ = ["ProbeRefused", "Transmit", "compose_canary", "send_canary", "wait_for_canary"]

# envelope sender, envelope recipient, the message with CRLF line ends
Transmit = Callable[[str, str, bytes], None]

_PAUSE = 0.5  # seconds between two looks


class ProbeRefused(Exception):
    """The relay did not take a probe; the text is its reply, or why it was not reached.

    deaf: it refused the mailbox, so no answer would arrive there either, or nobody can say any
    more that one would.
    """

    def __init__(self, message: str, *, deaf: bool = False) -> None:
        super().__init__(message)
        self.deaf = deaf


def compose_canary(
    keyring: Keyring, canary_id: int, *, form: AddressForm, sender: str, to: str, now: datetime
) -> bytes:
    """The probe, with CRLF line ends. It says what it is to whoever finds it in a mailbox."""
    mark = sign(keyring, Purpose.CANARY, canary_id)
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = "landed: probe mail, nothing to do"
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{mark}@{form.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        "This mail shows that answers to our notices find their way back. It needs no answer.\n"
    )
    return message.as_bytes()


def send_canary(
    ledger: Ledger,
    keyring: Keyring,
    *,
    route: str,
    channel: str,
    form: AddressForm,
    sender: str,
    transmit: Transmit,
    now: datetime,
    to: str = "",
) -> int:
    """Send one probe and return its id; it is noted before it goes, so a lost one is missed.

    to is an address known to bounce, whose bounce must reach channel; empty: the probe
    goes straight to a fresh address of form. Raises LedgerError and what transmit raises:
    then the probe did not leave, and is not waited for, unless its own mailbox was refused:
    then it is missing.
    """
    number = ledger.run(lambda tx: canaries.new(tx, route=route, channel=channel, now=now))
    back = form.address(sign(keyring, Purpose.CANARY, number))
    target = to or back
    raw = compose_canary(keyring, number, form=form, sender=sender, to=target, now=now)
    try:
        transmit(back, target, raw)
    except Exception as error:
        why = str(error) if isinstance(error, ProbeRefused) else ""
        if isinstance(error, ProbeRefused) and error.deaf:
            ledger.run(lambda tx: canaries.refused(tx, number, why))
        else:
            ledger.run(lambda tx: canaries.withdraw(tx, number, why))
        raise
    ledger.run(lambda tx: canaries.left(tx, number))
    return number


def wait_for_canary(
    ledger: Ledger,
    canary_id: int,
    look: Callable[[], object],
    stop: threading.Event,
    *,
    at_most: timedelta,
) -> Canary | None:
    """Look into the mailbox until the probe is back; None when it is still missing.

    look reads the channel once (Watcher.run_once). Raises what look raises, and LedgerError.
    """
    until = time.monotonic() + at_most.total_seconds()
    while True:
        look()
        with ledger.transaction(read_only=True) as tx:
            canary = canaries.get(tx, canary_id)
        if canary is not None and canary.returned_at is not None:
            return canary
        if time.monotonic() >= until or stop.wait(_PAUSE):
            return None
