"""How long the command line takes to answer, beside what it must load anyway.

Prints medians and two ratios: `landed gaps` on 10,000 deliveries to `landed
--help` (wanted: under 2), and `landed --help` to importing typer (wanted: under
3). Run as a program or by `make bench`; nothing passes or fails by time.
"""

import logging
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from agent.reconcile.sweep import sweep_once
from store import channels, notices
from store.database import Ledger
from store.notices import NewNotice, NewRecipient
from store.words import Policy
from tests.plugins.storybook import CHANNEL, OWED, SWEPT, write_config

__all__ = ["fill", "main", "median"]

DELIVERIES = 10_000
NOTICES = 100
STRICT = 10  # every tenth notice is overdue
ROUNDS = 9
ROOT = Path(__file__).parents[2]
LANDED = "from agent.cli.main import run; run()"


def _policy(notice_class: str, _domain: str) -> Policy:
    patient = timedelta(days=30)
    within = timedelta(days=2) if notice_class == "strict" else patient
    return Policy(name=notice_class, within=within, give_up_after=patient)


def fill(path: Path) -> None:
    """A ledger of 10,000 deliveries, a tenth of them gaps."""
    ledger = Ledger.open(path)
    people = [f"p{number}@d{number % 50}.example" for number in range(DELIVERIES // NOTICES)]
    try:
        for number in range(NOTICES):
            kind = "strict" if number % STRICT == 0 else "easy"
            with ledger.transaction() as tx:
                notices.accept(
                    tx,
                    NewNotice(f"inv-{number}", kind, "Invoice", "a@example.org", b"Hello\r\n"),
                    [NewRecipient(address, address) for address in people],
                    policies=_policy,
                    now=OWED + timedelta(seconds=number),
                )
        with ledger.transaction() as tx:
            channel = channels.ensure(tx, CHANNEL, "imap", SWEPT)
            channels.observed(tx, channel.id, SWEPT, SWEPT)
        sweep_once(ledger, _policy, SWEPT, logging.getLogger("landed.bench"))
    finally:
        ledger.close()


def median(*words: str) -> float:
    """Seconds of one run of Python with these arguments, the median of several."""
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        done = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, check=False)
        taken.append(time.perf_counter() - start)
        if done.returncode:
            raise RuntimeError(done.stderr.decode())
    return statistics.median(taken)


def main() -> None:
    """Fills a ledger, measures, prints."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        fill(Path(folder) / "landed.db")
        print(f"\n{DELIVERIES} deliveries were written in {time.perf_counter() - start:.1f} s")
        config = str(write_config(Path(folder)))
        landed = ["-c", LANDED, "--config", config]
        bare = median("-c", "import typer")
        helped = median("-c", LANDED, "--help")
        for name, seconds in (
            ("import typer", bare),
            ("landed --help", helped),
            ("landed gaps", gaps := median(*landed, "gaps")),
            ("landed gaps --format json", median(*landed, "gaps", "--format", "json")),
            ("landed gaps --kind silent", median(*landed, "gaps", "--kind", "silent")),
            ("landed stats", median(*landed, "stats")),
        ):
            print(f"{name:<28}{seconds * 1000:7.0f} ms")
        print(f"landed gaps / landed --help   {gaps / helped:5.2f}  (wanted: under 2)")
        print(f"landed --help / import typer  {helped / bare:5.2f}  (wanted: under 3)")


def test_the_command_line_answers_quickly() -> None:
    """For `make bench`, which runs the folder with pytest: prints, and fails only if it cannot."""
    main()


if __name__ == "__main__":
    main()
