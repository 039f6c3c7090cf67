"""Whether a configuration can be run at all, before anything of it does.

Owns the order in which every value is made once. Must not keep any of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.wiring import asking, doors, inward, logins, outward, patrol, reconciling
from agent.wiring.ledger import keyring, ledger_url

if TYPE_CHECKING:
    from agent.config import Config

__all__ = ["check"]


def check(config: Config) -> None:
    """Makes every value once, so that a mistake shows before anything runs. Raises ConfigError."""
    ledger_url(config)
    keyring(config)
    outward.identity(config)
    reconciling.check(config)
    inward.accounts(config)
    inward.logs(config)
    outward.relays(config)
    outward.limits(config)
    logins.check(config)
    asking.check(config)
    patrol.check(config)
    doors.check(config)
