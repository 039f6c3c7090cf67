"""The message class inside a TNEF part (winmail.dat): what kind of mail Outlook meant.

Owns reading that one attribute (MS-OXTNEF 2.1.3), bounded. Must not read
anything else of the format: nothing else of it matters to reports.
"""

from struct import Struct

__all__ = ["message_class"]

_SIGNATURE = b"\x78\x9f\x3e\x22"  # MS-OXTNEF 2.1.3.1: 0x223E9F78, little-endian
_HEADER = 6  # signature and legacy key
_ATTRIBUTE = Struct("<BII")  # level, id, length
_CHECKSUM = 2
_CLASS = 0x00078008  # attMessageClass
_MAX_ATTRIBUTES = 200
_MAX_CLASS = 200


def message_class(raw: bytes) -> str:
    """The message class in lower case, or "" if raw is no TNEF or has none."""
    if not raw.startswith(_SIGNATURE):
        return ""
    at = _HEADER
    for _ in range(_MAX_ATTRIBUTES):
        if at + _ATTRIBUTE.size > len(raw):
            break
        _level, name, length = _ATTRIBUTE.unpack_from(raw, at)
        at += _ATTRIBUTE.size
        if name == _CLASS:
            text = raw[at : at + min(length, _MAX_CLASS)]
            return text.rstrip(b"\x00").decode("latin-1").lower()
        at += length + _CHECKSUM
    return ""
