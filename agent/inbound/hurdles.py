"""Mails that stand in the way: listed and never given, or breaking the line when fetched.

Owns how often such a mail is tried before it is passed by. Must not talk to a server:
what is passed by is recorded as unreadable, so that it is seen, and the next one is read.
"""

from collections import Counter
from collections.abc import Sequence

from agent.inbound.reader import Mail

__all__ = ["Hurdles"]

_ASKED = 3  # passes in which a mail that is listed and not given is asked for
_ALONE_AFTER = 2  # breaks, then it is fetched alone: another one of the batch may be to blame
_BREAKS = 5  # then it is passed by; the waits between them take half a minute at least


class Hurdles:
    """Counts for one folder. A mail that was taken is forgotten."""

    def __init__(self) -> None:
        self._withheld: Counter[tuple[int, int]] = Counter()
        self._broke: Counter[tuple[int, int]] = Counter()

    def before(self, uidvalidity: int, mails: Sequence[Mail]) -> tuple[Sequence[Mail], Mail | None]:
        """What can be recorded, and the mail before which that ends: listed and not given.

        It is counted. After some passes it is recorded like any other, without its content.
        """
        for index, mail in enumerate(mails):
            if mail.raw is not None or self.is_passed_by(uidvalidity, mail.uid):
                continue
            self._withheld[uidvalidity, mail.uid] += 1
            if self._withheld[uidvalidity, mail.uid] < _ASKED:
                return mails[:index], mail
        return mails, None

    def broke(self, uidvalidity: int, uid: int) -> None:
        """The line was lost while a batch was fetched of which this one is the first."""
        self._broke[uidvalidity, uid] += 1

    def at_once(self, uidvalidity: int, uids: list[int]) -> list[int]:
        """What may be fetched together: the first alone, where it is under suspicion."""
        return uids[:1] if self._broke[uidvalidity, uids[0]] >= _ALONE_AFTER else uids

    def is_passed_by(self, uidvalidity: int, uid: int) -> bool:
        """Whether it is not to be fetched any more."""
        return self._broke[uidvalidity, uid] >= _BREAKS

    @property
    def are_near(self) -> bool:
        """Whether a mail is under suspicion: what breaks the line then must be told exactly."""
        return bool(self._broke)

    def taken(self) -> None:
        """Something was recorded: whatever is counted lies behind."""
        self._withheld.clear()
        self._broke.clear()
