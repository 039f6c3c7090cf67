"""Bounces that name nobody: a signed mark says whom they are about, and only that."""

from datetime import UTC, datetime

import pytest

from agent.inbound.correlate import Correlation, correlate
from agent.inbound.known import Known, Target, names_nobody
from parsers.read import read
from parsers.report import Action, Kind, Reason
from parsers.token import Keyring, Purpose, sign
from store.words import Assurance, FactKind

NOW = datetime(2026, 10, 3, 12, tzinfo=UTC)
KEYRING = Keyring({1: b"0123456789abcdef0123456789abcdef"}, current=1)
STRANGER = Keyring({1: b"fedcba9876543210fedcba9876543210"}, current=1)
ANNA = Target(101, "anna@example.org", attempts=1)
BEN = Target(102, "ben@example.org", attempts=1)
KNOWN = Known(
    ids={ANNA.id: ANNA, BEN.id: BEN},
    message_ids={"single@example.com": (ANNA,)},
)
MARK = sign(KEYRING, Purpose.BOUNCE, ANNA.id, 1)
OTHER = sign(KEYRING, Purpose.BOUNCE, BEN.id, 1)
FORGED = sign(STRANGER, Purpose.BOUNCE, ANNA.id, 1)
IN_MAIL = sign(KEYRING, Purpose.MESSAGE, ANNA.id)

DAEMON = "Mail Delivery System <MAILER-DAEMON@mx.example.org>"
FAILED = "Your message could not be delivered.\r\n\r\n550 5.1.1 User unknown\r\n"
STATUS = "Action: failed\r\nStatus: 5.1.1\r\n"


def mail(
    text: str = FAILED,
    *,
    to: str = f"{MARK}@bounces.example.net",
    sender: str = DAEMON,
    subject: str = "Undelivered Mail Returned to Sender",
    path: str = "<>",
    more: str = "",
) -> bytes:
    return (
        f"Return-Path: {path}\r\nFrom: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\n"
        "Date: Sat, 03 Oct 2026 11:00:00 +0000\r\nMessage-ID: <17@mx.example.org>\r\n"
        f"{more}\r\n{text}"
    ).encode()


def report(status: str, text: str = "It failed.", *, to: str = MARK) -> bytes:
    kind = 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n'
    body = (
        f"--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n--b\r\n"
        "Content-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx.example.org\r\n\r\n{status}\r\n--b--\r\n"
    )
    return mail(body, to=f"{to}@bounces.example.net", more=f"MIME-Version: 1.0\r\n{kind}")


def tie(raw: bytes) -> Correlation:
    return correlate(read(raw), KEYRING, KNOWN, NOW)


@pytest.mark.parametrize(
    "raw",
    [
        mail(),
        mail("Your message was not delivered: the mailbox does not exist.\r\n"),
        mail(
            "<html><body><p>Delivery has failed.</p><p>The user does not exist.</p></body></html>",
            more="MIME-Version: 1.0\r\nContent-Type: text/html\r\n",
        ),
        mail(FAILED, more="Auto-Submitted: auto-replied\r\n"),
        # a responder's words, and no responder's mail
        mail("Delivery failed: 550 5.1.1 that address is no longer valid\r\n"),
        mail(sender="Example <noreply@mx.example.org>"),
        report(STATUS),
        report("Final-Recipient: unknown;\r\n" + STATUS),
        report("Status: 5.1.1\r\n"),
        report("", "Your mail could not be delivered: user unknown"),
    ],
    ids=[
        "code", "words", "html", "auto-replied", "no longer valid", "null path and subject",
        "no recipient", "unknown recipient", "status alone", "text of a status without blocks",
    ],
)  # fmt: skip
def test_a_bounce_that_names_nobody_is_about_whom_its_signed_return_path_names(raw: bytes) -> None:
    found = tie(raw)
    assert found.outcome == "matched"
    (fact,) = found.facts
    assert (fact.kind, fact.delivery_id, fact.attempt) == (FactKind.FAILED, ANNA.id, 1)
    assert fact.assurance is Assurance.CLAIM, "who in it failed, nobody says"
    assert fact.recipient == "", "no address was told, so none can be at fault"
    assert "names no recipient" in fact.detail


