"""What every command shares: the configuration in force, the ledger, and how to fail.

Owns finding the configuration file and turning errors into one sentence and an
exit code. Must import nothing heavy at the top: every command pays for it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from agent.exits import Exit

if TYPE_CHECKING:
    from agent.config import Config
    from store.database import Ledger
    from store.reading import Reader

__all__ = [
    "config_path",
    "existing_ledger",
    "fail",
    "load_config",
    "open_ledger",
    "open_reader",
    "use_config",
]

_PLACES = (Path("landed.toml"), Path("/etc/landed/landed.toml"))
_chosen: list[Path] = []


def use_config(path: Path | None) -> None:
    """Remembers the file named by --config; None: LANDED_CONFIG, then the usual places."""
    _chosen[:] = [path] if path else []


def config_path() -> Path:
    """The configuration file in force, whether it exists or not."""
    if _chosen:
        return _chosen[0]
    named = os.environ.get("LANDED_CONFIG")
    if named:
        return Path(named)
    return next((place for place in _PLACES if place.exists()), _PLACES[0])


def load_config() -> Config:
    """Reads the configuration in force. Raises ConfigError."""
    from agent.configfile import load

    return load(config_path())


def open_ledger(config: Config) -> Ledger:
    """Opens the ledger for writing, made and migrated where it is new. Raises LedgerError."""
    from agent.wiring.ledger import ledger_url
    from store.database import Ledger

    ledger = Ledger.open(ledger_url(config))
    ledger.migrate()
    return ledger


def existing_ledger(config: Config) -> Ledger:
    """Opens a ledger that is there, for questions: none is made or migrated. LedgerError."""
    from agent.wiring.ledger import ledger_url
    from store.database import Ledger

    ledger = Ledger.open(ledger_url(config), create=False)
    try:
        ledger.refuse_other_versions()
    except BaseException:
        ledger.close()
        raise
    return ledger


def open_reader(config: Config) -> Reader:
    """Opens the ledger for reading only, without the weight of the writing side."""
    from agent.wiring.ledger import ledger_url
    from store.reading import Reader

    return Reader.open(ledger_url(config))


def fail(message: str, code: Exit) -> NoReturn:
    """Says what is wrong on standard error and ends the command with code."""
    from agent.reconcile.plain import plain_lines

    print(f"landed: {plain_lines(message)}", file=sys.stderr)
    raise typer.Exit(code)
