"""How fast a backlog of reports is read from Dovecot, judged, committed and flagged.

Beside it, in the same run: a raw socket that reads the same bytes, one-by-one fetching by
imaplib, and the standard library's parsing of the same mails. With LANDED_BENCH_BACKLOG=20000
it is the backlog that figures are wanted for; the default ends sooner. Each run of ours is a
process of its own with the configuration file, the ledger (SQLite, synchronous FULL) and the
log that the daemon has, and its helper is started within the time. Needs Dovecot and root.
Nothing passes or fails by time.
"""

import base64
import email
import gc
import imaplib
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent import log
from agent.configfile import load
from agent.inbound import imap, ingest, reader, tidy
from agent.inbound.backlog import process
from agent.wiring import inward
from agent.wiring import ledger as ledger_of
from parsers.token import Keyring
from store import channels, evidence, facts, judging, listing
from store.database import Ledger
from tests.plugins.backlog import PASSWORD, USER, mailed, report_on, serving
from tests.plugins.delays import delayed
from tests.plugins.dovecot import find_dovecot
from tests.plugins.ports import HOST

__all__ = ["child", "main"]

COUNT = int(os.environ.get("LANDED_BENCH_BACKLOG", "6000"))
ROUND_TRIP = 0.020
_TAIL = 4_096  # octets in which the last line of an answer is looked for
ONE_BY_ONE = 1_000
ONE_BY_ONE_FAR = 60
ROOT = Path(__file__).parents[2]
KEY = b"backlog-key-backlog-key-backlog1"
CHILD = (
    "import sys; from tests.bench.bench_watch import child; child(sys.argv[1], sys.argv[2] == '1')"
)
CONFIG = """\
ledger = "{ledger}"
[reading]
helper_from = {helper_from}
[[mailboxes]]
name = "bounces"
host = "{host}"
port = {port}
security = "none"
username = "{user}"
password = "file:{folder}/password"
after = "{after}"
flag = "{flag}"
"""


def raw_socket(port: int, count: int, batch: int = 1_000) -> float:
    """Mails a second that a bare socket reads: no answer is looked into."""
    with socket.create_connection((HOST, port), timeout=30) as line:
        buffer = bytearray(1 << 20)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)

        def say(words: str) -> int:
            line.sendall(f"t {words}\r\n".encode())
            held, tail = 0, b""
            while True:
                got = line.recv_into(buffer)
                if not got:
                    raise ConnectionError(words)
                held += got
                tail = (tail + bytes(buffer[max(0, got - _TAIL) : got]))[-_TAIL:]
                last = tail[tail.rfind(b"\n", 0, -1) + 1 :]
                if tail.endswith(b"\r\n") and last.startswith(b"t "):
                    if not last.startswith(b"t OK"):
                        raise ConnectionError(last.decode())
                    return held

        line.recv(1 << 12)
        say(f"LOGIN {USER} {PASSWORD}")
        say("EXAMINE INBOX")
        began = time.perf_counter()
        held = sum(
            say(f"UID FETCH {first}:{first + batch - 1} BODY.PEEK[]")
            for first in range(1, count + 1, batch)
        )
        took = time.perf_counter() - began
        line.sendall(b"t LOGOUT\r\n")
    if held < count * 3_000:
        raise RuntimeError(f"only {held} octets of {count} mails came")
    return count / took


def one_by_one(port: int, count: int) -> float:
    """Mails a second that imaplib fetches, one command for each."""
    line = imaplib.IMAP4(HOST, port)
    line.login(USER, PASSWORD)
    line.select("INBOX", readonly=True)
    began = time.perf_counter()
    for uid in range(1, count + 1):
        _, told = line.uid("FETCH", str(uid), "(BODY.PEEK[])")
        if not isinstance(told[0], tuple) or len(told[0][1]) < 3_000:
            raise RuntimeError(f"mail {uid} did not come")
    took = time.perf_counter() - began
    line.logout()
    return count / took


def stdlib(raws: list[bytes]) -> float:
    """Mails a second that the standard library parses and walks; the best of some rounds."""
    gc.collect()
    best = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        for raw in raws:
            for part in email.message_from_bytes(raw).walk():
                part.get_content_type()
        best = min(best, time.perf_counter() - began)
    return len(raws) / best


