"""`landed login`: a person signs in once, so that tokens can be had from then on."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["login"]


def login(
    name: Annotated[str, typer.Argument(help="Name of the section under logins.")],
) -> None:
    """Sign in for a mailbox or route without a password (flow = "person"); keep what it gives."""
    from agent.cli.context import fail, load_config
    from agent.exits import Exit
    from agent.login.tokens import TokenError
    from agent.reconcile.plain import plain
    from agent.wiring.logins import person

    source = person(load_config(), name)
    try:
        who = source.sign_in(lambda text: print(plain(text), flush=True))
    except TokenError as error:
        fail(str(error), Exit.SERVER)
    print(f"Signed in{f' as {plain(who)}' if who else ''}; tokens are kept in {source.file.path}")
