"""`landed status`: whether the agent hears and sends, and what is waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from datetime import datetime

    from agent.config import Config
    from store.components import Fared
    from store.stories import ChannelRow

__all__ = ["status"]


def status(
    form: Annotated[
        Literal["table", "json"], typer.Option("--format", help="How to print.")
    ] = "table",
) -> None:
    """Show the channels and how far each was read, the outbox, the gaps, and what fails."""
    from agent.cli.context import load_config, open_reader
    from agent.cli.output import clock, write
    from agent.reconcile.reports import Report, json_text

    config, now = load_config(), clock()
    reader = open_reader(config)
    try:
        heard = reader.channels()
        gaps = reader.count_gaps()
        unsent = reader.stats().by_stage.get("queued", 0)
    finally:
        reader.close()
    due, parts = _written_side(config)
    channels, components = Report("channels", heard), Report("components", parts)
    if form == "json":
        write(
            json_text(
                {
                    "channels": channels.objects(),
                    "outbox": {"queued": unsent, "next_due": due},
                    "gaps": gaps,
                    "components": components.objects(),
                }
            )
        )
        return
    _print(heard, parts, now)
    print(f"Outbox: {_outbox(unsent, due, now)}")
    print(f"Gaps: {', '.join(f'{count} {kind}' for kind, count in gaps.items()) or 'none'}")


def _written_side(config: Config) -> tuple[datetime | None, list[Fared]]:
    """What only the writing side of the store can tell; never makes a ledger."""
    from agent.wiring import ledger_url
    from store import components, outbox
    from store.database import Ledger

    ledger = Ledger.open(ledger_url(config), create=False)
    try:
        with ledger.transaction(read_only=True) as tx:
            return outbox.next_due(tx), components.list_all(tx)
    finally:
        ledger.close()


def _print(heard: list[ChannelRow], parts: list[Fared], now: datetime) -> None:
    from agent.cli.output import table
    from agent.reconcile.plain import plain, span
    from agent.reconcile.reports import Report

    if heard:
        table(Report("channels", heard))
        for row in heard:
            if row.enabled and row.watermark is None:
                print(f"{plain(row.name)} was never read to its end")
            elif row.enabled and row.watermark:
                print(f"{plain(row.name)} was observed until {span(now - row.watermark)} ago")
    else:
        print("No channel was read yet: is the agent running?")
    print()
    if parts:
        table(Report("components", parts))
        print()


def _outbox(unsent: int, due: datetime | None, now: datetime) -> str:
    from agent.reconcile.plain import moment, span

    if due is None:
        return f"{unsent} not yet taken by a relay, nothing to try" if unsent else "empty"
    when = f"due since {span(now - due)}" if due <= now else f"next try {moment(due)}"
    return f"{unsent} not yet taken by a relay, {when}"
