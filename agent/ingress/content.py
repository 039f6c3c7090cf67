"""What follows DATA: a message up to its final dot (RFC 5321 4.5.2), in bounded memory.

Owns that reading, whose cost is that of the octets, however many lines they are, and
which line ends it may have. Must not judge what it reads.
"""

import asyncio
import re

__all__ = ["in_whole_lines", "read_content"]

_BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)")

_LINE = b"\r\n"
_DOT = b"." + _LINE
_END = _LINE + _DOT


async def read_content(reader: asyncio.StreamReader, most: int) -> bytes | None:
    """The message, its dots no longer doubled; None for more than most octets.

    Reads to the final dot in both cases, and nothing behind it.
    """
    # the line end of the command stands before the first line, which may be the final dot;
    # wherever a dot ends a line, and nowhere else, the message may end
    found, is_large = bytearray(_LINE), False
    while True:
        try:
            found += await reader.readuntil(_DOT)
        except asyncio.LimitOverrunError as error:
            found += await reader.readexactly(error.consumed)
        else:
            if found.endswith(_END):
                break
        if len(found) > most + len(_END) + len(_LINE):
            is_large = True
            del found[: -len(_LINE)]
    content = bytes(found[: -len(_DOT)]).replace(_LINE + b".", _LINE)
    content = content[len(_LINE) :]
    return None if is_large or len(content) > most else content


def in_whole_lines(content: bytes) -> bytes | None:
    """The message with CRLF line ends, which Python's smtplib does not give to octets.

    None where some end in CRLF and some in CR or LF alone: a server further on may
    take one for a line end, and what follows for commands.
    """
    if _BARE.search(content) is None:
        return content
    text = content.removesuffix(_LINE)  # which the client adds, to put the final dot behind it
    if b"\r" in text:
        return None
    # who ends lines so doubles the dots behind these ends
    return text.replace(b"\n.", b"\n").replace(b"\n", _LINE) + _LINE
