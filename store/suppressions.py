"""Suppressions: addresses that are deliberately not written to.

Owns the rows of suppression and of its grounds. Must not decide who belongs
there: a person does, or a rule does (store.listing). A delivery to a suppressed
address is still owed and shows as a gap.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from store.batches import in_batches
from store.ids import new_id, tracking_id
from store.tables import EVIDENCE, GROUND, RECIPIENT, SUPPRESSION
from store.telling import moment

__all__ = ["Suppressed", "add", "check", "clear", "enter", "lift", "list_all", "remove"]


@dataclass(frozen=True, slots=True)
class Suppressed:
    """One address and why nothing is sent to it."""

    address: str
    reason: str
    added_by: str
    added_at: datetime
    automatic: bool = False  # evidence put it there; mail from the address lifts it
    evidence: tuple[str, ...] = ()  # one line for each piece, oldest first


def add(tx: Session, address: str, *, reason: str, by: str, now: datetime) -> bool:
    """Suppress a canonical address because a person says so.

    What evidence had put there becomes that person's entry and keeps its
    evidence. False when a person had put it there before: the first reason stays.
    """
    row = tx.execute(
        select(SUPPRESSION.c.id, SUPPRESSION.c.automatic)
        .where(SUPPRESSION.c.address == address)
        .with_for_update(key_share=True)
    ).one_or_none()
    if row is None:
        enter(tx, address, reason=reason, by=by, now=now)
        return True
    if row.automatic:
        tx.execute(
            update(SUPPRESSION)
            .where(SUPPRESSION.c.id == row.id)
            .values(reason=reason, added_by=by, added_at=now, automatic=False)
        )
    return bool(row.automatic)


def enter(
    tx: Session,
    address: str,
    *,
    reason: str,
    by: str,
    now: datetime,
    grounds: Sequence[int] = (),
) -> None:
    """The row itself, with the ids of the evidence that put it there; none: a person did.

    Breaks the schema's promise (LedgerBusy) where the address has one already.
    """
    number = new_id(now)
    tx.execute(
        SUPPRESSION.insert(),
        [
            {
                "id": number,
                "address": address,
                "reason": reason,
                "added_by": by,
                "added_at": now,
                "automatic": bool(grounds),
            }
        ],
    )
    if grounds:
        tx.execute(
            insert(GROUND),
            [{"suppression_id": number, "evidence_id": one} for one in sorted(set(grounds))],
        )


def remove(tx: Session, address: str, *, now: datetime | None = None) -> bool:
    """Allow the address again; False when it was not suppressed.

    With now, failures before it count no more, so the next one does not bring
    the entry back at once.
    """
    if now is not None:
        clear(tx, [address], now)
    return _drop(tx, select(SUPPRESSION.c.id).where(SUPPRESSION.c.address == address))


def clear(tx: Session, addresses: Iterable[str], at: datetime) -> None:
    """Failures of these addresses up to that moment count no more; it only moves forward."""
    for some in in_batches(sorted(set(addresses))):
        tx.execute(
            update(RECIPIENT)
            .where(
                RECIPIENT.c.address.in_(some),
                or_(RECIPIENT.c.cleared_at.is_(None), RECIPIENT.c.cleared_at < at),
            )
            .values(cleared_at=at)
        )


def lift(tx: Session, address: str, at: datetime) -> bool:
    """Drop an entry that evidence made, all of it from before that moment; whether there was."""
    later = (
        select(GROUND.c.suppression_id)
        .join(EVIDENCE, EVIDENCE.c.id == GROUND.c.evidence_id)
        .where(EVIDENCE.c.occurred_at > at)
    )
    return _drop(
        tx,
        select(SUPPRESSION.c.id).where(
            SUPPRESSION.c.address == address,
            SUPPRESSION.c.automatic.is_(True),
            SUPPRESSION.c.id.not_in(later),
        ),
    )


def _drop(tx: Session, which: Select[tuple[int]]) -> bool:
    ids = list(tx.scalars(which.with_for_update()))
    tx.execute(delete(GROUND).where(GROUND.c.suppression_id.in_(ids)))
    tx.execute(delete(SUPPRESSION).where(SUPPRESSION.c.id.in_(ids)))
    return bool(ids)


def list_all(tx: Session) -> list[Suppressed]:
    """Every suppressed address with its evidence, by address."""
    return _read(tx, select(*_FIELDS).order_by(SUPPRESSION.c.address))


def check(tx: Session, addresses: Iterable[str]) -> dict[str, Suppressed]:
    """Which of these canonical addresses are suppressed."""
    asked = select(*_FIELDS).where(SUPPRESSION.c.address.in_(list(addresses)))
    return {one.address: one for one in _read(tx, asked)}


_FIELDS = [
    SUPPRESSION.c[name] for name in ("id", "address", "reason", "added_by", "added_at", "automatic")
]
_GROUNDS = (
    select(
        GROUND.c.suppression_id,
        EVIDENCE.c.delivery_id,
        EVIDENCE.c.kind,
        EVIDENCE.c.occurred_at,
        EVIDENCE.c.status,
        EVIDENCE.c.reason,
        EVIDENCE.c.detail,
    )
    .join(EVIDENCE, EVIDENCE.c.id == GROUND.c.evidence_id)
    .order_by(EVIDENCE.c.occurred_at, EVIDENCE.c.id)
)
_LINE = 200  # characters of a diagnostic


def _read(tx: Session, which: Select[Any]) -> list[Suppressed]:
    rows = tx.execute(which).all()
    grounds: dict[int, list[str]] = {}
    for some in in_batches([row.id for row in rows]):
        for one in tx.execute(_GROUNDS.where(GROUND.c.suppression_id.in_(some))):
            what = " ".join(filter(None, (one.kind, one.status, one.reason)))
            told = f": {' '.join(one.detail.split())[:_LINE]}" if one.detail else ""
            grounds.setdefault(one.suppression_id, []).append(
                f"{moment(one.occurred_at)} {tracking_id(one.delivery_id)} {what}{told}"
            )
    return [
        Suppressed(
            row.address,
            row.reason,
            row.added_by,
            row.added_at,
            row.automatic,
            tuple(grounds.get(row.id, ())),
        )
        for row in rows
    ]
