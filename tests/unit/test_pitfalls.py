"""What real mail does, from the octets of a report to the verdict: traps that others fell into.

Each sender's own habits are samples in tests/data.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from agent.inbound.imap import Mail
from agent.inbound.ingest import Ingest
from parsers.read import read
from parsers.token import Keyring, Purpose, sign
from store import channels
from store.reading import Reader
from store.tables import NOTICE
from store.words import FactKind
from tests.plugins.owed import KEYRING, Owed, open_owed, policies

ADA = "ada@people.example"


class Desk:
    """One delivery, and what came back on it."""

    def __init__(self, owed: Owed) -> None:
        self.owed = owed
        (self.delivery,) = owed.mail("k1", ADA)
        self.back = owed.bounce_address(self.delivery)
        channel = owed.ledger.run(lambda tx: channels.ensure(tx, "b/INBOX", "imap", owed.now()))
        self.ingest = Ingest(owed.ledger, channel.id, "b/INBOX", KEYRING, policies, read, False)
        self.uid = 0

    def hear(self, *mails: str | bytes) -> list[str]:
        """Outcomes, in order."""
        raws = [one.encode() if isinstance(one, str) else one for one in mails]
        given = [Mail(self.uid + place, raw) for place, raw in enumerate(raws, 1)]
        self.uid += len(given)
        taken = self.ingest.take(given, 7, now=self.owed.now())
        return [one.correlation.outcome for one in taken]

    def dsn(self, action: str, status: str = "") -> str:
        return self.owed.dsn(self.delivery, action, status=status).decode()

    @property
    def verdict(self) -> str:
        state = self.owed.delivery(self.delivery).state
        return str(state.gap or state.verdict)

    @property
    def facts(self) -> list[str]:
        with Reader.open(self.owed.ledger.url) as reader:
            trace = reader.trace(self.delivery)
        assert trace is not None
        ours = {FactKind.OWED, FactKind.STARTED, FactKind.ACCEPTED}
        return [one.kind for one in trace.evidence if one.kind not in ours]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_owed(tmp_path) as owed:
        yield Desk(owed)


def mail(*fields: str, text: str = "Words.") -> str:
    return "\r\n".join([*fields, "", text, ""])


def receipt(to: str, disposition: str, *, agent: str = "Outlook") -> str:
    return mail(
        f"From: {ADA}",
        f"To: {to}",
        "Subject: Not read",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"',
        text="--b\r\nContent-Type: text/plain\r\n\r\nYour message.\r\n"
        "--b\r\nContent-Type: message/disposition-notification\r\n\r\n"
        f"Reporting-UA: people.example; {agent}\r\n"
        f"Final-Recipient: rfc822; {ADA}\r\nDisposition: {disposition}\r\n\r\n--b--",
    )


def test_a_bounce_that_calls_itself_an_automatic_answer_is_a_bounce(desk: Desk) -> None:
    assert "Auto-Submitted: auto-replied" in desk.dsn("failed")
    assert desk.hear(desk.dsn("failed")) == ["matched"]
    assert (desk.verdict, desk.facts) == ("failed", ["failed"])


def test_a_failure_with_a_temporary_status_is_final(desk: Desk) -> None:
    desk.hear(desk.dsn("failed", "4.4.7"))
    assert desk.verdict == "failed"


def test_a_delay_is_no_failure_and_what_comes_after_it_counts(desk: Desk) -> None:
    desk.hear(*[desk.dsn("delayed")] * 5)
    assert desk.verdict == "waiting"
    desk.hear(desk.dsn("delivered"))
    assert desk.verdict == "landed"


def test_a_success_is_never_shown_as_a_failure(desk: Desk) -> None:
    desk.hear(desk.dsn("delivered", "2.0.0").replace("A report on", "250 2.0.0 Ok: queued. On"))
    assert desk.facts == ["delivered"]
    assert desk.verdict == "landed"


@pytest.mark.parametrize("first", ["relayed", "expanded"])
def test_what_was_passed_on_may_still_fail(desk: Desk, first: str) -> None:
    desk.hear(desk.dsn(first))
    assert desk.verdict == "waiting"
    desk.hear(desk.dsn("failed"))
    assert desk.verdict == "failed"


def test_a_bounce_after_delivery_is_not_swallowed(desk: Desk) -> None:
    desk.hear(desk.dsn("delivered"))
    desk.hear(desk.dsn("failed"))
    assert desk.verdict == "contested"


def test_the_same_failure_counts_once_and_that_of_another_hop_beside_it(desk: Desk) -> None:
    desk.hear(desk.dsn("failed"), desk.dsn("failed"))
    assert desk.facts == ["failed"]
    desk.hear(desk.dsn("failed").replace("dns; mx.example", "dns; gateway.example"))
    assert desk.facts == ["failed", "failed"]
    assert desk.verdict == "failed"


def test_reports_without_a_message_id_of_their_own_are_told_apart(desk: Desk) -> None:
    """One of eleven has none."""
    bare = [re.sub(r"Message-ID:.*\r\n", "", desk.dsn(action)) for action in ("delayed", "failed")]
    assert desk.hear(*bare) == ["matched", "matched"]
    assert desk.facts == ["delayed", "failed"]


def test_a_report_that_returns_nothing_of_the_mail_is_known_by_its_address(desk: Desk) -> None:
    """One of nine names no Message-ID at all."""
    bounce = mail(
        "From: MAILER-DAEMON@mx.example",
        f"To: <{desk.back}>",
        "Subject: Undeliverable mail",
        text=f"Your message to <{ADA}> could not be delivered: 550 5.1.1 user unknown.",
    )
    assert desk.hear(bounce) == ["matched"]
    assert desk.verdict == "failed"


@pytest.mark.parametrize(
    "field", ["To", "Delivered-To", "X-Original-To", "Envelope-To", "Apparently-To"]
)
@pytest.mark.parametrize("spelt", ["{}", "<{}>", '"The bounces" <{}>', "bounces <{}> (forwarded)"])
def test_the_signed_address_is_found_wherever_a_host_writes_it(
    desk: Desk, field: str, spelt: str
) -> None:
    report = desk.dsn("failed").replace(f"To: {desk.back}", f"{field}: {spelt.format(desk.back)}")
    assert desk.hear(report) == ["matched"]


def test_a_host_may_fold_the_case_of_the_signed_address(desk: Desk) -> None:
    assert desk.hear(desk.dsn("failed").replace(desk.back, desk.back.upper())) == ["matched"]
    assert desk.verdict == "failed"


def test_a_bounce_needs_no_null_return_path(desk: Desk) -> None:
    """One of five has none."""
    assert desk.hear("Return-Path: <postmaster@mx.example>\r\n" + desk.dsn("failed")) == ["matched"]
    assert desk.verdict == "failed"


def test_an_absence_is_no_bounce_whatever_it_quotes(desk: Desk) -> None:
    away = mail(
        f"From: {ADA}",
        f"To: {desk.back}",
        "Subject: Out of office: k1",
        "Auto-Submitted: auto-replied",
        text="I am away until Monday.\r\n\r\n> 550 5.1.1 user unknown\r\n> mailbox full",
    )
    assert desk.hear(away) == ["matched"]
    assert desk.facts == ["away"]
    assert desk.verdict == "landed"


def test_deleted_unread_is_neither_a_success_nor_a_bounce(desk: Desk) -> None:
    desk.hear(receipt(desk.back, "automatic-action/MDN-sent-automatically; deleted"))
    assert desk.verdict == "unconfirmed"


def test_deleted_by_a_sieve_refusal_is_a_refusal(desk: Desk) -> None:
    told = receipt(
        desk.back, "automatic-action/MDN-sent-automatically; deleted", agent="Dovecot Mail Delivery"
    ).replace("Subject: Not read", "Subject: Automatically rejected mail")
    desk.hear(told.replace("Your message.", "Your message was rejected: quota exceeded."))
    assert desk.verdict in {"rejected", "failed"}


def test_a_receipt_without_the_original_message_id_is_known_by_its_address(desk: Desk) -> None:
    """Exchange leaves it out."""
    desk.hear(receipt(desk.back, "manual-action/MDN-sent-manually; displayed"))
    assert desk.facts == ["displayed"]
    assert desk.verdict == "landed"


def test_a_forward_target_that_fails_is_not_taken_for_the_recipient(desk: Desk) -> None:
    report = desk.dsn("failed").replace(
        f"Final-Recipient: rfc822; {ADA}",
        f"Original-Recipient: rfc822; {ADA}\r\nFinal-Recipient: rfc822; ada@elsewhere.example",
    )
    desk.hear(report)
    state = desk.owed.delivery(desk.delivery).state
    assert "ada@elsewhere.example" in state.why


def test_a_forged_bounce_changes_nothing(desk: Desk) -> None:
    strangers = Keyring({1: b"another secret, not ours at all!"}, current=1)
    mark = sign(strangers, Purpose.BOUNCE, desk.delivery, 1)
    forged = desk.dsn("failed").replace(desk.back, f"{mark}@bounces.example")
    assert desk.hear(forged) == ["forged"]
    assert (desk.facts, desk.verdict) == ([], "waiting")


def test_the_bounce_mailbox_answers_nothing(desk: Desk) -> None:
    """Neither a request for a receipt nor an automatic answer: no loop begins here."""
    asks = desk.dsn("failed").replace(
        "Subject:", f"Disposition-Notification-To: {ADA}\r\nReturn-Receipt-To: {ADA}\r\nSubject:"
    )
    desk.hear(asks, mail(f"From: {ADA}", f"To: {desk.back}", "Subject: Who are you?"))
    with desk.owed.ledger.transaction(read_only=True) as tx:
        assert tx.scalar(select(func.count()).select_from(NOTICE)) == 1
