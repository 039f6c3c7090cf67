"""`landed init`: a first configuration, by asking."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from agent.cli.context import config_path, fail
from agent.exits import Exit

__all__ = ["init"]

_MAX_KEY = 7


def _checked(look: Callable[[str], object]) -> Callable[[str], str]:
    """A callback that refuses an answer at once, so that a person is asked again."""

    def callback(answer: str) -> str:
        try:
            look(answer)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
        return answer

    return callback


def _sender(answer: str) -> object:
    from agent.firstconfig import sender_of

    return sender_of(answer)


def _return_path(answer: str) -> object:
    from parsers.token import AddressForm

    return AddressForm.parse(answer)


def _place(answer: str) -> object:
    from agent.firstconfig import place_of

    return place_of(answer, 587) if answer else None


def _admins(answer: str) -> object:
    import agent.log  # noqa: F401 - keeps the library behind it from writing on the terminal
    from agent.firstconfig import admins_of

    return admins_of(answer)


def init(
    sender: Annotated[
        str,
        typer.Option(
            prompt="From address of your notices",
            help="The From address.",
            callback=_checked(_sender),
        ),
    ],
    return_path: Annotated[
        str,
        typer.Option(
            prompt="Return path: {token}@your-bounce-domain, or mailbox+{token}@your-domain",
            help='Envelope sender, with "{token}" in it.',
            callback=_checked(_return_path),
        ),
    ],
    relay: Annotated[
        str,
        typer.Option(
            prompt="SMTP relay (host:port)",
            help="Where mail is handed over.",
            callback=_checked(_place),
        ),
    ] = "localhost:587",
    relay_user: Annotated[
        str, typer.Option(prompt="Login at the relay (empty: none)", help="SMTP login.")
    ] = "",
    mailbox: Annotated[
        str,
        typer.Option(
            prompt="IMAP server of the bounce mailbox (host:port)",
            help="Where bounces arrive; empty: no mailbox yet.",
            callback=_checked(_place),
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
            callback=_checked(_admins),
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
    force: Annotated[
        bool,
        typer.Option(
            "--force", is_eager=True, callback=_not_in_the_way, help="Replace a configuration."
        ),
    ] = False,
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
        digest_to=digest_to,
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


def _not_in_the_way(replace: bool) -> bool:
    """Told before anything is asked, not after seven answers."""
    from agent.firstconfig import NotWritten, refuse_to_replace

    try:
        refuse_to_replace(config_path(), replace=replace)
    except NotWritten as error:
        fail(str(error), Exit.CONFIG)
    return replace


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
