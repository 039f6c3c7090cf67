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
        ("", "mx.example.org has no DNS records", Reason.HOSTUNKNOWN),
        ("", "sh: filter.pl has no DNS records", Reason.ONHOLD),
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
        ("example.org refused", " host refused "),
        ("version 4.94.2 of cat.pl in /etc/mail.org", " version 4 94 2 of cat pl in etc mail org "),
    ],
)
def test_words_for_addresses(text: str, folded: str) -> None:
    assert called(text, "mailbox") == folded
