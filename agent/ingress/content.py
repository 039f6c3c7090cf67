"""What follows DATA: a message up to its final dot (RFC 5321 4.5.2), in bounded memory.

Owns that reading, whose cost is that of the octets, however many lines they are. Must
not judge what it reads.
"""

import asyncio

__all__ = ["read_content"]

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
