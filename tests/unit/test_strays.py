"""What came back and changed nothing: listed, counted, shown, and never believed."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from agent.cli.main import app
from agent.exits import Exit
from agent.inbound.imap import Mail
from agent.inbound.ingest import Ingest
from agent.reconcile.reports import COLUMNS
from parsers.read import read
from parsers.token import Keyring, Purpose, sign
from store import channels, evidence, notices, strays
from store.ids import first_id, new_id, tracking_id
from store.plain import Plain
from store.words import Verdict
from tests.plugins.ledgers import T0, Desk
from tests.plugins.owed import BOUNCES, DOMAIN, KEYRING, REPLIES, Owed, open_owed, policies
from tests.plugins.storybook import write_config

HOUR = timedelta(hours=1)
FORGER = Keyring({1: b"fedcba9876543210fedcba9876543210"}, current=1)
RETIRED = Keyring({3: b"33333333333333333333333333333333"}, current=3)


@pytest.fixture
def owed(tmp_path: Path) -> Iterator[Owed]:
    with open_owed(tmp_path) as ledger:
        write_config(tmp_path)
        yield ledger


def hear(owed: Owed, *mails: bytes) -> list[str]:
    """Record mails in one batch; the outcomes."""
    with owed.ledger.transaction() as tx:
        channel = channels.ensure(tx, "bounces/INBOX", "imap", owed.now())
    ingest = Ingest(
        owed.ledger, channel.id, channel.name, KEYRING, policies, read=read, tidies=True
    )
    batch = [Mail(uid, mail) for uid, mail in enumerate(mails, channel.last_uid + 1)]
    return [one.correlation.outcome for one in ingest.take(batch, 1, now=owed.now())]


def to(keyring: Keyring, purpose: Purpose, number: int, attempt: int = 1) -> str:
    form = REPLIES if purpose is Purpose.REPLY else BOUNCES
    return form.address(sign(keyring, purpose, number, attempt))


def test_a_report_that_may_not_be_believed_changes_no_state(owed: Owed) -> None:
    """Wrong signature, retired key, another purpose, never made, never mailed, not ours."""
    anna, ben = owed.mail("k1", "anna@a.example", "ben@b.example")
    before = [owed.delivery(number).state for number in (anna, ben)]
    addresses = {
        to(FORGER, Purpose.BOUNCE, anna): "forged",
        to(RETIRED, Purpose.BOUNCE, anna): "foreign",
        to(KEYRING, Purpose.MESSAGE, anna): "forged",
        to(KEYRING, Purpose.CLICK, anna): "forged",
        to(KEYRING, Purpose.BOUNCE, anna, 7): "foreign",
        to(KEYRING, Purpose.BOUNCE, new_id(owed.now())): "foreign",
        f"nobody@{DOMAIN}": "unmatched",
    }
    heard = hear(owed, *(owed.dsn(anna, "failed", to=address) for address in addresses))
    assert heard == list(addresses.values())
    assert [owed.delivery(number).state for number in (anna, ben)] == before
    assert strays.count(owed.ledger.url) == {"forged": 3, "foreign": 3, "unmatched": 1}
    with owed.ledger.transaction(read_only=True) as tx:
        # nothing of it is moved or flagged: what was not understood is left alone
        assert channels.pending_moves(tx, 0) == []
        assert len(evidence.unmatched(tx)) == 7
    # the true one is believed all the same
    assert hear(owed, owed.dsn(anna, "failed")) == ["matched"]
    assert owed.verdicts([anna, ben]) == [Verdict.GAP, Verdict.WAITING]


def test_a_delivery_that_was_never_mailed_is_not_believed_in(owed: Owed) -> None:
    new = notices.NewNotice("k9", "alert", "x", f"ops@{DOMAIN}", b"Subject: x\r\n\r\nx\r\n")
    with owed.ledger.transaction() as tx:
        person = notices.NewRecipient("zoe@z.example", "zoe@z.example")
        accepted = notices.accept(tx, new, [person], policies=policies, now=owed.now())
    number = accepted.deliveries[0].id
    assert hear(owed, owed.dsn(number, "failed")) == ["foreign"]
    assert owed.verdicts([number]) == [Verdict.WAITING]


def run(owed_folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["-c", str(owed_folder / "landed.toml"), "unmatched", *words])


def test_of_a_long_mail_the_beginning_is_kept(owed: Owed, tmp_path: Path) -> None:
    """A flood of large mail must not fill the ledger."""
    mail = b"Subject: long\r\n\r\n" + b"".join(b"%07d\r\n" % n for n in range(300_000))
    hear(owed, mail)
    (row,) = json.loads(run(tmp_path, "--format", "json").stdout)
    shown = run(tmp_path, "show", row["report"]).stdout
    assert f"kept      its first {1 << 20} of {len(mail)} octets" in shown
    assert "0000001" in shown
    assert "0299999" not in shown


def test_a_stranger_who_writes_much_pushes_nothing_out_of_sight(owed: Owed, tmp_path: Path) -> None:
    hear(
        owed, b"From: " + b"a" * 300 + b"@b.example\r\nSubject: " + b"y" * 5_000 + b"\r\n\r\nx\r\n"
    )
    assert max(map(len, run(tmp_path).stdout.splitlines())) < 300
    (row,) = json.loads(run(tmp_path, "--format", "json").stdout)
    assert len(row["subject"]) > 100, "programs have it all"


def test_the_command_lists_counts_and_shows(owed: Owed, tmp_path: Path) -> None:
    assert run(tmp_path).stdout == "No such reports.\n"
    (anna,) = owed.mail("k1", "anna@a.example")
    evil = owed.dsn(anna, "failed", to=to(FORGER, Purpose.BOUNCE, anna)).replace(
        b"Subject: Delivery", b"Subject: \x1b[2J\xe2\x80\xaeDelivery"
    )
    hear(owed, evil, b"From: a@b.example\r\nSubject: lunch?\r\n\r\nAt noon.\r\n")
    table = run(tmp_path).stdout
    assert table.endswith(
        "1 unmatched, 1 forged; 2 shown. landed unmatched show REPORT prints one.\n"
    )
    assert "\x1b" not in table
    assert "the signature does not match" in table
    assert "no clue" in table
    (row,) = json.loads(run(tmp_path, "--outcome", "forged", "--format", "json").stdout)
    assert tuple(row) == COLUMNS["unmatched"]
    assert (row["outcome"], row["kind"], row["channel"]) == ("forged", "dsn", "bounces/INBOX")
    rows = list(csv.DictReader(io.StringIO(run(tmp_path, "--format", "csv").stdout)))
    assert [one["outcome"] for one in rows] == ["unmatched", "forged"]
    assert len(json.loads(run(tmp_path, "--limit", "1", "--format", "json").stdout)) == 1
    later = (owed.now() + HOUR).isoformat()
    assert json.loads(run(tmp_path, "--since", later, "--format", "json").stdout) == []
    assert len(json.loads(run(tmp_path, "--since", "1h", "--format", "json").stdout)) == 2
    shown = run(tmp_path, "show", row["report"]).stdout
    assert "tried     addressed: mark refused, the signature does not match" in shown
    assert "Final-Recipient: rfc822; anna@a.example" in shown
    assert "\\x1b[2J" in shown
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", shown)


def test_a_bounce_that_somebody_misses_is_found_by_whom_it_names(
    owed: Owed, tmp_path: Path
) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    lost = owed.dsn(anna, "failed", to="bounces@bounces.example")
    text = lost.replace(b"A report on your mail.", b"Done.")
    words = (
        b"From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered Mail Returned to Sender\r\n\r\n"
        b"<ben_b@b.example>: 550 5.1.1 user unknown\r\n"
    )
    hear(owed, text, words, b"From: c@d.example\r\nSubject: 100% lunch?\r\n\r\nAt noon.\r\n")

    def found(about: str) -> list[str]:
        rows = json.loads(run(tmp_path, "--about", about, "--format", "json").stdout)
        return [row["summary"] for row in rows]

    assert found("Anna@A.example") == ["anna@a.example failed"]
    assert found("ben_b@") == ["ben_b@b.example failed: 550 5.1.1 user unknown"]
    assert found("benxb@") == [], "an underscore is none but itself"
    assert len(found("%")) == 1
    assert found("nobody") == []
    assert run(tmp_path, "--about", "nobody").stdout == "No such reports.\n"
    (row,) = json.loads(run(tmp_path, "--about", "anna@", "--format", "json").stdout)
    shown = run(tmp_path, "show", row["report"]).stdout
    assert "summary   anna@a.example failed" in shown
    assert "next      where it is of a notice of yours, landed recipient ADDRESS" in shown


def test_a_wrong_outcome_or_report_is_told(owed: Owed, tmp_path: Path) -> None:
    wrong = run(tmp_path, "--outcome", "lost")
    assert wrong.exit_code == Exit.USAGE
    assert 'there is no "lost"; there are unmatched, forged' in wrong.stderr
    for name in ("4711", "x", tracking_id(5), "9" * 30):
        assert run(tmp_path, "show", name).exit_code == Exit.NOT_FOUND


def test_a_report_whose_mail_was_purged_still_says_what_was_tried(
    owed: Owed, tmp_path: Path
) -> None:
    hear(owed, b"From: a@b.example\r\nSubject: lunch?\r\n\r\nAt noon.\r\n")
    with owed.ledger.transaction() as tx:
        evidence.purge_raw(tx, before=owed.now() + HOUR)
    ((told, *_),) = (strays.newest(owed.ledger.url),)
    shown = run(tmp_path, "show", str(told.id)).stdout
    assert "no longer kept" in shown
    assert "tried     no clue" in shown


def test_since_is_exact_also_after_the_clock_went_back(desk: Desk) -> None:
    inbox = desk.channel()
    new_id(T0 + timedelta(days=400))  # ids of this process run ahead from here on
    with desk.ledger.transaction() as tx:
        report = desk.report(inbox.id, 1)._replace(outcome="forged")
        evidence.record(tx, report, [], policies=desk.policies, now=T0)
    assert strays.count(desk.ledger.url, since=T0) == {"forged": 1}
    assert strays.count(desk.ledger.url, since=T0 + HOUR) == {}
    assert strays.newest(desk.ledger.url, since=T0 + HOUR) == []


def test_strays_are_the_same_on_every_database(desk: Desk) -> None:
    inbox = desk.channel()
    delivery = desk.one()
    desk.send(delivery)
    with desk.ledger.transaction() as tx:
        for uid, outcome in enumerate(("forged", "matched", "unmatched", "canary"), 1):
            report = desk.report(inbox.id, uid)._replace(outcome=outcome, tried="a: b\nc: d")
            evidence.record(tx, report, [], policies=desk.policies, now=T0)
    found = strays.newest(desk.ledger.url)
    assert [one.outcome for one in found] == ["unmatched", "forged"]
    assert found[0].tried == ("a: b", "c: d")
    assert found[0].received_at.tzinfo is UTC
    assert len(strays.newest(desk.ledger.url, limit=1)) == 1
    assert strays.newest(desk.ledger.url, limit=0) == found
    later = Owed.now() + timedelta(days=1)
    assert strays.count(desk.ledger.url, since=later) == {}
    assert strays.newest(desk.ledger.url, since=later) == []
    kept = strays.one(desk.ledger.url, found[0].id)
    assert kept is not None
    assert kept[1] == b"raw mail"
    assert strays.one(desk.ledger.url, 4711) is None


def test_a_flood_costs_a_reader_no_more_than_what_is_shown(owed: Owed) -> None:
    plain = Plain.open(owed.ledger.url)
    try:
        with plain.snapshot():
            plan = plain.rows(
                """EXPLAIN QUERY PLAN SELECT id FROM report WHERE outcome = ?
                AND outcome <> 'matched' AND id >= ? ORDER BY id DESC LIMIT ?""",
                ["forged", 0, 10],
            )
    finally:
        plain.close()
    (step,) = [row[-1] for row in plan]
    assert "ix_report_unmatched" in step
    assert "TEMP B-TREE" not in step


def test_the_first_id_of_a_moment_is_below_all_that_follow() -> None:
    assert first_id(None) == 0
    assert first_id(T0) <= new_id(T0)
    assert first_id(T0 + HOUR) > first_id(T0)
