"""Ways out: the relays there are, and which one takes a delivery.

Owns the value that describes a relay and the choice among several. Must not
open a connection, and never shows a password.
"""

import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from agent.login.tokens import TokenSource
from parsers.addresses import domain_form

__all__ = ["NoRoute", "Relay", "choose", "pools"]

_SECURITIES = ("starttls", "tls", "none")
_KINDS = ("smtp", "lmtp", "sendmail", "service")


class NoRoute(LookupError):
    """No relay serves this recipient domain and notice class; the message says what to add."""


@dataclass(frozen=True, slots=True)
class Relay:
    """One way out. No domains or no classes means all of them."""

    name: str
    host: str
    port: int = 587
    security: str = "starttls"  # "tls" from the first byte, or "none"
    ca_file: str = ""  # certificates to trust; empty: the system's
    username: str = ""  # empty: no AUTH
    password: str = field(default="", repr=False)
    token: TokenSource | None = field(default=None, repr=False, compare=False)  # for no password
    timeout: timedelta = timedelta(seconds=60)  # longest wait for any single answer
    local_hostname: str = ""  # for EHLO; empty: this machine's
    domains: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    priority: int = 0  # larger ones stand in while all smaller ones rest
    kind: str = "smtp"  # "lmtp" (RFC 2033), "sendmail" (a command here), "service" (an API)
    socket: str = ""  # for LMTP: a Unix socket instead of host and port
    final: bool = False  # for LMTP: the server itself writes into the mailbox
    command: str = "/usr/sbin/sendmail"
    dsn: bool = False  # whether that command takes -N and -V; of SMTP the server says so itself
    service: str = ""  # which, as agent.outbound.service.catalogue names it
    settings: tuple[tuple[str, str], ...] = ()  # of that service, beside its secret
    return_path: bool = False  # whether that service is asked to use ours
    weight: int = 0  # share among those of one priority; 0: it takes all that it serves

    def __post_init__(self) -> None:
        if self.security not in _SECURITIES:
            raise ValueError(f'route {self.name}: security "{self.security}" is not one of ours')
        if self.kind not in _KINDS:
            raise ValueError(f'route {self.name}: kind "{self.kind}" is not one of ours')
        if self.kind != "lmtp" and (self.socket or self.final):
            raise ValueError(f'route {self.name}: socket and final are for kind = "lmtp" only')
        if self.socket and self.security != "none":
            raise ValueError(f'route {self.name}: a Unix socket has no TLS; say security = "none"')
        if self.priority < 0 or self.weight < 0:
            raise ValueError(f"route {self.name}: priority and weight begin at 0")
        if self.timeout <= timedelta(0):
            raise ValueError(f"route {self.name}: a timeout of nothing can reach nobody")

    def serves(self, domain: str, notice_class: str) -> bool:
        """Whether this relay takes mail of that class to that recipient domain."""
        named = not self.domains or domain_form(domain) in map(domain_form, self.domains)
        return named and (
            not self.classes or notice_class.casefold() in (one.casefold() for one in self.classes)
        )

    @property
    def server(self) -> str:
        """What it is called in messages to people: a host, or the path of a socket."""
        return self.socket or self.service or self.host

    @property
    def where(self) -> str:
        """Where it listens."""
        return f"the socket {self.socket}" if self.socket else f"{self.host} port {self.port}"

    def tls_context(self) -> ssl.SSLContext:
        """Certificate and host name are verified. Raises OSError for an unusable ca_file."""
        return ssl.create_default_context(cafile=self.ca_file or None)


def pools(relays: Sequence[Relay], domain: str, notice_class: str) -> Sequence[Sequence[Relay]]:
    """Those to choose() from, by priority. Raises NoRoute where none serves both.

    The first relay, in the order given, that serves both; where it has a weight, all
    of its priority that have one. The same for each further priority.
    """
    fitting = [relay for relay in relays if relay.serves(domain, notice_class)]
    if not fitting:
        raise NoRoute(
            f'no route serves mail of class "{notice_class}" to {domain}: '
            "add one, or leave domains and classes of one route empty"
        )
    return [
        _pool([relay for relay in fitting if relay.priority == level])
        for level in sorted({relay.priority for relay in fitting})
    ]


def choose(
    known: Sequence[Sequence[Relay]],
    *,
    rests: Callable[[str], bool],
    draw: Callable[[], float],
) -> Relay:
    """The relay for one attempt, out of pools(); draw (0 <= x < 1) decides by weight.

    Those that rest are passed over, for others of that choice and then for the next
    priority; where all rest, it is the one that would have been taken if none did.
    """
    for pool in known:
        awake = [relay for relay in pool if not rests(relay.name)]
        if awake:
            return _drawn(awake, draw)
    return _drawn(known[0], draw)


def _pool(level: list[Relay]) -> list[Relay]:
    return [relay for relay in level if relay.weight] if level[0].weight else level[:1]


def _drawn(pool: Sequence[Relay], draw: Callable[[], float]) -> Relay:
    if len(pool) == 1:
        return pool[0]
    left = draw() * sum(relay.weight for relay in pool)
    for relay in pool:
        left -= relay.weight
        if left < 0:
            return relay
    return pool[-1]
