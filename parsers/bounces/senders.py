"""Who sent a mail, by its header alone: a mail system, a program, a list, or perhaps a person.

Owns the tests of sender, return path, subject and what stands behind the mail. Must not read
what it says: gate.py does.
"""

import re
from functools import lru_cache

from parsers.bounces.notice import Notice
from parsers.bounces.senderwords import DAEMONS, ROBOTS, SURE
from parsers.bounces.subjects import SUBJECTS
from parsers.bounces.verdict import holds
from parsers.mailprograms import is_typed
from parsers.mime.message import Message

__all__ = [
    "ANSWER",
    "calls_itself_mailer",
    "has_copy",
    "has_null_path",
    "is_answer",
    "is_by_mail_system",
    "is_by_program",
    "is_daemon",
    "is_from_list",
    "is_programs",
    "without_domain",
]

ANSWER = re.compile(
    r"\s*(?:re|aw|sv|antw|antwort|odp|vs|ynt|res|rif|r|fw|fwd|wg|tr|rv|enc|pd|vl|i|отв|回复|答复"
    r"|回覆|返信|转发|轉寄)[ \t]*(?:\[\d+\])?[:：]",
    re.IGNORECASE,
)
_DOMAIN = re.compile(r"@[^\s<>()\"',;]{1,255}")
# "Postmaster Weekly"; its address may still be a mail system's
_PUBLISHER = re.compile(
    r"\b(?:weekly|monthly|news|newsletter|magazine|sales|marketing|tips|blog|forum|survey|events|jobs)\b"
)


def is_daemon(notice: Notice | Message) -> bool:
    """Whether a mail system is the sender, by its name, its address or the lack of one."""
    if calls_itself_mailer(notice.sender):
        return True
    return "mailer-daemon" in notice.header("return-path").lower()


@lru_cache(maxsize=64)  # several readers ask of the same mail
def calls_itself_mailer(sender: str) -> bool:
    """Whether a From field is a mail system's, by name or address; or empty, as theirs may be."""
    low = f"<{without_domain(sender)}"
    if not low.strip("<> \"'"):
        return True
    return holds(low, DAEMONS) and (
        _PUBLISHER.search(low) is None or holds(low[low.rfind("<") :], DAEMONS)
    )


def without_domain(sender: str) -> str:
    """A From field in lower case, but for the domain: people live at hosts called mailhub."""
    return _DOMAIN.sub("@", sender.lower())


def is_programs(message: Message) -> bool:
    """Whether no person can have written it: a mail system, or whoever takes no answer.

    A null return path is for notifications alone (RFC 5321 4.5.5), but some servers store
    everything with one; an address of robots says it. A postmaster may be a person who
    answers: "Re: hello".
    """
    null_path = _is_null_path(message)
    sender = message.sender.lower()
    if is_daemon(message):
        return null_path or ANSWER.match(message.subject) is None or holds(sender, SURE)
    return holds(without_domain(sender), ROBOTS) or (null_path and not is_typed(message))


def is_by_mail_system(message: Message) -> bool:
    """Whether a mail system wrote it: it says so, or nobody is to answer and its subject does."""
    if is_daemon(message):
        return is_programs(message)
    return _is_null_path(message) and holds(message.subject.lower(), SUBJECTS)


def is_by_program(notice: Notice) -> bool:
    """Whether a program wrote it: nobody is to answer, or it says so itself and answers none."""
    if has_null_path(notice):
        return True
    automatic = notice.header("auto-submitted")[:4].lower() == "auto"
    return automatic and not notice.header("in-reply-to")


def is_answer(notice: Notice) -> bool:
    """Whether a mail of ours stands behind it: its Message-ID, or a copy."""
    return has_copy(notice) or bool(notice.header("in-reply-to") or notice.header("references"))


def has_copy(notice: Notice) -> bool:
    """Whether a mail is returned with it, below a divider or in a part of its own."""
    return bool(notice.below) or bool(notice.message.returned)


def has_null_path(notice: Notice) -> bool:
    """Whether nobody is to be told if it fails itself (RFC 5321 4.5.5)."""
    return _is_null_path(notice.message)


def _is_null_path(message: Message) -> bool:
    paths = message.headers("return-path")
    return bool(paths) and not paths[0].strip("<> ")


def is_from_list(notice: Notice) -> bool:
    """Whether a list sent it on: it says how to leave (RFC 2369, RFC 2919), or who reads it."""
    header = notice.header
    told = header("list-unsubscribe") or header("list-id") or header("newsgroups")
    return bool(told) or header("precedence").lower() == "list"
