"""The matrix of faults: each one at each moment, in front of each IMAP server.

A cell is a watcher behind a proxy that strikes once, a folder and a ledger of its own: six
reports, half of them delivered while the fault lasts. Prints for each: sent, recorded,
twice, missed, and the seconds until all were recorded, with an answer's limit of two
seconds, a look every two, and the waits between connections as they are. Wanted: nothing
twice, nothing missed. Arguments are the servers; none: all that this machine has.
"""

import logging
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from tests.plugins.imapservers import SERVERS, ImapServer, missing_server, run_imap_server
from tests.plugins.matrix import CELLS, Cell, Pace, Row, play

__all__ = ["main"]

AT_ONCE = 12
PACE = Pace(timeout=timedelta(seconds=2), poll=timedelta(seconds=2))


def _cell(server: ImapServer, cell: Cell) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        return play(server, cell, Path(folder), PACE)


def _show(server: str, fault: str, moment: str, rows: list[Row]) -> None:
    sent, recorded, twice = (sum(getattr(row, name) for row in rows) for name in _COUNTS)
    seconds = max(row.seconds for row in rows)
    numbers = f"{sent:>6}{recorded:>10}{twice:>7}{sent - recorded:>8}{seconds:>9.1f}"
    troubles = "; ".join(row.trouble for row in rows if row.trouble)
    print(f"{server:<11}{fault:<17}{moment:<10}{numbers}  {troubles}".rstrip(), flush=True)


_COUNTS = ("sent", "recorded", "twice")


def main() -> None:
    """Plays every cell on every server, prints the table."""
    logging.disable(logging.CRITICAL)
    print(f"{'server':<11}{'fault':<17}{'at':<10}  sent  recorded  twice  missed  seconds")
    everything: list[Row] = []
    for name in sys.argv[1:] or SERVERS:
        missing = missing_server(name)
        if missing:
            print(f"{name}: {missing}")
            continue
        with run_imap_server(name) as server, ThreadPoolExecutor(AT_ONCE) as pool:
            cells = [cell for cell in CELLS if cell.is_for(name)]
            rows = list(pool.map(_cell, [server] * len(cells), cells))
        for cell, row in zip(cells, rows, strict=True):
            _show(name, cell.fault.name, cell.moment, [row])
        _show(name, "all", "", rows)
        everything += rows
    if everything:
        _show("all", "", "", everything)


if __name__ == "__main__":
    main()
