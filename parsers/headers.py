"""Header fields: case-insensitive, unfolded, decoded, in time linear in their size.

Owns reading "Name: value" blocks wherever they stand (a returned message, a
status part, a copy quoted in plain text). Must not know what any name means.
"""

import binascii
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import compress

from parsers.texts import decode_text

__all__ = ["Headers", "decode_words", "parse_headers"]

# printable ASCII but the colon (RFC 5322 2.2), then the blanks that SquirrelMail and
# others put before the colon; possessive, since nothing is won by going back
_FIELD = re.compile(
    r"^([!-9;-~]{1,100}+)[ \t]{0,4}+:[ \t]*+([^\n]*+(?:\n[ \t][^\n]*+)*+)", re.MULTILINE
)
_WORD = re.compile(r"=\?([!-<>@-~]{1,60})\?([BbQq])\?([^?\s]*|[^?\n]{0,998})\?=")
_BETWEEN_WORDS = re.compile(r"\?=[ \t\n]{1,80}=\?")
_MAX_VALUE = 16_384  # characters of one value; no program writes more
_QUOTED = re.compile(r"=([0-9A-Fa-f]{2})")


class Headers:
    """Header fields by lower-cased name; every value of a name, in order.

    Two rows and one dictionary, all made in C: of twenty fields three are asked for.
    """

    __slots__ = ("_first", "_names", "_values")

    def __init__(self, names: Sequence[str] = (), values: Sequence[str] = ()) -> None:
        """The fields in order; names are in lower case, as many as values."""
        self._names = names
        self._values = values
        # of equal keys the last one stays, so that it takes the way back
        self._first = dict(zip(reversed(names), reversed(values), strict=True))

    @classmethod
    def of(cls, fields: Mapping[str, Sequence[str]]) -> "Headers":
        """The fields of a mapping from lower-case names to values."""
        names = [name for name, values in fields.items() for _ in values]
        return cls(names, [value for values in fields.values() for value in values])

    def __bool__(self) -> bool:
        return bool(self._first)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._first

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(self._names))

    def header(self, name: str) -> str:
        """The first value of name, unfolded and decoded, or ""."""
        value = self._first.get(name)
        if value is None and (value := self._first.get(name.lower())) is None:
            return ""
        # what _clean() would do, without the call: true of nearly every value
        return value.strip() if value.isprintable() and "=?" not in value else _clean(value)

    def headers(self, name: str) -> list[str]:
        """Every value of name, unfolded and decoded, in order."""
        return [_clean(value) for value in self.raw(name.lower())]

    def first(self, name: str) -> str:
        """The first value of name (lower case) as it stood, or ""."""
        return self._first.get(name, "")

    def raw(self, name: str) -> list[str]:
        """Every value of name as it stood; name in lower case."""
        if name not in self._first:
            return []
        if len(self._first) == len(self._names):
            return [self._first[name]]
        return list(compress(self._values, map(name.__eq__, self._names)))

    def gather(self, names: Iterable[str]) -> list[str]:
        """Every value of every name (lower case) as it stood."""
        return [v for name in filter(self._first.__contains__, names) for v in self.raw(name)]


def parse_headers(block: str, limit: int = 2_000) -> Headers:
    """The fields of a block with LF line ends; lines that are none are passed over.

    At most limit fields are kept.
    """
    pairs = _FIELD.findall(block)[:limit]
    if not pairs:
        return Headers()
    names, values = zip(*pairs, strict=True)
    return Headers("\n".join(names).lower().split("\n"), values)


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
