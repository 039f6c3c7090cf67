"""The first configuration: from a few answers to a file and a fresh token key.

Owns the making of both, never over something that is there. Must not ask
(agent.cli.init does) or connect to anything.
"""

import base64
import os
import secrets
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path

from agent.config import (
    Canaries,
    Config,
    Digest,
    Duration,
    Identity,
    Mailbox,
    Route,
    Secret,
    Tokens,
)
from agent.config.kinds import Security
from agent.configtext import render
from parsers.addresses import parse_list
from parsers.token import AddressForm

__all__ = [
    "Answers",
    "NotWritten",
    "admins_of",
    "first_config",
    "place_of",
    "refuse_to_replace",
    "secrets_wanted",
    "sender_of",
    "write_first",
    "write_key",
]

_KEY_BYTES = 32
_SUBMISSION, _IMAPS = 587, 993
_IMPLICIT_TLS = (465, _IMAPS)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class NotWritten(Exception):
    """A file is in the way or its folder cannot be written; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person says about their mail."""

    sender: str
    return_path: str
    relay: str  # host:port
    relay_user: str
    mailbox: str  # host:port, "" for none
    mailbox_user: str
    digest_to: str  # addresses, separated by commas


def first_config(answers: Answers) -> Config:
    """The configuration for these answers. Raises ValueError, saying which answer is wrong."""
    sender_of(answers.sender)
    AddressForm.parse(answers.return_path)
    host, port = place_of(answers.relay, _SUBMISSION)
    route = Route(
        host=host,
        port=port,
        security=_security(host, port),
        username=answers.relay_user,
        password=Secret("env:LANDED_SMTP_PASSWORD" if answers.relay_user else ""),
    )
    mailboxes: tuple[Mailbox, ...] = ()
    if answers.mailbox:
        host, port = place_of(answers.mailbox, _IMAPS)
        mailboxes = (
            Mailbox(
                host=host,
                port=port,
                security=_security(host, port),
                username=answers.mailbox_user,
            ),
        )
    return Config(
        identity=Identity(sender=answers.sender, return_path=answers.return_path),
        tokens=Tokens(current=1, keys={"1": Secret("file:landed-1.key")}),
        digest=Digest(to=admins_of(answers.digest_to)),
        canaries=Canaries(every=Duration(hours=1) if mailboxes else Duration(0)),
        routes=(route,),
        mailboxes=mailboxes,
    )


def sender_of(text: str) -> str:
    """The From address as it was given. Raises ValueError where there is none in it."""
    if "@" not in parseaddr(text)[1]:
        raise ValueError(f'"{text}" has no address in it')
    return text


def admins_of(text: str) -> tuple[str, ...]:
    """The addresses in a list. Raises ValueError for what is none."""
    if not text.strip():
        return ()
    found, refused = parse_list(text)
    if refused:
        raise ValueError(f'"{refused[0].text}": {refused[0].reason}')
    return tuple(found)


def place_of(text: str, usual_port: int) -> tuple[str, int]:
    """Host and port. Raises ValueError for what is neither "host" nor "host:port"."""
    host, colon, port = text.strip().rpartition(":")
    if not colon or "]" in port:
        host, port = text.strip(), str(usual_port)
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f'"{text}" is not host:port')
    return host.strip("[]"), int(port)


def _security(host: str, port: int) -> Security:
    if port in _IMPLICIT_TLS:
        return "tls"
    return "none" if host in _LOOPBACK else "starttls"


def secrets_wanted(config: Config) -> list[str]:
    """The places from which passwords will be read, each with its use."""
    uses = [(f"route {route.name}", route.password) for route in config.routes]
    uses += [(f"mailbox {mailbox.name}", mailbox.password) for mailbox in config.mailboxes]
    return [f"{place} (password of {what})" for what, place in uses if place]


def write_first(config: Config, path: Path, *, replace: bool) -> list[tuple[str, Path]]:
    """Writes the configuration and the key it names; an existing key is kept.

    Returns what was written. Raises NotWritten where a configuration is there
    and replace is not given, or a folder cannot be written.
    """
    refuse_to_replace(path, replace=replace)
    written = []
    for reference in config.tokens.keys.values():
        key = path.parent / reference.removeprefix("file:")
        if not key.exists():
            written.append(("token key", write_key(key)))
    _write_private(path, render(config), replace=replace)
    return [("configuration", path), *written]


def refuse_to_replace(path: Path, *, replace: bool) -> None:
    """Raises NotWritten where a configuration is there and replace is not given."""
    if path.exists() and not replace:
        raise NotWritten(f"{path} exists: use --force to replace it, or --config for another place")


def write_key(path: Path) -> Path:
    """A fresh token key, readable by its owner only. Raises NotWritten, also where one is."""
    _write_private(
        path, base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode() + "\n", replace=False
    )
    return path


def _write_private(path: Path, text: str, *, replace: bool) -> None:
    """All of the text or nothing, under its name only once it is on disk."""
    passing = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            passing.replace(path)
        else:
            path.hardlink_to(passing)
    except FileExistsError:
        raise NotWritten(f"{path} exists and is left as it is") from None
    except OSError as error:
        raise NotWritten(f"{path} cannot be written: {error.strerror}") from None
    finally:
        passing.unlink(missing_ok=True)
