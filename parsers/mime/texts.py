"""Bytes to text, and HTML to text: always an answer, in linear time.

Owns charsets as senders really name them. Must not know MIME structure.
"""

import codecs
import re
from html import unescape

__all__ = [
    "SUPERSETS",
    "alike",
    "decode_octets",
    "decode_text",
    "html_to_text",
    "lowered",
    "unfold_lines",
]

# what senders write, and the superset that reads it without loss
_ALIASES = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "x-gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "ansi_x3.4-1968": "utf-8",
    "iso-8859-8-i": "iso-8859-8",
    "unicode-1-1-utf-7": "utf-7",
    "utf8": "utf-8",
}
# codecs of Python that are not charsets of mail, or take time that is not linear
_REFUSED = frozenset(
    {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"}
)
# what says nothing, or is written whatever the text is
_VAGUE = frozenset({"", "us-ascii", "ascii", "utf-8", "unknown-8bit", "x-unknown"})
# in which ASCII without escapes means itself
SUPERSETS = frozenset(
    {*_VAGUE, "utf8", "iso-8859-1", "iso-8859-2", "iso-8859-15", "windows-1252", "windows-1251"}
    | {"koi8-r", "gb2312", "gbk", "gb18030", "big5", "euc-kr", "iso-2022-jp", "shift_jis"}
)
_BLOCK = re.compile(
    r"<\s*+(?:br/?|hr|/title|/?(?:p|h[1-3]|table|pre|blockquote))(?=[\s>])[^<>]*+>",
    re.IGNORECASE,
)
# lines, however many of them begin or end at the same place
_LINE = re.compile(r"<\s*+/?(?:div|tr|li)(?=[\s>])[^<>]*+>", re.IGNORECASE)
_ENDS = re.compile(r"\x0b(?: *+\x0b)*+")
# an address behind a name: what it says is in no text
_MAILTO = re.compile(
    r"<a\s[^<>]{0,400}?href\s{0,4}=\s{0,4}[\"']?mailto:([^\"'<>?\s]{3,320})[^<>]{0,400}>"
    r"([^<>@]{1,200})</a",
    re.IGNORECASE,
)
_CELL = re.compile(r"<\s*+/?td(?=[\s>])[^<>]*+>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*+>")
_UNCLOSED = re.compile(r"<[^<>]*+(?!>)")
_PRE = re.compile(r"<pre[\s>]", re.IGNORECASE)  # line ends count
_HIDDEN = re.compile(r"<(style|script)\b", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\xa0]+")
_BLANK_LINES = re.compile(r"\n(?: ?\n)+")


def decode_text(raw: bytes, charset: str = "") -> str:
    """Raw as text with LF line ends. Never raises: the last resort is Latin-1.

    An unnamed or wrong charset is guessed from the bytes themselves: UTF-8,
    ISO-2022-JP by its escapes, then Latin-1.
    """
    name = charset.strip().lower() if charset else ""
    text = _guessed(raw, name) if name in _VAGUE else _decode(raw, name)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def decode_octets(octets: str, charset: str = "") -> str:
    """The same for octets that were read as Latin-1. Most mail is ASCII, which stays as it is."""
    plain = octets.isascii() and "\x1b" not in octets and "\r" not in octets
    if plain and (charset in SUPERSETS or charset.lower() in SUPERSETS):
        return octets
    return decode_text(octets.encode("latin-1"), charset)


def _guessed(raw: bytes, name: str) -> str:
    if b"\x1b" in raw and b"\x1b$" in raw:  # one octet is found in no time
        return raw.decode("iso2022_jp_ext", "replace")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace") if name == "utf-8" else raw.decode("latin-1")


def _decode(raw: bytes, name: str) -> str:
    try:
        codec = codecs.lookup(_ALIASES.get(name, name)).name
        if codec not in _REFUSED:
            return raw.decode(codec, "replace")
    except (LookupError, ValueError):
        pass
    return _guessed(raw, "")


def lowered(text: str) -> str:
    """Text in lower case, of the same length: offsets in one are offsets in the other."""
    low = text.lower()
    # a few letters (U+0130) grow when lowered
    return low if len(low) == len(text) else "".join([c.lower()[:1] for c in text])


# letters of today that re.IGNORECASE takes for others, though they are no upper case of theirs
_ALIKE = str.maketrans({"ı": "i", "ſ": "s", "ς": "σ", "µ": "μ"})


def alike(text: str) -> str:
    """Text in which letters that re.IGNORECASE takes for each other are one, of the same length.

    A search without that flag skips to where it may match: of a pattern and a text that both
    went through here it takes a fifth of the time.
    """
    low = lowered(text)
    return low if low.isascii() else low.translate(_ALIKE)


def unfold_lines(text: str) -> str:
    """A folded value on one line (RFC 5322 2.2.3)."""
    return " ".join(line.strip() for line in text.split("\n")).strip()


def html_to_text(html: str) -> str:
    """What a reader would see of html, roughly: tags gone, blocks on lines of their own."""
    before, opened, rest = _visible(html).partition("<")
    # by whole passes in C: a tag at a time takes five times as long
    rest = opened + rest
    if _PRE.search(rest) is None:
        rest = rest.replace("\n", " ")
    if "mailto:" in rest:
        rest = _MAILTO.sub(r"\2 &lt;\1&gt;</a", rest)
    for tag, put in (
        (_UNCLOSED, " "),
        (_BLOCK, "\n"),
        (_LINE, "\x0b"),
        (_CELL, " "),
        (_TAG, ""),
        (_ENDS, "\n"),
    ):
        rest = tag.sub(put, rest)
    rest = _BLANKS.sub(" ", unescape(before + rest)).replace("\n ", "\n")
    return _BLANK_LINES.sub("\n\n", rest).strip()


def _visible(html: str) -> str:
    """Html without comments, styles and scripts, in one pass."""
    if "<!--" in html:
        html = _without(html, "<!--", "-->")
    if _HIDDEN.search(html) is None:
        return html
    kept: list[str] = []
    at, low = 0, html.lower()
    while (found := _HIDDEN.search(html, at)) is not None:
        kept.append(html[at : found.start()])
        end = low.find(f"</{found[1].lower()}", found.end())
        if end < 0:
            return "".join(kept)
        at = end
    kept.append(html[at:])
    return "".join(kept)


def _without(text: str, start: str, end: str) -> str:
    kept: list[str] = []
    at = 0
    while (begin := text.find(start, at)) >= 0:
        kept.append(text[at:begin])
        stop = text.find(end, begin)
        if stop < 0:
            return "".join(kept)
        at = stop + len(end)
    kept.append(text[at:])
    return "".join(kept)