class _Stages:
    """CPU time of one thread in each stage; an inner one is not counted twice."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self._open = threading.local()

    def watch(self, place: Any, name: str, stage: str) -> None:
        whole: Callable[..., Any] = getattr(place, name)

        def timed(*args: Any, **rest: Any) -> Any:
            began = time.thread_time()
            outer = getattr(self._open, "inner", 0.0)
            self._open.inner = 0.0
            try:
                return whole(*args, **rest)
            finally:
                took = time.thread_time() - began
                self.spent[stage] = self.spent.get(stage, 0.0) + took - self._open.inner
                self._open.inner = outer + took

        setattr(place, name, timed)


def _watch_stages() -> _Stages:
    stages = _Stages()
    for place, name, stage in (
        (reader.Reader, "_receive", "fetch"),
        (reader.Reader, "_ask", "fetch"),
        (reader.Reader, "_sizes", "fetch"),
        (imap.Mailbox, "flag", "flags"),
        (tidy.Tidy, "run", "flags"),
        (ingest.Ingest, "_parse", "read()"),
        (ingest, "ask", "correlate"),
        (ingest.Ingest, "_draw", "correlate"),
        (ingest.Ingest, "_keep", "transaction"),
        (ingest.Ingest, "_tell", "log"),
        (evidence, "record_many", "report rows"),
        (judging, "load", "known facts"),
        (facts, "add", "evidence rows"),
        (judging, "settle", "judge, state rows"),
        (listing, "review", "suppression"),
        (channels, "advance", "cursor"),
    ):
        stages.watch(place, name, stage)
    return stages


def _peak(process: int | str) -> float:
    """The most MB that a process has had in memory."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _watch_helper() -> list[float]:
    """Fills with the peak of each process that read beside us."""
    peaks: list[float] = []
    whole = process.Process.close

    def close(self: process.Process) -> str:
        with suppress(OSError, IndexError):  # it has died
            peaks.append(_peak(self._child.pid))
        return whole(self)

    process.Process.close = close  # type: ignore[method-assign]
    return peaks


def child(config_path: str, staged: bool) -> None:
    """One pass of the watcher that the daemon would make; prints what it took."""
    config = load(Path(config_path))
    log.set_up("info", "text")
    ledger = Ledger.open(ledger_of.ledger_url(config))
    ((_, watcher),) = inward.watchers(config, ledger)
    stages = _watch_stages() if staged else _Stages()
    beside = _watch_helper()
    gc.freeze()  # as the daemon does
    began, worked = time.perf_counter(), time.process_time()
    with watcher:
        watched = watcher.run_once(lambda: datetime.now(UTC), threading.Event())
    took, worked = time.perf_counter() - began, time.process_time() - worked
    ledger.close()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = {
        "seconds": took,
        "cpu": worked,
        "peak": _peak("self"),
        "cpu beside": children.ru_utime + children.ru_stime,
        "peak beside": max(beside, default=0.0),
        "matched": watched.matched,
        "moved": watched.moved,
        "stages": stages.spent,
    }
    print(json.dumps(told))


