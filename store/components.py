"""Components: how the parts of the running agents fare, for whoever asks for the status.

Owns the rows of component. Must not restart anything: the agent does.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from store.ids import new_id
from store.tables import COMPONENT

__all__ = ["Fared", "fared", "forget", "list_all", "retire", "seen"]


@dataclass(frozen=True, slots=True)
class Fared:
    """One part of one agent. since and seen_at are aware UTC."""

    agent: str
    name: str
    trouble: str  # one sentence; empty: it works
    since: datetime
    failures: int
    seen_at: datetime  # when its agent last wrote here


_FIELDS = [COMPONENT.c[name] for name in Fared.__dataclass_fields__]


def fared(tx: Session, *, agent: str, name: str, trouble: str, now: datetime) -> None:
    """Note a change: the part works again (trouble "") or failed, and why."""
    done = tx.execute(
        update(COMPONENT)
        .where(COMPONENT.c.agent == agent, COMPONENT.c.name == name)
        .values(
            trouble=trouble,
            since=now,
            seen_at=now,
            failures=COMPONENT.c.failures + (1 if trouble else 0),
        )
        .returning(COMPONENT.c.id)
    )
    if done.all():
        return
    tx.execute(
        COMPONENT.insert(),
        [
            {
                "id": new_id(now),
                "agent": agent,
                "name": name,
                "trouble": trouble,
                "since": now,
                "seen_at": now,
                "failures": 1 if trouble else 0,
            }
        ],
    )


def list_all(tx: Session) -> list[Fared]:
    """Every part of every agent, failing ones first."""
    rows = tx.execute(
        select(*_FIELDS).order_by(COMPONENT.c.trouble == "", COMPONENT.c.agent, COMPONENT.c.name)
    )
    return [Fared(*row) for row in rows]


def seen(tx: Session, *, agent: str, now: datetime) -> None:
    """The agent lives; its parts fare as they did."""
    tx.execute(update(COMPONENT).where(COMPONENT.c.agent == agent).values(seen_at=now))


def retire(tx: Session, *, agent: str, keep: Collection[str]) -> None:
    """Forget the parts that the agent no longer has."""
    tx.execute(delete(COMPONENT).where(COMPONENT.c.agent == agent, COMPONENT.c.name.not_in(keep)))


def forget(tx: Session, *, before: datetime) -> None:
    """Forget the parts of agents that were not seen since: their machines may be gone."""
    tx.execute(delete(COMPONENT).where(COMPONENT.c.seen_at < before))
