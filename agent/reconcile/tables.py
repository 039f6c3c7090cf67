"""Reports for people: tables that fit a terminal.

Owns all that knows rich, so that programs reading a pipe never load it. Must
not let text of strangers act: everything goes through plain() and into Text,
where markup means nothing.
"""

from collections.abc import Sequence
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from agent.reconcile.reports import Report, cell

__all__ = ["write_table"]

_REASON = "why"  # stands last, and is a sentence
_ROOM = 48  # columns that a sentence needs, or it becomes a tower of words
_INDENT = 4
_LONGEST = 40  # one long address does not push all others aside


def write_table(report: Report, out: TextIO) -> None:
    """Writes the columns that a table has room for, wrapped to the terminal's width.

    Where no room is left for the reasons, each stands below its row. A tracking
    ID is never broken: it is there to be pasted into the next command.
    """
    console = Console(file=out, highlight=False, markup=False, emoji=False)
    rows = [[Text(cell(value)) for value in row] for row in report.values(report.shown)]
    if report.shown[-1] != _REASON or _has_room(console, report.shown, rows):
        console.print(_table(report.shown, rows))
        return
    names, widths = report.shown[:-1], _widths(report.shown[:-1], rows)
    heads = [name.replace("_", " ") for name in names]
    console.print(Text(_line(heads, widths), "bold"), soft_wrap=True)
    for *cells, why in rows:
        console.print(Text(_line([one.plain for one in cells], widths)), soft_wrap=True)
        console.print(Padding(why, (0, 0, 0, _INDENT), expand=False))


def _table(names: Sequence[str], rows: Sequence[Sequence[Text]]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in names:
        table.add_column(name.replace("_", " "), overflow="fold", no_wrap=name == "tracking_id")
    for row in rows:
        table.add_row(*row)
    return table


def _has_room(console: Console, names: Sequence[str], rows: Sequence[Sequence[Text]]) -> bool:
    """Whether the last column would get what a sentence needs."""
    taken = sum(_widths(names[:-1], rows)) + 3 * (len(names) - 1)
    longest = max((row[-1].cell_len for row in rows), default=0)
    return console.width - taken >= min(_ROOM, longest)


def _widths(names: Sequence[str], rows: Sequence[Sequence[Text]]) -> list[int]:
    """Of each column that is named, in cells of the terminal."""
    return [
        max([len(name), *(row[place].cell_len for row in rows)]) for place, name in enumerate(names)
    ]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [
        cell + " " * (min(width, _LONGEST) - Text(cell).cell_len)
        for cell, width in zip(cells, widths, strict=True)
    ]
    return "  ".join(padded).rstrip()
