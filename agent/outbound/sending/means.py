"""What the threads of a sender share, and what each of them counts.

Owns these two values. Must not act.
"""

import random
from dataclasses import dataclass
from datetime import timedelta

from agent.outbound.composing.compose import Identity
from agent.outbound.routes import Relay
from agent.outbound.sending.gate import Gate
from agent.outbound.sending.pauses import Pauses, Retry
from parsers.token import Keyring
from store.database import Ledger
from store.words import PolicyBook, SuppressionRule

__all__ = ["Means", "Sent"]


@dataclass(frozen=True, slots=True)
class Means:
    """What all threads of a sender work with."""

    ledger: Ledger
    keyring: Keyring
    identity: Identity
    relays: tuple[Relay, ...]
    policies: PolicyBook
    retry: Retry
    lease: timedelta
    chance: random.Random
    pauses: Pauses
    careful: set[str]  # routes whose PIPELINING is not to be trusted
    gate: Gate
    rule: SuppressionRule | None = None  # for addresses that a relay refuses in session


@dataclass(frozen=True, slots=True)
class Sent:
    """What one run did: attempts made, and how they ended."""

    tried: int = 0
    accepted: int = 0
    deferred: int = 0
    rejected: int = 0
    ambiguous: int = 0
    unreached: int = 0
    waiting: int = 0  # put aside, since their route does not answer
    limited: int = 0  # put off, since a limit is reached

    def __add__(self, other: "Sent") -> "Sent":
        return Sent(
            self.tried + other.tried,
            self.accepted + other.accepted,
            self.deferred + other.deferred,
            self.rejected + other.rejected,
            self.ambiguous + other.ambiguous,
            self.unreached + other.unreached,
            self.waiting + other.waiting,
            self.limited + other.limited,
        )
