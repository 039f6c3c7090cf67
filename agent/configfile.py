"""Reads the configuration file: every mistake at once, paths anchored, secrets on demand.

Owns the way from a TOML file to a Config, and from "env:NAME" or "file:/path"
to the secret. Must not interpret a key: its meaning is in agent.config, its
use in agent.wiring.
"""

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from agent.config import (
    Asking,
    Config,
    Dkim,
    Limit,
    Log,
    Login,
    Mailbox,
    NoticeClass,
    PolicyRule,
    Route,
    Secret,
    decode,
)
from agent.config.kinds import Section
from agent.configmistakes import Mistake, told, unknown, unlike

__all__ = ["ConfigError", "load", "read_secret"]

_FILE_LIMIT = 1_000_000
_SECRET_LIMIT = 65_536
_LISTS: dict[str, Any] = {
    "routes": Route,
    "limits": Limit,
    "mailboxes": Mailbox,
    "logs": Log,
    "logins": Login,
    "asking": Asking,
    "policies": PolicyRule,
    "classes": NoticeClass,
    "dkim": Dkim,
}
_TYPES: dict[str, Any] = {field.name: field.type for field in msgspec.structs.fields(Config)}


class ConfigError(Exception):
    """The configuration cannot be used; the message says which key and what to write."""


def load(path: Path) -> Config:
    """Reads and checks a configuration file; relative paths in it start at its own folder.

    Raises ConfigError, naming every key that is wrong and what is expected there.
    """
    text = _text(path)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from None
    mistakes: list[Mistake] = []
    values: dict[str, Any] = {}
    for key, value in raw.items():
        if key in _TYPES:
            values[key] = _section(key, value, mistakes)
        else:
            mistakes.append(Mistake(key, None, "", unknown(key, _TYPES)))
    config = Config(**values) if not mistakes else Config()
    mistakes += _repeated_names(config)
    if mistakes:
        raise ConfigError(f"{path} cannot be used:\n{told(mistakes, text)}")
    return _anchored(config, path.resolve().parent)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_FILE_LIMIT + 1)
    except FileNotFoundError:
        raise ConfigError(
            f'there is no configuration at {path}: write one with "landed init", or name another '
            "with --config or LANDED_CONFIG"
        ) from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    if len(data) > _FILE_LIMIT:
        raise ConfigError(f"{path} is over {_FILE_LIMIT} bytes: that is not a configuration")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text") from None


def _section(name: str, raw: object, mistakes: list[Mistake]) -> Any:
    """One top-level key, read by itself so that a mistake in it hides no other."""
    entry = _LISTS.get(name)
    if entry is None or not isinstance(raw, list):
        return _convert(name, None, raw, _TYPES[name], mistakes)
    return tuple(_convert(name, n, one, entry, mistakes) for n, one in enumerate(raw))


def _convert(
    section: str, index: int | None, raw: object, wanted: Any, mistakes: list[Mistake]
) -> Any:
    try:
        return msgspec.convert(raw, wanted, dec_hook=decode)
    except msgspec.ValidationError as error:
        if isinstance(raw, dict) and isinstance(wanted, type) and issubclass(wanted, Section):
            mistakes += _keys(section, index, raw, wanted)
        else:
            mistakes.append(Mistake(section, index, "", unlike(error, wanted)[0]))
        return None


def _keys(
    section: str, index: int | None, raw: dict[str, Any], wanted: type[Section]
) -> Iterator[Mistake]:
    """Every key of a section that is wrong, each looked at by itself."""
    types = {field.name: field.type for field in msgspec.structs.fields(wanted)}
    for key, value in raw.items():
        if key not in types:
            yield Mistake(section, index, key, unknown(key, types))
            continue
        try:
            msgspec.convert(value, types[key], dec_hook=decode)
        except msgspec.ValidationError as error:
            what, path = unlike(error, types[key])
            yield Mistake(section, index, f"{key}{path}", what)


def _repeated_names(config: Config) -> list[Mistake]:
    found = []
    for key in _LISTS:
        names = [entry.name for entry in getattr(config, key)]
        twice = {name for name in names if names.count(name) > 1}
        found += [
            Mistake(key, None, "", f'two are named "{name}", rename one') for name in sorted(twice)
        ]
    return found


def _anchored(config: Config, folder: Path) -> Config:
    """Paths in the file mean the same whatever folder the agent is started in."""

    def secret(value: Secret) -> Secret:
        kind, _, name = value.partition(":")
        return Secret(f"file:{folder / name}") if kind == "file" else value

    def entry(value: Any) -> Any:
        ca_file = str(folder / value.ca_file) if value.ca_file else ""
        return msgspec.structs.replace(value, password=secret(value.password), ca_file=ca_file)

    def place(value: str) -> str:
        return str(folder / value) if value else ""

    def way(value: Any) -> Any:
        return msgspec.structs.replace(entry(value), socket=place(value.socket))

    def server(value: Any, who: str) -> Any:
        names = ("certificate", "key", who)
        return msgspec.structs.replace(value, **{n: place(getattr(value, n)) for n in names})

    def login(value: Any) -> Any:
        return msgspec.structs.replace(
            value,
            secret=secret(value.secret),
            certificate=secret(value.certificate),
            refresh_token=secret(value.refresh_token),
            cache=str(folder / (value.cache or f"{quote(value.name, safe='')}.tokens")),
            ca_file=place(value.ca_file),
        )

    keys = {number: secret(value) for number, value in config.tokens.keys.items()}
    return msgspec.structs.replace(
        config,
        ledger=config.ledger if "://" in config.ledger else str(folder / config.ledger),
        ledger_password=secret(config.ledger_password),
        tokens=msgspec.structs.replace(config.tokens, keys=keys),
        listener=server(config.listener, "users"),
        api=server(config.api, "tokens"),
        spool=msgspec.structs.replace(config.spool, folder=place(config.spool.folder)),
        routes=tuple(way(route) for route in config.routes),
        mailboxes=tuple(entry(mailbox) for mailbox in config.mailboxes),
        asking=tuple(entry(one) for one in config.asking),
        logs=tuple(msgspec.structs.replace(log, path=place(log.path)) for log in config.logs),
        dkim=tuple(msgspec.structs.replace(one, key=secret(one.key)) for one in config.dkim),
        logins=tuple(login(one) for one in config.logins),
    )


def read_secret(reference: str, what: str) -> str:
    """The secret behind "env:NAME" or "file:/path", its last line end removed; "" for "".

    what names it in the error ("the password of mailbox bounces"). Raises
    ConfigError, whose message never holds the secret.
    """
    kind, _, name = reference.partition(":")
    if not reference:
        return ""
    if kind == "env":
        value = os.environ.get(name, "")
        if not value:
            raise ConfigError(f"{what}: the environment variable {name} is not set")
        return value
    try:
        with Path(name).open(encoding="utf-8") as file:
            value = file.read(_SECRET_LIMIT).rstrip("\r\n")
    except OSError as error:
        raise ConfigError(f"{what}: {name} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{what}: {name} is not UTF-8 text") from None
    if not value:
        raise ConfigError(f"{what}: {name} is empty")
    return value
