"""The SMTP listener over real sockets: what it takes, what it refuses, and how it ends."""

import asyncio
import contextlib
import logging
import re
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from agent.ingress.conversation import Conversation
from agent.ingress.credentials import CredentialsError, add_user
from agent.ingress.door import Door
from agent.ingress.listener import Listener, Place
from agent.outbound.intake import Accepted, Screened
from store.database import Ledger
from store.errors import LedgerBusy
from store.ids import parse_tracking_id
from store.packing import unpack
from store.reading import Reader
from store.tables import NOTICE
from tests.plugins.certificates import Certificates, write_certificates
from tests.plugins.doors import LETTER, Wire, a_door, keys, serving

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return write_certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger.open(tmp_path / "landed.db")
    yield opened
    opened.close()


@contextmanager
def listening(
    ledger: Ledger,
    *,
    place: Place | None = None,
    users: Path | None = None,
    connections: int = 20,
    timeout: float = 30,
    door: Door | None = None,
    classes: dict[str, str] | None = None,
    **limits: int,
) -> Iterator[int]:
    listener = Listener(
        door or a_door(ledger, **limits),
        place or Place("127.0.0.1", 0),
        hostname="listener.test",
        message_id_domain="example.org",
        users=users,
        connections=connections,
        timeout=timedelta(seconds=timeout),
        classes=classes,
    )
    with serving(listener.run) as port:
        yield port


def send(port: int, raw: bytes = LETTER, *to: str) -> tuple[int, str]:
    """The reply to the final dot."""
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
        return deliver(client, raw, *to)


def deliver(client: smtplib.SMTP, raw: bytes, *to: str) -> tuple[int, str]:
    client.ehlo()
    client.command_encoding = "utf-8"
    client.mail("app@example.org")
    for one in to or ("ada@example.com",):
        assert client.rcpt(one)[0] == 250
    code, text = client.data(raw)
    return code, text.decode()


def test_each_recipient_is_a_delivery_and_the_reply_names_them(
    ledger: Ledger, tmp_path: Path
) -> None:
    with listening(ledger) as port:
        code, text = send(port, LETTER, "ada@example.com", "Ben@Example.COM", "jo@müller.example")
        again = send(port, LETTER, "ada@example.com")
    assert code == 250
    ids = [word.strip(",") for word in text.partition("deliveries ")[2].split()]
    assert len(ids) == 3
    with Reader.open(tmp_path / "landed.db") as reader:
        traces = [reader.trace(parse_tracking_id(one)) for one in ids]
    assert [one.delivery.recipient for one in traces if one] == [
        "ada@example.com",
        "Ben@example.com",
        "jo@xn--mller-kva.example",
    ]
    assert keys(tmp_path / "landed.db", "own@example.org")["own@example.org"] == sorted(
        ["ada@example.com", "Ben@example.com", "jo@xn--mller-kva.example"]
    )
    assert again[0] == 250
    assert "known already" in again[1]
    assert ids[0] in again[1]


def test_the_classes_of_header_login_and_listener(ledger: Ledger, tmp_path: Path) -> None:
    users = tmp_path / "users"
    add_user(users, "app", PASSWORD)
    named = LETTER.replace(b"own@", b"named@").replace(
        b"\r\n\r\n", b"\r\nX-Landed-Class: a\r\n\r\n"
    )
    plain = LETTER.replace(b"own@", b"plain@")
    with listening(ledger, users=users) as port:
        for login, raw in (("app+b", named), ("app+b", LETTER), ("app", plain)):
            with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
                client.login(login, PASSWORD)
                assert deliver(client, raw)[0] == 250
    with Reader.open(tmp_path / "landed.db") as reader:
        found = {
            key: story.notice_class
            for key in ("named@example.org", "own@example.org", "plain@example.org")
            if (story := reader.notice(key))
        }
    assert list(found.values()) == ["a", "b", "notice"]


