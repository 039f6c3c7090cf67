"""Notices go out by GreenMail's SMTP; what people answer is watched by its IMAP."""

import imaplib
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.policy import SMTP, default
from email.utils import make_msgid
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.agents import Home, write_home
from tests.plugins.greenmail import BOUNCES, DOMAIN, GreenMail

pytestmark = pytest.mark.servers

KEY = "alert-3"
ANNA, BEN, CARLA = (f"{name}@{DOMAIN}" for name in ("anna", "ben", "carla"))
REPLIES = f"replies@{DOMAIN}"
SYSTEM = f"mailer-daemon@{DOMAIN}"  # GreenMail takes no null sender


def _home(directory: Path, server: GreenMail, **mailbox: Any) -> Home:
    """Sends over TLS with a password; returns come as bounces+MARK, since all is one domain."""
    ca = str(server.certificates.ca)
    here = {"host": "localhost", "security": "tls", "ca_file": ca}
    return write_home(
        directory,
        {
            "identity": {
                "sender": f"Notices <{REPLIES}>",
                "return_path": f"bounces+{{token}}@{DOMAIN}",
                "reply_to": f"replies+{{token}}@{DOMAIN}",
            },
            "routes": [
                {
                    **here,
                    "name": "greenmail",
                    "port": server.smtps_port,
                    "username": REPLIES,
                    "password": server.accounts[REPLIES],
                }
            ],
            "mailboxes": [
                {
                    **here,
                    "name": address.partition("@")[0],
                    "port": server.imaps_port,
                    "username": address,
                    "password": server.accounts[address],
                    **mailbox,
                }
                for address in (BOUNCES, REPLIES)
            ],
            "policies": [{"name": "read", "stage": "delivered"}],
        },
    )


@contextmanager
def _mailbox(server: GreenMail, address: str, folder: str = "INBOX") -> Iterator[imaplib.IMAP4]:
    trusted = ssl.create_default_context(cafile=str(server.certificates.ca))
    with imaplib.IMAP4_SSL(
        server.host, server.imaps_port, ssl_context=trusted, timeout=10
    ) as client:
        client.login(address, server.accounts[address])
        client.select(folder)
        yield client


def _mails(server: GreenMail, address: str, folder: str = "INBOX") -> list[Message]:
    with _mailbox(server, address, folder) as client:
        _, answer = client.uid("FETCH", "1:*", "(BODY.PEEK[])")
    raws = [item[1] for item in answer if isinstance(item, tuple)]
    return [BytesParser(policy=default).parsebytes(raw) for raw in raws]


def _deliver(server: GreenMail, sender: str, recipient: str, mail: EmailMessage) -> None:
    with smtplib.SMTP(server.host, server.smtp_port, timeout=60) as client:
        client.sendmail(sender, [recipient], mail.as_bytes(policy=SMTP))


def _receipt(notice: Message, reader: str) -> EmailMessage:
    """What a mail program sends when its user agrees (RFC 8098)."""
    mail = EmailMessage()
    mail["From"], mail["To"] = reader, notice["Disposition-Notification-To"]
    mail["Subject"], mail["Message-ID"] = "Read: A notice", make_msgid(domain=DOMAIN)
    mail.set_content("Your message was displayed.")
    mail.make_mixed()
    said = EmailMessage()
    said["Content-Type"] = "message/disposition-notification"
    said.set_payload(
        f"Reporting-UA: mail.{DOMAIN}; test\r\n"
        f"Final-Recipient: rfc822; {reader}\r\n"
        f"Original-Message-ID: {notice['Message-ID']}\r\n"
        "Disposition: manual-action/MDN-sent-manually; displayed\r\n"
    )
    mail.attach(said)
    mail.replace_header("Content-Type", "multipart/report")
    mail.set_param("report-type", "disposition-notification")
    return mail


