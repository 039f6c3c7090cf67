"""Delivery status parts: the standard, and the liberties that senders take."""

import pytest

from parsers.dates import parse_date
from parsers.dsn import Lent, decode_xtext, host, read_status
from parsers.read import read
from parsers.report import Action, Basis, Kind, Reason, Severity

HEAD = "Reporting-MTA: dns; mx.example.net\nArrival-Date: Mon, 5 Oct 2026 07:00:12 +0000\n\n"
ONE = "Final-Recipient: rfc822; nora@example.net\nAction: failed\nStatus: 5.1.1\n"


class Words:
    """A lender that knows one thing."""

    def __init__(self, lent: Lent | None = None, command: str = "") -> None:
        self.asked: list[str] = []
        self._lent, self._command = lent, command

    def words(self, address: str) -> Lent | None:
        self.asked.append(address)
        return self._lent

    def command(self, address: str) -> str:
        self.asked.append(address)
        return self._command

    def whole(self, first: str) -> str:
        self.asked.append(first)
        return ""


@pytest.mark.parametrize(
    ("word", "action"),
    [
        ("failed", Action.FAILED),
        ("Failed", Action.FAILED),
        ("failed (permanent)", Action.FAILED),
        ("delayed", Action.DELAYED),
        ("delivered (to mailbox)", Action.DELIVERED),
        ("RELAYED", Action.RELAYED),
        ("expanded", Action.EXPANDED),
        ("error", Action.FAILED),
        ("expired", Action.FAILED),
        ("deliverable", Action.RELAYED),
        ("undeliverable", Action.FAILED),
        ("deferred", Action.DELAYED),
    ],
)
def test_actions(word: str, action: Action) -> None:
    status = read_status(f"{HEAD}Final-Recipient: rfc822; a@b.example\nAction: {word}\n")
    assert status.recipients[0].action is action


@pytest.mark.parametrize(
    ("code", "action"), [("2.0.0", Action.RELAYED), ("4.4.7", Action.FAILED), ("", None)]
)
def test_without_action_the_status_class_decides(code: str, action: Action | None) -> None:
    status = read_status(f"{HEAD}Final-Recipient: rfc822; a@b.example\nStatus: {code}\n")
    assert status.recipients[0].action is action


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_success_has_no_severity(action: str) -> None:
    text = f"{HEAD}Final-Recipient: rfc822; a@b.example\nAction: {action}\nStatus: 2.0.0\n"
    one = read_status(text).recipients[0]
    assert (one.reason, one.severity) == (Reason.DELIVERED, Severity.NONE)
    assert one.basis is Basis.FIELD


def test_hosts_dates_and_codes() -> None:
    text = (
        f"{HEAD}{ONE}Remote-MTA: DNS; Mail.Example.ORG. (192.0.2.25)\n"
        "Diagnostic-Code: smtp; 550 5.1.1\n no such user\n"
        "Last-Attempt-Date: Mon, 5 Oct 2026 09:00:12 +0200\n"
        "Will-Retry-Until: nonsense\n"
    )
    one = read_status(text).recipients[0]
    assert one.reporting_mta == "mx.example.net"
    assert one.remote_mta == "mail.example.org"
    assert one.diagnostic == "550 5.1.1 no such user"
    assert (one.status, one.reply_code) == ("5.1.1", "550")
    assert one.date == parse_date("5 Oct 2026 07:00:12 GMT")
    assert one.retry_until is None


def test_a_diagnostic_that_forgot_to_fold() -> None:
    text = f"{HEAD}{ONE}Diagnostic-Code: smtp; 550 5.1.1 no\nsuch user here\nRemote-MTA: dns; r\n"
    one = read_status(text).recipients[0]
    assert one.diagnostic == "550 5.1.1 no such user here"
    assert one.remote_mta == "r"


def test_the_comment_of_the_status_is_the_last_resort() -> None:
    one = read_status(f"{HEAD}{ONE[:-1]} (mailbox is full)\n").recipients[0]
    assert one.diagnostic == "mailbox is full"


