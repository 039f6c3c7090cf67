"""A long queue: memory, start-up and the cost of one delivery at 10,000 and 100,000 queued.

Each size runs in a process of its own, whose memory is looked at. Wanted: under
150 MB, the first message within two seconds, and a delivery as cheap with the long
queue as with the short one. Needs Postfix's smtp-sink.
"""

import json
import logging
import resource
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from agent.outbound.intake import accept_parts
from store.database import Ledger
from store.words import Policy
from tests.bench.bench_send import sink
from tests.plugins.postfix import find_postfix
from tests.plugins.rounds import sender

__all__ = ["child", "main"]

SIZES = (10_000, 100_000)
SENT = 3_000
LINES = 4
EACH = 1_000  # recipients of one notice
ROOT = Path(__file__).parents[2]
CHILD = (
    "import sys; from tests.bench.bench_queue import child; child(sys.argv[1], int(sys.argv[2]))"
)


def _now() -> datetime:
    return datetime.now(UTC)


def _policy(_notice_class: str, _domain: str) -> Policy:
    return Policy("bench")


def fill(path: Path, count: int) -> None:
    """A ledger that owes so many deliveries."""
    ledger = Ledger.open(path)
    for number in range(count // EACH):
        accept_parts(
            ledger,
            key=f"k{number}",
            recipients=[f"r{one}@people.test" for one in range(EACH)],
            sender="Notices <notices@example.org>",
            subject="A notice",
            text="Something that you are owed to know.\n" * 27,
            policies=_policy,
            now=_now(),
        )
    ledger.close()


class _Counter(logging.Handler):
    """Counts what was accepted, and says stop in time."""

    def __init__(self, stop: threading.Event) -> None:
        super().__init__()
        self.count, self.first, self._stop = 0, 0.0, stop

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() == "accepted":
            self.first = self.first or time.perf_counter()
            self.count += 1
            if self.count >= SENT:
                self._stop.set()


def child(path: str, port: int) -> None:
    """Sends some of it, and prints what that took."""
    began = time.perf_counter()
    ledger = Ledger.open(path)
    stop = threading.Event()
    counter = _Counter(stop)
    log = logging.getLogger("landed.send")
    log.propagate = False
    log.setLevel(logging.INFO)
    log.addHandler(counter)
    working = sender(ledger, port, "bench")
    threads = [threading.Thread(target=working.run_once, args=(_now, stop)) for _ in range(LINES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([counter.first - began, 1000 * took / counter.count, peak]))


def main() -> None:
    """Fills, sends, prints."""
    missing = find_postfix()
    if missing:
        print(missing)
        return
    each = []
    with sink() as port:
        for size in SIZES:
            with tempfile.TemporaryDirectory(dir="/tmp") as folder:
                path = Path(folder) / "landed.db"
                fill(path, size)
                done = subprocess.run(
                    [sys.executable, "-c", CHILD, str(path), str(port)],
                    cwd=ROOT,
                    capture_output=True,
                    text=True,
                    check=True,
                )
                first, cost, peak = json.loads(done.stdout)
            each.append(cost)
            print(
                f"{size:>8} queued: first accepted after {first:5.2f} s (wanted: under 2), "
                f"{cost:5.2f} ms each, {peak:4.0f} MB at most (wanted: under 150)"
            )
    print(f"a delivery with the long queue costs {each[1] / each[0]:.2f} of one with the short")


if __name__ == "__main__":
    main()
