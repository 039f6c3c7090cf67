"""Cutting long lists of ids, so that no statement outgrows a driver's limit of parameters."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

__all__ = ["in_batches"]

T = TypeVar("T")

_SIZE = 500


def in_batches(items: Sequence[T], size: int = _SIZE) -> Iterator[Sequence[T]]:
    """Slices of items, in order, of at most size."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
