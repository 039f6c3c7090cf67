"""Recipients that a notice does not write as an address: what the returned mail makes of them."""

import pytest

from parsers.bounces import detect
from parsers.mime.message import parse

TO = "From: writer@w.example\nTo: {}\nSubject: Number 17\n"


def recipients(text: str, to: str, sender: str = "MAILER-DAEMON@hub.example.net") -> list[str]:
    raw = (
        f"From: {sender}\nTo: owner-cats@lists.example.com\nSubject: Returned mail: User unknown\n"
        'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n'
        f"--b\nContent-Type: text/plain\n\n{text}\n"
        f"--b\nContent-Type: message/rfc822\n\n{TO.format(to)}\n--b--\n"
    )
    finding = detect(parse(raw.encode()))
    return [one.address for one in finding.recipients] if finding else []


TRANSCRIPT = "   ----- Transcript of session follows -----\n550 {}... User unknown\n"


@pytest.mark.parametrize("path", ["vaxa::cat", "gate::vaxa::CAT", "hub!vaxa!cat", "vaxa!Cat"])
def test_the_user_at_the_end_of_a_path_is_whom_the_mail_was_written_to(path: str) -> None:
    written = "dog@vaxa.example.edu, cat@vaxa.example.edu"

    assert recipients(TRANSCRIPT.format(path), written) == ["cat@vaxa.example.edu"]


def test_of_a_path_to_somebody_else_only_one_that_was_written_to_is_told() -> None:
    assert recipients(TRANSCRIPT.format("vaxa::root"), "cat@vaxa.example.edu") == [
        "cat@vaxa.example.edu"
    ]
    assert recipients(TRANSCRIPT.format("vaxa::root"), "cat@a.example, dog@a.example") == []


UNDELIVERABLE = (
    "The message that you sent was undeliverable to the following:\n\t{} (user not found)\n"
)


@pytest.mark.parametrize(
    ("name", "written", "address"),
    [
        ("ADMIN.CAT", "cat@admin.example.edu", "cat@admin.example.edu"),
        ("ADMIN.CAT", "cat@law.example.edu", "ADMIN.CAT@hub.example.net"),
        ("thomas.cat", "cat@example.org", "thomas.cat@hub.example.net"),
        ("CAT", "cat@admin.example.edu", "cat@admin.example.edu"),
    ],
)
def test_a_post_office_before_the_user_is_the_one_of_the_domain(
    name: str, written: str, address: str
) -> None:
    assert recipients(UNDELIVERABLE.format(name), written) == [address]


@pytest.mark.parametrize(
    "list_of_names", ["  ABCD12A\n  WXYZ34B\n", "ABCD12A\nWXYZ34B\n", '  "ABCD12A"\n  <WXYZ34B>\n']
)
def test_a_list_of_names_below_the_sentence(list_of_names: str) -> None:
    text = f"Your letter was not delivered to these members:\n\n{list_of_names}"

    assert recipients(text, "cats@lists.example.com") == [
        "ABCD12A@hub.example.net",
        "WXYZ34B@hub.example.net",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Your letter was not delivered to these members:\n\n  ABCD12A  and others\n",
        "Your letter was not delivered to these members.\n\n  ABCD12A\n",
        "These members have read it:\n\n  ABCD12A\n",
        "Your letter was not delivered:\n\n  Subject\n",
    ],
)
def test_what_is_no_list_of_names(text: str) -> None:
    assert recipients(text, "cats@lists.example.com") == []


CLOSED = "This account is closed. Your message was not delivered.\n"


def closed(text: str = CLOSED, head: str = "Return-Path: <>\n") -> list[str]:
    finding = detect(parse(f"{head}From: cat@example.org\nSubject: Sorry\n\n{text}".encode()))
    return [one.address for one in finding.recipients] if finding else []


@pytest.mark.parametrize("head", ["Return-Path: <>\n", "Auto-Submitted: auto-replied\n"])
def test_a_closed_mailbox_answers_for_itself(head: str) -> None:
    assert closed(head=head) == ["cat@example.org"]


@pytest.mark.parametrize(
    ("text", "head"),
    [
        (CLOSED, ""),
        (CLOSED, "Auto-Submitted: auto-replied\nIn-Reply-To: <17@lists.example.com>\n"),
        (CLOSED + "Write to dog@example.org.\n", "Return-Path: <>\n"),
        (CLOSED + "It was a long story. " * 50, "Return-Path: <>\n"),
        ("This account is closed. I read your message on Monday.\n", "Return-Path: <>\n"),
        ("The shop is closed. Your message was not delivered.\n", "Return-Path: <>\n"),
    ],
    ids=["a person", "an answer", "another address", "a letter", "it was read", "no mailbox"],
)
def test_who_only_has_left_is_no_bounce(text: str, head: str) -> None:
    assert closed(text, head) == []


def test_who_forwards_a_bounce_and_asks_something_is_a_person() -> None:
    raw = (
        "From: Dora <dora@example.org>\nSubject: Fwd: failure notice\n\n{}\n\n"
        "From: MAILER-DAEMON@mx.example.net\nSubject: failure notice\n\n"
        "<cat@example.org>:\nSorry, no mailbox here by that name. (#5.1.1)\n"
    )

    assert detect(parse(raw.format("Look.").encode())) is not None
    assert detect(parse(raw.format("Why is that?").encode())) is None
    assert detect(parse(b"List-Id: <pets.example.org>\n" + raw.format("Look.").encode())) is None


