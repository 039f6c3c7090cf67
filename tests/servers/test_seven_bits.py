"""A real Postfix that offers neither 8BITMIME nor SMTPUTF8, and mail that has eight bits."""

import email
import email.policy
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.outbound.intake import accept_message
from agent.outbound.routes import Relay
from agent.outbound.smtp.client import probe
from tests.plugins.mailsite import Cast, MailSite
from tests.plugins.outgoing import IDENTITY, Outgoing, open_outgoing, policies

pytestmark = pytest.mark.servers

BODY = "Grüße aus Köln,\r\n.\r\nund bis bald \r\n"
HEAD = f"From: Jürgen <app@example.org>\r\nTo: {Cast.ANNA}\r\nSubject: Grüße\r\n"
MIME = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
LETTER = f"{HEAD}{MIME}Content-Transfer-Encoding: 8bit\r\n\r\n{BODY}"


@pytest.fixture
def outgoing(tmp_path: Path) -> Iterator[Outgoing]:
    with open_outgoing(tmp_path) as opened:
        yield opened


def old(site: MailSite) -> Relay:
    return Relay(
        *("old", site.host, site.old_port),
        security="none",
        timeout=timedelta(seconds=20),
        local_hostname="agent.test",
    )


def owe(outgoing: Outgoing, letter: str) -> int:
    accepted = accept_message(
        outgoing.ledger,
        letter.encode(),
        sender=IDENTITY.sender,
        policies=policies,
        now=datetime.now(UTC),
        key="k",
    )
    return accepted.deliveries[0].id


def test_it_offers_neither(mail_site: MailSite) -> None:
    offered = probe(old(mail_site))
    assert offered.pipelining
    assert not offered.eight_bit
    assert not offered.smtputf8


def test_the_mail_arrives_as_it_was_meant(mail_site: MailSite, outgoing: Outgoing) -> None:
    owe(outgoing, LETTER)
    assert outgoing.send(old(mail_site)).accepted == 1
    (mail,) = mail_site.wait_for_mails(Cast.ANNA, 1)
    assert mail.isascii()
    found = email.message_from_bytes(mail, policy=email.policy.default)
    assert found["Subject"] == "Grüße"
    assert found["From"] == "Jürgen <app@example.org>"
    assert found.get_payload(decode=True) == BODY.encode()


def test_what_is_signed_is_refused_with_what_to_do(mail_site: MailSite, outgoing: Outgoing) -> None:
    number = owe(outgoing, f"DKIM-Signature: v=1; h=date\r\n{LETTER}")
    assert outgoing.send(old(mail_site)).rejected == 1
    why = outgoing.view(number).state.why
    assert "does not offer 8BITMIME" in why
    assert "encode it as quoted-printable or base64 before it is signed" in why
    assert mail_site.waiting() == []
