"""The room on the ledger's disk, in words for people.

Owns those sentences. Must not look at a disk.
"""

from agent.reconcile.plain import moment, plain
from store.room import Room

__all__ = ["octets", "shortage"]

_TODO = "make room there: what is not written down is not taken on, not sent and not heard"


def octets(count: int) -> str:
    """As people write it: "512 MB"."""
    for unit, size in (("GB", 1 << 30), ("MB", 1 << 20)):
        if count >= size:
            return f"{count / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{count >> 10} kB"


def shortage(room: Room, least: int) -> str:
    """What is wrong and what to do, "" where nothing is. least: octets that should be free."""
    where, free = plain(room.path), octets(room.free)
    if room.failed_at is not None:
        return (
            f"the ledger {where} could not be written at {moment(room.failed_at)} ({free} free on "
            f"its disk): {_TODO}, and look that disk and file may be written"
        )
    if room.is_out:
        return f"the disk of the ledger {where} is full ({free} free): {_TODO}"
    if room.free < least:
        return (
            f"the disk of the ledger {where} has {free} left, less than daemon.least_room: {_TODO}"
        )
    return ""
