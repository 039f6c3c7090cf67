"""Where reading goes on in one folder: behind what was read, unless its UIDs name other mail now.

Owns the cursor's resets. Must not fetch mail whole, nor say what it means. UIDVALIDITY tells of
a folder that was renumbered, or made anew (RFC 3501 2.3.1.1). It does not where a mailbox was
put back from a copy: then the last mail that is there is another one than was recorded under its
UID. Of a folder that nothing shows to be the one that was read it is never said that it was heard.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from agent.inbound import identity
from agent.inbound.imap import Mailbox
from store import channels
from store.channels import Channel
from store.database import Ledger

__all__ = ["Cursor"]

_COMPARED = 1_000  # mails of a folder in which those of before are looked for
_SOUGHT = 50  # mails of before, one of which is to be found
_NEAR = 5  # UIDs that are looked at before one that was not recorded

# level, what happened, and further fields for the log
Tell = Callable[..., None]


class Cursor:
    """Of one folder, which is open in mailbox. through: it was read up to there before."""

    def __init__(self, ledger: Ledger, mailbox: Mailbox, tell: Tell) -> None:
        self.through = 0
        self._ledger = ledger
        self._mailbox = mailbox
        self._tell = tell
        self._met: set[tuple[int, int]] = set()  # unrecorded mails that were gone back for
        self._uidnext = (0, 0)  # as told at the last look, and of which numbering

    def first_look(self, channel: Channel, now: datetime) -> tuple[int, list[int]]:
        """The UID behind which to read, and mail above it, as Mailbox.uids_after().

        Raises ImapError and LedgerError.
        """
        self.through, is_other = 0, False
        mailbox, served = self._mailbox, self._mailbox.uidvalidity
        if mailbox.resume(channel.uidvalidity):
            uids, dates = mailbox.look(channel.last_uid)
            if not (uids or dates) and self._fell(channel.last_uid):
                mailbox.begin_anew()
                return self._start_anew(channel, now)
            behind = self._behind(channel.id, channel.last_uid, dates)
            self.through = channel.last_uid
            if behind == channel.last_uid:
                return behind, uids
            if behind is not None:
                self._tell(logging.WARNING, "late", uid=behind + 1)
                return behind, mailbox.uids_after(behind)
            self.through, is_other = 0, True
        else:
            is_other = self._meet_again(channel.id, served) or not self._stayed(channel)
        return self._start_anew(channel, now if is_other else None)

    def _start_anew(self, channel: Channel, since: datetime | None) -> tuple[int, list[int]]:
        """The folder is read from the start. since: what was in the one of before is lost."""
        mailbox = self._mailbox
        if channel.uidvalidity:
            is_lost = since is not None
            was, now = channel.uidvalidity, mailbox.uidvalidity
            self._tell(logging.WARNING, "renumbered", was=was, now=now, lost=is_lost)
        self._ledger.run(lambda tx: _start_anew(tx, channel.id, mailbox.uidvalidity, since))
        return 0, mailbox.look(0)[0]

    def _fell(self, last_uid: int) -> bool:
        """Whether UIDNEXT went back within a numbering, below what was read: RFC 3501 2.3.1.1.

        By itself it shows nothing, since there are servers that never tell it right.
        """
        numbering, told = self._mailbox.uidvalidity, self._mailbox.uidnext
        (of, before), self._uidnext = self._uidnext, (numbering, told)
        return of == numbering and 0 < told <= last_uid < before

    def _stayed(self, channel: Channel) -> bool:
        """Whether it is the folder that was read, only numbered anew: a mail of then is in it.

        Else another may stand in its place, and what came last into the old one is gone.
        """
        if not channel.uidvalidity:
            return True
        with self._ledger.transaction(read_only=True) as tx:
            stood = channels.stood(tx, channel.id, channel.uidvalidity, _COMPARED)
        stays = [kept for outcome, kind, kept in stood if self._stays(outcome, kind)][:_SOUGHT]
        uids = self._mailbox.uids_after(0)[-_COMPARED:] if stays else []
        if not uids:
            return False
        told, dates = self._mailbox.message_ids(uids), set(self._mailbox.dates(uids).values())
        fields = "\n".join(told.values())
        return any(
            kept.message_id in fields if kept.message_id else kept.internal_date in dates
            for kept in stays
            if kept.message_id or kept.internal_date
        )

    def _stays(self, outcome: str, kind: str) -> bool:
        """Whether nothing of ours takes such a mail out of the folder."""
        if outcome not in {"matched", "canary"}:
            return True
        after = self._mailbox.account.what_after("canary" if outcome == "canary" else kind)
        return after in {"leave", "flag"}

    def _meet_again(self, channel_id: int, served: int) -> bool:
        """Where the folder has a numbering of before, as when an old copy was put back.

        Its UIDs may name other mail now, which would pass for what is recorded: whether they do.
        """
        with self._ledger.transaction(read_only=True) as tx:
            met = channels.numbering(tx, channel_id, served)
        if met is None:
            return False
        uidvalidity, last_uid = met
        self._mailbox.resume(uidvalidity)
        _, dates = self._mailbox.look(last_uid)
        return self._behind(channel_id, last_uid, dates) is None

    def _behind(
        self, channel_id: int, last_uid: int, dates: dict[int, datetime | None]
    ) -> int | None:
        """last_uid, or behind what to go back; None where all of it is numbered anew.

        UIDs rise in the order of arrival (RFC 3501 2.3.1.1), so that new mail in UIDs that
        were given before is the folder's last.
        """
        unrecorded, others = self._compare(channel_id, dates)
        if unrecorded and not others:
            near = range(max(unrecorded[0] - _NEAR, 1), unrecorded[0])
            _, others = self._compare(channel_id, self._mailbox.dates(near))
        if others:
            self._mailbox.begin_anew()
            return None
        new = [uid for uid in unrecorded if (self._mailbox.uidvalidity, uid) not in self._met]
        self._met.update((self._mailbox.uidvalidity, uid) for uid in new)
        return new[0] - 1 if new else last_uid

    def _compare(
        self, channel_id: int, dates: dict[int, datetime | None]
    ) -> tuple[list[int], list[int]]:
        """Of these mails those that were never recorded, and those that are others now."""
        if not dates:
            return [], []
        validity, uids = self._mailbox.uidvalidity, sorted(dates)
        with self._ledger.transaction(read_only=True) as tx:
            kept = channels.kept(tx, channel_id, validity, uids)
        doubted = identity.unsure(kept, dates)
        message_ids = self._mailbox.message_ids(doubted) if doubted else {}
        unrecorded = [uid for uid in uids if uid not in kept]
        return unrecorded, identity.others(kept, dates, message_ids)


# tx is the ledger's affair: this layer does not know the database's types
def _start_anew(tx: Any, channel_id: int, uidvalidity: int, restored_at: datetime | None) -> None:
    """What came after the folder was read last, and before a copy was put back, nobody has read."""
    if restored_at is not None:
        channels.lost(tx, channel_id, restored_at)
    channels.reset(tx, channel_id, uidvalidity)
