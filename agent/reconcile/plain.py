"""Text from strangers, made safe to show: nothing in it moves a cursor or hides a word.

Owns what "safe on a terminal" means, and how moments and spans of time are
written. Must not know what is shown.
"""

import re
from datetime import datetime, timedelta

__all__ = ["moment", "plain", "plain_lines", "span"]

# C0, DEL, C1; soft hyphen and other invisible format characters; bidirectional
# overrides, which turn "evil.example" round; line and paragraph separators;
# surrogates, which no terminal encoding can write; tags
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_UNITS = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))


def plain(text: str) -> str:
    r"""Text on one line with every control character written out, ESC as \x1b."""
    return _UNSAFE.sub(_written, text)


def plain_lines(text: str) -> str:
    """The same, but that its line ends stay."""
    return "\n".join(map(plain, text.split("\n")))


def _written(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def moment(at: datetime | None, *, none: str = "") -> str:
    """2026-10-02 07:00:12Z, or none where there is no such moment."""
    return at.strftime("%Y-%m-%d %H:%M:%SZ") if at else none


def span(length: timedelta) -> str:
    """The two largest units: 2d 4h, 15m, 0s. A negative span keeps its sign."""
    left = int(abs(length).total_seconds())
    spans = []
    for unit, seconds in _UNITS:
        count, left = divmod(left, seconds)
        if count:
            spans.append(f"{count}{unit}")
    sign = "-" if length < timedelta(0) and spans else ""
    return sign + (" ".join(spans[:2]) or "0s")
