"""A ledger in which one notice met every fate, and the configuration that names it.

Owns that small story for tests of reports: filled through the store's own
functions, at fixed times, so that only the tracking IDs differ from run to run.
"""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.reconcile.policy import Rule, book
from store import channels, evidence, gaps, notices, outbox, suppressions
from store.database import Ledger
from store.evidence import NewFact, NewReport
from store.notices import NewNotice, NewRecipient
from store.outbox import AttemptResult
from store.words import Assurance, FactKind, Outcome, Phase, Policy

__all__ = ["KEY", "OWED", "SWEPT", "Storybook", "policies", "tell_story", "write_config"]

OWED = datetime(2025, 10, 2, 7, 0, tzinfo=UTC)
SWEPT = OWED + timedelta(days=3)
KEY = b"storybook-key-storybook-key-1234"
CHANNEL = "bounces/INBOX"

policies = book([Rule("default", (), (), Policy(name="default"))])

_PEOPLE = {
    "anna": None,  # delivered
    "ben": None,  # failed
    "carla": None,  # silent
    "dora": None,  # delayed
    "emil": "unsent",  # no relay took it
    "fay": "suppressed",
    "gus": "rejected",
    "hana": None,  # unconfirmed
    "ida": "ambiguous",
    "joe": None,  # contested
}
_HEARD: dict[str, list[tuple[FactKind, Assurance, str, str, str]]] = {
    "anna": [(FactKind.DELIVERED, Assurance.PROOF, "2.0.0", "", "250 2.0.0 saved")],
    "ben": [
        (
            FactKind.FAILED,
            Assurance.PROOF,
            "5.1.1",
            "userunknown",
            "550 5.1.1 \x1b[31mno \u202esuch user",
        )
    ],
    "dora": [(FactKind.DELAYED, Assurance.PROOF, "4.4.1", "networkerror", "connection refused")],
    "hana": [(FactKind.OPENED, Assurance.HINT, "", "", "a proxy fetched the pixel")],
    "joe": [
        (FactKind.DELIVERED, Assurance.PROOF, "2.0.0", "", "250 saved"),
        (FactKind.FAILED, Assurance.PROOF, "5.2.2", "mailboxfull", "552 mailbox full"),
    ],
}
_REFUSED = AttemptResult(Outcome.REJECTED, Phase.RCPT, "550", "5.7.1", "5.7.1 [red]not wanted")
_TAKEN = AttemptResult(
    Outcome.ACCEPTED, Phase.FINAL, "250", "2.0.0", "2.0.0 Ok: queued as 4ABC", "4ABC", True
)
_LOST = AttemptResult(Outcome.AMBIGUOUS, Phase.FINAL)


@dataclass(frozen=True, slots=True)
class Storybook:
    """Where the story is kept, and the deliveries by the local part of their recipients."""

    config: Path
    ledger: Path
    ids: dict[str, int]


def write_config(folder: Path, more: str = "") -> Path:
    """A configuration with a ledger and a key in folder."""
    (folder / "landed.key").write_text(base64.b64encode(KEY).decode(), encoding="ascii")
    path = folder / "landed.toml"
    path.write_text(f'ledger = "landed.db"\n{more}', encoding="utf-8")
    return path


def tell_story(folder: Path, more: str = "") -> Storybook:
    """Writes a ledger with one notice to ten people of example.org, swept after its deadline."""
    path = folder / "landed.db"
    ledger = Ledger.open(path)
    try:
        ids = _owe(ledger)
        _send(ledger, ids)
        _hear(ledger, ids)
        with ledger.transaction() as tx:
            gaps.sweep(tx, policies=policies, now=SWEPT)
    finally:
        ledger.close()
    return Storybook(write_config(folder, more), path, ids)


def _owe(ledger: Ledger) -> dict[str, int]:
    with ledger.transaction() as tx:
        suppressions.add(tx, "fay@example.org", reason="asked us to stop", by="ops", now=OWED)
        accepted = notices.accept(
            tx,
            NewNotice(
                "inv-1", "invoice", "Invoice [1]", "Notices <notices@example.org>", b"Hi\r\n"
            ),
            [NewRecipient(f"{name}@example.org", f"{name}@Example.org") for name in _PEOPLE],
            policies=policies,
            now=OWED,
        )
    return {one.address.partition("@")[0]: one.id for one in accepted.deliveries}


def _send(ledger: Ledger, ids: dict[str, int]) -> None:
    results = {"rejected": _REFUSED, "ambiguous": _LOST, None: _TAKEN}
    names = {number: name for name, number in ids.items()}
    with ledger.transaction() as tx:
        # the lease of what is held back here ends; nobody comes for it
        for one in outbox.claim(tx, worker="w", limit=50, lease=timedelta(minutes=1), now=OWED):
            name = names[one.delivery_id]
            fate = _PEOPLE[name]
            if fate == "unsent":
                continue
            number = outbox.start_attempt(
                tx,
                one.delivery_id,
                worker="w",
                route="relay",
                envelope_from=f"b{name}@bounces.example.org",
                envelope_id=f"b{name}",
                message_id=f"m{name}@example.org",
                now=OWED + timedelta(seconds=1),
            )
            outbox.finish_attempt(
                tx,
                one.delivery_id,
                number,
                results[fate],
                retry_at=None,
                policies=policies,
                now=OWED + timedelta(seconds=2),
            )


def _hear(ledger: Ledger, ids: dict[str, int]) -> None:
    at = OWED + timedelta(minutes=5)
    with ledger.transaction() as tx:
        channel = channels.ensure(tx, CHANNEL, "imap", OWED)
        uid = 0
        for name, facts in _HEARD.items():
            for kind, assurance, status, reason, diagnostic in facts:
                uid += 1
                report = NewReport(
                    channel_id=channel.id,
                    uidvalidity=1,
                    uid=uid,
                    raw=b"From: MAILER-DAEMON\r\n\r\n",
                    kind="dsn",
                    message_id=f"{uid}@mx.example.org",
                    sender="MAILER-DAEMON@mx.example.org",
                    subject="Report [bold]",
                    received_at=at,
                    outcome="matched",
                    tried="return path: matched",
                    summary="",
                )
                fact = NewFact(
                    kind=kind,
                    delivery_id=ids[name],
                    at=at,
                    assurance=assurance,
                    attempt=1,
                    clue="return path",
                    recipient=f"{name}@example.org",
                    status=status,
                    reason=reason,
                    diagnostic=diagnostic,
                    reporting_mta="mx.example.org",
                )
                evidence.record(tx, report, [fact], policies=policies, now=at)
        channels.advance(tx, channel.id, 1, uid, at)
        channels.observed(tx, channel.id, SWEPT, SWEPT)
