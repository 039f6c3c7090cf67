"""Reports for people: tables that fit a terminal.

Owns all that knows rich, so that programs reading a pipe never load it. Must
not let text of strangers act: everything goes through plain() and into Text,
where markup means nothing.
"""

from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from agent.reconcile.reports import Report, cell

__all__ = ["write_table"]


def write_table(report: Report, out: TextIO) -> None:
    """Writes the columns that a table has room for, wrapped to the terminal's width."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in report.shown:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in report.values(report.shown):
        table.add_row(*(Text(cell(value)) for value in row))
    Console(file=out, highlight=False, markup=False, emoji=False).print(table)
