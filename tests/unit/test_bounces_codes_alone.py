"""A bounce that says no word: an address, and a code beside it or below."""

import pytest

from parsers.read import read
from parsers.report import Kind, Reason, RecipientReport


def told(text: str, sender: str = "postmaster@mx.example.org") -> tuple[RecipientReport, ...]:
    report = read(
        f"Return-Path: <>\nFrom: {sender}\nTo: dog@example.net\nSubject: Delivery failure\n\n"
        f"{text}".encode()
    )
    assert report.kind is Kind.BOUNCE
    return report.recipients


@pytest.mark.parametrize("sender", ["postmaster@mx.example.org", "MAILER-DAEMON@mx.example.org"])
@pytest.mark.parametrize(
    "text",
    [
        "<cat@example.org>: 554\n",
        "Your message could not be delivered.\n\n<cat@example.org>: 554\n",
        "Your message could not be delivered to these recipients:\n\n<cat@example.org>\n554\n",
        "Delivery failed:\n\ncat@example.org\n554\n",
        "cat@example.org\n\n554\n",
        "cat@example.org\n(554)\n",
        "cat@example.org 554\n",
        "Delivery failed:\n\n  cat@example.org, 554.\n",
    ],
)
def test_a_reply_code_is_all_that_is_said(text: str, sender: str) -> None:
    (one,) = told(text, sender)

    assert (one.address, one.reply_code, one.reason) == ("cat@example.org", "554", Reason.ONHOLD)


@pytest.mark.parametrize(
    "text",
    [
        "Delivery failed:\n\ncat@example.org\n5.1.1\n",
        "cat@example.org\n5.1.1\n",
        "<cat@example.org>: 5.1.1\n",
    ],
)
def test_a_status_is_all_that_is_said(text: str) -> None:
    (one,) = told(text)

    assert (one.address, one.status, one.reason) == ("cat@example.org", "5.1.1", Reason.USERUNKNOWN)


def test_each_address_has_the_code_below_it() -> None:
    both = told("cat@example.org\n554 5.7.1\n\nfox@example.org\n552 5.2.2\n")

    assert [(one.address, one.status, one.reply_code) for one in both] == [
        ("cat@example.org", "5.7.1", "554"),
        ("fox@example.org", "5.2.2", "552"),
    ]
