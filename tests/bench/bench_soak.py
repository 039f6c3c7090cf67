"""A soak of the watchers in front of Dovecot, and how soon a report's state is known.

Minutes of mail in bursts through a proxy that strikes with a random fault at a random moment
again and again. Prints what was sent, recorded, twice and missed, and what the watchers' process
held early and late. Wanted: nothing twice, nothing missed, no growth. Then the time from a
report's arrival in the mailbox to its state in the ledger, by IDLE and by poll. Then two whole
agents on one mailbox and, where PostgreSQL is there, one ledger, one of them killed on the way.
Arguments: the seconds of a soak, and the reports.
"""

import logging
import random
import statistics
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from tests.plugins.agentsoak import soak_agents
from tests.plugins.imapservers import ImapServer, missing_server, of_mail_site
from tests.plugins.mailsite import MailSite, run_mail_site
from tests.plugins.postgres import find_postgres, run_postgres
from tests.plugins.soak import Soaked, latencies, soak

__all__ = ["main"]

SECONDS = 180
REPORTS = 1200
MAILS = 30
POLL = timedelta(seconds=2)


def _arguments() -> tuple[float, int]:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    return seconds, int(sys.argv[2]) if len(sys.argv) > 2 else REPORTS


def _soak(server: ImapServer) -> None:
    seconds, reports = _arguments()
    seed = random.SystemRandom().randrange(1_000_000)
    with tempfile.TemporaryDirectory() as folder:
        done = soak(server, Path(folder), seconds=seconds, reports=reports, seed=seed)
    print(f"soak, seed {seed}")
    _print(done)
    early, late = done.level(late=False), done.level(late=True)
    print(f"{'':<16}{'early':>10}{'late':>10}")
    print(f"{'RSS, MB':<16}{early.resident:>10.1f}{late.resident:>10.1f}")
    print(f"{'threads':<16}{early.threads:>10}{late.threads:>10}")
    print(f"{'descriptors':<16}{early.descriptors:>10}{late.descriptors:>10}", flush=True)


def _print(done: Soaked) -> None:
    numbers = {
        "seconds": f"{done.seconds:.0f}",
        "faults": done.faults,
        "connections": done.lines,
        "reports sent": done.sent,
        "recorded": done.recorded,
        "twice": done.twice,
        "missed": done.missed,
        "strangers sent": done.strangers,
        "strangers kept": done.strangers_kept,
    }
    for name, number in numbers.items():
        print(f"{name:<16}{number:>10}", flush=True)


def _latency(server: ImapServer) -> None:
    print("\narrival in the mailbox to state in the ledger, seconds")
    print(f"{'':<16}{'median':>10}{'p95':>10}{'longest':>10}")
    for name, idle, poll in (
        ("IDLE", True, timedelta(minutes=2)),
        (f"poll {POLL.total_seconds():g} s", False, POLL),
    ):
        with tempfile.TemporaryDirectory() as folder:
            took = sorted(latencies(server, Path(folder), mails=MAILS, idle=idle, poll=poll))
        middle, nearly = statistics.median(took), took[int(len(took) * 0.95)]
        print(f"{name:<16}{middle:>10.2f}{nearly:>10.2f}{took[-1]:>10.2f}", flush=True)


def _agents(site: MailSite) -> None:
    programs = find_postgres()
    if isinstance(programs, str):
        print(f"\n{programs}")
        return
    seconds, reports = _arguments()
    seed = random.SystemRandom().randrange(1_000_000)
    with tempfile.TemporaryDirectory() as folder, run_postgres(programs) as postgres:
        done = soak_agents(
            site, postgres.create(), Path(folder), seconds=seconds, reports=reports, seed=seed
        )
    print(f"\ntwo agents, seed {seed}")
    _print(done)
    once = {
        "probes": max(done.probes.values()),
        "digests": done.digests,
        "the same mail": max(done.mails.values()),
    }
    for name, number in once.items():
        print(f"{name:<16}{number:>10}", flush=True)


def main() -> None:
    """Soaks, measures, prints."""
    missing = missing_server("dovecot")
    if missing:
        print(missing)
        return
    logging.disable(logging.CRITICAL)
    with run_mail_site() as site:
        server = of_mail_site(site)
        _soak(server)
        _latency(server)
        _agents(site)


if __name__ == "__main__":
    main()
