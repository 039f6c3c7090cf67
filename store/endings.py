"""How an attempt ended, as values, and in one line for a person.

Owns those values. Must not touch the ledger.
"""

from datetime import datetime
from typing import NamedTuple

from store.words import Outcome, Phase

__all__ = ["AttemptResult", "Ended", "detail"]


class AttemptResult(NamedTuple):
    """How one SMTP transaction ended."""

    outcome: Outcome
    phase: Phase | None = None
    reply_code: str = ""
    status: str = ""  # RFC 3463
    reply_text: str = ""
    remote_queue_id: str = ""
    dsn_offered: bool = False
    reason: str = ""  # of a refusal, in the words that reports have for it
    severity: str = ""
    delivered: bool = False  # who took it is the last: it is in the mailbox (RFC 3464 2.3.3)
    of_us: bool = False  # the refusal is of our sender, login or host, whoever the recipient is


class Ended(NamedTuple):
    """One attempt that is over."""

    delivery_id: int
    number: int
    result: AttemptResult
    at: datetime
    retry_at: datetime | None  # for DEFERRED and UNREACHED only


def detail(result: AttemptResult) -> str:
    """What was said, and at which point where it was no acceptance."""
    said = result.reply_text
    if result.reply_code and not said.startswith(result.reply_code):
        said = f"{result.reply_code} {said}".strip()
    if result.outcome is Outcome.ACCEPTED:
        return said
    where = "" if result.phase is None else f"at {result.phase.value}: "
    return (where + said).removesuffix(": ")
