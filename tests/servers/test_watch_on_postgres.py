"""Two agents on PostgreSQL that watch one folder: each report counts once, whoever is first."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from agent import daemon
from agent.config import Config, Mailbox
from agent.inbound.watch import Watched, Watcher
from store import evidence
from store.database import Ledger, LedgerError
from store.tables import EVIDENCE, REPORT
from store.words import FactKind, Verdict
from tests.plugins.imapservers import ImapServer, of_mail_site
from tests.plugins.mailsite import MailSite
from tests.plugins.owed import KEYRING, Owed, policies

pytestmark = pytest.mark.servers

WITHIN = 120.0
GO_ON = threading.Event()  # a stop that never comes
MANY = 25


@pytest.fixture
def server(mail_site_server: MailSite) -> ImapServer:
    return of_mail_site(mail_site_server)


@pytest.fixture
def agents(postgres_url: str) -> Iterator[tuple[Owed, Owed]]:
    """Two ledgers of one database, as two processes have them."""
    ledgers = [Ledger.open(postgres_url) for _ in range(2)]
    yield Owed(ledgers[0]), Owed(ledgers[1])
    for ledger in ledgers:
        ledger.close()


def _watcher(server: ImapServer, owed: Owed, folder: str) -> Watcher:
    account = replace(server.account, batch=3, after="flag", flag=server.keyword)
    return Watcher(owed.ledger, account, folder, KEYRING, policies)


def test_the_one_that_holds_the_advisory_lock_watches(
    server: ImapServer, agents: tuple[Owed, Owed]
) -> None:
    one, other = agents
    folder = server.create(f"Lock {uuid4().hex[:8]}")
    (anna,) = one.mail("k1", "anna@a.example")
    server.deliver(folder, one.dsn(anna, "failed"))
    with _watcher(server, one, folder) as ear, _watcher(server, other, folder) as second:
        with one.ledger.hold(f"watch {ear.name}") as held:
            assert held
            assert second.run_once(other.now, GO_ON) == Watched(held=False)
        assert second.run_once(other.now, GO_ON).matched == 1
        assert ear.run_once(one.now, GO_ON).read == 0


def test_where_the_lock_was_lost_both_read_and_each_report_counts_once(
    server: ImapServer, agents: tuple[Owed, Owed], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock ends with its connection, and the one who had it does not hear of that."""

    @contextmanager
    def hold(_ledger: Ledger, _name: str) -> Iterator[bool]:
        yield True

    monkeypatch.setattr(Ledger, "hold", hold)
    folder = server.create(f"Both {uuid4().hex[:8]}")
    ids = agents[0].mail("k1", *(f"r{number}@a.example" for number in range(MANY)))
    server.deliver(folder, *(agents[0].dsn(one, "delivered") for one in ids))
    start = threading.Barrier(2)

    def look(owed: Owed) -> None:
        with _watcher(server, owed, folder) as ear:
            ear._mailbox.connect()
            start.wait(WITHIN)
            ear.run_once(owed.now, GO_ON)

    threads = [threading.Thread(target=look, args=(owed,), daemon=True) for owed in agents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WITHIN)
    assert set(agents[0].verdicts(ids)) == {Verdict.LANDED}
    with agents[0].ledger.transaction(read_only=True) as tx:
        assert evidence.unmatched(tx) == []
        facts = select(func.count()).where(EVIDENCE.c.kind == FactKind.DELIVERED)
        assert tx.scalar(facts) == MANY
        assert tx.scalar(select(func.count()).select_from(REPORT)) == MANY
    assert len(server.flags(folder)) == MANY


def test_agents_that_start_together_all_start(
    agents: tuple[Owed, Owed], monkeypatch: pytest.MonkeyPatch
) -> None:
    """None of them knows a channel yet, so each makes them all."""
    monkeypatch.setenv("LANDED_IMAP_PASSWORD", "x")
    agents[0].mail("k1", *(f"r{number}@a.example" for number in range(MANY)))
    start = threading.Barrier(2)
    troubles: list[LedgerError] = []

    def take_over(owed: Owed, config: Config) -> None:
        start.wait(WITHIN)
        try:
            daemon._take_over(config, owed.ledger)
        except LedgerError as error:
            troubles.append(error)

    for number in range(10):
        names = tuple(f"{name} {number}" for name in ("INBOX", "Junk", "Later"))
        config = Config(mailboxes=(Mailbox(folders=names),))
        threads = [threading.Thread(target=take_over, args=(owed, config)) for owed in agents]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(WITHIN)
    assert troubles == []
