"""Reports for people: tables that fit a terminal, or run on for grep.

Owns all that knows rich, so that programs reading JSON never load it. Must not
let text of strangers act: everything goes through plain() and into Text, where
markup means nothing.
"""

from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from agent.reconcile.reports import Report, cell

__all__ = ["write_table"]

_WIDE = 100_000  # columns: nothing wraps where a program reads the table


def write_table(report: Report, out: TextIO) -> None:
    """Writes the columns that a table has room for; wraps and emboldens on a terminal only."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    at_terminal = out.isatty()
    for name in report.shown:
        table.add_column(name.replace("_", " "), overflow="fold", no_wrap=not at_terminal)
    for row in report.values(report.shown):
        table.add_row(*(Text(cell(value)) for value in row))
    if at_terminal:
        _console(out).print(table)
        return
    console = _console(out, width=_WIDE)
    with console.capture() as written:
        console.print(table)
    out.writelines(f"{line.rstrip()}\n" for line in written.get().splitlines())


def _console(out: TextIO, width: int | None = None) -> Console:
    return Console(
        file=out,
        width=width,
        highlight=False,
        markup=False,
        emoji=False,
        no_color=width is not None,
    )
