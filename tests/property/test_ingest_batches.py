"""A batch of mail leaves the ledger as the same mail one by one does, whatever is in it."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from agent.inbound.imap import Mail
from agent.inbound.ingest import Ingest
from parsers.read import read
from parsers.report import Report
from parsers.token import Keyring, Purpose, sign
from store import channels, evidence
from store.database import Ledger
from store.words import SuppressionRule
from tests.plugins.owed import BOUNCES, KEYRING, Owed, open_owed, policies

# a loaded machine is slow, not wrong; and the fixture serves all examples
UNLUCKY = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
FORGER = Keyring({1: b"another secret, not ours at all!"}, 1)
STRANGER = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: lunch?\r\n\r\nAt noon.\r\n"
POISON = b"Subject: poison\r\n\r\nx\r\n"  # breaks the parser
REFUSED = b"Subject: refused\r\n\r\nx\r\n"  # is nothing that a table could hold
SHARED = "shared@notices.example"
TOLD = {
    "report": "SELECT uidvalidity, uid, kind, outcome, tried, summary, message_id, raw_size,"
    " moved_at FROM report ORDER BY uid",
    "evidence": "SELECT e.delivery_id, e.digest, e.kind, e.occurred_at, e.assurance, e.attempt,"
    " e.clue, e.status, e.detail, r.uid FROM evidence e LEFT JOIN report r ON r.id = e.report_id"
    " ORDER BY e.delivery_id, e.digest",
    "delivery": "SELECT id, verdict, stage, assurance, gap, why, deadline, next_look_at,"
    " needs_watermark, resend_at, give_up_at, next_attempt_at FROM delivery ORDER BY id",
    "gap": "SELECT delivery_id, kind FROM gap WHERE closed_at IS NULL ORDER BY delivery_id",
    "suppression": "SELECT address, reason FROM suppression ORDER BY address",
    "channel": "SELECT uidvalidity, last_uid FROM channel",
}


@dataclass(frozen=True, slots=True)
class Shelf:
    """A ledger to start from, and mail about what is owed in it."""

    path: Path
    mails: tuple[bytes, ...]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    folder = tmp_path_factory.mktemp("shelf")
    with open_owed(folder) as owed:
        ids = owed.mail("k1", "anna@a.example", "ben@b.example")
        ids += owed.mail("k2", "anna@a.example", message_id=SHARED)
        ids += owed.mail("k3", "carla@a.example", message_id=SHARED)
        owed.ledger.run(lambda tx: channels.ensure(tx, "bounces", "imap", owed.now()))
        mails = [
            owed.dsn(number, action)
            for number in ids
            for action in ("failed", "delivered", "delayed", "relayed")
        ]
        mails += [owed.reply(number) for number in ids]
        mails.append(owed.reply(ids[2], to="ops@notices.example", reference=SHARED))
        forged = BOUNCES.address(sign(FORGER, Purpose.BOUNCE, ids[0], 1))
        foreign = BOUNCES.address(sign(KEYRING, Purpose.BOUNCE, 4711, 1))
        mails += [owed.dsn(ids[0], "failed", to=to) for to in (forged, foreign)]
    return Shelf(folder / "landed.db", (*mails, STRANGER, POISON, REFUSED))


def fragile(raw: bytes) -> Report:
    if raw == POISON:
        raise RuntimeError("no such thing")
    report = read(raw)
    return msgspec.structs.replace(report, subject=7) if raw == REFUSED else report


def told(ledger: Ledger) -> dict[str, list[Any]]:
    with ledger.transaction(read_only=True) as tx:
        return {
            name: [tuple(row) for row in tx.execute(text(words))] for name, words in TOLD.items()
        }


def taking(ledger: Ledger) -> Ingest:
    channel = ledger.run(lambda tx: channels.ensure(tx, "bounces", "imap", Owed.now()))
    return Ingest(
        ledger=ledger,
        channel_id=channel.id,
        channel="bounces",
        keyring=KEYRING,
        policies=policies,
        read=fragile,
        tidies=True,
        rule=SuppressionRule(bounces=2),
    )


def after(shelf: Shelf, folder: Path, batches: Sequence[Sequence[Mail]]) -> dict[str, list[Any]]:
    path = folder / "landed.db"
    for old in folder.iterdir():
        old.unlink()
    shutil.copy(shelf.path, path)
    ledger = Ledger.open(path)
    try:
        ingest = taking(ledger)
        for mails in batches:
            ingest.take(mails, 7, now=NOW)
        return told(ledger)
    finally:
        ledger.close()


NOW = Owed.now() + timedelta(minutes=5)


@settings(max_examples=40, suppress_health_check=UNLUCKY)
@given(st.data())
def test_it_is_the_same_in_any_batches(shelf: Shelf, tmp_path: Path, data: st.DataObject) -> None:
    raws = data.draw(st.lists(st.sampled_from(shelf.mails), min_size=1, max_size=12))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(raws)), max_size=4)))
    mails = [Mail(uid, raw, NOW) for uid, raw in enumerate(raws, start=1)]
    if data.draw(st.booleans()):
        mails.append(Mail(mails[0].uid, mails[-1].raw, NOW))  # a UID that is given twice
        mails.sort(key=lambda mail: mail.uid)
    edges = [0, *cuts, len(mails)]
    batches = [mails[start:end] for start, end in pairwise(edges) if start < end]
    assert after(shelf, tmp_path, batches) == after(shelf, tmp_path, [[mail] for mail in mails])


@settings(max_examples=40, suppress_health_check=UNLUCKY)
@given(st.data())
def test_what_is_owed_stands_the_same_in_any_order_and_with_repeats(
    shelf: Shelf, tmp_path: Path, data: st.DataObject
) -> None:
    raws = data.draw(st.lists(st.sampled_from(shelf.mails), min_size=1, max_size=10, unique=True))
    again = data.draw(st.permutations([*raws, *data.draw(st.lists(st.sampled_from(raws)))]))

    def stands(order: Sequence[bytes]) -> list[list[Any]]:
        mails = [Mail(uid, raw, NOW) for uid, raw in enumerate(order, start=1)]
        rows = after(shelf, tmp_path, [part for part in (mails[:3], mails[3:]) if part])
        facts = sorted(row[:9] for row in rows["evidence"])
        return [facts, rows["delivery"], rows["gap"], [row[:1] for row in rows["suppression"]]]

    assert stands(again) == stands(raws)


def test_one_that_is_refused_costs_few_transactions(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mails = [Mail(uid, STRANGER, NOW) for uid in range(1, 200)] + [Mail(200, REFUSED, NOW)]
    sizes: list[int] = []
    whole = evidence.record_many

    def counting(tx: Any, reports: Any, **rest: Any) -> Any:
        sizes.append(len(reports))
        return whole(tx, reports, **rest)

    monkeypatch.setattr(evidence, "record_many", counting)
    rows = after(shelf, tmp_path, [mails])["report"]
    assert [row[3] for row in rows] == ["unmatched"] * 199 + ["unreadable"]
    assert len(sizes) < 20


def test_a_crash_before_the_commit_leaves_nothing_and_the_next_try_all(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mails = [Mail(uid, raw, NOW) for uid, raw in enumerate(shelf.mails, start=1)]
    whole = after(shelf, tmp_path, [mails])
    path = tmp_path / "landed.db"
    shutil.copy(shelf.path, path)
    before = told(ledger := Ledger.open(path))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    try:
        with monkeypatch.context() as patch:
            patch.setattr(channels, "advance", die)
            with pytest.raises(KeyboardInterrupt):
                taking(ledger).take(mails, 7, now=NOW)
        assert told(ledger) == before
        taking(ledger).take(mails, 7, now=NOW)
        again = told(ledger)
        taking(ledger).take(mails, 7, now=NOW)
        assert told(ledger) == again == whole
    finally:
        ledger.close()
