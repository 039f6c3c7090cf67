"""How fast mail goes out, ledger work included, beside smtp-source and smtplib in the same run.

Into Postfix's smtp-sink and into a real Postfix queue, and over a line that is 20
ms longer. Prints messages a second and the ratios that are wanted. Needs Postfix
and root. Run as a program or by `make bench`; nothing passes or fails by time.
"""

import smtplib
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median

from agent.outbound.composing.compose import Identity
from agent.outbound.intake import accept_parts
from agent.outbound.routes import Relay
from agent.outbound.sending.means import Sent
from agent.outbound.sending.sender import Retry, Sender
from parsers.token import AddressForm, Keyring
from store.database import Ledger
from store.words import Policy
from tests.plugins.certificates import write_certificates
from tests.plugins.delays import delayed
from tests.plugins.ports import HOST, free_ports
from tests.plugins.postfix import PostfixPlan, find_postfix, start_postfix
from tests.plugins.processes import Daemon

__all__ = ["main"]

LINES = 8
TEXT = "Something that you are owed to know.\n" * 27  # 1,000 octets, more or less
ROUND_TRIP = 0.020
DOMAIN = "people.test"
ROUNDS = 3


def _now() -> datetime:
    return datetime.now(UTC)


def _policy(_notice_class: str, _domain: str) -> Policy:
    return Policy("bench")


@contextmanager
def _owing(count: int) -> Iterator[Ledger]:
    """A ledger that owes one notice to so many recipients."""
    with tempfile.TemporaryDirectory(prefix="landed-", dir="/tmp") as folder:
        ledger = Ledger.open(Path(folder) / "landed.db")
        for start in range(0, count, 1_000):
            accept_parts(
                ledger,
                key=f"k{start}",
                recipients=[f"r{n}@{DOMAIN}" for n in range(start, min(count, start + 1_000))],
                sender="Notices <notices@example.org>",
                subject="A notice",
                text=TEXT,
                policies=_policy,
                now=_now(),
            )
        try:
            yield ledger
        finally:
            ledger.close()


def _sender(ledger: Ledger, port: int) -> Sender:
    return Sender(
        ledger=ledger,
        keyring=Keyring({1: b"s" * 32}, 1),
        identity=Identity(
            sender="Notices <notices@example.org>",
            return_path=AddressForm.parse("{token}@bounces.example.org"),
            reply_to=None,
            message_id_domain="example.org",
            request_receipt=False,
            visible_reference=False,
        ),
        relays=[Relay("bench", HOST, port, security="none", local_hostname="bench.test")],
        policies=_policy,
        retry=Retry(first=timedelta(minutes=1), longest=timedelta(hours=1)),
        lease=timedelta(minutes=10),
        worker="bench",
    )


def ours(port: int, count: int, lines: int = LINES) -> float:
    """Messages a second of the sender: claims, attempts, judging and commits included."""
    with _owing(count) as ledger:
        began = time.perf_counter()
        done = _run(ledger, port, lines)
        took = time.perf_counter() - began
    accepted = sum(one.accepted for one in done)
    if accepted != count:
        raise RuntimeError(f"{accepted} of {count} were accepted")
    return count / took


