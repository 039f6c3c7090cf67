"""After the commit: recorded mail is flagged, moved or deleted, as the account says.

Owns what may be touched, and when. Must not read mail. What an earlier pass did not come
to stands in the ledger, so a crash in between leaves nothing undone.
"""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import takewhile

from agent.inbound.account import Account, After, ImapError
from agent.inbound.imap import Mailbox
from store import channels
from store.channels import PendingMove
from store.database import Ledger

__all__ = ["Tidy"]

_BATCH = 1000
_OF_MACHINES = frozenset({"dsn", "mdn", "arf", "bounce", "autoreply"})  # kinds of reports
_PROBE = "canary"  # whatever kind it was taken for


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
        done, trouble = 0, ""
        while not stop.is_set() and not trouble:
            pending = self.pending(channel_id, now())
            if not pending:
                break
            for after, ones in self._sorted(pending).items():
                uids = [one.uid for one in ones if one.uidvalidity == self._mailbox.uidvalidity]
                try:
                    self._touch(after, uids)
                except ImapError as error:
                    if error.trouble not in {"refused", "folder"} or error.passing:
                        raise
                    trouble = f"reports are recorded, but their mail is left where it is: {error}"
                    continue
                self._moved([one.report_id for one in ones], now())
                done += len(uids) if after != "leave" else 0
        return done, trouble

    def pending(self, channel_id: int, now: datetime) -> list[PendingMove]:
        """What is to be tidied by now, by UID."""
        account = self._account
        before = now - account.delete_after
        with self._ledger.transaction(read_only=True) as tx:
            if account.after_by_kind:
                return channels.pending_but(tx, channel_id, self._waiting(), before, _BATCH)
            pending = channels.pending_moves(tx, channel_id, _BATCH)
        if account.after != "delete":
            return pending
        # as UIDs rise, so do the times of recording
        return list(takewhile(lambda one: one.recorded_at <= before, pending))

    def _waiting(self) -> list[str]:
        """Kinds of mail that stay for a while."""
        kinds = (*_OF_MACHINES, "reply", "unknown", _PROBE)
        return [kind for kind in kinds if self._account.what_after(kind) == "delete"]

    def _sorted(self, pending: Sequence[PendingMove]) -> dict[After, list[PendingMove]]:
        """By what is to be done with each."""
        found: dict[After, list[PendingMove]] = {}
        for one in pending:
            kind = _PROBE if one.outcome == "canary" else one.kind
            after = self._account.what_after(kind)
            if after == "delete" and kind != _PROBE and not _is_of_machines(one):
                after = "leave"
            found.setdefault(after, []).append(one)
        return found

    def _touch(self, after: After, uids: Sequence[int]) -> None:
        match after:
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


def _is_of_machines(one: PendingMove) -> bool:
    """Whether it was understood, and nobody wrote it: no other mail is for us to delete."""
    return one.outcome == "matched" and one.kind in _OF_MACHINES
