"""Whether probes show that answers would be heard, and by which ways they never did.

Owns the examination of that. Sends nothing (round_trip does).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.doctor.finding import Finding, Level
from agent.reconcile.plain import moment
from agent.wiring.patrol import ways
from store import canaries
from store.telling import path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.config import Config
    from store.database import Ledger

__all__ = ["examine_probes"]

_SUBJECT = "probes"


def examine_probes(config: Config, ledger: Ledger) -> Iterator[Finding]:
    """What is not probed, and each way that is not proven. Raises LedgerError."""
    if not config.mailboxes:
        return
    taken = ways(config)
    if not taken:
        yield Finding(
            Level.NOTE,
            _SUBJECT,
            "none go out, so that nobody notices when answers stop arriving",
            "set every in [canaries]",
        )
        return
    reached = {way.channel.partition("/")[0] for way in taken}
    for mailbox in config.mailboxes:
        if mailbox.name not in reached:
            yield Finding(
                Level.NOTE,
                _SUBJECT,
                f"none leads to mailbox {mailbox.name}: that it is read does not show that it "
                "gets mail",
                "name it in canaries.reply_mailbox where answers go to it",
            )
    with ledger.transaction(read_only=True) as tx:
        newest = {(one.route, one.channel): one for one in canaries.ways(tx)}
    for way in taken:
        probe = newest.get((way.route, way.channel))
        if probe is None or probe.has_left or not way.channel:
            continue
        yield Finding(
            Level.FAIL,
            _SUBJECT,
            f"{path(way.route, way.channel)} was never proven: none could leave since "
            f"{moment(probe.sent_at)} ({probe.refusal})",
            "make the relay take it; after a day nothing by this way is presumed landed",
        )
