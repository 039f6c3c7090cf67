"""From a provider's recorded answer to the gap: quarantined, released, and found."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import responses

from agent.asking.connector import Pace
from agent.asking.microsoft import Microsoft
from agent.asking.rounds import Asker
from agent.asking.web import Web
from store.words import GapKind, Policy, Verdict
from tests.plugins.owed import KEYRING, Owed, open_owed

ANNA, BEN = "anna@people.test", "ben@people.test"
BASE = "https://graph.example/v1.0"
TRACES = f"{BASE}/admin/exchange/tracing/messageTraces"


def policies(_notice_class: str, _domain: str) -> Policy:
    return Policy("asks", ask=True, ask_after=timedelta(minutes=1), ask_times=9)


@pytest.fixture
def owed(tmp_path: Path) -> Iterator[Owed]:
    with open_owed(tmp_path, policies) as opened:
        yield opened


def test_quarantine_opens_a_gap_and_the_release_closes_it(owed: Owed) -> None:
    anna, ben = owed.mail("k1", ANNA, BEN)
    statuses = {ANNA: "quarantined", BEN: "pending"}

    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        rows = [
            {
                "messageId": f"<{owed.delivery(number).message_id}>",
                "recipientAddress": address,
                "status": statuses[address],
                "receivedDateTime": "2026-03-01T10:00:00Z",
            }
            for address, number in ((ANNA, anna), (BEN, ben))
            if address in request.params["$filter"]
        ]
        return 200, {}, json.dumps({"value": rows})

    web = Web("m365", BASE, lambda: "token", Pace(60_000), "grant it")
    way = Microsoft("m365", Pace(60_000), mailbox=None, trace=web)
    asker = Asker(owed.ledger, way, ["people.test"], KEYRING, policies)

    def ask(hours: int) -> None:
        when = datetime.now(UTC) + timedelta(hours=hours)
        asker.run_once(lambda: when, threading.Event())

    with responses.RequestsMock() as played:
        played.add_callback(responses.GET, TRACES, answer)
        ask(0)
        held = owed.delivery(anna).state
        assert held.gap is GapKind.QUARANTINED
        assert 'quarantined, by the trace of "m365"' in held.why
        assert owed.delivery(ben).state.verdict is Verdict.WAITING
        statuses[ANNA] = "delivered"
        statuses[BEN] = "filteredAsSpam"
        ask(1)
    assert owed.verdicts([anna, ben]) == [Verdict.LANDED, Verdict.LANDED]
    assert "Junk" in owed.delivery(ben).state.why
    mark = owed.channel("asking:m365").watermark
    assert mark is not None
    assert mark < datetime.now(UTC) + timedelta(minutes=1), "the trace is an hour late"
