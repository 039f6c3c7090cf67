"""A bounce that comes attached whole to somebody else's mail."""

import pytest

from parsers.read import read
from parsers.report import Kind, Reason, Report, Severity

GATEWAY = "Mail Gateway <gateway@gw.example.net>"
SENDMAIL = (
    "Return-Path: <>\nFrom: Mail Delivery Subsystem <MAILER-DAEMON@mx.example.org>\n"
    "To: relay@gw.example.net\nSubject: Returned mail: User unknown\n"
    "Message-ID: <bounce.1@mx.example.org>\n\n"
    "   ----- The following addresses had permanent fatal errors -----\n<cat@example.org>\n\n"
    "   ----- Transcript of session follows -----\n"
    ">>> RCPT To:<cat@example.org>\n<<< 550 5.1.1 <cat@example.org>... User unknown\n\n"
    "   ----- Original message follows -----\n\n"
    "Received: from lists.example.com by gw.example.net\nFrom: cats@lists.example.com\n"
    "To: kitty@alias.example\nMessage-ID: <17.cats@lists.example.com>\nSubject: Number 17\n"
)
REPORT = (
    "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.org\nTo: relay@gw.example.net\n"
    "Subject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\n"
    'Content-Type: multipart/report; report-type=delivery-status; boundary="in"\n\n'
    "--in\n\nIt did not work.\n--in\nContent-Type: message/delivery-status\n\n"
    "Reporting-MTA: dns; mx.example.org\n\nFinal-Recipient: rfc822; cat@example.org\n"
    "Action: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp; 552 5.2.2 mailbox full\n"
    "--in\nContent-Type: message/rfc822\n\nFrom: cats@lists.example.com\n"
    "Message-ID: <17.cats@lists.example.com>\n\nhi\n--in--\n"
)


def passed_on(inner: str, sender: str = GATEWAY, text: str = "A notice was received.") -> Report:
    return read(
        (
            f"From: {sender}\nTo: owner-cats@lists.example.com\nSubject: Undeliverable mail\n"
            'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="out"\n\n'
            f"--out\nContent-Type: text/plain\n\n{text}\n"
            f"--out\nContent-Type: message/rfc822\n\n{inner}\n--out--\n"
        ).encode()
    )


@pytest.mark.parametrize(
    ("inner", "kind", "reason", "severity"),
    [
        (SENDMAIL, Kind.BOUNCE, Reason.USERUNKNOWN, Severity.HARD),
        (REPORT, Kind.DSN, Reason.MAILBOXFULL, Severity.SOFT),
    ],
    ids=["words", "fields"],
)
def test_a_gateway_passes_a_bounce_on(
    inner: str, kind: Kind, reason: Reason, severity: Severity
) -> None:
    report = passed_on(inner)

    assert report.kind is kind
    assert [one.address for one in report.recipients] == ["cat@example.org"]
    assert report.recipients[0].reason is reason
    assert report.recipients[0].severity is severity
    assert "read from the bounce that is attached to this mail" in report.notes


@pytest.mark.parametrize("inner", [SENDMAIL, REPORT], ids=["words", "fields"])
def test_the_mail_that_is_answered_is_the_one_that_the_bounce_returns(inner: str) -> None:
    assert passed_on(inner).original_message_id == "17.cats@lists.example.com"


def test_a_list_server_passes_it_on_to_the_owner_of_the_list() -> None:
    text = "The enclosed message has been identified as a possible\ndelivery error notice.\n"
    report = passed_on(SENDMAIL, "L-Soft list server <listserv@lists.example.edu>", text)

    assert [one.address for one in report.recipients] == ["cat@example.org"]


LISTSERV = (
    "From: L-Soft list server <listserv@lists.example.edu>\nTo: owner-cats@lists.example.com\n"
    "Subject: CATS: error report from MX.EXAMPLE.ORG\n\n"
    "The enclosed message, found in the CATS mailbox and shown under the spool ID\n"
    "0011 in the system log, has been identified as a possible delivery error\nnotice for the "
    "following reason: mail origin is MAILER-DAEMON.\n\n"
    "------------------ Message in error (40 lines) ---------------------\n"
)


RULED = LISTSERV.rpartition("\n---")[0] + "\n" + "-" * 78 + "\n"  # as later versions rule it off


