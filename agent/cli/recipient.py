"""`landed recipient`: everything owed to one address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from agent.exits import Exit

if TYPE_CHECKING:
    from store.reading import Reader
    from store.stories import RecipientStory

__all__ = ["recipient"]


def recipient(
    address: Annotated[str, typer.Argument(help="The recipient's address.")],
    form: Annotated[
        Literal["table", "json", "csv"], typer.Option("--format", help="How to print.")
    ] = "table",
) -> None:
    """Show everything owed to one address: holes first, then by running number."""
    from agent.cli.context import fail
    from agent.cli.output import reading, show
    from agent.reconcile.plain import plain
    from agent.reconcile.reports import Report

    with reading() as reader:
        story = _story(reader, address)
    if story is None:
        fail(f"nothing was ever owed to {plain(address)}", Exit.NOT_FOUND)
    if form == "table":
        named = f" ({plain(story.name)})" if story.name else ""
        print(f"{plain(story.address)}{named}: {len(story.deliveries)} owed")
        if story.suppressed:
            print(f"Suppressed: {plain(story.suppressed)}")
        print()
    show(Report("recipient", story.deliveries), form)


def _story(reader: Reader, address: str) -> RecipientStory | None:
    """As written first: bringing an address to its canonical form costs start-up time."""
    from agent.cli.naming import canonical

    return reader.recipient(address) or reader.recipient(canonical(address))
