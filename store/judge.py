"""judge: all facts of one delivery -> its state. Pure, total, blind to order and repeats.

Owns the rules. Must not read a clock or a database.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from store.words import Fact, Policy, State

__all__ = ["judge"]


def judge(
    policy: Policy,
    facts: Iterable[Fact],
    watermarks: Mapping[str, datetime | None],
    now: datetime,
) -> State:
    """What the ledger may say of a delivery at now, given everything it was told."""
    raise NotImplementedError
