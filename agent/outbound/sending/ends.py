"""How attempts ended, written down: and what their refusals mean for the addresses.

Owns that one transaction. Must not send, and does not decide what suppresses an
address: the rule does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from store import listing, outbox
from store.errors import LedgerError
from store.outbox import Ended
from store.words import Outcome, PolicyBook, SuppressionRule

__all__ = ["Written", "write"]


@dataclass(frozen=True, slots=True)
class Written:
    """What came of it: by delivery, what could not be written; addresses now suppressed."""

    refused: dict[int, LedgerError]
    suppressed: list[str]


def write(
    tx: Any,
    *,
    ended: Sequence[Ended],
    policies: PolicyBook,
    rule: SuppressionRule | None,
    now: datetime,
) -> Written:
    """The ends of attempts of several deliveries. A refusal in session counts as a bounce does."""
    refused = outbox.finish_attempts(tx, ended, policies=policies, now=now)
    suspects = [
        one.delivery_id
        for one in ended
        if one.result.outcome is Outcome.REJECTED and one.result.severity == "hard"
    ]
    suppressed: list[str] = []
    if rule is not None and suspects:
        suppressed = listing.review(tx, suspects, rule=rule, policies=policies, now=now)
    return Written(refused, suppressed)
