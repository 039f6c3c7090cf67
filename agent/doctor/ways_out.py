"""Whether each route can be used, and what its relay offers.

Owns the examinations of relays and commands. Sends no mail.
"""

from collections.abc import Iterator

from agent.doctor.finding import Finding, Level
from agent.outbound.composing.compose import Composed
from agent.outbound.program import Program
from agent.outbound.routes import Relay
from agent.outbound.service.catalogue import SERVICES
from agent.outbound.smtp.client import probe, rehearse
from agent.outbound.smtp.envelope import Letter
from agent.outbound.smtp.opening import Capabilities, Unreachable
from agent.outbound.unwelcome import advice
from agent.outbound.ways import check_service
from store.endings import AttemptResult

__all__ = ["examine_relay"]

_AGAIN = "correct this route or its server, then run this again; its mail waits meanwhile"

_PATHS = {
    "whole": "our return path, where it allows that",
    "domain": "a return path of its own at our domain",
    "reports": "its own return path, and passes failures and complaints on to ours",
}


def examine_relay(relay: Relay, sender: str = "") -> tuple[list[Finding], bool]:
    """What is found of one route, and whether mail can go out by it.

    sender: an address of our return path, which an SMTP relay must take as such.
    """
    subject = f"route {relay.name}"
    if relay.kind == "sendmail":
        return _command(subject, relay)
    if relay.kind == "service":
        return _service(subject, relay)
    try:
        offered = probe(relay)
        refused = rehearse(relay, _nothing(sender)) if sender else None
    except Unreachable as error:
        return [Finding(Level.FAIL, subject, _said(subject, error), _AGAIN)], False
    line = offered.tls or "no TLS"
    login = f"logged in as {relay.username}" if relay.username else "no login"
    login += " by access token" if relay.token is not None else ""
    findings = [Finding(Level.OK, subject, f"{relay.where} answers: {line}, {login}")]
    findings += _offers(subject, relay, offered)
    if refused is not None and refused.of_us:
        findings.append(_unwelcome(subject, relay, sender, refused))
        return findings, False
    return findings, True


def _said(subject: str, error: Unreachable) -> str:
    """Why, without the name that stands before it."""
    return str(error).removeprefix(f"{subject}: ")


def _nothing(sender: str) -> Letter:
    """An envelope from our return path to itself; what it holds is never sent."""
    return Letter(Composed(sender, sender.partition("@")[0], "", b"\r\n", smtputf8=False), sender)


def _unwelcome(subject: str, relay: Relay, sender: str, refused: AttemptResult) -> Finding:
    domain = sender.rpartition("@")[2]
    told = advice(
        refused.reason, refused.reply_code, server=relay.server, route=relay.name, domain=domain
    )
    found, _, todo = told.partition(": ")
    said = f"{refused.reply_code} {refused.reply_text}"
    return Finding(Level.FAIL, subject, f"{found} ({said})", f"{todo}; its mail waits meanwhile")


def _command(subject: str, relay: Relay) -> tuple[list[Finding], bool]:
    try:
        Program(relay).check()
    except Unreachable as error:
        return [Finding(Level.FAIL, subject, _said(subject, error), "correct command")], False
    findings = [Finding(Level.OK, subject, f"{relay.command} can be run")]
    if not relay.dsn:
        findings.append(
            Finding(
                Level.NOTE,
                subject,
                "no success report is asked for",
                "set dsn = true where the command is that of Postfix or Sendmail, never for Exim",
            )
        )
    return findings, True


def _service(subject: str, relay: Relay) -> tuple[list[Finding], bool]:
    service = SERVICES[relay.service]
    try:
        place, takes_key = check_service(relay)
    except Unreachable as error:
        return [Finding(Level.FAIL, subject, _said(subject, error), _AGAIN)], False
    key = "it takes the key" if takes_key else "whether it takes the key shows with a mail"
    kept = service.return_path if relay.return_path else ""
    path = _PATHS.get(kept, "its own return path")
    return [
        Finding(Level.OK, subject, f"{place} answers; {key}"),
        Finding(
            Level.NOTE,
            subject,
            f"{service.title} uses {path}; the token travels in its "
            f"{'metadata' if service.metadata else 'tags'}",
            "failures that it keeps to itself are not heard: use policies with stage = accepted",
        ),
    ], True


def _offers(subject: str, relay: Relay, offered: Capabilities) -> Iterator[Finding]:
    near = relay.socket or relay.host in {"127.0.0.1", "localhost", "::1"}
    if not offered.tls and not near:
        yield Finding(
            Level.NOTE,
            subject,
            "mail and login cross the network in the clear",
            'set security to "starttls" or "tls"',
        )
    if relay.final:
        yield Finding(Level.OK, subject, "what it takes counts as delivered (final = true)")
    elif offered.dsn:
        yield Finding(Level.OK, subject, "DSN is offered: success reports can be asked for")
    else:
        yield Finding(
            Level.NOTE,
            subject,
            "DSN (RFC 3461) is not offered: no success report will ever come by this route",
            "use a relay that offers it, or policies with silence_is_good or stage = accepted",
        )
    size = "no limit told" if offered.size is None else f"{offered.size} octets"
    extras = [
        name
        for name, there in (
            ("PIPELINING", offered.pipelining),
            ("CHUNKING", offered.chunking),
            ("8BITMIME", offered.eight_bit),
            ("SMTPUTF8", offered.smtputf8),
        )
        if there
    ]
    yield Finding(Level.OK, subject, f"SIZE: {size}; also offers {', '.join(extras) or 'nothing'}")