def _answer(notice: Message, writer: str, text: str, **headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"] = writer, notice["Reply-To"]
    mail["Subject"], mail["In-Reply-To"] = f"Re: {notice['Subject']}", notice["Message-ID"]
    mail["Message-ID"] = make_msgid(domain=DOMAIN)
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


def _address(header: str) -> str:
    return header.rpartition("<")[2].rstrip(">").strip()


def test_what_people_do_becomes_their_deliveries_state(
    greenmail: GreenMail, tmp_path: Path
) -> None:
    home = _home(tmp_path, greenmail)
    home.send(KEY, ANNA, BEN, CARLA)
    home.run_once()
    to_anna, to_ben, to_carla = (_mails(greenmail, who)[0] for who in (ANNA, BEN, CARLA))

    dnt = _address(to_anna["Disposition-Notification-To"])
    assert dnt == _address(to_anna["Return-Path"]), "or no automatic receipt: RFC 8098 2.1"
    _deliver(greenmail, ANNA, dnt, _receipt(to_anna, ANNA))
    reply_to = _address(to_ben["Reply-To"])
    _deliver(greenmail, BEN, reply_to, _answer(to_ben, BEN, "Thank you, I do it today."))
    away = _answer(
        to_carla, CARLA, "I am out of the office until Monday.", Auto_Submitted="auto-replied"
    )
    _deliver(greenmail, SYSTEM, _address(to_carla["Return-Path"]), away)

    home.run_once()
    states = {who: home.story(KEY, who)["state"] for who in (ANNA, BEN, CARLA)}
    assert {who: state["stage"] for who, state in states.items()} == {
        ANNA: "displayed",
        BEN: "acted",
        CARLA: "delivered",
    }
    assert {state["verdict"] for state in states.values()} == {"landed"}


def test_a_relay_without_dsn_is_told(greenmail: GreenMail, tmp_path: Path) -> None:
    home = _home(tmp_path, greenmail)
    home.send(KEY, ANNA)
    home.run_once()
    story = home.story(KEY, ANNA)
    assert story["attempts"][0]["dsn_offered"] is False
    assert (story["state"]["stage"], story["state"]["verdict"]) == ("accepted", "waiting")


def test_the_same_key_again_is_no_second_mail(greenmail: GreenMail, tmp_path: Path) -> None:
    home = _home(tmp_path, greenmail)
    for _ in range(2):
        home.send(KEY, ANNA)
        home.run_once()
    assert len(_mails(greenmail, ANNA)) == 1


def test_a_forged_token_changes_nothing(greenmail: GreenMail, tmp_path: Path) -> None:
    home = _home(tmp_path, greenmail)
    home.send(KEY, ANNA)
    home.run_once()
    before = home.story(KEY, ANNA)
    (notice,) = _mails(greenmail, ANNA)
    mark = _address(notice["Return-Path"]).partition("+")[2].partition("@")[0]
    forged = mark[:-1] + ("a" if mark[-1] != "a" else "b")
    failure = _answer(notice, ANNA, "550 5.1.1 user unknown")
    failure.replace_header("To", f"bounces+{forged}@{DOMAIN}")
    del failure["In-Reply-To"]
    _deliver(greenmail, SYSTEM, f"bounces+{forged}@{DOMAIN}", failure)
    home.run_once()
    after = home.story(KEY, ANNA)
    assert after["state"] == before["state"]
    assert after["evidence"] == before["evidence"]
    assert home.reports() == (1, 1), "it is kept, and shown as nobody's"


def test_a_recorded_answer_is_moved_and_a_strange_mail_stays(
    greenmail: GreenMail, tmp_path: Path
) -> None:
    home = _home(tmp_path, greenmail, after="move", move_to="Landed")
    for address in (BOUNCES, REPLIES):
        with _mailbox(greenmail, address) as client:
            client.create("Landed")
    home.send(KEY, BEN)
    home.run_once()
    (notice,) = _mails(greenmail, BEN)
    _deliver(greenmail, BEN, _address(notice["Reply-To"]), _answer(notice, BEN, "Thank you."))
    stranger = EmailMessage()
    stranger["From"], stranger["To"], stranger["Subject"] = CARLA, REPLIES, "Lunch?"
    stranger.set_content("At noon?")
    _deliver(greenmail, CARLA, REPLIES, stranger)
    home.run_once()
    assert [mail["Subject"] for mail in _mails(greenmail, REPLIES)] == ["Lunch?"]
    assert [mail["From"] for mail in _mails(greenmail, REPLIES, "Landed")] == [BEN]
    assert home.story(KEY, BEN)["state"]["stage"] == "acted"
