"""UIDs: ranges short enough for a command line, and batches small enough for memory.

Owns arithmetic on UIDs only. Must not talk to a server.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

__all__ = ["batches", "ranges"]

_LINE = 8_000  # octets of one set; Dovecot refuses lines over 64 KiB, others over 8 KiB


def ranges(uids: Iterable[int], *, line: int = _LINE) -> Iterator[str]:
    """The UIDs as IMAP sets (RFC 3501 9, sequence-set) of at most line octets each."""
    current: list[str] = []
    length = 0
    for first, last in _runs(sorted(set(uids))):
        word = str(first) if first == last else f"{first}:{last}"
        if current and length + len(word) + 1 > line:
            yield ",".join(current)
            current, length = [], 0
        current.append(word)
        length += len(word) + 1
    if current:
        yield ",".join(current)


def _runs(uids: Sequence[int]) -> Iterator[tuple[int, int]]:
    first = last = 0
    for uid in uids:
        if first and uid == last + 1:
            last = uid
            continue
        if first:
            yield first, last
        first = last = uid
    if first:
        yield first, last


def batches(
    uids: Sequence[int], sizes: Mapping[int, int], *, most: int, octets: int
) -> Iterator[list[int]]:
    """UIDs in order, at most `most` at once and about `octets` octets, always at least one.

    A UID without a size counts as a whole batch: nobody knows what it will bring.
    """
    batch: list[int] = []
    held = 0
    for uid in uids:
        size = sizes.get(uid, octets)
        if batch and (len(batch) >= most or held + size > octets):
            yield batch
            batch, held = [], 0
        batch.append(uid)
        held += size
    if batch:
        yield batch
