"""An address that our own relay refuses for good: it counts as a bounce does, no more."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent.outbound.replies import classified
from agent.outbound.routes import Relay
from store import suppressions
from store.words import GapKind, Phase, SuppressionRule
from tests.plugins.outgoing import Outgoing, open_outgoing
from tests.plugins.smtpd import HOST, Reply, scripted

ADA = "ada@example.com"
RULE = SuppressionRule(bounces=2)
UNKNOWN = "550 5.1.1 <ada@example.com>: Recipient address rejected: User unknown"


@pytest.fixture
def outgoing(tmp_path: Path) -> Iterator[Outgoing]:
    with open_outgoing(tmp_path) as opened:
        yield opened


def relay(port: int) -> Relay:
    return Relay("r", HOST, port, security="none", timeout=timedelta(seconds=10))


def suppressed(outgoing: Outgoing) -> list[suppressions.Suppressed]:
    with outgoing.ledger.transaction(read_only=True) as tx:
        return suppressions.list_all(tx)


def test_refusals_in_session_suppress_with_their_evidence(
    outgoing: Outgoing, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        scripted({"RCPT": UNKNOWN, "DATA": "503 5.5.1 nobody"}) as server,
        caplog.at_level(logging.WARNING, "landed.send"),
    ):
        way = relay(server.port)
        outgoing.owe(ADA, key="one")
        outgoing.send(way, rule=RULE)
        assert suppressed(outgoing) == []
        outgoing.owe(ADA, key="two")
        outgoing.send(way, rule=RULE)
        (entry,) = suppressed(outgoing)
        heard = len(server.heard)
        (third,) = outgoing.owe(ADA, key="three")
        outgoing.send(way, rule=RULE)
        assert len(server.heard) == heard, "nothing more was said to the relay"
    assert entry.address == ADA
    assert entry.automatic
    assert "2 notices came back for good" in entry.reason
    assert len(entry.evidence) == 2
    assert "rejected 5.1.1 userunknown" in entry.evidence[0]
    assert outgoing.view(third).state.gap is GapKind.SUPPRESSED
    assert any(one.message == "suppressed" for one in caplog.records)


def test_what_waits_for_the_address_is_called_off(outgoing: Outgoing) -> None:
    with scripted({"RCPT": UNKNOWN}) as server:
        ids = [outgoing.owe(ADA, key=f"k{number}")[0] for number in range(5)]
        outgoing.send(relay(server.port), rule=RULE)
    gaps = [outgoing.view(one).state.gap for one in ids]
    assert gaps.count(GapKind.REJECTED) >= 2
    assert set(gaps) <= {GapKind.REJECTED, GapKind.SUPPRESSED}
    assert len(suppressed(outgoing)) == 1


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("RCPT", "550 5.7.1 not from you"),
        ("RCPT", "550 5.7.1 <ada@example.com>: user unknown to us, policy"),
        ("RCPT", "552 5.2.2 mailbox full"),
        ("RCPT", "451 4.1.1 not now"),
        ("MAIL", "550 5.1.1 user unknown"),
        ("FINAL", "554 5.7.0 your message looks like spam"),
        ("RCPT", "550 no"),
    ],
)
def test_what_is_not_the_address_own_fault_never_counts(
    outgoing: Outgoing, command: str, reply: str
) -> None:
    answers: dict[str, Reply] = {command: reply}
    with scripted(answers) as server:
        for number in range(4):
            outgoing.owe(ADA, key=f"k{number}")
        outgoing.send(relay(server.port), rule=SuppressionRule(bounces=1))
    assert suppressed(outgoing) == []


def test_without_a_rule_nobody_is_suppressed(outgoing: Outgoing) -> None:
    with scripted({"RCPT": UNKNOWN}) as server:
        for number in range(4):
            outgoing.owe(ADA, key=f"k{number}")
        outgoing.send(relay(server.port))
    assert suppressed(outgoing) == []


def test_a_refusal_has_the_reason_that_its_report_would_have() -> None:
    result = classified(Phase.FINAL, 550, b"5.1.1 no such user here", dsn_offered=False)
    assert (result.reason, result.severity) == ("userunknown", "hard")
    later = classified(Phase.RCPT, 450, b"4.2.0 greylisted", dsn_offered=False)
    assert (later.reason, later.severity) == ("", "")
