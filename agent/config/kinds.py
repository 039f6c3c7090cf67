"""What values in a configuration file can be: spans of time, places of secrets, sections.

Owns their written forms. Must not know a key: those stand in the modules beside.
"""

import re
from datetime import timedelta
from typing import Any, Literal

from msgspec import Struct

__all__ = ["Duration", "Secret", "Section", "Security", "StageWord", "decode"]

Security = Literal["starttls", "tls", "none"]
StageWord = Literal["accepted", "relayed", "delivered", "displayed", "acted"]

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"([0-9]{1,9})\s*([smhdw])")


class Duration(timedelta):
    """A span of time, written "90s", "15m", "4h", "2d", "1w" or a sum such as "1d 12h"."""

    @classmethod
    def parse(cls, text: str) -> "Duration":
        """Reads the written form. Raises ValueError for any other, and for none at all."""
        spans = _DURATION.findall(text.lower())
        if not spans or _DURATION.sub("", text.lower()).strip():
            raise ValueError(
                f'"{text}" is not a duration: write for example "90s", "15m", "4h", "2d"'
            )
        parts: dict[str, float] = {}
        for number, unit in spans:
            parts[_UNITS[unit]] = parts.get(_UNITS[unit], 0) + int(number)
        try:
            return cls(**parts)
        except OverflowError:
            raise ValueError(f'"{text}" is longer than any wait can be') from None

    def __str__(self) -> str:
        """The written form, in the largest units that fit."""
        left, spans = int(self.total_seconds()), []
        for unit, seconds in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
            count, left = divmod(left, seconds)
            if count:
                spans.append(f"{count}{unit}")
        return " ".join(spans) or "0s"


class Secret(str):
    """Where a secret is kept: "env:NAME" or "file:/path"; never the secret itself."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> "Secret":
        """Checks the form. Raises ValueError without repeating text, which may be a secret."""
        kind, _, name = text.partition(":")
        if text and (kind not in {"env", "file"} or not name):
            raise ValueError('secrets are never written here: use "env:NAME" or "file:/path"')
        return cls(text)


def decode(wanted: type[Any], value: object) -> object:
    """Msgspec's hook for the two types above. Raises ValueError for what does not fit."""
    if wanted is Duration:
        if not isinstance(value, str):
            raise ValueError('a duration is written as text, for example "15m"')
        return Duration.parse(value)
    if wanted is Secret:
        if not isinstance(value, str):
            raise ValueError('a secret is named as text: "env:NAME" or "file:/path"')
        return Secret.parse(value)
    raise NotImplementedError(wanted)


class Section(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all sections share: frozen, and a key that is not known is a mistake."""
