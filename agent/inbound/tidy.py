"""After the commit: recorded mail is flagged, moved or deleted, as the account says.

Owns what may be touched, and when. Must not read mail. What an earlier pass did not come
to stands in the ledger, so a crash in between leaves nothing undone.
"""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import takewhile

from agent.inbound.account import Account, ImapError
from agent.inbound.imap import Mailbox
from store import channels
from store.channels import PendingMove
from store.database import Ledger

__all__ = ["Tidy"]

_BATCH = 1000
_OF_MACHINES = frozenset({"dsn", "mdn", "arf", "bounce", "autoreply"})  # kinds of reports


class Tidy:
    """Tidies one folder, which is open in mailbox."""

    def __init__(self, ledger: Ledger, account: Account, mailbox: Mailbox) -> None:
        self._ledger = ledger
        self._account = account
        self._mailbox = mailbox

    def run(
        self, channel_id: int, now: Callable[[], datetime], stop: threading.Event
    ) -> tuple[int, str]:
        """Everything that is due: how many mails, and what the server refused.

        Raises ImapError for what is no plain refusal, and LedgerError.
        """
        done = 0
        while not stop.is_set():
            pending = self.pending(channel_id, now())
            if not pending:
                break
            uids = [
                one.uid
                for one in pending
                if one.uidvalidity == self._mailbox.uidvalidity and self._may_go(one)
            ]
            try:
                self._touch(uids)
            except ImapError as error:
                if error.trouble not in {"refused", "folder"} or error.passing:
                    raise
                return (
                    done,
                    f"reports are recorded, but their mail is left where it is: {error}",
                )
            self._moved([one.report_id for one in pending], now())
            done += len(uids)
        return done, ""

    def pending(self, channel_id: int, now: datetime) -> list[PendingMove]:
        """What is to be tidied by now; as UIDs rise, so do the times of recording."""
        with self._ledger.transaction(read_only=True) as tx:
            pending = channels.pending_moves(tx, channel_id, _BATCH)
        if self._account.after != "delete":
            return pending
        before = now - self._account.delete_after
        return list(takewhile(lambda one: one.recorded_at <= before, pending))

    def _may_go(self, one: PendingMove) -> bool:
        """Whether its mail may be touched so: what a person wrote is not for us to delete."""
        if self._account.after != "delete":
            return True
        matched = one.outcome == "matched" and one.kind in _OF_MACHINES
        return matched or one.outcome == "canary"

    def _touch(self, uids: Sequence[int]) -> None:
        match self._account.after:
            case "move":
                self._mailbox.move(uids)
            case "flag":
                self._mailbox.flag(uids)
            case "delete":
                self._mailbox.delete(uids)
            case _:  # was configured otherwise when these were recorded
                return

    def _moved(self, report_ids: list[int], at: datetime) -> None:
        self._ledger.run(lambda tx: channels.moved(tx, report_ids, at))
