"""Logging in to a relay (RFC 4954): by access token, by SCRAM, or by password.

Owns the mechanisms and which one is taken. Must not fetch tokens, and lets no
secret into a message. SCRAM comes first where the server has it: the password does
not leave, and the server shows that it knows it too.
"""

import base64
import hmac
from collections.abc import Callable

from scramp import ScramClient, ScramException

from agent.login.redact import redacted
from agent.login.sasl import MECHANISMS as BY_TOKEN
from agent.login.sasl import exchange
from agent.outbound.routes import Relay
from agent.outbound.smtp.line import Line

__all__ = ["MECHANISMS", "NoMechanism", "log_in"]

_Reply = tuple[int, bytes]
_SCRAM = ("SCRAM-SHA-256", "SCRAM-SHA-1")  # RFC 7677, RFC 5802
_REFUSED = 535


class NoMechanism(Exception):
    """The server offers no login that fits what the route has."""


def log_in(relay: Relay, line: Line, offered: list[str]) -> _Reply:
    """The last reply; 235 alone means that we are in.

    Raises NoMechanism, LineLost, and what relay.token raises.
    """
    for name, way in MECHANISMS.items():
        if name in offered and (relay.token is not None) is (name in BY_TOKEN):
            return _told(way(relay, line, name), relay.password)
    raise NoMechanism


def _scram(relay: Relay, line: Line, name: str) -> _Reply:
    """RFC 5802; the server's own proof is asked for, since without it anybody could say 235."""
    code = 0
    try:
        client = ScramClient([name], relay.username, relay.password)
        code, text = line.docmd("AUTH", f"{name} {_base64(client.get_client_first())}")
        if code != 334:
            return code, text
        client.set_server_first(_unbase64(text).decode())
        code, text = line.docmd(_base64(client.get_client_final()))
        if code not in {235, 334}:
            return code, text
        # the proof is a challenge of its own; some send it with the 235
        proof = text.split()[-1] if text else b""
        client.set_server_final(_unbase64(proof).decode())
    except (ScramException, UnicodeDecodeError):
        if code == 334:
            line.docmd("*")  # RFC 4954 4: the client gives up
        return _REFUSED, b"the server did not show that it knows the password"
    return (code, text) if code == 235 else line.docmd("")


def _plain(relay: Relay, line: Line, name: str) -> _Reply:
    """RFC 4616."""
    said = f"\0{relay.username}\0{relay.password}"
    return line.docmd("AUTH", f"{name} {_base64(said)}")


def _login(relay: Relay, line: Line, name: str) -> _Reply:
    code, text = line.docmd("AUTH", name)
    for answer in (relay.username, relay.password):
        if code == 334:
            code, text = line.docmd(_base64(answer))
    return code, text


def _cram(relay: Relay, line: Line, name: str) -> _Reply:
    """RFC 2195."""
    code, text = line.docmd("AUTH", name)
    if code == 334:
        digest = hmac.new(relay.password.encode(), _unbase64(text), "md5").hexdigest()
        code, text = line.docmd(_base64(f"{relay.username} {digest}"))
    return code, text


def _by_token(relay: Relay, line: Line, name: str) -> _Reply:
    """A refusal comes as a challenge, which wants an answer before the server says no."""
    assert relay.token is not None  # noqa: S101 - log_in() has looked
    token = relay.token()
    talk = exchange(name, relay.username, token)
    code, text = line.docmd("AUTH", f"{name} {_base64(talk.first)}")
    if code == 334:
        code, text = line.docmd(base64.b64encode(talk.last).decode("ascii"))
    return _told((code, text), token)


def _told(reply: _Reply, secret: str) -> _Reply:
    """A reply without the secret, where the server repeats what it was told."""
    code, text = reply
    said = text.decode("utf-8", "surrogateescape")
    return code, redacted(said, secret).encode("utf-8", "surrogateescape")


MECHANISMS: dict[str, Callable[[Relay, Line, str], _Reply]] = {
    **dict.fromkeys(_SCRAM, _scram),
    "PLAIN": _plain,
    "LOGIN": _login,
    "CRAM-MD5": _cram,
    **dict.fromkeys(BY_TOKEN, _by_token),
}
"""In the order in which they are taken."""


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _unbase64(text: bytes) -> bytes:
    try:
        return base64.b64decode(text)
    except ValueError:
        return b""
