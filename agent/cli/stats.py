"""`landed stats`: how many notices, deliveries and gaps there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from store.stories import Stats

__all__ = ["stats"]


def stats(
    since: Annotated[
        str, typer.Option(help='Only what was owed since then: "7d" ago, or a date in UTC.')
    ] = "",
    form: Annotated[
        Literal["table", "json", "csv"], typer.Option("--format", help="How to print.")
    ] = "table",
) -> None:
    """Count notices, deliveries, their verdicts, stages and gaps."""
    from agent.cli.output import clock, reading, show, since_moment
    from agent.reconcile.reports import Report

    start = since_moment(since, clock())
    with reading() as reader:
        counted = reader.stats(start)
    show(Report("stats", _rows(counted)), form)


def _rows(counted: Stats) -> list[dict[str, object]]:
    """One row a number: programs read a new measure without a new column."""
    rows = [
        _row("total", name, getattr(counted, name))
        for name in ("notices", "recipients", "deliveries", "attempts", "reports", "unmatched")
    ]
    for measure, counts in (
        ("verdict", counted.by_verdict),
        ("gap", counted.by_gap),
        ("stage", counted.by_stage),
    ):
        rows += [_row(measure, name, count) for name, count in counts.items()]
    for notice_class, verdicts in counted.by_class.items():
        rows += [_row("verdict", name, count, notice_class) for name, count in verdicts.items()]
    return rows


def _row(measure: str, name: str, count: int, notice_class: str = "") -> dict[str, object]:
    return {"measure": measure, "notice_class": notice_class, "name": name, "count": count}
