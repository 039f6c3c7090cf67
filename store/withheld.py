"""Mails that were recorded without their content: the server lists them and does not give them.

Owns the question which these are. Must not know when they are asked for again. Once one is
given store.evidence puts it in its own row.
"""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from store.ids import first_id
from store.tables import REPORT
from store.telling import GONE

__all__ = ["gone", "of_channel"]

_MOST = 1000  # that are looked at; a server that withholds more has lost its mail

_WITHHELD = (REPORT.c.outcome == "unreadable") & (REPORT.c.raw_size == 0)


def of_channel(
    tx: Session, channel_id: int, uidvalidity: int, since: datetime
) -> dict[int, datetime]:
    """Their UIDs, and when each was recorded: the oldest that were recorded since then."""
    rows = tx.execute(
        select(REPORT.c.uid, REPORT.c.recorded_at)
        .where(
            _WITHHELD,
            REPORT.c.outcome != "matched",  # which names the index
            REPORT.c.id >= first_id(since),
            REPORT.c.recorded_at >= since,
            REPORT.c.channel_id == channel_id,
            REPORT.c.uidvalidity == uidvalidity,
            REPORT.c.tried != GONE,
        )
        .order_by(REPORT.c.id)
        .limit(_MOST)
    )
    return {row.uid: row.recorded_at for row in rows}


def gone(tx: Session, channel_id: int, uidvalidity: int, uid: int) -> None:
    """It will never be given: nobody knows what it said."""
    tx.execute(
        update(REPORT)
        .where(
            REPORT.c.channel_id == channel_id,
            REPORT.c.uidvalidity == uidvalidity,
            REPORT.c.uid == uid,
            _WITHHELD,
        )
        .values(tried=GONE)
    )
