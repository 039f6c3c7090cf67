"""After the commit: recorded mail is flagged, moved or deleted, as the account says.

Owns what may be touched, and when. Must not read mail. What an earlier pass did not come
to stands in the ledger, so a crash in between leaves nothing undone.
"""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import takewhile
from typing import NamedTuple

from agent.inbound import identity
from agent.inbound.account import Account, After, ImapError
from agent.inbound.imap import Mailbox
from store import channels
from store.channels import PendingMove
from store.database import Ledger
from store.telling import LEFT

__all__ = ["Tidied", "Tidy"]

_BATCH = 1000
_OF_MACHINES = frozenset({"dsn", "mdn", "arf", "bounce", "autoreply"})  # kinds of reports
_PROBE = "canary"  # whatever kind it was taken for


class Tidied(NamedTuple):
    """How many mails were tidied, how many let go as others than before, what was refused."""

    done: int = 0
    left: int = 0
    trouble: str = ""


class Tidy:
    """Tidies one folder, which is open in mailbox."""

    def __init__(self, ledger: Ledger, account: Account, mailbox: Mailbox) -> None:
        self._ledger = ledger
        self._account = account
        self._mailbox = mailbox

    def run(
        self, channel_id: int, now: Callable[[], datetime], stop: threading.Event, *, since: int
    ) -> Tidied:
        """Everything that is due. since: mail above this UID was read since the folder was opened.

        What was read before is looked at once more: only what is shown to be the mail that was
        recorded is touched. Raises ImapError for what is no plain refusal, and LedgerError.
        """
        done, left, trouble = 0, 0, ""
        while not stop.is_set() and not trouble:
            pending = self.pending(channel_id, now())
            if not pending:
                break
            for after, ones in self._sorted(pending).items():
                uids = [one.uid for one in ones if one.uidvalidity == self._mailbox.uidvalidity]
                try:
                    self._touch(after, [])  # whether it may be done at all
                    before = [uid for uid in uids if uid <= since and after != "leave"]
                    proven, foreign = self._proven(channel_id, before)
                    ours = [uid for uid in uids if uid > since or uid in proven]
                    self._touch(after, ours)
                except ImapError as error:
                    if error.trouble not in {"refused", "folder"} or error.passing:
                        raise
                    trouble = f"{LEFT}: {error}"
                    continue
                self._moved([one.report_id for one in ones], now())
                if after != "leave":
                    done, left = done + len(ours), left + foreign
        return Tidied(done, left, trouble)

    def _proven(self, channel_id: int, uids: Sequence[int]) -> tuple[set[int], int]:
        """Those that are shown to be the mail that was recorded; how many others are there."""
        if not uids:
            return set(), 0
        dates = self._mailbox.dates(uids)
        with self._ledger.transaction(read_only=True) as tx:
            kept = channels.kept(tx, channel_id, self._mailbox.uidvalidity, sorted(dates))
        message_ids = self._mailbox.message_ids([uid for uid in kept if kept[uid].message_id])
        proven = {
            uid
            for uid, one in kept.items()
            if identity.is_same(one, dates[uid], message_ids.get(uid))
        }
        return proven, len(dates) - len(proven)

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
