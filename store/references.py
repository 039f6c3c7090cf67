"""Deliveries by name: what correlation and intake need to know of one, and how to select it.

Owns DeliveryRef and the one select that fills it.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from store.tables import DELIVERY, NOTICE, RECIPIENT

__all__ = ["REFERENCES", "DeliveryRef", "reference"]


@dataclass(frozen=True, slots=True)
class DeliveryRef:
    """A delivery, named."""

    id: int
    address: str  # of the recipient, canonical
    number: int  # the recipient's running number
    created: bool  # by this call
    notice_class: str = ""
    attempts: int = 0


REFERENCES = (
    select(
        DELIVERY.c.id,
        RECIPIENT.c.address,
        DELIVERY.c.number,
        NOTICE.c.notice_class,
        DELIVERY.c.attempts,
    )
    .join(RECIPIENT, RECIPIENT.c.id == DELIVERY.c.recipient_id)
    .join(NOTICE, NOTICE.c.id == DELIVERY.c.notice_id)
)


def reference(row: Any) -> DeliveryRef:
    """A row of REFERENCES as a value."""
    return DeliveryRef(
        id=row.id,
        address=row.address,
        number=row.number,
        created=False,
        notice_class=row.notice_class,
        attempts=row.attempts,
    )
