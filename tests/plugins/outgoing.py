"""A ledger that owes notices, and a sender over given relays, for tests of the ways out.

Owns the short way from an address to an attempt. Time is the real one unless a
test brings its own.
"""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent.outbound.composing.compose import Identity
from agent.outbound.intake import accept_parts
from agent.outbound.routes import Relay
from agent.outbound.sending.means import Sent
from agent.outbound.sending.sender import Retry, Sender
from parsers.token import AddressForm, Keyring
from store import notices
from store.database import Ledger
from store.notices import DeliveryView
from store.words import Policy

__all__ = ["IDENTITY", "KEYS", "Outgoing", "open_outgoing", "policies"]

KEYS = Keyring({1: b"s" * 32}, 1)
IDENTITY = Identity(
    sender="Notices <notices@example.org>",
    return_path=AddressForm.parse("{token}@bounces.example.org"),
    reply_to=None,
    message_id_domain="example.org",
    request_receipt=False,
    visible_reference=False,
)


def policies(_notice_class: str, _domain: str) -> Policy:
    """One policy for all: delivered, by a claim, within two days."""
    return Policy("test")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The ledger, and whoever sends from it."""

    ledger: Ledger
    now: Callable[[], datetime] = _now

    def owe(self, *addresses: str, key: str = "k", **more: Any) -> list[int]:
        """A notice to these; the deliveries' ids in their order."""
        parts = {"subject": "Hi", "text": "Hello\n", "sender": IDENTITY.sender, **more}
        accepted = accept_parts(
            self.ledger,
            key=key,
            recipients=addresses,
            policies=policies,
            now=self.now(),
            **parts,
        )
        return [one.id for one in accepted.deliveries]

    def sender(self, relays: Sequence[Relay], **changes: Any) -> Sender:
        """A worker over these relays."""
        given: dict[str, Any] = {
            "ledger": self.ledger,
            "keyring": KEYS,
            "identity": IDENTITY,
            "relays": relays,
            "policies": policies,
            "retry": Retry(first=timedelta(minutes=1), longest=timedelta(hours=1)),
            "lease": timedelta(minutes=10),
            "worker": "w",
            "chance": random.Random(1),
        }
        return Sender(**(given | changes))

    def send(self, *relays: Relay, **changes: Any) -> Sent:
        """One run of such a worker."""
        return self.sender(relays, **changes).run_once(self.now, threading.Event())

    def view(self, delivery_id: int) -> DeliveryView:
        """How the ledger sees it now."""
        with self.ledger.transaction(read_only=True) as tx:
            found = notices.delivery(tx, delivery_id)
        assert found is not None
        return found


@contextmanager
def open_outgoing(folder: Path, now: Callable[[], datetime] = _now) -> Iterator[Outgoing]:
    """A ledger of its own in folder."""
    ledger = Ledger.open(folder / "ledger.db")
    try:
        yield Outgoing(ledger, now)
    finally:
        ledger.close()
