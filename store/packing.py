"""How the mail of a report is kept: compressed. Imports nothing, for whoever only packs."""

import zlib

__all__ = ["pack", "unpack"]

_LEVEL = 1  # of zlib: the next ones take a quarter more time and save a twentieth of the room


_KEPT = 1 << 20  # octets: whoever sends large mail fills the mailbox, and not the ledger too


def pack(raw: bytes) -> bytes:
    """As it lies in the table: its beginning, where it is long."""
    return zlib.compress(raw[:_KEPT], _LEVEL)


def unpack(packed: bytes) -> bytes:
    """As it came, or its beginning."""
    return zlib.decompress(packed)
