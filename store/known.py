"""What is known of deliveries: their locked rows, and every fact that was ever said of them.

Owns the reading of both. Must not judge or write. The rows are locked in the order of
their ids before facts are read, so that two writers see each other's evidence and never
wait for each other in a circle.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from store import bare
from store.instants import from_micros
from store.words import Assurance, Fact, FactKind

__all__ = ["HEAD", "JUDGED", "WRITTEN", "Known", "Locked", "load"]


class Locked(NamedTuple):
    """One locked delivery as it lies in the table: instants are microseconds (store.instants)."""

    id: int
    owed_at: int
    notice_class: str
    domain: str  # of the recipient
    verdict: str
    stage: int
    assurance: int
    gap: str | None
    why: str
    deadline: int
    next_look_at: int | None
    needs_watermark: int | None
    resend_at: int | None
    give_up_at: int | None
    next_attempt_at: int | None
    attempts: int
    claimed_by: str
    lease_until: int | None
    message_id: str


HEAD = 4
"""So many columns of Locked are never written."""

WRITTEN = Locked._fields[HEAD:]
"""The others, which may change with a judgement."""

JUDGED = WRITTEN[: WRITTEN.index("next_attempt_at")]
"""Those that a judgement fills itself."""

_KINDS = {kind.value: kind for kind in FactKind}
_ASSURANCES = {int(one): one for one in Assurance}
_LOCKED = (
    "SELECT d.id, d.owed_at, n.notice_class, r.domain, "  # noqa: S608 - our own names
    + ", ".join(f"d.{name}" for name in WRITTEN)
    + " FROM delivery d JOIN notice n ON n.id = d.notice_id"
    " JOIN recipient r ON r.id = d.recipient_id WHERE d.id IN (?) ORDER BY d.id"
)
_SAID = (
    "SELECT delivery_id, digest, kind, occurred_at, assurance, attempt, detail, diagnostic"
    " FROM evidence WHERE delivery_id IN (?)"
)


@dataclass(slots=True)
class Known:
    """One locked delivery and everything that was ever said of it."""

    row: Locked
    facts: list[Fact] = field(default_factory=list)
    digests: set[int] = field(default_factory=set)

    @property
    def owed_at(self) -> datetime:
        """When it was owed, aware UTC."""
        return from_micros(self.row.owed_at)


def load(tx: Session, delivery_ids: Iterable[int]) -> dict[int, Known]:
    """Lock these deliveries and read their facts; ids that do not exist are left out."""
    # a forged number may be larger than any column
    wanted = sorted({number for number in delivery_ids if 0 <= number < 1 << 63})
    known = {row[0]: Known(Locked._make(row)) for row in bare.rows(tx, _LOCKED, wanted, lock=True)}
    said = bare.rows(tx, _SAID, wanted)
    for delivery, digest, kind, at, assurance, attempt, detail, diagnostic in said:
        one = known[delivery]
        one.digests.add(digest)
        one.facts.append(
            Fact(
                _KINDS.get(kind) or FactKind(kind),
                from_micros(at),
                _ASSURANCES.get(assurance) or Assurance(assurance),
                attempt,
                detail or diagnostic,
            )
        )
    return known