def test_exchange_tells_in_a_field_of_its_own_what_another_host_replied() -> None:
    told = (
        "X-Supplementary-Info: <mx.example.net #5.7.1 smtp;550-5.7.1 Message rejected\n as spam>\n"
    )
    one = read_status(f"{HEAD}{ONE}{told}").recipients[0]
    assert one.diagnostic == "550 5.7.1 Message rejected as spam"
    assert one.reason == "spamdetected"
    one = read_status(f"{HEAD}{ONE}Diagnostic-Code: smtp; 552 5.2.2 full\n{told}").recipients[0]
    assert one.diagnostic == "552 5.2.2 full"
    assert not read_status(f"{HEAD}{ONE}X-Supplementary-Info: other\n").recipients[0].diagnostic


def test_words_are_lent_where_fields_are_silent() -> None:
    lender = Words(Lent("552 5.2.2 over quota", "DATA", "mx.example.net", "r.example", "o@example"))
    one = read_status(ONE, "", lender).recipients[0]
    assert one.diagnostic == "552 5.2.2 over quota"
    assert one.command == "DATA"
    assert (one.reporting_mta, one.remote_mta) == ("mx.example.net", "r.example")
    assert one.original_address == "o@example"


def test_the_command_is_lent_where_the_diagnostic_tells_none() -> None:
    lender = Words(command="RCPT")
    one = read_status(f"{ONE}Diagnostic-Code: smtp; 550 User unknown\n", "", lender).recipients[0]
    assert one.command == "RCPT"
    assert lender.asked == ["nora@example.net"]


def test_nobody_is_asked_about_a_success() -> None:
    lender = Words()
    read_status("Final-Recipient: rfc822; a@b.example\nAction: delivered\n", "", lender)
    assert lender.asked == []


@pytest.mark.parametrize(
    ("final", "original", "address"),
    [
        ("rfc822; nora@inside", "rfc822; nora@example.net", "nora@example.net"),
        ("rfc822; |procmail", "rfc822; nora@example.net", "nora@example.net"),
        ("rfc822; other@example.org", "rfc822; nora@example.net", "other@example.org"),
        ("rfc822; nora@inside", "", "nora@inside"),
        ("", "rfc822; nora@example.net", "nora@example.net"),
        ("rfc822; <>", "", ""),
    ],
)
def test_the_address_is_the_one_that_says_more(final: str, original: str, address: str) -> None:
    fields = f"Final-Recipient: {final}\nOriginal-Recipient: {original}\nAction: failed\n"
    recipients = read_status(fields).recipients
    assert [one.address for one in recipients] == ([address] if address else [])


def test_a_thousand_recipients_are_enough() -> None:
    status = read_status(HEAD + (ONE + "\n") * 1_100)
    assert len(status.recipients) == 1_000
    assert status.notes == ("only the first 1000 of 1100 recipients were read",)


def test_message_fields_may_come_in_two_blocks() -> None:
    text = f"Reporting-MTA: dns; a\n\nOriginal-Envelope-Id: e+2B1\n \n{ONE}"
    status = read_status(text)
    assert status.envelope_id == "e+1"
    assert status.recipients[0].reporting_mta == "a"
    assert read_status("").recipients == ()