def test_the_envelope_sender_may_choose_the_class(ledger: Ledger, tmp_path: Path) -> None:
    named = LETTER.replace(b"\r\n\r\n", b"\r\nX-Landed-Class: own\r\n\r\n")
    sent = {
        "one": ("Alarms@Example.org", LETTER),
        "two": ("other@example.org", LETTER),
        "three": ("other@elsewhere.example", LETTER),
        "four": ("alarms@example.org", named),
    }
    classes = {"alarms@EXAMPLE.org": "alarm", "example.org": "shop"}
    with listening(ledger, classes=classes) as port:
        for key, (sender, raw) in sent.items():
            with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
                own = raw.replace(b"own@", f"{key}@".encode())
                client.sendmail(sender, ["ada@example.com"], own)
    with Reader.open(tmp_path / "landed.db") as reader:
        stories = [reader.notice(f"{key}@example.org") for key in sent]
    assert [story.notice_class if story else "" for story in stories] == [
        "alarm", "shop", "notice", "own",
    ]  # fmt: skip


def test_keys_come_from_the_message_or_are_made(ledger: Ledger, tmp_path: Path) -> None:
    own = b"X-Landed-Notice: inv-7\r\n" + LETTER
    bare = b"From: a@example.org\r\nSubject: x\r\n\r\nHello\r\n"
    with listening(ledger) as port:
        assert send(port, own)[0] == 250
        first, second = send(port, bare), send(port, bare)
    assert keys(tmp_path / "landed.db", "inv-7") == {"inv-7": ["ada@example.com"]}
    assert (first[0], second[0]) == (250, 250)
    assert first[1] != second[1]
    assert "known already" not in second[1]


def test_what_is_refused_and_how(ledger: Ledger, tmp_path: Path) -> None:
    with listening(ledger, max_bytes=5000, max_recipients=2) as port:
        with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
            client.ehlo()
            assert client.esmtp_features["size"] == "5000"
            assert "auth" not in client.esmtp_features
            assert client.docmd("MAIL FROM:<>")[0] == 550
            assert client.docmd("AUTH PLAIN", "AGEAYg==")[0] == 502
            client.mail("a@example.org", ["AUTH=<>"])
            for wrong in (
                "no body",
                "a@",
                "a b@example.com",
                "a@exa mple.com",
                "",
                '"a@example.com',
            ):
                code, text = client.docmd(f"RCPT TO:<{wrong}>")
                assert 500 <= code < 600, (wrong, text)
            assert client.rcpt("a@example.com")[0] == 250
            assert client.rcpt("b@example.com")[0] == 250
            assert client.rcpt("c@example.com")[0] == 452
            assert client.data(LETTER)[0] == 250
            assert client.docmd("MAIL", "FROM:<a@example.org> SIZE=6000")[0] == 552
        assert send(port, LETTER + b"x" * 70 + b"\r\n" * 3000)[0] == 552
        conflict = send(port, LETTER.replace(b"Hello.", b"Other."))
        loop = send(port, b"X-Landed-Id: x\r\nReceived: by b\r\n" + LETTER)
        circle = send(port, b"Received: by b\r\n" * 40 + LETTER)
        broken = send(port, b"From: a@example.org\r\nno header\r\nSubject: x\r\n\r\nx\r\n")
    assert conflict[0] == loop[0] == circle[0] == broken[0] == 554
    assert "other content" in conflict[1]
    assert "loop" in loop[1]
    assert "circle" in circle[1]
    assert keys(tmp_path / "landed.db", "own@example.org") == {
        "own@example.org": ["a@example.com", "b@example.com"]
    }


@pytest.mark.parametrize(
    "body",
    [
        b"one\n.\nMAIL FROM:<evil@example.org>\r\n",
        b"one\r\n.\nMAIL FROM:<evil@example.org>\r\n",
        b"one\n.\r\nMAIL FROM:<evil@example.org>\r\n",
        b"one\r.\rMAIL FROM:<evil@example.org>\r\n",
        b"one\r\n\x00\r.\r\r\n",
    ],
)
def test_nothing_is_smuggled_in(ledger: Ledger, tmp_path: Path, body: bytes) -> None:
    with listening(ledger) as port, closing(Wire(port)) as wire:
        wire.hear()
        wire.ask(b"EHLO me")
        wire.ask(b"MAIL FROM:<a@example.org>")
        wire.ask(b"RCPT TO:<ada@example.com>")
        assert wire.ask(b"DATA").startswith("354")
        wire.say(b"Message-ID: <own@example.org>\r\nSubject: x\r\n\r\n" + body)
        assert wire.ask(b".").startswith("554 5.6.0 a carriage return or line feed")
        assert wire.ask(b"QUIT").startswith("221")
    assert keys(tmp_path / "landed.db", "own@example.org") == {"own@example.org": []}


