"""A mail system's notice that a mail failed, which names nobody.

Owns telling such a notice, where a mark of ours can say whom it is about. Must be asked
after every reader that finds a recipient, and before auto-replies: a mail system's "is no
longer valid" is no absence note. Must stay silent on what people and responders write, and
whether the mark is good is not its business.
"""

import re

from parsers.bounce import judged
from parsers.bounces.finding import Finding, Found
from parsers.bounces.gate import is_notice, is_personal
from parsers.bounces.lines import unfold
from parsers.bounces.notice import Notice
from parsers.bounces.senders import is_by_mail_system
from parsers.bounces.verdict import is_delay, is_failure, verdict_words
from parsers.clues import find_clues
from parsers.draft import Draft
from parsers.mime.message import Message
from parsers.report import Action, ClueKind, Kind, RecipientReport
from parsers.token import MARK_LENGTH

__all__ = ["NOTE", "read_nameless", "unnamed"]

NOTE = "it names no recipient: only a mark of ours says whom it is about"
_CODE = re.compile(r"(?<![\d.])(?:[45]\d\d[ -]|[45]\.\d\.\d{1,3}(?![\d.]))")
_DETECTOR = "nameless"
_WORDS = 300  # characters shown by --explain
_AROUND = 1_500  # characters of a notice in which its verdict stands


def read_nameless(message: Message) -> Draft | None:
    """One recipient without an address, where a mail system tells of a failure; else None.

    Without a mark in its header or in the returned mail's it would be of no use to anybody.
    """
    if not is_by_mail_system(message) or not _is_marked(message):
        return None
    recipient = unnamed(message)
    if recipient is None:
        return None
    words = recipient.diagnostic[:_WORDS]
    return Draft(Kind.BOUNCE, _DETECTOR, words=words, recipients=(recipient,), notes=(NOTE,))


def unnamed(message: Message) -> RecipientReport | None:
    """What the text of a notice says of somebody whom it does not name, or None."""
    notice = Notice(message)
    if not is_notice(notice) or is_personal(notice):
        return None
    # a mailbox that is full may be the reader's own: that a mail failed must be said
    low = unfold(f"{message.subject.lower()}\n{notice.low[:_AROUND]}")
    if not is_failure(low) and _CODE.search(low) is None:
        return None
    words = verdict_words(notice) or unfold(notice.above[:_AROUND]).strip()
    found = Found(
        "", diagnostic=words, action=Action.DELAYED if is_delay(notice) else Action.FAILED
    )
    (recipient,) = judged(Finding(_DETECTOR, (found,), around=notice.above[:_AROUND]), message)
    return recipient


def _is_marked(message: Message) -> bool:
    return any(
        len(clue.value) == MARK_LENGTH and clue.kind is not ClueKind.VISIBLE
        for clue in find_clues(message)
    )
