"""Status parts as odd senders write them: whom they name, in a whole mail."""

import base64

import pytest

from parsers.read import read
from parsers.report import Action, Kind, Reason, Report

ONE = ("one@example.com",)
TWO = (*ONE, "two@example.com")
MTA = "Reporting-MTA: dns; mx.example.net\n\n"
FINAL = MTA + "Final-Recipient: rfc822; one@example.com\n"
END = "Action: failed\nStatus: 5.1.1\n"
SECOND = "Final-Recipient: rfc822; two@example.com\nAction: failed\nStatus: 5.2.2\n"
TEXT = "Could not deliver to one@example.com: user unknown\n"


def _report(
    fields: str,
    *,
    kind: str = "message/delivery-status",
    top: str = "multipart/report; report-type=delivery-status",
    more: str = "",
) -> Report:
    return read(
        (
            "From: MAILER-DAEMON@mx.example.net\nTo: owner@lists.example.org\nSubject: failure\n"
            f"MIME-Version: 1.0\nContent-Type: {top}; boundary=b\n\n"
            f"--b\nContent-Type: text/plain\n\n{TEXT}\n"
            f"--b\nContent-Type: {kind}\n{more}\n{fields}\n"
            "--b\nContent-Type: message/rfc822\n\nFrom: list@lists.example.org\n"
            "To: someone@else.example\nSubject: x\n\nhi quoted@example.edu\n--b--\n"
        ).encode()
    )


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        (MTA + "Final-Recipient: one@example.com\n" + END, ONE),
        (MTA + "Final-Recipient: RFC822;<one@example.com>\n" + END, ONE),
        (MTA + "Final-Recipient: rfc822; one@example.com (One Cat)\n" + END, ONE),
        (MTA + "Final-Recipient: rfc822; One Cat <one@example.com>\n" + END, ONE),
        (MTA + "Final-Recipient: X-LOCAL;<one@example.com>\n" + END, ONE),
        (MTA + "Original-Recipient: rfc822; one@example.com\n" + END, ONE),
        (MTA + "Final-Recipient: rfc822;\n one@example.com\n" + END, ONE),
        (MTA + "Final-Recipient : rfc822; one@example.com\nAction : failed\n", ONE),
        (MTA + "Final-Recipient: rfc822; one@example.com.\n" + END, ONE),
        (MTA + "Final-Recipient: rfc822; mailto:one@example.com\n" + END, ONE),
        (MTA + "Final-Recipient: rfc822; SMTP:one@example.com\n" + END, ONE),
        (MTA + "Final-Recipient: rfc822; @relay.example.net:one@example.com\n" + END, ONE),
        (
            MTA + 'Final-Recipient: rfc822; "one two"@example.com\n' + END,
            ('"one two"@example.com',),
        ),
        (MTA + "Final-Recipient: system; one\n" + END, ONE),
        (MTA + "Final-Recipient: rfc822; one\n" + END, ONE),
        (
            MTA
            + "Final-Recipient: rfc822; one/Org@Org\nOriginal-Recipient: rfc822; one@example.com\n"
            + END,
            ONE,
        ),
        (
            MTA
            + "Final-Recipient: X400; /c=us/s=one/\nOriginal-Recipient: rfc822; one@example.com\n"
            + END,
            ONE,
        ),
        ("Final-Recipient: rfc822; one@example.com\n" + END, ONE),
        ("Reporting-MTA: dns; mx\nFinal-Recipient: rfc822; one@example.com\n" + END, ONE),
        ((FINAL + END).upper().replace("ONE@EXAMPLE.COM", "one@example.com"), ONE),
        (FINAL + "Action: failed\n", ONE),
        (FINAL + "Status: 5.1.1\n", ONE),
        (FINAL + END + "\n" + SECOND, TWO),
        (FINAL + END + SECOND, TWO),
        (MTA + FINAL.rpartition("\n\n")[2] + SECOND, TWO),
        (FINAL + END + "\n" + "Final-Recipient: rfc822; one@example.com\n" + END, ONE),
        ("", ONE),
        ("this is no status\n", ONE),
    ],
)
def test_whom_the_fields_name(fields: str, wanted: tuple[str, ...]) -> None:
    report = _report(fields)

    assert tuple(one.address for one in report.recipients) == wanted
    assert {one.action for one in report.recipients} == {Action.FAILED}


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain; name=delivery-status",
        "application/octet-stream; name=delivery-status",
        "text/delivery-status",
    ],
)
@pytest.mark.parametrize("top", ["multipart/report", "multipart/mixed"])
def test_a_part_that_is_not_called_by_its_name(kind: str, top: str) -> None:
    report = _report(FINAL + END, kind=kind, top=top)

    assert report.kind is Kind.DSN
    assert tuple(one.address for one in report.recipients) == ONE


