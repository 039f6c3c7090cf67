"""`landed close`: a person ends a delivery, or takes that back."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["close"]


def close(
    name: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="Tracking ID, a mark or marked address from a mail, Message-ID, or number.",
        ),
    ],
    why: Annotated[str, typer.Option(help="The reason, kept with the delivery for good.")],
    reopen: Annotated[bool, typer.Option("--reopen", help="Take an earlier closing back.")] = False,
) -> None:
    """End a delivery by hand: nothing more is sent and no evidence changes it."""
    from agent.cli.context import fail, load_config, open_ledger, open_reader
    from agent.cli.naming import delivery_named
    from agent.cli.output import clock, who
    from agent.exits import Exit
    from agent.reconcile.plain import plain
    from agent.wiring.reconciling import policies
    from store import notices
    from store.ids import tracking_id
    from store.words import Verdict

    if not why.strip():
        fail("--why: say why, the next reader of the story will ask", Exit.USAGE)
    config = load_config()
    reader = open_reader(config)
    try:
        delivery = delivery_named(reader, config, name)
    finally:
        reader.close()
    change = notices.reopen if reopen else notices.close
    ledger = open_ledger(config)
    try:
        with ledger.transaction() as tx:
            known = notices.delivery(tx, delivery)
            if reopen and known is not None and known.state.verdict is not Verdict.CLOSED:
                fail(f"{tracking_id(delivery)} is not closed, so nothing was changed", Exit.USAGE)
            state = change(
                tx, delivery, by=who(), why=why.strip(), now=clock(), policies=policies(config)
            )
    finally:
        ledger.close()
    print(f"{tracking_id(delivery)}: {state.verdict}, {plain(state.why)}")
