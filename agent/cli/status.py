"""`landed status`: whether the agent hears and sends, and what is waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from datetime import datetime

    from agent.config import Config
    from store.backlog import Backlog
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
    from agent.wiring import ledger_url
    from store.backlog import backlog

    config, now = load_config(), clock()
    reader = open_reader(config)
    try:
        heard, gaps = reader.channels(), reader.count_gaps()
    finally:
        reader.close()
    waits = backlog(ledger_url(config), now)
    parts = _parts(config)
    if form == "json":
        write(
            json_text(
                {
                    "channels": Report("channels", heard).objects(),
                    "components": Report("components", parts).objects(),
                    "backlog": waits,
                    "gaps": gaps,
                }
            )
        )
        return
    _print(heard, parts, now)
    print(f"Outbox:  {_outbox(waits, now)}")
    print(f"Judging: {_judging(waits, now)}")
    print(f"Gaps:    {', '.join(f'{count} {kind}' for kind, count in gaps.items()) or 'none'}")


def _parts(config: Config) -> list[Fared]:
    """How the agents' parts fare; never makes a ledger."""
    from agent.wiring import ledger_url
    from store import components
    from store.database import Ledger

    ledger = Ledger.open(ledger_url(config), create=False)
    try:
        with ledger.transaction(read_only=True) as tx:
            return components.list_all(tx)
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


def _outbox(waits: Backlog, now: datetime) -> str:
    from agent.reconcile.plain import moment, span

    if waits.next_try is None:
        return "nothing to send"
    if not waits.due:
        return f"{waits.waiting} to be tried, the next at {moment(waits.next_try)}"
    late = span(now - waits.next_try)
    return f"{waits.due} of {waits.waiting} due, the oldest for {late}"


def _judging(waits: Backlog, now: datetime) -> str:
    from agent.reconcile.plain import span

    if waits.unjudged_since is None:
        return "nothing overdue"
    return f"{waits.unjudged} overdue, the oldest for {span(now - waits.unjudged_since)}"
