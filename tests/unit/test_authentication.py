"""Logging in: the mechanisms that do not send a password, and what a false server gets."""

import base64
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from scramp import ScramException, ScramMechanism

from agent.login.tokens import TokenError
from agent.outbound.routes import Relay
from agent.outbound.smtp.client import probe
from agent.outbound.smtp.opening import Unreachable
from store.words import Phase
from tests.plugins.smtpd import HOST, scripted

SECRET = "gehe\u00efm"
WORD = "unspeakable-secret"


def relay(port: int, password: str = SECRET) -> Relay:
    return Relay(
        "test",
        HOST,
        port,
        security="none",
        timeout=timedelta(seconds=10),
        local_hostname="agent.test",
        username="app",
        password=password,
    )


def _text(data: bytes) -> str:
    return base64.b64decode(data).decode()


def _challenge(text: str) -> bytes:
    return b"334 " + base64.b64encode(text.encode()) + b"\r\n"


@contextmanager
def scram_server(mechanism: str, *, proof: str = "challenge") -> Iterator[tuple[int, list[bytes]]]:
    """A server that knows the password; proof: how it shows that, or "none"."""
    kind = ScramMechanism(mechanism)
    known = kind.make_auth_info(SECRET, iteration_count=4096)
    heard: list[bytes] = []

    def talk(line: socket.socket) -> None:
        stream = line.makefile("rb")

        def hear() -> bytes:
            heard.append(stream.readline().rstrip(b"\r\n"))
            return heard[-1]

        line.sendall(b"220 scram.test\r\n")
        hear()
        line.sendall(f"250-scram.test\r\n250 AUTH PLAIN {mechanism}\r\n".encode())
        _, name, first = hear().split()
        assert name.decode() == mechanism
        server = kind.make_server(lambda _user: known)
        server.set_client_first(_text(first))
        line.sendall(_challenge(server.get_server_first()))
        try:
            server.set_client_final(_text(hear()))
        except ScramException:
            line.sendall(b"535 5.7.8 no\r\n")
            return
        final = server.get_server_final()
        if proof == "challenge":
            line.sendall(_challenge(final))
            hear()
            line.sendall(b"235 2.7.0 welcome\r\n")
        elif proof == "at once":
            line.sendall(b"235 " + base64.b64encode(final.encode()) + b"\r\n")
        elif proof == "forged":
            line.sendall(_challenge("v=" + base64.b64encode(b"x" * 32).decode()))
            hear()
            line.sendall(b"501 5.0.0 as you like\r\n")
        else:
            line.sendall(b"235 2.7.0 welcome\r\n")
        hear()
        line.sendall(b"221 bye\r\n")

    def serve(listener: socket.socket) -> None:
        line, _ = listener.accept()
        with line:
            talk(line)

    with socket.create_server((HOST, 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield listener.getsockname()[1], heard
        thread.join(120)


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-1"])
@pytest.mark.parametrize("proof", ["challenge", "at once"])
def test_scram_comes_before_plain_and_sends_no_password(mechanism: str, proof: str) -> None:
    with scram_server(mechanism, proof=proof) as (port, heard):
        assert mechanism in probe(relay(port)).auth
    said = b"\n".join(heard)
    assert base64.b64encode(SECRET.encode()) not in said
    assert SECRET.encode() not in said


def test_scram_with_another_password_is_refused() -> None:
    with scram_server("SCRAM-SHA-256") as (port, _), pytest.raises(Unreachable) as caught:
        probe(relay(port, "other"))
    assert caught.value.result.phase is Phase.AUTH
    assert caught.value.result.reply_code == "535"


@pytest.mark.parametrize("proof", ["none", "forged"])
def test_a_server_that_does_not_know_the_password_is_not_trusted(proof: str) -> None:
    why = "did not show that it knows the password"
    with (
        scram_server("SCRAM-SHA-256", proof=proof) as (port, _),
        pytest.raises(Unreachable, match=why),
    ):
        probe(relay(port))


def _with_token(ehlo: str, token: Callable[[], str], answer: str) -> list[str]:
    script = {"EHLO": f"250-scripted.test\r\n250 AUTH {ehlo}", "AUTH": answer, "": "535 5.7.8 no"}
    with scripted({**script, "AQ==": "535 5.7.8 no"}) as server:
        way = replace(relay(server.port, ""), token=token)
        assert WORD not in repr(way)
        try:
            probe(way)
        finally:
            server.close()
    return server.heard


def test_a_token_goes_by_the_mechanism_that_is_there() -> None:
    heard = _with_token("PLAIN XOAUTH2 OAUTHBEARER", lambda: WORD, "235 in")
    assert heard[1].startswith("AUTH XOAUTH2 ")
    said = base64.b64decode(heard[1].split()[2])
    assert said == f"user=app\x01auth=Bearer {WORD}\x01\x01".encode()
    heard = _with_token("OAUTHBEARER", lambda: WORD, "235 in")
    assert base64.b64decode(heard[1].split()[2]).startswith(b"n,a=app,\x01")


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_a_refused_token_says_so_and_stays_secret(mechanism: str) -> None:
    challenge = "334 " + base64.b64encode(b'{"status":"400"}').decode()
    with pytest.raises(Unreachable, match="check username and its access token") as caught:
        _with_token(mechanism, lambda: WORD, challenge)
    assert WORD not in str(caught.value)


def test_a_token_never_goes_as_a_password_and_must_be_had() -> None:
    with pytest.raises(Unreachable, match="offers no login by access token that we speak"):
        _with_token("PLAIN LOGIN", lambda: WORD, "235 in")

    def none() -> str:
        raise TokenError("the login has ended; run it again")

    with pytest.raises(Unreachable, match="route test: the login has ended") as caught:
        _with_token("XOAUTH2", none, "235 in")
    assert caught.value.result.phase is Phase.AUTH
    with pytest.raises(Unreachable, match="control character") as caught:
        _with_token("XOAUTH2", lambda: WORD + "\r\n", "235 in")
    assert WORD not in str(caught.value)
