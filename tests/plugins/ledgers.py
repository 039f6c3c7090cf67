"""Fixtures: a ledger for each test. SQLite here; tests/servers puts PostgreSQL in its place.

A test that takes ledger runs on both: tests/servers/test_store_on_postgres.py
runs every tests/unit/test_store_*.py again.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from store import channels, evidence, notices, outbox
from store.channels import Channel
from store.database import Ledger
from store.evidence import NewFact, NewReport, Recorded
from store.notices import Accepted, NewNotice, NewRecipient
from store.outbox import AttemptResult
from store.reading import Reader
from store.tables import DELIVERY
from store.words import FactKind, Outcome, Phase, Policy, State

__all__ = [
    "T0",
    "Books",
    "Desk",
    "company",
    "desk",
    "empty_sqlite",
    "ledger",
    "ledger_url",
    "reader",
]

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEASE = timedelta(minutes=10)


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated ledger without rows, to be copied."""
    path = tmp_path_factory.mktemp("ledger") / "empty.sqlite"
    Ledger.open(path).close()
    return path


@pytest.fixture
def ledger_url(empty_sqlite: Path, tmp_path: Path) -> str:
    """Where this test's ledger is."""
    return str(shutil.copy(empty_sqlite, tmp_path / "landed.sqlite"))


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """An open ledger without rows."""
    opened = Ledger.open(ledger_url)
    yield opened
    opened.close()


@dataclass
class Books:
    """A policy book that a test can rewrite."""

    default: Policy = field(default_factory=lambda: Policy("default"))
    by_class: dict[str, Policy] = field(default_factory=dict)

    def __call__(self, notice_class: str, domain: str) -> Policy:
        return self.by_class.get(notice_class, self.default)


@dataclass
class Desk:
    """A ledger with the usual moves, one transaction each."""

    ledger: Ledger
    policies: Books = field(default_factory=Books)
    uids: int = 0

    def owe(
        self, *addresses: str, key: str = "k1", notice_class: str = "alert", at: datetime = T0
    ) -> Accepted:
        with self.ledger.transaction() as tx:
            return notices.accept(
                tx,
                NewNotice(
                    key,
                    notice_class,
                    "Subject",
                    "ops@example.org",
                    b"body of " + key.encode("utf-8", "replace"),
                ),
                [NewRecipient(one, one) for one in addresses or ("anna@example.net",)],
                policies=self.policies,
                now=at,
            )

    def one(self, **kwargs: str) -> int:
        """A delivery's id."""
        return self.owe(**kwargs).deliveries[0].id  # type: ignore[arg-type]  # only str ones

    def start(self, delivery: int, *, worker: str = "w1", at: datetime = T0) -> int:
        with self.ledger.transaction() as tx:
            taken = outbox.claim(tx, worker=worker, limit=100, lease=LEASE, now=at)
            assert delivery in {one.delivery_id for one in taken}
            return outbox.start_attempt(
                tx,
                delivery,
                worker=worker,
                route="relay",
                envelope_from="b@example.org",
                message_id=f"m{delivery}@example.org",
                now=at,
            )

    def finish(
        self,
        delivery: int,
        number: int,
        outcome: Outcome = Outcome.ACCEPTED,
        *,
        at: datetime = T0,
        retry_at: datetime | None = None,
    ) -> State:
        with self.ledger.transaction() as tx:
            return outbox.finish_attempt(
                tx,
                delivery,
                number,
                AttemptResult(outcome, Phase.FINAL, "250", "2.0.0", "250 2.0.0 queued as Q1"),
                retry_at=retry_at,
                policies=self.policies,
                now=at,
            )

    def send(self, delivery: int, *, at: datetime = T0) -> State:
        """Start and finish an accepted attempt."""
        return self.finish(delivery, self.start(delivery, at=at), at=at)

    def start_and_finish(
        self, delivery: int, outcome: Outcome = Outcome.ACCEPTED, *, at: datetime = T0
    ) -> State:
        """One attempt, leaving other due deliveries alone."""
        number = self.start(delivery, at=at)
        with self.ledger.transaction() as tx:
            everything = [one.id for one in tx.execute(select(DELIVERY.c.id))]
            outbox.release(tx, everything, worker="w1")
        return self.finish(delivery, number, outcome, at=at)

    def channel(self, name: str = "inbox") -> Channel:
        with self.ledger.transaction() as tx:
            return channels.ensure(tx, name, "imap", T0)

    def report(self, channel: int, uid: int | None = None, raw: bytes = b"raw mail") -> NewReport:
        self.uids += 1
        return NewReport(
            channel_id=channel,
            uidvalidity=1,
            uid=self.uids if uid is None else uid,
            raw=raw,
            kind="dsn",
            message_id="r@example.net",
            sender="mailer-daemon@example.net",
            subject="Undelivered",
            received_at=T0,
            outcome="matched",
            tried="addressed: matched",
            summary="failed",
        )

    def hear(
        self, delivery: int, kind: FactKind, *, at: datetime = T0, attempt: int | None = 1
    ) -> Recorded:
        """A report with one fact."""
        fact = NewFact(kind, delivery, at, attempt=attempt, detail="as told")
        report = self.report(self.channel().id)
        with self.ledger.transaction() as tx:
            return evidence.record(tx, report, [fact], policies=self.policies, now=at)

    def state(self, delivery: int) -> State:
        with self.ledger.transaction() as tx:
            view = notices.delivery(tx, delivery)
            assert view is not None
            return view.state


@pytest.fixture
def desk(ledger: Ledger) -> Desk:
    """An empty ledger and the usual moves."""
    return Desk(ledger)


@pytest.fixture
def reader(ledger: Ledger) -> Iterator[Reader]:
    """The same ledger, as reports read it."""
    with Reader.open(ledger.url) as opened:
        yield opened


@pytest.fixture
def company(desk: Desk) -> dict[str, int]:
    """Three notices to three people, with some of everything; "b2" is Ben's second delivery."""
    people = ("anna@a.example", "ben@b.example", "carl@b.example")
    ids: dict[str, int] = {}
    for n, notice_class in enumerate(("alert", "news", "alert"), 1):
        made = desk.owe(*people, key=f"k{n}", notice_class=notice_class, at=T0 + timedelta(hours=n))
        ids.update((f"{one.address[0]}{n}", one.id) for one in made.deliveries)
    for name in ("a1", "b1", "c1", "a2"):
        desk.start_and_finish(ids[name], at=T0 + timedelta(hours=4))
    desk.hear(ids["a1"], FactKind.DELIVERED, at=T0 + timedelta(hours=5))
    desk.hear(ids["b1"], FactKind.FAILED, at=T0 + timedelta(hours=6))
    desk.hear(ids["c1"], FactKind.UNREAD, at=T0 + timedelta(hours=7))
    return ids
