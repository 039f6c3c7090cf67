"""What the ledger knows of the deliveries that some reports may name.

Owns the gathering of every id, Message-ID and envelope id of a batch, so that the
ledger is asked once for each and correlating stays pure. Must not decide
anything: a signature is checked here only to spare the ledger made-up ids.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from parsers.report import Clue, ClueKind, Kind, Report
from parsers.token import MARK_LENGTH, InvalidToken, Keyring, Purpose, find_marks, verify
from store import evidence
from store.database import Ledger
from store.notices import DeliveryRef

__all__ = ["ANSWERS_OF_PEOPLE", "Known", "Lookup", "Target", "Wanted", "ask", "mark_of", "wanted"]

# kinds that have no structure of a report: a notice of our own may be taken for one
ANSWERS_OF_PEOPLE = frozenset({Kind.REPLY, Kind.AUTOREPLY, Kind.UNKNOWN})

_BY_MESSAGE_ID = frozenset({ClueKind.MESSAGE_ID, ClueKind.REFERENCES})


@dataclass(frozen=True, slots=True)
class Target:
    """One delivery, as far as correlating needs it."""

    id: int
    address: str  # canonical recipient
    attempts: int  # made so far; 0: never mailed
    owed_at: datetime | None = None  # aware UTC; None where the ledger did not tell


class Lookup(Protocol):
    """Answers from the ledger. Every method is total: unknown is None or empty."""

    def by_id(self, delivery_id: int) -> Target | None:
        """The delivery with this id."""

    def by_message_id(self, message_id: str) -> tuple[Target, ...]:
        """Every delivery mailed under this Message-ID, without angle brackets."""

    def by_envelope_id(self, envelope_id: str) -> tuple[Target, ...]:
        """Every delivery mailed under this ENVID (RFC 3461 4.4)."""


@dataclass(frozen=True, slots=True)
class Known:
    """A Lookup over what was fetched for one batch."""

    ids: Mapping[int, Target] = field(default_factory=dict)
    message_ids: Mapping[str, tuple[Target, ...]] = field(default_factory=dict)
    envelope_ids: Mapping[str, tuple[Target, ...]] = field(default_factory=dict)

    def by_id(self, delivery_id: int) -> Target | None:
        """The delivery with this id."""
        return self.ids.get(delivery_id)

    def by_message_id(self, message_id: str) -> tuple[Target, ...]:
        """Every delivery mailed under this Message-ID."""
        return self.message_ids.get(message_id, ())

    def by_envelope_id(self, envelope_id: str) -> tuple[Target, ...]:
        """Every delivery mailed under this ENVID."""
        return self.envelope_ids.get(envelope_id, ())


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to ask the ledger for."""

    ids: frozenset[int] = frozenset()
    message_ids: frozenset[str] = frozenset()
    envelope_ids: frozenset[str] = frozenset()


def mark_of(clue: Clue) -> str:
    """The mark that a clue carries, or "": the whole value, or the local part of a Message-ID."""
    word = clue.value.partition("@")[0]
    return next(find_marks(word), "") if len(word) == MARK_LENGTH else ""


def wanted(reports: Iterable[Report], keyring: Keyring) -> Wanted:
    """Every id that correlating these reports may look up. Never raises.

    A Message-ID is only asked for where no signed mark names the delivery, or where
    the report speaks of several recipients.
    """
    ids: set[int] = set()
    message_ids: set[str] = set()
    envelope_ids: set[str] = set()
    for report in reports:
        signed = {number for clue in report.clues if (number := _signed(keyring, clue)) is not None}
        ids |= signed
        if report.message_id and report.kind in ANSWERS_OF_PEOPLE:
            message_ids.add(report.message_id)
        if signed and len(report.recipients) < 2:
            continue
        for clue in report.clues:
            if clue.kind in _BY_MESSAGE_ID:
                message_ids.add(clue.value)
            elif clue.kind is ClueKind.ENVELOPE_ID and not mark_of(clue):
                envelope_ids.add(clue.value)
        if report.original_message_id:
            message_ids.add(report.original_message_id)
    return Wanted(frozenset(ids), frozenset(message_ids), frozenset(envelope_ids))


def ask(ledger: Ledger, asked: Wanted) -> Known:
    """The ledger's answers for one batch. Raises LedgerError."""
    with ledger.transaction(read_only=True) as tx:
        return Known(
            ids={ref.id: _target(ref) for ref in evidence.by_ids(tx, sorted(asked.ids)).values()},
            message_ids={
                name: tuple(_target(ref) for ref in evidence.by_message_id(tx, name))
                for name in sorted(asked.message_ids)
            },
            envelope_ids={
                name: tuple(_target(ref) for ref in evidence.by_envelope_id(tx, name))
                for name in sorted(asked.envelope_ids)
            },
        )


def _target(ref: DeliveryRef) -> Target:
    return Target(ref.id, ref.address, ref.attempts)


def _signed(keyring: Keyring, clue: Clue) -> int | None:
    mark = mark_of(clue)
    try:
        token = verify(keyring, mark)
    except InvalidToken:
        return None
    return None if token.purpose is Purpose.CANARY else token.id
