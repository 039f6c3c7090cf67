"""Whether a mail that a server shows under a UID is the one that was recorded under it.

Owns the comparing. Must not talk to a server or to the ledger. INTERNALDATE and the header of
a mail never change under its UID (RFC 3501 2.3.1.1), but a mailbox that was put back from a
copy gives UIDs again, to other mail.
"""

from collections.abc import Mapping
from datetime import datetime

from store.channels import Kept

__all__ = ["is_same", "others", "unsure"]

Dates = Mapping[int, datetime | None]  # INTERNALDATE by UID, as it is told now


def unsure(kept: Mapping[int, Kept], dates: Dates) -> list[int]:
    """Those whose date does not show that they are the same, where a Message-ID may.

    One that was never read has none, and is not asked for any more: it may break the line.
    """
    return [
        uid
        for uid, one in kept.items()
        if one.message_id and _dates_differ(one, dates.get(uid)) is not False
    ]


def others(kept: Mapping[int, Kept], dates: Dates, message_ids: Mapping[int, str]) -> list[int]:
    """Those that are other mail. Where nothing is known to compare, none is.

    message_ids: the field, of unsure(). Of a server that tells another date of what is the
    same mail no date is believed.
    """
    same = {uid for uid, one in kept.items() if _ids_differ(one, message_ids.get(uid)) is False}
    believed = not any(_dates_differ(kept[uid], dates.get(uid)) for uid in same)
    return [
        uid
        for uid, one in kept.items()
        if uid not in same
        and (
            _ids_differ(one, message_ids.get(uid))
            or (believed and _dates_differ(one, dates.get(uid)))
        )
    ]


def is_same(kept: Kept, date: datetime | None, message_id: str | None) -> bool:
    """Whether that is shown: something agrees, and nothing speaks against it."""
    differences = (_dates_differ(kept, date), _ids_differ(kept, message_id))
    return False in differences and True not in differences


def _dates_differ(kept: Kept, date: datetime | None) -> bool | None:
    if kept.internal_date is None or date is None:
        return None
    return kept.internal_date != date


def _ids_differ(kept: Kept, message_id: str | None) -> bool | None:
    if not kept.message_id or message_id is None:
        return None
    return kept.message_id not in message_id
