"""Rounds of sending to a real Postfix, each one killed with SIGKILL at a drawn point.

Prints, by point: rounds, deliveries, attempts that stayed open, doubles (each of
them where the ledger says so), mails lost, and copies that the ledger cannot
account for. Wanted: the last two are zero. Needs Postfix, Dovecot and root. An
argument is the number of rounds.
"""

import logging
import random
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from store.database import Ledger
from tests.plugins.dovecot import find_dovecot
from tests.plugins.mailsite import Cast, MailSite, run_mail_site
from tests.plugins.postfix import find_postfix
from tests.plugins.rounds import (
    POINTS,
    Audit,
    Point,
    arrived,
    audit,
    draw,
    ids_in,
    owe,
    recover,
    strike,
)
from tests.plugins.wiretap import wiretap

__all__ = ["main"]

ROUNDS = 200
MANY = 12
PEOPLE = [f"r{number}@{Cast.BOUNCE_DOMAIN}" for number in range(MANY)]
SEED = 20261122


@dataclass
class Row:
    """What happened at one point."""

    rounds: int = 0
    killed: int = 0
    found: Audit = field(default_factory=Audit)

    def __add__(self, other: "Row") -> "Row":
        return Row(self.rounds + other.rounds, self.killed + other.killed, self.found + other.found)

    def show(self, name: str) -> None:
        found = self.found
        numbers = (
            *(self.rounds, self.killed, found.deliveries, found.open_attempts),
            *(found.copies, found.doubles, found.lost, found.unexplained),
        )
        print(f"{name:<20}" + "".join(f"{number:>12}" for number in numbers), flush=True)


def play(site: MailSite, point: Point, chance: random.Random, empty: Path) -> tuple[bool, Audit]:
    """One round: whether the sender was killed at work, and what the audit found."""
    nth, after, arrives = draw(chance, point, MANY // 2)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(shutil.copy(empty, Path(folder) / "landed.db"))
        ledger = Ledger.open(path)
        try:
            ids = owe(ledger, PEOPLE, "round")
            with wiretap(site.smtp_port) as tap:
                struck = strike(path, tap, point, nth, after, arrives)
                recover(ledger, site.smtp_port)
            copies = ids_in(arrived(site, Cast.BOUNCES, MANY))
            found = audit(ledger, ids, copies)
        finally:
            ledger.close()
    with site.mailbox(Cast.BOUNCES) as client:
        client.uid("STORE", "1:*", "+FLAGS.SILENT", "(\\Deleted)")
        client.expunge()
    return struck, found


def main() -> None:
    """Plays the rounds, prints the table."""
    missing = find_postfix() or find_dovecot()
    if missing:
        print(missing)
        return
    logging.disable(logging.CRITICAL)
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    chance = random.Random(SEED)
    table = {point.name: Row() for point in POINTS}
    with tempfile.TemporaryDirectory() as folder, run_mail_site() as site:
        empty = Path(folder) / "empty.db"
        Ledger.open(empty).close()
        for number in range(rounds):
            point = POINTS[number % len(POINTS)]
            struck, found = play(site, point, chance, empty)
            table[point.name] += Row(1, int(struck), found)
    heads = ("rounds", "killed", "owed", "open", "copies", "doubles", "lost", "unexplained")
    print(f"{'killed before':<20}" + "".join(f"{head:>12}" for head in heads))
    for name, row in table.items():
        row.show(name)
    sum(table.values(), start=Row()).show("all")


if __name__ == "__main__":
    main()
