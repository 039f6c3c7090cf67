"""How deep multiparts are nested, told from their lines alone.

Owns the look that spares the MIME library levels that nobody reads: it copies each one.
Must not take anything apart.
"""

import re

__all__ = ["shallow"]

_LARGE = 65_536  # octets; of less the copies cost little
_LINE = re.compile(
    rb"\bboundary[ \t]{0,8}=[ \t]{0,8}\"?([^\"\s;]{1,200})|^--([^\s]{1,200}?)(--)?[ \t]{0,8}\r?$",
    re.MULTILINE | re.IGNORECASE,
)


def shallow(raw: bytes, most: int) -> bytes:
    """A large message without what stands within more than most multiparts; any other as it is.

    Linear in its length; of nearly all messages only the words "multipart/" are counted.
    """
    if len(raw) <= _LARGE or raw.lower().count(b"multipart/") <= most:
        return raw
    kept: list[bytes] = []
    start = 0  # of what is kept; -1 within what is not
    opened: dict[bytes, int] = {}  # boundaries, outermost first
    told = b""
    for line in _LINE.finditer(raw):
        if line[1]:
            told = line[1]
            continue
        name = line[2]
        if name in opened:
            depth = opened[name] + (0 if line[3] else 1)
            while len(opened) > depth:
                opened.popitem()
            if start < 0 and opened.get(name, depth) < most:
                start = line.start()
        elif name == told:
            opened[name] = len(opened)
            if len(opened) > most and start >= 0:
                kept.append(raw[start : line.start()])
                start = -1
    if start >= 0:
        kept.append(raw[start:])
    return b"".join(kept)
