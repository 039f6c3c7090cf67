"""Opening a line to a relay: connecting, TLS, EHLO, AUTH, and what is then offered.

Owns everything before the first MAIL, and saying what to do when it fails:
each failure names the phase and the key of the route to look at. Must not
send mail.
"""

import socket
import ssl
import time
from dataclasses import dataclass

from agent.login.tokens import TokenError
from agent.outbound.replies import classified, clean, status_of
from agent.outbound.routes import Relay
from agent.outbound.smtp.authentication import NoMechanism, log_in
from agent.outbound.smtp.line import Line, LineLost, connect, connect_local
from store.outbox import AttemptResult
from store.words import Outcome, Phase

__all__ = ["Capabilities", "Unreachable", "open_line"]

_TRANSITION = 432  # RFC 4954 6: once with the plain password, and it is right


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a relay offers, as it says itself once TLS and AUTH are done."""

    greeting: str = ""
    dsn: bool = False  # RFC 3461
    size: int | None = None  # octets, RFC 1870; None: no limit told
    pipelining: bool = False  # RFC 2920
    chunking: bool = False  # RFC 3030
    eight_bit: bool = False  # RFC 6152
    smtputf8: bool = False  # RFC 6531
    starttls: bool = False  # offered before TLS, RFC 3207
    auth: tuple[str, ...] = ()  # mechanisms, RFC 4954
    tls: str = ""  # "TLSv1.3", "" where the line is in the clear


class Unreachable(Exception):
    """No conversation came about. result is what an attempt row keeps; the text says what to do."""

    def __init__(self, result: AttemptResult) -> None:
        super().__init__(result.reply_text)
        self.result = result


def open_line(relay: Relay, *, until: float | None = None) -> tuple[Line, Capabilities]:
    """A line on which MAIL may be said, and what the relay offers there.

    until, a time.monotonic() value, bounds all of it besides the relay's own
    timeout for each answer. Raises Unreachable.
    """
    seconds = relay.timeout.total_seconds()
    try:
        context = relay.tls_context() if relay.security != "none" else None
    except OSError as error:
        raise _unreached(
            Phase.TLS,
            f"route {relay.name}: the certificates in {relay.ca_file} cannot be read "
            f"({error.strerror or error}); correct ca_file",
        ) from None
    try:
        left = seconds if until is None else max(0.001, until - time.monotonic())
        sock = _connected(relay, min(seconds, left))
    except OSError as error:
        keys = "socket" if relay.socket else "host and port"
        raise _unreached(
            Phase.CONNECT,
            f"{relay.where} cannot be reached ({error.strerror or error}); "
            f"check {keys} of route {relay.name}, and that the server runs",
        ) from None
    line = Line(sock, answer=seconds, local_hostname=relay.local_hostname)
    line.until = until
    if relay.kind == "lmtp":
        line.ehlo_msg = "LHLO"  # RFC 2033 4.1
    try:
        return line, _greet(relay, line, context)
    except BaseException:
        line.close()
        raise


def _connected(relay: Relay, seconds: float) -> socket.socket:
    if relay.socket:
        return connect_local(relay.socket, seconds)
    return connect(relay.host, relay.port, seconds)


def _greet(relay: Relay, line: Line, context: ssl.SSLContext | None) -> Capabilities:
    phase, greeting = Phase.CONNECT, b""
    try:
        if context is not None and relay.security == "tls":
            phase = Phase.TLS
            line.secure(context, relay.host)
            phase = Phase.CONNECT
        greeting = _expect(relay, phase, line.getreply(), 220)
        _hello(relay, line)
        offered = line.has_extn("starttls")
        if context is not None and relay.security == "starttls":
            phase = Phase.TLS
            if not offered:
                raise _unreached(
                    phase,
                    f"{relay.host} does not offer STARTTLS; use the port that does, or "
                    f'security = "tls" or "none" for route {relay.name}',
                )
            _expect(relay, phase, line.docmd("STARTTLS"), 220)
            line.secure(context, relay.host)
            _hello(relay, line)
        if relay.username:
            phase = Phase.AUTH
            _authenticate(relay, line)
    except ssl.SSLCertVerificationError as error:
        raise _unreached(
            Phase.TLS,
            f"the certificate of {relay.host} is not accepted ({error.verify_message}); name "
            f"its authority in ca_file of route {relay.name}, or the host as it is certified",
        ) from None
    except ssl.SSLError as error:
        raise _unreached(Phase.TLS, _no_tls(relay, error)) from None
    except (LineLost, OSError) as error:
        why = str(error) if isinstance(error, LineLost) else error.strerror or str(error)
        if isinstance(error, TimeoutError) and phase is Phase.TLS:
            why = f"no end of the TLS handshake within {relay.timeout.total_seconds():g} seconds"
        elif not greeting and relay.security != "tls" and not relay.socket:
            why += (
                "; where that port speaks TLS from the first byte, as 465 does, route "
                f'{relay.name} needs security = "tls"'
            )
        raise _unreached(phase, f"{relay.where}: {why}") from None
    return _capabilities(line, clean(greeting), starttls=offered)


def _no_tls(relay: Relay, error: ssl.SSLError) -> str:
    if "WRONG_VERSION_NUMBER" in str(error):
        return (
            f"{relay.where} does not speak TLS from the first byte; for route {relay.name} "
            'security = "tls" goes with port 465, "starttls" with 587'
        )
    # one that was not raised by OpenSSL has no reason
    why = getattr(error, "reason", None) or str(error)
    return f"{relay.where} and we could not agree on TLS ({why}); look at its TLS settings"


def _hello(relay: Relay, line: Line) -> None:
    code, text = line.ehlo()
    if 500 <= code <= 599 and relay.kind != "lmtp":
        code, text = line.helo()
    _expect(relay, Phase.CONNECT, (code, text), 250)


def _authenticate(relay: Relay, line: Line) -> None:
    offered = line.esmtp_features.get("auth", "").upper().split()
    try:
        code, text = log_in(relay, line, offered)
    except NoMechanism:
        by = "by access token " if relay.token is not None else ""
        raise _unreached(
            Phase.AUTH,
            f"{relay.host} offers no login {by}that we speak (it offers: "
            f"{clean(' '.join(offered)) or 'none'}); remove username of route {relay.name}, "
            "or use its submission port over TLS",
        ) from None
    except (TokenError, ValueError) as error:  # the second: a line end in a name or secret
        raise _unreached(Phase.AUTH, f"route {relay.name}: {error}") from None
    if code != 235:
        refused = classified(Phase.AUTH, code, text, dsn_offered=False)
        raise _unreached(
            Phase.AUTH,
            f"{_no_login(relay, code)} ({refused.reply_text})",
            code,
            status_of(clean(text)),
        )


def _no_login(relay: Relay, code: int) -> str:
    if 400 <= code <= 499 and code != _TRANSITION:
        return (
            f"{relay.host} cannot check the login of route {relay.name} just now; it is tried "
            "again, and if that lasts, ask its owner"
        )
    secret = "its access token" if relay.token is not None else "password"
    return f"{relay.host} refuses the login of route {relay.name}; check username and {secret}"


def _expect(relay: Relay, phase: Phase, reply: tuple[int, bytes], wanted: int) -> bytes:
    code, text = reply
    if code != wanted:
        words = clean(text) or "no reason given"
        todo = "; ask its owner whether it takes mail from this host" if 500 <= code <= 599 else ""
        why = f"{relay.server} says {code}: {words}{todo}"
        raise _unreached(phase, why, code, status_of(words))
    return text


def _unreached(phase: Phase, why: str, code: int = 0, status: str = "") -> Unreachable:
    return Unreachable(
        AttemptResult(
            outcome=Outcome.UNREACHED,
            phase=phase,
            reply_code=str(code) if code > 0 else "",
            status=status,
            reply_text=clean(why),
        )
    )


def _capabilities(line: Line, greeting: str, *, starttls: bool) -> Capabilities:
    size = line.esmtp_features.get("size")
    version = line.sock.version() if isinstance(line.sock, ssl.SSLSocket) else None
    return Capabilities(
        greeting=greeting,
        dsn=line.has_extn("dsn"),
        size=None if size is None else int(size) if size.isdecimal() and len(size) < 16 else 0,
        pipelining=line.has_extn("pipelining"),
        chunking=line.has_extn("chunking"),
        eight_bit=line.has_extn("8bitmime"),
        smtputf8=line.has_extn("smtputf8"),
        starttls=starttls,
        auth=tuple(dict.fromkeys(line.esmtp_features.get("auth", "").upper().split())),
        tls=version or "",
    )
