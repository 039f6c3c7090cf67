"""`landed doctor`: what works, what does not, and what to do."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from agent.cli.context import load_config, open_ledger
from agent.exits import Exit
from agent.reconcile.plain import plain_lines

if TYPE_CHECKING:
    from agent.doctor.finding import Finding

__all__ = ["doctor"]

_COLOURS = {"ok": "green", "note": "yellow", "fail": "red"}


def doctor(
    patience: Annotated[
        int, typer.Option(min=1, max=3600, help="Seconds to wait for the probe mail.")
    ] = 60,
    form: Annotated[
        Literal["table", "json"], typer.Option("--format", help="How to print.")
    ] = "table",
) -> None:
    """Check configuration, ledger, relay, mailboxes, the way back and the clocks.

    Sends one probe mail to a fresh return path. Exit code 1: something fails.
    """
    from agent.doctor.examine import examine
    from agent.doctor.finding import Level

    config = load_config()
    failed = False
    for finding in examine(
        config,
        lambda: open_ledger(config),
        now=lambda: datetime.now(UTC),
        patience=timedelta(seconds=patience),
    ):
        _show(finding, form)
        failed = failed or finding.level is Level.FAIL
    raise typer.Exit(Exit.GAPS if failed else Exit.OK)


def _show(finding: Finding, form: str) -> None:
    if form == "json":
        import json

        print(
            json.dumps(
                {
                    "level": finding.level,
                    "subject": finding.subject,
                    "found": finding.found,
                    "todo": finding.todo,
                }
            )
        )
        return
    mark = f"{finding.level:<4}"
    if not os.environ.get("NO_COLOR"):
        mark = typer.style(mark, fg=_COLOURS[finding.level])
    typer.echo(f"{mark}  {plain_lines(f'{finding.subject}: {finding.found}')}")
    if finding.todo:
        typer.echo(f"      -> {plain_lines(finding.todo)}")
