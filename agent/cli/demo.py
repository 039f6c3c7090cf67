"""`landed demo`: the main job, end to end, against a company played on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.context import fail, use_config
from agent.exits import Exit

if TYPE_CHECKING:
    from agent.demo.play import Outcome, Scene

__all__ = ["demo"]


def demo(
    folder: Annotated[
        Path | None,
        typer.Option(help="Where to leave configuration and ledger; default: a new folder."),
    ] = None,
) -> None:
    """Play the whole job in under a minute: send, watch, reconcile, report. Needs no network."""
    import tempfile

    try:
        from agent.demo.play import scene
    except ModuleNotFoundError as error:
        fail(f"the demo needs {error.name}: install landed[demo]", Exit.USAGE)
    if folder is None:
        folder = Path(tempfile.mkdtemp(prefix="landed-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "landed.db").exists():
        fail(f"{folder} holds the ledger of an earlier demo: name another folder", Exit.USAGE)
    with scene(folder) as play:
        use_config(play.path)
        _act(play)
        outcome = play.outcome()
        _report(play)
    _judge(outcome, folder)


def _act(play: Scene) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    print("25 notices to 12 people of a small company on loopback. Some will let us down.\n")
    columns = (TextColumn("{task.description:<34}"), BarColumn(40), MofNCompleteColumn())
    with Progress(*columns, console=Console(), refresh_per_second=5) as bars:
        settled = bars.add_task("deliveries settled", total=None)
        heard = bars.add_task("reports read from the mailbox", total=None)
        for progress in play.act():
            bars.update(settled, completed=progress.settled, total=progress.owed)
            bars.update(heard, completed=progress.heard)


def _report(play: Scene) -> None:
    """The same commands that a person would type now."""
    from agent.cli.digest import digest
    from agent.cli.gaps import gaps
    from agent.cli.stats import stats
    from agent.cli.trace import trace

    _title("landed gaps --limit 20")
    gaps(limit=20)
    _title("landed stats")
    stats()
    shown = play.telling_delivery()
    _title(f"landed trace {shown}")
    trace(shown)
    _title("landed digest --print")
    digest(show=True)


def _title(command: str) -> None:
    print(f"\n$ {command}\n")


def _judge(outcome: Outcome, folder: Path) -> None:
    count = len(outcome.right)
    if not outcome.is_exact:
        for word, entries in (("not reported", outcome.missing), ("invented", outcome.invented)):
            for notice, address, kind in sorted(entries):
                print(f"{word}: {notice} to {address}: {kind}")
        fail("the gap report is not what the cast did: that is a defect", Exit.GAPS)
    print(
        f"\nThe cast let {count} deliveries down, and the gap report names exactly these {count}."
    )
    print("Explore what is left:")
    config = folder / "landed.toml"
    for command in ("gaps --kind rejected", "recipient lars@kontor.example", "status"):
        print(f"  landed --config {config} {command}")
