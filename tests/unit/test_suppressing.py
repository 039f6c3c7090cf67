"""From mail that was read to the suppression list and off it again, and what people see."""

import logging
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from agent.config import Config, Digest, Duration, Suppression
from agent.doctor.examine import readers
from agent.doctor.finding import Level
from agent.inbound.imap import Mail
from agent.inbound.ingest import Ingest
from agent.reconcile.digest import Plan, send_due
from agent.wiring import reconciling
from parsers.read import read
from parsers.token import Purpose, sign
from store import channels, suppressions
from store.database import Ledger
from store.migrations.run import upgrade
from store.reading import Reader
from store.words import GapKind, SuppressionRule
from tests.plugins.owed import KEYRING, Owed, open_owed, policies

ANNA = "anna@a.example"
LOG = logging.getLogger("landed.test")


@pytest.fixture
def owed(tmp_path: Path) -> Iterator[Owed]:
    with open_owed(tmp_path) as ledger:
        yield ledger


class Desk:
    """Reads mails into the ledger as a watcher does, one after the other."""

    def __init__(self, owed: Owed, rule: SuppressionRule | None, *, authserv_id: str = "") -> None:
        with owed.ledger.transaction() as tx:
            channel = channels.ensure(tx, "bounces/INBOX", "imap", owed.now())
        self._uid = 0
        self._ingest = Ingest(
            owed.ledger, channel.id, "bounces/INBOX", KEYRING, policies, read, False, rule, LOG,
            authserv_id=authserv_id,
        )  # fmt: skip

    def take(self, raw: bytes, at: datetime) -> str:
        self._uid += 1
        (taken,) = self._ingest.take([Mail(self._uid, raw, at)], 1, now=at)
        return taken.correlation.outcome


def entries(owed: Owed) -> list[str]:
    with owed.ledger.transaction() as tx:
        return [one.address for one in suppressions.list_all(tx)]


def test_bounces_suppress_and_an_answer_lifts_it(
    owed: Owed, caplog: pytest.LogCaptureFixture
) -> None:
    ids = [owed.mail(f"k{n}", ANNA)[0] for n in range(3)]
    mails = Desk(owed, SuppressionRule(bounces=2))
    now = owed.now()
    with caplog.at_level(logging.WARNING, "landed.test"):
        assert mails.take(owed.dsn(ids[0], "failed"), now) == "matched"
        assert mails.take(owed.dsn(ids[1], "failed", status="5.7.1"), now) == "matched"
        assert entries(owed) == []
        mails.take(owed.dsn(ids[2], "failed"), now)
        assert entries(owed) == [ANNA]
        assert mails.take(owed.reply(ids[0]), now + timedelta(minutes=1)) == "matched"
        assert entries(owed) == []
    assert [one.message for one in caplog.records] == ["suppressed", "freed"]


def test_without_a_rule_nothing_is_suppressed(owed: Owed) -> None:
    (number,) = owed.mail("k", ANNA)
    assert Desk(owed, None).take(owed.dsn(number, "failed"), owed.now()) == "matched"
    assert entries(owed) == []


def stranger(mail: bytes) -> bytes:
    return mail.replace(f"From: {ANNA}".encode(), b"From: mallory@m.example")


def automatic(mail: bytes) -> bytes:
    return b"Auto-Submitted: auto-replied\r\n" + mail


def unmarked(mail: bytes) -> bytes:
    head, _, rest = mail.partition(b"\r\nTo: ")
    return head + b"\r\nTo: ops@notices.example" + rest[rest.index(b"\r\n") :]


@pytest.mark.parametrize("change", [stranger, automatic, unmarked])
def test_what_lifts_nothing(owed: Owed, change: object) -> None:
    (number,) = owed.mail("k", ANNA, message_id="shared@notices.example")
    mails = Desk(owed, SuppressionRule(bounces=1))
    now = owed.now()
    mails.take(owed.dsn(number, "failed"), now)
    assert entries(owed) == [ANNA]
    answer = owed.reply(number, reference="shared@notices.example")
    assert callable(change)
    assert mails.take(change(answer), now + timedelta(minutes=1)) == "matched"
    assert entries(owed) == [ANNA]


FRESH = (
    f"From: Anna <{ANNA}>\r\nTo: ops@notices.example\r\nSubject: I am back\r\n"
    "Message-ID: <fresh@a.example>\r\n\r\nPlease write to me again.\r\n"
).encode()
RESULTS = b"Authentication-Results: mx.notices.example; %b header.from=a.example\r\n"


