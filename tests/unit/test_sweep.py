"""The sweep: works in batches until nothing is due, and one bad row stops no other."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent.reconcile.sweep import Swept, purge_once, sweep_once
from store import evidence, gaps, notices, outbox
from store.database import Ledger
from store.notices import NewNotice, NewRecipient
from store.reading import Reader
from store.words import Policy, PolicyBook
from tests.plugins.storybook import OWED, SWEPT, policies, tell_story

LOG = logging.getLogger("landed.test")
LATE = OWED + timedelta(days=5)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "landed.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    opened = Ledger.open(path)
    yield opened
    opened.close()


def owe(
    ledger: Ledger, people: int, domain: str = "example.org", expected: PolicyBook = policies
) -> list[int]:
    with ledger.transaction() as tx:
        accepted = notices.accept(
            tx,
            NewNotice(f"n-{domain}", "alert", "s", "a@example.org", b"x"),
            [NewRecipient(f"p{n}@{domain}", f"p{n}@{domain}") for n in range(people)],
            policies=expected,
            now=OWED,
        )
    return [one.id for one in accepted.deliveries]


def told(caplog: pytest.LogCaptureFixture) -> dict[str, dict[str, object]]:
    return {record.message: record.__dict__["landed_fields"] for record in caplog.records}


def test_everything_overdue_is_judged_however_small_the_batches(
    ledger: Ledger, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    owe(ledger, 7)
    with caplog.at_level(logging.INFO, "landed.test"):
        done = sweep_once(ledger, policies, LATE, LOG, batch=2)
    assert (done.given_up, done.opened, done.closed, done.failed) == (7, 7, 0, 0)
    assert told(caplog)["given-up"] == {"deliveries": 7}
    assert told(caplog)["gaps-opened"] == {"deliveries": 7}
    named = [record for record in caplog.records if record.message == "gap-opened"]
    assert {record.__dict__["landed_fields"]["recipient"] for record in named} == {
        f"p{number}@example.org" for number in range(7)
    }
    assert named[0].__dict__["landed_fields"]["kind"] == "unsent"
    with Reader.open(path) as reader:
        assert reader.count_gaps() == {"unsent": 7}
    caplog.clear()
    with caplog.at_level(logging.INFO, "landed.test"):
        assert sweep_once(ledger, policies, LATE, LOG, batch=2) == Swept(0, 0, 0, 0, 0, 0)
    assert not caplog.records


def test_gaps_that_open_by_time_alone_are_told(
    ledger: Ledger, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    owe(ledger, 3)
    patient = Policy(name="patient", within=timedelta(hours=1), give_up_after=timedelta(days=9))
    with caplog.at_level(logging.INFO, "landed.test"):
        sweep_once(ledger, lambda *_: patient, SWEPT, LOG)
        done = sweep_once(ledger, lambda *_: patient, SWEPT, LOG)
    assert done.looked == 0
    assert told(caplog)["gaps-opened"] == {"deliveries": 3}
    with Reader.open(path) as reader:
        assert reader.count_gaps() == {"unsent": 3}


def test_a_started_attempt_whose_worker_is_gone_becomes_ambiguous(
    ledger: Ledger, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (delivery,) = owe(ledger, 1)
    with ledger.transaction() as tx:
        outbox.claim(tx, worker="w", limit=1, lease=timedelta(minutes=1), now=OWED)
        outbox.start_attempt(
            tx,
            delivery,
            worker="w",
            route="relay",
            envelope_from="b@bounces.example.org",
            message_id="m@example.org",
            now=OWED,
        )
    with caplog.at_level(logging.INFO, "landed.test"):
        done = sweep_once(ledger, policies, OWED + timedelta(minutes=2), LOG)
    assert done.reaped == 1
    assert told(caplog)["attempts-reaped"] == {"deliveries": 1}
    with Reader.open(path) as reader:
        trace = reader.trace(delivery)
    assert trace is not None
    assert "ambiguous" in {fact.kind for fact in trace.evidence}


def test_a_delivery_that_cannot_be_judged_stops_no_other(
    ledger: Ledger, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    patient = Policy(name="patient", give_up_after=timedelta(days=9))
    owe(ledger, 2, "odd.example", lambda *_: patient)
    owe(ledger, 2, expected=lambda *_: patient)

    def broken(notice_class: str, domain: str) -> Policy:
        if domain == "odd.example":
            raise ValueError(f"no policy for {notice_class} to {domain}")
        return patient

    with caplog.at_level(logging.INFO, "landed.test"):
        done = sweep_once(ledger, broken, SWEPT, LOG)
    assert (done.failed, done.opened) == (2, 2)
    bad = [record for record in caplog.records if record.message == "not-judged"]
    assert len(bad) == 2
    assert "no policy for alert to odd.example" in str(bad[0].__dict__["landed_fields"]["why"])
    # put off: the next sweep leaves them alone, a later one asks again
    assert sweep_once(ledger, broken, SWEPT, LOG).failed == 0
    assert sweep_once(ledger, broken, SWEPT + timedelta(hours=2), LOG).failed == 2
    with Reader.open(path) as reader:
        assert reader.count_gaps() == {"unsent": 2}


def test_gaps_are_seen_to_close(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    story = tell_story(tmp_path)
    ledger = Ledger.open(story.ledger)
    quiet = Policy(name="quiet", silence_is_good=True)
    with ledger.transaction() as tx:
        assert gaps.rejudge_all(tx, now=SWEPT) > 0
    with caplog.at_level(logging.INFO, "landed.test"):
        done = sweep_once(ledger, lambda *_: quiet, SWEPT, LOG)
    assert done.closed >= 1
    assert told(caplog)["gaps-closed"] == {"deliveries": done.closed}
    ledger.close()


def test_old_reports_lose_their_mail_and_keep_their_evidence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    story = tell_story(tmp_path)
    ledger = Ledger.open(story.ledger)
    keep = timedelta(days=90)
    with caplog.at_level(logging.INFO, "landed.test"):
        assert purge_once(ledger, keep, SWEPT, LOG) == 0
        assert not caplog.records
        assert purge_once(ledger, keep, OWED + timedelta(days=91), LOG, batch=4) == 6
        assert purge_once(ledger, keep, OWED + timedelta(days=91), LOG) == 0
    assert told(caplog)["reports-purged"]["reports"] == 6
    with ledger.transaction() as tx:
        rows = evidence.unmatched(tx)
        assert not rows
    with Reader.open(story.ledger) as reader:
        trace = reader.trace(story.ids["ben"])
    assert trace is not None
    assert any(fact.diagnostic for fact in trace.evidence)
    ledger.close()
