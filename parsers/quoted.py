"""Where a returned message begins that was copied into plain text.

Owns the generic forms only: a line that announces the copy, or a run of header
lines that only a copied message has. Must not know any one sender.
"""

import re

__all__ = ["find_copy"]

# header names that a copied message shows; the strong ones are in no mere summary
_STRONG = frozenset({"received", "return-path", "message-id", "mime-version", "dkim-signature"})
_NAMES = (
    "received|return-path|message-id|mime-version|dkim-signature|from|to|cc|subject|date|reply-to"
    "|sender|content-type|content-transfer-encoding|x-[a-z0-9-]{1,60}|in-reply-to|references"
    "|delivered-to|errors-to|precedence|organization|user-agent|domainkey-signature"
    "|authentication-results|list-[a-z]{1,20}|importance|thread-[a-z]{1,10}"
)
_FIELD = re.compile(rf"^[ \t>|]{{0,8}}({_NAMES})[ \t]{{0,2}}:", re.MULTILINE | re.IGNORECASE)
_ANNOUNCED = re.compile(
    r"^[ \t>*#|+-]{0,80}[^\n]{0,40}?(?:"
    r"below this line is a copy|copy of (?:the|your) (?:original )?(?:message|mail|e-mail)"
    r"|(?:original|returned|undelivered|unsent|rejected|bounced) (?:message|mail)"
    r"(?: text| header| headers| follows| below| begins here| is below| attached)?"
    r"|(?:message|mail) (?:header|headers|text|follows)|headers? of (?:the|your) (?:original )?m"
    r"|text of (?:the|your) message|your (?:original )?(?:message|mail) (?:follows|was|reads)"
    r")[^\n]{0,80}$",
    re.MULTILINE | re.IGNORECASE,
)
_MIN_NAMES = 3
_NEAR = 240  # characters between an announcement and the header lines it announces


def find_copy(text: str) -> int:
    """The offset at which the copy (or the line announcing it) begins, or -1.

    text has LF line ends. Time is linear in its length.
    """
    fields = list(_FIELD.finditer(text))
    at = 0
    while at < len(fields):
        end = at + 1
        while end < len(fields) and _adjoins(text, fields[end - 1].end(), fields[end].start()):
            end += 1
        names = {field[1].lower() for field in fields[at:end]}
        start = fields[at].start()
        announced = _announcement(text, start)
        if len(names) >= _MIN_NAMES and (names & _STRONG or announced >= 0):
            return announced if announced >= 0 else start
        at = end
    return -1


def _adjoins(text: str, end: int, start: int) -> bool:
    """Whether the next field stands in the same block: no blank line, folds in between."""
    return "\n\n" not in text[end:start]


def _announcement(text: str, start: int) -> int:
    window = max(0, start - _NEAR)
    last = -1
    for found in _ANNOUNCED.finditer(text, window, start):
        last = found.start()
        break
    return last
