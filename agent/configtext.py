"""Writes a configuration as TOML in which every key explains itself.

Owns the text of config.example.toml and of what `landed init` leaves behind:
both are the same rendering of a Config. Must not ask, read or decide.
"""

import inspect
import textwrap
from datetime import timedelta
from typing import Any, get_args

import msgspec
import tomlkit

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
)

__all__ = ["example", "render"]

_HEAD = """\
landed: every key with its default.

Durations are written "90s", "15m", "4h", "2d" or "1d 12h". Secrets never stand
here: name where they are, "env:NAME" or "file:/path" (relative to this file).
Sections in double brackets may be repeated; policies and routes are tried in order."""
_WIDTH = 96


def render(config: Config) -> str:
    """The whole of config as commented TOML; reading it gives the same Config back."""
    document = tomlkit.document()
    _comment(document, _HEAD)
    document.add(tomlkit.nl())
    for field in msgspec.structs.fields(Config):
        value = getattr(config, field.name)
        if isinstance(value, msgspec.Struct):
            document.add(field.name, _table(value))
        elif value and isinstance(value, tuple):
            array = tomlkit.aot()
            for entry in value:
                array.append(_table(entry))
            document.add(field.name, array)
        elif not isinstance(value, tuple):
            _key(document, field, value)
    return tomlkit.dumps(document)


def example() -> str:
    """The text of config.example.toml: the defaults, and one entry of each repeated section."""
    return render(
        Config(
            routes=(Route(),),
            limits=(Limit(),),
            mailboxes=(Mailbox(),),
            logs=(Log(),),
            logins=(Login(),),
            asking=(Asking(),),
            policies=(PolicyRule(),),
            classes=(NoticeClass(),),
            dkim=(Dkim(),),
        )
    )


def _table(section: msgspec.Struct) -> Any:
    table = tomlkit.table()
    _comment(table, inspect.getdoc(section) or "")
    table.add(tomlkit.nl())
    for field in msgspec.structs.fields(section):
        _key(table, field, getattr(section, field.name))
    table.add(tomlkit.nl())
    return table


def _key(place: Any, field: msgspec.structs.FieldInfo, value: Any) -> None:
    _comment(place, _meaning(field))
    place.add(field.name, _plain(value))


def _meaning(field: msgspec.structs.FieldInfo) -> str:
    notes = [note for note in get_args(field.type) if isinstance(note, msgspec.Meta)]
    return notes[0].description or "" if notes else ""


def _plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, dict):
        table = tomlkit.inline_table()
        table.update({key: str(entry) for key, entry in value.items()})
        return table
    return str(value) if isinstance(value, str) else value


def _comment(place: Any, text: str) -> None:
    for paragraph in text.split("\n"):
        for line in textwrap.wrap(paragraph, _WIDTH) or [""]:
            place.add(tomlkit.comment(line))
