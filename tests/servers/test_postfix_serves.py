"""The mail site keeps what it promises: each member of the cast meets the fate it is there for."""

import email
import email.policy
import smtplib
import ssl

import pytest

from tests.plugins.mailsite import Cast, MailSite

pytestmark = pytest.mark.servers

SENDER = f"b0@{Cast.BOUNCE_DOMAIN}"


def _send(site: MailSite, recipient: str) -> None:
    xtext = recipient.replace("+", "+2B")
    with smtplib.SMTP(site.host, site.smtp_port, timeout=60) as client:
        client.sendmail(
            SENDER,
            [recipient],
            b"Subject: hello\r\n\r\nhello\r\n",
            mail_options=["RET=HDRS", "ENVID=e1"],
            rcpt_options=["NOTIFY=SUCCESS,FAILURE,DELAY", f"ORCPT=rfc822;{xtext}"],
        )


def _fates(mails: list[bytes]) -> list[tuple[str, str]]:
    """Action and Status of each DSN, in order of arrival."""
    fates = []
    for raw in mails:
        report = email.message_from_bytes(raw, policy=email.policy.compat32)
        parts = [p for p in report.walk() if p.get_content_type() == "message/delivery-status"]
        recipient = parts[0].get_payload()[1]  # type: ignore[index]  # compat32: blocks as messages
        fates.append((str(recipient["Action"]), str(recipient["Status"])))  # type: ignore[index]
    return fates


@pytest.mark.parametrize(
    ("recipient", "fate"),
    [
        (Cast.ANNA, ("delivered", "2.0.0")),
        (Cast.EVA, ("relayed", "2.0.0")),
        (Cast.TEAM, ("expanded", "2.0.0")),
        (Cast.FULL, ("failed", "5.2.2")),
        (Cast.GHOST, ("failed", "5.1.1")),
        (Cast.GONE, ("failed", "5.1.1")),
        (Cast.BUSY, ("delayed", "4.3.2")),
        (Cast.CLOSED, ("delayed", "4.4.1")),
    ],
)
def test_a_report_tells_the_fate(
    mail_site: MailSite, recipient: str, fate: tuple[str, str]
) -> None:
    _send(mail_site, recipient)
    assert _fates(mail_site.wait_for_mails(Cast.BOUNCES, 1)) == [fate]


@pytest.mark.parametrize(
    ("recipient", "code"), [(Cast.NOBODY, 550), (Cast.REFUSED, 554), (Cast.GREYLISTED, 450)]
)
def test_a_recipient_is_refused_in_session(mail_site: MailSite, recipient: str, code: int) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
        _send(mail_site, recipient)
    assert refusal.value.recipients[recipient][0] == code


def test_a_delayed_mail_can_be_given_up(mail_site: MailSite) -> None:
    _send(mail_site, Cast.CLOSED)
    mail_site.wait_for_mails(Cast.BOUNCES, 1)
    assert mail_site.waiting() == [Cast.CLOSED]
    mail_site.postfix.expire()
    assert _fates(mail_site.wait_for_mails(Cast.BOUNCES, 2)) == [
        ("delayed", "4.4.1"),
        ("failed", "4.4.1"),
    ]


def test_the_bounce_domain_catches_all_and_keeps_the_address(mail_site: MailSite) -> None:
    _send(mail_site, f"Bxyz@{Cast.BOUNCE_DOMAIN}")
    mails = mail_site.wait_for_mails(Cast.BOUNCES, 1)
    assert b"bxyz@bounces.test" in mails[0].lower()


def test_a_sub_address_arrives_in_the_mailbox_itself(mail_site: MailSite) -> None:
    _send(mail_site, Cast.REPLIES.replace("@", "+anything@"))
    assert len(mail_site.wait_for_mails(Cast.REPLIES, 1)) == 1


def test_submission_wants_tls_and_a_password(mail_site: MailSite) -> None:
    trusted = ssl.create_default_context(cafile=str(mail_site.certificates.ca))
    with smtplib.SMTP(mail_site.host, mail_site.submission_port, timeout=60) as client:
        client.ehlo()
        assert not client.has_extn("auth")
        client.starttls(context=trusted)
        client.ehlo()
        assert client.has_extn("dsn")
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.sendmail(SENDER, [Cast.EVA], b"Subject: no\r\n\r\n")
        assert client.login(Cast.ANNA, mail_site.accounts[Cast.ANNA])[0] == 235
        assert client.sendmail(SENDER, [Cast.EVA], b"Subject: yes\r\n\r\n") == {}


def test_imap_offers_what_a_watcher_asks_for(mail_site: MailSite) -> None:
    with mail_site.mailbox(Cast.BOUNCES, "Junk") as client:
        offered = client.capability()[1][0].split()
    assert {b"IDLE", b"MOVE", b"UIDPLUS", b"CONDSTORE"} <= set(offered)


def test_each_test_begins_with_nothing(mail_site: MailSite) -> None:
    _send(mail_site, Cast.ANNA)
    _send(mail_site, Cast.CLOSED)
    mail_site.wait_for_mails(Cast.BOUNCES, 2)
    mail_site.reset()
    assert mail_site.waiting() == []
    assert mail_site.mails(Cast.ANNA) == []
    assert mail_site.mails(Cast.BOUNCES) == []
