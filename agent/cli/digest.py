"""`landed digest`: the mail with the undelivered items, now or on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from agent.config import Config

__all__ = ["digest"]


def digest(
    now: Annotated[
        bool, typer.Option("--now", help="Send one now, beside those of the schedule.")
    ] = False,
    show: Annotated[
        bool, typer.Option("--print", help="Print what one would say now; send nothing.")
    ] = False,
    form: Annotated[
        Literal["text", "html"], typer.Option("--format", help="What to print.")
    ] = "text",
) -> None:
    """Tell the admins what is undelivered: --now sends it, --print shows it."""
    from agent.cli.context import fail, load_config
    from agent.exits import Exit

    if now == show:
        fail("say either --now or --print", Exit.USAGE)
    config = load_config()
    try:
        _print(config, form) if show else _send(config)
    except ValueError as error:
        fail(f"digest: {error}", Exit.CONFIG)


def _print(config: Config, form: str) -> None:
    from agent.cli.output import clock, write
    from agent.reconcile.digest import compose
    from agent.wiring.reconciling import digest_plan

    _, letter = compose(digest_plan(config), clock())
    write(letter.html if form == "html" else f"Subject: {letter.subject}\n\n{letter.text}")


def _send(config: Config) -> None:
    import logging

    from agent.cli.context import fail, open_ledger
    from agent.cli.output import clock
    from agent.exits import Exit
    from agent.reconcile.digest import send_now
    from agent.reconcile.plain import plain
    from agent.wiring.reconciling import digest_plan, policies
    from store.ids import tracking_id

    plan = digest_plan(config)
    if not plan.to:
        fail("digest.to: nobody is named there, so there is nobody to send to", Exit.CONFIG)
    ledger = open_ledger(config)
    try:
        accepted = send_now(
            ledger, plan, policies(config), clock(), logging.getLogger("landed.digest")
        )
    finally:
        ledger.close()
    if accepted is None:
        print("A digest of this very second is there already.")
        return
    for delivery in accepted.deliveries:
        print(f"{tracking_id(delivery.id)}  {plain(delivery.address)}")
    for refused in accepted.refused:
        print(f"refused: {plain(refused.text)}: {plain(refused.reason)}")
    if accepted.refused:
        raise typer.Exit(Exit.PARTIAL)
