"""How much of a message is read: the bounds, with their defaults.

Owns the values only.
"""

from dataclasses import dataclass

__all__ = ["DEFAULT", "Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a message is read. What is beyond is left out, and notes say so."""

    max_bytes: int = 262_144  # of the message: the head; its last max_tail octets stay too
    max_tail: int = 65_536  # of a longer message: the end, where status parts may stand
    max_depth: int = 12  # multiparts within each other
    max_parts: int = 500
    max_headers: int = 2_000  # values looked at, per part
    max_header_bytes: int = 131_072  # of one returned message's header block
    max_text: int = 262_144  # characters of one text part
    max_encoded_words: int = 500  # beyond, the library decodes none of them
    seconds: float = 5.0  # for all of it, where read() is given a clock; 0: no bound


DEFAULT = Limits()
