"""A bounce that a relay, a gateway or a person has damaged still names its recipients."""

from parsers.read import read
from parsers.report import Kind, Reason, Severity

HEAD = "From: MAILER-DAEMON@mx.example.net\nTo: owner@lists.example.com\nSubject: {}\n{}\n"
TEXT = (
    "This is the mail system at host mx.example.net.\n\n"
    "<cat@example.org>: host mx.example.org[192.0.2.7] said: 550 5.1.1 No such user (in reply\n"
    "    to RCPT TO command)\n"
)


def _raw(text: str, subject: str = "Undelivered Mail Returned to Sender", more: str = "") -> bytes:
    return (HEAD.format(subject, more) + text).encode()


def test_every_line_quoted() -> None:
    quoted = "".join(f"> {line}".rstrip() + "\n" for line in TEXT.splitlines())
    report = read(_raw(quoted))

    assert [one.address for one in report.recipients] == ["cat@example.org"]
    assert report.recipients[0].severity is Severity.HARD


def test_a_quotation_within_an_answer_is_no_bounce() -> None:
    quoted = "".join(f"> {line}\n" for line in TEXT.splitlines())
    raw = _raw("What is this?\n\n" + quoted, more="In-Reply-To: <a@example.com>\n")
    answer = read(raw.replace(b"MAILER-DAEMON@mx.example.net", b"dog@example.com"))

    assert answer.kind is Kind.REPLY


def test_the_verdict_may_stand_far_from_the_address() -> None:
    report = read(
        _raw(
            "There was an error delivering your mail to <cat@example.org>.\n\n"
            "We tried for five days. The queue's time:\n\nMessage expired.\n",
            subject="Mail delivery failed",
        )
    )

    assert [(one.address, one.reason) for one in report.recipients] == [
        ("cat@example.org", Reason.EXPIRED)
    ]


def test_words_of_their_own_go_before_what_stands_around() -> None:
    report = read(
        _raw(
            "Mail could not be delivered. Mailbox full?\n\n"
            "<cat@example.org>:\n550 5.1.1 No such user\n\n<dog@example.org>:\n???\n"
        )
    )

    assert [one.reason for one in report.recipients] == [Reason.USERUNKNOWN, Reason.ONHOLD]


def test_a_source_route_is_no_part_of_the_address() -> None:
    report = read(
        _raw(
            "The following addresses had permanent fatal errors:\n\n"
            "   ----- The following addresses had permanent fatal errors -----\n"
            "<@relay.example.net:cat@example.org>\n    (reason: 550 No such user)\n"
        )
    )

    assert [one.address for one in report.recipients] == ["cat@example.org"]


def test_a_daemon_that_says_nothing_readable_is_not_on_holiday() -> None:
    report = read(_raw("Hm.\n", subject="Hm", more="Auto-Submitted: auto-replied\n"))

    assert report.kind is not Kind.AUTOREPLY


def test_a_subject_and_a_returned_mail_suffice_beside_a_refusal() -> None:
    text = (
        "The user cat@example.org does not have an account here any more.\n\n"
        "   ----- Unsent message follows -----\nReceived: from a by b\nTo: dog@example.com\n"
    )
    raw = _raw(text, subject="Wrong address").replace(b"MAILER-DAEMON", b"root")

    assert [one.address for one in read(raw).recipients] == ["cat@example.org"]
    without = raw.partition(b"   -----")[0]
    assert read(without).recipients == ()


FIELDS = (
    "<cat@example.org>: host mx.example.org[192.0.2.7] said: 550 No such user (in reply\n"
    "    to RCPT TO command)\n\n"
    "Reporting-MTA: dns; mx.example.net\n\n"
    "Original-Recipient: rfc822; cat@example.com\nFinal-Recipient: rfc822; cat@example.org\n"
    "Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 No such user\n\n"
    "Original-Recipient: rfc822; dog@example.com\nFinal-Recipient: rfc822; dog@example.org\n"
    "Action: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp; 552 5.2.2 Mailbox full\n\n"
)


def test_a_report_flattened_to_text_keeps_its_recipients_and_their_commands() -> None:
    cat, dog = read(_raw(FIELDS)).recipients

    assert (cat.address, cat.original_address) == ("cat@example.org", "cat@example.com")
    assert (dog.address, dog.original_address) == ("dog@example.org", "dog@example.com")
    assert (cat.command, cat.severity) == ("RCPT", Severity.HARD)


def test_fields_of_a_returned_report_are_not_ours() -> None:
    text = (
        FIELDS + "------ This is a copy of the message ------\n\n" + FIELDS.replace("cat@", "cow@")
    )

    assert [one.address for one in read(_raw(text)).recipients] == [
        "cat@example.org",
        "dog@example.org",
    ]


def test_a_pipe_in_the_fields_is_the_address_behind_it() -> None:
    text = (
        "Final-Recipient: rfc822; |/usr/local/bin/sort cat@example.org /tmp/x\n"
        "Action: failed\nStatus: 5.3.0\n"
    )

    assert [one.address for one in read(_raw(text)).recipients] == ["cat@example.org"]


def test_html_that_is_called_plain() -> None:
    text = (
        "<!DOCTYPE html><html><style>p { color: #222 }</style><p>Your message could not be"
        " delivered to:</p>\n<p>cat@example.org: 550 5.1.1 User unknown<br>\n"
        "dog@example.org: 552 5.2.2 Mailbox full</p></html>"
    )

    assert [one.address for one in read(_raw(text)).recipients] == [
        "cat@example.org",
        "dog@example.org",
    ]


def test_lines_of_preformatted_html_stay_lines() -> None:
    text = (
        "<html><pre>Your message could not be delivered to:\n\n  cat@example.org\n"
        "    550 5.1.1 User unknown\n  dog@example.org\n    552 5.2.2 Mailbox full\n</pre></html>"
    )
    raw = _raw(text, more="MIME-Version: 1.0\nContent-Type: text/html\n")

    assert [one.address for one in read(raw).recipients] == ["cat@example.org", "dog@example.org"]
