"""A rule of the sending threads, held in every test: who has the floor keeps off the ledger.

Owns the check only. agent.outbound.floor.share() is the one way from the floor to the
ledger; any other could have two threads wait for each other, once in a thousand runs.
"""

from contextlib import AbstractContextManager

from agent.outbound import floor
from store.database import Ledger

__all__ = ["guard"]

_my_turn = Ledger._my_turn


def guard() -> None:
    """From now on a transaction that is begun by whoever has the floor fails."""

    def watched(self: Ledger, *, read_only: bool) -> AbstractContextManager[None]:
        assert not floor._MINE.has_floor, "the ledger was reached with the floor, not by share()"
        return _my_turn(self, read_only=read_only)

    Ledger._my_turn = watched  # type: ignore[method-assign, assignment]
