"""A bounce that a gateway passes on whole, as an attached message or below a rule.

Owns looking one message deeper, and only where a mail system sent the outer one and none
could read that: what a person attaches is a question, and what we wrote is no bounce.
Must not read any form itself.
"""

import re

from msgspec.structs import replace

from parsers.bounce import read_bounce
from parsers.bounces.forwarded import FORWARD, forwarded
from parsers.bounces.gate import is_notice
from parsers.bounces.lines import addresses, unfold
from parsers.bounces.notice import Notice
from parsers.bounces.senders import calls_itself_mailer, is_daemon
from parsers.delivery import read_delivery_status
from parsers.draft import Draft
from parsers.mime.headers import parse_headers
from parsers.mime.message import Message
from parsers.mime.parts import Part

__all__ = ["read_enclosed"]

_WHOLE = frozenset({"message/rfc822", "message/global"})
_MAX_TRIES = 3  # attached messages that are looked at
_LISTSERV = "identified as a possible delivery error notice"
_LOOKED_AT = 1_500  # characters
_NOTE = "read from the bounce that is attached to this mail"
# lines that a mail program puts above what is forwarded
_FORWARDING = re.compile(
    r"[\s>*_=-]*(?:(?:begin )?(?:forwarded|original) message\b.{0,40})?$", re.IGNORECASE
)
# below which LISTSERV has the bounce as it came, where it makes no part of it
_RULE = re.compile(
    r"^-{8,}(?: ?(?:message|mail)[^\n-]{0,60}-{8,})?[ \t]{0,8}\n\s{0,8}",
    re.MULTILINE | re.IGNORECASE,
)


def read_enclosed(message: Message) -> Draft | None:
    """What an attached bounce says, where a mail system passes it on; None if there is none.

    The mail that the attached bounce returns is then what message returns.
    """
    if _WHOLE.isdisjoint(message.kinds):
        return _read_below(message)
    told = [part for part in message.parts[1:] if part.content_type in _WHOLE][:_MAX_TRIES]
    bounces = [part for part in told if _is_bounce(part, message)]
    if not bounces or not _is_passed_on(message):
        return None
    for part in bounces:
        inner = Message(part.content, message.limits, message.allowance)
        if (draft := _read(inner, message)) is not None:
            return draft
    return None


def _read(inner: Message, message: Message) -> Draft | None:
    draft = read_delivery_status(inner) or read_bounce(inner)
    if draft is None or not draft.recipients:
        return None
    message.returned = inner.returned
    return replace(draft, notes=(*draft.notes, _NOTE))


def _read_below(message: Message) -> Draft | None:
    """What LISTSERV, or somebody by hand, passes on in the text itself."""
    text = message.full_text
    listserv = _LISTSERV in unfold(message.low[:_LOOKED_AT])
    if listserv:
        rule = _RULE.search(text, 0, _LOOKED_AT)
        below = text[rule.end() :] if rule is not None else ""
    else:
        below = _forwarded(message) if FORWARD.match(message.subject) else ""
    if not below:
        return None
    inner = Message(below.encode("utf-8", "surrogatepass"), message.limits, message.allowance)
    if "from" not in inner.fields or not calls_itself_mailer(inner.sender):
        return None
    told = {one.lower() for one in addresses(inner.header("to"))}
    own = {one.lower() for one in addresses(message.header("to"))}
    if not listserv and told and told.isdisjoint(own):
        return None  # of a mail of whoever passes it on
    return _read(inner, message)


def _forwarded(message: Message) -> str:
    """The notice that somebody passes on without a word of his own, header and text."""
    header, text = forwarded(Notice(message))
    own = message.full_text.partition(header)[0] if header else ""
    return f"{header}{text}" if all(map(_FORWARDING.match, own.split("\n"))) else ""


def _is_bounce(part: Part, message: Message) -> bool:
    """Whether the header of an attached message is a mail system's."""
    block = part.header_block(message.limits.max_header_bytes)
    fields = parse_headers(block, message.limits.max_headers)
    return calls_itself_mailer(fields.header("from")) if "from" in fields else False


def _is_passed_on(message: Message) -> bool:
    """Whether a mail system passes it on, or a list server to the list's owner; and no person."""
    notice = Notice(message)
    return is_daemon(notice) or is_notice(notice) or _LISTSERV in unfold(notice.low[:_LOOKED_AT])
