"""Where a returned message begins that was copied into plain text.

Owns the generic forms only: a run of header lines that only a copied message
has, and the line above it that announces the copy. Must not know any one sender.
"""

import re

from parsers.mime.headers import Headers, parse_headers
from parsers.phrases import Signs

__all__ = ["copied_headers", "find_copy"]

# in no mere summary of a message, only in a copy of it
_STRONG = ("received:", "return-path:", "message-id:", "mime-version:", "message-id :")
_STRONG_LINE = re.compile(
    r"^[ \t>|]{0,8}(received|return-path|message-id|mime-version)[ \t]{0,2}:", re.MULTILINE
)
_FIELD_LINE = re.compile(r"[ \t>|]{0,8}[!-9;-~]{1,60}[ \t]{0,2}:(?!//)")
_FOLD = re.compile(r"[ \t>|]{1,8}\S")
_HINTS = (
    "original m",
    "returned m",
    "copy of",
    "unsent m",
    "undelivered m",
    "message follows",
    "headers follow",
    "header follows",
    "message header",
    "message text",
    "below this line",
    "rejected m",
    "begin forwarded",
)
# both at once, which takes less than either
_SEARCH = Signs((*_STRONG, *_HINTS))
_SUMMARY = re.compile(
    r"^[ \t>|]{0,8}(from|to|subject|date|sent|cc|reply-to|sender)[ \t]{0,2}:", re.MULTILINE
)
_QUOTE = re.compile(r"^[ >|]{1,8}(?=[!-9;-~]{1,60}[ \t]{0,2}:)", re.MULTILINE)
_MIN_BLOCK, _MAX_BLOCK = 300, 16_000  # characters of a copy that are its header
_MIN_FIELDS = 3
_NEAR = 300  # characters between an announcement and the header lines it announces
_MAX_TRIES = 12
_MAX_RUN = 200  # lines looked at on either side of a strong field


def find_copy(low: str) -> int:
    """The offset at which the copy (or the line announcing it) begins, or -1.

    low is the text in lower case, with LF line ends. Time is linear in its length.
    """
    met = _SEARCH.occurrences(low)
    first = _first_strong(met)
    if first >= 0:
        start = low.rfind("\n", 0, first) + 1
        for tries, found in enumerate(_STRONG_LINE.finditer(low, start)):
            begin = _run_start(low, found.start())
            if begin >= 0:
                announced = _announcement(low, begin)
                return announced if announced >= 0 else begin
            if tries >= _MAX_TRIES:
                break
    return _announced_summary(low, met)


def _first_strong(met: list[tuple[int, int, int]]) -> int:
    """The offset of the first word that may be a strong field, or -1."""
    for place, at, _ in met:
        if place < len(_STRONG):
            return at
    return -1


def _run_start(low: str, strong: int) -> int:
    """The offset of the first line of the header run around a strong field, or -1."""
    fields, begin = 0, strong
    at = strong
    for _ in range(_MAX_RUN):
        previous = low.rfind("\n", 0, max(at - 1, 0)) + 1
        line = low[previous : max(at - 1, 0)]
        if at == 0 or not line.strip(" \t>|"):
            break
        if _FIELD_LINE.match(line):
            fields, begin = fields + 1, previous
        elif not _FOLD.match(line):
            break
        at = previous
    at = strong
    for _ in range(_MAX_RUN):
        end = low.find("\n", at)
        line = low[at : end if end >= 0 else len(low)]
        if _FIELD_LINE.match(line):
            fields += 1
        elif not _FOLD.match(line):
            break
        if fields >= _MIN_FIELDS:
            return begin
        if end < 0:
            break
        at = end + 1
    return -1


def _announcement(low: str, begin: int) -> int:
    """The offset of the announcing line close above begin, or -1."""
    window = max(0, begin - _NEAR)
    for place, at, _ in _SEARCH.occurrences(low[window:begin]):
        if place >= len(_STRONG):
            return low.rfind("\n", 0, window + at) + 1
    return -1


def _announced_summary(low: str, met: list[tuple[int, int, int]]) -> int:
    """The offset of an announced copy that shows From, To and Subject only, or -1."""
    tries = [0] * (len(_STRONG) + len(_HINTS)) if met else []
    for place, at, _ in met:
        tries[place] += 1
        if place >= len(_STRONG) and tries[place] <= _MAX_TRIES:
            names = {field[1] for field in _SUMMARY.finditer(low, at, at + _NEAR)}
            if len(names) >= _MIN_FIELDS:
                return low.rfind("\n", 0, at) + 1
    return -1


def copied_headers(text: str, low: str, limit: int) -> Headers:
    """The header fields of a message copied into text, from the first that only a copy has.

    low is text in lower case, of the same length. Their quote marks are taken off. Empty if
    there are none. Linear in time.
    """
    first = _first_strong(_SEARCH.occurrences(low))
    if first < 0:
        return Headers({})
    found = _STRONG_LINE.search(low, low.rfind("\n", 0, first) + 1)
    if found is None:
        return Headers({})
    strong = found.start()
    # fields that stand above it belong to the same paragraph
    start = max(text.rfind("\n\n", 0, strong) + 2, strong - _MIN_BLOCK) if strong else 0
    end = text.find("\n\n", strong + _MIN_BLOCK, strong + _MAX_BLOCK)
    block = text[start : end if end >= 0 else strong + _MAX_BLOCK]
    if found.end() - strong > len(found[1]) + 1:  # indented or quoted
        block = _QUOTE.sub("", block)
    return parse_headers(block, limit)
