"""LMTP where it differs from SMTP: its greeting, DATA without a recipient, what 250 proves."""

from datetime import timedelta
from pathlib import Path

import pytest

from agent.config import Config, Route
from agent.configfile import ConfigError, load
from agent.outbound.composing.compose import Composed
from agent.outbound.routes import Relay
from agent.outbound.smtp.client import Connection, probe
from agent.outbound.smtp.envelope import Letter
from agent.outbound.smtp.opening import Unreachable
from agent.wiring import outward
from store.words import Outcome, Phase
from tests.plugins.smtpd import HOST, Reply, scripted

MAIL = Composed("b1@bounces.example.org", "b1", "m@example.org", b"Subject: x\r\n\r\nx\r\n", False)
OFFER = "250-store.test\r\n250-PIPELINING\r\n250 8BITMIME"


def way(port: int, **changes: bool) -> Relay:
    wait = timedelta(seconds=10)
    return Relay("s", HOST, port, security="none", kind="lmtp", timeout=wait, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("extra", ["", "\r\n250 CHUNKING"])
def test_a_refused_recipient_leaves_no_second_reply_and_the_next_goes_on(extra: str) -> None:
    answers: dict[str, Reply] = {
        "LHLO": OFFER.replace("250 8", "250-8") + extra if extra else OFFER,
        "RCPT": lambda count: "550 5.1.1 nobody" if count == 2 else "250 2.1.5 Ok",
        "DATA": lambda count: "503 5.5.1 no recipient" if count == 2 else "354 go on",
    }
    letters = [Letter(MAIL, f"u{number}@example.com") for number in range(4)]
    with scripted(answers) as server, Connection(way(server.port, final=True)) as line:
        results = list(line.send_many(letters, within=timedelta(seconds=20)))
        assert server.heard[0].startswith("LHLO")
        assert len(server.messages) == 3
    assert [one.outcome for one in results] == [
        Outcome.ACCEPTED, Outcome.REJECTED, Outcome.ACCEPTED, Outcome.ACCEPTED,
    ]  # fmt: skip
    assert [one.delivered for one in results] == [True, False, True, True]
    assert results[1].phase is Phase.RCPT


def test_a_server_of_mail_is_not_greeted_by_another_word() -> None:
    with scripted({"LHLO": "500 5.5.1 what?"}) as server:
        with pytest.raises(Unreachable, match="500"):
            probe(way(server.port))
        assert not any(word.startswith(("EHLO", "HELO")) for word in server.heard)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (Route(final=True), "socket and final are for"),
        (Route(socket="/run/lmtp"), "socket and final are for"),
        (Route(kind="lmtp", socket="/run/lmtp"), "a Unix socket has no TLS"),
    ],
)
def test_keys_that_do_not_fit_are_told(wrong: Route, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        outward.relays(Config(routes=(wrong,)))


def test_a_socket_beside_the_configuration_is_found_from_anywhere(tmp_path: Path) -> None:
    text = '[[routes]]\nkind = "lmtp"\nsocket = "run/lmtp"\nsecurity = "none"\n'
    (tmp_path / "landed.toml").write_text(text, encoding="utf-8")
    (relay,) = outward.relays(load(tmp_path / "landed.toml"))
    assert relay.socket == str(tmp_path / "run" / "lmtp")
