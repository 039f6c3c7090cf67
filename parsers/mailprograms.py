"""The signs of a mail program in front of which a person sits, and how its answers begin.

Owns those tables. Must not decide what a mail is: some servers store everything with a null
return path, and there such a sign tells a person's answer from a program's.
"""

import re

from parsers.mime.message import Message

__all__ = ["SAYS_RE", "is_typed"]

# "Re:" in the languages that do not write it so
SAYS_RE = re.compile(
    r"\s{0,4}(?:re|aw|antw|sv|vs|ref|rv|odp|r|ynt|atb|回复|答复|回覆|返信|答覆|отв|σχετ|hl|bls|vá|ответ"
    r"|απ|отг|відп|odg|răsp|trả lời|رد|תגובה|תשובה|השב|회신|답장|ตอบ(?:กลับ)?)"
    r"(?:\[\d{1,3}\]|\(\d{1,3}\))?\s{0,2}[:：]",
    re.IGNORECASE,
)
# in User-Agent or X-Mailer; "outlook" alone would also be many a script's
_PROGRAMS = re.compile(
    r"thunderbird|apple mail|(?:iphone|ipad) mail|microsoft outlook|outlook for (?:ios|android)"
    r"|evolution|\bmutt|neomutt|k-9 mail|kmail|claws mail|sylpheed|geary|gnus|alpine|the bat!"
    r"|seamonkey|em client|mailspring|fairemail|bluemail|aquamail|mailmate|airmail|betterbird"
    r"|roundcube|squirrelmail|rainloop|snappymail|sogo|horde|zimbra|yahoomailapp|webmail",
    re.IGNORECASE,
)
# those write no such field; their absence notes say that they are automatic
_BY_ID = re.compile(r"@mail\.gmail\.com>|\.(?:prod|eur\w{2}|nam\w{2})\.(?:prod\.)?outlook\.com>")
_LOOKED_AT = 300  # characters of a field


def is_typed(message: Message) -> bool:
    """Whether a mail program of persons wrote an answer, and nothing says that nobody typed it.

    It answers a mail by its id and subject, names no program of its own kind, and neither
    Auto-Submitted (RFC 3834) nor Precedence says otherwise.
    """
    header = message.header
    if header("auto-submitted").lower().strip() not in {"", "no"} or header("precedence"):
        return False
    if not header("in-reply-to") or SAYS_RE.match(message.subject) is None:
        return False
    told = f"{header('user-agent')[:_LOOKED_AT]} {header('x-mailer')[:_LOOKED_AT]}"
    if _PROGRAMS.search(told) is not None:
        return True
    return not told.strip() and _BY_ID.search(header("message-id")[:_LOOKED_AT].lower()) is not None
