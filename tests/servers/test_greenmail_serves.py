"""The GreenMail fixture keeps what it promises: doors, accounts, sub-addressing, a reset."""

import imaplib
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.plugins.greenmail import BOUNCES, GreenMail

pytestmark = pytest.mark.servers

ANNA = "anna@green.test"


@contextmanager
def _mailbox(server: GreenMail, address: str) -> Iterator[imaplib.IMAP4]:
    trusted = ssl.create_default_context(cafile=str(server.certificates.ca))
    with imaplib.IMAP4_SSL(
        server.host, server.imaps_port, ssl_context=trusted, timeout=10
    ) as client:
        client.login(address, server.accounts[address])
        client.select()
        yield client


def _count(server: GreenMail, address: str) -> int:
    with _mailbox(server, address) as client:
        return len(client.uid("SEARCH", "ALL")[1][0].split())


def _send(server: GreenMail, *recipients: str) -> None:
    with smtplib.SMTP(server.host, server.smtp_port, timeout=60) as client:
        client.sendmail("sender@else.test", recipients, b"Subject: hello\r\n\r\nhello\r\n")


def test_mail_sent_by_smtp_is_read_by_imap_over_tls(greenmail: GreenMail) -> None:
    _send(greenmail, ANNA)
    assert _count(greenmail, ANNA) == 1


def test_a_sub_address_arrives_in_the_mailbox_itself(greenmail: GreenMail) -> None:
    _send(greenmail, BOUNCES.replace("@", "+anything@"))
    assert _count(greenmail, BOUNCES) == 1


def test_each_test_begins_with_empty_mailboxes(greenmail: GreenMail) -> None:
    _send(greenmail, ANNA, BOUNCES)
    greenmail.purge()
    assert _count(greenmail, ANNA) == 0
    assert _count(greenmail, BOUNCES) == 0


@pytest.mark.parametrize("password", ["pass-anna", "wrong"])
def test_smtp_over_tls_verifies_and_asks_for_a_password(
    greenmail: GreenMail, password: str
) -> None:
    trusted = ssl.create_default_context(cafile=str(greenmail.certificates.ca))
    with smtplib.SMTP_SSL(
        greenmail.host, greenmail.smtps_port, context=trusted, timeout=10
    ) as client:
        try:
            client.login(ANNA, password)
        except smtplib.SMTPAuthenticationError:
            logged_in = False
        else:
            logged_in = True
    assert logged_in == (password == greenmail.accounts[ANNA])