@pytest.mark.parametrize(
    ("value", "text"), [("a+2Bb", "a+b"), ("a+b", "a+b"), ("a+2b", "a+2b"), ("plain", "plain")]
)
def test_xtext(value: str, text: str) -> None:
    assert decode_xtext(value) == text


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("dns; mx.example.net", "mx.example.net"),
        ("dns;mx.example.net (tcp-daemon)", "mx.example.net"),
        ("dns; [192.0.2.1]", "192.0.2.1"),
        ("mx.example.net", "mx.example.net"),
        ("", ""),
    ],
)
def test_mta_names(value: str, name: str) -> None:
    assert host(value) == name


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("Mon, 05 Oct 2026 07:00:10 +0000", "2026-10-05T07:00:10+00:00"),
        ("Mon, 5 Oct 2026 07:00:10 -0700 (PDT)", "2026-10-05T14:00:10+00:00"),
        ("5 Oct 2026 07:00 GMT", "2026-10-05T07:00:00+00:00"),
        ("Mon, 5 Oct 2026 07:00:60 +0000", "2026-10-05T07:00:59+00:00"),
        ("Mon, 5 October 2026 07:00:10", "2026-10-05T07:00:10+00:00"),
        ("Mon, 05 Oct 2026 07:00:10 EST", "2026-10-05T12:00:10+00:00"),
        ("Mon Oct  5 07:00:10 2026", "2026-10-05T07:00:10+00:00"),
        ("Mon, 05 Oct 2026 07:00:10 -0000", "2026-10-05T07:00:10+00:00"),
    ],
)
def test_dates(text: str, iso: str) -> None:
    found = parse_date(text)
    assert found is not None
    assert found.isoformat() == iso


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "32 Oct 2026 07:00:10 +0000",
        "1 Foo 2026 01:00:00 +0000",
        "1 Jan 0001 00:00 +2359",
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert parse_date(text) is None


def report(status: str, text: str) -> bytes:
    return (
        "From: MAILER-DAEMON@example.net\nSubject: failure\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        f"--b\nContent-Type: text/plain\n\n{text}\n"
        f"--b\nContent-Type: message/delivery-status\n\n{status}\n--b--\n"
    ).encode()


def test_the_reason_is_found_near_the_address() -> None:
    text = "Hello.\n\nnora@example.net was refused:\n552 5.2.2 mailbox full\n\n550 5.1.1 another"
    one = read(report(HEAD + ONE.replace("5.1.1", "5.0.0"), text)).recipients[0]
    assert "552 5.2.2" in one.diagnostic
    assert one.reason is Reason.MAILBOXFULL


def test_the_transcript_tells_the_command() -> None:
    text = (
        "<nora@example.net>\n\n   ----- Transcript of session follows -----\n"
        ">>> RCPT To:<nora@example.net>\n<<< 550 User unknown"
    )
    status = f"{HEAD}{ONE.replace('5.1.1', '5.0.0')}Diagnostic-Code: SMTP; 550 User unknown\n"
    one = read(report(status, text)).recipients[0]
    assert one.command == "RCPT"
    assert one.reason is Reason.USERUNKNOWN


def test_a_status_part_that_says_nothing_stays_a_report() -> None:
    said = read(report("Reporting-MTA: dns; a", "Sorry."))
    assert said.kind is Kind.DSN
    assert said.recipients == ()
    assert "the status part names no recipient" in said.notes


def test_a_status_part_without_recipient_is_helped_out_by_the_text() -> None:
    text = (
        "Hi. This is the qmail-send program at example.net.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.\n\n"
        "<nora@example.net>:\nSorry, no mailbox here by that name. (#5.1.1)\n"
    )
    said = read(report("Reporting-MTA: dns; a", text))
    assert [one.address for one in said.recipients] == ["nora@example.net"]
    assert any("taken from the text" in note for note in said.notes)


def test_a_programs_exit_code_and_powermtas_category() -> None:
    text = (
        "Reporting-MTA: dns; mx.example.net\n\n"
        "Final-Recipient: rfc822; cat@example.org\nAction: failed\nStatus: 5.0.0\n"
        "Diagnostic-Code: X-Unix; 127\n\n"
        "Final-Recipient: rfc822; dog@example.org\nAction: failed\nStatus: 5.0.0\n"
        "Diagnostic-Code: smtp; 550 hm\nX-PowerMTA-BounceCategory: inactive-mailbox\n"
    )
    assert [one.reason for one in read_status(text).recipients] == [
        Reason.MAILERERROR,
        Reason.SUSPEND,
    ]
