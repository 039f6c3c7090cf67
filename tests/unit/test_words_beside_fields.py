"""Words that stand elsewhere than where they belong: beside an exit code, below a divider."""

import pytest

from parsers.read import read
from parsers.report import Kind, Reason

SENDMAIL = """\
From: Mail Delivery Subsystem <MAILER-DAEMON@mx.example.org>
To: dog@example.com
Subject: Returned mail: see transcript for details
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="AAA"

--AAA

   ----- The following addresses had permanent fatal errors -----
{head}

   ----- Transcript of session follows -----
{printed}

--AAA
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: RFC822; cat@example.org
Action: failed
Status: 5.0.0
Diagnostic-Code: X-Unix; {code}

--AAA--
"""


@pytest.mark.parametrize(
    ("head", "printed", "code", "reason"),
    [
        (
            "<cat@example.org>\n    (reason: Can't create output)",
            'procmail: Quota exceeded while writing "/var/mail/cat"\n'
            "550 5.0.0 <cat@example.org>... Can't create output",
            73,
            Reason.MAILBOXFULL,
        ),
        (
            '"|/home/cat/bin/f.pl"\n    (reason: 127)\n    (expanded from: <cat@example.org>)',
            "sh: f.pl not available for sendmail programs\n554 5.0.0 Service unavailable",
            127,
            Reason.MAILERERROR,
        ),
        (
            '"|/home/cat/bin/f.pl"\n    (reason: 1)\n    (expanded from: <cat@example.org>)',
            "f.pl went away",
            1,
            Reason.MAILERERROR,
        ),
    ],
)
def test_what_a_program_printed_beside_its_exit_code(
    head: str, printed: str, code: int, reason: Reason
) -> None:
    report = read(SENDMAIL.format(head=head, printed=printed, code=code).encode())

    assert [(one.address, one.reason) for one in report.recipients] == [("cat@example.org", reason)]


@pytest.mark.parametrize("mark", ["", "  ", "> ", "| "])
def test_whom_a_mail_went_to_that_is_only_summed_up(mark: str) -> None:
    raw = (
        "From: Postmaster@text.example.net\nTo: dog@example.com\n"
        "Subject: Undeliverable Message\n\nError:  Invalid user address\n\nOriginal Message:\n"
        f"{mark}To: cat@example.net\n{mark}From: dog@example.com\n{mark}Subject: hi\n"
    )
    report = read(raw.encode())

    assert report.kind is Kind.BOUNCE
    assert [(one.address, one.reason) for one in report.recipients] == [
        ("cat@example.net", Reason.USERUNKNOWN)
    ]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("As their mailbox is full.", Reason.MAILBOXFULL),
        ("As they are not known\n     to us: unknown address", Reason.FILTERED),
        ("As a virus was found in it.", Reason.VIRUSDETECTED),
    ],
)
def test_the_reason_on_the_lines_below_the_address(words: str, reason: Reason) -> None:
    raw = (
        "From: Mailer <no-reply@app.example.jp>\nTo: dog@example.com\n"
        "Subject: Mail System Error - Returned Mail\n\n"
        "Your mail sent on: Thu, 29 Apr 2010 23:45:22 +0900\n"
        f"     Could not be delivered to: <cat@example.jp>\n     {words}\n\n"
        "This mail is written by a program.\n"
    )
    report = read(raw.encode())

    assert [(one.address, one.reason) for one in report.recipients] == [("cat@example.jp", reason)]


def test_words_that_refuse_a_name_without_a_domain() -> None:
    raw = (
        "From: Submission Agent <agent@gate.example.net>\nTo: owner@example.org\n"
        "Subject: Status of: battery\nMIME-Version: 1.0\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\n"
        "Bad addressee - lena_k\nthe mailbox is full\n\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: mailbus; GATE7\n\n"
        "Final-Recipient: unknown; lena_k\nStatus: 5.0.0 (unknown permanent failure)\n"
        "Action: failed\n\n--b--\n"
    )
    report = read(raw.encode())

    assert [(one.address, one.reason) for one in report.recipients] == [
        ("lena_k", Reason.MAILBOXFULL)
    ]


@pytest.mark.parametrize(
    ("printed", "diagnostic"),
    [
        (
            "<<< 554-No SMTP service\n<<< 554-Bad DNS PTR resource record.\n<<< 554 See example.de",
            "554 No SMTP service Bad DNS PTR resource record. See example.de",
        ),
        (
            "<<< 554-No SMTP service\n<<< 554-Bad DNS PTR resource record.\n554 5.0.0 Service",
            "554 No SMTP service Bad DNS PTR resource record.",
        ),
        ("<<< 554 See example.de", "554 No SMTP service"),
        ("<<< 554-No SMTP service at all\n<<< 554 Bad DNS PTR", "554 No SMTP service"),
        ("", "554 No SMTP service"),
    ],
)
def test_a_reply_of_which_the_field_has_the_first_line_only(printed: str, diagnostic: str) -> None:
    transcript = f">>> MAIL From:<dog@example.com>\n{printed}"
    mail = SENDMAIL.format(head="<cat@example.org>", printed=transcript, code="")
    mail = mail.replace("X-Unix; ", "SMTP; 554-No SMTP service")
    told = read(mail.encode()).recipients[0]
    assert told.diagnostic == diagnostic
    assert (told.reason is Reason.REQUIREPTR) == ("PTR" in diagnostic)
