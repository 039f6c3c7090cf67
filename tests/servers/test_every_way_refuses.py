"""Each way in refuses the same things, says so in its own manner, and takes nothing on."""

import smtplib
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from agent.cli.main import app
from agent.exits import Exit
from agent.ingress.api import build
from agent.ingress.credentials import Tokens, add_token
from agent.ingress.listener import Listener, Place
from agent.ingress.spool import Spool
from agent.ingress.webserver import WebServer
from agent.outbound.screening import Limits
from store.database import Ledger
from store.reading import Reader
from tests.plugins.doors import a_door, serving
from tests.plugins.storybook import write_config

HEAD = "From: app@example.org\r\nMessage-ID: <own@example.org>\r\nSubject: x\r\n"
TO = "To: ada@example.com\r\n"
HOPS = "Received: from a by b; Fri, 9 Oct 2026 08:00:00 +0000\r\n"
SMALL = Limits()

EVIL = {
    "header injection": f"{HEAD}X-A: b\rBcc: eve@example.com\r\n{TO}\r\nhi\r\n",
    "two senders": f"From: boss@example.com\r\n{HEAD}{TO}\r\nhi\r\n",
    "our mark": f"X-Landed-Id: abc\r\n{HEAD}{TO}\r\nhi\r\n",
    "our mark on a mail that travelled": f"{HOPS}X-Landed-Id: abc\r\n{HEAD}{TO}\r\nhi\r\n",
    "thirty hops": f"{HOPS * 31}{HEAD}{TO}\r\nhi\r\n",
    "a signed line without end": f"DKIM-Signature: h=to\r\n{HEAD}{TO}\r\n{'x' * 1200}\r\n",
    "an absurd size": f"{HEAD}{TO}\r\n" + ("x" * 70 + "\r\n") * (SMALL.max_bytes // 72 + 2),
    "too many recipients": HEAD
    + "To: "
    + ",\r\n ".join(f"u{number}@example.com" for number in range(SMALL.max_recipients + 1))
    + "\r\n\r\nhi\r\n",
}
GOOD = f"{HEAD}{TO}\r\nhi\r\n"

Way = Callable[[bytes], bool]
"""Hands a mail over; whether it was taken."""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger.open(tmp_path / "landed.db")
    yield opened
    opened.close()


def recipients(raw: bytes) -> list[str]:
    return ["ada@example.com"] if b"u1@" not in raw else [f"u{n}@example.com" for n in range(1001)]


def by_command(words: list[str], good: int) -> Way:
    return lambda raw: CliRunner().invoke(app, words, input=raw).exit_code == good


def by_smtp(port: int) -> Way:
    def hand_over(raw: bytes) -> bool:
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
            client.ehlo()
            code, _ = client.mail("app@example.org", [f"size={len(raw)}"])
            codes = [code, *(client.rcpt(one)[0] for one in recipients(raw))]
            if max(codes) > 299:
                return False
            client.putcmd("data")
            assert client.getreply()[0] == 354
            client.send(raw.replace(b"\r\n.", b"\r\n..") + b".\r\n")
            return client.getreply()[0] == 250

    return hand_over


def by_http(port: int, token: str) -> Way:
    def hand_over(raw: bytes) -> bool:
        answer = httpx.post(
            f"http://127.0.0.1:{port}/v1/notices",
            content=raw,
            headers={"Authorization": f"Bearer {token}", "Content-Type": "message/rfc822"},
            timeout=60,
            trust_env=False,
        )
        assert answer.status_code < 500
        return answer.is_success

    return hand_over


def by_file(ledger: Ledger, folder: Path) -> Way:
    folder.mkdir()
    spool = Spool(a_door(ledger), folder, "example.org")

    def hand_over(raw: bytes) -> bool:
        (folder / "one.eml").write_bytes(raw)
        spool.run_once(threading.Event())
        return (folder / "done" / "one.eml").exists()

    return hand_over


@pytest.fixture
def ways(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, Way]]:
    monkeypatch.setenv("LANDED_CONFIG", str(write_config(tmp_path)))
    token = add_token(tmp_path / "tokens", "app", ["send"])
    listener = Listener(
        a_door(ledger),
        Place("127.0.0.1", 0),
        hostname="listener.test",
        message_id_domain="example.org",
        users=None,
        connections=20,
        timeout=timedelta(seconds=60),
    )
    door = a_door(ledger)
    api = WebServer(
        build(door, lambda: Reader.open(ledger.url), Tokens(tmp_path / "tokens"), version="1"),
        Place("127.0.0.1", 0),
        max_bytes=door.limits.max_bytes,
        requests=20,
        timeout=timedelta(seconds=60),
    )
    with ExitStack() as undo:
        smtp = undo.enter_context(serving(listener.run))
        http = undo.enter_context(serving(api.run))
        yield {
            "command": by_command(["send"], Exit.OK),
            "sendmail": by_command(["sendmail", "-t", "-i"], 0),
            "smtp": by_smtp(smtp),
            "http": by_http(http, token),
            "spool": by_file(ledger, tmp_path / "spool"),
        }


def owed(ledger: Ledger) -> int:
    with Reader.open(ledger.url) as reader:
        return reader.stats().deliveries


@pytest.mark.parametrize("way", ["command", "sendmail", "smtp", "http", "spool"])
def test_what_could_do_harm_is_taken_by_none(
    ways: dict[str, Way], ledger: Ledger, way: str
) -> None:
    taken = [what for what, raw in EVIL.items() if ways[way](raw.encode())]
    assert taken == []
    assert owed(ledger) == 0
    assert ways[way](GOOD.encode()), "and what does none is"
    assert owed(ledger) == 1