def test_lines_that_all_end_in_a_line_feed_are_lines(ledger: Ledger, tmp_path: Path) -> None:
    """As sendmail() of Python's smtplib sends octets, which many programs give it."""
    letter = LETTER.replace(b"\r\n", b"\n") + b".\n..two\nMAIL FROM:<evil@example.org>\n"
    with listening(ledger) as port, smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
        assert client.sendmail("app@example.org", ["ada@example.com"], letter) == {}
        assert client.sendmail("app@example.org", ["ada@example.com"], letter) == {}
    assert keys(tmp_path / "landed.db", "own@example.org")["own@example.org"] == ["ada@example.com"]
    with ledger.transaction(read_only=True) as tx:
        (content,) = tx.scalars(select(NOTICE.c.content)).all()
    assert unpack(content) == letter.replace(b"\n", b"\r\n") + b"\r\n"


def test_a_source_route_is_passed_over(ledger: Ledger, tmp_path: Path) -> None:
    with listening(ledger) as port, closing(Wire(port)) as wire:
        wire.hear()
        wire.ask(b"EHLO me")
        wire.ask(b"MAIL FROM:<a@example.org>")
        assert wire.ask(b"RCPT TO:<@a.example,@b.example:ada@example.com>").startswith("250")
        assert wire.ask(b"RCPT TO:<@a.example:>").startswith("553")
        wire.ask(b"DATA")
        assert wire.ask(LETTER + b".").startswith("250")
    assert keys(tmp_path / "landed.db", "own@example.org")["own@example.org"] == ["ada@example.com"]


def test_a_recipient_who_is_a_name_alone_gets_our_domain(ledger: Ledger, tmp_path: Path) -> None:
    with listening(ledger) as port, closing(Wire(port)) as wire:
        wire.hear()
        wire.ask(b"EHLO me")
        wire.ask(b"MAIL FROM:<root>")
        for name in (b"<root>", b"<Postmaster>", b"root"):
            assert wire.ask(b"RCPT TO:" + name).startswith("250")
        assert wire.ask(b"RCPT TO:<>").startswith("553")
        wire.ask(b"DATA")
        letter = re.sub(rb"(?m)^From:.*\r$", b"From: root (Cron Daemon)\r", LETTER)
        assert wire.ask(letter + b".").startswith("250")
    assert keys(tmp_path / "landed.db", "own@example.org")["own@example.org"] == [
        *("Postmaster@example.org", "root@example.org")
    ]
    with Reader.open(tmp_path / "landed.db") as reader:
        story = reader.notice("own@example.org")
    assert story is not None
    assert story.sender == "Cron Daemon <root@example.org>"


def test_commands_in_one_flight_are_answered_in_order(ledger: Ledger) -> None:
    with listening(ledger) as port, closing(Wire(port)) as wire:
        wire.hear()
        wire.ask(b"EHLO me")
        wire.say(
            b"MAIL FROM:<a@example.org>\r\nRCPT TO:<x@@y>\r\nRCPT TO:<ada@example.com>\r\nDATA\r\n"
        )
        assert [wire.hear()[:3] for _ in range(4)] == ["250", "553", "250", "354"]
        assert wire.ask(LETTER + b".").startswith("250 2.0.0 Ok")


