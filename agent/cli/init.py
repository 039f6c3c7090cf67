"""`landed init`: a first configuration, by asking."""

from __future__ import annotations

from typing import Annotated

import typer

from agent.cli.context import config_path, fail
from agent.exits import Exit

__all__ = ["init"]

_MAX_KEY = 7


def init(
    sender: Annotated[
        str, typer.Option(prompt="From address of your notices", help="The From address.")
    ],
    return_path: Annotated[
        str,
        typer.Option(
            prompt="Return path: {token}@your-bounce-domain, or mailbox+{token}@your-domain",
            help='Envelope sender, with "{token}" in it.',
        ),
    ],
    relay: Annotated[
        str, typer.Option(prompt="SMTP relay (host:port)", help="Where mail is handed over.")
    ] = "localhost:587",
    relay_user: Annotated[
        str, typer.Option(prompt="Login at the relay (empty: none)", help="SMTP login.")
    ] = "",
    mailbox: Annotated[
        str,
        typer.Option(
            prompt="IMAP server of the bounce mailbox (host:port)",
            help="Where bounces arrive; empty: no mailbox yet.",
        ),
    ] = "localhost:993",
    mailbox_user: Annotated[
        str, typer.Option(prompt="Login at the mailbox", help="IMAP login.")
    ] = "bounces",
    digest_to: Annotated[
        str,
        typer.Option(
            prompt="Who gets the digest of undelivered items (empty: nobody)",
            help="Addresses, separated by commas.",
        ),
    ] = "",
    _new_key: Annotated[
        int | None,
        typer.Option(
            "--new-key",
            metavar="N",
            is_eager=True,
            callback=_make_key,
            help="Only make token key number N (0 to 7) beside the configuration.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a configuration.")] = False,
) -> None:
    """Write a first configuration and its token key by asking a few questions."""
    from agent.firstconfig import Answers, NotWritten, first_config, secrets_wanted, write_first

    path = config_path()
    answers = Answers(
        sender=sender,
        return_path=return_path,
        relay=relay,
        relay_user=relay_user,
        mailbox=mailbox,
        mailbox_user=mailbox_user,
        digest_to=tuple(part.strip() for part in digest_to.split(",") if part.strip()),
    )
    try:
        config = first_config(answers)
        written = write_first(config, path, replace=force)
    except ValueError as error:
        fail(str(error), Exit.USAGE)
    except NotWritten as error:
        fail(str(error), Exit.CONFIG)
    for what, place in written:
        print(f"{what}: {place}")
    for wanted in secrets_wanted(config):
        print(f"needed before it runs: {wanted}")
    print("Next: landed doctor")


def _make_key(number: int | None) -> None:
    """--new-key needs no other answer, so it acts before anything is asked."""
    if number is None:
        return
    from agent.firstconfig import NotWritten, write_key

    if not 0 <= number <= _MAX_KEY:
        fail(f"--new-key {number}: token keys are numbered 0 to {_MAX_KEY}", Exit.USAGE)
    name = f"landed-{number}.key"
    try:
        place = write_key(config_path().parent / name)
    except NotWritten as error:
        fail(str(error), Exit.CONFIG)
    print(f"token key: {place}")
    print(f'Add it under [tokens] keys as {number} = "file:{name}", then make it current.')
    raise typer.Exit