@pytest.mark.parametrize(
    ("head", "lifts"),
    [
        (RESULTS % b"dmarc=pass", True),
        (RESULTS % b"spf=pass smtp.mailfrom=a.example; dmarc=pass (p=none)", True),
        (b"", False),
        (RESULTS % b"dmarc=fail", False),
        (RESULTS % b"dkim=pass", False),
        (RESULTS.replace(b"=a.", b"=b.") % b"dmarc=pass", False),
        (RESULTS.replace(b"mx.", b"mx2.") % b"dmarc=pass", False),
        (b"Auto-Submitted: auto-replied\r\n" + RESULTS % b"dmarc=pass", False),
    ],
)
def test_a_mail_of_their_own_lifts_it_where_our_host_has_verified_who_wrote(
    owed: Owed, head: bytes, lifts: bool
) -> None:
    (number,) = owed.mail("k", ANNA)
    mails = Desk(owed, SuppressionRule(bounces=1), authserv_id="mx.notices.example")
    now = owed.now()
    mails.take(owed.dsn(number, "failed"), now)
    assert entries(owed) == [ANNA]
    mails.take(head + FRESH, now + timedelta(minutes=1))
    assert entries(owed) == ([] if lifts else [ANNA])


def test_without_a_host_to_believe_no_such_mail_lifts_anything(owed: Owed) -> None:
    (number,) = owed.mail("k", ANNA)
    mails = Desk(owed, SuppressionRule(bounces=1))
    mails.take(owed.dsn(number, "failed"), owed.now())
    mails.take(RESULTS % b"dmarc=pass" + FRESH, owed.now() + timedelta(minutes=1))
    assert entries(owed) == [ANNA]


def test_a_forged_bounce_silences_nobody(owed: Owed) -> None:
    (number,) = owed.mail("k", ANNA)
    mails = Desk(owed, SuppressionRule(bounces=1))
    mark = sign(KEYRING, Purpose.BOUNCE, number, 1)
    altered = mark[:-1] + ("a" if mark[-1] != "a" else "b")
    forged = owed.dsn(number, "failed").replace(mark.encode(), altered.encode())
    assert altered.encode() in forged
    assert mails.take(forged, owed.now()) != "matched"
    assert entries(owed) == []


def test_an_admin_who_gets_no_digest_is_told_of(
    owed: Owed, caplog: pytest.LogCaptureFixture
) -> None:
    now = datetime.now(UTC)
    with owed.ledger.transaction() as tx:
        suppressions.add(tx, "ops@example.org", reason="bounced", by="kim", now=now)
    owed.mail("k", ANNA)
    plan = Plan(
        to=("ops@example.org", "boss@example.org"),
        sender="Notices <notices@example.org>",
        schedule="* * * * *",
        when_empty="all-clear",
        subject="Undelivered",
        notice_class="digest",
        most=10,
        sweep_every=timedelta(minutes=1),
        read=lambda: Reader.open(owed.ledger.url),
    )
    with caplog.at_level(logging.INFO, "landed.test"):
        accepted = send_due(owed.ledger, plan, policies, now, LOG)
    assert accepted is not None
    assert [one.message for one in caplog.records] == ["digest-suppressed", "digest"]
    assert owed.delivery(accepted.deliveries[0].id).state.gap is GapKind.SUPPRESSED
    assert owed.delivery(accepted.deliveries[1].id).state.gap is None
    (found,) = readers(Config(digest=Digest(to=plan.to)), owed.ledger)
    assert found.level is Level.FAIL
    assert found.found == "ops@example.org is suppressed, so this admin gets no digest: bounced"


def test_the_rule_comes_from_the_configuration() -> None:
    wanted = Suppression(bounces=7, complaints=0, within=Duration(days=2), reasons=("hasmoved",))
    rule = reconciling.suppression_rule(Config(suppression=wanted))
    assert rule == SuppressionRule(7, 0, timedelta(days=2), frozenset({"hasmoved"}))
    assert reconciling.suppression_rule(Config()) == SuppressionRule()


def test_a_ledger_of_before_keeps_its_entries(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        upgrade(connection, "0001")
        connection.execute(
            text(
                "INSERT INTO suppression (id, address, reason, added_by, added_at) "
                "VALUES (1, 'a@a.example', 'left', 'kim', 0)"
            )
        )
    engine.dispose()
    with closing(Ledger.open(path)) as ledger:
        assert not ledger.schema_is_current()
        ledger.migrate()
        with ledger.transaction() as tx:
            (entry,) = suppressions.list_all(tx)
    assert (entry.reason, entry.automatic, entry.evidence) == ("left", False, ())
