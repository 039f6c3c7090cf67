"""Deliveries by name: what correlation and intake need to know of one, and how to select it.

Owns DeliveryRef, and finding deliveries by whatever a report may call them: for a whole
batch of reports at once.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from store import bare
from store.tables import DELIVERY, NOTICE, RECIPIENT
from store.texts import clean

__all__ = [
    "REFERENCES",
    "DeliveryRef",
    "by_envelope_ids",
    "by_ids",
    "by_message_ids",
    "reference",
]

_NAME = 998  # characters of a Message-ID, as the table has it
_FEW = 100  # more deliveries than this with one name are no help to anybody


class DeliveryRef(NamedTuple):
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


_SELECT = "SELECT d.id, r.address, d.number, n.notice_class, d.attempts"
_JOINED = "JOIN recipient r ON r.id = d.recipient_id JOIN notice n ON n.id = d.notice_id"
_BY_ID = f"{_SELECT} FROM delivery d {_JOINED} WHERE d.id IN (?)"
_NAMED = (
    f"{_SELECT}, m.name FROM ({{}}) m JOIN delivery d ON d.id = m.id {_JOINED}"
    f" WHERE m.place <= {_FEW} ORDER BY d.id"
)
_BY_MESSAGE_ID = _NAMED.format(
    "SELECT message_id AS name, id,"
    " ROW_NUMBER() OVER (PARTITION BY message_id ORDER BY id) AS place"
    " FROM delivery WHERE message_id IN (?) AND message_id <> ''"
)
_BY_ENVELOPE_ID = _NAMED.format(
    "SELECT name, id, ROW_NUMBER() OVER (PARTITION BY name ORDER BY id) AS place FROM"
    " (SELECT DISTINCT envelope_id AS name, delivery_id AS id FROM attempt"
    " WHERE envelope_id IN (?) AND envelope_id <> '') AS sent"
)


def by_ids(tx: Session, delivery_ids: Iterable[int]) -> dict[int, DeliveryRef]:
    """Those of these deliveries that exist."""
    # a forged number may be larger than any column
    wanted = sorted({number for number in delivery_ids if 0 <= number < 1 << 63})
    return {row[0]: _reference(row) for row in bare.rows(tx, _BY_ID, wanted)}


def by_message_ids(tx: Session, names: Iterable[str]) -> dict[str, list[DeliveryRef]]:
    """By each Message-ID (without angle brackets), some deliveries that were sent with it."""
    return _by_name(tx, _BY_MESSAGE_ID, names)


def by_envelope_ids(tx: Session, names: Iterable[str]) -> dict[str, list[DeliveryRef]]:
    """By each ENVID (decoded), some deliveries with an attempt that was sent with it."""
    return _by_name(tx, _BY_ENVELOPE_ID, names)


def _by_name(tx: Session, text: str, names: Iterable[str]) -> dict[str, list[DeliveryRef]]:
    # strangers wrote these: they are looked for in the form in which they would be kept
    asked = {name: clean(name, _NAME) for name in names if name}
    found: dict[str, list[DeliveryRef]] = {}
    for row in bare.rows(tx, text, sorted(set(asked.values()))):
        found.setdefault(row[5], []).append(_reference(row))
    return {name: found[kept] for name, kept in asked.items() if kept in found}


def _reference(row: Sequence[Any]) -> DeliveryRef:
    number, address, running, notice_class, attempts = row[:5]
    return DeliveryRef(number, address, running, False, notice_class, attempts)  # noqa: FBT003
