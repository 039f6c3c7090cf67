"""One part of a message, all of it at hand.

Owns what every reader may ask of a part. Must not know how messages are taken apart.
"""

import re
from collections.abc import Callable

from parsers.lazy import lazy
from parsers.mime.headers import Headers
from parsers.mime.texts import decode_octets
from parsers.phrases import Signs

__all__ = ["BLANK_LINE", "LongPart", "Part", "charset"]

BLANK_LINE = re.compile("\n\n")  # sre finds it in half the time that find() takes
_CHARSET = re.compile(r"charset\s{0,4}=\s{0,4}\"?'?([^\s\"';]{1,60})", re.IGNORECASE)


class Part:
    """A part whose header holds nothing but MIME's own fields."""

    filename: str = ""  # the name the sender gave the part, or ""
    disposition: str = ""  # the Content-Disposition word in lower case, or ""
    naked: bool = False  # a returned message that was put in without a part around it
    encloses: bool = False  # whether parts are beneath it

    def __init__(self, content_type: str, told: str, octets: str, charset: str = "") -> None:
        self.content_type = content_type
        self.told = told  # the value of Content-Type as it stood
        self._octets = octets  # the content, read as Latin-1
        self.charset = charset  # as told names it, or ""

    @lazy
    def fields(self) -> Headers:
        """The part's own header fields."""
        return Headers({"content-type": [self.told]} if self.told else {})

    @lazy
    def content(self) -> bytes:
        """The content, transfer encoding undone. b"" for a container."""
        return self._octets.encode("latin-1")

    @lazy
    def text(self) -> str:
        """The content as text with LF line ends, at most Limits.max_text characters."""
        return decode_octets(self._octets, self.charset)

    def is_longer_than(self, limit: int) -> bool:
        """Whether the content has more than limit octets."""
        return len(self._octets) > limit

    def beginning(self, limit: int) -> str:
        """The text of the first limit octets."""
        return decode_octets(self._octets[:limit], self.charset)

    def holds(self, words: Signs) -> bool:
        """Whether one of words, which are ASCII, may stand in the text."""
        return words.any(self.text)

    def header_block(self, limit: int) -> str:
        """The header of the message that the content is, at most limit octets."""
        octets = self._octets[:limit].lstrip("\n")
        blank = BLANK_LINE.search(octets)
        return decode_octets(octets[: blank.start()] if blank else octets)


class LongPart(Part):
    """A part that may be longer than the text that is read of it, and then tells of it."""

    def __init__(self, whole: Part, limit: int, note: Callable[[str], None]) -> None:
        super().__init__(whole.content_type, whole.told, "", whole.charset)
        self.filename, self.disposition = whole.filename, whole.disposition
        self.encloses = whole.encloses
        self.header_block = whole.header_block  # type: ignore[method-assign]
        self._whole, self._limit, self._note = whole, limit, note

    @lazy
    def fields(self) -> Headers:
        """The part's own header fields."""
        return self._whole.fields

    @lazy
    def content(self) -> bytes:
        """The content in whole."""
        return self._whole.content

    @lazy
    def text(self) -> str:
        """The content as text with LF line ends, as much as is read."""
        if not self._whole.is_longer_than(self._limit):
            return self._whole.text
        self._note(f"only the first {self._limit} octets of a {self.content_type} part were read")
        return self._whole.beginning(self._limit)


def charset(told: str) -> str:
    """The charset that a Content-Type names, or ""."""
    found = _CHARSET.search(told) if told else None
    return found[1] if found else ""