def test_login_is_required_where_there_are_users(
    ledger: Ledger, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    users = tmp_path / "users"
    add_user(users, "app", PASSWORD)
    assert PASSWORD not in users.read_text()
    assert users.stat().st_mode & 0o077 == 0
    with listening(ledger, users=users) as port:
        with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
            client.ehlo()
            assert client.mail("a@example.org")[0] == 530
            for name, password in (("app", PASSWORD[1:]), ("app2", PASSWORD)):
                client.user, client.password = name, password
                with pytest.raises(smtplib.SMTPAuthenticationError):
                    client.auth("PLAIN", client.auth_plain)
            client.user, client.password = "app", PASSWORD
            assert client.auth("LOGIN", client.auth_login)[0] == 235
            assert deliver(client, LETTER)[0] == 250
        # a new user is known without a restart
        add_user(users, "new", PASSWORD)
        with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
            client.login("new", PASSWORD)
            assert deliver(client, LETTER)[0] == 250
        with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
            client.ehlo()
            codes = [client.docmd("AUTH", "PLAIN AGFwcAB4")[0] for _ in range(4)]
        assert codes == [535, 535, 535, 421]
    told = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "login-refused" in told
    logged = {
        record.getMessage(): record.landed_fields
        for record in caplog.records
        if hasattr(record, "landed_fields")
    }
    assert logged["login-refused"]["client"] == "127.0.0.1"
    assert (logged["accepted"]["client"], logged["accepted"]["user"]) == ("127.0.0.1", "new")
    assert "horse" not in told
    assert "app2" not in told


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_tls(ledger: Ledger, tmp_path: Path, certificates: Certificates, security: str) -> None:
    users = tmp_path / "users"
    add_user(users, "app", PASSWORD)
    place = Place("127.0.0.1", 0, security, str(certificates.chain), str(certificates.key))
    trust = ssl.create_default_context(cafile=str(certificates.ca))
    with listening(ledger, place=place, users=users) as port:
        client: smtplib.SMTP
        if security == "tls":
            client = smtplib.SMTP_SSL("localhost", port, timeout=30, context=trust)
        else:
            client = smtplib.SMTP("localhost", port, timeout=30)
            client.ehlo()
            assert "auth" not in client.esmtp_features
            assert client.mail("a@example.org")[0] == 530
            client.starttls(context=trust)
        with client:
            client.login("app", PASSWORD)
            assert deliver(client, LETTER)[0] == 250


def test_too_many_connections_are_turned_away(ledger: Ledger) -> None:
    with (
        listening(ledger, connections=1) as port,
        smtplib.SMTP("127.0.0.1", port, timeout=30) as client,
    ):
        client.ehlo()
        with closing(Wire(port)) as second:
            assert second.hear().startswith("421")
            assert second.hear() == ""
        assert deliver(client, LETTER)[0] == 250


def test_who_says_nothing_is_told_so_and_hung_up_on(ledger: Ledger) -> None:
    with listening(ledger, timeout=1) as port, closing(Wire(port)) as wire:
        assert wire.hear().startswith("220")
        assert wire.hear().startswith("421 4.4.2 ")
        assert wire.hear() == ""


def test_who_hears_no_reply_holds_its_place_no_longer_than_others(ledger: Ledger) -> None:
    with listening(ledger, timeout=1, connections=1) as port, closing(socket.socket()) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", port))
        deaf.settimeout(1)
        with contextlib.suppress(TimeoutError, ConnectionError):
            while True:
                deaf.sendall(b"NOOP\r\n" * 10_000)
        end = time.monotonic() + 120
        greeting = "421"
        while greeting.startswith("421") and time.monotonic() < end:
            with closing(Wire(port)) as other:
                greeting = other.hear()
        assert greeting.startswith("220")


def test_a_message_on_its_way_into_the_ledger_is_answered_however_long_it_takes(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    door, accept, welcome = a_door(ledger), Door.accept, Conversation.connection_made
    lines: list[Conversation] = []

    def met(one: Conversation, transport: asyncio.BaseTransport) -> None:
        lines.append(one)
        welcome(one, transport)

    def slowly(screened: Screened) -> Accepted:
        rung = threading.Event()
        lines[-1].loop.call_soon_threadsafe(lines[-1]._timeout_cb)
        lines[-1].loop.call_soon_threadsafe(rung.set)
        assert rung.wait(120)
        return accept(door, screened)

    monkeypatch.setattr(Conversation, "connection_made", met)
    monkeypatch.setattr(door, "accept", slowly)
    with listening(ledger, door=door) as port:
        assert send(port)[0] == 250


def test_every_reply_has_the_enhanced_code_that_ehlo_promises(ledger: Ledger) -> None:
    with listening(ledger) as port, closing(Wire(port)) as wire:
        assert wire.hear() == "220 listener.test ESMTP landed"
        early = [wire.ask(b"MAIL FROM:<a@example.org>"), wire.ask(b"EHLO")]
        assert wire.ask(b"HELO me") == "250 listener.test"
        assert wire.ask(b"EHLO me") == "250 ENHANCEDSTATUSCODES"
        told = [wire.ask(b"HELP")]
        assert " DATA " in told[0]
        assert " MAIL " in told[0]
        told += [
            wire.ask(word)
            for word in (
                b"NOOP",
                b"VRFY a@example.org",
                b"EXPN list",
                b"AUTH PLAIN",
                b"STARTTLS",
                b"BDAT 1 LAST",
                b"\xff",
                b"",
                b"NOOP " + b"x" * 3000,
                b"RCPT TO:<a@example.com>",
                b"MAIL FROM:<a@example.org> SIZE=99999999999",
                b"MAIL FROM:<a@example.org> RET=HDRS",
                b"MAIL <a@example.org>",
                b"MAIL FROM:<a@example.org>",
                b"MAIL FROM:<a@example.org>",
                b"RCPT TO:<a@example.com> NOTIFY=NEVER",
                b"RCPT TO:<a@example.com>",
                b"RSET",
                b"DATA",
                b"QUIT please",
                b"QUIT",
            )
        ]
    for each in (*early, *told):
        assert re.match(r"([245])\d\d \1\.\d{1,3}\.\d{1,3} \S", each), each


def test_a_ledger_that_is_busy_is_a_reason_to_come_back(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = a_door(ledger)

    def fails(error: Exception) -> Callable[..., Any]:
        def work(*_: Any) -> Any:
            raise error

        return work

    with listening(ledger, door=door) as port:
        monkeypatch.setattr(door, "accept", fails(LedgerBusy("/secret/place is busy")))
        busy = send(port)
        monkeypatch.setattr(door, "accept", fails(RuntimeError("/secret/place")))
        broken = send(port)
    assert busy[0] == broken[0] == 451
    assert "secret" not in busy[1] + broken[1]


def test_a_stop_ends_conversations_and_lets_a_commit_finish(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    door, begun, release = a_door(ledger), threading.Event(), threading.Event()
    accept = door.accept

    def slowly(screened: Any) -> Any:
        begun.set()
        assert release.wait(120)
        return accept(screened)

    monkeypatch.setattr(door, "accept", slowly)
    answers: list[tuple[int, str]] = []
    with listening(ledger, door=door) as port:
        idle = Wire(port)
        assert idle.hear().startswith("220")
        sender = threading.Thread(target=lambda: answers.append(send(port)), daemon=True)
        sender.start()
        assert begun.wait(120)
        threading.Timer(0.3, release.set).start()
    assert idle.hear().startswith("421")
    idle.close()
    sender.join(120)
    assert answers[0][0] == 250
    assert keys(tmp_path / "landed.db", "own@example.org")["own@example.org"]


def test_a_users_file_that_cannot_be_used_is_told(ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "odd").write_text("one two three\n")
    for name, told in (("none", 'make it with "landed user add"'), ("odd", "line 1")):
        with (
            pytest.raises(CredentialsError, match=told),
            listening(ledger, users=tmp_path / name),
        ):
            pass


def test_a_message_that_a_client_writes_down_anew_is_the_same(ledger: Ledger) -> None:
    message = EmailMessage()
    message["From"], message["To"] = "a@example.org", "ada@example.com"
    message["Message-ID"] = "<parts@example.org>"
    message.set_content("Hello\n")
    message.add_alternative("<p>Hello", subtype="html")
    with listening(ledger) as port, smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
        # each writes boundaries of its own
        assert client.send_message(message) == {}
        assert client.send_message(message) == {}
        message.attach(EmailMessage())
        with pytest.raises(smtplib.SMTPDataError, match="other content"):
            client.send_message(message)
