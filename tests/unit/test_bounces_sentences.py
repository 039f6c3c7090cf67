"""One sentence suffices, if a mail system says it, or a subject that nothing else has."""

from pathlib import Path

import pytest

from parsers.read import read
from parsers.report import Kind

SENTENCES = (
    "Sorry, no user one@example.net at this site.",
    "The recipient one@example.net does not exist.",
    "one@example.net is not a local user.",
    "There is no mailbox for one@example.net on this machine.",
    "Mail to one@example.net bounced.",
    "I could not find the user one@example.net.",
    "The person you are writing to, one@example.net, has left the company.",
    "We no longer accept mail for one@example.net.",
    "Your letter to one@example.net was thrown away: box full.",
    "The following address is bad: one@example.net",
    "Address one@example.net rejected.",
    "The account one@example.net is closed.",
    "one@example.net: quota exceeded",
    "The mail server for one@example.net refused your message.",
    "Cannot send to one@example.net - host unreachable",
    "User one@example.net isn't known here, message discarded.",
    "Your mail to one@example.net was dropped.",
    "Non existent recipient one@example.net",
    "The e-mail address one@example.net you wrote to is wrong.",
    "Delivery impossible: one@example.net",
    "This is to inform you that one@example.net is not reachable.",
    "The message addressed to one@example.net was not accepted.",
    "Our system has blocked your message to one@example.net as spam.",
    "Recipient: one@example.net\nError: invalid",
    "Problem with recipient <one@example.net>",
    "one@example.net ... 550 ... no",
    "*** one@example.net : unknown ***",
    "To: one@example.net\nResult: failed",
)
SENDERS = (
    ("MAILER-DAEMON@mx.example.com", "Returned mail"),
    ("Mail Delivery Subsystem <MAILER-DAEMON@mx.example.com>", "hello"),
    ("root@mx.example.com", "Undeliverable mail"),
)


@pytest.mark.parametrize(("sender", "subject"), SENDERS, ids=["both", "sender", "subject"])
@pytest.mark.parametrize("sentence", SENTENCES)
def test_one_sentence(sentence: str, sender: str, subject: str) -> None:
    raw = f"From: {sender}\nTo: o@lists.example.org\nSubject: {subject}\n\n{sentence}\n"

    assert [one.address for one in read(raw.encode()).recipients] == ["one@example.net"]


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("subject", ["hello", "Your order", "Re: Undeliverable mail"])
def test_the_same_of_a_person(sentence: str, subject: str) -> None:
    raw = f"From: Dora <dora@example.org>\nTo: o@example.net\nSubject: {subject}\n\n{sentence}\n"

    assert read(raw.encode()).kind not in (Kind.BOUNCE, Kind.DSN)


@pytest.mark.parametrize(
    ("sender", "subject", "text"),
    [
        ("Postmaster <postmaster@mx.example.com>", "Mail delivery", "Not here: one@example.net"),
        ("postmaster@mx.example.com", "Your mail", "Mail for one@example.net is undeliverable."),
        ("Postmaster@mx.example.com", "User unknown", "one@example.net unknown"),
        ("Mail Administrator <a@mx.example.com>", "Mail not delivered", "one@example.net\nUnknown"),
        ("<>", "Mail trouble", "one@example.net could not be found"),
        ("mmdf@mx.example.com", "Failed mail", "Could not be delivered to one@example.net"),
        ("uucp@mx.example.com", "Remote mail failed", "Mail for one@example.net: host unknown"),
        ("SMTP <smtp@gw.example.com>", "Mail failure", "[005] User unknown: one@example.net"),
        ("ims@gw.example.com", "Undeliverable: hi", "one@example.net: unknown recipient"),
        ("gw@gw.example.com", "Message status", "Undeliverable mail: one@example.net"),
        ("ms@mx.example.com", "Nachricht nicht zustellbar", "Unbekannt: one@example.net"),
        (
            "mt@mx.example.com",
            "Problems with your message",
            "Your mail to one@example.net was refused.",
        ),
        ("MAILER-DAEMON@mx.example.com", "Returned mail", "<one@example.net>"),
        ("MAILER-DAEMON@mx.example.com", "Mailbox of one@example.net full, returned", ""),
        ("ms@mx.example.com", "Undeliverable: payment received", "one@example.net unknown"),
    ],
)
def test_old_mail_systems(sender: str, subject: str, text: str) -> None:
    raw = (
        f"From: {sender}\nTo: o@lists.example.org\nSubject: {subject}\n"
        f"Content-Type: text/plain; charset=utf-8\n\n{text}\n"
    )

    assert [one.address for one in read(raw.encode()).recipients] == ["one@example.net"]


@pytest.mark.parametrize("name", ["X-Failed-Recipients", "Failed-Recipient"])
def test_only_a_header_names_it(name: str) -> None:
    raw = (
        "From: mailer-daemon@mx.example.com\nTo: o@lists.example.org\nSubject: Undeliverable\n"
        f"{name}: one@example.net\n\nYour mail could not be delivered.\n"
    )

    assert [one.address for one in read(raw.encode()).recipients] == ["one@example.net"]


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("User unknown: one@example.net", "userunknown"),  # IMail's own word, no server's reply
        ("550 5.1.0 one@example.net was not found on this machine", "userunknown"),
        ("The mailbox of one@example.net is out of space", "mailboxfull"),
        ("The account of one@example.net is currently suspended", "suspend"),
        ("one@example.net: the destination host is not reachable", "networkerror"),
    ],
)
def test_why(sentence: str, reason: str) -> None:
    head = "From: MAILER-DAEMON@mx.example.com\nTo: o@lists.example.org\nSubject: Returned mail"
    (one,) = read(f"{head}\n\n{sentence}\n".encode()).recipients
    assert (one.address, one.reason) == ("one@example.net", reason)


def test_a_bare_code_of_exchange_online_is_read_with_its_words() -> None:
    sample = Path(__file__).parents[1] / "data" / "bounces" / "exchange-online-08.eml"
    (one,) = read(sample.read_bytes()).recipients
    assert (one.status, one.reason) == ("5.1.10", "userunknown")


@pytest.mark.parametrize(("path", "found"), [("<>", ["one@example.net"]), ("<b@example.com>", [])])
def test_of_who_wants_no_answer_no_word_of_mail_is_wanted(path: str, found: list[str]) -> None:
    raw = (
        f"Return-Path: {path}\nFrom: PROFS Bridge <bridge@example.com>\nTo: o@lists.example.org\n"
        "Subject: Undelivered note\n\nNote not delivered to user. Address: one@example.net\n"
    )

    assert [one.address for one in read(raw.encode()).recipients] == found
