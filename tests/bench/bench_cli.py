"""How long the command line takes to answer, beside what it must load anyway.

Prints the quickest of several runs and two ratios: `landed gaps` on 10,000 deliveries to `landed
--help` (wanted: under 2), and `landed --help` to importing typer (wanted: under
3). Run as a program or by `make bench`; nothing passes or fails by time.
"""

import logging
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

__all__ = ["best", "fill", "main"]

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


def best(commands: dict[str, list[str]]) -> dict[str, float]:
    """Seconds of each command's quickest run; the rounds take turns, so that noise is shared."""
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, words in commands.items():
            start = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-c", *words], cwd=ROOT, capture_output=True, check=False
            )
            taken[name].append(time.perf_counter() - start)
            if done.returncode:
                raise RuntimeError(done.stderr.decode())
    return {name: min(times) for name, times in taken.items()}


def main() -> None:
    """Fills a ledger, measures, prints."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        fill(Path(folder) / "landed.db")
        print(f"\n{DELIVERIES} deliveries were written in {time.perf_counter() - start:.1f} s")
        landed = [LANDED, "--config", str(write_config(Path(folder)))]
        seconds = best(
            {
                "import typer": ["import typer"],
                "landed --help": [LANDED, "--help"],
                "landed gaps": [*landed, "gaps"],
                "landed gaps --format json": [*landed, "gaps", "--format", "json"],
                "landed gaps --kind silent": [*landed, "gaps", "--kind", "silent"],
                "landed stats": [*landed, "stats"],
            }
        )
    for name, took in seconds.items():
        print(f"{name:<28}{took * 1000:7.0f} ms")
    gaps = seconds["landed gaps"] / seconds["landed --help"]
    helped = seconds["landed --help"] / seconds["import typer"]
    print(f"landed gaps / landed --help   {gaps:5.2f}  (wanted: under 2)")
    print(f"landed --help / import typer  {helped:5.2f}  (wanted: under 3)")


def test_the_command_line_answers_quickly() -> None:
    """For `make bench`, which runs the folder with pytest: prints, and fails only if it cannot."""
    main()


if __name__ == "__main__":
    main()
