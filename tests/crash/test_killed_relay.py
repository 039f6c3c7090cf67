"""The relay itself is killed while it takes mail: nothing is lost, no double is silent.

A queue file that is on disk may be delivered twice by Postfix alone when it is killed;
that is told apart by its queue ID, which both copies bear.
"""

import re
import threading
import time
from collections import defaultdict
from dataclasses import replace
from email import message_from_bytes

import pytest
from sqlalchemy import select

from parsers.token import find_marks, verify
from store.database import Ledger
from store.tables import ATTEMPT
from tests.plugins.mailsite import Cast, MailSite, run_mail_site
from tests.plugins.rounds import KEYS, owe, recover
from tests.plugins.wiretap import Side, wiretap

pytestmark = [pytest.mark.crash, pytest.mark.servers]

MANY = 60
PEOPLE = [f"r{number}@{Cast.BOUNCE_DOMAIN}" for number in range(MANY)]
_QUEUED = re.compile(r"by near\.people\.test \(Postfix\) with \w+ id (\w+)")
_WITHIN = 120.0  # seconds


@pytest.mark.usefixtures("mail_site_server")  # says so where a server is missing
@pytest.mark.parametrize(
    ("victim", "speaker", "word", "nth"),
    [
        ("smtpd", "server", b"250 2.1.0", 3),
        ("smtpd", "agent", b"BDAT ", 20),
        ("smtpd", "server", b"queued as", 9),
        ("cleanup", "agent", b"X-Landed-Number", 12),
        ("cleanup", "server", b"queued as", 2),
        ("master", "server", b"queued as", 7),
        ("master", "agent", b"MAIL FROM", 30),
    ],
)
def test_nothing_is_lost(victim: str, speaker: Side, word: bytes, nth: int, ledger: Ledger) -> None:
    with run_mail_site() as site, wiretap(site.smtp_port) as tap:
        ids = owe(ledger, PEOPLE, "relay")
        for _ in range(nth - 1):
            tap.notice(speaker, word)
        gate = tap.hold(speaker, word)
        agent = threading.Thread(target=recover, args=(ledger, tap.port))
        agent.start()
        gate.wait()
        assert site.postfix.kill(victim) >= 1
        postfix = site.postfix.again() if victim == "master" else site.postfix
        try:
            gate.open()
            agent.join(_WITHIN)
            assert not agent.is_alive()
            copies = _arrived(replace(site, postfix=postfix))
        finally:
            postfix.daemon.stop()
    taken, maybe = _attempts(ledger)
    for one in ids:
        assert copies[one], "lost"
        assert taken[one] <= len(copies[one]) <= taken[one] + maybe[one]


def _arrived(site: MailSite) -> defaultdict[int, set[str]]:
    """The queue IDs under which each delivery arrived, once nothing is on its way."""
    deadline = time.monotonic() + _WITHIN
    while any(one.startswith("r") for one in site.waiting()) and time.monotonic() < deadline:
        site.postfix.retry()
        time.sleep(0.1)
    found: defaultdict[int, set[str]] = defaultdict(set)
    for raw in site.mails(Cast.BOUNCES):
        message = message_from_bytes(raw)
        mark = verify(KEYS, next(find_marks(message["X-Landed-Id"])))
        queued = _QUEUED.search(" ".join(message.get_all("Received", [])))
        assert queued is not None
        found[mark.id].add(queued[1])
    return found


def _attempts(ledger: Ledger) -> tuple[defaultdict[int, int], defaultdict[int, int]]:
    """How many attempts of each delivery were taken, and how many may have been.

    Postfix answers 451 where what writes the queue file died, also once it is written.
    """
    taken: defaultdict[int, int] = defaultdict(int)
    maybe: defaultdict[int, int] = defaultdict(int)
    with ledger.transaction(read_only=True) as tx:
        rows = tx.execute(select(ATTEMPT.c.delivery_id, ATTEMPT.c.outcome, ATTEMPT.c.phase)).all()
    for row in rows:
        taken[row.delivery_id] += row.outcome == "accepted"
        maybe[row.delivery_id] += row.outcome in {"", "ambiguous"} or (
            (row.outcome, row.phase) == ("deferred", "final")
        )
    return taken, maybe
