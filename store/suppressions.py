"""Suppressions: addresses that are deliberately not written to.

Owns the rows of suppression. Must not decide who belongs there: a person or a
policy does. A delivery to a suppressed address is still owed and shows as a gap.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from store.ids import new_id
from store.tables import SUPPRESSION

__all__ = ["Suppressed", "add", "check", "list_all", "remove"]


@dataclass(frozen=True, slots=True)
class Suppressed:
    """One address and why nothing is sent to it."""

    address: str
    reason: str
    added_by: str
    added_at: datetime


_FIELDS = [SUPPRESSION.c[name] for name in Suppressed.__dataclass_fields__]


def add(tx: Session, address: str, *, reason: str, by: str, now: datetime) -> bool:
    """Suppress a canonical address; False when it already was (the first reason stays)."""
    if check(tx, [address]):
        return False
    tx.execute(
        SUPPRESSION.insert(),
        [
            {
                "id": new_id(now),
                "address": address,
                "reason": reason,
                "added_by": by,
                "added_at": now,
            }
        ],
    )
    return True


def remove(tx: Session, address: str) -> bool:
    """Allow the address again; False when it was not suppressed."""
    done = tx.execute(
        delete(SUPPRESSION).where(SUPPRESSION.c.address == address).returning(SUPPRESSION.c.id)
    )
    return bool(done.all())


def list_all(tx: Session) -> list[Suppressed]:
    """Every suppressed address, by address."""
    rows = tx.execute(select(*_FIELDS).order_by(SUPPRESSION.c.address))
    return [Suppressed(*row) for row in rows]


def check(tx: Session, addresses: Iterable[str]) -> dict[str, Suppressed]:
    """Which of these canonical addresses are suppressed."""
    rows = tx.execute(select(*_FIELDS).where(SUPPRESSION.c.address.in_(list(addresses))))
    return {row.address: Suppressed(*row) for row in rows}
