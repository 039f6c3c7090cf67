"""Many agents on one PostgreSQL ledger: one digest, one owner of each gap."""

import logging
import threading
from datetime import timedelta

import pytest

from agent.outbound.intake import Accepted
from agent.reconcile.digest import Plan, send_due
from agent.reconcile.sweep import Swept, sweep_once
from store import notices
from store.database import Ledger
from store.notices import NewNotice, NewRecipient
from store.reading import Reader
from tests.plugins.storybook import OWED, SWEPT, policies

pytestmark = pytest.mark.servers

LOG = logging.getLogger("landed.test")
AGENTS = 4
PEOPLE = 60


def plan(url: str) -> Plan:
    return Plan(
        to=("ops@example.org", "boss@example.org"),
        sender="Notices <notices@example.org>",
        schedule="0 7 * * *",
        when_empty="all-clear",
        subject="Undelivered notices",
        notice_class="digest",
        most=500,
        sweep_every=timedelta(minutes=1),
        read=lambda: Reader.open(url),
    )


def owe(url: str) -> None:
    ledger = Ledger.open(url)
    with ledger.transaction() as tx:
        notices.accept(
            tx,
            NewNotice("k", "alert", "s", "a@example.org", b"x"),
            [NewRecipient(f"p{n}@example.org", f"p{n}@example.org") for n in range(PEOPLE)],
            policies=policies,
            now=OWED,
        )
    ledger.close()


def test_agents_of_one_second_sweep_each_gap_once_and_send_one_digest(postgres_url: str) -> None:
    owe(postgres_url)
    line = threading.Barrier(AGENTS, timeout=120)
    digests: list[Accepted | None] = []
    sweeps: list[Swept] = []
    troubles: list[Exception] = []

    def agent(number: int) -> None:
        ledger = Ledger.open(postgres_url)
        try:
            line.wait()
            sweeps.append(sweep_once(ledger, policies, SWEPT, LOG, batch=5))
            line.wait()
            now = SWEPT + timedelta(minutes=number)
            digests.append(send_due(ledger, plan(postgres_url), policies, now, LOG))
        except Exception as error:  # noqa: BLE001 - told below, by the test
            troubles.append(error)
            line.abort()
        finally:
            ledger.close()

    threads = [threading.Thread(target=agent, args=(number,)) for number in range(AGENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert troubles == []
    assert sum(one.opened for one in sweeps) == PEOPLE
    assert sum(one is not None for one in digests) == 1
    assert len(digests) == AGENTS
    with Reader.open(postgres_url) as reader:
        assert reader.count_gaps() == {"unsent": PEOPLE}
        told = reader.notice("digest:2025-10-05T07:00:00Z")
    assert told is not None
    assert len(told.deliveries) == 2
