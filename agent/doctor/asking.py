"""Whether recipients' own mailboxes can be asked: login, permission, one harmless question.

Owns those examinations. Changes nothing in any mailbox.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from agent.asking.connector import AskingError, NobodyKnownError
from agent.doctor.finding import Finding, Level
from agent.wiring import asking
from store import asking as looks

if TYPE_CHECKING:
    from agent.config import Config
    from store.database import Ledger

__all__ = ["examine_asking"]


def examine_asking(config: Config, ledger: Ledger, now: datetime) -> Iterator[Finding]:
    """Each connector in turn, with a recipient of its domains where one is known."""
    if config.asking and not any(rule.ask for rule in config.policies):
        yield Finding(
            Level.NOTE,
            "asking",
            "no policy asks, so no mailbox is ever looked into",
            "set ask = true in the policies that it is for",
        )
    for wanted, connector in asking.connectors(config):
        subject = f"asking {wanted.name}"
        with ledger.transaction(read_only=True) as tx:
            somebody = looks.somebody(tx, asking.domains(wanted))
        try:
            yield Finding(Level.OK, subject, connector.check(somebody, now))
        except NobodyKnownError as error:
            yield Finding(
                Level.NOTE, subject, str(error), "send one notice there, then run this again"
            )
        except AskingError as error:
            yield Finding(
                Level.FAIL, subject, str(error), "correct this section, then run this again"
            )