def test_what_it_says_is_kept() -> None:
    full = read(mail("Delivery failed: 552 5.2.2 the mailbox is full\r\n"))
    (one,) = full.recipients
    assert (one.address, one.action, one.reason) == ("", Action.FAILED, Reason.MAILBOXFULL)
    assert names_nobody(full)
    late = read(mail("Your message has not yet been delivered. It will be retried.\r\n"))
    assert [one.action for one in late.recipients] == [Action.DELAYED]
    good = tie(report("Action: delivered\r\nStatus: 2.0.0\r\n"))
    assert [fact.kind for fact in good.facts] == [FactKind.DELIVERED]


@pytest.mark.parametrize(
    "raw",
    [
        mail("I am away until Monday.\r\n", sender="Anna <anna@example.org>",
             subject="Out of office", more="Auto-Submitted: auto-replied\r\n"),
        mail("Ben's mail could not be delivered, his mailbox is full. Yours came.\r\n",
             sender="Anna <anna@example.org>", subject="Re: notice", path="<anna@example.org>"),
        mail("Ben's mail could not be delivered, 550 user unknown. Yours came.\r\n",
             sender="Anna <anna@example.org>", subject="Re: notice"),
        mail("Thank you, we look into it. User unknown is what it says.\r\n",
             sender="Postmaster <postmaster@example.org>", path="<postmaster@example.org>",
             subject="Re: Undelivered Mail Returned to Sender",
             more="In-Reply-To: <a@b.example>\r\n"),
        mail("Your message was not delivered. Please confirm that you are human.\r\n",
             subject="Please confirm your message"),
        mail("Your mailbox is full. You cannot receive mail.\r\n", subject="Mailbox full"),
        mail("A virus was removed. The message was delivered to the mailbox.\r\n",
             subject="Virus found"),
        mail("Your message was delivered to the mailbox.\r\n", subject="Delivered"),
        mail("It was read on Friday.\r\n", subject="Read: notice"),
        mail(sender="Anna Ash <anna@example.org>", subject="Undelivered", path="<a@example.org>"),
    ],
    ids=[
        "absence", "a person", "a person and a null path", "postmaster in person", "challenge",
        "quota warning", "virus", "success", "receipt", "a person's subject",
    ],
)  # fmt: skip
def test_what_is_no_bounce_does_not_become_one_by_its_address(raw: bytes) -> None:
    assert read(raw).kind is not Kind.BOUNCE
    against = {FactKind.FAILED, FactKind.REFUSED, FactKind.DELAYED}
    assert not against & {fact.kind for fact in tie(raw).facts}


def test_without_a_good_mark_it_says_nothing_of_anybody() -> None:
    for raw, outcome in (
        (mail(to=f"{FORGED}@bounces.example.net"), "forged"),
        (report(STATUS, to=FORGED), "forged"),
        (mail(to="bounces@example.net"), "unmatched"),
        # an id that anybody could repeat, a reference that anybody could quote
        (report(STATUS, to="bounces")
         .replace(b"Subject:", b"In-Reply-To: <single@example.com>\r\nSubject:"), "unmatched"),
        (report(STATUS, f"Your reference: {IN_MAIL}", to="bounces"), "unmatched"),
    ):  # fmt: skip
        found = tie(raw)
        assert (found.outcome, found.facts) == (outcome, ())
    assert "names no recipient, and has no signed mark" in found.tried[-1]


def test_marks_of_two_mails_do_not_tell_which_failed() -> None:
    both = tie(mail(to=f"{MARK}@bounces.example.net, {OTHER}@bounces.example.net"))
    returned = (
        f"\r\n--- Below this line is a copy of the message.\r\n\r\nReturn-Path: <{OTHER}@b>\r\n"
    )
    mixed = tie(mail(FAILED + returned + "From: a@example.net\r\nTo: undisclosed\r\n\r\nx\r\n"))
    for found in (both, mixed):
        assert (found.outcome, found.facts) == ("unmatched", ())
        assert "marks of several mails" in found.tried[-1]
    same = f"\r\n--- Below this line is a copy of the message.\r\n\r\nReturn-Path: <{MARK}@b>\r\n"
    assert tie(mail(FAILED + same + "From: a@example.net\r\n\r\nx\r\n")).facts


def test_a_notice_of_our_own_is_not_taken_for_its_bounce() -> None:
    """Somebody tells of failed deliveries by a notice, and a copy comes to the mailbox."""
    own = mail(to="ops@example.org").replace(b"<17@mx.", f"<{IN_MAIL}@mx.".encode())
    marked = own.replace(b"Subject:", f"X-Landed-Id: {IN_MAIL}\r\nSubject:".encode())
    for raw in (own, marked):
        assert not tie(raw).facts
