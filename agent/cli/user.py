"""`landed user`: who may log in at the SMTP listener."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from agent.exits import Exit

__all__ = ["app"]

app = typer.Typer(
    help="Keep the list of who may log in at the SMTP listener.", no_args_is_help=True
)

_Name = Annotated[str, typer.Argument(help="The name that the program logs in with.")]


@app.command("add")
def add(name: _Name) -> None:
    """Set a user's password, read from the terminal or from standard input."""
    from agent.cli.context import fail
    from agent.ingress.credentials import CredentialsError, add_user

    path = _file()
    try:
        add_user(path, name, _password())
    except CredentialsError as error:
        fail(str(error), Exit.USAGE)
    print(f"{name} may log in.")


@app.command("list")
def list_all() -> None:
    """List who may log in."""
    from agent.cli.context import fail
    from agent.ingress.credentials import CredentialsError, Users

    try:
        names = Users(_file()).names()
    except CredentialsError as error:
        fail(str(error), Exit.CONFIG)
    print("\n".join(names) if names else "Nobody may log in.")


@app.command("remove")
def remove(name: _Name) -> None:
    """Let a user log in no more."""
    from agent.cli.context import fail
    from agent.ingress.credentials import CredentialsError, remove_line

    try:
        gone = remove_line(_file(), name)
    except CredentialsError as error:
        fail(str(error), Exit.CONFIG)
    if not gone:
        fail(f"there is no user {name!a}", Exit.NOT_FOUND)
    print(f"{name} may log in no more.")


def _file() -> Path:
    from agent.cli.context import fail, load_config

    users = load_config().listener.users
    if not users:
        fail('listener.users names no file: set it, for example to "landed.users"', Exit.CONFIG)
    return Path(users)


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
