"""Whether looking for what is overdue stays quick however much is in the ledger.

Sweeps the same 1,000 overdue deliveries out of a small ledger and out of a large one, and
asks both for the first page of gaps. Prints milliseconds and the ratio of the two (wanted:
about 1). LANDED_BENCH_DELIVERIES sets the larger size. Nothing passes or fails by time.
"""

import os
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from store import bare, channels, gaps
from store.database import Ledger
from store.ids import new_id
from store.instants import to_micros
from store.reading import Reader
from store.words import Policy

__all__ = ["fill", "main"]

SMALL = 10_000
LARGE = int(os.environ.get("LANDED_BENCH_DELIVERIES", "300000"))
OVERDUE = 1_000
PAGE = 500
NOW = datetime(2026, 10, 5, 7, tzinfo=UTC)
OWED = NOW - timedelta(days=3)
_NOTICE = bare.insert("notice", "id, key, notice_class, content, created_at")
_RECIPIENT = bare.insert("recipient", "id, address, domain")
_DELIVERY = bare.insert(
    "delivery",
    "id, notice_id, recipient_id, number, owed_at, verdict, why, deadline, next_look_at,"
    " give_up_at, judged_at",
)
_EVIDENCE = bare.insert(
    "evidence", "id, delivery_id, digest, kind, occurred_at, recorded_at, assurance, attempt"
)


def _policy(_notice_class: str, _domain: str) -> Policy:
    return Policy("bench")


def fill(ledger: Ledger, count: int) -> None:
    """So many deliveries that were accepted; the deadline of some is over."""
    owed, due, later = map(to_micros, (OWED, NOW - timedelta(hours=1), NOW + timedelta(days=30)))
    every = count // OVERDUE
    with ledger.transaction() as tx:
        bare.many(tx, _NOTICE, [(1, "k", "bench", b"", owed)])
        channel = channels.ensure(tx, "bounces", "imap", NOW)
        channels.observed(tx, channel.id, NOW, NOW)
    for start in range(0, count, 10_000):
        people, deliveries, said = [], [], []
        for number in range(start, min(start + 10_000, count)):
            person, delivery = new_id(OWED), new_id(OWED)
            look = due if number % every == 0 else later
            people.append((person, f"p{number}@d.example", "d.example"))
            deliveries.append(
                (delivery, 1, person, 1, owed, "waiting", "", look, look, later, owed)
            )
            said += [
                (new_id(OWED), delivery, place, kind, owed, owed, 3, attempt)
                for place, (kind, attempt) in enumerate((("owed", None), ("accepted", 1)))
            ]
        with ledger.transaction() as tx:
            bare.many(tx, _RECIPIENT, people)
            bare.many(tx, _DELIVERY, deliveries)
            bare.many(tx, _EVIDENCE, said)


def _measured(count: int) -> tuple[float, float]:
    """Seconds of sweeping what is overdue, and of the first page of gaps."""
    with tempfile.TemporaryDirectory(prefix="landed-", dir="/tmp") as folder:
        path = Path(folder) / "landed.db"
        ledger = Ledger.open(path)
        fill(ledger, count)
        began = time.perf_counter()
        opened = 0
        for _ in range(OVERDUE // PAGE):
            with ledger.transaction() as tx:
                opened += gaps.sweep(tx, policies=_policy, now=NOW, limit=PAGE).opened
        swept = time.perf_counter() - began
        ledger.close()
        if opened != OVERDUE:
            raise RuntimeError(f"{opened} of {OVERDUE} became gaps")
        with Reader.open(path) as reader:
            began = time.perf_counter()
            shown = reader.gaps(limit=100)
            asked = time.perf_counter() - began
        if len(shown) != 100:
            raise RuntimeError(f"{len(shown)} gaps were shown")
    return swept, asked


def main() -> None:
    """Fills, sweeps, prints."""
    small, large = _measured(SMALL), _measured(LARGE)
    for count, (swept, asked) in ((SMALL, small), (LARGE, large)):
        print(
            f"{count:>9,} deliveries: {OVERDUE:,} overdue swept in {swept * 1000:6.1f} ms, "
            f"first page of gaps in {asked * 1000:6.1f} ms"
        )
    print(f"the large ledger's sweep takes {large[0] / small[0]:.2f} of the small one's")


if __name__ == "__main__":
    main()
