"""One folder of one IMAP server: what is new in it, waiting for more, and the tidying.

Owns the commands but those that fetch (agent.inbound.reader), and the habits of servers
that lie about their mail. Must not know what a mail says, nor touch the ledger.
"""

import imaplib
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from agent.inbound.account import Account, ImapError
from agent.inbound.answers import split
from agent.inbound.reader import Mail, Reader
from agent.inbound.uids import ranges

__all__ = ["Mail", "Mailbox"]

_SLICE = 0.5  # seconds: how late a stop may be noticed while idle
_LOOKS = 5  # for mail that comes while we look; a server that never stops telling lies
_WINDOW = 50_000  # UIDs asked for at once: one answer line of SEARCH must stay small
_HIGHEST_UID = (1 << 32) - 1
_NUMBERINGS = 1 << 32  # above UIDVALIDITY's 32 bits: how often the server began anew untold
_MOST = (1 << 63) - 1  # HIGHESTMODSEQ has 63 bits (RFC 7162 7)
_LAST = 4  # UIDs before the last one that are looked at again
_GLANCES = 10  # then the folder is opened anew and searched
# of STATUS, and of SELECT. New mail moves UIDNEXT, and HIGHESTMODSEQ too where CONDSTORE is
# offered (RFC 7162 3.1.2): a second witness, from another book of the server
_STATE = {b"MESSAGES": b"EXISTS", b"UIDNEXT": b"UIDNEXT", b"UIDVALIDITY": b"UIDVALIDITY"}
_MODSEQ = b"HIGHESTMODSEQ"


