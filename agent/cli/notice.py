"""`landed notice`: one notice and all its deliveries."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from agent.exits import Exit

__all__ = ["notice"]


def notice(
    key: Annotated[str, typer.Argument(help="The notice's key.")],
    form: Annotated[
        Literal["table", "json", "csv"], typer.Option("--format", help="How to print.")
    ] = "table",
) -> None:
    """Show one notice and all its deliveries, holes first."""
    from agent.cli.context import fail
    from agent.cli.output import reading, show
    from agent.reconcile.plain import moment, plain
    from agent.reconcile.reports import Report

    with reading() as reader:
        story = reader.notice(key)
    if story is None:
        fail(f'there is no notice with the key "{plain(key)}"', Exit.NOT_FOUND)
    if form == "table":
        print(
            f'{plain(story.key)}: "{plain(story.subject)}", class {plain(story.notice_class)}, '
            f"from {plain(story.sender)}, accepted {moment(story.created_at)}\n"
        )
    show(Report("notice", story.deliveries), form)
