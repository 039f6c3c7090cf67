"""`landed trace`: the whole story of one delivery."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

__all__ = ["trace"]


def trace(
    name: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="Tracking ID, a mark or marked address from a mail, Message-ID, or number.",
        ),
    ],
    form: Annotated[
        Literal["text", "json"], typer.Option("--format", help="How to print.")
    ] = "text",
) -> None:
    """Tell the whole story of one delivery: attempts, replies, reports, and why this state."""
    from agent.cli.context import fail, load_config, open_reader
    from agent.cli.naming import delivery_named
    from agent.cli.output import columns, write
    from agent.exits import Exit
    from agent.reconcile.reports import json_text, jsonable
    from agent.reconcile.story import tell
    from agent.wiring.reconciling import policies

    config = load_config()
    reader = open_reader(config)
    try:
        found = reader.trace(delivery_named(reader, config, name))
    finally:
        reader.close()
    if found is None:
        fail(f"no delivery is known by {name!a}", Exit.NOT_FOUND)
    delivery = found.delivery
    policy = policies(config)(delivery.notice_class, delivery.recipient.rpartition("@")[2])
    if form == "json":
        write(json_text({**jsonable(found), "policy": policy}))
    else:
        write(tell(found, policy, width=columns()))
