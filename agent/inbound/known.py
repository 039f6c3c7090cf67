"""What the ledger knows of the deliveries that some reports may name.

Owns the gathering of every id, Message-ID and envelope id of a batch, so that the
ledger is asked once for each and correlating stays pure. Must not decide
anything: a signature is checked here only to spare the ledger made-up ids.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from parsers.report import Clue, ClueKind, Kind, Report
from parsers.token import InvalidToken, Keyring, Purpose, as_mark, claimed_id, verify
from store import references
from store.database import Ledger
from store.references import DeliveryRef

__all__ = [
    "Known",
    "Lookup",
    "Target",
    "Wanted",
    "ask",
    "mark_of",
    "may_be_a_notice",
    "names_nobody",
    "wanted",
]

_ANSWERS_OF_PEOPLE = frozenset({Kind.REPLY, Kind.AUTOREPLY, Kind.UNKNOWN})

_BY_MESSAGE_ID = frozenset({ClueKind.MESSAGE_ID, ClueKind.REFERENCES})


class Target(NamedTuple):
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


class Wanted(NamedTuple):
    """What to ask the ledger for."""

    ids: frozenset[int] = frozenset()
    message_ids: frozenset[str] = frozenset()
    envelope_ids: frozenset[str] = frozenset()


def mark_of(clue: Clue) -> str:
    """The mark that a clue carries, or "": the whole value, or the local part of a Message-ID."""
    return as_mark(clue.value.partition("@")[0])


def names_nobody(report: Report) -> bool:
    """Whether it tells what became of a mail, and not of whose."""
    return bool(report.recipients) and not any(
        said.address or said.original_address for said in report.recipients
    )


def may_be_a_notice(report: Report) -> bool:
    """Whether it has no structure of a report: a notice of our own may be taken for one."""
    return report.kind in _ANSWERS_OF_PEOPLE or (
        report.kind is Kind.BOUNCE and names_nobody(report)
    )


def wanted(reports: Iterable[Report], keyring: Keyring) -> Wanted:
    """Every id that correlating these reports may look up. Never raises.

    A Message-ID is only asked for where no signed mark names the delivery, or where
    the report speaks of several recipients.
    """
    ids: set[int] = set()
    message_ids: set[str] = set()
    envelope_ids: set[str] = set()
    for report in reports:
        signed = _signed(report, keyring)
        ids |= signed
        if report.message_id and may_be_a_notice(report):
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
        ids = references.by_ids(tx, asked.ids)
        message_ids = references.by_message_ids(tx, asked.message_ids)
        envelope_ids = references.by_envelope_ids(tx, asked.envelope_ids)
    return Known(
        ids={number: _target(ref) for number, ref in ids.items()},
        message_ids={name: tuple(map(_target, refs)) for name, refs in message_ids.items()},
        envelope_ids={name: tuple(map(_target, refs)) for name, refs in envelope_ids.items()},
    )


def _target(ref: DeliveryRef) -> Target:
    return Target(ref.id, ref.address, ref.attempts)


def _signed(report: Report, keyring: Keyring) -> set[int]:
    """The deliveries that valid marks of the report name."""
    signed: set[int] = set()
    for clue in report.clues:
        mark = mark_of(clue)
        if not mark or claimed_id(mark) in signed:
            continue
        try:
            token = verify(keyring, mark)
        except InvalidToken:
            continue
        if token.purpose is not Purpose.CANARY:
            signed.add(token.id)
    return signed