class _Bench:
    """The server and the ledger as they are before a run."""

    def __init__(self, folder: Path, port: int, count: int) -> None:
        self.folder, self.port, self.count = folder, port, count
        self._runs = 0

    def ours(
        self,
        *,
        port: int = 0,
        after: str = "flag",
        staged: bool = False,
        helper_from: int = 1_000,
    ) -> dict[str, Any]:
        """One run with a fresh copy of the ledger, and a flag that no mail has yet."""
        self._runs += 1
        here = self.folder / f"run{self._runs}"
        here.mkdir()
        shutil.copy(self.folder / "full.db", here / "landed.db")
        (here / "landed.key").write_text(base64.b64encode(KEY).decode(), encoding="ascii")
        (here / "password").write_text(PASSWORD, encoding="ascii")
        config = CONFIG.format(
            ledger=here / "landed.db",
            host=HOST,
            port=port or self.port,
            user=USER,
            folder=here,
            after=after,
            flag=f"$Landed{self._runs}",
            helper_from=helper_from,
        )
        (here / "landed.toml").write_text(config, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-c", CHILD, str(here / "landed.toml"), "1" if staged else "0"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-3000:])
        told: dict[str, Any] = json.loads(done.stdout)
        wanted = self.count if after == "flag" else 0
        if (told["matched"], told["moved"]) != (self.count, wanted):
            raise RuntimeError(f"not all was recorded: {told}")
        shutil.rmtree(here)
        told["rate"] = self.count / told["seconds"]
        return told


@contextmanager
def _prepared(count: int) -> Iterator[tuple[_Bench, list[bytes]]]:
    keyring = Keyring({1: KEY}, 1)
    with tempfile.TemporaryDirectory(prefix="landed-", dir="/tmp") as folder:
        ledger = Ledger.open(Path(folder) / "full.db")
        made = mailed(ledger, keyring, count, datetime.now(UTC) - timedelta(hours=1))
        ledger.close()
        raws = [report_on(keyring, one) for one in made]
        with serving(raws) as dovecot:
            raw_socket(dovecot.imap_port, count)  # the server makes its index
            yield _Bench(Path(folder), dovecot.imap_port, count), raws[:1_000]


def main() -> None:
    """Fills, measures in turns, prints."""
    missing = find_dovecot()
    if missing:
        print(missing)
        return
    with _prepared(COUNT) as (bench, raws):
        port = bench.port
        raw: list[float] = []
        runs: list[dict[str, Any]] = []
        without: list[dict[str, Any]] = []
        parsed: list[float] = []
        for _ in range(3):
            raw.append(raw_socket(port, COUNT))
            runs.append(bench.ours())
            without.append(bench.ours(helper_from=0))
            parsed.append(stdlib(raws))
        single = one_by_one(port, min(ONE_BY_ONE, COUNT))
        left = bench.ours(after="leave")
        best, best_raw, best_parsed = max(runs, key=lambda r: r["rate"]), max(raw), max(parsed)
        with delayed(port, ROUND_TRIP) as far:
            far_single = one_by_one(far, ONE_BY_ONE_FAR)
            far_ours = bench.ours(port=far)
        staged = bench.ours(staged=True, helper_from=0)
        size = sum(map(len, raws)) / len(raws) / 1000
    print(f"{COUNT} reports of {size:.1f} KB in Dovecot, each on a delivery of its own\n")
    print(f"raw socket                   {best_raw:8,.0f}/s  {best_raw / best_raw:6.2f}")
    print(f"imaplib, one by one          {single:8,.0f}/s  {single / best_raw:6.2f}")
    for name, told in (("landed, mail left alone", left), ("landed, mail flagged", best)):
        print(
            f"{name:<29}{told['rate']:8,.0f}/s  {told['rate'] / best_raw:6.2f}  "
            f"{1e6 * told['cpu'] / COUNT:.0f} us of CPU each, {told['peak']:.0f} MB at most; "
            f"its helper {1e6 * told['cpu beside'] / COUNT:.0f} us, {told['peak beside']:.0f} MB"
        )
    ratio = best["rate"] / best_raw
    print(f"\nof the raw socket            {ratio:6.2f}  (wanted: at least 0.20)")
    half = best_parsed / 2
    print(f"of go-sisimai's parsing      {best['rate'] / half:6.2f}  (wanted: over 1; half of the")
    print(f"                                     standard library's {best_parsed:,.0f}/s)")
    print(f"memory                       {best['peak']:6.0f}  MB (wanted: under 150)")
    alone = max(without, key=lambda r: r["rate"])
    print(f"of one process without help  {best['rate'] / alone['rate']:6.2f}  ", end="")
    print(f"({alone['rate']:,.0f}/s)")
    print(
        f"with {ROUND_TRIP * 1000:.0f} ms of round trip: one by one {far_single:.0f}/s, landed ",
        end="",
    )
    print(f"{far_ours['rate']:,.0f}/s: {far_ours['rate'] / far_single:.0f} times (wanted: 50)")
    print("\nwhere the time goes (CPU, all in one process, in a run that is slowed by looking)")
    for stage, spent in sorted(staged["stages"].items(), key=lambda one: -one[1]):
        print(f"  {stage:<20}{1e6 * spent / COUNT:7.1f} us a report")


if __name__ == "__main__":
    main()
