"""The two ways of saying a token to a mail server: XOAUTH2 and OAUTHBEARER (RFC 7628).

Owns what each answer of the exchange is. Pure; must not connect or fetch tokens.
"""

import re
from dataclasses import dataclass, field

__all__ = ["MECHANISMS", "Exchange", "exchange"]

MECHANISMS = ("XOAUTH2", "OAUTHBEARER")
"""In the order in which they are tried: Microsoft 365 has only the first."""

_WORD = re.compile(rb'"(?:status|error_description|scope|schemes)"\s*:\s*"([^"]{1,200})"')
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


@dataclass
class Exchange:
    """One login. answer() is called with each challenge; told is why it was refused."""

    first: str = field(repr=False)  # the initial response
    last: bytes  # what ends a refused exchange
    told: str = ""
    _said: bool = field(default=False, init=False)

    def answer(self, challenge: bytes) -> bytes:
        """The response to one challenge of the server, decoded."""
        if not self._said:
            self._said = True
            return self.first.encode("utf-8")
        # RFC 7628 3.2.2: the error comes as JSON in a challenge, before the server says no
        words = [found.decode("utf-8", "replace") for found in _WORD.findall(challenge[:4000])]
        self.told = _CONTROL.sub(" ", ", ".join(words))[:200]
        return self.last


def exchange(mechanism: str, username: str, token: str) -> Exchange:
    """The exchange for a mechanism of MECHANISMS. Raises ValueError for any other.

    The user's name and the token must not hold a control character.
    """
    if any(ord(letter) < 32 for letter in username + token):
        raise ValueError("a control character in a user name or token")
    if mechanism == "XOAUTH2":
        return Exchange(f"user={username}\1auth=Bearer {token}\1\1", b"")
    if mechanism == "OAUTHBEARER":
        name = username.replace("=", "=3D").replace(",", "=2C")  # RFC 5801 4
        return Exchange(f"n,a={name},\1auth=Bearer {token}\1\1", b"\1")
    raise ValueError(f"no such mechanism: {mechanism}")
