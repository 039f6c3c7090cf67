"""A flood of forged and foreign reports: what each costs beside a real one, and who is slowed.

Reads, correlates and records batches of reports, in turn real ones, forged ones (a token of
another key), foreign ones (a token of ours for a delivery that is not here) and strangers'
mail; the same size all. A second ledger gets the real ones alone, so that what the flood does
to their rate shows. Then asks `landed unmatched` and `landed gaps` before and after the
flood. Prints reports a second of processor time with the ratio to real ones, for each fifth of
the run the rate of the real ones beside that without a flood and the memory, and the seconds of
each command. An argument is the number of reports of each kind.
"""

import logging
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from agent.inbound.imap import Mail
from agent.inbound.ingest import Ingest
from parsers.read import read
from parsers.token import Keyring
from store import channels
from store.database import Ledger
from store.words import Policy
from tests.plugins.agents import write_home
from tests.plugins.backlog import Mailed, mailed, report_on

__all__ = ["main"]

EACH = 6_000
BATCH = 500
PARTS = 5  # of the run, whose rates are told apart
KEYS = Keyring({1: b"k" * 32}, 1)
OTHER = Keyring({1: b"o" * 32}, 1)
_ROOT = Path(__file__).resolve().parents[2]


def _strange(report: bytes) -> bytes:
    """The same without a mark: every token-like word is made a plain one."""
    return b"\r\n".join(
        line
        for line in report.split(b"\r\n")
        if not line.startswith((b"X-Landed", b"References", b"Reply-To", b"Original-Envelope"))
    ).replace(b"bounces.example.org", b"elsewhere.example")


def _kinds(there: list[Mailed]) -> dict[str, Callable[[Mailed], bytes]]:
    gone = random.Random(1)
    return {
        "real": lambda one: report_on(KEYS, one),
        "forged": lambda one: report_on(OTHER, one),
        "foreign": lambda one: report_on(KEYS, Mailed(gone.getrandbits(62), one.address)),
        "stranger": lambda one: _strange(report_on(OTHER, one)),
    }


def _command(config: Path, *words: str) -> float:
    began = time.monotonic()
    subprocess.run(
        [sys.executable, "-c", "from agent.cli.main import run; run()", "-c", config, *words],
        check=True, cwd=_ROOT, stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
    )  # fmt: skip
    return time.monotonic() - began


def _commands(config: Path) -> dict[str, float]:
    return {word: min(_command(config, word) for _ in range(3)) for word in ("unmatched", "gaps")}


class _Side:
    """A ledger that owes the same deliveries, and what reads reports into it."""

    def __init__(self, folder: Path, each: int, now: datetime) -> None:
        folder.mkdir()
        home = write_home(folder, {"identity": {"sender": "notices@example.org"}})
        self.config, self.ledger = home.config, Ledger.open(home.ledger)
        self.there = mailed(self.ledger, KEYS, each, now)
        channel = self.ledger.run(lambda tx: channels.ensure(tx, "bounces/INBOX", "imap", now))
        self._ingest = Ingest(
            ledger=self.ledger, channel_id=channel.id, channel=channel.name, keyring=KEYS,
            policies=lambda *_: Policy("flood"), read=read, tidies=False,
        )  # fmt: skip
        self._uid = 0
        self._now = now

    def take(self, start: int, make: Callable[[Mailed], bytes]) -> float:
        """Records one batch; seconds of processor time."""
        part = self.there[start : start + BATCH]
        mails = [Mail(self._uid + n, make(one)) for n, one in enumerate(part, 1)]
        self._uid += len(mails)
        began = time.process_time()
        self._ingest.take(mails, 1, now=self._now)
        return time.process_time() - began


def _resident() -> float:
    """Megabytes of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    """Fills two ledgers, floods one of them, prints."""
    logging.disable(logging.CRITICAL)
    each = int(sys.argv[1]) if len(sys.argv) > 1 else EACH
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as name:
        calm = _Side(Path(name, "calm"), each, now)
        flooded = _Side(Path(name, "flooded"), each, now)
        kinds = _kinds(flooded.there)
        before = _commands(flooded.config)
        spent = dict.fromkeys(kinds, 0.0)
        parts = [{"calm": 0.0, "flooded": 0.0, "count": 0.0, "MB": 0.0} for _ in range(PARTS)]
        for start in range(0, each, BATCH):
            part = parts[start * PARTS // each]
            part["calm"] += calm.take(start, kinds["real"])
            for kind, make in kinds.items():
                took = flooded.take(start, make)
                spent[kind] += took
                part["flooded"] += took if kind == "real" else 0.0
            part["count"] += min(BATCH, each - start)
            part["MB"] = _resident()
        after = _commands(flooded.config)
        calm.ledger.close()
        flooded.ledger.close()
    print(f"{each} of each kind, batches of {BATCH}")
    print(f"{'':<10}{'a second':>10}{'to real':>9}")
    for kind, seconds in spent.items():
        print(f"{kind:<10}{each / seconds:>10.0f}{spent['real'] / seconds:>9.2f}")
    print(f"real ones by the time they come\n{'part':<10}{'flooded':>10}{'to calm':>9}{'MB':>7}")
    for number, part in enumerate(parts, 1):
        if part["count"]:
            rate, ratio = part["count"] / part["flooded"], part["calm"] / part["flooded"]
            print(f"{number:<10}{rate:>10.0f}{ratio:>9.2f}{part['MB']:>7.0f}")
    print(f"{'':<10}{'before':>10}{'after':>9}   seconds of a command")
    for word, seconds in before.items():
        print(f"{word:<10}{seconds:>10.2f}{after[word]:>9.2f}")


if __name__ == "__main__":
    main()
