"""Limits that many agents keep together, on PostgreSQL: no slot is given twice."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from store import slots
from store.database import Ledger

pytestmark = pytest.mark.servers

NOW = datetime(2026, 10, 9, 8, tzinfo=UTC)
UNTIL = NOW + timedelta(minutes=10)
MOST = 40


@pytest.fixture
def ledgers(postgres_url: str) -> Iterator[list[Ledger]]:
    opened = [Ledger.open(postgres_url) for _ in range(6)]
    yield opened
    for one in opened:
        one.close()


def test_agents_that_ask_at_the_same_time_share(ledgers: list[Ledger]) -> None:
    ready = threading.Barrier(len(ledgers))
    taken: list[int] = []
    wrong: list[Exception] = []

    def agent(ledger: Ledger) -> None:
        try:
            ready.wait(120)
            for _ in range(30):
                taken.extend(
                    ledger.run(
                        lambda tx: slots.take(tx, "r", many=3, most=MOST, until=UNTIL, now=NOW),
                        attempts=50,
                    )
                )
        except Exception as error:  # noqa: BLE001 - raised again below
            wrong.append(error)

    threads = [threading.Thread(target=agent, args=(one,)) for one in ledgers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []
    assert sorted(taken) == list(range(MOST)), "all of them, each once"