ADDRESSES = [
    "Your mail to cat@example.org, forwarded to fox@example.net, failed: 550 unknown user",
    "User unknown: <cat@example.org> was redirected to <fox@example.net>",
]


@pytest.mark.parametrize("text", ADDRESSES)
def test_where_a_mail_was_forwarded_to_and_from_where(text: str) -> None:
    raw = f"From: postmaster@example.org\nSubject: Undeliverable mail\n\n{text}\n"
    finding = detect(parse(raw.encode()))

    assert finding is not None
    assert [(one.address, one.original_address) for one in finding.recipients] == [
        ("fox@example.net", "cat@example.org")
    ]


def test_two_of_whom_none_is_the_others_alias() -> None:
    raw = (
        "From: postmaster@example.org\nSubject: Undeliverable mail\n\n"
        "Mail was not forwarded to cat@example.org and fox@example.net: users unknown\n"
    )
    finding = detect(parse(raw.encode()))

    assert finding is not None
    assert {(one.address, one.original_address) for one in finding.recipients} == {
        ("cat@example.org", ""),
        ("fox@example.net", ""),
    }


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ('<a href="mailto:cat@example.org">A. Cat</a>', "cat@example.org"),
        ("<a class=x HREF = 'mailto:cat@example.org?subject=x'>A. Cat</a>", "cat@example.org"),
        ('<a href="mailto:x@example.net">cat@example.org</a>', "cat@example.org"),
    ],
)
def test_an_address_behind_a_name_in_html(link: str, address: str) -> None:
    raw = (
        "From: postmaster@example.org\nSubject: Undeliverable mail\nContent-Type: text/html\n\n"
        f"<p>Delivery failed to {link}: unknown user</p>\n"
    )
    finding = detect(parse(raw.encode()))

    assert finding is not None
    assert [one.address for one in finding.recipients] == [address]


def test_what_the_far_side_said_below_a_long_explanation() -> None:
    raw = (
        "From: postmaster@example.net\nSubject: Mail System Error - Returned Mail\n\n"
        "This Message was undeliverable due to the following reason:\n\n"
        "The far computer refused it. Some refuse invalid header information or a mail that is\n"
        "too large.\n\nYour message was rejected by mx.example.org for the following reason:\n\n"
        "    No such user\n\nThe following recipients did not receive this message:\n\n"
        "    <cat@example.org>\n"
    )
    finding = detect(parse(raw.encode()))

    assert finding is not None
    assert finding.detector == "intermail"
    assert "No such user" in finding.recipients[0].diagnostic
    assert "too large" not in finding.recipients[0].diagnostic


@pytest.mark.parametrize("label", ["reason", "error", "cause", "procmail", "details", "Problem"])
def test_a_label_flush_left_is_no_name(label: str) -> None:
    assert recipients(f"Your mail was not delivered.\n{label}: no such user\n", "x") == []


@pytest.mark.parametrize("name", ['"|/usr/local/bin/filter"', "/var/spool/archive"])
def test_a_program_or_file_is_whoever_alone_was_written_to(name: str) -> None:
    assert recipients(TRANSCRIPT.format(name), "cat@hub.example.org") == ["cat@hub.example.org"]
    assert recipients(TRANSCRIPT.format(name), "cat@a.example, dog@a.example") == []


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("vaxa::CAT", "CAT@hub.example.net"),
        ("gate::vaxa::CAT", "CAT@hub.example.net"),
        ("vaxa!cat", "vaxa!cat@hub.example.net"),
        ("hub!vaxa!cat", "vaxa!cat@hub.example.net"),
    ],
)
def test_a_path_that_nobody_was_written_to_starts_at_the_host_that_reports(
    path: str, address: str
) -> None:
    assert recipients(TRANSCRIPT.format(path), "cats@lists.example.com") == [address]
    assert recipients(TRANSCRIPT.format(path), "cats@lists.example.com", "<>") == []


LISTED = (
    'Subject: Number 17\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n'
    "--b\nContent-Type: text/plain\n\nThe message below could not be delivered.\n"
    "--b\nContent-Type: message/rfc822\n\nFrom: writer@w.example\n{}"
    "To: cats@lists.example.com\nSubject: Number 17\n--b--\n"
)


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("", ["cats@lists.example.com"]),
        ("Sender: writer@w.example\n", ["cats@lists.example.com"]),
        ("Sender: A list <cats@lists.example.com>\n", []),
        ("Sender: owner-cats@lists.example.com\n", []),
        ("Sender: cats-admin@lists.example.com\n", []),
        ("Errors-To: cats-bounces+dog=example.org@lists.example.com\n", []),
        ("X-BeenThere: cats@lists.example.com\n", []),
        ("X-Mailing-List: <cats@lists.example.com> archive/latest/17\n", []),
        ("List-Post: <mailto:cats@lists.example.com>\n", []),
        (
            "Received: from a.example by b.example for <cats@lists.example.com>; Monday\n"
            "Sender: cats-owner@lists.example.com\n",
            [],
        ),
    ],
)
def test_whom_a_lists_post_was_written_to_is_the_list(header: str, found: list[str]) -> None:
    raw = f"From: MAILER-DAEMON@hub.example.net\nTo: us@example.net\n{LISTED.format(header)}"
    finding = detect(parse(raw.encode()))

    assert [one.address for one in finding.recipients] == found if finding else not found