class Mailbox(Reader):
    """An open folder. Not for use by two threads at once. Every method raises ImapError."""

    def __init__(self, account: Account, folder: str) -> None:
        super().__init__(account)
        self.folder = folder
        self.uidvalidity = 0
        self.uidnext = 0  # as told when it was opened; 0: not told
        self._uidnext = 0  # as far as it is believed
        self._seen: dict[bytes, int] = {}  # the folder's state when it was opened
        self._modseq = 0  # its HIGHESTMODSEQ, as far as it was told
        self._glances = 0
        self._tells_state = True  # and can be left for that
        self._is_doubted = False  # STATUS told an old state when it was asked last
        self._is_open = False
        self._is_empty = False
        self._highest = 0  # the last mail's UID, once the server has shown it
        self._may_write = True
        self._keywords: frozenset[bytes] = frozenset()

    def select(self) -> None:
        """Open the folder afresh, read-only where nothing is done to its mail."""
        before, tag = (self._seen, self._modseq), b""
        try:
            with self._doing(f'opening folder "{self.folder}"'):
                if self._tells_state and not self._is_open and self._is_turn():
                    tag = self._client.ask_state(self.folder, self._asked())
                told = self._select()
        except ImapError as error:
            if error.trouble != "refused" or error.passing:
                raise
            raise self._no_folder(error) from error
        self.uidvalidity = _number(told.get(b"UIDVALIDITY"), most=_HIGHEST_UID)
        self.uidnext = self._uidnext = _number(told.get(b"UIDNEXT"), most=_HIGHEST_UID)
        self._seen = {name: _number(told.get(key)) for name, key in _STATE.items()}
        self._is_empty, self._highest = told.get(b"EXISTS") == 0, 0
        self._modseq = _number(told.get(_MODSEQ))  # Dovecot tells it once it was asked for
        if tag:
            self._hold_against(tag, *before)
        self._glances, self._is_open = 0, True
        self._keywords = frozenset(told.get(b"PERMANENTFLAGS", ()))
        if not self.uidvalidity:
            raise ImapError(
                "folder",
                f'mailbox "{self.account.name}": the server gives no good UIDVALIDITY for '
                f'"{self.folder}", so mail in it cannot be told apart safely',
            )

    def resume(self, uidvalidity: int) -> bool:
        """Whether the server tells the numbering of then, uidvalidity as this class gave it."""
        if uidvalidity % _NUMBERINGS != self.uidvalidity:
            return False
        self.uidvalidity = uidvalidity
        return True

    def begin_anew(self) -> None:
        """The server gives UIDs again that it gave to other mail: a numbering never used yet."""
        self.uidvalidity += _NUMBERINGS

    def look(self, last_uid: int) -> tuple[list[int], dict[int, datetime | None]]:
        """What uids_after() tells, and INTERNALDATE of the mails up to last_uid that stand last.

        They are the last few numbers before it, and the folder's very last mail, whatever its
        number is: what shows whether these UIDs were given again. It costs no round trip more.
        """
        if self._is_empty:  # some servers take "*" for a mistake there
            return self.uids_after(last_uid), {}
        near = f"{max(last_uid - _LAST, 1)}:{last_uid}," if last_uid else ""
        with self._doing("asking for the last mail"):
            tag = self._client.ask(f"{near}*", "(INTERNALDATE)")
        if self._uidnext - last_uid > _WINDOW:  # a search by windows, unless that is a lie
            dates = self._last_mails(tag)
            uids = self.uids_after(last_uid)
        else:
            uids = self.uids_after(last_uid)
            dates = self._last_mails(tag)
        # its search may lag behind, or be left unanswered
        uids = uids or [uid for uid in dates if uid > last_uid]
        return uids, {uid: date for uid, date in dates.items() if uid <= last_uid}

    def _last_mails(self, tag: bytes) -> dict[int, datetime | None]:
        try:
            with self._doing("looking at the last mail"):
                told = split(self._client.answer(tag))
        except ImapError as error:
            if error.trouble != "refused" or error.passing:
                raise
            return {}
        self._highest = max((uid for uid in told if uid <= _HIGHEST_UID), default=0)
        if self._highest:
            self._uidnext = min(self._uidnext, self._highest + 1)
        return {uid: one.date for uid, one in told.items() if uid <= self._highest}

    def _select(self) -> Any:
        """What the server tells of the folder. One that only may be read is opened for that."""
        self._may_write = self.account.tidies
        try:
            return self._client.select_folder(self.folder, readonly=not self._may_write)
        except imaplib.IMAP4.readonly:
            self._may_write = False
            return self._client.select_folder(self.folder, readonly=True)

    @property
    def may_write(self) -> bool:
        """Whether mail of the folder that was opened last may be touched, were it to be."""
        return self._may_write

    def _must_write(self) -> None:
        if not self._may_write:
            raise ImapError(
                "folder",
                f'mailbox "{self.account.name}": "{self.account.username}" may only read folder '
                f'"{self.folder}": set after to "leave", or have the rights to change it granted',
            )

    def leave(self) -> bool:
        """Close the folder and expunge nothing, where there is a way.

        UNSELECT is one (RFC 3691), CLOSE of what was opened read-only another (RFC 3501 6.4.2).
        STATUS may be used then: of a folder that is open it may tell what was (RFC 3501
        6.3.10), and Dovecot does.
        """
        unselects = "UNSELECT" in self.capabilities
        if not self._tells_state or not (unselects or not self.account.tidies):
            return False
        try:
            with self._doing("closing the folder"):
                if unselects:
                    self._client.unselect_folder()
                else:
                    self._client.close_folder()
        except ImapError as error:
            return self._without_state(error)  # pymap does not close what is read-only
        self._is_open = False
        return True

    def _without_state(self, error: ImapError) -> bool:
        """After a plain refusal: the folder is opened each time."""
        if error.trouble != "refused" or error.passing:
            raise error
        self._tells_state = False
        return False

    def is_unchanged(self) -> bool:
        """Whether a folder that was left is as it was when it was opened, by one STATUS.

        False where that cannot be told, and every now and then: it is not trusted alone.
        """
        if self._is_open or not (self.connected and self._tells_state):
            return False
        self._glances += 1
        if self._is_turn() or not self._seen.get(b"UIDNEXT"):
            return False
        try:
            with self._doing("asking for the folder's state"):
                told = self._status()
        except ImapError as error:
            return self._without_state(error)
        before = self._modseq
        self._modseq = _number(told.get(_MODSEQ)) or before
        return _is_as(told, self._seen, before)

    def _is_turn(self) -> bool:
        """Whether the folder is to be opened whatever STATUS says."""
        return self._is_doubted or self._glances > _GLANCES

    def _hold_against(self, tag: bytes, seen: dict[bytes, int], modseq: int) -> None:
        """What STATUS told at once before the folder was opened: whether that was an old state.

        Something may come just in between, so it takes two of them, with no true word since, not
        to be asked any more.
        """
        try:
            with self._doing("asking for the folder's state"):
                told = self._state(lambda: self._client.state(tag))
        except ImapError as error:
            self._without_state(error)
            return
        if self._seen == seen:
            return  # which it could not miss
        lied = _is_as(told, seen, modseq)
        self._tells_state = self._tells_state and not (lied and self._is_doubted)
        self._is_doubted = lied

    def _status(self) -> Any:
        return self._state(lambda: self._client.folder_status(self.folder, self._asked()))

    def _state(self, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except (ValueError, LookupError, TypeError, AttributeError):  # no answer within it
            self._tells_state = False
            return {}

    def _asked(self) -> list[bytes]:
        return [*self._seen, *([_MODSEQ] if "CONDSTORE" in self.capabilities else [])]

    def _no_folder(self, refused: ImapError) -> ImapError:
        try:
            names = self.folders()
        except ImapError:
            return refused
        if self.folder in names:
            return ImapError("folder", f"{refused}; the folder is there: check its permissions")
        shown = ", ".join(f'"{name}"' for name in sorted(names)[:30]) or "none"
        return ImapError(
            "folder",
            f'mailbox "{self.account.name}" ({self.account.where}) has no folder '
            f'"{self.folder}"; it has {shown}: correct folders in the configuration',
        )

    def holds(self, folder: str, mark: str) -> bool:
        """Whether a mail in that folder names mark as its id or recipient; opens it read-only."""
        with self._doing(f'looking into folder "{folder}"'):
            self._client.select_folder(folder, readonly=True)
            return bool(self._client.search(["OR", "TO", mark, "HEADER", "Message-ID", mark]))

    def uids_after(self, uid: int) -> list[int]:
        """UIDs above this one, ascending; not always all, but empty only if there is none."""
        first, looks = uid + 1, 0
        while True:
            last = first + _WINDOW - 1
            bounded = last < self._uidnext - 1
            words = f"{first}:{last if bounded else '*'}"
            with self._doing("looking for new mail"):
                self._client.heard_news()
                found = self._client.search(["UID", words])
            # "n:*" names the last message even where its UID is below n (RFC 3501 6.4.8)
            uids = sorted({int(one) for one in found if uid < int(one) <= _HIGHEST_UID})
            if uids:
                return uids
            if bounded:
                first = last + 1
                continue
            # mail may be told of beside this answer and not be in it, and IDLE will not
            # tell of it again (RFC 3501 7: the server tells once)
            looks += 1
            if looks == _LOOKS or not self._client.heard_news():
                shown, self._highest = self._highest, 0
                return [shown] if shown > uid else []

    def idle_wait(self, stop: threading.Event, at_most: timedelta) -> bool:
        """Wait for news, a stop, or the time to be over; True if there is something to look at.

        Call it with the folder selected and a server that has IDLE (RFC 2177).
        """
        if self._client.heard_news():  # beside the answer to a move or a flag
            return True
        until = time.monotonic() + at_most.total_seconds()
        with self._doing("starting IDLE"):
            self._client.idle()
        news, hollow = False, 0
        while not news and not stop.is_set() and hollow < 3:
            left = min(_SLICE, until - time.monotonic())
            if left <= 0:
                break
            began = time.monotonic()
            with self._doing("waiting in IDLE"):
                lines = self._client.idle_check(timeout=left)
            news = _is_news(lines)
            # imapclient tells a closed line as "nothing", at once and for ever
            hollow += not lines and time.monotonic() - began < left / 2
        with self._doing("leaving IDLE"):
            _, lines = self._client.idle_done()
        return news or _is_news(lines)

    def flag(self, uids: Sequence[int]) -> None:
        """Set the configured flag."""
        self._must_write()
        flag = self.account.flag.encode("ascii", "replace")
        if self._keywords and rb"\*" not in self._keywords and flag not in self._keywords:
            raise ImapError(
                "folder",
                f'mailbox "{self.account.name}": folder "{self.folder}" takes no flag '
                f'"{self.account.flag}"; set flag to "\\\\Flagged", or after to "leave" or "move"',
            )
        for words in ranges(uids):
            with self._doing("flagging mail"):
                self._client.add_flags(words, [flag], silent=True)

    def delete(self, uids: Sequence[int]) -> None:
        """Delete these mails for good, and no other. What is gone is fine."""
        self._must_write()
        if "UIDPLUS" not in self.capabilities:
            # without it an expunge would also take what others marked
            raise ImapError(
                "folder",
                f'mailbox "{self.account.name}": the server cannot delete single mails (it has no '
                'UIDPLUS, RFC 4315): set after to "leave", "flag" or "move"',
            )
        for words in ranges(uids):
            with self._doing("deleting mail"):
                self._client.add_flags(words, [rb"\Deleted"], silent=True)
                self._client.uid_expunge(words)

    def move(self, uids: Sequence[int]) -> None:
        """Move to the configured folder, making it where it is missing. What is gone is fine."""
        self._must_write()
        for words in ranges(uids):
            try:
                self._move(words)
            except ImapError as error:
                if error.trouble != "refused" or error.passing or not self._can_repair(words):
                    raise
                if self._present(words):
                    self._move(words)

    def _can_repair(self, words: str) -> bool:
        """Whether the next try may do better: the folder was missing, or the mails are gone."""
        if self.account.move_to not in self.folders():
            with self._doing(f'making folder "{self.account.move_to}"'):
                self._client.create_folder(self.account.move_to)
            return True
        return not self._present(words)

    def _present(self, words: str) -> bool:
        with self._doing("looking for mail to move"):
            return bool(self._client.search(["UID", words]))

    def _move(self, words: str) -> None:
        with self._doing("moving mail"):
            if "MOVE" in self.capabilities:
                self._client.move(words, self.account.move_to)
                return
            self._client.copy(words, self.account.move_to)
            self._client.add_flags(words, [rb"\Deleted"], silent=True)
            # without UIDPLUS an expunge would also take what others marked
            if "UIDPLUS" in self.capabilities:
                self._client.uid_expunge(words)


def _number(value: object, *, most: int = _MOST) -> int:
    return value if isinstance(value, int) and 0 < value <= most else 0


def _is_as(told: Any, seen: dict[bytes, int], modseq: int) -> bool:
    """Whether STATUS told what was seen before."""
    now = _number(told.get(_MODSEQ))
    same = all(_number(told.get(name)) == value for name, value in seen.items())
    return same and (now == modseq or not (now and modseq))


def _is_news(lines: Sequence[tuple[Any, ...]]) -> bool:
    """Whether the server told of new mail, or is about to leave."""
    return any(
        b"EXISTS" in line[:2] or b"RECENT" in line[:2] or line[:1] == (b"BYE",) for line in lines
    )
