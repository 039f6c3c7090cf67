"""Mails that were passed by without their content, and asked for again after growing pauses.

Owns when each is asked for again. Must not record, nor hold up what is new: a folder is
read to its end first. A server may have been short of its own store for a while.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from agent.inbound.imap import Mail, Mailbox
from store import withheld
from store.database import Ledger
from store.telling import ASKED_FOR

__all__ = ["Withheld"]

# since it was recorded; each of them breaks the line at worst
_PAUSES = tuple(timedelta(minutes=each) for each in (10, 60, 4 * 60, 24 * 60, 3 * 24 * 60))
_AT_ONCE = 20  # in one pass: what is new comes first


class Withheld:
    """Those of one folder. Forgets across a restart only when each was asked for last."""

    def __init__(self, ledger: Ledger, mailbox: Mailbox) -> None:
        self._ledger = ledger
        self._mailbox = mailbox
        self._known: dict[int, datetime] | None = None  # UID, and when it was recorded
        self._of = (0, 0)  # whose they are: channel and numbering
        self._asked: dict[int, datetime] = {}

    def changed(self) -> None:
        """One was recorded, or came after all."""
        self._known = None

    def due(self, channel_id: int, now: datetime) -> list[int]:
        """Those that are to be asked for now, by UID. Raises LedgerError.

        Where the clock was set back their pauses begin anew.
        """
        place = (channel_id, self._mailbox.uidvalidity)
        if self._known is None or self._of != place:
            if self._of != place:
                self._asked.clear()
            with self._ledger.transaction(read_only=True) as tx:
                self._known = withheld.of_channel(tx, *place, now - ASKED_FOR)
            self._of = place
        self._known = {uid: min(at, now) for uid, at in self._known.items()}
        self._asked = {uid: min(at, now) for uid, at in self._asked.items()}
        return [
            uid for uid, at in self._known.items() if _is_due(at, self._asked.get(uid, at), now)
        ][:_AT_ONCE]

    def given(
        self, channel_id: int, now: Callable[[], datetime], stop: threading.Event
    ) -> Iterator[Sequence[Mail]]:
        """What is due and comes now, one by one. Raises ImapError and LedgerError."""
        validity = self._mailbox.uidvalidity
        for uid in self.due(channel_id, now()):
            if stop.is_set():
                return
            self._asked[uid] = now()  # before it may break the line
            with closing(self._mailbox.fetch([uid], ahead=False)) as batches:
                mails = [mail for batch in batches for mail in batch]
            if mails and mails[0].raw is not None:
                self.changed()
                yield mails
            elif not mails:
                self.changed()
                self._ledger.run(partial(_let_go, channel_id, validity, uid))


# tx is the ledger's affair: this layer does not know the database's types
def _let_go(channel_id: int, uidvalidity: int, uid: int, tx: Any) -> None:
    withheld.gone(tx, channel_id, uidvalidity, uid)


def _is_due(recorded_at: datetime, asked_at: datetime, now: datetime) -> bool:
    """Whether a pause has ended since it was asked for last."""
    return any(asked_at < recorded_at + pause <= now for pause in (*_PAUSES, ASKED_FOR))
