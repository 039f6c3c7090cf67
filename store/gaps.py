"""Gaps: looking again at deliveries whose time has come.

Owns the sweep over next_look_at. Must not decide: store.judge does.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from store.words import PolicyBook

__all__ = ["Failure", "Swept", "rejudge_all", "rejudge_channel", "sweep"]


@dataclass(frozen=True, slots=True)
class Failure:
    """A delivery that could not be judged; it is looked at again in an hour."""

    delivery_id: int
    error: str


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did. looked == limit means that there may be more."""

    looked: int
    opened: int  # gaps
    closed: int
    failed: tuple[Failure, ...]


def sweep(tx: Session, *, policies: PolicyBook, now: datetime, limit: int = 500) -> Swept:
    """Claim up to limit deliveries whose next look is due, judge, write their gaps."""
    raise NotImplementedError


def rejudge_channel(tx: Session, *, now: datetime) -> int:
    """After a watermark moved: what waits for it is due now; how many. Cheap."""
    raise NotImplementedError


def rejudge_all(tx: Session, *, now: datetime) -> int:
    """After policies changed: everything that is not closed is due now; how many."""
    raise NotImplementedError
