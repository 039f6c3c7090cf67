"""Who is spoken of by an address alone, where no other words decide."""

import pytest

from parsers.codes import weigh
from parsers.codes.words import called
from parsers.report import Reason


@pytest.mark.parametrize(
    ("command", "text", "reason"),
    [
        ("RCPT", "550 cat@example.org unknown", Reason.USERUNKNOWN),
        ("RCPT", "550 <cat@example.org> is not valid", Reason.USERUNKNOWN),
        ("RCPT", "550 cat@example.org has been deactivated", Reason.SUSPEND),
        ("RCPT", "550 cat@example.org is out of quota", Reason.MAILBOXFULL),
        ("RCPT", "550 cat@example.org refuses your mail", Reason.FILTERED),
        ("RCPT", "550 (cat@example.org:blocked)", Reason.BLOCKED),
        ("RCPT", "550 <cat@example.org>: Recipient address rejected: Blocked", Reason.BLOCKED),
        ("MAIL", "550 dog@example.com is blocked", Reason.BLOCKED),
        ("MAIL", "550 <dog@example.com> is banned", Reason.REJECTED),
        ("MAIL", "550 192.0.2.3 is banned", Reason.BLOCKED),
        ("RCPT", "554 5.7.1 mail from [192.0.2.3] refused", Reason.BLOCKED),
        ("RCPT", "554 5.7.1 mta.example.com[192.0.2.3] is not allowed to send", Reason.BLOCKED),
        ("", "connection to mx.example.org lost", Reason.NETWORKERROR),
        ("", "session with 192.0.2.3 timed out", Reason.EXPIRED),
        ("", "SMTP connection to mx.example.org (192.0.2.3):25 failed", Reason.NETWORKERROR),
        ("", "mx.example.org is not in the DNS", Reason.HOSTUNKNOWN),
        ("", "sh: filter.pl is not in the DNS", Reason.ONHOLD),
    ],
)
def test_whoever_is_told_by_an_address(command: str, text: str, reason: Reason) -> None:
    assert weigh(text, command=command).reason is reason


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("<a@b.example> is locked", " mailbox is locked "),
        ("(a@b.example:blocked)", " blocked "),
        ("connection to host mx.example.org[192.0.2.1]:25 lost", " connection lost "),
        ("mx.example.org[192.0.2.1] refused", " ip refused "),
        ("example.org refused", " domain refused "),
        ("version 4.94.2 of cat.pl in /etc/mail.org", " version 4 94 2 of cat pl in etc mail org "),
    ],
)
def test_words_for_addresses(text: str, folded: str) -> None:
    assert called(text, "mailbox") == folded


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("550 this person, who was our director, is not with us", Reason.USERUNKNOWN),
        ("550 there is no way to reach that person", Reason.USERUNKNOWN),
        ("550 the user has got far too much mail", Reason.MAILBOXFULL),
        ("550 sorry, the mailbox that you wrote to was frozen", Reason.SUSPEND),
        ("550 the owner of this mailbox wants no mail", Reason.FILTERED),
        ("554 your network was in the past often refused", Reason.BLOCKED),
        ("550 a dangerous kind of program was in it", Reason.VIRUSDETECTED),
        ("550 zip files with passwords are by us not accepted", Reason.CONTENTERROR),
        ("550 the user of the great and famous machine in the cellar is full of it", Reason.ONHOLD),
    ],
)
def test_what_is_only_guessed_from_words_that_stand_near_each_other(
    text: str, reason: Reason
) -> None:
    assert weigh(text, command="RCPT").reason is reason


def test_a_guess_goes_after_whatever_a_code_or_a_phrase_tells() -> None:
    guess = "mail service here, as we said, stopped"
    assert weigh(f"552 5.2.2 {guess}", command="RCPT").reason is Reason.MAILBOXFULL
    assert weigh(f"550 user unknown: {guess}", command="RCPT").reason is Reason.USERUNKNOWN


def test_an_address_makes_no_success_of_a_failure() -> None:
    assert weigh("Could not be delivered to: <cat@example.org>").reason is Reason.ONHOLD
