"""Ways out: the relays there are, and which one takes a delivery.

Owns the value that describes a relay and the choice among several. Must not
open a connection, and never shows a password.
"""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

__all__ = ["NoRoute", "Relay", "choose"]

_SECURITIES = ("starttls", "tls", "none")


class NoRoute(LookupError):
    """No relay serves this recipient domain and notice class; the message says what to add."""


@dataclass(frozen=True, slots=True)
class Relay:
    """One SMTP relay. No domains or no classes means all of them."""

    name: str
    host: str
    port: int = 587
    security: str = "starttls"  # "tls" from the first byte, or "none"
    ca_file: str = ""  # certificates to trust; empty: the system's
    username: str = ""  # empty: no AUTH
    password: str = field(default="", repr=False)
    timeout: timedelta = timedelta(seconds=60)  # longest wait for any single answer
    local_hostname: str = ""  # for EHLO; empty: this machine's
    domains: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.security not in _SECURITIES:
            raise ValueError(f'route {self.name}: security "{self.security}" is not one of ours')
        if self.timeout <= timedelta(0):
            raise ValueError(f"route {self.name}: a timeout of nothing can reach nobody")

    def serves(self, domain: str, notice_class: str) -> bool:
        """Whether this relay takes mail of that class to that recipient domain."""
        return _named(domain, self.domains) and _named(notice_class, self.classes)

    def tls_context(self) -> ssl.SSLContext:
        """Certificate and host name are verified. Raises OSError for an unusable ca_file."""
        return ssl.create_default_context(cafile=self.ca_file or None)


def choose(relays: Sequence[Relay], domain: str, notice_class: str) -> Relay:
    """The first relay, in the order given, that serves both. Raises NoRoute."""
    for relay in relays:
        if relay.serves(domain, notice_class):
            return relay
    raise NoRoute(
        f'no route serves mail of class "{notice_class}" to {domain}: '
        "add one, or leave domains and classes of one route empty"
    )


def _named(name: str, names: tuple[str, ...]) -> bool:
    return not names or _folded(name) in {_folded(one) for one in names}


def _folded(name: str) -> str:
    """Case and the two forms of an international domain do not count (RFC 5890)."""
    folded = name.strip().rstrip(".").casefold()
    if folded.isascii():
        return folded
    try:
        return folded.encode("idna").decode("ascii")
    except UnicodeError:
        return folded
