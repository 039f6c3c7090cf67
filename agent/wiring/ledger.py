"""Where the ledger is, and which keys sign and verify: what nearly every command needs.

Owns that translation, secrets included. Must not open the ledger.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

from agent.configfile import ConfigError, read_secret

if TYPE_CHECKING:
    from agent.config import Config
    from parsers.token import Keyring

__all__ = ["keyring", "ledger_url"]


def ledger_url(config: Config) -> str:
    """Path or URL of the ledger, with its password where one is configured."""
    if not config.ledger_password:
        return config.ledger
    parts = urlsplit(config.ledger)
    if not parts.hostname or not parts.username:
        raise ConfigError("ledger_password: it needs a ledger such as postgresql://user@host/name")
    secret = quote(read_secret(config.ledger_password, "the password of the ledger"), safe="")
    login, _, place = parts.netloc.rpartition("@")
    user = login.partition(":")[0]
    return urlunsplit(parts._replace(netloc=f"{user}:{secret}@{place}"))


def keyring(config: Config) -> Keyring:
    """The signing keys. Raises ConfigError for a key that is missing or not one."""
    from parsers.token import Keyring

    secrets: dict[int, bytes] = {}
    for number, reference in config.tokens.keys.items():
        what = f"token key {number}"
        if not number.isdigit():
            raise ConfigError(f"tokens.keys: {number!r} is not a number from 0 to 7")
        secrets[int(number)] = _key_bytes(read_secret(reference, what), what)
    try:
        return Keyring(secrets, config.tokens.current, config.tokens.valid_for or None)
    except ValueError as error:
        raise ConfigError(f"tokens: {error}") from None


def _key_bytes(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ConfigError(f'{what} is not base64: make one with "landed init --new-key"') from None