@pytest.mark.parametrize("outer", [LISTSERV, RULED], ids=["titled", "ruled"])
@pytest.mark.parametrize("inner", [SENDMAIL, REPORT], ids=["words", "fields"])
def test_a_list_server_of_old_has_it_in_the_text(inner: str, outer: str) -> None:
    report = read(f"{outer}{inner}".encode())

    assert [one.address for one in report.recipients] == ["cat@example.org"]
    assert report.original_message_id == "17.cats@lists.example.com"


@pytest.mark.parametrize(
    "mail",
    [
        LISTSERV + SENDMAIL.replace("Mail Delivery Subsystem <MAILER-DAEMON@mx", "Cats <news@mx"),
        LISTSERV.replace("---", "") + SENDMAIL,
        LISTSERV + "From: MAILER-DAEMON@mx.example.org\nSubject: Returned mail\n\nWhat?\n",
        f"{LISTSERV.replace('possible delivery', 'possible loop')}{SENDMAIL}",
        f"{LISTSERV}550 cat@example.org... User unknown\n\nReturned mail.\n",
    ],
    ids=["of a person", "no rule", "says nothing", "for another reason", "no header"],
)
def test_what_a_list_server_of_old_has_otherwise(mail: str) -> None:
    assert read(mail.encode()).kind not in {Kind.BOUNCE, Kind.DSN}


@pytest.mark.parametrize(
    ("subject", "text", "to", "kind"),
    [
        ("FWD: Undelivered mail", "", "", Kind.BOUNCE),
        ("FWD: Undelivered mail", "", "owner-cats@lists.example.com", Kind.BOUNCE),
        ("FWD: Undelivered mail", "", "dora@example.org", Kind.UNKNOWN),
        ("Fwd: Undelivered mail", "---------- Forwarded message ---------\n", "", Kind.BOUNCE),
        ("FWD: Undelivered mail", "What is this?\n\n", "", Kind.UNKNOWN),
        ("FWD: Undelivered mail", "Please have a look.\n\n", "", Kind.UNKNOWN),
        ("Re: Undelivered mail", "", "", Kind.UNKNOWN),
    ],
    ids=[
        "passed on",
        "of ours",
        "of another mail",
        "by a mail program",
        "asked about",
        "spoken about",
        "answered",
    ],
)
def test_somebody_passes_on_what_is_nobodys_form(
    subject: str, text: str, to: str, kind: Kind
) -> None:
    report = read(
        f"From: Dora Dog <dora@example.org>\nTo: owner-cats@lists.example.com\n"
        f"Subject: {subject}\n\n{text}>From: MAILER-DAEMON@mx.example.org\n"
        f">To: {to}\n>Subject: Undelivered mail\n>\n"
        ">Your message was not delivered to cat@example.org: mailbox full\n".encode()
    )

    assert report.kind in {kind, Kind.REPLY}
    assert (report.kind is Kind.BOUNCE) == (kind is Kind.BOUNCE)


def test_what_the_gateway_says_itself_goes_before() -> None:
    report = passed_on(SENDMAIL, text="fox@example.net: 550 user unknown")

    assert [one.address for one in report.recipients] == ["fox@example.net"]


@pytest.mark.parametrize("text", ["Can you tell what this is?", "Please take him off the list."])
def test_what_a_person_attaches_is_no_bounce(text: str) -> None:
    assert passed_on(SENDMAIL, "Dora Dog <dora@example.org>", text).kind is not Kind.BOUNCE


def test_our_own_mail_that_comes_back_is_no_bounce_of_its_own() -> None:
    inner = SENDMAIL.replace("Mail Delivery Subsystem <MAILER-DAEMON@mx", "Cats <news@mx")

    assert passed_on(inner).kind is Kind.UNKNOWN


def test_a_bounce_attached_to_an_attached_bounce_is_one_too_deep() -> None:
    middle = (
        f"From: {GATEWAY}\nSubject: Undeliverable mail\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="mid"\n\n'
        "--mid\n\nA notice was received.\n--mid\nContent-Type: message/rfc822\n\n"
        f"{SENDMAIL}\n--mid--\n"
    )

    assert passed_on(middle).kind is Kind.UNKNOWN


def test_whoever_passes_it_on_is_not_the_recipient() -> None:
    """The attached bounce went to one address only, which says nothing if it cannot be read."""
    inner = (
        "From: MAILER-DAEMON@mx.example.org\nTo: relay@gw.example.net\nSubject: Returned mail\n\n"
        "Something went wrong.\n"
    )

    assert passed_on(inner, text="Your mail was not delivered.").recipients == ()
