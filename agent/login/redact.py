r"""Secrets taken out of what a server says: some repeat a command that they could not read.

Owns the forms in which a secret comes back: plain, quoted (pa\"ss), as Python shows bytes
(pa\\"ss, p\xc3\xa4ss), and within base64, as SASL sends it. Pure.
"""

import base64
import binascii
import re
from functools import partial

__all__ = ["redacted"]

_STARS = "***"
_SHORTEST = 4  # letters; a shorter secret is found in any word
_LIMIT = 4_000  # characters that are looked at; the rest is dropped
_RUN = re.compile(r"\\+|[^\\]", re.DOTALL)
_BASE64 = re.compile(r"[A-Za-z0-9+/]{6,}={0,2}")


def redacted(text: str, *secrets: str) -> str:
    """The text with *** for each secret in it, cut at some thousand characters."""
    text = text[:_LIMIT]
    for secret in secrets:
        if secret:
            text = _BASE64.sub(partial(_unless_in, secret), text)
            text = re.sub(_pattern(secret), _STARS, text)
    return text


def _pattern(secret: str) -> str:
    """Its letters with any backslashes before them; possessive, so that none is counted twice."""
    pieces = _RUN.findall(secret)
    return "".join(
        r"\\++" if piece[0] == "\\" else rf"\\*+(?:{re.escape(piece)}{_shown(piece)})"
        for piece in pieces
    )


def _shown(letter: str) -> str:
    """After the backslashes, what bytes are shown as."""
    if letter.isascii():
        return ""
    return "|" + r"\\*+".join(f"x{octet:02x}" for octet in letter.encode("utf-8", "replace"))


def _unless_in(secret: str, found: re.Match[str]) -> str:
    """The word, or stars where it is base64 of something with the secret in it."""
    word = found[0]
    if len(secret) < _SHORTEST:
        return word
    whole = word.rstrip("=")
    try:
        said = base64.b64decode(whole + "=" * (-len(whole) % 4))
    except (binascii.Error, ValueError):
        return word
    return _STARS if secret.encode("utf-8", "replace") in said else word