def _run(ledger: Ledger, port: int, lines: int) -> list[Sent]:
    sender, stop, done = _sender(ledger, port), threading.Event(), list[Sent]()
    threads = [
        threading.Thread(target=lambda: done.append(sender.run_once(_now, stop)))
        for _ in range(lines)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done


def with_smtplib(port: int, count: int, lines: int = LINES) -> float:
    """Messages a second of smtplib in as many threads, no ledger."""
    body = ("Subject: A notice\r\n\r\n" + TEXT.replace("\n", "\r\n")).encode()

    def send(first: int) -> None:
        with smtplib.SMTP(HOST, port, local_hostname="bench.test") as line:
            for number in range(first, count, lines):
                line.sendmail(f"b{number}@bounces.example.org", [f"r{number}@{DOMAIN}"], body)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(lines)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return count / (time.perf_counter() - began)


def with_smtp_source(port: int, count: int, *, distinct: bool = False) -> float:
    """Messages a second of Postfix's own load generator, in C, one sender for all.

    To one recipient, whom Postfix then finds in its caches every time; or, as notices go, to
    distinct ones, for which its manual offers -N.
    """
    words = f"-d -s {LINES} -m {count} -l 1000 -M bench.test -f b@bounces.example.org"
    command = ["/usr/sbin/smtp-source", *words.split(), *(["-N"] if distinct else [])]
    began = time.perf_counter()
    subprocess.run([*command, "-t", f"r1@{DOMAIN}", f"{HOST}:{port}"], check=True)
    return count / (time.perf_counter() - began)


@contextmanager
def sink() -> Iterator[int]:
    """Postfix's smtp-sink: takes all, keeps nothing; offers PIPELINING, not CHUNKING."""
    with tempfile.TemporaryDirectory() as folder:
        (port,) = free_ports(1)
        command = ["/usr/sbin/smtp-sink", "-u", "root", f"{HOST}:{port}", "1000"]
        daemon = Daemon("smtp-sink", command, Path(folder) / "sink.log")
        try:
            daemon.wait_for_greeting(port, b"220")
            yield port
        finally:
            daemon.stop()


@contextmanager
def queue(*, chunking: bool) -> Iterator[int]:
    """A Postfix that takes mail into its queue, on hold, so that delivering costs nothing."""
    with tempfile.TemporaryDirectory(prefix="landed-", dir="/tmp") as folder:
        directory = Path(folder)
        directory.chmod(0o755)
        home = directory / "p"
        home.mkdir()
        plan = PostfixPlan((DOMAIN,), (), (), 1, (f"@{DOMAIN}",), {}, {DOMAIN: "HOLD"}, {})
        postfix = start_postfix(
            home,
            plan,
            write_certificates(directory),
            lmtp_port=1,
            auth_socket=directory / "none",
            more="" if chunking else "smtpd_discard_ehlo_keywords = chunking\n",
        )
        try:
            yield postfix.smtp_port
        finally:
            postfix.daemon.stop()


def _show(name: str, rate: float, over: float | None = None, wanted: str = "") -> None:
    ratio = "" if over is None else f"{rate / over:8.2f}   {wanted}"
    print(f"  {name:<40}{rate:9.0f}/s{ratio}", flush=True)


def _near(name: str, port: int, count: int, wanted: str) -> None:
    print(f"{name}, {LINES} connections: messages a second, and the ratio to smtp-source")
    ours(port, min(200, count))  # processes started, caches warm
    source, distinct, own = "smtp-source -d", "smtp-source -d -N", "landed, ledger included"
    rates: dict[str, list[float]] = {}
    # other work disturbs: so in turns, and what lies in the middle
    for _ in range(ROUNDS):
        for who, measure in (
            (source, with_smtp_source),
            (distinct, partial(with_smtp_source, distinct=True)),
            ("smtplib", with_smtplib),
            (own, ours),
        ):
            rates.setdefault(who, []).append(measure(port, count))
    found = {who: median(some) for who, some in rates.items()}
    for who, rate in found.items():
        over = None if who == source else found[source]
        _show(who, rate, over, wanted if who == own else "")
    _show("  the same, to distinct recipients", found[own], found[distinct], wanted)


def _far(name: str, port: int, wanted: dict[int, str]) -> None:
    with delayed(port, ROUND_TRIP) as far:
        for lines in (1, LINES):
            print(f"{name}, {1000 * ROUND_TRIP:.0f} ms away, {lines} connection(s)")
            slow, quick = [], []
            for _ in range(ROUNDS):
                slow.append(with_smtplib(far, 20 * lines, lines))
                quick.append(ours(far, 400 * lines, lines))
            _show("smtplib", median(slow))
            _show("landed, ledger included", median(quick), median(slow), wanted[lines])


def main() -> None:
    """Measures, prints."""
    missing = find_postfix()
    if missing is not None:
        print(missing)
        return
    few = "--few" in sys.argv
    with sink() as port:
        _near("smtp-sink", port, 2_000 if few else 6_000, "(wanted: 0.25)")
    for chunking in (False, True):
        offers = "Postfix with CHUNKING" if chunking else "Postfix with PIPELINING only"
        wanted = (
            {1: "(wanted: 20)", LINES: "(wanted: 8)"}
            if chunking
            else {1: "(wanted: 3)", LINES: "(wanted: 3)"}
        )
        with queue(chunking=chunking) as port:
            _near(offers, port, 1_000 if few else 4_000, "(wanted: 0.8)")
            _far(offers, port, wanted)


if __name__ == "__main__":
    main()
