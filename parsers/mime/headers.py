"""Header fields: case-insensitive, unfolded, decoded, in time linear in their size.

Owns reading "Name: value" blocks wherever they stand (a returned message, a
status part, a copy quoted in plain text). Must not know what any name means.
"""

import binascii
import re
from collections.abc import Iterable, Iterator

from parsers.mime.texts import decode_text

__all__ = ["Headers", "decode_words", "parse_headers"]

# printable ASCII but the colon (RFC 5322 2.2), then the blanks that SquirrelMail and
# others put before the colon; possessive, since nothing is won by going back
_FIELD = re.compile(r"^([!-9;-~]{1,100}+)[ \t]{0,4}+:[ \t]*+(.*+(?:\n[ \t].*+)*+)", re.MULTILINE)
_WORD = re.compile(r"=\?([!-<>@-~]{1,60})\?([BbQq])\?([^?\s]*|[^?\n]{0,998})\?=")
_BETWEEN_WORDS = re.compile(r"\?=[ \t\n]{1,80}=\?")
_MAX_VALUE = 16_384  # characters of one value; no program writes more
_QUOTED = re.compile(r"=([0-9A-Fa-f]{2})")


class Headers:
    """Header fields by lower-cased name; every value of a name, in order.

    A block is taken apart when the first field is asked for: of most returned
    messages nobody wants to know more than first() tells.
    """

    __slots__ = ("_fields", "_limit", "block")

    _fields: dict[str, list[str]]

    def __init__(
        self, fields: dict[str, list[str]] | None = None, block: str = "", limit: int = 0
    ) -> None:
        self.block = block  # as it stood, "" where fields are all there is
        self._limit = limit
        if fields is not None:
            self._fields = fields

    def __getattr__(self, name: str) -> dict[str, list[str]]:
        if name != "_fields":  # a slot that was not filled yet
            raise AttributeError(name)
        self._fields = fields = _taken_apart(self.block, self._limit)
        return fields

    def __bool__(self) -> bool:
        # a block that begins with a field need not be taken apart to be worth something
        return _FIELD.match(self.block) is not None or bool(self._fields)

    def __contains__(self, name: str) -> bool:
        return name in self._fields or name.lower() in self._fields

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def header(self, name: str) -> str:
        """The first value of name, unfolded and decoded, or ""."""
        values = self._fields.get(name)
        if values is None and (values := self._fields.get(name.lower())) is None:
            return ""
        value = values[0]
        # what _clean() would do, without the call: true of nearly every value
        return value.strip() if value.isprintable() and "=?" not in value else _clean(value)

    def headers(self, name: str) -> list[str]:
        """Every value of name, unfolded and decoded, in order."""
        return [_clean(value) for value in self.raw(name.lower())]

    def only(self, name: str) -> str:
        """What header(name) gives, name in lower case, without taking the whole block apart."""
        block = self.block
        if not block or not block.isascii():  # lower case may be longer
            return self.header(name)
        low = "\n" + block.lower()
        at = -1
        while (at := low.find("\n" + name, at + 1)) >= 0:
            found = _FIELD.match(block, at)
            if found is not None and len(found[1]) == len(name):
                return _clean(found[2])
        return ""

    def first(self, name: str) -> str:
        """The first value of name (lower case) as it stood, or ""."""
        values = self._fields.get(name)
        return values[0] if values else ""

    def raw(self, name: str) -> list[str]:
        """Every value of name as it stood; name in lower case."""
        return self._fields.get(name, [])

    def extend(self, other: "Headers") -> None:
        """Takes in the fields of other, below its own."""
        for name in other:
            self._fields.setdefault(name, []).extend(other.raw(name))

    def gather(self, names: Iterable[str]) -> list[str]:
        """Every value of every name (lower case) as it stood, names in no order."""
        fields = self._fields
        return [value for name in fields.keys() & names for value in fields[name]]


def parse_headers(block: str, limit: int = 2_000) -> Headers:
    """The fields of a block with LF line ends; lines that are none are passed over.

    At most limit fields are kept.
    """
    return Headers(None, block, limit)


def _taken_apart(block: str, limit: int) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for written, value in _FIELD.findall(block)[:limit]:
        name = written.lower()
        if name in fields:
            fields[name].append(value)
        else:
            fields[name] = [value]
    return fields


def _clean(value: str) -> str:
    if "=?" not in value and value.isprintable():
        return value.strip()
    value = value[:_MAX_VALUE]
    if "\n" in value:
        value = " ".join([line.strip() for line in value.split("\n")])
    if "=?" in value:
        value = decode_words(value)
    elif "\x1b$" in value:
        value = decode_text(value.encode("latin-1", "replace"), "iso-2022-jp")
    return value.strip()


def decode_words(value: str) -> str:
    """RFC 2047 encoded words to text; what cannot be decoded stays as it stood."""
    return _WORD.sub(_decode_word, _BETWEEN_WORDS.sub("?==?", value))


def _decode_word(found: re.Match[str]) -> str:
    charset, encoding, payload = found[1].partition("*")[0], found[2], found[3]
    try:
        if encoding in "Bb":
            raw = binascii.a2b_base64(payload + "=" * (-len(payload) % 4))
        else:
            spaced = payload.replace("_", " ")
            raw = _QUOTED.sub(lambda hexed: chr(int(hexed[1], 16)), spaced).encode("latin-1")
    except ValueError:  # no base64, or not ASCII
        return found[0]
    return decode_text(raw, charset)
