"""`landed token`: who may use the HTTP API, and for what."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agent.exits import Exit

__all__ = ["app"]

app = typer.Typer(help="Keep the tokens of the HTTP API.", no_args_is_help=True)

_Name = Annotated[str, typer.Argument(help="What the token is called, such as its program.")]


@app.command("add")
def add(
    name: _Name,
    scope: Annotated[
        list[str] | None,
        typer.Option(help='"send" and "read"; may be repeated. Without any: send.'),
    ] = None,
) -> None:
    """Make a token and print it, this once: only its hash is kept."""
    from agent.cli.context import fail
    from agent.ingress.credentials import CredentialsError, add_token

    try:
        print(add_token(_file(), name, scope or ["send"]))
    except CredentialsError as error:
        fail(str(error), Exit.USAGE)


@app.command("list")
def list_all() -> None:
    """List the tokens and what each may do."""
    from agent.cli.context import fail
    from agent.ingress.credentials import CredentialsError, Tokens

    path = _file()
    try:
        found = Tokens(path).all() if path.exists() else []
    except CredentialsError as error:
        fail(str(error), Exit.CONFIG)
    width = max((len(one.name) for one in found), default=0)
    for one in found:
        print(f"{one.name:<{width}}  {' '.join(sorted(one.scopes))}")
    if not found:
        print("There is no token.")


@app.command("remove")
def remove(name: _Name) -> None:
    """Let a token do nothing more."""
    from agent.cli.context import fail
    from agent.ingress.credentials import CredentialsError, remove_line

    try:
        gone = remove_line(_file(), name)
    except CredentialsError as error:
        fail(str(error), Exit.CONFIG)
    if not gone:
        fail(f"there is no token {name!a}", Exit.NOT_FOUND)
    print(f"{name} may do nothing more.")


def _file() -> Path:
    from agent.cli.context import load_config

    return Path(load_config().api.tokens)