def test_the_same_failure_of_two_hosts_is_two() -> None:
    """Only what is repeated word for word goes."""
    again = "Final-Recipient: rfc822; one@example.com\nAction: failed\nStatus: 5.2.2\n"
    statuses = [one.status for one in _report(FINAL + END + "\n" + again).recipients]

    assert statuses == ["5.1.1", "5.2.2"]


@pytest.mark.parametrize(
    "first", ["Reporting-MTA: dns; mx.example.net", "Original-Envelope-Id: 17"]
)
def test_fields_in_a_part_of_no_type(first: str) -> None:
    fields = f"{first}\n\nFinal-Recipient: rfc822; one@example.com\n{END}"
    report = _report(fields, kind='application/octet-stream; name="ATT00001.dat"')

    assert [one.address for one in report.recipients] == ["one@example.com"]


@pytest.mark.parametrize(
    "written", ["mailto:one@example.com", "'one@example.com'", "<@mx.example.net:one@example.com>"]
)
def test_fields_in_the_text(written: str) -> None:
    raw = (
        "From: MAILER-DAEMON@mx.example.net\nTo: owner@lists.example.org\nSubject: failure\n\n"
        f"{MTA}Final-Recipient: X-LOCAL;{written}\n{END}"
    )

    assert [one.address for one in read(raw.encode()).recipients] == ["one@example.com"]


def test_recipients_that_a_rewriter_of_links_encoded() -> None:
    told = base64.encodebytes(
        b"Final-Recipient: rfc822; one@example.com\r\nAction: failed\r\nStatus: 5.2.2\r\n"
        b"Diagnostic-Code: smtp; 552 5.2.2 the box of one@example.com is full\r\n\r\n"
        b"Final-Recipient: rfc822; two@example.com\r\nAction: delayed\r\nStatus: 4.4.1\r\n"
    ).decode()
    head = MTA.rstrip("\n") + "\nContent-Transfer-Encoding: base64\nContent-Length: 240\n\n"

    report = _report(head + told)

    assert [(one.address, one.action, one.status) for one in report.recipients] == [
        ("one@example.com", Action.FAILED, "5.2.2"),
        ("two@example.com", Action.DELAYED, "4.4.1"),
    ]


def test_what_only_says_it_is_encoded_is_read_as_it_stands() -> None:
    head = MTA.rstrip("\n") + "\nContent-Transfer-Encoding: base64\n\n"
    assert [one.address for one in _report(head + "abcde\n\n" + FINAL + END).recipients] == [*ONE]
    assert [one.address for one in _report(head + FINAL + END).recipients] == [*ONE]


def test_a_human_text_that_calls_itself_a_status() -> None:
    raw = (
        "From: Postmaster@mx.example.net\nTo: owner@lists.example.org\n"
        "Subject: Mail System Error - Returned Mail\nMIME-Version: 1.0\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        "--b\nContent-Type: message/delivery-status;\n\n"
        "This message was undeliverable, because:\n\n"
        "<one@example.com> is over quota\n\n"
        f"--b\nContent-Type: message/delivery-status\n\n{FINAL}Action: failed\nStatus: 5.3.0\n\n"
        "--b--\n"
    )
    report = read(raw.encode())

    assert report.kind is Kind.DSN
    assert [(one.address, one.reason) for one in report.recipients] == [
        ("one@example.com", Reason.MAILBOXFULL)
    ]


@pytest.mark.parametrize(
    ("sender", "said"),
    [
        ("dog@example.org", "Your mail could not be delivered."),
        ("MAILER-DAEMON@mx.example.org", "See below."),
        ("dog@example.org", ""),
    ],
    ids=["it says so", "a mail system", "no words"],
)
def test_fields_in_a_mixed_mail_are_a_report_unless_a_person_attached_them(
    sender: str, said: str
) -> None:
    raw = (
        f"From: {sender}\nSubject: hm\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="b"\n\n'
        f"--b\nContent-Type: text/plain\n\n{said}\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\n"
        "Final-Recipient: rfc822; cat@example.org\nAction: failed\nStatus: 5.1.1\n\n--b--\n"
    )

    assert [one.address for one in read(raw.encode()).recipients] == ["cat@example.org"]
