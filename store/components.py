"""Components: how the parts of the running agents fare, for whoever asks for the status.

Owns the rows of component. Must not restart anything: the agent does.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from store.ids import new_id
from store.tables import COMPONENT

__all__ = ["Fared", "fared", "list_all", "retire"]


@dataclass(frozen=True, slots=True)
class Fared:
    """One part of one agent. since is aware UTC."""

    agent: str
    name: str
    trouble: str  # one sentence; empty: it works
    since: datetime
    failures: int


_FIELDS = [COMPONENT.c[name] for name in Fared.__dataclass_fields__]


def fared(tx: Session, *, agent: str, name: str, trouble: str, now: datetime) -> None:
    """Note a change: the part works again (trouble "") or failed, and why."""
    done = tx.execute(
        update(COMPONENT)
        .where(COMPONENT.c.agent == agent, COMPONENT.c.name == name)
        .values(
            trouble=trouble,
            since=now,
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


def retire(tx: Session, *, agent: str) -> None:
    """Forget the parts of an agent that has ended."""
    tx.execute(delete(COMPONENT).where(COMPONENT.c.agent == agent))
